//! What a node takes from a hub, and what it refuses.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use model::agency::{Agency, Bloc, Name};
use model::directory::{Charter, Entry, Part};
use model::fault::Fault;
use tough::schema::RoleType;

use super::mirror::{Known, Mirror, Source};
use super::publish::{Named, PublishError, Publisher};
use super::{IndexedPart, PartIndex, file_name, index_name, index_of};

pub(super) const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

#[expect(
    clippy::disallowed_methods,
    reason = "the framework reads the clock itself, so tests must be about now"
)]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

/// A hub's folder as a source, counting what is asked for.
pub(super) struct Folder {
    path: PathBuf,
    asked: AtomicUsize,
}

#[async_trait]
impl Source for Folder {
    async fn get(&self, path: &str) -> Result<Option<Bytes>, String> {
        if path.starts_with("targets/") {
            self.asked.fetch_add(1, Ordering::Relaxed);
        }
        match std::fs::read(self.path.join(path)) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}

pub(super) fn source(path: &Path) -> Arc<Folder> {
    Arc::new(Folder { path: path.to_owned(), asked: AtomicUsize::new(0) })
}

fn charter() -> Charter {
    Charter { instance: "VN".into(), purposes: Vec::new(), bases: Vec::new(), anchors: Vec::new() }
}

fn entry(code: &str) -> Entry {
    let name = Name { vi: format!("Cơ quan {code}"), en: format!("Agency {code}") };
    let agency = Agency {
        id: format!("VN/GOV/{code}").parse().unwrap(),
        parent: None,
        name,
        bloc: Bloc::Government,
        assumed_code: false,
    };
    Entry { agency, systems: Vec::new(), nodes: Vec::new(), services: Vec::new(), suspensions: Vec::new() }
}

/// Publishes a directory of these agencies into a hub's folder, as a hub would.
pub(super) async fn publish(hub: &Path, revision: u64, codes: &[&str], lifetime: SignedDuration) {
    publish_with(hub, revision, codes, lifetime, Vec::new()).await;
}

/// The same, with more parts.
async fn publish_with(
    hub: &Path,
    revision: u64,
    codes: &[&str],
    lifetime: SignedDuration,
    more: Vec<(Part, Vec<u8>)>,
) {
    let mut parts = vec![(Part::Charter, serde_json::to_vec(&charter()).unwrap())];
    parts.extend(more);
    for code in codes {
        let entry = entry(code);
        parts.push((Part::Agency(entry.agency.id.clone()), serde_json::to_vec(&entry).unwrap()));
    }
    std::fs::create_dir_all(hub.join("targets")).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(hub.join("targets").join(file_name(&crate::sha256(bytes), name)), bytes).unwrap();
    };
    let mut indexes = std::collections::BTreeMap::<u8, PartIndex>::new();
    for (part, bytes) in &parts {
        write(&part.to_string(), bytes);
        let indexed = IndexedPart { sha256: crate::hex(&crate::sha256(bytes)), length: bytes.len() as u64 };
        indexes.entry(index_of(part)).or_default().parts.insert(part.to_string(), indexed);
    }
    let named = indexes.into_iter().map(|(number, index)| {
        let (name, bytes) = (index_name(number), serde_json::to_vec(&index).unwrap());
        write(&name, &bytes);
        Named { name, sha256: crate::sha256(&bytes).to_vec(), length: bytes.len() as u64 }
    });
    let named: Vec<_> = named.collect();
    let publisher = Publisher::open(hub).unwrap();
    for (name, bytes) in publisher.sign(revision, &named, now(), lifetime).await.unwrap() {
        std::fs::write(hub.join("metadata").join(name), bytes).unwrap();
    }
}

/// A hub and a node's folder that knows the hub's first root.
struct World {
    folder: tempfile::TempDir,
    publisher: Publisher,
    mirror: Mirror,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let publisher = Publisher::create(&folder.path().join("hub"), now()).await.unwrap();
        let mirror = Mirror::new(&folder.path().join("node"), publisher.root().unwrap());
        Self { folder, publisher, mirror }
    }

    fn hub(&self) -> PathBuf {
        self.folder.path().join("hub")
    }

    async fn publish(&self, revision: u64, codes: &[&str]) {
        publish(&self.hub(), revision, codes, WEEK).await;
    }

    async fn fetch(&self) -> Result<model::directory::Directory, Fault> {
        self.mirror.fetch(source(&self.hub()), &Known::new()).await
    }
}

