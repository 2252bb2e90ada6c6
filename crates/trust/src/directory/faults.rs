//! Each operation fails while a node takes a newer directory: it then has the old one or the new one, whole, and takes the new one as soon
//! as it can.

use disk::faults::{Faults, Kind, Plan};
use model::directory::Directory;
use model::fault::Fault;

use super::mirror::{Known, Mirror};
use super::publish::Publisher;
use super::tests::{WEEK, copy, now, publish, source};

/// The seed of each run of the tests: a change is what fails them, not chance.
const SEED: u64 = 12_051;

/// A hub that has published twice, and the folder of a node that has the first directory.
struct World {
    folder: tempfile::TempDir,
    root: Vec<u8>,
    directories: [Directory; 2],
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (hub, node) = (folder.path().join("hub"), folder.path().join("node"));
        let root = Publisher::create(&hub, now()).await.unwrap().root().unwrap();
        publish(&hub, 1, &["G01", "G02"], WEEK).await;
        let mirror = Mirror::new(&node, root.clone());
        let old = mirror.fetch(source(&hub), &Known::new()).await.unwrap();
        publish(&hub, 2, &["G01", "G03", "G04"], WEEK).await;
        let scratch = folder.path().join("scratch");
        copy(&node, &scratch);
        let new = Mirror::new(&scratch, root.clone()).fetch(source(&hub), &Known::new()).await.unwrap();
        Self { folder, root, directories: [old, new] }
    }

    /// Takes the second directory on a disk with a plan. Returns the operation that failed, if one did.
    async fn play(&self, plan: Plan) -> Option<u64> {
        let (hub, node) = (self.folder.path().join("hub"), tempfile::tempdir().unwrap());
        copy(&self.folder.path().join("node"), node.path());
        let faults = Faults::on(node.path(), Some(plan)).unwrap();
        let mirror = Mirror::on(faults.disk(), node.path(), self.root.clone());
        let taken = mirror.fetch(source(&hub), &Known::new()).await;
        let struck = faults.struck();
        assert!(matches!(taken, Ok(_) | Err(Fault::DirectoryRefused { .. })), "{plan:?}: {taken:?}");
        let [old, new] = &self.directories;
        faults.lift();
        if faults.is_off() || plan.seed.is_multiple_of(3) {
            faults.cut_power().unwrap();
        }
        let found = mirror.open().await;
        let found = found.unwrap_or_else(|fault| panic!("{plan:?}: {fault}"));
        assert!(found == *new || found == *old && taken.is_err(), "{plan:?}: {}", found.revision);
        // The same process goes on, without being started again.
        let taken = mirror.fetch(source(&hub), &Known::new()).await;
        assert_eq!(taken.as_ref(), Ok(new), "{plan:?}");
        faults.cut_power().unwrap();
        assert_eq!(mirror.open().await.as_ref(), Ok(new), "{plan:?}");
        struck
    }
}

#[tokio::test]
async fn whatever_the_disk_does_a_node_has_the_old_directory_or_the_new_one() {
    let world = World::new().await;
    eprintln!("seed {SEED}");
    for (number, kind) in (0..).zip(Kind::ALL) {
        // From one operation that this fits to the next.
        let (mut at, mut played) = (0, 0);
        loop {
            let seed = (SEED ^ (number << 32) ^ (at << 8)).wrapping_mul(7_919);
            let plan = Plan { kind, at, lasts: seed.is_multiple_of(2), seed };
            let Some(struck) = world.play(plan).await else { break };
            (at, played) = (struck + 1, played + 1);
        }
        assert!(played > 5, "{kind:?} struck {played} times");
    }
}
