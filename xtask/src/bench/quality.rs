//! `cargo xtask bench quality`: thirteen rules with failing keys, all rules, and the profile, in one pass over persons of fourteen columns;
//! beside DuckDB's SQL and `SUMMARIZE`, Great Expectations and ydata-profiling over the same file. CPU seconds and peak memory, as ratios.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::figures;
use crate::tools::{capture, run, target};

/// Rows of the tables.
const ROWS: [u64; 2] = [1_000_000, 10_000_000];
/// A profile of more takes ydata minutes and all the memory there is.
const YDATA_ROWS: u64 = 100_000;
/// Each is measured so often; the median is told.
const TURNS: usize = 3;

/// Tools of others, each with what it is installed from, in a place of its own: their dependencies do not agree.
const PEERS: [(&str, &[&str], &str, u64); 4] = [
    ("DuckDB SQL, 13 rules", &["duckdb==2.0.1"], DUCKDB_RULES, u64::MAX),
    ("DuckDB SUMMARIZE", &["duckdb==2.0.1"], DUCKDB_PROFILE, u64::MAX),
    ("Great Expectations, 12 rules", &["great-expectations==1.24.1", "pyarrow"], EXPECTATIONS, 1_000_000),
    ("ydata-profiling, minimal", &["ydata-profiling==4.18.0", "pyarrow", "setuptools<81"], YDATA, YDATA_ROWS),
];

/// Runs a command and tells its CPU seconds, seconds on the clock and peak memory in MB.
const METER: &str = r"
import resource, subprocess, sys, time
began = time.monotonic()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f'{used.ru_utime + used.ru_stime:.3f} {time.monotonic() - began:.3f} {used.ru_maxrss / 1024:.1f}')
sys.exit(done.returncode)
";

const DUCKDB_RULES: &str = r#"
import sys, duckdb
print(duckdb.sql(f"""SELECT count(*),
  count(*) FILTER (so_dinh_danh IS NULL), count(*) FILTER (NOT regexp_full_match(so_dinh_danh, '[0-9]{{12}}')),
  count(so_dinh_danh) - count(DISTINCT so_dinh_danh), count(*) FILTER (ho_ten IS NULL), count(*) FILTER (length(ho_ten) NOT BETWEEN 1 AND 128),
  count(*) FILTER (TRY_CAST(ngay_sinh AS DATE) > DATE '2026-11-30'), count(*) FILTER (gioi_tinh NOT IN ('1', '2')),
  count(*) FILTER (NOT (TRY_CAST(dan_toc AS INT) BETWEEN 1 AND 54)), count(*) FILTER (NOT regexp_full_match(dien_thoai, '[0-9]{{10}}')),
  count(*) FILTER (NOT regexp_full_match(xa, '[0-9]{{5}}')), count(*) FILTER (TRY_CAST(ngay_cap AS DATE) < TRY_CAST(ngay_sinh AS DATE)),
  count(*) FILTER (TRY_CAST(ngay_mat AS DATE) < TRY_CAST(ngay_sinh AS DATE)), count(*) FILTER (TRY_CAST(cap_nhat AS TIMESTAMP) > TIMESTAMP '2026-12-01')
  FROM read_parquet('{sys.argv[1]}')""").fetchall())
"#;

const DUCKDB_PROFILE: &str = r#"
import sys, duckdb
print(duckdb.sql(f"SUMMARIZE SELECT * FROM read_parquet('{sys.argv[1]}')").fetchall())
"#;

