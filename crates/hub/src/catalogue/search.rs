//! Search over everything in the registry, with and without marks. Every thing says by what it is found; the store's own full text
//! finds candidates, of which so many at most are put in order here. See `docs/decisions/0007-search.md`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::fault::Fault;
use model::text::{search_key, spelling_key};
use serde::Serialize;
use unicode_normalization::char::is_combining_mark;
use utoipa::ToSchema;

use crate::registry::index::{kind_word, words};
use crate::store::{On, Tx, all, failed};

/// Candidates that are looked at for one question, of each way to find them.
const CANDIDATES: i64 = 300;
/// Longest question, in characters, and most words of it that count.
const QUESTION_MAX: usize = 200;
const WORDS_MAX: usize = 12;
/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Hit {
    /// What it is.
    pub(crate) kind: String,
    /// The thing.
    pub(crate) id: String,
    /// What of it.
    pub(crate) part: Option<String>,
    /// Its names.
    pub(crate) name: model::agency::Name,
    /// What is shown beside its name.
    pub(crate) note: String,
    /// How well it fits: `name`, `name_without_marks`, `beginning`, `beginning_without_marks`, `words`, `words_without_marks`, `text`.
    pub(crate) fits: Fit,
    /// Of a code that has ended: since when, and what became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended: Option<Ended>,
    /// Of a field: the term that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) term: Option<String>,
}

/// A code that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = EndedCode)]
pub(crate) struct Ended {
    /// The first day on which it no longer holds.
    pub(crate) on: Date,
    /// What became of it, by cross-walk: list, code and name.
    pub(crate) became: Vec<Became>,
}

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Became {
    /// The list.
    pub(crate) list: String,
    /// The code.
    pub(crate) code: String,
    /// Its name.
    pub(crate) name: String,
}

/// How well a hit fits, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fit {
    /// It is its name or its identifier.
    Name,
    /// It is its name but for marks.
    NameWithoutMarks,
    /// Its name begins like that.
    Beginning,
    /// Its name begins like that but for marks.
    BeginningWithoutMarks,
    /// All words are in its name.
    Words,
    /// All words are in its name but for marks.
    WordsWithoutMarks,
    /// All words are somewhere in it.
    Text,
}

type Row = (i64, String, String, String, String, String, String, Option<String>, Option<String>);

/// A question, made ready.
struct Question {
    spelled: String,
    key: String,
    spelled_words: Vec<String>,
    words: Vec<String>,
}

impl Question {
    fn new(text: &str) -> Self {
        let text: String = text.chars().take(QUESTION_MAX).collect();
        let (spelled, key) = (spelling_key(&text), search_key(&text));
        let spelled_words = spelled.split_whitespace().take(WORDS_MAX).map(str::to_owned).collect();
        Self { words: words(&text).take(WORDS_MAX).collect(), spelled, key, spelled_words }
    }

    /// How well a row fits.
    fn fit(&self, (_, _, subject, part, vi, en, ..): &Row) -> Fit {
        let own = if part.is_empty() { subject } else { part };
        let spelled = [spelling_key(vi), spelling_key(en), own.to_lowercase()];
        let keys = [search_key(vi), search_key(en), search_key(own)];
        let any = |names: &[String], test: &dyn Fn(&str) -> bool| names.iter().any(|name| test(name));
        if any(&spelled, &|name| name == self.spelled) {
            Fit::Name
        } else if any(&keys, &|name| name == self.key) {
            Fit::NameWithoutMarks
        } else if any(&spelled, &|name| begins(name, &self.spelled)) {
            Fit::Beginning
        } else if any(&keys, &|name| name.starts_with(&self.key)) {
            Fit::BeginningWithoutMarks
        } else if any(&spelled, &|name| {
            self.spelled_words.iter().all(|word| name.split(' ').any(|other| other == word))
        }) {
            Fit::Words
        } else if any(&keys, &|name| self.words.iter().all(|word| name.contains(word.as_str()))) {
            Fit::WordsWithoutMarks
        } else {
            Fit::Text
        }
    }
}

/// Whether a name begins like that, its tone included.
fn begins(name: &str, beginning: &str) -> bool {
    name.strip_prefix(beginning).is_some_and(|rest| !rest.starts_with(is_combining_mark))
}

/// What an order of kinds says: what people look for most stands first where names fit equally well.
fn weight(kind: &str) -> usize {
    const ORDER: [&str; 11] = [
        "Database",
        "Term",
        "Service",
        "Agency",
        "Duty",
        "CodeList",
        "Code",
        "Field",
        "System",
        "Purpose",
        "LegalBasis",
    ];
    ORDER.iter().position(|known| *known == kind).unwrap_or(ORDER.len())
}

