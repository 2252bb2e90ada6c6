//! A machine on which something is installed: a folder that stands for its root. Its service manager is a script that writes down what it is
//! asked.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{MADE, succeed};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Debian,
    Tarball,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Version {
    Old,
    New,
}

/// What is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum State {
    Nothing,
    /// Debian remembers the version of what was removed.
    Removed,
    Installed(Version),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Install(Version),
    Remove,
    Purge,
}

impl Version {
    pub(super) fn number(self) -> &'static str {
        match self {
            Self::Old => "0.0.1",
            Self::New => "9.0.0",
        }
    }

    pub(super) fn folder(self, kind: &str) -> String {
        format!("{kind}-{}", self.number().replace('.', "-"))
    }
}

impl Way {
    pub(super) fn states(self) -> Vec<State> {
        let mut states = vec![State::Nothing, State::Installed(Version::Old), State::Installed(Version::New)];
        states.extend((self == Self::Debian).then_some(State::Removed));
        states
    }

    pub(super) fn actions(self) -> Vec<Action> {
        let mut actions = vec![Action::Install(Version::Old), Action::Install(Version::New), Action::Remove];
        actions.extend((self == Self::Debian).then_some(Action::Purge));
        actions
    }

    /// What comes of an action: the law's own words.
    fn after(self, state: State, action: Action) -> State {
        match (action, state) {
            (Action::Install(version), _) => State::Installed(version),
            (Action::Remove, State::Installed(_)) if self == Self::Debian => State::Removed,
            (Action::Remove, State::Removed) => State::Removed,
            (Action::Remove | Action::Purge, _) => State::Nothing,
        }
    }

    /// The shortest way from `state` that ends with one of `left`.
    pub(super) fn to_the_next_of(self, state: State, left: &[(State, Action)]) -> Option<Vec<Action>> {
        let mut seen = HashSet::from([state]);
        let mut ways = VecDeque::from([(state, Vec::new())]);
        while let Some((state, path)) = ways.pop_front() {
            for action in self.actions() {
                let path = [path.as_slice(), &[action]].concat();
                if left.contains(&(state, action)) {
                    return Some(path);
                }
                let next = self.after(state, action);
                if seen.insert(next) {
                    ways.push_back((next, path));
                }
            }
        }
        None
    }
}

/// Path, rights, owner and bytes.
type Files = BTreeMap<PathBuf, (u32, u32, Vec<u8>)>;

pub(super) struct Machine {
    way: Way,
    pub(super) root: tempfile::TempDir,
    pub(super) state: State,
    steps: usize,
}

const ENABLED: [&str; 3] = ["lienthong-hub.service", "lienthong-node.service", "lienthong-node@soyt.service"];
const WANTS: &str = "etc/systemd/system/multi-user.target.wants";
/// What is not the operator's and not the machine's own.
const OURS: [&str; 1] = ["usr"];
const KEPT: [&str; 3] = ["var/lib/lienthong", "etc/systemd/system/lienthong-node.service.d", "etc/passwd"];

impl Machine {
    pub(super) fn new(way: Way) -> Self {
        let root = tempfile::Builder::new().prefix("lienthong-installed-").tempdir().unwrap();
        // Others than root are to find their folders in it.
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let machine = Self { way, root, state: State::Nothing, steps: 0 };
        for folder in ["info", "updates", "triggers"] {
            fs::create_dir_all(machine.path("var/lib/dpkg").join(folder)).unwrap();
        }
        // The machine has what this one has of what the package asks for.
        let there = succeed(Command::new("dpkg-query").args(["-s", "libc6", "libgcc-s1", "systemd"])).stdout;
        fs::write(machine.path("var/lib/dpkg/status"), there).unwrap();
        for folder in ["run/systemd/system", "bin", WANTS] {
            fs::create_dir_all(machine.path(folder)).unwrap();
        }
        let manager = machine.path("bin/systemctl");
        let script = format!("#!/bin/sh\necho \"$@\" >>{}\n", machine.path("asked").display());
        fs::write(&manager, script).unwrap();
        fs::set_permissions(&manager, fs::Permissions::from_mode(0o755)).unwrap();
        machine
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// Installs a package or what a tarball holds.
    pub(super) fn install(&self, what: &Path) -> String {
        match self.way {
            Way::Debian => self.dpkg(&["--install", what.to_str().unwrap()]),
            Way::Tarball => self.script(what, "install"),
        }
    }

    pub(super) fn remove(&self, what: &Path) -> String {
        match self.way {
            Way::Debian => self.dpkg(&["--remove", "lienthong"]),
            Way::Tarball => self.script(what, "remove"),
        }
    }

    /// `dpkg` on this root; its scripts run outside, and are told where the root is.
    fn dpkg(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("dpkg");
        command.arg(format!("--root={}", self.root.path().display()));
        command.args(["--force-script-chrootless", "--force-unsafe-io"]).args(arguments);
        self.run(&mut command)
    }

    fn script(&self, unpacked: &Path, word: &str) -> String {
        self.run(Command::new(unpacked.join("install.sh")).arg(word).env("DESTDIR", self.root.path()))
    }

    fn run(&self, command: &mut Command) -> String {
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.path("bin").display());
        let output = succeed(command.env("PATH", path).env("LC_ALL", "C.UTF-8"));
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    }

