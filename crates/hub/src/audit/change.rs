//! The audit trail: who changed what, when and why. An entry is written in the transaction of the change it tells of.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use model::fault::{Fault, Words};
use model::id::MemberId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;
use utoipa::ToSchema;

use crate::audit::officer::Officer;
use crate::audit::right::Right;
use crate::store::{Tx, all, from_json, optional, run};
use crate::texts;

/// Entries on one page.
pub const PAGE: i64 = 500;
/// Longest reason, in characters.
const REASON_MAX: usize = 2000;

/// An officer who was recognised, with the reason for what follows. Whoever changes something must hold one.
#[derive(Debug, Clone)]
pub struct AuditContext {
    /// Who.
    pub officer: Officer,
    /// The reason given, up to 2,000 characters.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

/// What was done to a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// It came into the registry.
    Created,
    /// It was changed.
    Updated,
    /// It left the registry.
    Removed,
    /// A grant was revoked, an account withdrawn, a confirmation taken back.
    Revoked,
    /// A node or an officer was given a code to join with.
    Invited,
    /// A node joined: its keys were certified.
    Admitted,
    /// Somebody signed in.
    SignedIn,
    /// Somebody was refused: who signs in, or an agency's officer who tries what is not theirs.
    Refused,
    /// An account was found to be needed still.
    Reviewed,
    /// What an owner says of a database was confirmed.
    Confirmed,
    /// What is not for everybody was read.
    Read,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Created,
        Self::Updated,
        Self::Removed,
        Self::Revoked,
        Self::Invited,
        Self::Admitted,
        Self::SignedIn,
        Self::Refused,
        Self::Reviewed,
        Self::Confirmed,
        Self::Read,
    ];
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// Its number.
    pub seq: i64,
    /// When.
    pub at: String,
    /// Who.
    pub who: String,
    /// The reason given, up to 2,000 characters.
    pub why: String,
    /// What was done.
    pub act: String,
    /// To which kind of thing.
    pub kind: String,
    /// To which.
    pub subject: String,
    /// How it was.
    #[schema(value_type = Value)]
    pub before: Option<Value>,
    /// How it is.
    #[schema(value_type = Value)]
    pub after: Option<Value>,
    /// From where, and as what: type of the account, address and port, program. Absent in entries that an older program wrote.
    #[schema(value_type = Value)]
    pub origin: Option<Value>,
    /// Digest over this entry and the one before. Absent in entries that an older program wrote.
    pub chain: Option<String>,
}

impl Change {
    /// The digest that follows on `before`, that of the entry before, or nothing: SHA-256 in base64 of the JSON array
    /// `[before, at, who, why, act, kind, subject, how it was, how it is, origin]` without spaces; the origin only where there is one.
    #[must_use]
    pub fn link(&self, before: &str) -> String {
        let mut parts = vec![
            json!(before),
            json!(self.at),
            json!(self.who),
            json!(self.why),
            json!(self.act),
            json!(self.kind),
            json!(self.subject),
            json!(self.before),
            json!(self.after),
        ];
        parts.extend(self.origin.clone());
        BASE64_STANDARD.encode(Sha256::digest(Value::Array(parts).to_string()))
    }
}

impl AuditContext {
    /// An officer's, for one change.
    ///
    /// # Errors
    /// [`Fault::NoReason`].
    pub fn new(officer: &Officer, why: &str, at: Timestamp) -> Result<Self, Fault> {
        let why = why.trim();
        if why.is_empty() {
            return Err(Fault::NoReason {});
        }
        // Nothing of it is lost: what is too long is refused.
        if why.chars().count() > REASON_MAX {
            let why = texts::reason_too_long(REASON_MAX);
            return Err(Fault::BadDocument { place: Words::quoted("reason"), why });
        }
        let why = why.nfc().filter(|c| !c.is_control()).collect();
        Ok(Self { officer: officer.clone(), why, at })
    }

    /// What the hub does by itself: under a name that no officer has.
    #[must_use]
    pub fn of_the_hub(who: &str, why: &str, at: Timestamp) -> Self {
        Self { officer: Officer::nobody(who), why: why.to_owned(), at }
    }

    /// Whether the officer has a right at all.
    ///
    /// # Errors
    /// [`Fault::NoRight`].
    pub fn may(&self, right: Right) -> Result<(), Fault> {
        self.officer.must(right)
    }

