//! What is measured, and how: processes, the caller, CPU time.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::bench::peers;
use crate::root;
use crate::tools::{capture, run, target};

/// Everything started for the measurement. Dropped, it is stopped and its folder is removed.
pub(crate) struct Rig {
    folder: PathBuf,
    children: Vec<(String, Child)>,
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

const REGISTRY: &str = r#"
{ kind: Agency, id: VN/GOV/G01, name: { vi: A, en: A }, bloc: government }
---
{ kind: Agency, id: VN/LOC/H05, name: { vi: B, en: B }, bloc: local }
---
{ kind: System, id: VN/GOV/G01/dan-cu, name: { vi: A, en: A } }
---
{ kind: System, id: VN/LOC/H05/mot-cua, name: { vi: B, en: B } }
---
{ kind: Node, id: VN/GOV/G01/nut-1, address: "PROVIDER", systems: [VN/GOV/G01/dan-cu] }
---
{ kind: Node, id: VN/LOC/H05/nut-1, address: "CONSUMER", systems: [VN/LOC/H05/mot-cua] }
---
{ kind: Service, id: VN/GOV/G01/dan-cu/api, name: { vi: A, en: A }, http: { endpoints: [{ method: GET, path: /** }] } }
---
{ kind: Purpose, code: do, name: { vi: Đo, en: Measurement } }
---
{ kind: LegalBasis, code: do, ground: not_personal, citation: đo tốc độ }
---
{ kind: Grant, id: g, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/api, uses: [{ purpose: do, basis: do }], fields: all, per_second: 1000000 }
"#;

/// Who changes the registry, and why.
const OFFICER: [&str; 4] = ["--officer", "hub/quan-tri.json", "--reason", "bench"];

impl Rig {
    /// Starts the system and all contestants.
    pub(crate) fn start() -> Result<Self, String> {
        run(Command::new("cargo")
            .args(["build", "--release", "--package", "lienthong"])
            .current_dir(root()))?;
        let folder = std::env::temp_dir().join(format!("lienthong-bench-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let mut rig = Self { folder, children: Vec::new(), contestants: BTreeMap::new() };
        let system = free_port()?;
        peers::system(&rig.folder, system)?;
        rig.nginx("system", system)?;
        peers::certificates(&rig.folder)?;
        let (provider, consumer) = (free_port()?, free_port()?);
        peers::nginx(&rig.folder, system, provider, consumer)?;
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
        peers::haproxy(&rig.folder, system, provider, consumer)?;
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
        let before = self.cpu(processes)?;
        let mut wrk = Command::new("wrk");
        wrk.args([
            "-t1",
            &format!("-c{connections}"),
            &format!("-d{}s", time.as_secs().max(1)),
            "--latency",
            "--timeout",
            "20s",
        ]);
        if name == "lienthong" {
            let token = fs::read_to_string(self.folder.join("token")).map_err(|error| error.to_string())?;
            wrk.args([
                "-H",
                "X-Road-Client: VN/LOC/H05/mot-cua",
                "-H",
                "Lienthong-Purpose: do",
                "-H",
                token.trim(),
            ]);
        }
        let text = capture(wrk.arg(url))?;
        let spent = self.cpu(processes)? - before;
        let number = |label: &str| {
            text.lines()
                .find_map(|line| line.trim().strip_prefix(label))
                .map(|rest| rest.split_whitespace().next().unwrap_or_default().to_owned())
        };
        if text.contains("Non-2xx") || text.contains("Socket errors") {
            return Err(format!("{name}: {text}"));
        }
        let per_second: f64 =
            number("Requests/sec:").and_then(|value| value.parse().ok()).ok_or_else(|| text.clone())?;
        let requests: f64 = text
            .lines()
            .find_map(|line| line.trim().split_once(" requests in "))
            .and_then(|(count, _)| count.parse().ok())
            .ok_or_else(|| text.clone())?;
        let latency =
            |label: &str| number(label).and_then(|value| milliseconds(&value)).ok_or_else(|| text.clone());
        Ok(Measured {
            per_second,
            p50_ms: latency("50%")?,
            p99_ms: latency("99%")?,
            cpu_micros: spent / requests,
        })
    }

    /// Stops everything; the nodes' ledgers must be whole.
    pub(crate) fn finish(mut self) -> Result<(), String> {
        self.stop();
        let output = capture(
            Command::new(program())
                .args(["ledger", "verify", "provider", "consumer"])
                .current_dir(&self.folder),
        )?;
        let size = |name: &str| -> u64 {
            fs::read_dir(self.folder.join(name).join("ledger"))
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

    fn stop(&mut self) {
        for (_, child) in &mut self.children {
            // Masters pass the word on to their workers; a kill would not.
            let _ = Command::new("kill").arg(child.id().to_string()).status();
        }
        for (_, child) in &mut self.children {
            let _ = child.wait();
        }
        self.children.clear();
    }

    fn spawn(&mut self, name: &str, command: &mut Command) -> Result<(), String> {
        let log =
            fs::File::create(self.folder.join(format!("{name}.log"))).map_err(|error| error.to_string())?;
        let child = command
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        self.children.push((name.to_owned(), child));
        Ok(())
    }

    fn nginx(&mut self, name: &str, port: u16) -> Result<(), String> {
        let folder = self.folder.clone();
        self.spawn(
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
        let folder = self.folder.clone();
        self.spawn(
            name,
            Command::new("haproxy").arg("-db").arg("-f").arg(folder.join(format!("{name}.cfg"))),
        )?;
        wait_for(port)
    }

    /// A hub and two nodes, by the commands that an operator would use.
    fn nodes(&mut self, system: u16) -> Result<(), String> {
        let [hub, provider, provider_edge, consumer, edge] =
            [free_port()?, free_port()?, free_port()?, free_port()?, free_port()?];
        let listen = format!("127.0.0.1:{hub}");
        self.lienthong(&[
            &["hub", "init", "--dir", "hub", "--listen", &listen],
            &["--url", &format!("https://{listen}/")],
        ])?;
        self.spawn("hub", Command::new(program()).args(["hub", "run", "--dir", "hub"]))?;
        wait_for(hub)?;
        let registry = REGISTRY
            .replace("PROVIDER", &format!("127.0.0.1:{provider}"))
            .replace("CONSUMER", &format!("127.0.0.1:{consumer}"));
        fs::write(self.folder.join("registry.yaml"), registry).map_err(|error| error.to_string())?;
        self.lienthong(&[&["apply", "-f", "registry.yaml"], &OFFICER])?;
        self.join("provider", "VN/GOV/G01/nut-1", provider, provider_edge)?;
        self.join("consumer", "VN/LOC/H05/nut-1", consumer, edge)?;
        let settings = self.folder.join("provider/node.toml");
        let text = fs::read_to_string(&settings).map_err(|error| error.to_string())?;
        let service =
            format!("\n[[services]]\nid = \"VN/GOV/G01/dan-cu/api\"\nurl = \"http://127.0.0.1:{system}/\"\n");
        fs::write(&settings, text + &service).map_err(|error| error.to_string())?;
        self.lienthong(&[
            &["node", "token", "--dir", "consumer"],
            &["--system", "VN/LOC/H05/mot-cua", "--out", "token"],
        ])?;
        for (name, port) in [("provider", provider), ("consumer", edge)] {
            let mut node = Command::new(program());
            self.spawn(name, node.args(["node", "run", "--dir", name]).env("RUST_LOG", "warn"))?;
            wait_for(port)?;
        }
        self.contestants.insert(
            "lienthong",
            (
                format!("http://127.0.0.1:{edge}/r1/VN/GOV/G01/dan-cu/api/1k.json"),
                vec!["provider".into(), "consumer".into()],
            ),
        );
        Ok(())
    }

    /// Invites a node and has it join.
    fn join(&self, name: &str, id: &str, peer: u16, edge: u16) -> Result<(), String> {
        let invitation = format!("{name}.json");
        self.lienthong(&[&["hub", "invite", id, "--out", &invitation], &OFFICER])?;
        self.lienthong(&[
            &["node", "join", "--dir", name, "--invitation", &invitation],
            &["--peer", &format!("127.0.0.1:{peer}"), "--edge", &format!("127.0.0.1:{edge}")],
        ])?;
        Ok(())
    }

    fn lienthong(&self, arguments: &[&[&str]]) -> Result<String, String> {
        capture(Command::new(program()).args(arguments.concat()).current_dir(&self.folder))
    }

    /// CPU time of processes and those below them, in microseconds.
    fn cpu(&self, names: &[String]) -> Result<f64, String> {
        let mut ids: Vec<u32> = self
            .children
            .iter()
            .filter(|(name, _)| names.contains(name))
            .map(|(_, child)| child.id())
            .collect();
        let stats: Vec<(u32, u32, u64)> = fs::read_dir("/proc")
            .map_err(|error| error.to_string())?
            .flatten()
            .filter_map(|entry| stat(&entry.path()))
            .collect();
        let mut at = 0;
        while let Some(parent) = ids.get(at).copied() {
            ids.extend(stats.iter().filter(|(_, above, _)| *above == parent).map(|(id, _, _)| *id));
            at += 1;
        }
        let ticks: u64 = stats.iter().filter(|(id, _, _)| ids.contains(id)).map(|(_, _, ticks)| ticks).sum();
        // A tick is 10 ms on Linux (`getconf CLK_TCK` is 100 everywhere).
        #[expect(clippy::cast_precision_loss, reason = "ticks of a few seconds")]
        Ok(ticks as f64 * 10_000.0)
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Process, its parent, and its CPU time in ticks.
fn stat(folder: &Path) -> Option<(u32, u32, u64)> {
    let id = folder.file_name()?.to_str()?.parse().ok()?;
    let text = fs::read_to_string(folder.join("stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    let field = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    Some((id, u32::try_from(field(1)?).ok()?, field(11)? + field(12)?))
}

fn milliseconds(text: &str) -> Option<f64> {
    let (number, scale) = match text {
        _ if text.ends_with("us") => (text.strip_suffix("us")?, 0.001),
        _ if text.ends_with("ms") => (text.strip_suffix("ms")?, 1.0),
        _ => (text.strip_suffix('s')?, 1000.0),
    };
    Some(number.parse::<f64>().ok()? * scale)
}

fn program() -> PathBuf {
    target().join("release/lienthong")
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    Ok(listener.local_addr().map_err(|error| error.to_string())?.port())
}

#[expect(clippy::disallowed_methods, reason = "a measurement from outside waits for other programs")]
fn wait_for(port: u16) -> Result<(), String> {
    for _ in 0..200 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(format!("nothing answers at port {port}"))
}
