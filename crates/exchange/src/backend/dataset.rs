//! A dataset served by the node itself: one record by its key or many by theirs, lists page by page, a count, and confirmation without
//! showing anything. Each within the fields and the rows of the grant.

mod describe;
mod stream;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use bytes::Bytes;
use connect::shown::Shown;
use connect::tally::{Tally, Trouble as Flawed};
use connect::{Column, Filter, Listed, Listing, Mapped, Mark, Native, Source, SourceError, Table, TableName};
use http::HeaderValue;
use http::header::{AGE, ETAG, HeaderName};
use model::column::Class;
use model::fault::{Fault, Words};
use model::grant::{Fields, RowRule};
use model::id::ServiceId;
use model::service::{Dataset, DatasetCall, FieldKind};
use model::unit::Units;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::backend::Answer;
use crate::backend::confirm::{Verdict, compare};
use crate::book::Offered;

pub use describe::describe;

/// Records in a page, if the caller says nothing, and at most.
const PAGE: (usize, usize) = (100, 1000);
/// Values that can be confirmed in one call.
const CONFIRM_MAX: usize = 50;
/// Largest body of a confirmation.
pub const CONFIRM_BYTES: usize = 64 * 1024;
/// Keys that can be looked up in one call.
const BATCH_MAX: usize = 1000;
/// How often the columns of a table are looked at.
const LOOK: Duration = Duration::from_secs(60);
/// How often a key that its source does not hold unique is counted. It takes a look at every row.
const COUNT: Duration = Duration::from_secs(3600);
/// How long what was wrong with records is told after it was last seen.
const TOLD: Duration = Duration::from_secs(24 * 3600);
/// The fields that the contract has and the table lacks, in an answer.
const UNAVAILABLE: HeaderName = HeaderName::from_static("lienthong-unavailable");

/// Where a dataset is.
pub struct Place {
    /// Its table.
    pub table: TableName,
    /// Columns by field, where they are not called the same.
    pub columns: BTreeMap<String, String>,
    /// By field, values of the source with the codes that they stand for.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// By field, how many digits its codes have in full.
    pub digits: BTreeMap<String, u8>,
}

/// A dataset in a database.
pub struct DatasetService {
    source: Arc<dyn Source>,
    place: Place,
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
}

/// What a dataset's source lacks.
pub struct Lacks {
    /// Fields of the contract that the table does not have.
    pub fields: Vec<String>,
    /// What is wrong with records: the field, what it is, how many of them were seen.
    pub flaws: Vec<(String, &'static str, u64)>,
}

/// A table fitted to a contract.
struct Fitted {
    offered: Arc<Offered>,
    table: Table,
    /// Fields of the contract that the table does not have, or not as it had them.
    missing: Vec<String>,
    /// What is to be known of the source.
    remarks: Vec<Words>,
    at: Instant,
}

/// What a confirmation asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    key: String,
    values: Map<String, Value>,
}

/// What a look-up of many asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    keys: Vec<String>,
}

/// What a count or a stream asks.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Narrowed {
    #[serde(default)]
    filters: BTreeMap<String, String>,
}

impl DatasetService {
    /// A dataset of `source`.
    #[must_use]
    pub fn new(source: Arc<dyn Source>, place: Place) -> Self {
        Self {
            source,
            place,
            fitted: ArcSwapOption::empty(),
            classes: RwLock::default(),
            below: RwLock::default(),
            tally: Arc::default(),
            flaws: Mutex::default(),
            counted: Mutex::default(),
        }
    }

    /// Answers a call that was decided to pass.
    ///
    /// # Errors
    /// [`Fault`] if the database fails; what the caller got wrong is an answer.
    pub async fn answer(&self, asked: &Ask<'_>) -> Result<Answer, Fault> {
        let mut answered = self.attempt(asked, false).await;
        // The table is another than it was: fitted anew, what is left of it goes on.
        if matches!(answered, Err(Trouble::Source(SourceError::Changed(_)))) {
            answered = self.attempt(asked, true).await;
        }
        match answered {
            Ok(answer) => Ok(answer),
            Err(Trouble::Asked(fault)) => Ok(Answer::problem(status_of(&fault), &fault)),
            Err(Trouble::Source(error)) => Err(failed(error, &asked.offered.service.id)),
        }
    }

