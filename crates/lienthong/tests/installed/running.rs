//! A hub and two nodes of one machine, installed either way, run by what their units say: before and after an upgrade, and after they were
//! removed and installed again.

use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use testing::free_address;

use super::machine::{Machine, Way};
use super::{MADE, is_root, succeed, unpack};
use crate::nation::{self, lienthong, until};

/// A unit as it is installed.
struct Unit {
    name: String,
    text: String,
}

impl Unit {
    fn read(machine: &Machine, name: &str) -> Self {
        let (file, instance) = match name.split_once('@') {
            Some((file, instance)) => (format!("{file}@"), instance),
            None => (name.to_owned(), ""),
        };
        let path = machine.path(&format!("usr/lib/systemd/system/{file}.service"));
        let text = std::fs::read_to_string(path).unwrap().replace("%i", instance);
        Self { name: name.to_owned(), text }
    }

    fn value(&self, key: &str) -> &str {
        self.text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap()
    }

    fn state(&self, machine: &Machine) -> PathBuf {
        machine.path("var/lib").join(self.value("StateDirectory"))
    }

    /// The unit's user on that machine.
    fn user(&self, machine: &Machine) -> (u32, u32) {
        let users = std::fs::read_to_string(machine.path("etc/passwd")).unwrap();
        let begin = format!("{}:", self.value("User"));
        let line = users.lines().find(|line| line.starts_with(&begin)).unwrap();
        let number = |at: usize| line.split(':').nth(at).unwrap().parse().unwrap();
        (number(2), number(3))
    }

    /// A command of the installed program as the unit's user, with the rights that the unit gives.
    fn command(&self, machine: &Machine, words: &[&str]) -> Command {
        let mut command = Command::new("sh");
        let limits =
            format!("umask {}; ulimit -n {}; exec \"$@\"", self.value("UMask"), self.value("LimitNOFILE"));
        command.args(["-c", &limits, "sh"]);
        for word in words {
            let is_path = word.starts_with("/usr/") || word.starts_with("/var/");
            command.arg(if is_path { machine.path(&word[1..]) } else { word.into() });
        }
        let (user, group) = self.user(machine);
        command.uid(user).gid(group).env_clear().env("PATH", "/usr/bin:/bin").current_dir("/");
        command
    }

    /// What the service manager does: starts what `ExecStart` says.
    fn start(&self, machine: &Machine) -> Child {
        let words: Vec<&str> = self.value("ExecStart").split(' ').collect();
        let log = std::fs::File::create(machine.path(&format!("{}.log", self.name))).unwrap();
        self.command(machine, &words).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }
}

/// What runs; killed when it is dropped.
struct Running(Vec<Child>);

impl Running {
    async fn start(machine: &Machine, units: &[&str], answers: &[String]) -> Self {
        let running = Self(units.iter().map(|name| Unit::read(machine, name).start(machine)).collect());
        for address in answers {
            until(address, async || tokio::net::TcpStream::connect(address).await.is_ok()).await;
        }
        running
    }

