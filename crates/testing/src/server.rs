//! MariaDB and PostgreSQL servers of the tests' own, gone when the last test is done with them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use crate::free_address;

/// Pause between two looks whether a server answers, and how many there are.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: u32 = 600;

/// A running server.
pub struct Server {
    kind: Kind,
    process: Option<Child>,
    /// Where it listens, on loopback.
    pub port: u16,
    folder: tempfile::TempDir,
}

enum Kind {
    /// With the folder of its programs.
    Postgres(PathBuf),
    MariaDb,
}

impl Server {
    /// A PostgreSQL server; `postgres` needs no password.
    ///
    /// # Panics
    /// If it is not installed, or does not start.
    #[must_use]
    pub fn postgres() -> Self {
        Self::postgres_in(&std::env::temp_dir())
    }

    /// The same with its files below `place`.
    ///
    /// # Panics
    /// As [`Self::postgres`].
    #[must_use]
    pub fn postgres_in(place: &Path) -> Self {
        let bin = std::fs::read_dir("/usr/lib/postgresql")
            .expect("PostgreSQL is not installed: run `cargo xtask test`")
            .filter_map(|version| Some(version.ok()?.path().join("bin")))
            .max()
            .unwrap();
        Self::of(Kind::Postgres(bin), place)
    }

    /// The PostgreSQL server that all tests of this process share.
    ///
    /// # Panics
    /// As [`Self::postgres`].
    #[must_use]
    pub fn shared_postgres() -> Arc<Self> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap();
        shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::postgres());
            *shared = Arc::downgrade(&server);
            server
        })
    }

    /// A MariaDB server; `root` needs no password.
    ///
    /// # Panics
    /// As [`Self::postgres`].
    #[must_use]
    pub fn mariadb() -> Self {
        Self::of(Kind::MariaDb, &std::env::temp_dir())
    }

    fn of(kind: Kind, place: &Path) -> Self {
        let folder = tempfile::tempdir_in(place).unwrap();
        // Its account is another than that of the tests.
        run(Command::new("chmod").arg("0777").arg(folder.path()));
        let mut server = Self { kind, process: None, port: free_address().port(), folder };
        run(&mut server.set_up());
        server.start();
        server
    }

    /// Makes a database of PostgreSQL and returns its URL.
    ///
    /// # Panics
    /// If that fails, or on MariaDB.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        let Kind::Postgres(bin) = &self.kind else { panic!("this is not PostgreSQL") };
        let port = self.port.to_string();
        run(Command::new(bin.join("createdb")).args([
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-U",
            "postgres",
            name,
        ]));
        format!("postgres://postgres@127.0.0.1:{port}/{name}")
    }

    /// Starts it, and waits until it answers.
    ///
    /// # Panics
    /// If it does not.
    pub fn start(&mut self) {
        for _ in 0..LOOKS {
            // One that ended a moment ago may keep what the next one needs for a while.
            if !self.runs() {
                let mut program = self.program();
                self.process = Some(program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
            }
            if self.answers() {
                return;
            }
            pause();
        }
        panic!("the server did not start");
    }

    /// Whether its process runs.
    pub fn runs(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| matches!(process.try_wait(), Ok(None)))
    }

    /// Kills it as a crash of its machine would: a process of PostgreSQL that serves a connection would go on alone for a while.
    ///
    /// # Panics
    /// If it cannot be asked what runs below it.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let id = process.id().to_string();
            let below = Command::new("pgrep").args(["-P", &id]).output().unwrap().stdout;
            let below = String::from_utf8_lossy(&below).into_owned();
            let _ = Command::new("kill").arg("-KILL").arg(id).args(below.split_whitespace()).status();
            let _ = process.wait();
        }
    }

    fn set_up(&self) -> Command {
        match &self.kind {
            Kind::Postgres(bin) => {
                let mut command = as_account("postgres", &bin.join("initdb"));
                command
                    .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "-D"])
                    .arg(self.data());
                command
            }
            Kind::MariaDb => {
                let mut command = as_account("mysql", Path::new("mariadb-install-db"));
                command
                    .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
                    .args(self.places());
                command
            }
        }
    }

    fn program(&self) -> Command {
        let port = self.port.to_string();
        match &self.kind {
            Kind::Postgres(bin) => {
                let mut command = as_account("postgres", &bin.join("postgres"));
                command.args(["-p", &port, "-h", "127.0.0.1", "-c", "fsync=off"]);
                command.arg("-k").arg(self.folder.path()).arg("-D").arg(self.data());
                command
            }
            Kind::MariaDb => {
                let mut command = as_account("mysql", Path::new("mariadbd"));
                command
                    .arg("--no-defaults")
                    .args(self.places())
                    .arg(format!("--socket={}", self.folder.path().join("s").display()))
                    .args(["--bind-address=127.0.0.1", &format!("--port={port}")])
                    .args(["--innodb-flush-log-at-trx-commit=0", "--max-connections=40"]);
                command
            }
        }
    }

    fn answers(&self) -> bool {
        let port = self.port.to_string();
        let mut command = match &self.kind {
            Kind::Postgres(bin) => {
                let mut command = Command::new(bin.join("pg_isready"));
                command.args(["-q", "-h", "127.0.0.1", "-p", &port]);
                command
            }
            Kind::MariaDb => {
                let mut command = Command::new("mariadb-admin");
                command.args(["--no-defaults", "-h", "127.0.0.1", "-P", &port, "-u", "root", "ping"]);
                command
            }
        };
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where MariaDB has its files. Two servers that are set up at one moment take each other's away in a common folder for scratch.
    fn places(&self) -> [String; 2] {
        [format!("--datadir={}", self.data().display()), format!("--tmpdir={}", self.folder.path().display())]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What makes it end though somebody is connected.
        let signal = match self.kind {
            Kind::Postgres(_) => "-INT",
            Kind::MariaDb => "-TERM",
        };
        if let Some(mut process) = self.process.take() {
            let _ = Command::new("kill").arg(signal).arg(process.id().to_string()).status();
            let _ = process.wait();
        }
    }
}

/// Servers refuse to run as root; the account that their package makes does not.
fn as_account(account: &str, program: &Path) -> Command {
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    if id.trim_ascii() != b"0" {
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
    std::thread::sleep(LOOK);
}