    /// Looks at the table before anybody asks, if nobody has of late. Returns what of the contract it lacks, and what was wrong with records.
    ///
    /// # Errors
    /// [`SourceError`] if the database can't be read.
    pub async fn look(&self, offered: &Arc<Offered>, dataset: &Dataset) -> Result<Lacks, SourceError> {
        let known = self.fitted.load_full().filter(|fitted| fitted.is_fresh_for(offered));
        let fitted = match known {
            Some(fitted) => fitted,
            None => self.fit(offered, dataset, true).await?,
        };
        self.count_key(&fitted).await?;
        Ok(Lacks { fields: fitted.missing.clone(), flaws: self.flaws(&offered.service.id) })
    }

    /// Whether the source has JSON in a field, as far as is known.
    #[must_use]
    pub fn is_json(&self, field: &str) -> bool {
        let fitted = self.fitted.load();
        let mapped = fitted.as_ref().and_then(|fitted| fitted.table.fields.get(field));
        mapped.is_some_and(|mapped| mapped.column.class == Class::Json)
    }

    /// Counts how often the key is empty or stands twice, where the source does not hold that it never is.
    async fn count_key(&self, fitted: &Fitted) -> Result<(), SourceError> {
        let key = &fitted.table.key;
        let Some(mapped) = fitted.table.fields.get(key).filter(|mapped| !mapped.column.is_key()) else {
            return Ok(());
        };
        {
            let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            if counted.is_some_and(|at| at.elapsed() < COUNT) {
                return Ok(());
            }
            *counted = Some(Instant::now());
        }
        let (empty, twice) = self.source.doubles(&self.place.table, &mapped.column).await?;
        if empty > 0 {
            self.tally.note(key, Flawed::KeyEmpty);
        }
        if twice > 0 {
            self.tally.note(key, Flawed::KeyTwice);
        }
        Ok(())
    }

    /// What was wrong with records, until a day after it was last seen.
    fn flaws(&self, service: &ServiceId) -> Vec<(String, &'static str, u64)> {
        let mut flaws = self.flaws.lock().unwrap_or_else(PoisonError::into_inner);
        for ((field, flaw), more) in self.tally.take() {
            tracing::warn!(%service, field, flaw = flaw.word(), records = more, "records of the source are not as they should be");
            let (count, seen) = flaws.entry((field, flaw)).or_insert((0, Instant::now()));
            *count += more;
            *seen = Instant::now();
        }
        flaws.retain(|_, (_, seen)| seen.elapsed() < TOLD);
        flaws.iter().map(|((field, flaw), (count, _))| (field.clone(), flaw.word(), *count)).collect()
    }

    async fn attempt(&self, asked: &Ask<'_>, anew: bool) -> Result<Answer, Trouble> {
        let fitted = self.fit(asked.offered, asked.dataset, anew).await?;
        let mut answer = match &asked.operation {
            DatasetCall::Get { key } => self.get(&fitted, asked, key).await,
            DatasetCall::List => self.list(&fitted, asked).await,
            DatasetCall::Confirm => self.confirm(&fitted, asked).await,
            DatasetCall::Batch => self.batch(&fitted, asked).await,
            DatasetCall::Count => self.count(&fitted, asked).await,
            DatasetCall::Stream => self.stream(&fitted, asked).await,
        }?;
        let missing = fitted.missing_of(asked);
        if !missing.is_empty()
            && let Ok(names) = HeaderValue::from_str(&missing.join(", "))
        {
            answer.headers.insert(UNAVAILABLE, names);
        }
        // What was read from a file or an API a while ago says how long ago (RFC 9111).
        if let Some(age) = self.source.age() {
            answer.headers.insert(AGE, age.as_secs().into());
        }
        Ok(tagged(answer, asked))
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
        let (fields, rules) = (fitted.granted(asked), self.rules(fitted, asked)?);
        let found = self.one(fitted, &fields, key, &rules).await?;
        let found = found.ok_or(Trouble::Asked(Fault::NoRecord {}))?;
        Ok(Answer::whole_json(found.record.to_json()))
    }

