//! `cargo xtask bench cases`: a day of cases, and cases in an open loop. First the engine alone, over sources that are played; then a hub, an
//! office's node and a provider's with registers on PostgreSQL, of which one is away for a part of the time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench::processes::{Processes, free_port, pause, wait_for};
use crate::bench::registry::postgres;
use crate::bench::{figures, pair};
use crate::root;
use crate::tools::{capture, debian, run, target};

/// How much is measured.
struct Size {
    /// Cases of a day, and how many are under way at once.
    day: u64,
    at_once: u64,
    /// Cases a second in an open loop, and for how long.
    rate: u64,
    seconds: u64,
    /// Open cases that are resumed.
    open: u64,
}

const WHOLE: Size = Size { day: 100_000, at_once: 64, rate: 35, seconds: 600, open: 10_000 };
/// To try whether it works.
const SHORT: Size = Size { day: 2_000, at_once: 64, rate: 35, seconds: 20, open: 1_000 };
/// Of each minute, how long a register is away.
const AWAY: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(57));
/// The most that callers may be told of what failed.
const FAILURES: usize = 5;

/// Figures by name.
type Told = BTreeMap<String, f64>;

pub(crate) fn measure(words: &[&str]) -> Result<(), String> {
    let size = if words.contains(&"--short") { SHORT } else { WHOLE };
    run(Command::new("cargo")
        .args(["build", "--release", "--package", "cases", "--example", "day"])
        .current_dir(root()))?;
    println!(
        "{} cores, load {}, commit {}",
        std::thread::available_parallelism().map_or(1, usize::from),
        fs::read_to_string("/proc/loadavg").unwrap_or_default().trim(),
        figures::commit()
    );
    engine(&size)?;
    if words.contains(&"--engine") {
        return Ok(());
    }
    nodes(&size)
}

fn example() -> PathBuf {
    target().join("release/examples/day")
}

/// The headers of the one-stop system, as callers read them.
fn headers(folder: &Path, token: &str) -> Result<PathBuf, String> {
    let file = folder.join("headers.txt");
    let text = format!("X-Road-Client: VN/LOC/H05/mot-cua\n{token}\n");
    fs::write(&file, text).map_err(|error| error.to_string())?;
    Ok(file)
}

/// Callers; what they say when they have ended.
fn drive(url: &str, headers: &Path, words: &[&str]) -> Result<Child, String> {
    let mut command = Command::new(example());
    command.args(["drive", url]).arg(headers).args(words).stdout(Stdio::piped());
    command.spawn().map_err(|error| error.to_string())
}

fn ended(callers: Child) -> Result<Told, String> {
    let output = callers.wait_with_output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("callers: {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    for failed in text.lines().filter(|line| line.starts_with("failed ")).take(FAILURES) {
        println!("  {failed}");
    }
    Ok(figures_of(&text))
}