    /// Whether it covers a change of `subject`, which is about `owners`.
    ///
    /// # Errors
    /// [`Fault::NotTheirs`].
    pub fn covers(&self, subject: (&str, &str), owners: &[MemberId]) -> Result<(), Fault> {
        match &self.officer.agency {
            Some(agency) if owners.is_empty() || owners.iter().any(|owner| owner != agency) => {
                let subject = Words::quoted(format!("{} {}", subject.0, subject.1));
                Err(Fault::NotTheirs { subject, agency: Words::quoted(agency) })
            }
            _ => Ok(()),
        }
    }
}

/// Writes an entry.
pub(crate) async fn note(
    tx: &mut Tx,
    context: &AuditContext,
    act: Act,
    subject: (&str, &str),
    before: Option<String>,
    after: Option<String>,
) -> Result<(), Fault> {
    let act =
        serde_json::to_value(act).ok().and_then(|act| act.as_str().map(str::to_owned)).unwrap_or_default();
    let value = |text: &Option<String>| text.as_deref().map(from_json).transpose();
    let mut change = Change {
        seq: 0,
        at: context.at.to_string(),
        who: context.officer.name.clone(),
        why: context.why.clone(),
        act,
        kind: subject.0.to_owned(),
        subject: subject.1.to_owned(),
        before: value(&before)?,
        after: value(&after)?,
        origin: context.officer.origin.as_ref().map(|origin| json!(origin)),
        chain: None,
    };
    // One writes at a time, so the last entry stays the last until this one is in.
    let last: Option<(Option<String>,)> =
        optional!(tx, "SELECT chain FROM change ORDER BY seq DESC LIMIT 1")?;
    change.chain = Some(change.link(&last.and_then(|(chain,)| chain).unwrap_or_default()));
    run!(
        tx,
        "INSERT INTO change (at, who, why, act, kind, subject, before, after, origin, chain) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        => change.at, change.who, change.why, change.act, change.kind, change.subject, before, after,
           change.origin.map(|origin| origin.to_string()), change.chain
    )?;
    Ok(())
}

/// What reading the trail found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Trail {
    /// Entries read.
    pub entries: u64,
    /// Entries without a digest, from before there were any.
    pub unchained: u64,
    /// Number of the first entry whose digest does not follow.
    pub broken_at: Option<i64>,
    /// Digest of the last entry. Whoever keeps it can show later that nothing before it was changed.
    pub head: String,
}

impl Trail {
    /// Reads the next entry. Returns whether it follows.
    pub fn take(&mut self, change: &Change) -> bool {
        self.entries += 1;
        let follows = match &change.chain {
            Some(chain) => *chain == change.link(&self.head),
            // Only the beginning of a trail may be without.
            None => self.head.is_empty(),
        };
        match &change.chain {
            Some(chain) => self.head.clone_from(chain),
            None => self.unchained += 1,
        }
        if !follows && self.broken_at.is_none() {
            self.broken_at = Some(change.seq);
        }
        follows
    }
}

/// The statement of the entries that a condition leaves, in the order that it says.
macro_rules! entries {
    ($($condition:tt)+) => {
        concat!("SELECT seq, at, who, why, act, kind, subject, before, after, origin, chain FROM change ", $($condition)+)
    };
}

type Row = (
    i64,
    String,
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);

/// Which entries of the trail. Empty texts: all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Of what this officer did.
    pub(crate) who: String,
    /// Of this act.
    pub(crate) act: String,
    /// Of things of this kind.
    pub(crate) kind: String,
    /// Of this thing.
    pub(crate) subject: String,
    /// From this moment on.
    pub(crate) from: String,
    /// Before this moment.
    pub(crate) to: String,
    /// With this text in who, what or why.
    pub(crate) text: String,
}

impl Wanted {
    /// The text as `LIKE` has it: nothing in it has a meaning of its own. Five times, since `LOWER` of SQLite knows the letters of ASCII only
    /// and leaves `Đ` as it stands: in small letters, with the first one capital, that of each word, all of them, and as it was typed.
    fn likes(&self) -> [String; 5] {
        // What stands in the trail is composed, however this was typed.
        let text: String = self.text.trim().nfc().collect();
        if text.is_empty() {
            return <[String; 5]>::default();
        }
        let small = text.to_lowercase();
        let begun = |word: &str| {
            let mut letters = word.chars();
            let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
            format!("{first}{}", letters.as_str())
        };
        let each = small.split(' ').map(begun).collect::<Vec<_>>().join(" ");
        [small.as_str(), &begun(&small), &each, &text.to_uppercase(), &text].map(like)
    }
}

