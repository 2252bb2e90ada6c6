//! What runs: the hubs and nodes of a nation, and commands beside them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::{Nation, lienthong, until};

/// What gives processes another clock.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

impl Nation {
    /// Runs a command that must succeed, in the nation's folder. Returns what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.try_run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command in the nation's folder.
    pub(crate) fn try_run(&self, arguments: &[&str]) -> Output {
        let mut command = lienthong();
        command.args(arguments).envs(self.clock()).current_dir(self.folder.path()).output().unwrap()
    }

    /// Runs a command that must succeed and reads `typed` from standard input. Returns what it printed.
    pub(crate) fn type_into(&self, arguments: &[&str], typed: &str) -> String {
        let output = self.try_type_into(arguments, typed);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that reads `typed` from standard input.
    pub(crate) fn try_type_into(&self, arguments: &[&str], typed: &str) -> Output {
        let mut child = lienthong()
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), typed.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Begins a command.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Child {
        let mut command = lienthong();
        command.args(arguments).current_dir(self.folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Runs a command that prints JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(arguments)).unwrap()
    }

    /// Starts the hub and waits until it answers.
    pub(crate) async fn start_hub(&mut self) {
        self.start_again("hub").await;
    }

    /// Starts the hub with a clock that is ahead: `+40d`.
    pub(crate) async fn start_hub_ahead(&mut self, by: &str) {
        self.spawn_ahead("hub", &["hub", "run", "--dir", "hub"], by);
        self.answers("hub").await;
    }

    /// Starts a node with a clock that is ahead: `+4m`.
    pub(crate) fn start_node_ahead(&mut self, name: &str, by: &str) {
        self.spawn_ahead(name, &["node", "run", "--dir", name], by);
    }

    fn spawn_ahead(&mut self, name: &str, arguments: &[&str], by: &str) {
        assert!(Path::new(FAKETIME).exists(), "run `cargo xtask test`, which installs libfaketime");
        let clock = [("LD_PRELOAD", FAKETIME), ("FAKETIME", by), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
        self.spawn_with(name, arguments, &clock);
    }

    /// Sets the clock of all processes so many days ahead, those that run as well.
    pub(crate) fn set_clock(&self, days: i64) {
        let (next, path) = (self.path("clock.next"), self.path("clock"));
        std::fs::write(&next, format!("+{days}d\n")).unwrap();
        std::fs::rename(next, path).unwrap();
    }

    pub(super) fn clock(&self) -> Vec<(&'static str, PathBuf)> {
        if !self.has_clock {
            return Vec::new();
        }
        assert!(Path::new(FAKETIME).exists(), "run `cargo xtask test`, which installs libfaketime");
        vec![
            ("LD_PRELOAD", FAKETIME.into()),
            ("FAKETIME_TIMESTAMP_FILE", self.path("clock")),
            ("FAKETIME_NO_CACHE", "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ]
    }

    /// A second hub on the first one's store, with the same keys.
    pub(crate) async fn start_second_hub(&mut self) {
        std::fs::create_dir(self.path("hub2")).unwrap();
        let copied = Command::new("cp").arg("-r").arg(self.path("hub/.")).arg(self.path("hub2")).status();
        assert!(copied.unwrap().success());
        let (first, second) = (self.hub.to_string(), self.second_hub.to_string());
        self.change_file("hub2/hub.toml", |text| text.replace(&first, &second));
        self.start_again("hub2").await;
    }

    /// Starts a hub once more and waits until it answers.
    pub(crate) async fn start_again(&mut self, name: &str) {
        self.spawn(name, &["hub", "run", "--dir", name]);
        self.answers(name).await;
    }

    /// Waits until a hub answers.
    pub(super) async fn answers(&self, name: &str) {
        let address = if name == "hub" { self.hub } else { self.second_hub };
        until(name, async || tokio::net::TcpStream::connect(address).await.is_ok()).await;
    }

    pub(crate) fn start_node(&mut self, name: &str) {
        self.spawn(name, &["node", "run", "--dir", name]);
    }

    pub(super) fn spawn(&mut self, name: &str, arguments: &[&str]) {
        self.spawn_with(name, arguments, &[]);
    }

    pub(super) fn spawn_with(&mut self, name: &str, arguments: &[&str], environment: &[(&str, &str)]) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.path(&format!("{name}.log")))
            .unwrap();
        let child = lienthong()
            .args(arguments)
            .envs(self.clock())
            .envs(environment.iter().copied())
            // Only a test that makes tokens has such a file.
            .env("SOFTHSM2_CONF", self.path("softhsm2.conf"))
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.processes.push((name.to_owned(), child));
    }

    /// Whether a process runs.
    pub(crate) fn runs(&self, name: &str) -> bool {
        self.processes.iter().any(|(known, _)| known == name)
    }

    /// Kills a process as a crash would.
    pub(crate) fn kill(&mut self, name: &str) {
        let at = self.processes.iter().position(|(known, _)| known == name).unwrap();
        let (_, mut child) = self.processes.remove(at);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// The process id of a node.
    pub(crate) fn process_id(&self, name: &str) -> u32 {
        self.processes.iter().find(|(known, _)| known == name).unwrap().1.id()
    }

    /// Waits for the end of a process that ends by itself; returns what it said last.
    pub(crate) async fn ended(&mut self, name: &str) -> String {
        let at = self.processes.iter().position(|(known, _)| known == name).unwrap();
        let (_, mut child) = self.processes.remove(at);
        for _ in 0..400 {
            if child.try_wait().unwrap().is_some() {
                return self.log(name);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        child.kill().unwrap();
        panic!("{name} did not end: {}", self.log(name));
    }

    /// What a process has said.
    pub(crate) fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(&format!("{name}.log"))).unwrap_or_default()
    }
}
