//! MariaDB and PostgreSQL servers of the tests' own, on free ports, gone when their test is done with them.

use std::process::{Child, Command, Stdio};

/// A running server.
pub(crate) struct Server {
    process: Option<Child>,
    pub(crate) port: u16,
    /// What makes it end though somebody is connected.
    signal: &'static str,
    start: Box<dyn Fn() -> Child + Send + Sync>,
    ready: Box<dyn Fn() -> bool + Send + Sync>,
    _folder: tempfile::TempDir,
}

impl Server {
    /// A PostgreSQL server.
    pub(crate) fn postgres() -> Self {
        let bin = std::fs::read_dir("/usr/lib/postgresql")
            .expect("PostgreSQL is not installed: run `cargo xtask test`")
            .filter_map(|version| Some(version.ok()?.path().join("bin")))
            .max()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        run(Command::new("chmod").arg("0777").arg(folder.path()));
        run(as_account("postgres", &bin.join("initdb"))
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "-D"])
            .arg(&data));
        let port = free_port();
        let (sockets, number, postgres) =
            (folder.path().display().to_string(), port.to_string(), bin.join("postgres"));
        let start = Box::new(move || {
            as_account("postgres", &postgres)
                .args(["-p", &number, "-h", "127.0.0.1", "-k", &sockets, "-c", "fsync=off", "-D"])
                .arg(&data)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        });
        let ready = Box::new(move || {
            let asked = Command::new(bin.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
                .status();
            asked.unwrap().success()
        });
        Self { process: None, port, signal: "-INT", start, ready, _folder: folder }.started()
    }

    /// A MariaDB server; `root` needs no password.
    pub(crate) fn mariadb() -> Self {
        let folder = tempfile::tempdir().unwrap();
        run(Command::new("chmod").arg("0777").arg(folder.path()));
        let data = folder.path().join("data");
        let data_is = format!("--datadir={}", data.display());
        // Two of them that set up at one moment take each other's files away in a common folder.
        let scratch = format!("--tmpdir={}", folder.path().display());
        run(as_account("mysql", std::path::Path::new("mariadb-install-db")).args([
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            &data_is,
            &scratch,
        ]));
        let port = free_port();
        let socket = format!("--socket={}", folder.path().join("s").display());
        let start = Box::new(move || {
            as_account("mysql", std::path::Path::new("mariadbd"))
                .args(["--no-defaults", &data_is, &scratch, &socket, "--bind-address=127.0.0.1"])
                .args([
                    &format!("--port={port}"),
                    "--innodb-flush-log-at-trx-commit=0",
                    "--max-connections=40",
                ])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        });
        let ready = Box::new(move || {
            let asked = Command::new("mariadb-admin")
                .args(["--no-defaults", "-h", "127.0.0.1", "-P", &port.to_string(), "-u", "root", "ping"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            asked.unwrap().success()
        });
        Self { process: None, port, signal: "-TERM", start, ready, _folder: folder }.started()
    }

    fn started(mut self) -> Self {
        self.start();
        self
    }

    /// Starts it, and waits until it answers.
    pub(crate) fn start(&mut self) {
        self.process = Some((self.start)());
        for _ in 0..600 {
            if (self.ready)() {
                return;
            }
            pause();
        }
        panic!("the server did not start");
    }

    /// Kills it as a crash of its machine would: a process of PostgreSQL that serves a connection would go on alone for a while.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let id = process.id().to_string();
            let below = Command::new("pgrep").args(["-P", &id]).output().unwrap().stdout;
            let below = String::from_utf8_lossy(&below).into_owned();
            let _ = Command::new("kill").arg("-KILL").arg(id).args(below.split_whitespace()).status();
            let _ = process.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = Command::new("kill").arg(self.signal).arg(process.id().to_string()).status();
            let _ = process.wait();
        }
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Servers refuse to run as root; the account that their package makes does not.
fn as_account(account: &str, program: &std::path::Path) -> Command {
    let root =
        String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap().trim() == "0";
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args([&format!("--reuid={account}"), &format!("--regid={account}"), "--clear-groups", "--"])
        .arg(program);
    command
}

fn run(command: &mut Command) {
    let output =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}: run `cargo xtask test`"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[expect(clippy::disallowed_methods, reason = "waits for a process that gives no sign of being ready")]
fn pause() {
    std::thread::sleep(std::time::Duration::from_millis(50));
}