    async fn batch(&self, fitted: &Fitted, asked: &Ask<'_>) -> Result<Answer, Trouble> {
        let batch: Batch = asked.read()?;
        if batch.keys.is_empty() || batch.keys.len() > BATCH_MAX {
            return Err(question(
                format!("mỗi lần tra từ 1 đến {BATCH_MAX} khoá"),
                format!("from 1 to {BATCH_MAX} keys can be looked up at once"),
            ));
        }
        let (fields, rules) = (fitted.granted(asked), self.rules(fitted, asked)?);
        let mut keys: Vec<&str> = batch.keys.iter().map(String::as_str).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut by_key: HashMap<String, Vec<Listed>> = HashMap::new();
        for listed in self.source.look_up(&fitted.table, &fields, &keys, &rules).await? {
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
                Some([only]) => only.record.write(&mut out),
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
        Ok(Answer::whole_json(out))
    }

    async fn count(&self, fitted: &Fitted, asked: &Ask<'_>) -> Result<Answer, Trouble> {
        let mut filters = self.filters(fitted, asked).await?;
        filters.extend(self.rules(fitted, asked)?);
        let count = self.source.count(&fitted.table, &filters).await?;
        Ok(Answer::json(200, &json!({ "count": count })))
    }

    async fn list(&self, fitted: &Fitted, asked: &Ask<'_>) -> Result<Answer, Trouble> {
        let mut listing = read_listing(asked, fitted)?;
        self.refuse_misfits(fitted, asked, &listing.filters).await?;
        listing.filters.extend(self.rules(fitted, asked)?);
        let limit = listing.limit;
        // One more than asked for tells whether there is a next page.
        listing.limit += 1;
        let listed = self.source.list(&fitted.table, &fitted.granted(asked), &listing).await;
        let mut listed = match listed {
            Err(SourceError::Data(_)) if listing.after.is_some() => return Err(bad_cursor()),
            listed => listed?,
        };
        let more = listed.len() > limit;
        listed.truncate(limit);
        // A cursor is the key of the last record: whoever may not see keys must narrow the list down.
        if more && !asked.fields.allow(&asked.dataset.key) {
            return Err(question(
                format!(
                    "có hơn {limit} bản ghi, và quyền đã cấp không gồm trường khoá {} để sang trang",
                    asked.dataset.key
                ),
                format!(
                    "there are more than {limit} records, and the grant lacks the key field {} that paging needs",
                    asked.dataset.key
                ),
            ));
        }
        let next = listed.last().filter(|_| more).map(|last| cursor(&last.mark));
        let mut out = b"{\"items\":[".to_vec();
        for (number, listed) in listed.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            listed.record.write(&mut out);
        }
        out.extend_from_slice(format!("],\"next\":{}}}", json!(next)).as_bytes());
        Ok(Answer::whole_json(out))
    }

    async fn confirm(&self, fitted: &Fitted, asked: &Ask<'_>) -> Result<Answer, Trouble> {
        let confirmation: Confirmation = asked.read()?;
        if confirmation.values.len() > CONFIRM_MAX {
            return Err(question(
                format!("mỗi lần đối chiếu tối đa {CONFIRM_MAX} giá trị"),
                format!("{CONFIRM_MAX} values can be confirmed at once"),
            ));
        }
        let mut kinds: Vec<(&str, FieldKind)> = Vec::new();
        for name in confirmation.values.keys() {
            kinds.push((name, asked.granted_field(name)?));
            fitted.there(name)?;
        }
        let fields: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
        let rules = self.rules(fitted, asked)?;
        let Some(Listed { record, .. }) = self.one(fitted, &fields, &confirmation.key, &rules).await? else {
            return Ok(Answer::json(200, &json!({ "found": false })));
        };
        let verdicts: Map<String, Value> = kinds
            .iter()
            .map(|(name, kind)| {
                let asked = confirmation.values.get(*name).unwrap_or(&Value::Null);
                let verdict = match record.get(name) {
                    Some(Shown::Missing(_)) => Verdict::Unavailable,
                    held => compare(*kind, asked, &held.map_or(Value::Null, Shown::value)),
                };
                ((*name).to_owned(), json!({ "match": verdict.is_match(), "how": verdict }))
            })
            .collect();
        Ok(Answer::json(200, &json!({ "found": true, "fields": verdicts })))
    }

