//! What is to be told of: one list of all that waits or stands, read from the registry as it is, and what the audit trail says has
//! happened. "My work" is the part of it that waits for whoever asks; so pages and letters cannot say two things.

mod defects;
mod happened;
mod standing;
mod tasks;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use model::agency::{Agency, Name};
use model::due::{Done, TimeLeft};
use model::fault::{Fault, Words};
use model::id::MemberId;
use model::service::Service;
use model::time::day_in_viet_nam;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Kind, Why, address};
use crate::audit::officer::Officer;
use crate::audit::right::{Right, Role};
use crate::registry::Subject as _;
use crate::store::{Tx, readable};

pub(crate) use happened::{happened, mark};
pub(crate) use standing::{Scope, incidents, requests, standing};

/// Something that people are to be told of.
#[derive(Debug, Clone)]
pub(crate) struct Cause {
    /// One name for it, whoever is told and however often it is looked at.
    pub(crate) key: String,
    pub(crate) kind: Kind,
    /// The kind of thing that it is about, and which.
    pub(crate) about: (&'static str, String),
    /// Since when.
    pub(crate) since: Option<String>,
    /// The last day.
    pub(crate) until: Option<Date>,
    /// Whom it is for. The first that fits says why.
    pub(crate) to: Vec<To>,
    /// Who is not told: they did it themselves, or must not act on it.
    pub(crate) but: BTreeSet<String>,
    pub(crate) said: Said,
    /// Whether nobody need act any more, although it stands.
    pub(crate) in_hand: bool,
}

/// What is said of it: a text with the names of things, which are looked up when it is told.
#[derive(Debug, Clone)]
pub(crate) enum Said {
    /// A text as it is.
    Plain(Words),
    /// Of a request: its number, who asks, the service, the step.
    Request {
        /// Its number.
        id: String,
        /// Who asks.
        applicant: String,
        /// For what.
        service: String,
        /// The step that it is at.
        step: Words,
        /// What is said of it.
        text: fn(&str, &Words, &Words, &Words) -> Words,
    },
    /// Of a thing of that name and a service.
    Named(String, String, fn(&str, &Words) -> Words),
    /// Of a database of that name and its owner.
    Owned(Words, String, fn(&Words, &Words) -> Words),
}

/// Whom something is for: people of an agency, or of the hub, with one of these rights, or in this role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct To {
    /// The agency; none: the hub.
    pub(crate) agency: Option<MemberId>,
    pub(crate) which: Which,
    pub(crate) why: Why,
}

/// Which people of an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those with one of these rights.
    May(&'static [Right]),
    /// Those in this role.
    Are(Role),
}

impl To {
    pub(crate) fn new(agency: Option<MemberId>, which: Which, why: Why) -> Self {
        Self { agency, which, why }
    }

    /// Whether it is for this officer.
    pub(crate) fn takes(&self, officer: &Officer) -> bool {
        self.agency == officer.agency
            && match self.which {
                Which::May(rights) => rights.iter().any(|right| officer.may(*right)),
                Which::Are(role) => officer.roles.contains(&role),
            }
    }
}

impl Cause {
    /// Why an officer is told of it; none: they are not. Whoever must act hears that first.
    pub(crate) fn why(&self, officer: &Officer) -> Option<Why> {
        if self.but.contains(&officer.name) {
            return None;
        }
        self.to.iter().filter(|to| to.takes(officer)).map(|to| to.why).min()
    }

    /// Whether it is on an officer's desk.
    fn waits_for(&self, officer: &Officer) -> bool {
        !self.in_hand && self.why(officer) == Some(Why::Act)
    }
}

/// Names of things, each looked up once.
#[derive(Default)]
pub(crate) struct Names(BTreeMap<String, Words>);

impl Names {
    async fn agency(&mut self, tx: &mut Tx, id: &str) -> Result<Words, Fault> {
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let name =
            readable(Agency::load(tx, id).await, Agency::KIND, id)?.flatten().map(|agency| agency.name);
        Ok(self.keep(id, name))
    }

