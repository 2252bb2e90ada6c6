//! `cargo xtask bench registry`: a registry of a nation's size on SQLite and on PostgreSQL, loaded, asked and changed by the commands
//! and the API that people use, turn by turn in one run.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench::nation;
use crate::bench::processes::{Processes, call, free_port, pause, program, wait_for};
use crate::tools::{capture, debian};

/// How long each kind of question is asked.
const TURN: Duration = Duration::from_secs(6);
/// Callers at a time.
const CALLERS: u32 = 2;
/// Single changes that are made one after the other.
const CHANGES: usize = 20;
/// Who changes the registry, and why.
const OFFICER: [&str; 4] = ["--officer", "hub/quan-tri.json", "--reason", "bench"];
/// Asks what is in a file, line by line.
const SCRIPT: &str = r#"
local paths = {}
local at = 0
function init()
    for line in io.lines("questions.txt") do paths[#paths + 1] = line end
end
function request()
    at = at % #paths + 1
    return wrk.format("GET", paths[at])
end
"#;

pub(crate) fn measure() -> Result<(), String> {
    debian(&[("postgresql", "/usr/lib/postgresql"), ("wrk", "wrk")])?;
    println!(
        "{} agencies, {} services with {} fields, {} grants; {CALLERS} callers at a time, {} cores",
        nation::AGENCIES,
        nation::SERVICES,
        nation::SERVICES * nation::FIELDS,
        nation::GRANTS,
        std::thread::available_parallelism().map_or(1, usize::from)
    );
    on("SQLite", |_| Ok("sqlite:hub.db".into()))?;
    on("PostgreSQL", postgres)
}

/// One store, from an empty one to the last question.
fn on(store: &str, open: impl Fn(&mut Processes) -> Result<String, String>) -> Result<(), String> {
    println!("\n{store}");
    let mut processes = Processes::begin()?;
    let url = open(&mut processes)?;
    let files = nation::write(&processes.folder)?;
    let port = free_port()?;
    let (listen, address) = (format!("127.0.0.1:{port}"), format!("https://127.0.0.1:{port}/"));
    processes.lienthong(&[&[
        "hub",
        "init",
        "--dir",
        "hub",
        "--listen",
        &listen,
        "--url",
        &address,
        "--database",
        &url,
    ]])?;
    let mut run = Command::new(program());
    processes.spawn("hub", run.args(["hub", "run", "--dir", "hub"]).env("RUST_LOG", "warn"))?;
    wait_for(port)?;
    let begun = Instant::now();
    took(&processes, "seed of the real registry", || processes.lienthong(&[&["seed"], &OFFICER]))?;
    for (file, holds) in &files {
        took(&processes, holds, || processes.lienthong(&[&["apply", "-f", file], &OFFICER]))?;
    }
    println!(
        "  all loaded and published in {:.0} s; {}",
        begun.elapsed().as_secs_f64(),
        sizes(&processes, &url)?
    );
    ask(&processes, &address)?;
    change(&mut processes)?;
    let begun = Instant::now();
    processes.stop_one("hub");
    let mut run = Command::new(program());
    processes.spawn("hub", run.args(["hub", "run", "--dir", "hub"]).env("RUST_LOG", "warn"))?;
    wait_for(port)?;
    println!(
        "  stopped and started again in {:.1} s; {}",
        begun.elapsed().as_secs_f64(),
        sizes(&processes, &url)?
    );
    Ok(())
}

fn took(
    processes: &Processes,
    what: &str,
    work: impl FnOnce() -> Result<String, String>,
) -> Result<(), String> {
    let begun = Instant::now();
    work()?;
    let (_, peak) = processes.memory("hub")?;
    println!("  {what:<32} {:>7.1} s   hub at its most {peak} MB", begun.elapsed().as_secs_f64());
    Ok(())
}

fn sizes(processes: &Processes, url: &str) -> Result<String, String> {
    let (now, peak) = processes.memory("hub")?;
    let store = if url.starts_with("sqlite:") {
        fs::metadata(processes.folder.join("hub/hub.db")).map_err(|error| error.to_string())?.len()
            / (1024 * 1024)
    } else {
        let size = capture(Command::new("psql").args([
            "-Atc",
            "SELECT pg_database_size(current_database()) / 1048576",
            url,
        ]))?;
        size.trim().parse().map_err(|_| size)?
    };
    Ok(format!("hub {now} MB, at its most {peak} MB; store {store} MB"))
}

/// Lists and searches by the API, then the pages of the console.
fn ask(processes: &Processes, address: &str) -> Result<(), String> {
    let folder = &processes.folder;
    let written =
        |name: &str, text: &str| fs::write(folder.join(name), text).map_err(|error| error.to_string());
    written("questions.lua", SCRIPT)?;
    let officer = fs::read_to_string(folder.join("hub/quan-tri.json")).map_err(|error| error.to_string())?;
    let token =
        officer.split("\"token\"").nth(1).and_then(|rest| rest.split('"').nth(1)).ok_or("no token")?;
    println!("  {:<32} {:>9} {:>9} {:>9}", "", "a second", "p50 ms", "p99 ms");
    let api = nation::questions().into_iter().map(|(name, paths)| {
        (name, "application/json", paths.iter().map(|path| format!("/api/v1/{path}")).collect::<Vec<_>>())
    });
    let pages = nation::pages().into_iter().map(|(name, paths)| (name, "text/html", paths));
    for (name, form, paths) in api.chain(pages) {
        written("questions.txt", &paths.join("\n"))?;
        let mut wrk = Command::new("wrk");
        wrk.current_dir(folder).args([
            "-s",
            "questions.lua",
            "-H",
            &format!("Authorization: Bearer {token}"),
            "-H",
            &format!("Accept: {form}"),
        ]);
        let called = call(&mut wrk, address, CALLERS, TURN).map_err(|error| format!("{name}: {error}"))?;
        println!("  {name:<32} {:>9.0} {:>9.1} {:>9.1}", called.per_second, called.p50_ms, called.p99_ms);
    }
    Ok(())
}

/// Changes one thing at a time, while a node follows: how long it takes until that node decides by it, and what went over the wire.
fn change(processes: &mut Processes) -> Result<(), String> {
    let (peer, edge) = (free_port()?, free_port()?);
    let address = |port: u16| format!("127.0.0.1:{port}");
    let node = format!("{}/nut-1", nation::agency(0));
    processes.lienthong(&[&["hub", "invite", &node, "--out", "node.invitation"], &OFFICER])?;
    processes.lienthong(&[
        &["node", "join", "--dir", "node", "--invitation", "node.invitation"],
        &["--peer", &address(peer), "--edge", &address(edge)],
    ])?;
    let (begun, before) = (Instant::now(), carried()?);
    let mut run = Command::new(program());
    processes.spawn("node", run.args(["node", "run", "--dir", "node"]).env("RUST_LOG", "warn"))?;
    wait_for(edge)?;
    let first = loop {
        match revision(edge) {
            Some(revision) => break revision,
            None => pause(),
        }
    };
    let (now, peak) = processes.memory("node")?;
    println!(
        "  a node has taken the directory in {:.1} s, {} MB over loopback; node {now} MB, at its most {peak} MB",
        begun.elapsed().as_secs_f64(),
        (carried()? - before) / (1024 * 1024)
    );
    let (mut times, mut last, before) = (Vec::new(), first, carried()?);
    for number in 0..CHANGES {
        let begun = Instant::now();
        processes.lienthong(&[&["grant", "revoke", &nation::grant(number)], &OFFICER])?;
        while revision(edge).is_none_or(|revision| revision == last) {
            pause();
        }
        last = revision(edge).unwrap_or(last);
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or(f64::NAN);
    println!(
        "  a grant revoked by command, published, and in force at the node: p50 {:.0} ms, slowest {:.0} ms; {} KB each over loopback, command and database included",
        at(50),
        at(99),
        (carried()? - before) / 1024 / CHANGES as u64
    );
    Ok(())
}

/// The number of the directory that a node decides by, once it has one.
fn revision(edge: u16) -> Option<u64> {
    let mut stream = TcpStream::connect(("127.0.0.1", edge)).ok()?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    if !text.starts_with("HTTP/1.1 200") {
        return None;
    }
    let rest = text.split("\"revision\":").nth(1)?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Bytes that loopback has carried.
fn carried() -> Result<u64, String> {
    let text = fs::read_to_string("/proc/net/dev").map_err(|error| error.to_string())?;
    let line = text.lines().find_map(|line| line.trim().strip_prefix("lo:")).ok_or("no loopback")?;
    line.split_whitespace().next().and_then(|bytes| bytes.parse().ok()).ok_or_else(|| "no count".to_owned())
}

/// A PostgreSQL server of our own, with its usual settings.
pub(crate) fn postgres(processes: &mut Processes) -> Result<String, String> {
    let bin = fs::read_dir("/usr/lib/postgresql")
        .map_err(|error| error.to_string())?
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .max()
        .ok_or("PostgreSQL is not installed")?;
    let (folder, port) = (processes.folder.join("postgres"), free_port()?);
    fs::create_dir(&folder).map_err(|error| error.to_string())?;
    capture(Command::new("chmod").arg("0777").arg(&folder))?;
    capture(
        as_postgres(&bin.join("initdb"))
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "-D"])
            .arg(folder.join("data"))
            .stdout(Stdio::null()),
    )?;
    let mut server = as_postgres(&bin.join("postgres"));
    server
        .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k"])
        .arg(&folder)
        .arg("-D")
        .arg(folder.join("data"));
    processes.spawn("postgres", &mut server)?;
    let ready = || {
        Command::new(bin.join("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
            .status()
            .is_ok_and(|status| status.success())
    };
    for _ in 0..1000 {
        if ready() {
            return Ok(format!("postgres://postgres@127.0.0.1:{port}/postgres"));
        }
        pause();
    }
    Err("PostgreSQL did not start".into())
}

/// The server refuses to run as root; the account that its package makes does not.
fn as_postgres(program: &Path) -> Command {
    let root = capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"])
        .arg(PathBuf::from(program));
    command
}