const EXPECTATIONS: &str = r#"
import sys, os
os.environ["GX_ANALYTICS_ENABLED"] = "false"
import pandas as pd, great_expectations as gx
import great_expectations.expectations as e
frame = pd.read_parquet(sys.argv[1])
context = gx.get_context(mode="ephemeral")
batch = context.data_sources.add_pandas("p").add_dataframe_asset("a").add_batch_definition_whole_dataframe("b").get_batch({"dataframe": frame})
day = dict(min_value="1900-01-01", max_value="2026-11-30")
suite = gx.ExpectationSuite(name="s", expectations=[
    e.ExpectColumnValuesToNotBeNull(column="so_dinh_danh"), e.ExpectColumnValuesToMatchRegex(column="so_dinh_danh", regex="^[0-9]{12}$"),
    e.ExpectColumnValuesToBeUnique(column="so_dinh_danh"), e.ExpectColumnValuesToNotBeNull(column="ho_ten"),
    e.ExpectColumnValueLengthsToBeBetween(column="ho_ten", min_value=1, max_value=128), e.ExpectColumnValuesToBeBetween(column="ngay_sinh", **day),
    e.ExpectColumnValuesToBeInSet(column="gioi_tinh", value_set=["1", "2"]), e.ExpectColumnValuesToBeInSet(column="dan_toc", value_set=[f"{n:02}" for n in range(1, 55)]),
    e.ExpectColumnValuesToMatchRegex(column="dien_thoai", regex="^[0-9]{10}$"), e.ExpectColumnValuesToMatchRegex(column="xa", regex="^[0-9]{5}$"),
    e.ExpectColumnPairValuesAToBeGreaterThanB(column_A="ngay_cap", column_B="ngay_sinh", or_equal=True), e.ExpectColumnValuesToBeBetween(column="cap_nhat", **day),
])
batch.validate(suite)
"#;

const YDATA: &str = r#"
import sys
import pandas as pd
from ydata_profiling import ProfileReport
frame = pd.read_parquet(sys.argv[1])
ProfileReport(frame, minimal=True, progress_bar=False).to_file(sys.argv[1] + ".html")
"#;

/// CPU seconds, seconds on the clock, peak MB.
type Cost = (f64, f64, f64);

pub(crate) fn measure() -> Result<(), String> {
    run(Command::new("cargo")
        .args(["build", "--release", "-p", "quality", "--example", "persons"])
        .current_dir(crate::root()))?;
    let own = target().join("release/examples/persons");
    let folder = target().join("bench-quality");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    println!("medians of {TURNS} turns, commit {}", figures::commit());
    for rows in ROWS.into_iter().chain([YDATA_ROWS]) {
        let file = folder.join(format!("persons-{rows}.parquet"));
        if !file.exists() {
            run(Command::new(&own).arg("make").arg(rows.to_string()).arg(&file))?;
        }
        println!(
            "\n{rows} rows{:>24} {:>12} {:>10} {:>22}",
            "CPU s", "clock s", "peak MB", "CPU beside all rules"
        );
        let thirteen = median(|| metered(Command::new(&own).arg("measure").arg(&file).arg("13")))?;
        let all = median(|| metered(Command::new(&own).arg("measure").arg(&file).arg("all")))?;
        line("13 rules, profile", thirteen, all);
        line("all rules, profile", all, all);
        for (name, packages, script, most) in PEERS {
            if rows > most {
                continue;
            }
            match installed(name, packages) {
                Ok(python) => {
                    let cost = median(|| metered(Command::new(&python).args(["-c", script]).arg(&file)));
                    cost.map_or_else(|why| println!("{name:<32} {why}"), |cost| line(name, cost, all));
                }
                Err(why) => println!("{name:<32} not installed: {why}"),
            }
        }
    }
    Ok(())
}

fn line(name: &str, (cpu, clock, memory): Cost, beside: Cost) {
    println!("{name:<32} {cpu:>8.2} {clock:>12.2} {memory:>10.0} {:>22.2}", cpu / beside.0);
}

fn median(mut measured: impl FnMut() -> Result<Cost, String>) -> Result<Cost, String> {
    let mut costs = (0..TURNS).map(|_| measured()).collect::<Result<Vec<Cost>, String>>()?;
    costs.sort_by(|a, b| a.0.total_cmp(&b.0));
    costs.get(TURNS / 2).copied().ok_or_else(|| "nothing was measured".into())
}

fn metered(command: &Command) -> Result<Cost, String> {
    let mut meter = Command::new("python3");
    meter.args(["-c", METER]).arg(command.get_program()).args(command.get_args());
    let told = capture(&mut meter)?;
    let mut numbers = told.split_whitespace().map(str::parse::<f64>);
    let mut next = || numbers.next().and_then(Result::ok).ok_or_else(|| format!("not measured: {told}"));
    Ok((next()?, next()?, next()?))
}

/// A Python of the peer's own.
fn installed(name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let word = name.split([' ', ',']).next().unwrap_or(name).to_lowercase();
    let folder = target().join("bench-quality").join(word);
    let python = folder.join("bin/python");
    if !Path::new(&python).exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    }
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(packages))?;
    Ok(python)
}
