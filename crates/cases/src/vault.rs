//! Keys of cases: one for each, sealed by the node's own, in a database of their own. What a case says opens for its case, column and
//! revision and nowhere else; when its key is gone, nothing of it opens any more, wherever copies of the store are.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use model::fault::{Fault, Words};
use store::{Db, all, moment, optional, run};
use trust::sealed::{Place, SealError, Sealer};
use trust::signer::random;

/// The steps of its schema.
const MIGRATIONS: &[&str] = &[include_str!("store/migrations/keys_0001.sql")];
/// Behind this lock those queue who write keys on one PostgreSQL.
const WRITER: i64 = 0x6361_7365_6b65_7973;
/// The row of the key that persons are indexed by; no case is called so.
const INDEX: &str = "-index";
/// The row of the id that the store of the cases has as well.
const OWN: &str = "-store";
/// Keys in memory.
const REMEMBERED: usize = 20_000;

/// The keys.
pub(crate) struct Vault {
    db: Db,
    own: Sealer,
    index: Vec<u8>,
    known: Mutex<HashMap<String, Arc<Sealer>>>,
}

/// A new key, and what of it is kept.
pub(crate) struct NewKey {
    pub(crate) key: Arc<Sealer>,
    pub(crate) kept: Vec<u8>,
}

fn sealed(case: &str) -> impl Fn(SealError) -> Fault + '_ {
    move |_| Fault::CaseSealed { case: case.to_owned() }
}

impl Vault {
    /// Opens it; the node's own key is in the file `own`, which is made if it is not there.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`], [`Fault::BadSettings`].
    pub(crate) async fn open(url: &str, own: &Path) -> Result<Self, Fault> {
        let bad = |error: SealError| Fault::bad_settings(own.display(), Words::quoted(error));
        let sealer = Sealer::open_or_create(own).map_err(bad)?;
        let (db, migrated) = Db::open(url, WRITER, MIGRATIONS).await?;
        if let Some(tx) = migrated {
            tx.commit().await?;
        }
        let place = Place { of: INDEX, column: "index", version: 0 };
        let new = sealer.seal_at(place, &random::<32>()).map_err(bad)?;
        let mut tx = db.write().await?;
        run!(
            tx,
            "INSERT INTO case_key (case_id, made, body) VALUES ($1, '', $2) ON CONFLICT (case_id) DO NOTHING" => INDEX, new
        )?;
        let kept: Option<(Vec<u8>,)> =
            optional!(tx, "SELECT body FROM case_key WHERE case_id = $1" => INDEX)?;
        tx.commit().await?;
        let kept = kept.map(|(kept,)| kept).unwrap_or_default();
        let index = sealer.open_at(place, &kept).map_err(bad)?;
        Ok(Self { db, own: sealer, index, known: Mutex::default() })
    }

    /// What somebody is found by, without saying who they are.
    pub(crate) fn index(&self, what: &str) -> String {
        trust::hex(&trust::hmac_sha256(&self.index, what.as_bytes()))
    }

    /// A digest that nobody without the keys can compare with a guess.
    pub(crate) fn digest(&self, content: &[u8]) -> String {
        trust::hex(&trust::hmac_sha256(&self.index, &[b"opening ", content].concat()))
    }

    /// A key for a new case; it is not kept yet.
    pub(crate) fn new_key(&self, case: &str) -> Result<NewKey, Fault> {
        let (key, kept) = self.own.new_key(case).map_err(sealed(case))?;
        Ok(NewKey { key: Arc::new(key), kept })
    }

    /// Keeps the key of a new case. It is durable before the case is.
    pub(crate) async fn keep(&self, case: &str, kept: &[u8], now: Timestamp) -> Result<(), Fault> {
        let mut tx = self.db.write().await?;
        run!(
            tx,
            "INSERT INTO case_key (case_id, made, body) VALUES ($1, $2, $3) ON CONFLICT (case_id) DO NOTHING"
            => case, moment(now), kept
        )?;
        tx.commit().await
    }

