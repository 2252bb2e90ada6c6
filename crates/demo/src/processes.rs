//! Processes of this same binary: started, watched until they answer, killed, and gone with the demo.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use model::fault::Fault;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

/// Longest wait for a process to answer.
const READY: Duration = Duration::from_secs(60);
/// Ports that the demo takes its own from.
const PORTS: Range<u16> = 10_000..20_000;
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(25);

/// A running process. Dropped, it is killed; and it ends by itself when the demo does, however that ends.
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `lienthong` with `arguments`; what it says goes to `logs/NAME.log`.
    pub(crate) fn start(name: &str, logs: &Path, arguments: &[&str]) -> Result<Self, Fault> {
        let failed = |why: std::io::Error| step(name, &why.to_string());
        let log = logs.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log).map_err(failed)?;
        let program = std::env::current_exe().map_err(failed)?;
        let child = Command::new(program)
            .args(arguments)
            .arg("--until-stdin-closes")
            // The pipe closes when this process ends, and that is how the child hears of it.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// Waits until `answers` says yes.
    pub(crate) async fn ready(&mut self, answers: impl AsyncFn() -> bool) -> Result<(), Fault> {
        let began = Instant::now();
        while began.elapsed() < READY {
            if answers().await {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(step(&self.name, &format!("it ended ({status}): {}", self.last_words())));
            }
            tokio::time::sleep(LOOK).await;
        }
        Err(step(&self.name, &format!("it does not answer: {}", self.last_words())))
    }

    /// Kills it as a crash would: no signal it could act on.
    pub(crate) async fn kill(&mut self) -> Result<(), Fault> {
        self.child.kill().await.map_err(|error| step(&self.name, &error.to_string()))
    }

    /// Has it stand still for a while, as a source does that is slow; and go on.
    pub(crate) fn pause(&self, time: Duration) -> Result<(), Fault> {
        let failed = |why: &dyn std::fmt::Display| step(&self.name, &why.to_string());
        let id = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(id.cast_signed()))
            .ok_or_else(|| failed(&"it has ended"))?;
        kill_process(id, Signal::STOP).map_err(|error| failed(&error))?;
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            let _ = kill_process(id, Signal::CONT);
        });
        Ok(())
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().next_back().unwrap_or_default().to_owned()
    }
}

/// A step of the demo that did not go as it must.
pub(crate) fn step(step: &str, why: &str) -> Fault {
    Fault::DemoStep { step: step.to_owned(), why: why.to_owned() }
}

/// A loopback address that nobody listens at. Never the same twice, and from below the ports that the system gives to
/// outgoing connections, so that none of those takes it before its process does.
pub(crate) fn free_address() -> Result<SocketAddr, Fault> {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    // Two demos at a time begin at different ports.
    let first = std::process::id().wrapping_mul(31);
    for _ in 0..PORTS.len() {
        let number =
            first.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed)) % u32::from(PORTS.end - PORTS.start);
        let port = u16::try_from(number).map_or(PORTS.start, |number| PORTS.start + number);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err(step("port", &format!("all ports of {PORTS:?} are taken")))
}
