//! Two nodes on one PostgreSQL: one carries on what the other has left, and neither does what the other is at.

use std::sync::Arc;

use jiff::SignedDuration;
use model::case::State;
use model::casework::Deciding;

use crate::run::{carry_on, sweep_once};
use crate::store as kept;
use crate::tests::engine::{mother, opening, rests, submitted, until};
use crate::tests::world::{CLIENT, Kill, World, birth, open_at};

#[tokio::test]
async fn two_nodes_share_a_store_and_one_carries_on_what_the_other_left() {
    let server = testing::Server::shared_postgres();
    let (store, keys) = (server.database("cases"), server.database("case_keys"));
    let folder = tempfile::tempdir().unwrap();
    let mut first = World::new(birth());
    first.kill = Some(Kill { at: 2, behind: false });
    let first = Arc::new(first);
    let (cases, writing) = open_at(&first, folder.path(), (&store, &keys)).await;
    let writing = tokio::spawn(writing);
    let id = cases.open_case(&mother(2), ("a", b"a"), &opening()).await.unwrap();
    first.killed.notified().await;
    writing.abort();
    let mut second = World::new(birth());
    second.name = "VN/LOC/H05.01/nut-2".to_owned();
    let second = Arc::new(second);
    let (other, writing) = open_at(&second, folder.path(), (&store, &keys)).await;
    tokio::spawn(writing);
    let now = *second.now.lock().unwrap();
    let free = kept::to_work_on(&other.db, &second.name, now, "", 10).await.unwrap();
    assert!(free.is_empty(), "the first is at it, for all that is known");
    *second.now.lock().unwrap() = now + SignedDuration::from_mins(2);
    let carried = other.clone();
    tokio::spawn(async move { carry_on(&carried).await });
    let case = until(&other, &id, rests).await;
    assert_eq!(case.state, State::Preview, "{case:?}");
    // The key that opened it there opens it here.
    assert_eq!(other.open_case(&mother(2), ("a", b"a"), &opening()).await.unwrap(), id);
    let case = submitted(&other, &case).await.unwrap();
    assert_eq!(case.state, State::Submitted);
    assert!(second.done.lock().unwrap().values().all(|times| *times == 1));
    let office = crate::Caller::System(CLIENT.parse().unwrap());
    for _ in 0..2 {
        let decided = other.decide(&office, &id, &Deciding { granted: true }).await.unwrap();
        assert_eq!(decided.state, State::Decided);
    }
    assert!(other.decide(&office, &id, &Deciding { granted: false }).await.is_err());
    let page = other.list(&mother(2), "decided", "", 10).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert!(other.log(&id).await.unwrap().iter().any(|event| event.kind == "granted"));
    *second.now.lock().unwrap() += SignedDuration::from_hours(24 * 400);
    assert_eq!(sweep_once(&other).await.unwrap(), 1);
}