/// Finds what fits a question best; of one kind, or of all. Says as well whether there was more.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn find(
    tx: &mut Tx,
    text: &str,
    kind: Option<&str>,
    limit: usize,
) -> Result<(Vec<Hit>, bool), Fault> {
    let question = Question::new(text);
    if question.words.is_empty() {
        return Ok((Vec::new(), false));
    }
    let by_name = by_beginning(tx, &question.key, kind).await?;
    let by_words = by_words(tx, &question, kind).await?;
    let full = |rows: &[Row]| i64::try_from(rows.len()).is_ok_and(|count| count >= CANDIDATES);
    let mut more = full(&by_name) || full(&by_words);
    // A field stands in a service and in its contract; the one that is bound to a term says more.
    let mut found: BTreeMap<_, Row> = BTreeMap::new();
    for row in by_name.into_iter().chain(by_words) {
        let same = (row.1.clone(), row.2.clone(), row.3.clone(), row.7.clone());
        let known = found.entry(same).or_insert_with(|| row.clone());
        if known.8.is_none() {
            *known = row;
        }
    }
    let mut rows: Vec<(Fit, Row)> = found.into_values().map(|row| (question.fit(&row), row)).collect();
    rows.sort_by(|(fit, a), (other, b)| {
        let order =
            |row: &Row| (row.7.is_some(), weight(&row.1), row.4.chars().count(), row.4.clone(), row.0);
        fit.cmp(other).then_with(|| order(a).cmp(&order(b)))
    });
    more |= rows.len() > limit;
    rows.truncate(limit);
    let mut hits = Vec::with_capacity(rows.len());
    for (fits, row) in rows {
        hits.push(hit(tx, fits, row).await?);
    }
    Ok((hits, more))
}

async fn hit(tx: &mut Tx, fits: Fit, row: Row) -> Result<Hit, Fault> {
    let (_, kind, id, part, vi, en, note, ends, term) = row;
    let ended = match ends.as_deref().and_then(|day| day.parse::<Date>().ok()) {
        Some(on) => Some(Ended { on, became: became(tx, &id, &part).await? }),
        None => None,
    };
    let name = model::agency::Name { vi, en };
    Ok(Hit { kind, id, part: Some(part).filter(|part| !part.is_empty()), name, note, fits, ended, term })
}

/// What became of a code, at most ten.
async fn became(tx: &mut Tx, list: &str, code: &str) -> Result<Vec<Became>, Fault> {
    let rows: Vec<(String, String, String)> = all!(
        tx,
        "SELECT DISTINCT s.to_list, s.to_code, f.vi FROM code_step s
         JOIN found f ON f.kind = 'Code' AND f.subject = s.to_list AND f.part = s.to_code AND f.ends IS NULL
         WHERE s.from_list = $1 AND s.from_code = $2 ORDER BY s.to_list, s.to_code LIMIT 10" => list, code
    )?;
    Ok(rows.into_iter().map(|(list, code, name)| Became { list, code, name }).collect())
}

/// Rows whose name begins like the question, in either language.
async fn by_beginning(tx: &mut Tx, key: &str, kind: Option<&str>) -> Result<Vec<Row>, Fault> {
    let end = format!("{key}\u{10ffff}");
    let kind = kind.unwrap_or_default();
    all!(
        tx,
        "SELECT number, kind, subject, part, vi, en, note, ends, term FROM (
            SELECT * FROM (SELECT * FROM found WHERE key_vi >= $1 AND key_vi < $2 AND ($3 = '' OR kind = $3) ORDER BY key_vi LIMIT $4) v
            UNION SELECT * FROM (SELECT * FROM found WHERE key_en >= $1 AND key_en < $2 AND ($3 = '' OR kind = $3) ORDER BY key_en LIMIT $4) e
         ) x"
        => key, end, kind, CANDIDATES
    )
}

/// Rows in which all words are; the last one may be the beginning of a word.
async fn by_words(tx: &mut Tx, question: &Question, kind: Option<&str>) -> Result<Vec<Row>, Fault> {
    let kind = kind.map(kind_word);
    // Words are letters and digits only, so nothing in them is an operator.
    let query = |join: &str, quote: &str, prefix: &str| {
        let words = kind.iter().chain(&question.words).map(|word| format!("{quote}{word}{quote}"));
        format!("{}{prefix}", words.collect::<Vec<_>>().join(join))
    };
    match tx.0 {
        On::Lite(ref mut c) => {
            sqlx::query_as(
                "SELECT number, kind, subject, part, vi, en, note, ends, term FROM found
                 WHERE number IN (SELECT rowid FROM found_words WHERE found_words MATCH $1 LIMIT $2)",
            )
            .bind(query(" ", "\"", "*"))
            .bind(CANDIDATES)
            .fetch_all(&mut **c)
            .await
        }
        On::Pg(ref mut c) => {
            sqlx::query_as(
                "SELECT number, kind, subject, part, vi, en, note, ends, term FROM found
                 WHERE to_tsvector('simple', words) @@ to_tsquery('simple', $1) LIMIT $2",
            )
            .bind(query(" & ", "", ":*"))
            .bind(CANDIDATES)
            .fetch_all(&mut **c)
            .await
        }
    }
    .map_err(failed)
}