/// A text with anything around it, as it stands behind `LOWER`: letters of ASCII are small there on both databases.
fn like(text: &str) -> String {
    let mut like = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '!') {
            like.push('!');
        }
        like.push(letter.to_ascii_lowercase());
    }
    like + "%"
}

macro_rules! told {
    ($($column:literal),+) => {
        concat!($(" OR LOWER(", $column, ") LIKE $9 ESCAPE '!' OR LOWER(", $column, ") LIKE $10 ESCAPE '!'
              OR LOWER(", $column, ") LIKE $11 ESCAPE '!' OR LOWER(", $column, ") LIKE $12 ESCAPE '!'
              OR LOWER(", $column, ") LIKE $13 ESCAPE '!'"),+)
    };
}

macro_rules! wanted {
    ($beyond:literal) => {
        concat!(
            "WHERE seq ",
            $beyond,
            " $1 AND ($3 = '' OR who = $3) AND ($4 = '' OR act = $4) AND ($5 = '' OR kind = $5) AND ($6 = '' OR subject = $6)
             AND ($7 = '' OR at >= $7) AND ($8 = '' OR at < $8)
             AND ($9 = ''",
            told!("subject", "who", "why"),
            ")"
        )
    };
}

/// The entries behind number `after`, oldest first, or before `before`, newest first; `limit` at most.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn part(
    tx: &mut Tx,
    wanted: &Wanted,
    place: Place,
    limit: i64,
) -> Result<Vec<Change>, Fault> {
    let Wanted { who, act, kind, subject, from, to, .. } = wanted;
    let [small, first, each, capital, typed] = wanted.likes();
    let sql = match place {
        Place::After(_) => entries!(wanted!(">"), " ORDER BY seq LIMIT $2"),
        Place::Before(_) => entries!(wanted!("<"), " ORDER BY seq DESC LIMIT $2"),
    };
    let (Place::After(at) | Place::Before(at)) = place;
    let rows: Vec<Row> =
        all!(tx, sql => at, limit, who, act, kind, subject, from, to, small, first, each, capital, typed)?;
    rows.into_iter().map(change).collect()
}

/// The entries behind number `after`, oldest first, `limit` at most.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub async fn list(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Change>, Fault> {
    part(tx, &Wanted::default(), Place::After(after), limit).await
}

/// How many entries there are of what is wanted.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn count(tx: &mut Tx, wanted: &Wanted) -> Result<i64, Fault> {
    let Wanted { who, act, kind, subject, from, to, .. } = wanted;
    let [small, first, each, capital, typed] = wanted.likes();
    let found: Option<(i64,)> = optional!(
        tx,
        concat!("SELECT COUNT(*) FROM change ", wanted!(">"), " AND seq > $2")
        => 0_i64, 0_i64, who, act, kind, subject, from, to, small, first, each, capital, typed
    )?;
    Ok(found.map_or(0, |(count,)| count))
}

/// Where a part of the trail begins, and in which direction it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Behind a number, on to newer ones.
    After(i64),
    /// Before a number, back to older ones.
    Before(i64),
}

/// What was done to one thing, newest first, [`PAGE`] at most.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub async fn history(tx: &mut Tx, subject: (&str, &str)) -> Result<Vec<Change>, Fault> {
    let rows: Vec<Row> = all!(
        tx,
        entries!("WHERE kind = $1 AND subject = $2 ORDER BY seq DESC LIMIT $3") => subject.0, subject.1, PAGE
    )?;
    rows.into_iter().map(change).collect()
}

fn change(
    (seq, at, who, why, act, kind, subject, before, after, origin, chain): Row,
) -> Result<Change, Fault> {
    let value = |text: Option<String>| text.map(|text| from_json(&text)).transpose();
    Ok(Change {
        seq,
        at,
        who,
        why,
        act,
        kind,
        subject,
        before: value(before)?,
        after: value(after)?,
        origin: value(origin)?,
        chain,
    })
}
