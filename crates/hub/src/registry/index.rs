//! By what things are found: kept with each thing, searched by `catalogue/search.rs`.

use std::collections::BTreeSet;

use jiff::civil::Date;
use model::fault::Fault;
use model::text::search_key;
use sqlx::AssertSqlSafe;

use crate::registry::Subject;
use crate::store::{Tx, on, run};

/// What a field of a service is called among kinds.
pub(crate) const FIELD: &str = "Field";
/// What a code of a code list is called among kinds.
pub(crate) const CODE: &str = "Code";
/// Most characters of a text that it is found by.
const TEXT_MAX: usize = 1000;
/// Rows of one statement.
const ROWS: usize = 200;

/// By what a thing is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// What it is: a kind of the registry, or `Field`, `Code`.
    pub(crate) kind: &'static str,
    /// The thing.
    pub(crate) subject: String,
    /// What of it: a field, a code.
    pub(crate) part: String,
    /// Its name in Vietnamese.
    pub(crate) vi: String,
    /// Its name in English.
    pub(crate) en: String,
    /// What is shown beside its name.
    pub(crate) note: String,
    /// What else it is found by.
    pub(crate) also: String,
    /// The day from which it is no longer in force.
    pub(crate) ends: Option<Date>,
    /// The term that a field is bound to.
    pub(crate) term: Option<String>,
}

impl Found {
    /// A thing of the registry by its name.
    pub(crate) fn thing<S: Subject>(thing: &S, name: &model::agency::Name) -> Self {
        Self {
            kind: S::KIND,
            subject: thing.name().to_owned(),
            vi: name.vi.clone(),
            en: name.en.clone(),
            ..Self::default()
        }
    }

    fn words(&self) -> String {
        let also: String = self.also.chars().take(TEXT_MAX).collect();
        let text =
            [&self.vi, &self.en, &self.subject, &self.part, &self.note, &also].map(String::as_str).join(" ");
        let mut words: BTreeSet<String> = words(&text).collect();
        words.insert(kind_word(self.kind));
        words.into_iter().collect::<Vec<_>>().join(" ")
    }
}

/// The folded words of a text.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    let key = search_key(text);
    key.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter()
}

/// The word by which a kind is found among all others. Nobody writes it by chance.
pub(crate) fn kind_word(kind: &str) -> String {
    format!("kindof{}", kind.to_lowercase())
}

/// Keeps by what a thing is found, in the place of what was kept before.
pub(crate) async fn keep<S: Subject>(tx: &mut Tx, thing: &S) -> Result<(), Fault> {
    forget::<S>(tx, thing.name()).await?;
    let found = thing.found();
    for rows in found.chunks(ROWS) {
        let mut sql = "INSERT INTO found (source_kind, source, kind, subject, part, vi, en, note, key_vi, key_en, ends, term, words) VALUES ".to_owned();
        for row in 0..rows.len() {
            let places: Vec<String> = (1..=13).map(|column| format!("${}", row * 13 + column)).collect();
            sql.push_str(if row == 0 { "(" } else { ", (" });
            sql.push_str(&places.join(", "));
            sql.push(')');
        }
        on!(tx, c => {
            // Put together from numbers; values are bound.
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for row in rows {
                query = query.bind(S::KIND).bind(thing.name()).bind(row.kind).bind(&row.subject).bind(&row.part)
                    .bind(&row.vi).bind(&row.en).bind(&row.note).bind(search_key(&row.vi)).bind(search_key(&row.en))
                    .bind(row.ends.map(|day| day.to_string())).bind(&row.term).bind(row.words());
            }
            query.execute(&mut **c).await.map(drop)
        })
        .map_err(|error| tx.failed(error))?;
    }
    Ok(())
}

/// Forgets by what a thing was found.
pub(crate) async fn forget<S: Subject>(tx: &mut Tx, name: &str) -> Result<(), Fault> {
    run!(tx, "DELETE FROM found WHERE source_kind = $1 AND source = $2" => S::KIND, name)?;
    Ok(())
}
