//! A dataset served by the node itself: one record by its key or many by theirs, lists page by page, some fields of what fits, a count, and
//! confirmation without showing anything. Each within the fields and the rows of the grant.

mod as_it_is;
mod ask;
mod describe;
mod find;
mod fitted;
mod gate;
mod guesses;
mod rules;
mod stream;
mod sync;
mod trouble;
mod turns;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use bytes::Bytes;
use connect::shown::Shown;
use connect::tally::{Tally, Trouble as Flawed};
use connect::{Filter, Listed, Listing, Source, SourceError, TableName};
use http::HeaderValue;
use http::header::{AGE, ETAG, HeaderName};
use model::column::Class;
use model::fault::Fault;
use model::service::{DatasetCall, FieldKind};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::backend::confirm::{Verdict, compare};
use crate::backend::{Answer, AnswerBody};
use crate::clock;
use crate::texts;

pub use ask::Ask;
pub use describe::describe;
pub use fitted::Lacks;
pub(crate) use gate::Gate;

pub(crate) use self::sync::Kept;
use ask::{BATCH_MAX, Batch, CONFIRM_MAX, Confirmation, bad_cursor, cursor, read_key, read_listing};
use fitted::Fitted;
use gate::{Judged, beside};
use guesses::{Guesses, TooMany, Try};
use trouble::{Trouble, failed, question, refused};

use self::sync::Streams;
use turns::{Turn, Turns};

/// The fields that the contract has and the table lacks, in an answer.
pub(crate) const UNAVAILABLE: HeaderName = HeaderName::from_static("lienthong-unavailable");
/// Records that are judged at a time where all of them are.
const PAGE: usize = 1000;
/// How many records the dataset's gate has withheld of an answer.
pub(crate) const WITHHELD: HeaderName = HeaderName::from_static("lienthong-withheld");

/// Where a dataset is in its database, and how its fields are stored there.
pub struct TableMapping {
    /// The table or view that it is read from.
    pub table: TableName,
    /// Columns by field, where they are not called the same.
    pub columns: BTreeMap<String, String>,
    /// By field, values of the source with the codes that they stand for.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// By field, how many digits its codes have in full.
    pub digits: BTreeMap<String, u8>,
    /// The field that says when a record was last written.
    pub changed: Option<String>,
}

/// A dataset behind the node: its source, where it is in there, and how it fitted when it was last looked at.
pub struct DatasetService {
    source: Arc<dyn Source>,
    mapping: TableMapping,
    /// The table as contract and database describe it.
    fitted: ArcSwapOption<Fitted>,
    /// What columns held when they were first seen: one that holds something else has changed under us.
    classes: RwLock<HashMap<String, Class>>,
    /// The codes below a unit, for rules of rows.
    below: RwLock<HashMap<String, Arc<BTreeSet<String>>>>,
    /// What was found wrong with records.
    tally: Arc<Tally>,
    /// The same, added up, with when it was last seen.
    flaws: Mutex<BTreeMap<(String, Flawed), (u64, Instant)>>,
    /// When the key was last counted.
    counted: Mutex<Option<Instant>>,
    /// What was compared and was wrong.
    guesses: Guesses,
    /// Whose turn it is at the source.
    turns: Turns,
    /// Views of it that are kept in step.
    streams: Streams,
    /// What is withheld for its quality.
    gate: ArcSwapOption<Gate>,
    /// Whether that was ever read.
    gate_read: AtomicBool,
    /// Whether there is a contract that may withhold something, and nobody can read what.
    gate_unknown: AtomicBool,
}

impl DatasetService {
    /// A dataset of `source`, which has so many connections.
    #[must_use]
    pub fn new(source: Arc<dyn Source>, mapping: TableMapping, connections: u32) -> Self {
        Self {
            source,
            mapping,
            fitted: ArcSwapOption::empty(),
            classes: RwLock::default(),
            below: RwLock::default(),
            tally: Arc::default(),
            flaws: Mutex::default(),
            counted: Mutex::default(),
            guesses: Guesses::default(),
            turns: Turns::new(connections),
            streams: Streams::default(),
            gate: ArcSwapOption::empty(),
            gate_read: AtomicBool::new(false),
            gate_unknown: AtomicBool::new(false),
        }
    }

