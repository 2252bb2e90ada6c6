//! The audit trail: numbers without gaps whoever writes, and nothing changed unnoticed.

use super::world::documents;
use super::{apply, count_changes};
use crate::audit::change;
use crate::hub::open_store;
use crate::kinds::Document;
use crate::store::run;

pub(super) async fn writers_wait_for_each_other_and_numbers_have_no_gaps(url: &str) {
    // Two hubs on one store.
    let stores = [open_store(url).await.unwrap(), open_store(url).await.unwrap()];
    apply(&stores[0], &documents()).await.unwrap();
    let before = count_changes(&stores[0]).await;
    let writers: Vec<_> = (0..20u32)
        .map(|number| {
            let db = stores[number as usize % 2].clone();
            tokio::spawn(async move {
                let mut changed = documents();
                for document in &mut changed {
                    if let Document::Grant(grant) = document {
                        grant.per_second = (100 + number).try_into().unwrap();
                    }
                }
                apply(&db, &changed).await.unwrap();
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let entries = change::list(&mut stores[1].read().await.unwrap(), 0, change::PAGE).await.unwrap();
    assert_eq!(entries.len(), before + 20);
    assert!(entries.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
    // Each saw what the one before it left.
    for pair in entries[before..].windows(2) {
        assert_eq!(pair[1].before, pair[0].after);
    }
}

pub(super) async fn a_trail_that_was_changed_is_noticed(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let read = async || {
        let mut trail = change::Trail::default();
        for entry in change::list(&mut db.read().await.unwrap(), 0, change::PAGE).await.unwrap() {
            trail.take(&entry);
        }
        trail
    };
    let before = read().await;
    assert_eq!((before.broken_at, before.unchained, before.entries), (None, 0, documents().len() as u64));
    let spoil = async |sql: &'static str| {
        let mut tx = db.write().await.unwrap();
        run!(tx, sql).unwrap();
        tx.commit().await.unwrap();
        read().await.broken_at
    };
    assert_eq!(spoil("UPDATE change SET who = 'khac' WHERE seq = 3").await, Some(3));
    assert_eq!(spoil("UPDATE change SET who = 'can-bo' WHERE seq = 3").await, None);
    assert_eq!(spoil("UPDATE change SET chain = NULL WHERE seq = 5").await, Some(5));
    assert_eq!(spoil("DELETE FROM change WHERE seq = 5").await, Some(6), "the next no longer follows");
}
