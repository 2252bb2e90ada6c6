//! Processes of this same binary: started, watched until they answer, killed, and gone with the demo.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use model::fault::Fault;
use tokio::process::{Child, Command};

/// Longest wait for a process to answer.
const READY: Duration = Duration::from_secs(60);
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

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().next_back().unwrap_or_default().to_owned()
    }
}

/// A step of the demo that did not go as it must.
pub(crate) fn step(step: &str, why: &str) -> Fault {
    Fault::DemoStep { step: step.to_owned(), why: why.to_owned() }
}

/// A port that is free now, on loopback.
pub(crate) fn free_address() -> Result<std::net::SocketAddr, Fault> {
    let listener =
        std::net::TcpListener::bind("127.0.0.1:0").map_err(|error| step("port", &error.to_string()))?;
    listener.local_addr().map_err(|error| step("port", &error.to_string()))
}