    /// The filters in the body; without one, none.
    async fn filters(&self, fitted: &Fitted, asked: &Ask<'_>) -> Result<Vec<Filter>, Trouble> {
        let filters = asked.filters(fitted)?;
        self.refuse_misfits(fitted, asked, &filters).await?;
        Ok(filters)
    }

    /// Refuses a value that its field's kind cannot have. Unless the source holds it all the same: then it is shown, and so it is found.
    async fn refuse_misfits(
        &self,
        fitted: &Fitted,
        asked: &Ask<'_>,
        filters: &[Filter],
    ) -> Result<(), Trouble> {
        for filter in filters {
            let kind = asked.granted_field(&filter.field)?;
            if filter.one_of.iter().any(|value| !kind.holds(value))
                && self.source.count(&fitted.table, std::slice::from_ref(filter)).await? == 0
            {
                let (vi, en) = kind.form();
                return Err(question(
                    format!("trường {} nhận {vi}", filter.field),
                    format!("the field {} takes {en}", filter.field),
                ));
            }
        }
        Ok(())
    }

    /// The table fitted to the contract: anew when the contract is another, when it was long ago, or when that is asked for.
    async fn fit(
        &self,
        offered: &Arc<Offered>,
        dataset: &Dataset,
        anew: bool,
    ) -> Result<Arc<Fitted>, SourceError> {
        let known = self.fitted.load_full().filter(|fitted| Arc::ptr_eq(&fitted.offered, offered));
        if let Some(fitted) = known.clone().filter(|fitted| !anew && fitted.is_fresh_for(offered)) {
            return Ok(fitted);
        }
        let shape = match self.source.shape(&self.place.table).await {
            Ok(Some(shape)) => shape,
            Ok(None) => {
                return Err(SourceError::Failed(format!("there is no table {}", self.place.table.name)));
            }
            // A database that does not tell its columns now may still answer by those it had.
            Err(error) => return known.filter(|_| !anew).ok_or(error),
        };
        if known.as_ref().is_none_or(|known| known.remarks != shape.remarks) {
            for remark in &shape.remarks {
                tracing::warn!(service = %offered.service.id, remark = remark.en(), "of the source");
            }
        }
        let (mut fields, mut missing) = (BTreeMap::new(), Vec::new());
        for field in &dataset.fields {
            let name = self.place.columns.get(&field.name).unwrap_or(&field.name);
            // Of a source without any record nobody knows the columns: it has what the contract says, in no record.
            let column = match shape.columns.is_empty() {
                true => Some(unseen(name)),
                false => shape.columns.iter().find(|column| column.name == *name).cloned(),
            };
            let is_empty = shape.columns.is_empty();
            match column.filter(|column| is_empty || self.is_as_it_was(&field.name, column.class)) {
                Some(column) => {
                    let values = self.place.values.get(&field.name).cloned().unwrap_or_default();
                    let mapped = Mapped {
                        kind: field.kind,
                        column,
                        values,
                        digits: self.place.digits.get(&field.name).copied(),
                        original: field.original,
                        searched: field.filter || field.name == dataset.key,
                    };
                    fields.insert(field.name.clone(), mapped);
                }
                None => missing.push(field.name.clone()),
            }
        }
        if missing.contains(&dataset.key) {
            return Err(SourceError::Failed(format!(
                "the key {} is not in the table as it was",
                dataset.key
            )));
        }
        let newly = |name: &&String| known.as_ref().is_none_or(|known| !known.missing.contains(name));
        if missing.iter().any(|name| newly(&name)) {
            tracing::warn!(service = %offered.service.id, missing = missing.join(", "), "the table lacks fields of the contract; the others are served");
        }
        let table = Table { name: shape.name, key: dataset.key.clone(), fields, tally: self.tally.clone() };
        let remarks = shape.remarks;
        let fitted =
            Arc::new(Fitted { offered: offered.clone(), table, missing, remarks, at: Instant::now() });
        self.fitted.store(Some(fitted.clone()));
        Ok(fitted)
    }

