//! `cargo xtask bench datasets`: a table of PostgreSQL through two nodes, beside the same statements sent straight to the server by its
//! own tools, turn by turn in one run.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench::pair;
use crate::bench::processes::{Processes, call};
use crate::bench::registry::postgres;
use crate::root;
use crate::tools::{capture, debian, run, target};

/// Rows of the table.
const ROWS: u32 = 2_000_000;
/// Turns that each has, after one to warm up.
const TURNS: usize = 3;
/// How long single questions are asked in a turn.
const TURN: Duration = Duration::from_secs(6);
/// Callers at a time.
const CALLERS: u32 = 16;

const TABLE: &str = "CREATE TABLE nguoi (so_dinh_danh varchar(12) PRIMARY KEY, ho_ten text, ngay_sinh date, gioi_tinh int, xa char(5), dia_chi text, cap_nhat timestamptz);
INSERT INTO nguoi SELECT lpad(n::text, 12, '0'), 'Nguyễn Thị Hòa ' || n, date '1950-01-01' + n % 25000, n % 2, lpad((n % 3321)::text, 5, '0'),
  'Số ' || n || ' đường Láng, phường Láng, Hà Nội', timestamptz '2026-01-01' + n * interval '1 second' FROM generate_series(1, ROWS) n;
CREATE INDEX ON nguoi (xa, so_dinh_danh); ANALYZE nguoi;";

const SERVICE: &str = r#"
kind: Service
id: VN/GOV/G01/dan-cu/nguoi
name: { vi: A, en: A }
dataset:
  key: so_dinh_danh
  fields:
    - { name: so_dinh_danh, label: { vi: A, en: A } }
    - { name: ho_ten, kind: name, label: { vi: A, en: A } }
    - { name: ngay_sinh, kind: date, label: { vi: A, en: A } }
    - { name: gioi_tinh, kind: integer, label: { vi: A, en: A } }
    - { name: xa, filter: true, label: { vi: A, en: A } }
    - { name: dia_chi, label: { vi: A, en: A } }
    - { name: cap_nhat, kind: moment, label: { vi: A, en: A } }
