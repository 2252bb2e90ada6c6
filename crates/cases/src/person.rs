//! Persons at a node: citizens, and the officers of its agency. Identity providers say who somebody is and how surely; who has an officer's
//! rights, the node says (SEC-02): a commune needs no provider of its own, and the hub may be away.

pub mod doors;
pub mod officer;
pub mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use exchange::{CasesSettings, PeopleSettings, ProviderSettings};
use jiff::Timestamp;
use jiff::civil::Date;
use model::fault::{Fault, Words};
use model::person::PersonId;
use serde::{Deserialize, Serialize};
use store::Db;
use trust::oidc::{Demand, Proven, Provider};
use trust::sealed::{SealError, Sealer};

use crate::caller::{self, Caller, Right};
use crate::store::{MIGRATIONS, WRITER};
use crate::{Desk, texts};

/// File with the key that sessions are sealed by.
const KEY_FILE: &str = "people.key";
/// Longest name that is kept of a citizen, in letters.
const NAME_MAX: usize = 200;

/// What signing in needs to know.
pub struct People {
    /// Where officers and sessions are kept.
    pub db: Db,
    /// Seals what the store must not show.
    pub secrets: Sealer,
    /// How persons sign in.
    pub settings: PeopleSettings,
    providers: BTreeMap<String, Provider>,
}

impl People {
    /// Opens what the settings name; files are taken from `folder`.
    ///
    /// # Errors
    /// [`Fault::FileFailed`].
    pub fn open(db: Db, secrets: Sealer, settings: PeopleSettings, folder: &Path) -> Result<Self, Fault> {
        let open = |(name, provider): (&String, &ProviderSettings)| {
            Ok((name.clone(), Provider::open(provider.registration(), folder)?))
        };
        let providers = settings.providers.iter().map(open).collect::<Result<_, Fault>>()?;
        Ok(Self { db, secrets, settings, providers })
    }

    /// Opens them beside the node that may run in `folder`.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`], [`Fault::FileFailed`], [`Fault::BadSettings`].
    pub async fn of_node(
        folder: &Path,
        cases: &CasesSettings,
        settings: PeopleSettings,
    ) -> Result<Self, Fault> {
        let (db, migrated) = Db::open(&cases.store_url(folder), WRITER, MIGRATIONS).await?;
        if let Some(tx) = migrated {
            tx.commit().await?;
        }
        Self::open(db, secrets(folder)?, settings, folder)
    }

    /// The host that people know the pages by, with its port if it is not the usual one.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        let host = self.settings.url.host_str()?;
        Some(self.settings.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    }

    /// What an officer is handed: the addresses at which they sign in for the first time, one for each provider.
    #[must_use]
    pub fn invitation(&self, secret: &str) -> String {
        let address = |name: &String| {
            let mut place = self.settings.url.clone();
            place.set_path(&format!("/sign-in/{name}"));
            let query = [("as", "officer"), ("invitation", secret), ("next", "/can-bo")];
            place.query_pairs_mut().extend_pairs(query);
            format!("{place}\n")
        };
        self.settings.providers.keys().map(address).collect()
    }

    /// A provider with its settings, by its name in addresses.
    fn provider(&self, name: &str) -> Result<(&ProviderSettings, &Provider), Fault> {
        let both = self.settings.providers.get(name).zip(self.providers.get(name));
        both.ok_or_else(|| refused(texts::provider_unknown()))
    }

    /// What an identity is found by: who somebody is at a provider may be their number.
    fn identity(&self, issuer: &str, subject: &str) -> String {
        self.secrets.index(&format!("identity {issuer}"), subject)
    }

    /// The same of a session at a provider.
    fn provider_session(&self, issuer: &str, session: &str) -> String {
        self.secrets.index(&format!("session {issuer}"), session)
    }
}

/// Opens what lets persons in to the cases of a node in its `folder`.
///
/// # Errors
/// [`Fault::FileFailed`], [`Fault::BadSettings`].
pub fn open(desk: &Desk, folder: &Path, settings: PeopleSettings) -> Result<Arc<People>, Fault> {
    let secrets = secrets(folder)?;
    Ok(Arc::new(People::open(desk.cases.db.clone(), secrets, settings, folder)?))
}

fn secrets(folder: &Path) -> Result<Sealer, Fault> {
    let path = folder.join(KEY_FILE);
    let bad = |error: SealError| Fault::bad_settings(path.display(), Words::quoted(error));
    Sealer::open_or_create(&path).map_err(bad)
}

/// Who a citizen is, as their provider says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citizen {
    /// Their number.
    pub number: PersonId,
    /// Their name.
    pub name: Option<String>,
    /// Their day of birth.
    pub born: Option<Date>,
}

/// An officer of the node's agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// A made-up name that stands where others read: in ledgers, in exchanges.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Where they work.
    pub unit: String,
    /// What they may do.
    pub rights: BTreeSet<Right>,
}

/// Who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A citizen.
    Citizen(Citizen),
    /// An officer.
    Officer(Officer),
}

/// Somebody who has signed in, and how surely they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who it is.
    pub who: Who,
    /// The level, 0 to 4, that their way of signing in has.
    pub level: u8,
    /// When they signed in at the provider, if it says so.
    pub signed_in: Option<Timestamp>,
    /// The provider's name in addresses.
    pub provider: String,
    /// What changes must carry beside the cookie.
    pub guard: String,
    /// When the session ends in any case.
    pub ends: Timestamp,
}

impl Person {
    /// As routes of cases know them.
    #[must_use]
    pub fn caller(&self) -> Caller {
        match &self.who {
            Who::Citizen(own) => Caller::Citizen(caller::Citizen {
                number: own.number.as_str().to_owned(),
                name: own.name.clone(),
                born: own.born,
                level: self.level,
            }),
            Who::Officer(own) => Caller::Officer(caller::Officer {
                account: own.id.clone(),
                unit: own.unit.clone(),
                rights: own.rights.clone(),
            }),
        }
    }

    /// That they are known surely enough.
    ///
    /// # Errors
    /// [`Fault::LevelTooLow`]: they sign in once more, more surely or anew, and go on where they were.
    pub fn must_meet(&self, demand: Demand, now: Timestamp) -> Result<(), Fault> {
        if demand.is_met(self.level, self.signed_in, now) {
            return Ok(());
        }
        Err(Fault::LevelTooLow { level: self.level, needed: demand.level })
    }
}

/// Who a provider's word makes a citizen.
fn citizen(settings: &ProviderSettings, proven: &Proven) -> Result<Citizen, Fault> {
    let number = proven.claims.text(&settings.number_claim).and_then(|text| text.parse().ok());
    let number = number.ok_or_else(|| refused(texts::number_not_told()))?;
    let name = settings.name_claim.as_deref().and_then(|claim| proven.claims.text(claim));
    let born = settings.birth_claim.as_deref().and_then(|claim| proven.claims.text(claim));
    let born = born.and_then(|text| text.parse().ok());
    Ok(Citizen { number, name: name.map(|name| name.chars().take(NAME_MAX).collect()), born })
}

/// A new secret: 32 random bytes, in 64 digits.
fn random() -> String {
    trust::hex(&trust::signer::random::<32>())
}

/// What is kept of one: its SHA-256.
fn digest(secret: &str) -> String {
    trust::hex(&trust::sha256(secret.as_bytes()))
}

fn refused(why: Words) -> Fault {
    Fault::SignInRefused { why }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
fn unsealed(error: SealError) -> Fault {
    Fault::Internal { why: error.to_string() }
}

#[cfg(test)]
mod tests;