    /// Whether a field's column holds what it held when it was first seen.
    fn is_as_it_was(&self, field: &str, class: Class) -> bool {
        let mut classes = self.classes.write().unwrap_or_else(PoisonError::into_inner);
        *classes.entry(field.to_owned()).or_insert(class) == class
    }

    /// The grant's rules of rows, as filters. A rule that cannot be kept lets nothing pass.
    fn rules(&self, fitted: &Fitted, asked: &Ask<'_>) -> Result<Vec<Filter>, Trouble> {
        let rule = |rule: &RowRule| {
            fitted.there(&rule.field)?;
            let mut one_of: BTreeSet<String> = rule.one_of.iter().cloned().collect();
            if let Some(unit) = &rule.under {
                // Of a number nobody knows whether it is a province's code or a commune's.
                let ambiguous =
                    |mapped: &Mapped| mapped.column.class == Class::Integer && mapped.digits.is_none();
                if fitted.table.fields.get(&rule.field).is_some_and(ambiguous) {
                    return Err(question(
                        format!("bên cung cấp chưa khai số chữ số (digits) của mã ở trường {}", rule.field),
                        format!(
                            "the provider has not set the digits of the codes in the field {}",
                            rule.field
                        ),
                    ));
                }
                if one_of.is_empty() {
                    return Ok(Filter { field: rule.field.clone(), one_of: self.below(unit) });
                }
                one_of.extend(self.below(unit).iter().cloned());
            }
            Ok(Filter { field: rule.field.clone(), one_of: Arc::new(one_of) })
        };
        asked.rows.iter().map(rule).collect()
    }

    /// A unit's code and all codes below it, of today and of former days.
    fn below(&self, unit: &str) -> Arc<BTreeSet<String>> {
        if let Some(known) = self.below.read().unwrap_or_else(PoisonError::into_inner).get(unit) {
            return known.clone();
        }
        let codes = Arc::new(below(unit));
        self.below.write().unwrap_or_else(PoisonError::into_inner).insert(unit.to_owned(), codes.clone());
        codes
    }
}

fn below(unit: &str) -> BTreeSet<String> {
    let units = Units::shipped();
    let codes = units.all().map(|one| one.code.as_str()).filter(|code| units.is_below(code, unit));
    codes.chain([unit]).map(str::to_owned).collect()
}

impl Fitted {
    fn is_fresh_for(&self, offered: &Arc<Offered>) -> bool {
        Arc::ptr_eq(&self.offered, offered) && self.at.elapsed() < LOOK
    }

