//! Programs that a measurement starts: their folder, their CPU time and memory, and the caller.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::root;
use crate::tools::{capture, run, target};

/// Everything started for a measurement. Dropped, it is stopped and its folder is removed.
pub(crate) struct Processes {
    /// Where they run.
    pub(crate) folder: PathBuf,
    children: Vec<(String, Child)>,
}

/// What the caller saw.
pub(crate) struct Called {
    pub(crate) requests: f64,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

impl Processes {
    /// Builds the program and makes the folder.
    pub(crate) fn begin() -> Result<Self, String> {
        run(Command::new("cargo")
            .args(["build", "--release", "--workspace", "--bin", "lienthong"])
            .current_dir(root()))?;
        let folder = std::env::temp_dir().join(format!("lienthong-bench-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        Ok(Self { folder, children: Vec::new() })
    }

    /// A folder alone: nothing of ours is run.
    pub(crate) fn without_program() -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("lienthong-bench-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        Ok(Self { folder, children: Vec::new() })
    }

    /// CPU seconds of a process and of those below it that have ended.
    pub(crate) fn cpu_of_ended(&self, name: &str) -> Result<f64, String> {
        let (_, child) = self.children.iter().find(|(known, _)| known == name).ok_or("no such process")?;
        let text =
            fs::read_to_string(format!("/proc/{}/stat", child.id())).map_err(|error| error.to_string())?;
        // proc(5): utime, stime, cutime and cstime are the 14th to 17th; the second stands in brackets and may have spaces.
        let rest = text.rsplit(')').next().unwrap_or_default();
        let ticks = rest.split_whitespace().skip(11).take(4).filter_map(|ticks| ticks.parse::<f64>().ok());
        Ok(ticks.sum::<f64>() / 100.0)
    }

    pub(crate) fn spawn(&mut self, name: &str, command: &mut Command) -> Result<(), String> {
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

    /// Stops one of them.
    pub(crate) fn stop_one(&mut self, name: &str) {
        for (_, child) in self.children.iter_mut().filter(|(known, _)| known == name) {
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
        self.children.retain(|(known, _)| known != name);
    }

    /// Kills one of them, as a lost power would.
    pub(crate) fn kill_one(&mut self, name: &str) {
        for (_, child) in self.children.iter_mut().filter(|(known, _)| known == name) {
            let _ = child.kill();
            let _ = child.wait();
        }
        self.children.retain(|(known, _)| known != name);
    }

    pub(crate) fn stop(&mut self) {
        for (_, child) in &mut self.children {
            // Masters pass the word on to their workers; a kill would not.
            let _ = Command::new("kill").arg(child.id().to_string()).status();
        }
        for (_, child) in &mut self.children {
            let _ = child.wait();
        }
        self.children.clear();
    }

    /// Runs the program to its end.
    pub(crate) fn lienthong(&self, arguments: &[&[&str]]) -> Result<String, String> {
        capture(Command::new(program()).args(arguments.concat()).current_dir(&self.folder))
    }

    /// CPU time of processes and those below them, in microseconds.
    pub(crate) fn cpu(&self, names: &[String]) -> Result<f64, String> {
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

    /// Memory of a process in MB: now, and at its most.
    pub(crate) fn memory(&self, name: &str) -> Result<(u64, u64), String> {
        let (_, child) = self.children.iter().find(|(known, _)| known == name).ok_or("no such process")?;
        let text =
            fs::read_to_string(format!("/proc/{}/status", child.id())).map_err(|error| error.to_string())?;
        let of = |label: &str| -> Option<u64> {
            let rest = text.lines().find_map(|line| line.strip_prefix(label))?;
            Some(rest.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
        };
        of("VmRSS:").zip(of("VmHWM:")).ok_or_else(|| "no memory in /proc".into())
    }
}

impl Processes {
    /// From here on the most memory of a process is measured anew (proc(5), `clear_refs`).
    pub(crate) fn forget_memory(&self, name: &str) -> Result<(), String> {
        let (_, child) = self.children.iter().find(|(known, _)| known == name).ok_or("no such process")?;
        fs::write(format!("/proc/{}/clear_refs", child.id()), "5").map_err(|error| error.to_string())
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Lets wrk call an address, and reads what it says. Any answer but 2xx is a failure.
pub(crate) fn call(
    wrk: &mut Command,
    address: &str,
    connections: u32,
    time: Duration,
) -> Result<Called, String> {
    wrk.args(["-t1", &format!("-c{connections}"), &format!("-d{}s", time.as_secs().max(1))]);
    let text = capture(wrk.args(["--latency", "--timeout", "20s", address]))?;
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        return Err(text);
    }
    let word = |label: &str| {
        text.lines().find_map(|line| line.trim().strip_prefix(label)?.split_whitespace().next())
    };
    let read = || -> Option<Called> {
        Some(Called {
            requests: text
                .lines()
                .find_map(|line| line.trim().split_once(" requests in "))?
                .0
                .parse()
                .ok()?,
            per_second: word("Requests/sec:")?.parse().ok()?,
            p50_ms: milliseconds(word("50%")?)?,
            p99_ms: milliseconds(word("99%")?)?,
        })
    };
    read().ok_or_else(|| text.clone())
}

/// Lets h2load call an address over HTTP/1.1 at a rate, whoever still waits, and reads what it writes of each call into `log`. Any answer
/// but 200 is a failure.
pub(crate) fn call_at_rate(
    h2load: &mut Command,
    address: &str,
    (connections, rate): (u32, f64),
    time: Duration,
    log: &Path,
) -> Result<Called, String> {
    let _ = fs::remove_file(log);
    h2load.args(["--h1", "-t1", &format!("-c{connections}"), &format!("-D{}", time.as_secs().max(1))]);
    h2load.arg(format!("--rps={}", rate / f64::from(connections)));
    capture(h2load.arg(format!("--log-file={}", log.display())).arg(address))?;
    let text = fs::read_to_string(log).map_err(|error| error.to_string())?;
    // When it began, the status, how long it took: in microseconds. What is under way when the time is over has the status 0, and took at
    // least as long as it says.
    let (mut millis, mut under_way) = (Vec::new(), 0);
    for line in text.lines() {
        let mut fields = line.split_whitespace().skip(1);
        match (fields.next(), fields.next().and_then(|micros| micros.parse::<f64>().ok())) {
            (Some("200"), Some(micros)) => millis.push(micros / 1000.0),
            (Some("0"), Some(micros)) => {
                millis.push(micros / 1000.0);
                under_way += 1;
            }
            _ => return Err(format!("h2load: {line}")),
        }
    }
    if under_way * 50 > millis.len() {
        return Err(format!("h2load: {under_way} of {} calls have no answer", millis.len()));
    }
    millis.sort_by(f64::total_cmp);
    let at = |percent: usize| millis.get(millis.len() * percent / 100).copied().ok_or("h2load: no call");
    #[expect(clippy::cast_precision_loss, reason = "calls of a few seconds")]
    let requests = millis.len() as f64;
    Ok(Called { requests, per_second: requests / time.as_secs_f64(), p50_ms: at(50)?, p99_ms: at(99)? })
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

pub(crate) fn program() -> PathBuf {
    target().join("release/lienthong")
}

pub(crate) fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    Ok(listener.local_addr().map_err(|error| error.to_string())?.port())
}

/// Waits until something answers at a port.
pub(crate) fn wait_for(port: u16) -> Result<(), String> {
    for _ in 0..6000 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        pause();
    }
    Err(format!("nothing answers at port {port}"))
}

#[expect(clippy::disallowed_methods, reason = "a measurement from outside waits for other programs")]
pub(crate) fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}