    /// The same, which keeps in a folder what it is to be kept in step by, and reads its source so often for that at most.
    #[must_use]
    pub fn kept_in(self, folder: PathBuf, every: Duration) -> Self {
        Self { streams: Streams::in_folder(folder, every), ..self }
    }

    /// The field that says when a record was last written, if the source is said to have one.
    pub(crate) fn changed(&self) -> Option<&str> {
        self.mapping.changed.as_deref()
    }

    /// Answers a call that was decided to pass.
    ///
    /// # Errors
    /// [`Fault`] if the database fails; what the caller got wrong is an answer.
    pub async fn answer(&self, asked: &Ask<'_>) -> Result<Answer, Fault> {
        let busy = || Fault::DatabaseBusy { service: asked.offered.service.id.clone() };
        let mut turn = self.turns.take(&asked.client.member()).await.ok_or_else(busy)?;
        let mut answered = self.attempt(asked, &mut turn, false).await;
        // The table is another than it was: fitted anew, what is left of it goes on.
        if matches!(answered, Err(Trouble::Source(SourceError::Changed(_)))) {
            answered = self.attempt(asked, &mut turn, true).await;
        }
        match answered {
            Ok(answer) => Ok(answer),
            Err(Trouble::Asked(fault)) => Ok(refused(&fault)),
            Err(Trouble::Source(error)) => Err(failed(error, &asked.offered.service.id)),
        }
    }

    async fn attempt(&self, asked: &Ask<'_>, turn: &mut Turn, anew: bool) -> Result<Answer, Trouble> {
        let fitted = self.given(self.fit(asked.offered, asked.dataset, anew).await?)?;
        let answer = match &asked.operation {
            DatasetCall::Find => {
                let (answer, missing) = self.find(&fitted, asked).await?;
                return Ok(self.labelled(answer, &missing));
            }
            DatasetCall::Get { key } => self.get(&fitted, asked, key).await,
            DatasetCall::List => self.list(&fitted, asked).await,
            DatasetCall::Confirm => self.confirm(&fitted, asked, turn).await,
            DatasetCall::Batch => self.batch(&fitted, asked).await,
            DatasetCall::Count => self.count(&fitted, asked).await,
            DatasetCall::Stream => self.stream(&fitted, asked).await,
            DatasetCall::Sync => return self.sync(&fitted, asked).await,
        }?;
        Ok(tagged(self.labelled(answer, &fitted.missing_of(asked)), asked))
    }

    /// An answer that says which fields it lacks, and how old it is.
    fn labelled(&self, mut answer: Answer, missing: &[&str]) -> Answer {
        if !missing.is_empty()
            && let Ok(names) = HeaderValue::from_str(&missing.join(", "))
        {
            answer.headers.insert(UNAVAILABLE, names);
        }
        // What was read from a file or an API a while ago says how long ago (RFC 9111).
        if let Some(age) = self.source.age() {
            answer.headers.insert(AGE, age.as_secs().into());
        }
        answer
    }

    /// The record that shows a key. Of two that do nobody knows which is right.
    async fn one(
        &self,
        fitted: &Fitted,
        fields: &[&str],
        key: &str,
        rules: &[Filter],
    ) -> Result<Option<Listed>, SourceError> {
        let mut found = self.source.look_up(&fitted.table, fields, &[key], rules).await?;
        if found.len() > 1 {
            self.tally.note(&fitted.table.key, Flawed::KeyTwice);
            return Err(SourceError::KeyTwice);
        }
        Ok(found.pop())
    }