    /// The fields that may be seen and are there, in the contract's order.
    fn granted<'a>(&self, asked: &Ask<'a>) -> Vec<&'a str> {
        let names = asked.dataset.fields.iter().map(|field| field.name.as_str());
        names.filter(|name| asked.fields.allow(name) && self.table.fields.contains_key(*name)).collect()
    }

    /// The granted fields that the source lacks.
    fn missing_of(&self, asked: &Ask<'_>) -> Vec<&str> {
        self.missing.iter().map(String::as_str).filter(|name| asked.fields.allow(name)).collect()
    }

    /// Whether records can be looked for by a field now: a list or an object as JSON has no one way of writing it.
    fn searched(&self, name: &str, key: &str) -> Result<(), Trouble> {
        self.there(name)?;
        let mapped = self.table.fields.get(name);
        if name == key
            || mapped
                .is_none_or(|mapped| mapped.kind != FieldKind::Text || mapped.column.class != Class::Json)
        {
            return Ok(());
        }
        Err(question(
            format!("trường {name} là JSON ở nguồn: không lọc, xếp danh sách theo nó"),
            format!("the field {name} is JSON in the source: lists are not filtered or sorted by it"),
        ))
    }

    /// Whether a field can be asked about now.
    fn there(&self, name: &str) -> Result<(), Trouble> {
        if self.table.fields.contains_key(name) {
            return Ok(());
        }
        Err(question(
            format!("trường {name} hiện không có trong cơ sở dữ liệu nguồn"),
            format!("the field {name} is not available in the source at present"),
        ))
    }
}

/// A column that no record has shown yet.
fn unseen(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        declared: String::new(),
        class: Class::Text,
        nullable: false,
        unique: true,
        comment: String::new(),
        native: Native::Written,
    }
}

/// A place in a list, for the caller to bring back.
fn cursor(mark: &Mark) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json!(mark).to_string())
}

fn bad_cursor() -> Trouble {
    question("cursor không phải là cursor đã được trả về", "the cursor is not one that was given out")
}

/// An answer with a tag by its bytes; without its body for who has them already.
fn tagged(mut answer: Answer, asked: &Ask<'_>) -> Answer {
    let crate::backend::AnswerBody::Whole(bytes) = &answer.body else { return answer };
    if answer.status != 200 || !matches!(asked.operation, DatasetCall::Get { .. } | DatasetCall::List) {
        return answer;
    }
    let digest = Sha256::digest(bytes);
    let tag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default()));
    let has = asked.if_none_match.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag));
    if has {
        answer.status = 304;
        answer.body = crate::backend::AnswerBody::Whole(Bytes::new());
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.headers.insert(ETAG, tag);
    }
    answer
}

fn question(vi: impl Into<String>, en: impl Into<String>) -> Trouble {
    Trouble::Asked(Fault::BadQuestion { why: Words::new(vi, en) })
}

/// A call on a dataset, with what the grant allows.
pub struct Ask<'a> {
    /// The service.
    pub offered: &'a Arc<Offered>,
    /// Its contract.
    pub dataset: &'a Dataset,
    /// The operation.
    pub operation: DatasetCall,
    /// The granted fields.
    pub fields: &'a Fields,
    /// The grant's rules of rows.
    pub rows: &'a [RowRule],
    /// The tags of what the caller has.
    pub if_none_match: Option<&'a str>,
    /// The query, as sent.
    pub query: Option<&'a str>,
    /// The body.
    pub body: Bytes,
}

impl Ask<'_> {
    /// The body as JSON.
    fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, Trouble> {
        let read = serde_json::from_slice(&self.body);
        read.map_err(|error| Trouble::Asked(Fault::BadQuestion { why: Words::quoted(error) }))
    }

    /// The filters in the body; without one, none.
    fn filters(&self, fitted: &Fitted) -> Result<Vec<Filter>, Trouble> {
        let narrowed: Narrowed = if self.body.is_empty() { Narrowed::default() } else { self.read()? };
        let filter = |(field, value): (String, String)| {
            self.may_filter(&field)?;
            fitted.searched(&field, &self.dataset.key)?;
            Ok(Filter::is(&field, &value))
        };
        narrowed.filters.into_iter().map(filter).collect()
    }

    /// Whether lists may be filtered and sorted by a field.
    fn may_filter(&self, name: &str) -> Result<(), Trouble> {
        self.granted_field(name)?;
        // A key with a slash in it has no place in a path; a list of one record has.
        if name == self.dataset.key || self.dataset.field(name).is_some_and(|field| field.filter) {
            return Ok(());
        }
        Err(question(
            format!("không lọc, xếp danh sách theo {name}"),
            format!("lists are not filtered or sorted by {name}"),
        ))
    }

    /// The kind of a field that may be asked about.
    fn granted_field(&self, name: &str) -> Result<FieldKind, Trouble> {
        let shown = || name.chars().take(80).collect::<String>();
        let field = self.dataset.field(name).ok_or_else(|| {
            Trouble::Asked(Fault::BadQuestion {
                why: Words::new(
                    format!("bộ dữ liệu không có trường {:?}", shown()),
                    format!("the dataset has no field {:?}", shown()),
                ),
            })
        })?;
        if self.fields.allow(name) {
            Ok(field.kind)
        } else {
            Err(Trouble::Asked(Fault::FieldNotGranted { field: shown() }))
        }
    }
}

