//! What receivers hold of a view, in an `SQLite` file beside its log: of each record its key and a keyed sum, and no value.
//!
//! A feed asks from a thread that may wait: `block_in_place` stands around it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use model::fault::Fault;
use model::merkle::Hash;
use store::{Db, Tx, all, optional, run};
use sync::feed::{Base, Images};
use sync::held::{Held, Secret, Sums};
use sync::line::Key;
use sync::view::Difference;
use tokio::runtime::Handle;

const STEPS: [&str; 1] = ["
CREATE TABLE record (
    key {KEY} NOT NULL PRIMARY KEY,
    sum {KEY} NOT NULL,
    heap BIGINT NOT NULL,
    long TEXT,
    seen BIGINT NOT NULL
){STRICT};
CREATE INDEX record_heap ON record (heap);
CREATE INDEX record_seen ON record (seen);
CREATE TABLE state (
    one BIGINT NOT NULL PRIMARY KEY,
    checkpoint BIGINT NOT NULL,
    base_commit BIGINT,
    base_head {KEY},
    sum {KEY} NOT NULL,
    round BIGINT NOT NULL
){STRICT};
INSERT INTO state (one, checkpoint, sum, round) VALUES (1, 0, '00000000000000000000000000000000', 0);
"];

/// Records of a statement.
const ROWS: usize = 1000;

/// The file, and what is not committed yet. Of one view.
pub(crate) struct Kept {
    db: Db,
    tx: Option<Tx>,
    secret: Secret,
}

/// Waits for something of the store, on a thread that may.
fn wait<T>(what: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    Handle::current().block_on(what)
}

fn sum_of(text: &str) -> u128 {
    // Only what this file wrote.
    u128::from_str_radix(text, 16).unwrap_or_default()
}

fn told(sum: u128) -> String {
    format!("{sum:032x}")
}

impl Kept {
    /// Opens it, and makes it if it is not there.
    pub(crate) async fn open(file: &Path, secret: Secret) -> Result<Self, Fault> {
        // The folder has services' names in it, percent-encoded; an address is decoded.
        let address = file.display().to_string().replace('%', "%25").replace('?', "%3F");
        let (db, made) = Db::open(&format!("sqlite:{address}"), 0, &STEPS).await?;
        if let Some(tx) = made {
            tx.commit().await?;
        }
        Ok(Self { db, tx: None, secret })
    }

    /// The transaction that is open, or a new one.
    async fn tx(&mut self) -> Result<&mut Tx, Fault> {
        if self.tx.is_none() {
            self.tx = Some(self.db.write().await?);
        }
        self.tx.as_mut().ok_or(Fault::StoreFailed { why: "no transaction".into() })
    }

    async fn read(&mut self, keys: &BTreeSet<Key>) -> Result<BTreeMap<Key, Option<Held>>, Fault> {
        let (tx, list) = (self.tx().await?, store::to_json(keys)?);
        let mut held: BTreeMap<Key, Option<Held>> = keys.iter().map(|key| (key.clone(), None)).collect();
        let rows: Vec<(String, String, Option<String>)> = all!(
            tx, "SELECT key, sum, long FROM record WHERE key IN (SELECT value FROM json_each($1))" => list
        )?;
        for (key, sum, long) in rows {
            let long = long.map(|long| store::from_json::<Vec<(u32, String)>>(&long)).transpose()?;
            let long = long.into_iter().flatten().map(|(field, sum)| (field, sum_of(&sum))).collect();
            held.insert(key, Some(Held { sum: sum_of(&sum), long }));
        }
        Ok(held)
    }

    async fn take(&mut self, difference: &Difference) -> Result<(), Fault> {
        let secret = self.secret.clone();
        let tx = self.tx().await?;
        let mut sum = total(tx).await?;
        if difference.cleared {
            run!(tx, "DELETE FROM record")?;
            sum = 0;
        }
        let gone: Vec<&Key> =
            difference.records.iter().filter(|(_, held)| held.is_none()).map(|(key, _)| key).collect();
        let there = difference.records.iter().filter_map(|(key, held)| Some((key, held.as_ref()?)));
        let row = |(key, held): (&Key, &Held)| {
            let long: Vec<(u32, String)> =
                held.long.iter().map(|(field, sum)| (*field, told(*sum))).collect();
            let long = if long.is_empty() { None } else { Some(store::to_json(&long)?) };
            Ok((key.clone(), told(held.sum), secret.heap(key), long))
        };
        let there: Vec<(Key, String, u16, Option<String>)> = there.map(row).collect::<Result<_, Fault>>()?;
        if !gone.is_empty() {
            let list = store::to_json(&gone)?;
            run!(tx, "DELETE FROM record WHERE key IN (SELECT value FROM json_each($1))" => list)?;
        }
        for rows in there.chunks(ROWS) {
            run!(
                tx,
                "INSERT INTO record (key, sum, heap, long, seen)
                 SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', (SELECT round FROM state)
                 FROM json_each($1) WHERE true
                 ON CONFLICT (key) DO UPDATE SET sum = excluded.sum, long = excluded.long"
                => store::to_json(&rows)?
            )?;
        }
        run!(tx, "UPDATE state SET sum = $1" => told(sum.wrapping_add(difference.sum)))?;
        Ok(())
    }
}

async fn total(tx: &mut Tx) -> Result<u128, Fault> {
    let row: Option<(String,)> = optional!(tx, "SELECT sum FROM state")?;
    Ok(row.map_or(0, |(sum,)| sum_of(&sum)))
}

impl Images for Kept {
    type Error = Fault;

    fn held(&mut self, _: &str, keys: &BTreeSet<Key>) -> Result<BTreeMap<Key, Option<Held>>, Fault> {
        wait(self.read(keys))
    }

    fn sum(&mut self, _: &str) -> Result<u128, Fault> {
        wait(async { total(self.tx().await?).await })
    }

    fn apply(&mut self, _: &str, difference: &Difference) -> Result<(), Fault> {
        wait(self.take(difference))
    }

    fn see(&mut self, _: &str, keys: &BTreeSet<Key>) -> Result<(), Fault> {
        wait(async {
            let tx = self.tx().await?;
            run!(
                tx,
                "UPDATE record SET seen = (SELECT round FROM state) WHERE key IN (SELECT value FROM json_each($1))"
                => store::to_json(keys)?
            )?;
            Ok(())
        })
    }

    fn unseen(&mut self, _: &str) -> Result<BTreeSet<Key>, Fault> {
        wait(async {
            let tx = self.tx().await?;
            let rows: Vec<(String,)> =
                all!(tx, "SELECT key FROM record WHERE seen < (SELECT round FROM state)")?;
            run!(tx, "UPDATE state SET round = round + 1")?;
            Ok(rows.into_iter().map(|(key,)| key).collect())
        })
    }

    fn heaps(&mut self, _: &str) -> Result<BTreeMap<u16, u128>, Fault> {
        wait(async {
            let tx = self.tx().await?;
            let rows: Vec<(i64, String)> = all!(tx, "SELECT heap, sum FROM record")?;
            let mut heaps: BTreeMap<u16, u128> = BTreeMap::new();
            for (heap, sum) in rows {
                let heap = heaps.entry(u16::try_from(heap).unwrap_or_default()).or_default();
                *heap = heap.wrapping_add(sum_of(&sum));
            }
            heaps.retain(|_, sum| *sum != 0);
            Ok(heaps)
        })
    }

    fn of_heap(&mut self, _: &str, heap: u16) -> Result<Sums, Fault> {
        wait(async {
            let tx = self.tx().await?;
            let rows: Vec<(String, String)> =
                all!(tx, "SELECT key, sum FROM record WHERE heap = $1" => i64::from(heap))?;
            Ok(rows.into_iter().map(|(key, sum)| (key, sum_of(&sum))).collect())
        })
    }

    fn base(&mut self, _: &str) -> Result<Option<Base>, Fault> {
        wait(async {
            let tx = self.tx().await?;
            let row: Option<(Option<i64>, Option<String>)> =
                optional!(tx, "SELECT base_commit, base_head FROM state")?;
            let Some((Some(commit), Some(head))) = row else { return Ok(None) };
            let mut hash: Hash = [0; 32];
            let wrong = |_| Fault::StoreFailed { why: "a head cannot be read".into() };
            hex::decode_to_slice(head, &mut hash).map_err(wrong)?;
            Ok(Some(Base { commit: u64::try_from(commit).unwrap_or_default(), head: hash }))
        })
    }

    fn set_base(&mut self, _: &str, base: Option<Base>) -> Result<(), Fault> {
        wait(async {
            let tx = self.tx().await?;
            let commit = base.map(|base| i64::try_from(base.commit).unwrap_or(i64::MAX));
            let head = base.map(|base| hex::encode(base.head));
            run!(tx, "UPDATE state SET base_commit = $1, base_head = $2" => commit, head)?;
            Ok(())
        })
    }

    fn checkpoint(&mut self) -> Result<u64, Fault> {
        wait(async {
            let tx = self.tx().await?;
            let row: Option<(i64,)> = optional!(tx, "SELECT checkpoint FROM state")?;
            Ok(row.map_or(0, |(commit,)| u64::try_from(commit).unwrap_or_default()))
        })
    }

    fn commit(&mut self, checkpoint: u64) -> Result<(), Fault> {
        wait(async {
            let tx = self.tx().await?;
            run!(tx, "UPDATE state SET checkpoint = $1" => i64::try_from(checkpoint).unwrap_or(i64::MAX))?;
            match self.tx.take() {
                Some(tx) => tx.commit().await,
                None => Ok(()),
            }
        })
    }
}