fn why(result: Result<model::directory::Directory, Fault>) -> String {
    match result {
        Err(Fault::DirectoryRefused { why }) => why,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_published_is_what_a_node_keeps() {
    let world = World::new().await;
    assert_eq!(world.mirror.open().await, Err(Fault::DirectoryMissing {}));
    world.publish(1, &["G01", "G15"]).await;
    let fetched = world.fetch().await.unwrap();
    assert_eq!((fetched.revision, fetched.parts.len()), (1, 3));
    assert!(fetched.expires > now());
    assert_eq!(world.mirror.open().await.unwrap(), fetched, "the copy on disk needs no hub");
}

#[tokio::test]
async fn only_what_changed_is_fetched_again() {
    let world = World::new().await;
    world.publish(1, &["G01", "G02", "G03"]).await;
    let hub = source(&world.hub());
    let first = world.mirror.fetch(hub.clone(), &Known::new()).await.unwrap();
    assert!(first.parts.values().all(|piece| piece.content.is_some()));
    hub.asked.store(0, Ordering::Relaxed);
    world.publish(2, &["G01", "G02", "G03", "G04"]).await;
    let known: Known = first.parts.iter().map(|(part, piece)| (part.clone(), piece.sha256)).collect();
    let second = world.mirror.fetch(hub.clone(), &known).await.unwrap();
    assert_eq!(hub.asked.load(Ordering::Relaxed), 2, "the new part and the index that lists it");
    let changed: Vec<_> = second.parts.iter().filter(|(_, piece)| piece.content.is_some()).collect();
    assert_eq!((changed.len(), changed[0].0.to_string().as_str()), (1, "agency~VN~GOV~G04"));
}

#[tokio::test]
async fn an_older_directory_is_refused_and_the_newer_one_kept() {
    let world = World::new().await;
    world.publish(1, &["G01"]).await;
    let old = world.folder.path().join("old");
    copy(&world.hub(), &old);
    world.publish(2, &["G01", "G02"]).await;
    world.fetch().await.unwrap();
    let why = why(world.mirror.fetch(source(&old), &Known::new()).await);
    assert!(why.contains("1") && why.contains("2"), "{why}");
    assert_eq!(world.mirror.open().await.unwrap().revision, 2);
}

#[tokio::test]
async fn an_older_directory_is_refused_after_keys_have_changed() {
    let world = World::new().await;
    world.publish(1, &["G01"]).await;
    world.fetch().await.unwrap();
    for role in [RoleType::Timestamp, RoleType::Snapshot] {
        world.publisher.rotate(role, now()).await.unwrap();
    }
    world.publish(2, &["G01"]).await;
    world.fetch().await.unwrap();
    let old = world.folder.path().join("old");
    copy(&world.hub(), &old);
    world.publish(3, &["G01", "G02"]).await;
    world.fetch().await.unwrap();
    why(world.mirror.fetch(source(&old), &Known::new()).await);
    assert_eq!(world.mirror.open().await.unwrap().revision, 3);
    why(world.mirror.fetch(source(&old), &Known::new()).await);
    // Whoever has no more than the first root can still verify the copy.
    let copied = world.folder.path().join("copied");
    copy(&world.folder.path().join("node"), &copied);
    std::fs::remove_dir_all(copied.join("seen")).unwrap();
    assert_eq!(Mirror::new(&copied, world.mirror_root()).open().await.unwrap().revision, 3);
}

#[tokio::test]
async fn an_expired_directory_is_refused_from_the_hub_and_known_as_expired_on_disk() {
    let world = World::new().await;
    let soon = SignedDuration::from_millis(1500);
    publish(&world.hub(), 1, &["G01"], soon).await;
    world.fetch().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    let why = why(world.fetch().await);
    assert!(why.contains("expired"), "{why}");
    assert!(world.mirror.open().await.unwrap().expires < now());
}

#[tokio::test]
async fn a_root_signed_by_too_few_is_refused() {
    let world = World::new().await;
    world.publish(1, &["G01"]).await;
    world.fetch().await.unwrap();
    world.publisher.rotate(RoleType::Timestamp, now()).await.unwrap();
    world.publish(2, &["G01"]).await;
    let path = world.hub().join("metadata/2.root.json");
    let mut root: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(root["signatures"].as_array().unwrap().len(), 3);
    root["signatures"].as_array_mut().unwrap().truncate(1);
    std::fs::write(&path, root.to_string()).unwrap();
    let why = why(world.fetch().await);
    assert!(why.contains("threshold"), "{why}");
}

#[tokio::test]
async fn a_new_root_needs_two_of_its_three_keys() {
    let world = World::new().await;
    for number in 1..=2 {
        std::fs::remove_file(world.hub().join(format!("root-keys/root-{number}-1.key"))).unwrap();
    }
    let before = world.publisher.root().unwrap();
    let refused = world.publisher.rotate(RoleType::Timestamp, now()).await;
    assert!(matches!(refused, Err(PublishError::TooFewRootKeys { found: 1 })));
    assert_eq!(world.publisher.root().unwrap(), before);
    world.publish(1, &["G01"]).await;
    world.fetch().await.unwrap();
}

#[tokio::test]
async fn nodes_follow_new_keys_of_every_role() {
    let world = World::new().await;
    world.publish(1, &["G01"]).await;
    world.fetch().await.unwrap();
    for (role, revision) in [RoleType::Timestamp, RoleType::Snapshot, RoleType::Targets].into_iter().zip(2..)
    {
        world.publisher.rotate(role, now()).await.unwrap();
        world.publish(revision, &["G01"]).await;
        assert_eq!(world.fetch().await.unwrap().revision, revision, "{role}");
    }
    // All three root keys, one after the other: a node that knows only the first root follows the whole way.
    for number in 1..=3 {
        world
            .publisher
            .rotate_root(&world.hub().join(format!("root-keys/root-{number}-1.key")), now())
            .await
            .unwrap();
    }
    let retired = world.hub().join("root-keys/root-1-1.key");
    assert!(matches!(world.publisher.rotate_root(&retired, now()).await, Err(PublishError::NotInForce(_))));
    world.publish(9, &["G01"]).await;
    assert_eq!(world.fetch().await.unwrap().revision, 9);
    let late = Mirror::new(&world.folder.path().join("late"), world.mirror_root());
    assert_eq!(late.fetch(source(&world.hub()), &Known::new()).await.unwrap().revision, 9);
}

#[tokio::test]
async fn what_a_retired_key_signs_is_refused() {
    let world = World::new().await;
    world.publish(1, &["G01"]).await;
    let thief = world.folder.path().join("thief");
    copy(&world.hub(), &thief);
    world.publisher.rotate(RoleType::Timestamp, now()).await.unwrap();
    world.publish(2, &["G01"]).await;
    world.fetch().await.unwrap();
    // The thief holds the old keys, publishes a higher revision, and shows the new root.
    publish(&thief, 3, &["G66"], WEEK).await;
    std::fs::copy(world.hub().join("metadata/2.root.json"), thief.join("metadata/2.root.json")).unwrap();
    why(world.mirror.fetch(source(&thief), &Known::new()).await);
    assert_eq!(world.mirror.open().await.unwrap().revision, 2);
}

#[tokio::test]
async fn another_hub_is_refused() {
    let world = World::new().await;
    let other = World::new().await;
    other.publish(5, &["G01"]).await;
    why(world.mirror.fetch(source(&other.hub()), &Known::new()).await);
}

#[tokio::test]
async fn a_changed_part_is_refused() {
    let world = World::new().await;
    world.publish(1, &["G01"]).await;
    for file in std::fs::read_dir(world.hub().join("targets")).unwrap().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap();
        std::fs::write(file.path(), text.replace("G01", "G02")).unwrap();
    }
    why(world.fetch().await);
}

#[tokio::test]
async fn damage_on_disk_is_noticed_and_heals_with_the_next_fetch() {
    let world = World::new().await;
    world.publish(1, &["G01"]).await;
    let whole = world.fetch().await.unwrap();
    for folder in ["targets", "metadata", "seen"] {
        for file in std::fs::read_dir(world.folder.path().join("node").join(folder)).unwrap().flatten() {
            if file.file_name().to_string_lossy().ends_with(".root.json") {
                continue;
            }
            let mut bytes = std::fs::read(file.path()).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(file.path(), bytes).unwrap();
            // What was seen before is not part of the copy: without it the copy is as good.
            assert!(
                folder == "seen" || matches!(world.mirror.open().await, Err(Fault::DirectoryRefused { .. })),
                "{:?}",
                file.path()
            );
            // What was noticed as damaged is fetched anew, at the latest on the second try.
            let _ = world.fetch().await;
            assert_eq!(world.fetch().await.unwrap(), whole, "{:?}", file.path());
            assert_eq!(world.mirror.open().await.unwrap(), whole);
        }
    }
}

/// A procedure as a part.
fn procedure(id: &str) -> (Part, Vec<u8>) {
    let name = serde_json::json!({ "vi": "Khai sinh", "en": "Birth" });
    let procedure = serde_json::json!({ "id": id, "name": name, "owner": "VN/GOV/G15", "levels": ["commune"], "purpose": "khai-sinh",
        "bases": ["nd-70"], "roles": [], "assurance": 2, "requirements": [], "form": [], "source": "thử" });
    (Part::Procedure(id.to_owned()), procedure.to_string().into_bytes())
}

/// What is listed apart is seen by those who want it and by nobody else: a node that knows of no such part reads the same targets and indexes
/// as ever, since it would refuse a directory with a part that it does not know.
#[tokio::test]
async fn parts_of_cases_are_fetched_by_those_who_want_them_and_hidden_from_all_others() {
    let world = World::new().await;
    let hub = source(&world.hub());
    let packs = (Part::ReusePacks, b"[]".to_vec());
    let more = vec![procedure("1.001193@1"), procedure("1.001193@2"), packs];
    publish_with(&world.hub(), 1, &["G01"], WEEK, more).await;
    let plain = world.mirror.fetch(hub.clone(), &Known::new()).await.unwrap();
    assert!(plain.parts.keys().all(|part| !part.is_for_cases()) && plain.parts.len() == 2);
    for file in std::fs::read_dir(world.folder.path().join("node/targets")).unwrap().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert!(!text.contains("procedure~"), "{:?}", file.path());
    }
    // The setting is switched on: the copy from before is as good as it was, and lacks them.
    let node = world.folder.path().join("node");
    let wanting = Mirror::new(&node, world.mirror_root()).for_cases(true);
    let before = wanting.open().await.unwrap();
    let known = |of: &model::directory::Directory| -> Known {
        of.parts.iter().map(|(part, piece)| (part.clone(), piece.sha256)).collect()
    };
    assert!(
        before == plain && wanting.lacks_parts(&known(&before)) && !world.mirror.lacks_parts(&known(&before))
    );
    hub.asked.store(0, Ordering::Relaxed);
    let whole = wanting.fetch(hub.clone(), &known(&before)).await.unwrap();
    assert_eq!(hub.asked.load(Ordering::Relaxed), 4, "the index apart and its three parts");
    let names: Vec<_> =
        whole.parts.keys().filter(|part| part.is_for_cases()).map(ToString::to_string).collect();
    assert_eq!(names, ["procedure~1.001193~1", "procedure~1.001193~2", "reuse-packs"]);
    assert!(!wanting.lacks_parts(&known(&whole)));
    assert_eq!(known(&wanting.open().await.unwrap()), known(&whole), "the copy on disk needs no hub");
    // One of them changes, one goes: that one and the index apart are fetched, and nothing else.
    hub.asked.store(0, Ordering::Relaxed);
    publish_with(&world.hub(), 2, &["G01"], WEEK, vec![procedure("1.001193@2"), procedure("2.000635@1")])
        .await;
    let next = wanting.fetch(hub.clone(), &known(&whole)).await.unwrap();
    let names: Vec<_> =
        next.parts.keys().filter(|part| part.is_for_cases()).map(ToString::to_string).collect();
    assert_eq!(
        (names.join(" ").as_str(), hub.asked.load(Ordering::Relaxed)),
        ("procedure~1.001193~2 procedure~2.000635~1", 2)
    );
    // One that was changed on the way is refused, whole.
    publish_with(&world.hub(), 3, &["G01"], WEEK, vec![procedure("1.001193@3")]).await;
    for file in std::fs::read_dir(world.hub().join("targets")).unwrap().flatten() {
        if file.file_name().to_string_lossy().ends_with("procedure~1.001193~3") {
            std::fs::write(file.path(), procedure("1.001193@9").1).unwrap();
        }
    }
    why(wanting.fetch(hub.clone(), &known(&next)).await);
    assert_eq!(wanting.open().await.unwrap().revision, 2);
    // Nobody else is held up by it.
    assert_eq!(world.mirror.fetch(hub, &Known::new()).await.unwrap().revision, 3);
}

impl World {
    fn mirror_root(&self) -> Vec<u8> {
        std::fs::read(self.hub().join("metadata/1.root.json")).unwrap()
    }
}

pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