enum Trouble {
    /// The caller's doing: an answer.
    Asked(Fault),
    Source(SourceError),
}

impl From<SourceError> for Trouble {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

/// What a source's failure is to whoever asked.
fn failed(error: SourceError, service: &ServiceId) -> Fault {
    let service = service.clone();
    match error {
        SourceError::Busy => Fault::DatabaseBusy { service },
        SourceError::KeyTwice => Fault::KeyTwice { service },
        SourceError::Failed(why)
        | SourceError::Changed(why)
        | SourceError::Unreachable(why)
        | SourceError::Unreadable(why)
        | SourceError::Data(why) => Fault::DatabaseFailed { service, why },
    }
}

fn status_of(fault: &Fault) -> u16 {
    match fault {
        Fault::NoRecord {} => 404,
        Fault::FieldNotGranted { .. } => 403,
        _ => 400,
    }
}

/// `limit`, `cursor`, `sort`, and filters by field.
fn read_listing(asked: &Ask<'_>, fitted: &Fitted) -> Result<Listing, Trouble> {
    let mut listing = Listing { limit: PAGE.0, ..Listing::default() };
    for (name, value) in url::form_urlencoded::parse(asked.query.unwrap_or_default().as_bytes()) {
        match name.as_ref() {
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=PAGE.1).contains(limit));
                listing.limit = limit.ok_or_else(|| {
                    question(
                        format!("limit là số từ 1 đến {}", PAGE.1),
                        format!("limit is a number from 1 to {}", PAGE.1),
                    )
                })?;
            }
            "cursor" => {
                // Trying cursors finds keys.
                asked.granted_field(&asked.dataset.key)?;
                listing.after = Some(read_cursor(&value).ok_or_else(bad_cursor)?);
            }
            "sort" => {
                let (field, backwards) =
                    value.strip_prefix('-').map_or((value.as_ref(), false), |field| (field, true));
                asked.may_filter(field)?;
                fitted.searched(field, &asked.dataset.key)?;
                listing.sort = Some((field.to_owned(), backwards))
                    .filter(|(field, _)| *field != asked.dataset.key || backwards);
            }
            field => {
                asked.may_filter(field)?;
                fitted.searched(field, &asked.dataset.key)?;
                listing.filters.push(Filter::is(field, &value));
            }
        }
    }
    Ok(listing)
}

fn read_cursor(text: &str) -> Option<Mark> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.as_bytes()).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What is asked of the source and held once more is what the model says a rule means.
        #[test]
        fn a_rule_of_rows_is_held_as_the_model_means_it(one_of in prop::collection::vec("[0-9]{2,5}", 0..3), under in prop::option::of("[0-9]{2}"), value in prop::option::of("[0-9]{2,5}")) {
            let rule = RowRule { field: "xa".into(), one_of: one_of.clone(), under: under.clone() };
            let mut codes: BTreeSet<String> = one_of.into_iter().collect();
            codes.extend(under.iter().flat_map(|unit| below(unit)));
            let filter = Filter { field: "xa".into(), one_of: Arc::new(codes) };
            let shown = value.clone().map_or(Shown::Null, Shown::Text);
            prop_assert_eq!(filter.allows(&shown), rule.allows(value.as_deref(), Units::shipped()));
        }
    }
}
