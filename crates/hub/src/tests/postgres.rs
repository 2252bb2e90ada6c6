//! A PostgreSQL server of the tests' own, on a free port, gone when the last test is done with it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};

/// A running server.
pub(super) struct Server {
    process: Option<Child>,
    port: u16,
    bin: PathBuf,
    _folder: tempfile::TempDir,
}

impl Server {
    /// The server that all tests of this process share.
    pub(super) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap();
        shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start());
            *shared = Arc::downgrade(&server);
            server
        })
    }

    fn start() -> Self {
        let bin = std::fs::read_dir("/usr/lib/postgresql")
            .expect("PostgreSQL is not installed: run `cargo xtask test`")
            .filter_map(|version| Some(version.ok()?.path().join("bin")))
            .max()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        // The server refuses to run as root; the account that its package makes does not.
        run(Command::new("chmod").arg("0777").arg(folder.path()));
        run(as_postgres(&bin.join("initdb"))
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "-D"])
            .arg(&data));
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let sockets = folder.path().display().to_string();
        let mut server = Self { process: None, port, bin: bin.clone(), _folder: folder };
        let started = as_postgres(&bin.join("postgres"))
            .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k", &sockets, "-c", "fsync=off", "-D"])
            .arg(&data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        server.process = started.ok();
        let ready = || {
            Command::new(bin.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
                .status()
                .unwrap()
                .success()
        };
        for _ in 0..300 {
            if ready() {
                return server;
            }
            pause();
        }
        panic!("PostgreSQL did not start");
    }

    /// Makes a database and returns its URL.
    pub(super) fn database(&self, name: &str) -> String {
        let port = self.port.to_string();
        run(Command::new(self.bin.join("createdb")).args([
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
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = Command::new("kill").arg("-INT").arg(process.id().to_string()).status();
            let _ = process.wait();
        }
    }
}

fn as_postgres(program: &std::path::Path) -> Command {
    let root =
        String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap().trim() == "0";
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[expect(clippy::disallowed_methods, reason = "waits for a process that gives no sign of being ready")]
fn pause() {
    std::thread::sleep(std::time::Duration::from_millis(50));
}