    async fn service(&mut self, tx: &mut Tx, id: &str) -> Result<Words, Fault> {
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let name =
            readable(Service::load(tx, id).await, Service::KIND, id)?.flatten().map(|service| service.name);
        Ok(self.keep(id, name))
    }

    /// What has left the registry, or cannot be read there, goes by its identifier.
    fn keep(&mut self, id: &str, name: Option<Name>) -> Words {
        let words = name.map_or_else(|| Words::quoted(id), |name| Words::new(name.vi, name.en));
        self.0.insert(id.to_owned(), words.clone());
        words
    }

    /// What is said of a cause.
    pub(crate) async fn say(&mut self, tx: &mut Tx, said: &Said) -> Result<Words, Fault> {
        Ok(match said {
            Said::Plain(words) => words.clone(),
            Said::Request { id, applicant, service, step, text } => {
                let applicant = self.agency(tx, applicant).await?;
                text(id, &applicant, &self.service(tx, service).await?, step)
            }
            Said::Named(id, service, text) => text(id, &self.service(tx, service).await?),
            Said::Owned(name, owner, text) => text(name, &self.agency(tx, owner).await?),
        })
    }
}

/// Something that waits for an officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WorkItem)]
pub(crate) struct Item {
    /// Its kind.
    pub(crate) kind: Kind,
    /// The kind of thing that it is about: `Request`, `Grant`, `Incident`, `Database`, `Quality`, `Task`, `Node`, `Hub`.
    pub(crate) about_kind: String,
    /// Which.
    pub(crate) about: String,
    /// The page of the console where it is done.
    pub(crate) address: String,
    /// What waits, in Vietnamese.
    pub(crate) vi: String,
    /// What waits, in English.
    pub(crate) en: String,
    /// Why it waits for you, in Vietnamese.
    pub(crate) why_vi: String,
    /// Why it waits for you, in English.
    pub(crate) why_en: String,
    /// Since when; null: not known.
    #[schema(format = DateTime)]
    pub(crate) since: Option<String>,
    /// How its last day stands; null: it has none.
    pub(crate) time_left: Option<TimeLeft>,
}

/// All that waits for an officer: what is late or due first comes first, what has no day last.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn work(
    tx: &mut Tx,
    officer: &Officer,
    endings: &[model::ending::Ending],
    now: Timestamp,
) -> Result<Vec<Item>, Fault> {
    let mut causes = standing(tx, Scope::Of(officer.agency.as_ref()), endings, now).await?;
    // A clock that runs out is said of the request that waits, not beside it.
    causes.retain(|cause| {
        cause.waits_for(officer) && !matches!(cause.kind, Kind::DeadlineNear | Kind::DeadlineOver)
    });
    causes.sort_by_key(|cause| (cause.until.is_none(), cause.until, cause.kind, cause.about.1.clone()));
    let (mut names, today) = (Names::default(), day_in_viet_nam(now));
    let mut items = Vec::new();
    for cause in causes {
        let words = names.say(tx, &cause.said).await?;
        let why = Why::Act.words();
        items.push(Item {
            kind: cause.kind,
            about_kind: cause.about.0.to_owned(),
            address: address(cause.about.0, &cause.about.1),
            about: cause.about.1,
            vi: words.vi().to_owned(),
            en: words.en().to_owned(),
            why_vi: why.vi().to_owned(),
            why_en: why.en().to_owned(),
            since: cause.since,
            time_left: cause.until.map(|day| TimeLeft::of(day, today, Done::No)),
        });
    }
    Ok(items)
}

/// A key of the parts that make a cause one.
fn key(parts: &[&str]) -> String {
    let whole = parts.join("/");
    // Keys are as long as the store's index can hold.
    if whole.len() <= 200 { whole } else { trust::hex(&trust::sha256(whole.as_bytes())) }
}

/// The agency at the front of an identifier.
fn owner_of(id: &str) -> Option<MemberId> {
    id.splitn(4, '/').take(3).collect::<Vec<_>>().join("/").parse().ok()
}