fn figures_of(text: &str) -> Told {
    let line = |line: &str| {
        let (name, value) = line.split_once(' ')?;
        Some((name.to_owned(), value.trim().parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

fn of(told: &Told, name: &str) -> f64 {
    told.get(name).copied().unwrap_or(f64::NAN)
}

/// What is said of a run; `cpu` by name in microseconds, `bytes` on disk.
fn tell(what: &str, told: &Told, cpu: &[(&str, f64)], bytes: f64) {
    let cases = of(told, "cases");
    println!(
        "\n{what}: {cases:.0} cases in {:.0} s, {:.1} a second",
        of(told, "seconds"),
        of(told, "per_second")
    );
    println!(
        "  decided {:.0}, lost {:.0}, doubled {:.0}; gaps {:.0}, outcomes found out {:.0}",
        of(told, "decided"),
        of(told, "lost"),
        of(told, "doubled"),
        of(told, "gaps"),
        of(told, "unknown_outcomes")
    );
    println!(
        "  prefill p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms",
        of(told, "prefill_p50_ms"),
        of(told, "prefill_p95_ms"),
        of(told, "prefill_p99_ms")
    );
    for (name, micros) in cpu {
        println!("  CPU of {name}: {:.2} ms a case", micros / 1000.0 / cases);
    }
    println!("  on disk: {:.0} bytes a case", bytes / cases);
}

/// Bytes of files whose names begin so.
fn bytes(folder: &Path, names: &[&str]) -> f64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let named =
        files.filter(|file| names.iter().any(|name| file.file_name().to_string_lossy().starts_with(name)));
    #[expect(clippy::cast_precision_loss, reason = "bytes of a disk")]
    named.map(|file| file.metadata().map_or(0, |about| about.len()) as f64).sum()
}

/// Memory of a process while callers are at it, MB: after a tenth of the time, at the end, and at its most.
fn watched(
    processes: &Processes,
    name: &str,
    callers: &mut Child,
    expected: Duration,
    mut meanwhile: impl FnMut(Duration) -> Result<(), String>,
) -> Result<[u64; 3], String> {
    let began = Instant::now();
    let (mut first, mut last, mut most) = (0, 0, 0);
    loop {
        let (now, peak) = processes.memory(name)?;
        if first == 0 && began.elapsed() > expected / 10 {
            first = now;
        }
        (last, most) = if callers.try_wait().map_err(|error| error.to_string())?.is_some() {
            return Ok([first, last, most]);
        } else {
            (now, peak)
        };
        meanwhile(began.elapsed())?;
        pause();
    }
}

/// The engine alone.
fn engine(size: &Size) -> Result<(), String> {
    let mut processes = Processes::without_program()?;
    let folder = processes.folder.clone();
    let headers = headers(&folder, "X-Nothing: x")?;
    println!(
        "\nthe engine alone: sources that take 5 to 25 ms; of a thousand asks 20 find nothing, 10 two, 10 nobody answers, 5 a placeholder, 5 another \
         spelling; of a thousand deeds the answers of 2 are lost and 2 fail"
    );
    let url = serve(&mut processes, &folder, false)?;
    let (day, at_once) = (size.day.to_string(), size.at_once.to_string());
    let before = processes.cpu(&["engine".to_owned()])?;
    let mut callers = drive(&url, &headers, &[&day, "0", &at_once])?;
    let memory =
        watched(&processes, "engine", &mut callers, Duration::from_secs(size.day / 400), |_| Ok(()))?;
    let told = ended(callers)?;
    let cpu = processes.cpu(&["engine".to_owned()])? - before;
    tell("a day", &told, &[("the engine", cpu)], bytes(&folder, &["cases.db", "keys.db"]));
    println!("  memory {} MB at first, {} at the end, {} at most", memory[0], memory[1], memory[2]);
    done(&mut processes, &folder, size.day, &told)?;

    let folder = folder.join("loop");
    fs::create_dir(&folder).map_err(|error| error.to_string())?;
    let url = serve(&mut processes, &folder, false)?;
    let (cases, rate) = ((size.rate * size.seconds).to_string(), size.rate.to_string());
    let before = processes.cpu(&["engine".to_owned()])?;
    let mut callers = drive(&url, &headers, &[&cases, &rate, "0"])?;
    let memory = watched(&processes, "engine", &mut callers, Duration::from_secs(size.seconds), |_| Ok(()))?;
    let told = ended(callers)?;
    let cpu = processes.cpu(&["engine".to_owned()])? - before;
    tell("an open loop", &told, &[("the engine", cpu)], bytes(&folder, &["cases.db", "keys.db"]));
    println!(
        "  slowest chain of asks p95 {:.1} ms: prefill takes {:.1} ms more; memory {} MB at first, {} at the end, {} at most",
        of(&told, "chain_p95_ms"),
        of(&told, "prefill_p95_ms") - of(&told, "chain_p95_ms"),
        memory[0],
        memory[1],
        memory[2]
    );
    done(&mut processes, &folder, size.rate * size.seconds, &told)?;
    resume(&mut processes, &headers, size.open)
}

/// Starts the engine over a folder.
fn serve(processes: &mut Processes, folder: &Path, hang: bool) -> Result<String, String> {
    let port = free_port()?;
    let mut command = Command::new(example());
    command
        .arg("serve")
        .arg(folder)
        .arg(port.to_string())
        .args(hang.then_some("hang"))
        .env("RUST_LOG", "warn");
    processes.spawn("engine", &mut command)?;
    wait_for(port)?;
    Ok(format!("http://127.0.0.1:{port}"))
}

/// Stops the engine; each deed was done, and none twice.
fn done(processes: &mut Processes, folder: &Path, cases: u64, told: &Told) -> Result<(), String> {
    processes.stop_one("engine");
    holds(&folder.join("holder.txt"), cases, told)
}

fn holds(file: &Path, cases: u64, told: &Told) -> Result<(), String> {
    let held = figures_of(&fs::read_to_string(file).map_err(|error| error.to_string())?);
    let (deeds, twice) = (of(&held, "deeds"), of(&held, "deeds_twice"));
    println!("  the holder has {deeds:.0} deeds, {twice:.0} of them twice");
    #[expect(clippy::cast_precision_loss, reason = "cases of one run")]
    let cases = cases as f64;
    let right = [of(told, "lost"), of(told, "doubled"), twice].iter().all(|count| *count == 0.0);
    if right && deeds == cases && of(told, "decided") == cases {
        Ok(())
    } else {
        Err("something is lost or doubled".into())
    }
}

/// Cases whose sources never answer; then the process is killed, and the next finds sources that do.
fn resume(processes: &mut Processes, headers: &Path, open: u64) -> Result<(), String> {
    let folder = processes.folder.join("resume");
    fs::create_dir(&folder).map_err(|error| error.to_string())?;
    let url = serve(processes, &folder, true)?;
    ended(drive(&url, headers, &[&open.to_string(), "0", "64", "open"])?)?;
    processes.kill_one("engine");
    let began = Instant::now();
    let url = serve(processes, &folder, false)?;
    let until = began + Duration::from_secs(300);
    while asked(&url, "fetching")? {
        if Instant::now() > until {
            return Err("they are not resumed".into());
        }
        pause();
    }
    let took = began.elapsed().as_secs_f64();
    println!("\n{open} open cases resumed after a kill, and asked to their end: {took:.1} s");
    processes.stop_one("engine");
    Ok(())
}

/// Whether any case is in a state.
fn asked(url: &str, state: &str) -> Result<bool, String> {
    let mut curl = Command::new("curl");
    curl.args(["-s", "-f", "-H", "X-Road-Client: VN/LOC/H05/mot-cua"])
        .arg(format!("{url}/cases?state={state}&limit=1"));
    Ok(capture(&mut curl)?.contains("\"id\""))
}

/// Registers as services, what was published of them, and the procedure.
const REGISTRY: &str = r#"
kind: Service
id: VN/GOV/G01/dan-cu/nguoi
name: { vi: A, en: A }
dataset:
  key: dong
  fields:
    - { name: dong, label: { vi: A, en: A } }
    - { name: so_dinh_danh, kind: person_id, filter: true, label: { vi: A, en: A } }
    - { name: ho_ten, kind: name, label: { vi: A, en: A } }
    - { name: ngay_sinh, kind: date, label: { vi: A, en: A } }
---
kind: Service
id: VN/GOV/G01/dan-cu/ket-hon
name: { vi: A, en: A }
dataset:
  key: so_ket_hon
  fields:
    - { name: so_ket_hon, label: { vi: A, en: A } }
    - { name: vo_so_dinh_danh, kind: person_id, filter: true, label: { vi: A, en: A } }
    - { name: vo_ho_ten, kind: name, label: { vi: A, en: A } }
    - { name: chong_so_dinh_danh, kind: person_id, label: { vi: A, en: A } }
---
kind: Service
id: VN/GOV/G01/dan-cu/bao-hiem
name: { vi: A, en: A }
dataset:
  key: so_the
  fields:
    - { name: so_the, label: { vi: A, en: A } }
    - { name: so_dinh_danh, kind: person_id, filter: true, label: { vi: A, en: A } }
    - { name: ho_ten, kind: name, label: { vi: A, en: A } }
---
{ kind: Service, id: VN/GOV/G01/dan-cu/so, name: { vi: A, en: A }, http: { endpoints: [{ method: POST, path: /khai-sinh }] } }
---
{ kind: Purpose, code: do-thu-tuc, name: { vi: Đo, en: Measurement } }
---
kind: Database
id: VNDB-013
name: { vi: Cơ sở dữ liệu quốc gia về dân cư, en: National population database }
scale: national
standing: registered
owner: VN/GOV/G01
legal_basis: đo
scope: đo
class: core
retention: permanent
security_level: 4
personal_data: sensitive
systems: [VN/GOV/G01/dan-cu]
"#;

/// By service: its operation, fields.
const SCOPES: [(&str, &str, &str); 4] = [
    ("nguoi", "/find", "so_dinh_danh, ho_ten, ngay_sinh"),
    ("ket-hon", "/find", "so_ket_hon, vo_so_dinh_danh, vo_ho_ten, chong_so_dinh_danh"),
    ("bao-hiem", "/find", "so_the, so_dinh_danh, ho_ten"),
    ("so", "/khai-sinh", "so_khai_sinh"),
];

/// Everybody who is asked about. Of a thousand in each register 20 are not there, 10 twice, 5 under a name that says nothing.
const TABLES: &str = "
CREATE TABLE nguoi AS SELECT 2 * n + twice AS dong, so AS so_dinh_danh, CASE WHEN n % 1000 BETWEEN 30 AND 34 THEN '-' ELSE 'Nguyễn Thị Hòa ' || n END AS ho_ten,
  date '1998-05-01' + (n % 300)::int AS ngay_sinh FROM (SELECT n, 0 AS twice, '9241' || lpad((98000000 + n)::text, 8, '0') AS so FROM generate_series(0, COUNT) n
  UNION ALL SELECT n, 0, '0241' || lpad((98000000 + n)::text, 8, '0') FROM generate_series(0, COUNT) n
  UNION ALL SELECT n, 1, '9241' || lpad((98000000 + n)::text, 8, '0') FROM generate_series(0, COUNT) n WHERE n % 1000 BETWEEN 20 AND 29) all_of_them
  WHERE n % 1000 > 19;
CREATE TABLE ket_hon AS SELECT 'KH-' || n AS so_ket_hon, '9241' || lpad((98000000 + n)::text, 8, '0') AS vo_so_dinh_danh, 'Nguyễn Thị Hòa ' || n AS vo_ho_ten,
  '0241' || lpad((98000000 + n)::text, 8, '0') AS chong_so_dinh_danh FROM generate_series(0, COUNT) n WHERE (n + 300) % 1000 > 19;
CREATE TABLE bao_hiem AS SELECT 'GD' || n AS so_the, '9241' || lpad((98000000 + n)::text, 8, '0') AS so_dinh_danh, 'Nguyễn Thị Hòa ' || n AS ho_ten
  FROM generate_series(0, COUNT) n WHERE (n + 600) % 1000 > 19;
CREATE INDEX ON nguoi (so_dinh_danh); CREATE INDEX ON ket_hon (vo_so_dinh_danh); CREATE INDEX ON bao_hiem (so_dinh_danh);
ALTER TABLE ket_hon ADD PRIMARY KEY (so_ket_hon); ALTER TABLE bao_hiem ADD PRIMARY KEY (so_the); ANALYZE;";

/// Everything, as processes.
fn nodes(size: &Size) -> Result<(), String> {
    debian(&[("postgresql", "/usr/lib/postgresql"), ("curl", "curl")])?;
    let mut processes = Processes::begin()?;
    let folder = processes.folder.clone();
    let database = postgres(&mut processes)?;
    let sql = |sql: &str| capture(Command::new("psql").args([&database, "-qc", sql])).map(drop);
    sql(&TABLES.replace("COUNT", &size.day.max(size.rate * size.seconds).to_string()))?;
    let held = free_port()?;
    let mut holder = Command::new(example());
    processes.spawn("holder", holder.arg("hold").arg(held.to_string()).arg(folder.join("holder.txt")))?;
    wait_for(held)?;
    let url = start(&mut processes, &database, held)?;
    let token = fs::read_to_string(folder.join("token")).map_err(|error| error.to_string())?;
    let headers = headers(&folder, token.trim())?;
    println!(
        "\na hub, an office's node, a provider's with three registers on PostgreSQL: of a thousand persons 20 are in no register, 10 twice, 5 without a \
         name; one register is away for 3 s of each minute; of a thousand deeds the answers of 2 are lost and 2 fail"
    );
    let mut away = false;
    let mut comes_and_goes = |since: Duration| {
        let within = Duration::from_millis(u64::try_from(since.as_millis()).unwrap_or(0) % 60_000);
        let is_away = within >= AWAY.1 && within < AWAY.0 + AWAY.1;
        if is_away != away {
            away = is_away;
            let (from, to) = if away { ("bao_hiem", "di_mat") } else { ("di_mat", "bao_hiem") };
            return sql(&format!("ALTER TABLE {from} RENAME TO {to}"));
        }
        Ok(())
    };
    let names = ["consumer", "provider", "postgres", "hub"];
    let cpu = |processes: &Processes| -> Result<Vec<f64>, String> {
        names.iter().map(|name| processes.cpu(&[(*name).to_owned()])).collect()
    };
    let before = cpu(&processes)?;
    let (cases, rate) = ((size.rate * size.seconds).to_string(), size.rate.to_string());
    let mut callers = drive(&url, &headers, &[&cases, &rate, "0"])?;
    let memory = watched(
        &processes,
        "consumer",
        &mut callers,
        Duration::from_secs(size.seconds),
        &mut comes_and_goes,
    )?;
    let told = ended(callers)?;
    let spent: Vec<(&str, f64)> = names
        .iter()
        .zip(cpu(&processes)?.iter().zip(before))
        .map(|(name, (after, before))| (*name, after - before))
        .collect();
    tell("an open loop", &told, &spent, bytes(&folder.join("consumer"), &["cases.db", "case-keys.db"]));
    println!(
        "  the office's node: {} MB at first, {} at the end, {} at most",
        memory[0], memory[1], memory[2]
    );
    processes.stop_one("holder");
    holds(&folder.join("holder.txt"), size.rate * size.seconds, &told)?;
    processes.stop();
    println!("{}", processes.lienthong(&[&["ledger", "verify", "provider", "consumer"]])?);
    Ok(())
}

/// Starts hub and nodes, publishes, and has the office's node take cases. Returns where.
fn start(processes: &mut Processes, database: &str, holder: u16) -> Result<String, String> {
    let mut registry = REGISTRY.to_owned();
    for (name, path, fields) in SCOPES {
        registry.push_str(&format!(
            "---\n{{ kind: Scope, id: \"{name}@1\", name: {{ vi: A, en: A }}, owner: VN/GOV/G01, database: VNDB-013, service: VN/GOV/G01/dan-cu/{name}, \
             operations: [{{ method: POST, path: {path} }}], fields: [{fields}], procedures: [\"9.000001\"], clients: [\"VN/LOC/*/mot-cua\"], basis: do, \
             per_second: 10000 }}\n"
        ));
    }
    for text in [
        include_str!("../../../data/packs/tai-su-dung.yaml"),
        include_str!("../../../crates/cases/examples/day/procedure.json"),
    ] {
        registry.push_str("---\n");
        registry.push_str(text);
    }
    let mut settings = format!("\n[[sources]]\nname = \"s\"\nurl = \"{database}\"\nconnections = 16\n");
    for (name, table) in [("nguoi", "nguoi"), ("ket-hon", "ket_hon"), ("bao-hiem", "bao_hiem")] {
        settings.push_str(&format!(
            "\n[[services]]\nid = \"VN/GOV/G01/dan-cu/{name}\"\nsource = \"s\"\ntable = \"{table}\"\n"
        ));
    }
    settings.push_str(&format!(
        "\n[[services]]\nid = \"VN/GOV/G01/dan-cu/so\"\nurl = \"http://127.0.0.1:{holder}/\"\n"
    ));
    pair::start(processes, &registry, &settings)?;
    let (port, path) = (free_port()?, processes.folder.join("consumer/node.toml"));
    let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let text = format!(
        "procedures = true\n{text}\n[cases]\nlisten = \"127.0.0.1:{port}\"\nsystem = \"VN/LOC/H05/mot-cua\"\n"
    );
    fs::write(&path, text).map_err(|error| error.to_string())?;
    processes.stop_one("consumer");
    pair::run(processes, "consumer")?;
    wait_for(port)?;
    let url = format!("http://127.0.0.1:{port}");
    // Until the directory with the procedure is there.
    for _ in 0..500 {
        let mut curl = Command::new("curl");
        if capture(curl.args(["-s", "-f"]).arg(format!("{url}/procedures")))
            .is_ok_and(|text| text.contains("9.000001"))
        {
            return Ok(url);
        }
        pause();
    }
    Err("the office's node has no procedure".into())
}
