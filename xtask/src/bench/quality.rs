//! `cargo xtask bench quality [ROWS…]`: thirteen rules with failing keys, all rules, and the profile, in one pass over persons of fourteen
//! columns; beside what others need for the same thirteen rules or a profile: DuckDB, PostgreSQL itself, Great Expectations, Soda Core and
//! ydata-profiling. From a Parquet file, and from a table of PostgreSQL. CPU seconds, seconds on the clock, peak memory.

mod scripts;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::figures;
use crate::bench::processes::Processes;
use crate::bench::registry::postgres;
use crate::tools::{capture, debian, run, target};

/// Rows of the tables, if nobody says otherwise: the first for those who cannot take more.
const ROWS: [u64; 3] = [YDATA_ROWS, 1_000_000, 10_000_000];
/// Of more than these a server's table is not made.
const SERVER_ROWS: u64 = 1_000_000;
/// A profile of more takes ydata minutes and all the memory there is.
const YDATA_ROWS: u64 = 100_000;
/// Great Expectations holds all rows in memory.
const EXPECTATIONS_ROWS: u64 = 1_000_000;
/// Each is measured so often; the median is told.
const TURNS: usize = 3;

/// Tools of others, each with what it is installed from, in a place of its own: their dependencies do not agree.
const DUCKDB: (&str, &[&str]) = ("duckdb", &["duckdb==2.0.1"]);
const SODA: (&str, &[&str]) = ("soda", &["soda-duckdb==4.28.0", "soda-postgres==4.28.0"]);
const EXPECTATIONS: (&str, &[&str]) =
    ("great", &["great-expectations==1.24.1", "pyarrow", "psycopg2-binary", "sqlalchemy"]);
const YDATA: (&str, &[&str]) =
    ("ydata", &["ydata-profiling==4.18.0", "pyarrow", "psycopg2-binary", "sqlalchemy", "setuptools<81"]);