    /// Asks all to end, as a service manager does, and waits until they have.
    fn stop(&mut self) {
        for mut child in self.0.drain(..) {
            succeed(Command::new("kill").args(["-TERM", &child.id().to_string()]));
            let ended = child.wait().unwrap();
            assert!(ended.success(), "it ended badly: {ended}");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The places of a hub and of both nodes.
struct Places {
    hub: String,
    peers: [String; 2],
    edges: [String; 2],
}

const NODES: [&str; 2] = ["lienthong-node", "lienthong-node@bac-ninh"];
const ALL: [&str; 3] = ["lienthong-hub", NODES[0], NODES[1]];

impl Places {
    fn new() -> Self {
        let free = || free_address().to_string();
        Self { hub: free(), peers: [free(), free()], edges: [free(), free()] }
    }

    fn all(&self) -> Vec<String> {
        vec![self.hub.clone(), self.edges[0].clone(), self.edges[1].clone()]
    }
}

fn officer(machine: &Machine, words: &[&str]) {
    let file = machine.path("var/lib/lienthong/hub/quan-tri.json");
    succeed(lienthong().args(words).args(["--reason", "thử", "--officer"]).arg(file));
}

/// The hub is made and runs, the nodes join, as the guide has it.
async fn set_up(machine: &Machine, places: &Places) {
    let hub = Unit::read(machine, "lienthong-hub");
    let url = format!("https://{}/", places.hub);
    let init = ["/usr/bin/lienthong", "hub", "init", "--dir", "/var/lib/lienthong/hub"];
    succeed(&mut hub.command(machine, &[&init[..], &["--listen", &places.hub, "--url", &url]].concat()));
    let mut running = Running::start(machine, &["lienthong-hub"], std::slice::from_ref(&places.hub)).await;
    let registry = machine.path("registry.yaml");
    let peers = [("p1", places.peers[0].clone()), ("c1", places.peers[1].clone())];
    std::fs::write(&registry, nation::registry(&peers)).unwrap();
    officer(machine, &["apply", "-f", registry.to_str().unwrap()]);
    join(machine, places);
    running.stop();
    give_a_database(machine);
    give_a_token(machine);
}

fn join(machine: &Machine, places: &Places) {
    for (at, (name, node)) in NODES.into_iter().zip(["VN/GOV/G01/nut-1", "VN/LOC/H05/nut-1"]).enumerate() {
        let unit = Unit::read(machine, name);
        let (user, group) = unit.user(machine);
        if !unit.state(machine).exists() {
            std::fs::DirBuilder::new().mode(0o700).create(unit.state(machine)).unwrap();
            chown(unit.state(machine), Some(user), Some(group)).unwrap();
        }
        let invitation = machine.path(&format!("var/{at}.invitation"));
        officer(machine, &["hub", "invite", node, "--out", invitation.to_str().unwrap()]);
        chown(&invitation, Some(user), Some(group)).unwrap();
        let folder = format!("/var/lib/{}", unit.value("StateDirectory"));
        let words = [
            "/usr/bin/lienthong",
            "node",
            "join",
            "--dir",
            &folder,
            "--invitation",
            &format!("/var/{at}.invitation"),
            "--peer",
            &places.peers[at],
            "--edge",
            &places.edges[at],
        ];
        succeed(&mut unit.command(machine, &words));
    }
}

/// The first node serves a table.
fn give_a_database(machine: &Machine) {
    let provider = Unit::read(machine, NODES[0]);
    let made =
        "CREATE TABLE nguoi (so_dinh_danh TEXT PRIMARY KEY, ho_ten TEXT, ngay_sinh TEXT, ton_giao TEXT);
        INSERT INTO nguoi VALUES ('924090000001', 'Nguyễn Thị Hòa', '1990-01-01', 'Không')";
    let database = provider.state(machine).join("dan-cu.db");
    succeed(
        Command::new("python3")
            .args(["-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])"])
            .arg(&database)
            .arg(made),
    );
    let (user, group) = provider.user(machine);
    chown(&database, Some(user), Some(group)).unwrap();
    let mut settings =
        std::fs::OpenOptions::new().append(true).open(provider.state(machine).join("node.toml")).unwrap();
    std::io::Write::write_all(
        &mut settings,
        b"[[services]]\nid = \"VN/GOV/G01/dan-cu/nguoi\"\nsqlite = \"dan-cu.db\"\n",
    )
    .unwrap();
}

/// A system may call through the second.
fn give_a_token(machine: &Machine) {
    let consumer = Unit::read(machine, NODES[1]);
    let folder = format!("/var/lib/{}", consumer.value("StateDirectory"));
    let token = format!("{folder}/mot-cua.token");
    let words = [
        "/usr/bin/lienthong",
        "node",
        "token",
        "--dir",
        &folder,
        "--system",
        "VN/LOC/H05/mot-cua",
        "--out",
        &token,
    ];
    succeed(&mut consumer.command(machine, &words));
}

/// Calls until the answer comes: nodes learn the directory first.
async fn exchange(machine: &Machine, places: &Places) {
    let token = Unit::read(machine, NODES[1]).state(machine).join("mot-cua.token");
    let url = format!("http://{}/r1/VN/GOV/G01/dan-cu/nguoi/924090000001", places.edges[1]);
    let ask = || {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "-H", &format!("@{}", token.display())]);
        curl.args(["-H", "X-Road-Client: VN/LOC/H05/mot-cua", "-H", "Lienthong-Purpose: khai-sinh", &url]);
        String::from_utf8(curl.output().unwrap().stdout).unwrap()
    };
    until("an answer", async || ask().contains("Nguyễn Thị Hòa")).await;
}

/// How many exchanges both ledgers hold; they must be whole and agree.
fn ledgers(machine: &Machine) -> u64 {
    let folders = NODES
        .map(|name| machine.path("var/lib/lienthong").join(name.replace("lienthong-", "").replace('@', "-")));
    let output = succeed(lienthong().args(["ledger", "verify", "-o", "json"]).args(&folders));
    let verified: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verified["whole"], true, "{verified}");
    verified["in_both"].as_u64().unwrap_or_else(|| panic!("{verified}"))
}