    /// Does something, and checks that all is as it must be.
    pub(super) fn check(&mut self, action: Action) {
        let before = self.state;
        let kept = self.used();
        let _ = fs::remove_file(self.path("asked"));
        let told = self.act(action);
        self.state = self.way.after(before, action);
        let at = format!("{:?} {action:?} in {before:?}: {told}", self.way);

        // Data, settings of the operator, users: nothing is gone or changed, and nothing has come.
        let after = self.files(&KEPT);
        let mut kept: Files = kept;
        if let State::Installed(_) = self.state {
            // Users come with the first installation.
            kept.entry("etc/passwd".into()).or_insert_with(|| after[Path::new("etc/passwd")].clone());
        }
        assert_eq!(names(&kept), names(&after), "{at}");
        assert!(kept == after, "something of it is another: {at}");

        let there: BTreeSet<PathBuf> = self.files(&OURS).into_keys().collect();
        match self.state {
            State::Installed(version) => assert_eq!(there, self.brought(version), "{at}"),
            State::Nothing | State::Removed => assert_eq!(there, BTreeSet::new(), "{at}"),
        }
        self.check_services(before, action, &at);
        let says_what_is_kept = told.contains("var/lib/lienthong: node") && told.contains("dữ liệu được giữ");
        let is_taken_out = matches!((before, action), (State::Installed(_), Action::Remove | Action::Purge))
            || (before, action) == (State::Removed, Action::Purge);
        if is_taken_out {
            assert!(says_what_is_kept, "{at}");
        }
    }

    /// Enabled stays enabled, running is started anew, and nothing else is started; what is taken out ends first and is enabled no more.
    fn check_services(&self, before: State, action: Action, at: &str) {
        let asked = fs::read_to_string(self.path("asked")).unwrap_or_default();
        let asked: Vec<&str> = asked.lines().map(|line| line.split(' ').next().unwrap()).collect();
        let is_enabled = ENABLED.map(|unit| self.path(WANTS).join(unit).symlink_metadata().is_ok());
        let expected = match (before, action) {
            (_, Action::Install(_)) => vec!["daemon-reload", "try-restart"],
            (State::Installed(_), Action::Remove) => vec!["stop", "daemon-reload"],
            // Debian removes before it purges.
            (State::Installed(_), Action::Purge) => vec!["stop", "daemon-reload", "daemon-reload"],
            (State::Removed, Action::Purge) => vec!["daemon-reload"],
            _ => asked.clone(),
        };
        assert_eq!(asked, expected, "{at}");
        // Where nothing is installed, nothing is done.
        let is_left = matches!(self.state, State::Installed(_)) || before == self.state;
        assert_eq!(is_enabled, [is_left; 3], "{at}");
    }

    fn act(&self, action: Action) -> String {
        let kind = if self.way == Way::Debian { "deb" } else { "tar" };
        let made = |version: Version| MADE.0.join(version.folder(kind));
        match (action, self.way) {
            (Action::Install(version), Way::Debian) => self.install(&made(version).with_extension("deb")),
            (Action::Install(version), Way::Tarball) => self.install(&made(version)),
            (Action::Remove, _) => self.remove(&made(Version::Old)),
            (Action::Purge, _) => self.dpkg(&["--purge", "lienthong"]),
        }
    }

    /// The machine is used, whatever is installed: an exchange is recorded, a setting changed, services enabled. Returns what must be kept.
    fn used(&mut self) -> Files {
        self.steps += 1;
        for (path, mode) in [("var/lib/lienthong/node/ledger/", 0o600), (KEPT[1], 0o644)] {
            let folder = self.path(path);
            fs::create_dir_all(&folder).unwrap();
            let file = folder.join(format!("{}.conf", self.steps));
            fs::write(&file, format!("{}\n", self.steps)).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        }
        for unit in ENABLED {
            let _ =
                std::os::unix::fs::symlink("/usr/lib/systemd/system/lienthong", self.path(WANTS).join(unit));
        }
        self.files(&KEPT)
    }

    fn files(&self, places: &[&str]) -> Files {
        let mut files = Files::new();
        for place in places {
            self.collect(&self.path(place), &mut files);
        }
        files
    }

    fn collect(&self, path: &Path, files: &mut Files) {
        if path.is_dir() {
            fs::read_dir(path).unwrap().for_each(|entry| self.collect(&entry.unwrap().path(), files));
        } else if let Ok(found) = path.symlink_metadata() {
            let name = path.strip_prefix(self.root.path()).unwrap().to_owned();
            files.insert(name, (found.mode(), found.uid(), fs::read(path).unwrap()));
        }
    }

    /// The files that a version brings.
    fn brought(&self, version: Version) -> BTreeSet<PathBuf> {
        let kind = if self.way == Way::Debian { "deb" } else { "tar" };
        let folder = MADE.0.join(version.folder(kind));
        let listed =
            Command::new("find").arg("usr").args(["-type", "f"]).current_dir(folder).output().unwrap();
        String::from_utf8(listed.stdout).unwrap().lines().map(PathBuf::from).collect()
    }
}

fn names(files: &Files) -> Vec<&PathBuf> {
    files.keys().collect()
}
