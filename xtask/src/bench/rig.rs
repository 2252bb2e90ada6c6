//! What is measured, and how: processes, the caller, CPU time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::bench::peers::Pair;
use crate::bench::processes::{Called, Processes, call, call_at_rate, free_port, program, wait_for};
use crate::bench::{pair, peers};
use crate::tools::capture;

/// The contestant that we are.
pub(crate) const LIENTHONG: &str = "lienthong";

/// Everything started for the measurement.
pub(crate) struct Rig {
    processes: Processes,
    /// Contestants: the caller's address before the name of a file; and the names of the processes whose CPU time counts.
    contestants: BTreeMap<&'static str, (String, Vec<String>)>,
    /// The port of what stands behind all of them.
    system: u16,
}

/// One turn.
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Not a number where nobody stands between the caller and the system.
    pub(crate) cpu_micros: f64,
}

/// The file that exchanges are measured by.
pub(crate) const ONE_KB: &str = "1k.json";

/// The service that exchanges are measured by, and its grant.
pub(crate) const SERVICE: &str = r#"
{ kind: Service, id: VN/GOV/G01/dan-cu/api, name: { vi: A, en: A }, http: { endpoints: [{ method: GET, path: /** }] } }
---
{ kind: Grant, id: g, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/api, uses: [{ purpose: do, basis: do }], fields: all, per_second: 1000000 }
"#;

impl Rig {
    /// Starts the system and all contestants.
    pub(crate) fn start() -> Result<Self, String> {
        let system = free_port()?;
        let mut rig = Self { processes: Processes::begin()?, contestants: BTreeMap::new(), system };
        peers::system(rig.folder(), system)?;
        peers::serve(&mut rig.processes, "system", system)?;
        rig.contestants.insert("direct", (format!("http://127.0.0.1:{system}/"), Vec::new()));
        peers::certificates(rig.folder())?;
        rig.peers(system, false)?;
        rig.nodes(system)?;
        Ok(rig)
    }

    /// The same peers once more, each with a log of calls that is synced to the disk.
    ///
    /// # Errors
    /// If the file system knows no such files.
    pub(crate) fn add_synced(&mut self) -> Result<(), String> {
        self.peers(self.system, true)
    }

    /// Who is measured.
    pub(crate) fn contestants(&self) -> Vec<&'static str> {
        self.contestants.keys().copied().collect()
    }

    /// One turn of a contestant: each connection calls for `file` again as soon as it has its answer. More words for wrk come before.
    pub(crate) fn measure(
        &self,
        name: &str,
        (file, words): (&str, &[&str]),
        connections: u32,
        time: Duration,
    ) -> Result<Measured, String> {
        self.turn(name, file, |address, headers| {
            call(Command::new("wrk").args(words).args(headers), address, connections, time)
        })
    }

    /// How long a contestant takes to carry a file once, by one caller.
    pub(crate) fn once(&self, name: &str, file: &str) -> Result<Duration, String> {
        let (address, _) = self.contestants.get(name).ok_or("no such contestant")?;
        let headers = if name == LIENTHONG { pair::headers(&self.processes)?.to_vec() } else { Vec::new() };
        let began = Instant::now();
        let mut curl = Command::new("curl");
        capture(curl.args(["-s", "-f", "-o", "/dev/null"]).args(headers).arg(format!("{address}{file}")))?;
        Ok(began.elapsed())
    }

    /// The most memory that a process has had, in MB.
    pub(crate) fn most_memory(&self, name: &str) -> Result<u64, String> {
        Ok(self.processes.memory(name)?.1)
    }

    /// From here on the most memory of the nodes is measured anew.
    pub(crate) fn forget_memory(&self) -> Result<(), String> {
        ["provider", "consumer"].iter().try_for_each(|name| self.processes.forget_memory(name))
    }

    /// One turn in which calls come at a rate, whoever still waits.
    pub(crate) fn at_rate(
        &self,
        name: &str,
        connections: u32,
        rate: f64,
        time: Duration,
    ) -> Result<Measured, String> {
        let log = self.folder().join("calls.log");
        self.turn(name, ONE_KB, |address, headers| {
            call_at_rate(Command::new("h2load").args(headers), address, (connections, rate), time, &log)
        })
    }

    fn turn(
        &self,
        name: &str,
        file: &str,
        call: impl Fn(&str, &[String]) -> Result<Called, String>,
    ) -> Result<Measured, String> {
        let (address, processes) = self.contestants.get(name).ok_or("no such contestant")?;
        let headers = if name == LIENTHONG { pair::headers(&self.processes)?.to_vec() } else { Vec::new() };
        let before = self.processes.cpu(processes)?;
        let called =
            call(&format!("{address}{file}"), &headers).map_err(|error| format!("{name}: {error}"))?;
        let spent = self.processes.cpu(processes)? - before;
        Ok(Measured {
            per_second: called.per_second,
            p50_ms: called.p50_ms,
            p99_ms: called.p99_ms,
            cpu_micros: if processes.is_empty() { f64::NAN } else { spent / called.requests },
        })
    }

    /// Memory in MB of a node that has carried nothing yet.
    pub(crate) fn idle_memory(&self) -> Result<u64, String> {
        Ok(self.processes.memory("consumer")?.0)
    }

    /// Ends the consumer's node and starts it again: how long from there to its first exchange.
    pub(crate) fn start_again(&mut self) -> Result<Duration, String> {
        self.processes.stop_one("consumer");
        let began = Instant::now();
        pair::run(&mut self.processes, "consumer")?;
        let (address, _) = self.contestants.get(LIENTHONG).ok_or("no such contestant")?;
        pair::answered(&self.processes, &format!("{address}{ONE_KB}"))?;
        Ok(began.elapsed())
    }

    /// Where everything runs.
    pub(crate) fn folder(&self) -> &Path {
        &self.processes.folder
    }

    /// Stops everything; the nodes' ledgers must be whole.
    pub(crate) fn finish(mut self) -> Result<(), String> {
        self.processes.stop();
        let output = capture(
            Command::new(program())
                .args(["ledger", "verify", "provider", "consumer"])
                .current_dir(self.folder()),
        )?;
        println!("\n{output}");
        let consumed = output
            .lines()
            .filter_map(|line| line.split_once(" hỏi")?.0.rsplit(['(', ' ']).next()?.parse::<f64>().ok());
        let exchanges: f64 = consumed.sum();
        let bytes = written(&self.folder().join("provider/ledger"))?
            + written(&self.folder().join("consumer/ledger"))?;
        #[expect(clippy::cast_precision_loss, reason = "bytes of a disk")]
        let each = bytes as f64 / exchanges;
        println!("evidence on disk: {each:.0} bytes for an exchange, both nodes together");
        Ok(())
    }

    /// nginx and `HAProxy`, each at both ends: without a log of calls, or with one that is synced.
    fn peers(&mut self, system: u16, is_synced: bool) -> Result<(), String> {
        let [nginx, haproxy] =
            if is_synced { ["nginx-synced", "haproxy-synced"] } else { ["nginx", "haproxy"] };
        for contestant in [nginx, haproxy] {
            let names = [format!("{contestant}-provider"), format!("{contestant}-consumer")];
            let ports = [free_port()?, free_port()?];
            let pair = Pair { provider: (&names[0], ports[0]), consumer: (&names[1], ports[1]), is_synced };
            if contestant == nginx {
                peers::nginx(self.folder(), system, &pair)?;
            } else {
                peers::haproxy(self.folder(), system, &pair)?;
            }
            for (name, port) in names.iter().zip(ports) {
                if contestant == nginx {
                    peers::serve(&mut self.processes, name, port)?
                } else {
                    self.haproxy(name, port)?
                }
            }
            let address = format!("http://127.0.0.1:{}/", ports[1]);
            self.contestants.insert(contestant, (address, names.to_vec()));
        }
        Ok(())
    }

    fn haproxy(&mut self, name: &str, port: u16) -> Result<(), String> {
        self.processes.spawn(
            name,
            // What it says of calls goes where it says it.
            Command::new("sh").args(["-c", &format!("exec haproxy -db -f {name}.cfg > {name}.access")]),
        )?;
        wait_for(port)
    }

    fn nodes(&mut self, system: u16) -> Result<(), String> {
        let edge = pair::start(&mut self.processes, SERVICE, &behind(system))?;
        self.contestants.insert(
            LIENTHONG,
            (
                format!("http://127.0.0.1:{edge}/r1/VN/GOV/G01/dan-cu/api/"),
                vec!["provider".into(), "consumer".into()],
            ),
        );
        Ok(())
    }
}

/// A node's settings by which the system at a port stands behind the service.
pub(crate) fn behind(system: u16) -> String {
    format!("\n[[services]]\nid = \"VN/GOV/G01/dan-cu/api\"\nurl = \"http://127.0.0.1:{system}/\"\n")
}

/// Bytes of a ledger that were written: segments are filled with zeros beforehand.
fn written(folder: &Path) -> Result<u64, String> {
    let mut bytes = 0;
    for file in fs::read_dir(folder).map_err(|error| error.to_string())?.flatten() {
        let content = fs::read(file.path()).map_err(|error| error.to_string())?;
        bytes += content.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1);
    }
    Ok(bytes)
}