    async fn get(&self, fitted: &Fitted, asked: &Ask<'_>, key: &str) -> Result<Answer, Trouble> {
        let (fields, rules, gate) = (fitted.granted(asked), self.rules(fitted, asked)?, self.gate());
        let key = read_key(key, asked.query)?;
        let all = beside(gate.as_deref(), fitted, &fields)?;
        let found = self.one(fitted, &all, &key, &rules).await?;
        let found = found.ok_or(Trouble::Asked(Fault::NoRecord {}))?;
        let found = self.judged(gate.as_deref(), vec![found], &fields)?.listed.pop();
        let record = found.map(|found| found.record).unwrap_or_default();
        match record.withheld_by() {
            Some(rule) => Err(Trouble::Asked(Fault::RecordWithheld { rule: rule.to_owned() })),
            None => Ok(Answer::whole_json(record.to_json())),
        }
    }

    async fn batch(&self, fitted: &Fitted, asked: &Ask<'_>) -> Result<Answer, Trouble> {
        let batch: Batch = asked.read()?;
        if batch.keys.is_empty() || batch.keys.len() > BATCH_MAX {
            return Err(question(texts::batch_size(BATCH_MAX)));
        }
        let (fields, rules, gate) = (fitted.granted(asked), self.rules(fitted, asked)?, self.gate());
        let mut keys: Vec<&str> = batch.keys.iter().map(String::as_str).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut by_key: HashMap<String, Vec<Listed>> = HashMap::new();
        let all = beside(gate.as_deref(), fitted, &fields)?;
        let found = self.source.look_up(&fitted.table, &all, &keys, &rules).await?;
        let judged = self.judged(gate.as_deref(), found, &fields)?;
        let withheld = judged.count();
        for listed in judged.listed {
            let key = listed.key.text().map(std::borrow::Cow::into_owned).unwrap_or_default();
            by_key.entry(key).or_default().push(listed);
        }
        // In the order that was asked; what was not found is told as that, by its key, which the caller has.
        let mut out = b"{\"items\":[".to_vec();
        for (number, key) in batch.keys.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            out.extend_from_slice(format!("{{\"key\":{},\"record\":", Value::from(key.as_str())).as_bytes());
            match by_key.get(key).map(Vec::as_slice) {
                Some([only]) => match only.record.withheld_by() {
                    None => only.record.write(&mut out),
                    Some(rule) => {
                        let fault = Fault::RecordWithheld { rule: rule.to_owned() };
                        let told =
                            format!("null,\"fault\":\"{}\",\"rule\":{}", fault.code(), Value::from(rule));
                        out.extend_from_slice(told.as_bytes());
                    }
                },
                None | Some([]) => out.extend_from_slice(b"null"),
                Some(_) => {
                    self.tally.note(&fitted.table.key, Flawed::KeyTwice);
                    let fault = Fault::KeyTwice { service: asked.offered.service.id.clone() };
                    out.extend_from_slice(format!("null,\"fault\":\"{}\"", fault.code()).as_bytes());
                }
            }
            out.push(b'}');
        }
        out.extend_from_slice(b"]}");
        Ok(counted(Answer::whole_json(out), withheld))
    }

    async fn count(&self, fitted: &Fitted, asked: &Ask<'_>) -> Result<Answer, Trouble> {
        let filters = self.filters(fitted, asked).await?;
        let Some(gate) = self.gate() else {
            let count = self.source.count(&fitted.table, &filters).await?;
            return Ok(Answer::json(200, &json!({ "count": count })));
        };
        // Which records would be given is known when each was looked at.
        let (mut count, mut withheld, mut after) = (0, 0, None);
        loop {
            let listing = Listing { filters: filters.clone(), sort: None, after, limit: PAGE };
            let listed = self.source.list(&fitted.table, &gate.beside(fitted, &[])?, &listing).await?;
            after = listed.last().map(|last| last.mark.clone());
            let got = listed.len();
            let of_page = self.judged(Some(&gate), listed, &[])?.count();
            count += got as u64 - of_page;
            withheld += of_page;
            if got < PAGE {
                return Ok(counted(Answer::json(200, &json!({ "count": count })), withheld));
            }
        }
    }

    async fn list(&self, fitted: &Fitted, asked: &Ask<'_>) -> Result<Answer, Trouble> {
        let mut listing = read_listing(asked, fitted)?;
        let rules = self.rules(fitted, asked)?;
        self.refuse_misfits(fitted, asked, &listing.filters, &rules).await?;
        listing.filters.extend(rules);
        let limit = listing.limit;
        // One more than asked for tells whether there is a next page.
        listing.limit += 1;
        let (fields, gate) = (fitted.granted(asked), self.gate());
        let listed =
            self.source.list(&fitted.table, &beside(gate.as_deref(), fitted, &fields)?, &listing).await;
        let mut listed = match listed {
            Err(SourceError::BadMark) => return Err(bad_cursor()),
            listed => listed?,
        };
        let more = listed.len() > limit;
        listed.truncate(limit);
        // A cursor is the key of the last record: whoever may not see keys must narrow the list down.
        if more && !asked.grant.fields.allow(&asked.dataset.key) {
            return Err(question(texts::paging_needs_key(limit, &asked.dataset.key)));
        }
        let next = listed.last().filter(|_| more).map(|last| cursor(&last.mark));
        let judged = self.judged(gate.as_deref(), listed, &fields)?;
        let withheld = judged.count();
        let Judged { listed, .. } = judged;
        let mut out = write_items(&listed);
        out.extend_from_slice(format!(",\"next\":{}}}", json!(next)).as_bytes());
        Ok(counted(Answer::whole_json(out), withheld))
    }

    async fn confirm(&self, fitted: &Fitted, asked: &Ask<'_>, turn: &mut Turn) -> Result<Answer, Trouble> {
        let confirmation: Confirmation = asked.read()?;
        if confirmation.values.len() > CONFIRM_MAX {
            return Err(question(texts::confirm_size(CONFIRM_MAX)));
        }
        let mut kinds: Vec<(&str, FieldKind)> = Vec::new();
        for name in confirmation.values.keys() {
            kinds.push((name, asked.granted_field(name)?));
            fitted.there(name)?;
        }
        let fields: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
        let (rules, gate) = (self.rules(fitted, asked)?, self.gate());
        let all = beside(gate.as_deref(), fitted, &fields)?;
        // Where nothing is compared, nothing is guessed: it is asked whether there is a record, as by any other operation.
        let guess = match confirmation.values.is_empty() {
            true => None,
            false => Some(self.guess(fitted, asked, &confirmation.key)?),
        };
        if !turn.rest(guess.as_ref().map_or(Duration::ZERO, |guess| guess.wait)).await {
            return Err(SourceError::Busy.into());
        }
        let Some(found) = self.one(fitted, &all, &confirmation.key, &rules).await? else {
            guess.into_iter().for_each(Try::had_no_record);
            return Ok(Answer::json(200, &json!({ "found": false })));
        };
        let record = self.judged(gate.as_deref(), vec![found], &fields)?.listed.pop();
        let record = record.map(|found| found.record).unwrap_or_default();
        if let Some(rule) = record.withheld_by() {
            // Nothing was compared.
            guess.into_iter().for_each(Try::had_no_record);
            return Ok(counted(Answer::json(200, &json!({ "found": true, "withheld": rule })), 1));
        }
        let mut is_wrong = false;
        let verdicts: Map<String, Value> = kinds
            .iter()
            .map(|(name, kind)| {
                let asked = confirmation.values.get(*name).unwrap_or(&Value::Null);
                let verdict = match record.get(name) {
                    Some(Shown::Missing(_)) => Verdict::Unavailable,
                    held => compare(*kind, asked, &held.map_or(Value::Null, Shown::value)),
                };
                is_wrong |= verdict.is_wrong();
                ((*name).to_owned(), json!({ "match": verdict.is_match(), "how": verdict }))
            })
            .collect();
        if is_wrong {
            guess.into_iter().for_each(Try::was_wrong);
        }
        Ok(Answer::json(200, &json!({ "found": true, "fields": verdicts })))
    }

    /// One more comparison, unless the caller's were wrong too often.
    fn guess(&self, fitted: &Fitted, asked: &Ask<'_>, key: &str) -> Result<Try<'_>, Trouble> {
        let client = asked.client;
        self.guesses.begin(client, key, Instant::now()).map_err(|TooMany { left, is_first }| {
            if is_first {
                let (service, grant) = (&asked.offered.service.id, &asked.grant.id);
                tracing::warn!(%service, %client, grant, "values were compared that were wrong, so many that no more are compared for now");
                self.tally.note(&fitted.table.key, Flawed::Guessed);
            }
            let until = clock::now() + left;
            Trouble::Asked(Fault::TooManyGuesses { until: until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() })
        })
    }

    /// The filters in the body, and the grant's rules.
    async fn filters(&self, fitted: &Fitted, asked: &Ask<'_>) -> Result<Vec<Filter>, Trouble> {
        let (mut filters, rules) = (asked.filters(fitted)?, self.rules(fitted, asked)?);
        self.refuse_misfits(fitted, asked, &filters, &rules).await?;
        filters.extend(rules);
        Ok(filters)
    }

    /// Refuses a value that its field's kind cannot have. Unless the source holds it all the same within the grant's rules: then it is
    /// shown, and so it is found.
    async fn refuse_misfits(
        &self,
        fitted: &Fitted,
        asked: &Ask<'_>,
        filters: &[Filter],
        rules: &[Filter],
    ) -> Result<(), Trouble> {
        for filter in filters {
            let kind = asked.granted_field(&filter.field)?;
            if filter.one_of.iter().all(|value| kind.holds(value)) {
                continue;
            }
            let all = [std::slice::from_ref(filter), rules].concat();
            let one = Listing { filters: all, limit: 1, ..Listing::default() };
            if self.source.list(&fitted.table, &[], &one).await?.is_empty() {
                return Err(question(texts::field_takes(&filter.field, &kind.form())));
            }
        }
        Ok(())
    }
}