---
{ kind: Grant, id: g, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/nguoi, uses: [{ purpose: do, basis: do }], fields: all, per_second: 1000000,
  endpoints: [{ method: GET, path: "" }, { method: GET, path: /* }, { method: POST, path: /stream }] }
"#;

/// Asks for a record, or a page, at random.
const SCRIPT: &str = r#"
math.randomseed(os.time())
function request()
    local n = math.random(1, ROWS)
    return wrk.format("GET", string.format("/r1/VN/GOV/G01/dan-cu/nguoiASK", WHAT))
end
"#;

pub(crate) fn measure() -> Result<(), String> {
    debian(&[("postgresql", "/usr/lib/postgresql"), ("wrk", "wrk"), ("curl", "curl")])?;
    let mut processes = Processes::begin()?;
    run(Command::new("cargo")
        .args(["build", "--release", "--workspace", "--example", "stream"])
        .current_dir(root()))?;
    let url = postgres(&mut processes)?;
    capture(Command::new("psql").args([&url, "-qc", &TABLE.replace("ROWS", &ROWS.to_string())]))?;
    let settings = format!(
        "\n[[sources]]\nname = \"s\"\nurl = \"{url}\"\nconnections = {CALLERS}\n\n[[services]]\nid = \"VN/GOV/G01/dan-cu/nguoi\"\nsource = \"s\"\ntable = \"nguoi\"\n"
    );
    let edge = pair::start(&mut processes, SERVICE, &settings)?;
    let bench = Bench { headers: pair::headers(&processes)?, processes, url, edge };
    println!(
        "{ROWS} rows, {} bytes of COPY each on average; {CALLERS} callers at a time",
        bench.row_bytes()?
    );
    bench.compare(
        "rows a second, all of the table",
        &[
            ("COPY by psql", &|| bench.copy()),
            ("to the provider's node", &|| bench.to_node()),
            ("through both nodes", &|| bench.through_nodes()),
        ],
    )?;
    bench.compare("single records a second", &[
        ("pgbench, prepared", &|| {
            bench.pgbench("\\set n random(1, ROWS)\nSELECT * FROM nguoi WHERE so_dinh_danh = lpad((:n)::text, 12, '0');\n")
        }),
        ("through both nodes", &|| bench.wrk("/%012d", "n")),
    ])?;
    bench.compare("pages of 100 records a second, by a filter", &[
        ("pgbench, prepared", &|| {
            bench.pgbench("\\set n random(1, 3320)\nSELECT * FROM nguoi WHERE xa = lpad((:n)::text, 5, '0')::char(5) ORDER BY so_dinh_danh LIMIT 100;\n")
        }),
        ("through both nodes", &|| bench.wrk("?limit=100&xa=%05d", "n % 3321")),
    ])
}

struct Bench {
    headers: [String; 6],
    processes: Processes,
    url: String,
    edge: u16,
}

/// Who is measured: a name, and what gives its rate.
type Contestant<'a> = (&'a str, &'a dyn Fn() -> Result<f64, String>);

impl Bench {
    /// Turn by turn; the first of the contestants is what the others are held against.
    fn compare(&self, what: &str, contestants: &[Contestant<'_>]) -> Result<(), String> {
        println!("\n{what}, median of {TURNS} turns");
        let mut rates: Vec<Vec<f64>> = vec![Vec::new(); contestants.len()];
        for turn in 0..=TURNS {
            for ((name, measure), rates) in contestants.iter().zip(&mut rates) {
                let rate = measure().map_err(|error| format!("{name}: {error}"))?;
                if turn > 0 {
                    rates.push(rate);
                }
            }
        }
        let mut first = None;
        for ((name, _), rates) in contestants.iter().zip(&mut rates) {
            rates.sort_by(f64::total_cmp);
            let median = rates.get(rates.len() / 2).copied().unwrap_or_default();
            println!("  {name:<24} {median:>12.0}  {:.2}", median / *first.get_or_insert(median));
        }
        Ok(())
    }

    fn row_bytes(&self) -> Result<u64, String> {
        let bytes = capture(
            Command::new("sh")
                .args(["-c", &format!("psql '{}' -qc 'COPY nguoi TO STDOUT' | wc -c", self.url)]),
        )?;
        Ok(bytes.trim().parse::<u64>().map_err(|error| error.to_string())? / u64::from(ROWS))
    }

    fn timed(command: &mut Command) -> Result<f64, String> {
        let begun = Instant::now();
        run(command.stdout(Stdio::null()))?;
        Ok(f64::from(ROWS) / begun.elapsed().as_secs_f64())
    }

    fn copy(&self) -> Result<f64, String> {
        Self::timed(Command::new("psql").args([&self.url, "-qc", "COPY nguoi TO STDOUT"]))
    }

    fn to_node(&self) -> Result<f64, String> {
        let program = target().join("release/examples/stream");
        Self::timed(Command::new(program).args([&self.url, "nguoi", "so_dinh_danh"]))
    }

    fn through_nodes(&self) -> Result<f64, String> {
        let address = format!("http://127.0.0.1:{}/r1/VN/GOV/G01/dan-cu/nguoi/stream", self.edge);
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--fail", "--request", "POST"]);
        Self::timed(curl.args(&self.headers).arg(address))
    }

    fn pgbench(&self, script: &str) -> Result<f64, String> {
        let path = self.processes.folder.join("ask.sql");
        fs::write(&path, script.replace("ROWS", &ROWS.to_string())).map_err(|error| error.to_string())?;
        let told = capture(
            Command::new("pgbench")
                .args(["-n", "-M", "prepared", "-c", &CALLERS.to_string(), "-j", "1"])
                .args(["-T", &TURN.as_secs().to_string(), "-f"])
                .arg(&path)
                .arg(&self.url),
        )?;
        let rate = told.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.ok_or(told)
    }

    fn wrk(&self, ask: &str, what: &str) -> Result<f64, String> {
        let path = self.processes.folder.join("ask.lua");
        let script = SCRIPT.replace("ROWS", &ROWS.to_string()).replace("ASK", ask).replace("WHAT", what);
        fs::write(&path, script).map_err(|error| error.to_string())?;
        let mut wrk = Command::new("wrk");
        wrk.args(&self.headers).arg("-s").arg(&path);
        Ok(call(&mut wrk, &format!("http://127.0.0.1:{}", self.edge), CALLERS, TURN)?.per_second)
    }
}
