//! Two nodes on one PostgreSQL: one carries on what the other has left, and neither does what the other is at.

use std::sync::Arc;

use jiff::SignedDuration;
use model::case::State;
use model::casework::Deciding;

use crate::run::{carry_on, sweep_once};
use crate::store as kept;
use crate::tests::engine::{mother, opening, rests, submitted, until};
use crate::tests::world::{CLIENT, Kill, World, birth, open, open_at};

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
        let decided =
            other.decide(&office, &id, &Deciding { granted: true, mark: None, result: None }).await.unwrap();
        assert_eq!(decided.state, State::Decided);
    }
    assert!(
        other.decide(&office, &id, &Deciding { granted: false, mark: None, result: None }).await.is_err()
    );
    let page = other.list(&mother(2), "decided", "", 10).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert!(other.log(&id).await.unwrap().iter().any(|event| event.kind == "granted"));
    *second.now.lock().unwrap() += SignedDuration::from_hours(24 * 400);
    assert_eq!(sweep_once(&other).await.unwrap(), 1);
}

/// What others' systems lose or refuse when two write at once: each change is made of what is there, and none takes another's away.
#[tokio::test]
async fn many_at_once_on_one_case_take_nothing_from_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let (beside, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let id = cases.open_case(&mother(2), ("a", b"a"), &opening()).await.unwrap();
    until(&cases, &id, rests).await;
    let office = crate::Caller::System(CLIENT.parse().unwrap());
    let papers = (0..8usize).map(|number| {
        // Through two openings of one store, as two nodes have it: locks in memory do not help here.
        let (cases, office, id) = (if number % 2 == 0 { &cases } else { &beside }, &office, &id);
        async move {
            let name = format!("{number}.pdf");
            cases
                .hand_in(office, id, ("me", &name, Some("ban-goc")), name.replace(".pdf", "%PDF-").as_bytes())
                .await
                .map(drop)
        }
    });
    let refused = futures::future::join_all(papers).await;
    assert!(refused.iter().all(Result::is_err), "what does not begin as a paper is none");
    let papers = (0..8usize).map(|number| {
        let (cases, office, id) = (if number % 2 == 0 { &cases } else { &beside }, &office, &id);
        async move {
            let content = format!("%PDF-{number}");
            cases.hand_in(office, id, ("me", "a.pdf", Some("ban-goc")), content.as_bytes()).await.unwrap();
        }
    });
    futures::future::join_all(papers).await;
    let mut kept = Vec::new();
    for number in 1..=8 {
        kept.push(String::from_utf8(cases.paper(&office, &id, number).await.unwrap()).unwrap());
    }
    kept.sort_unstable();
    assert_eq!(kept, (0..8).map(|number| format!("%PDF-{number}")).collect::<Vec<_>>());
    let log = cases.log(&id).await.unwrap();
    assert!(log.iter().map(|event| event.number).eq(1..=log.len() as u64), "each event once, in order");
}

/// The server under the cases is killed and comes back: whoever calls is told, what was acknowledged is there once, and what was begun goes on.
#[test]
fn a_store_whose_server_is_killed_loses_no_case_and_goes_on_by_itself() {
    let mut server = testing::Server::postgres();
    let (store, keys) = (server.database("cases"), server.database("case_keys"));
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = runtime.block_on(open_at(&world, folder.path(), (&store, &keys)));
    runtime.spawn(writing);
    let carried = cases.clone();
    runtime.spawn(async move { carry_on(&carried).await });
    let opened = |number: usize| {
        let key = format!("k-{number}");
        let cases = cases.clone();
        async move { cases.open_case(&mother(2), (&key, key.as_bytes()), &opening()).await }
    };
    // Some of these are under way when it is killed.
    let ids: Vec<(usize, String)> =
        (0..8).map(|number| (number, runtime.block_on(opened(number)).unwrap())).collect();
    server.kill();
    let refused = runtime.block_on(opened(99)).unwrap_err();
    assert_eq!(refused.code(), "LT-7108", "{refused}");
    server.start();
    let mut tries = 0;
    while runtime.block_on(cases.look(&ids[0].1, model::case::By::Officer)).is_err() {
        tries += 1;
        assert!(tries < 200, "it does not come back");
        runtime.block_on(tokio::time::sleep(std::time::Duration::from_millis(50)));
    }
    for (number, id) in &ids {
        let case = runtime.block_on(until(&cases, id, rests));
        assert_eq!(case.state, State::Preview, "{case:?}");
        assert_eq!(runtime.block_on(opened(*number)).unwrap(), *id);
        assert_eq!(runtime.block_on(submitted(&cases, &case)).unwrap().state, State::Submitted);
    }
    let office = crate::Caller::System(CLIENT.parse().unwrap());
    let listed = runtime.block_on(cases.list(&office, "", "", 100)).unwrap().items;
    assert!(listed.len() == ids.len() || listed.len() == ids.len() + 1, "{}", listed.len());
    assert!(world.done.lock().unwrap().values().all(|times| *times == 1));
    assert_eq!(world.done.lock().unwrap().len(), 2 * ids.len());
}

/// A node that held a case has died, and the clock was two days ahead then: nobody waits two days for it.
#[tokio::test]
async fn a_case_is_not_held_for_longer_than_anybody_holds_one_whatever_clocks_say() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = World::new(birth());
    first.kill = Some(Kill { at: 2, behind: false });
    *first.now.lock().unwrap() += SignedDuration::from_hours(48);
    let first = Arc::new(first);
    let (cases, writing) = open(&first, folder.path()).await;
    let writing = tokio::spawn(writing);
    let id = cases.open_case(&mother(2), ("a", b"a"), &opening()).await.unwrap();
    first.killed.notified().await;
    writing.abort();
    let mut second = World::new(birth());
    second.name = "VN/LOC/H05.01/nut-2".to_owned();
    let second = Arc::new(second);
    let (other, writing) = open(&second, folder.path()).await;
    tokio::spawn(writing);
    let carried = other.clone();
    tokio::spawn(async move { carry_on(&carried).await });
    let case = until(&other, &id, rests).await;
    assert_eq!(case.state, State::Preview, "{case:?}");
}