/// The beginning of an answer of many records: their list, and what comes behind it is left to say.
fn write_items(listed: &[Listed]) -> Vec<u8> {
    let mut out = b"{\"items\":[".to_vec();
    for (number, listed) in listed.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        listed.record.write(&mut out);
    }
    out.push(b']');
    out
}

/// An answer that says how many records were withheld of it, if any.
fn counted(mut answer: Answer, withheld: u64) -> Answer {
    if withheld > 0 {
        answer.headers.insert(WITHHELD, withheld.into());
    }
    answer
}

/// An answer with a tag by its bytes; without its body for who has them already.
fn tagged(mut answer: Answer, asked: &Ask<'_>) -> Answer {
    let AnswerBody::Whole(bytes) = &answer.body else { return answer };
    if answer.status != 200 || !matches!(asked.operation, DatasetCall::Get { .. } | DatasetCall::List) {
        return answer;
    }
    let digest = Sha256::digest(bytes);
    let tag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default()));
    let has = asked.if_none_match.is_some_and(|tags| names_tag(tags, &tag));
    if has {
        answer.status = 304;
        answer.body = AnswerBody::Whole(Bytes::new());
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.headers.insert(ETAG, tag);
    }
    answer
}

/// Whether `If-None-Match` names a tag: compared weakly, and `*` names whatever there is (RFC 9110 section 13.1.2).
fn names_tag(tags: &str, tag: &str) -> bool {
    let mut known =
        tags.split(',').map(|known| known.trim()).map(|known| known.strip_prefix("W/").unwrap_or(known));
    tags.trim() == "*" || known.any(|known| known == tag)
}