/// Runs a command and tells its CPU seconds, seconds on the clock and peak memory in MB.
const METER: &str = r"
import resource, subprocess, sys, time
began = time.monotonic()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
if done.returncode:
    sys.stderr.buffer.write(done.stderr[-2000:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f'{used.ru_utime + used.ru_stime:.3f} {time.monotonic() - began:.3f} {used.ru_maxrss / 1024:.1f}')
sys.exit(done.returncode)
";

/// CPU seconds, seconds on the clock, peak MB.
type Cost = (f64, f64, f64);

/// A measurement: its name, how to begin it, and the most rows that it is asked of.
type Peer<'a> = (&'a str, Box<dyn Fn() -> Result<Command, String> + 'a>, u64);

pub(crate) fn measure(rows: &[&str]) -> Result<(), String> {
    let rows: Vec<u64> = rows
        .iter()
        .map(|rows| rows.parse().map_err(|_| format!("{rows} is no number")))
        .collect::<Result<_, _>>()?;
    let rows = if rows.is_empty() { ROWS.to_vec() } else { rows };
    debian(&[("postgresql", "/usr/lib/postgresql")])?;
    run(Command::new("cargo")
        .args(["build", "--release", "--workspace", "--example", "persons"])
        .current_dir(crate::root()))?;
    let own = target().join("release/examples/persons");
    let folder = target().join("bench-quality");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    println!("medians of {TURNS} turns, commit {}", figures::commit());
    for rows in rows {
        let file = folder.join(format!("persons-{rows}.parquet"));
        if !file.exists() {
            run(Command::new(&own).arg("make").arg(rows.to_string()).arg(&file))?;
        }
        from_parquet(rows, &own, &file, &folder)?;
        if rows <= SERVER_ROWS {
            from_postgres(rows, &own, &folder)?;
        }
    }
    Ok(())
}

fn head(rows: u64, from: &str) {
    println!(
        "\n{rows} rows, {from:<20} {:>12} {:>12} {:>10} {:>22}",
        "CPU s", "clock s", "peak MB", "CPU beside all rules"
    );
}

fn from_parquet(rows: u64, own: &Path, file: &Path, folder: &Path) -> Result<(), String> {
    head(rows, "Parquet");
    let measured = |which: &str| {
        let mut command = Command::new(own);
        command.arg("measure").arg(file).arg(which);
        command
    };
    let all = median(|| metered(&measured("all")))?;
    line("13 rules with keys, profile", median(|| metered(&measured("13")))?, all);
    line("all rules, profile", all, all);
    line("200 rules, profile", median(|| metered(&measured("200")))?, all);
    let kept = folder.join(format!("persons-{rows}.state"));
    let part = |what: &str| {
        let mut command = Command::new(own);
        command.arg(what).arg(file).arg(&kept);
        command
    };
    run(&mut part("before"))?;
    line("1 % onto the rest, all rules", median(|| metered(&part("onto")))?, all);
    let script = |(name, packages): (&'static str, &'static [&'static str]), script: &'static str| {
        move || -> Result<Command, String> {
            let mut command = Command::new(installed(folder, name, packages)?.join("python"));
            command.args(["-c", script]).arg(file);
            Ok(command)
        }
    };
    let soda = || {
        let database = folder.join(format!("persons-{rows}.duckdb"));
        let python = installed(folder, DUCKDB.0, DUCKDB.1)?.join("python");
        run(Command::new(python).args(["-c", scripts::DUCKDB_TABLE]).arg(file).arg(&database))?;
        let source =
            format!("type: duckdb\nname: persons\nconnection:\n  database: {}\n", database.display());
        soda(folder, &source, &format!("persons/persons-{rows}/main/persons"))
    };
    let peers: [Peer<'_>; 5] = [
        ("DuckDB SQL, 13 rules", Box::new(script(DUCKDB, scripts::DUCKDB_RULES)), u64::MAX),
        ("DuckDB SUMMARIZE", Box::new(script(DUCKDB, scripts::DUCKDB_PROFILE)), u64::MAX),
        ("Soda Core on DuckDB, 13 rules", Box::new(soda), u64::MAX),
        (
            "Great Expectations, 12 rules",
            Box::new(script(EXPECTATIONS, scripts::EXPECTATIONS)),
            EXPECTATIONS_ROWS,
        ),
        ("ydata-profiling, minimal", Box::new(script(YDATA, scripts::YDATA)), YDATA_ROWS),
    ];
    beside(rows, &peers, all, || Ok(0.0));
    Ok(())
}

/// From a table of a server. What the server itself takes is added to each.
fn from_postgres(rows: u64, own: &Path, folder: &Path) -> Result<(), String> {
    head(rows, "PostgreSQL, with it");
    let mut processes = Processes::without_program()?;
    let url = postgres(&mut processes)?;
    let psql = |sql: &str| {
        let mut command = Command::new("psql");
        command.args([url.as_str(), "-qAt", "-v", "ON_ERROR_STOP=1", "-c", sql]);
        command
    };
    capture(&mut psql(&capture(Command::new(own).arg("table"))?))?;
    let pipe = format!("'{}' copy {rows} | psql '{url}' -q -c 'COPY persons FROM STDIN'", own.display());
    run(Command::new("sh").args(["-c", &pipe]))?;
    capture(&mut psql("VACUUM ANALYZE persons"))?;
    let measured = |which: &str| {
        let mut command = Command::new("sh");
        let pipe =
            format!("psql '{url}' -q -c 'COPY persons TO STDOUT' | '{}' measure - {which}", own.display());
        command.args(["-c", &pipe]);
        command
    };
    let server = || processes.cpu_of_ended("postgres");
    let all = median(|| with(server, || metered(&measured("all"))))?;
    line("13 rules with keys, profile", median(|| with(server, || metered(&measured("13"))))?, all);
    line("all rules, profile", all, all);
    let script = |(name, packages): (&'static str, &'static [&'static str]), script: &'static str| {
        let url = url.as_str();
        move || -> Result<Command, String> {
            let mut command = Command::new(installed(folder, name, packages)?.join("python"));
            command.args(["-c", script, url]);
            Ok(command)
        }
    };
    let soda = || {
        let port = url.rsplit(':').next().and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let source = format!(
            "type: postgres\nname: persons\nconnection:\n  host: 127.0.0.1\n  port: {port}\n  user: postgres\n  password: none\n  database: postgres\n"
        );
        soda(folder, &source, "persons/postgres/public/persons")
    };
    let peers: [Peer<'_>; 4] = [
        ("PostgreSQL SQL, 13 rules", Box::new(|| Ok(psql(scripts::POSTGRES_RULES))), u64::MAX),
        ("Soda Core, 13 rules", Box::new(soda), u64::MAX),
        (
            "Great Expectations, 12 rules",
            Box::new(script(EXPECTATIONS, scripts::EXPECTATIONS_POSTGRES)),
            EXPECTATIONS_ROWS,
        ),
        ("ydata-profiling, minimal", Box::new(script(YDATA, scripts::YDATA_POSTGRES)), YDATA_ROWS),
    ];
    beside(rows, &peers, all, server);
    Ok(())
}

/// Measures the others. One that cannot be installed or fails is told, and the rest go on.
fn beside(rows: u64, peers: &[Peer<'_>], all: Cost, server: impl Fn() -> Result<f64, String>) {
    for (name, command, most) in peers {
        if rows > *most {
            println!("{name:<32} not asked of more than {most} rows");
            continue;
        }
        let cost = command().and_then(|command| median(|| with(&server, || metered(&command))));
        cost.map_or_else(|why| println!("{name:<32} not measured: {why}"), |cost| line(name, cost, all));
    }
}

/// With what the server took meanwhile.
fn with(
    server: impl Fn() -> Result<f64, String>,
    measured: impl FnOnce() -> Result<Cost, String>,
) -> Result<Cost, String> {
    let before = server()?;
    let (cpu, clock, memory) = measured()?;
    Ok((cpu + server()? - before, clock, memory))
}

/// Soda's command over a source. It ends with 1 when a rule fails, as they do.
fn soda(folder: &Path, source: &str, dataset: &str) -> Result<Command, String> {
    let bin = installed(folder, SODA.0, SODA.1)?;
    let (place, contract) = (folder.join("soda-source.yml"), folder.join("soda-contract.yml"));
    fs::write(&place, source).map_err(|error| error.to_string())?;
    fs::write(&contract, format!("dataset: {dataset}\n{}", scripts::SODA_CONTRACT))
        .map_err(|error| error.to_string())?;
    let verify = format!(
        "'{}' contract verify -ds '{}' -c '{}' || [ $? = 1 ]",
        bin.join("soda").display(),
        place.display(),
        contract.display()
    );
    let mut command = Command::new("sh");
    command.args(["-c", &verify]);
    Ok(command)
}

fn line(name: &str, (cpu, clock, memory): Cost, beside: Cost) {
    println!("{name:<32} {cpu:>12.2} {clock:>12.2} {memory:>10.0} {:>22.2}", cpu / beside.0);
}

fn median(mut measured: impl FnMut() -> Result<Cost, String>) -> Result<Cost, String> {
    let mut costs = (0..TURNS).map(|_| measured()).collect::<Result<Vec<Cost>, String>>()?;
    costs.sort_by(|a, b| a.0.total_cmp(&b.0));
    costs.get(TURNS / 2).copied().ok_or_else(|| "nothing was measured".into())
}

fn metered(command: &Command) -> Result<Cost, String> {
    let mut meter = Command::new("python3");
    meter.args(["-c", METER]).arg(command.get_program()).args(command.get_args());
    // Nobody is told that something was measured here.
    meter.env("SODA_CORE_TELEMETRY_ENABLED", "false").env("GX_ANALYTICS_ENABLED", "false");
    meter.env("YDATA_PROFILING_NO_ANALYTICS", "True");
    let told = capture(&mut meter)?;
    let mut numbers = told.split_whitespace().map(str::parse::<f64>);
    let mut next = || numbers.next().and_then(Result::ok).ok_or_else(|| format!("not measured: {told}"));
    Ok((next()?, next()?, next()?))
}

/// The programs of a Python of the peer's own.
fn installed(folder: &Path, name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let (folder, wanted) = (folder.join(name), packages.join("\n"));
    let (bin, mark) = (folder.join("bin"), folder.join("packages.txt"));
    if fs::read_to_string(&mark).is_ok_and(|had| had == wanted) {
        return Ok(bin);
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    run(Command::new(bin.join("python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(packages))?;
    fs::write(&mark, wanted).map_err(|error| error.to_string())?;
    Ok(bin)
}