    /// The key of a case.
    ///
    /// # Errors
    /// [`Fault::CaseSealed`] if it was destroyed.
    pub(crate) async fn key(&self, case: &str) -> Result<Arc<Sealer>, Fault> {
        if let Some(key) = self.lock().get(case) {
            return Ok(key.clone());
        }
        let mut tx = self.db.read().await?;
        let kept: Option<(Vec<u8>,)> = optional!(tx, "SELECT body FROM case_key WHERE case_id = $1" => case)?;
        let (kept,) = kept.ok_or_else(|| Fault::CaseSealed { case: case.to_owned() })?;
        let key = Arc::new(self.own.key(case, &kept).map_err(sealed(case))?);
        self.remember(case, &key);
        Ok(key)
    }

    pub(crate) fn remember(&self, case: &str, key: &Arc<Sealer>) {
        let mut known = self.lock();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(case.to_owned(), key.clone());
    }

    /// The id that the store of these cases has as well.
    pub(crate) async fn own_id(&self) -> Result<Option<String>, Fault> {
        let mut tx = self.db.read().await?;
        let kept: Option<(Vec<u8>,)> = optional!(tx, "SELECT body FROM case_key WHERE case_id = $1" => OWN)?;
        Ok(kept.map(|(id,)| String::from_utf8_lossy(&id).into_owned()))
    }

    /// Makes it, if there is none.
    pub(crate) async fn keep_own_id(&self) -> Result<String, Fault> {
        let id = trust::hex(&random::<16>());
        let mut tx = self.db.write().await?;
        run!(
            tx,
            "INSERT INTO case_key (case_id, made, body) VALUES ($1, '', $2) ON CONFLICT (case_id) DO NOTHING"
            => OWN, id.as_bytes()
        )?;
        tx.commit().await?;
        Ok(self.own_id().await?.unwrap_or_default())
    }

    /// A key as it is kept.
    #[cfg(test)]
    pub(crate) async fn kept(&self, case: &str) -> Option<Vec<u8>> {
        let mut tx = self.db.read().await.ok()?;
        let kept: Option<(Vec<u8>,)> =
            optional!(tx, "SELECT body FROM case_key WHERE case_id = $1" => case).ok()?;
        kept.map(|(kept,)| kept)
    }

    /// Whether there is no case's key.
    pub(crate) async fn is_empty(&self) -> Result<bool, Fault> {
        let mut tx = self.db.read().await?;
        let one: Option<(String,)> = optional!(tx, "SELECT case_id FROM case_key WHERE made <> '' LIMIT 1")?;
        Ok(one.is_none())
    }

    /// Destroys keys: what they sealed is gone.
    pub(crate) async fn destroy(&self, cases: &[String]) -> Result<(), Fault> {
        let mut tx = self.db.write().await?;
        for case in cases {
            run!(tx, "DELETE FROM case_key WHERE case_id = $1" => case)?;
        }
        tx.commit().await?;
        if !cases.is_empty() {
            self.db.leave_no_trace().await?;
        }
        let mut known = self.lock();
        cases.iter().for_each(|case| drop(known.remove(case)));
        Ok(())
    }

    /// A page of those whose keys were made between two moments, after one of them.
    pub(crate) async fn made_between(
        &self,
        (from, to): (Timestamp, Timestamp),
        after: &str,
        limit: i64,
    ) -> Result<Vec<String>, Fault> {
        let mut tx = self.db.read().await?;
        let rows: Vec<(String,)> = all!(
            tx,
            "SELECT case_id FROM case_key WHERE made >= $1 AND made < $2 AND case_id > $3 ORDER BY case_id LIMIT $4"
            => moment(from), moment(to), after, limit
        )?;
        Ok(rows.into_iter().map(|(case,)| case).collect())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Sealer>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seals what a case says, for its column and version.
pub(crate) fn seal(
    key: &Sealer,
    (case, column, version): (&str, &str, u64),
    content: &[u8],
) -> Result<Vec<u8>, Fault> {
    key.seal_at(Place { of: case, column, version }, content).map_err(sealed(case))
}

/// Opens it.
///
/// # Errors
/// [`Fault::CaseSealed`].
pub(crate) fn open(
    key: &Sealer,
    (case, column, version): (&str, &str, u64),
    kept: &[u8],
) -> Result<Vec<u8>, Fault> {
    key.open_at(Place { of: case, column, version }, kept).map_err(sealed(case))
}
