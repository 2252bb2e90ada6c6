//! By what things are found: kept with each thing, searched by `catalogue/search.rs`.

use std::collections::BTreeSet;

use jiff::civil::Date;
use model::fault::Fault;
use model::text::search_key;

use crate::registry::Subject;
use crate::registry::row::{self, Cell, text, text_if_any};
use crate::store::{Tx, run};

/// What a field of a service is called among kinds.
pub(crate) const FIELD: &str = "Field";
/// What a code of a code list is called among kinds.
pub(crate) const CODE: &str = "Code";
/// Most characters of a text that it is found by.
const TEXT_MAX: usize = 1000;
/// The columns of its table, as [`Found::row`] has them.
const COLUMNS: [&str; 13] = [
    "source_kind",
    "source",
    "kind",
    "subject",
    "part",
    "vi",
    "en",
    "note",
    "key_vi",
    "key_en",
    "ends",
    "term",
    "words",
];

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

    /// Its row, kept with the thing it comes of.
    fn row<S: Subject>(&self, source: &S) -> Vec<Cell> {
        let [vi, en] = [&self.vi, &self.en].map(|name| text(search_key(name)));
        let texts =
            [S::KIND, source.name(), self.kind, &self.subject, &self.part, &self.vi, &self.en, &self.note];
        let ends = [vi, en, text_if_any(self.ends), text_if_any(self.term.as_ref()), text(self.words())];
        texts.map(text).into_iter().chain(ends).collect()
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

/// Whether each word of a text begins a word of what is looked through. A text without a letter or a digit is in nothing.
pub(crate) fn says(parts: &[&str], text: &str) -> bool {
    if text.trim().is_empty() {
        return true;
    }
    let (wanted, has): (Vec<String>, Vec<String>) =
        (words(text).collect(), words(&parts.join(" ")).collect());
    !wanted.is_empty() && wanted.iter().all(|word| has.iter().any(|known| known.starts_with(word.as_str())))
}

/// The word by which a kind is found among all others. Nobody writes it by chance.
pub(crate) fn kind_word(kind: &str) -> String {
    format!("kindof{}", kind.to_lowercase())
}

/// Keeps by what a thing is found, in the place of what was kept before.
pub(crate) async fn keep<S: Subject>(tx: &mut Tx, thing: &S) -> Result<(), Fault> {
    forget::<S>(tx, thing.name()).await?;
    let rows: Vec<Vec<Cell>> = thing.found().iter().map(|found| found.row(thing)).collect();
    row::add(tx, "found", &COLUMNS, &rows).await
}

/// Forgets by what a thing was found.
pub(crate) async fn forget<S: Subject>(tx: &mut Tx, name: &str) -> Result<(), Fault> {
    run!(tx, "DELETE FROM found WHERE source_kind = $1 AND source = $2" => S::KIND, name)?;
    Ok(())
}