fn owners_only(path: &Path) -> bool {
    std::fs::metadata(path).unwrap().mode() & 0o077 == 0
}

async fn is_run_upgraded_removed_and_run_again(way: Way) {
    if !is_root() {
        return;
    }
    let machine = Machine::new(way);
    let (older, newer) = match way {
        Way::Debian => (MADE.file("_amd64.deb"), MADE.0.join("whole.deb")),
        Way::Tarball => {
            let unpacked = machine.path("unpacked");
            unpack(&MADE.file(".tar.gz"), &unpacked);
            (unpacked.clone(), unpacked)
        }
    };
    machine.install(&older);
    let said = succeed(Command::new(machine.path("usr/bin/lienthong")).arg("--version")).stdout;
    assert_eq!(String::from_utf8(said).unwrap(), format!("lienthong {}\n", env!("CARGO_PKG_VERSION")));

    let places = Places::new();
    set_up(&machine, &places).await;
    for name in ALL {
        let unit = Unit::read(&machine, name);
        assert!(owners_only(&unit.state(&machine)), "{name}");
        assert_eq!(std::fs::metadata(unit.state(&machine)).unwrap().uid(), unit.user(&machine).0, "{name}");
    }
    let mut running = Running::start(&machine, &ALL, &places.all()).await;
    exchange(&machine, &places).await;
    // What runs goes on while it is upgraded, and with the same data afterwards.
    machine.install(&newer);
    exchange(&machine, &places).await;
    running.stop();
    let before = ledgers(&machine);
    assert!(before >= 2, "{before}");
    let mut running = Running::start(&machine, &ALL, &places.all()).await;
    exchange(&machine, &places).await;
    running.stop();

    machine.remove(&newer);
    assert!(!machine.path("usr/bin/lienthong").exists());
    assert!(ledgers(&machine) > before);
    machine.install(&newer);
    let mut running = Running::start(&machine, &ALL, &places.all()).await;
    exchange(&machine, &places).await;
    running.stop();
    assert!(ledgers(&machine) > before + 1);
}

#[tokio::test]
async fn a_package_is_run_by_its_units_upgraded_removed_and_run_again() {
    is_run_upgraded_removed_and_run_again(Way::Debian).await;
}

#[tokio::test]
async fn a_tarball_is_run_by_its_units_upgraded_removed_and_run_again() {
    is_run_upgraded_removed_and_run_again(Way::Tarball).await;
}
