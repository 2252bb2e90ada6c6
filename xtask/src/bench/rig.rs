//! What is measured, and how: processes, the caller, CPU time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::bench::processes::{Processes, call, free_port, program, wait_for};
use crate::bench::{pair, peers};
use crate::tools::capture;

/// Everything started for the measurement.
pub(crate) struct Rig {
    processes: Processes,
    /// Contestants: the caller's address, with the path; and the names of the processes whose CPU time counts.
    contestants: BTreeMap<&'static str, (String, Vec<String>)>,
}

/// One turn.
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) cpu_micros: f64,
}

const SERVICE: &str = r#"
{ kind: Service, id: VN/GOV/G01/dan-cu/api, name: { vi: A, en: A }, http: { endpoints: [{ method: GET, path: /** }] } }
---
{ kind: Grant, id: g, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/api, uses: [{ purpose: do, basis: do }], fields: all, per_second: 1000000 }
"#;

impl Rig {
    /// Starts the system and all contestants.
    pub(crate) fn start() -> Result<Self, String> {
        let mut rig = Self { processes: Processes::begin()?, contestants: BTreeMap::new() };
        let system = free_port()?;
        peers::system(rig.folder(), system)?;
        rig.nginx("system", system)?;
        peers::certificates(rig.folder())?;
        let (provider, consumer) = (free_port()?, free_port()?);
        peers::nginx(rig.folder(), system, provider, consumer)?;
        rig.nginx("nginx-provider", provider)?;
        rig.nginx("nginx-consumer", consumer)?;
        rig.contestants.insert(
            "nginx",
            (
                format!("http://127.0.0.1:{consumer}/1k.json"),
                vec!["nginx-provider".into(), "nginx-consumer".into()],
            ),
        );
        let (provider, consumer) = (free_port()?, free_port()?);
        peers::haproxy(rig.folder(), system, provider, consumer)?;
        rig.haproxy("haproxy-provider", provider)?;
        rig.haproxy("haproxy-consumer", consumer)?;
        rig.contestants.insert(
            "haproxy",
            (
                format!("http://127.0.0.1:{consumer}/1k.json"),
                vec!["haproxy-provider".into(), "haproxy-consumer".into()],
            ),
        );
        rig.nodes(system)?;
        Ok(rig)
    }

    /// Who is measured.
    pub(crate) fn contestants(&self) -> Vec<&'static str> {
        self.contestants.keys().copied().collect()
    }

    /// One turn of a contestant.
    pub(crate) fn measure(&self, name: &str, connections: u32, time: Duration) -> Result<Measured, String> {
        let (url, processes) = self.contestants.get(name).ok_or("no such contestant")?;
        let before = self.processes.cpu(processes)?;
        let mut wrk = Command::new("wrk");
        if name == "lienthong" {
            wrk.args(pair::headers(&self.processes)?);
        }
        let called = call(&mut wrk, url, connections, time).map_err(|error| format!("{name}: {error}"))?;
        let spent = self.processes.cpu(processes)? - before;
        Ok(Measured {
            per_second: called.per_second,
            p50_ms: called.p50_ms,
            p99_ms: called.p99_ms,
            cpu_micros: spent / called.requests,
        })
    }

    fn folder(&self) -> &Path {
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
        let size = |name: &str| -> u64 {
            fs::read_dir(self.folder().join(name).join("ledger"))
                .into_iter()
                .flatten()
                .flatten()
                .filter_map(|file| Some(file.metadata().ok()?.len()))
                .sum()
        };
        println!(
            "\n{output}\n{} bytes of ledgers on disk, preallocated segments included",
            size("provider") + size("consumer")
        );
        Ok(())
    }

    fn nginx(&mut self, name: &str, port: u16) -> Result<(), String> {
        let folder = self.folder().to_owned();
        self.processes.spawn(
            name,
            Command::new("nginx")
                .arg("-p")
                .arg(&folder)
                .arg("-c")
                .arg(folder.join(format!("{name}.conf")))
                .args(["-e", "/dev/null", "-g", "daemon off;"]),
        )?;
        wait_for(port)
    }

    fn haproxy(&mut self, name: &str, port: u16) -> Result<(), String> {
        let folder = self.folder().to_owned();
        self.processes.spawn(
            name,
            Command::new("haproxy").arg("-db").arg("-f").arg(folder.join(format!("{name}.cfg"))),
        )?;
        wait_for(port)
    }

    fn nodes(&mut self, system: u16) -> Result<(), String> {
        let settings =
            format!("\n[[services]]\nid = \"VN/GOV/G01/dan-cu/api\"\nurl = \"http://127.0.0.1:{system}/\"\n");
        let edge = pair::start(&mut self.processes, SERVICE, &settings)?;
        self.contestants.insert(
            "lienthong",
            (
                format!("http://127.0.0.1:{edge}/r1/VN/GOV/G01/dan-cu/api/1k.json"),
                vec!["provider".into(), "consumer".into()],
            ),
        );
        Ok(())
    }
}
