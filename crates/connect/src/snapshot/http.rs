//! HTTP APIs that give records as JSON, page by page. What they write stays as it is: numbers are taken by their digits.

use std::collections::HashSet;
use std::path::Path;

use async_trait::async_trait;
use model::column::Class;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::fill::{Fill, LONGEST};
use super::reader::{COLUMNS_MAX, ReadColumn};
use crate::texts;
use crate::value::{Cell, Flaw, is_whole, real_text};
use crate::{Shape, SourceError, TableName};

/// Most pages that are asked of an API.
const PAGES: usize = 100_000;
/// Most records: what a node reads of an API within the time that one is kept.
const RECORDS: u64 = 20_000_000;
/// Members that say how many pages there are.
const PAGE_TOTALS: [&str; 4] = ["total_pages", "totalPages", "last_page", "page_count"];
/// Empty pages in a row.
const EMPTY: usize = 100;
/// Longest address of a next page.
const ADDRESS: usize = 8 * 1024;
/// Members that say how many records there are in all.
const TOTALS: [&str; 6] = ["total", "total_count", "totalCount", "recordsTotal", "count", "totalElements"];

/// A page of an API.
pub struct Page {
    /// JSON, as it came.
    pub body: Vec<u8>,
    /// The address or number of the next one, if a header says so: `Link` with `rel="next"`, or `X-Next-Page`.
    pub next: Option<String>,
}

/// Gives the pages of an HTTP API: whoever has a client.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// The page at an address.
    ///
    /// # Errors
    /// Why there is none.
    async fn page(&self, address: &str) -> Result<Page, String>;
}

/// Members of an object in order, each as it is written. One that stands twice is there twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let mut reader = serde_json::Deserializer::from_str(text);
        struct Whole;
        impl<'de> Visitor<'de> for Whole {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        reader.deserialize_map(Whole).ok().map(Members)
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.get())
    }
}

/// What a column has held so far.
struct Seen {
    name: String,
    whole: bool,
    number: bool,
    boolean: bool,
    nested: bool,
    other: bool,
}

impl Seen {
    fn class(&self) -> (Class, &'static str) {
        match (self.whole, self.number, self.boolean, self.nested, self.other) {
            (true, false, false, false, false) => (Class::Integer, "integer"),
            (_, true, false, false, false) => (Class::Decimal, "number"),
            (false, false, true, false, false) => (Class::Boolean, "boolean"),
            (false, false, false, true, false) => (Class::Json, "json"),
            (false, false, false, false, _) => (Class::Text, "text"),
            _ => (Class::Text, "mixed"),
        }
    }

    fn cell(&mut self, raw: &str) -> Cell {
        match raw.as_bytes().first() {
            None | Some(b'n') => Cell::Null,
            Some(b't' | b'f') => {
                self.boolean = true;
                Cell::Text(raw.to_owned())
            }
            Some(b'"') => {
                self.other = true;
                // Half of a pair that stands for one character is no text; the records beside it are good.
                serde_json::from_str(raw).map_or_else(|_| Cell::broken(Flaw::Unreadable), Cell::Text)
            }
            Some(b'{' | b'[') => {
                self.nested = true;
                Cell::Text(raw.to_owned())
            }
            Some(_) => {
                let whole = is_whole(raw, i64::MIN.into(), i64::MAX.into());
                self.whole |= whole;
                self.number |= !whole;
                match (whole, raw.parse::<f64>()) {
                    (true, _) => raw.parse().map_or_else(|_| Cell::Text(raw.to_owned()), Cell::Integer),
                    (false, Ok(number)) if real_text(number) == raw => Cell::Real(number),
                    _ => Cell::Text(raw.to_owned()),
                }
            }
        }
    }
}

/// A table that is made of the records of an API as they come.
struct Made<'a> {
    path: &'a Path,
    fill: Option<Fill>,
    seen: Vec<Seen>,
    records: u64,
    /// Records that are `null`.
    nothing: u64,
    doubled: bool,
}

impl Made<'_> {
    async fn add(&mut self, record: &Members<'_>) -> Result<(), String> {
        self.records += 1;
        if self.records > RECORDS {
            return Err(format!("it has more than {RECORDS} records; that wants a database"));
        }
        let mut cells: Vec<Option<Cell>> = self.seen.iter().map(|_| None).collect();
        for (name, value) in &record.0 {
            let at = match self.seen.iter().position(|seen| seen.name == *name) {
                Some(at) => at,
                None => {
                    self.widen(name).await?;
                    cells.push(None);
                    self.seen.len() - 1
                }
            };
            if let (Some(cell), Some(seen)) = (cells.get_mut(at), self.seen.get_mut(at)) {
                // Of a member that stands twice nobody knows which is right.
                self.doubled |= cell.is_some();
                *cell = Some(match cell {
                    None => seen.cell(value.get()),
                    Some(_) => Cell::broken(Flaw::Unreadable),
                });
            }
        }
        let cells: Vec<Cell> = cells.into_iter().map(|cell| cell.unwrap_or(Cell::Null)).collect();
        match &mut self.fill {
            Some(fill) => fill.row(&cells).await,
            None => Err("a record has no members".to_owned()),
        }
    }

    async fn widen(&mut self, name: &str) -> Result<(), String> {
        if self.seen.len() >= COLUMNS_MAX {
            return Err(format!("its records have more than {COLUMNS_MAX} members"));
        }
        // Names of columns are compared without case.
        let is_twin = |seen: &Seen| seen.name.to_lowercase() == name.to_lowercase();
        if let Some(twin) = self.seen.iter().find(|seen| is_twin(seen)) {
            return Err(format!(
                "its records have members that differ in case only: {} and {name}",
                twin.name
            ));
        }
        match &mut self.fill {
            Some(fill) => fill.add_column(name).await?,
            None => {
                let mut fill = Fill::create(self.path).await?;
                fill.begin(&[name.to_owned()]).await?;
                self.fill = Some(fill);
            }
        }
        self.seen.push(Seen {
            name: name.to_owned(),
            whole: false,
            number: false,
            boolean: false,
            nested: false,
            other: false,
        });
        Ok(())
    }
}

/// Reads all pages into a table at `path`, as long as that may take.
pub(super) async fn read(
    address: &str,
    items: &str,
    client: &dyn Fetch,
    path: &Path,
) -> Result<Shape, SourceError> {
    let read = tokio::time::timeout(LONGEST, read_pages(address, items, client, path)).await;
    read.unwrap_or_else(|_| {
        Err(SourceError::Failed(format!("it takes longer than {} s to read", LONGEST.as_secs())))
    })
}

async fn read_pages(
    address: &str,
    items: &str,
    client: &dyn Fetch,
    path: &Path,
) -> Result<Shape, SourceError> {
    let failed = SourceError::Failed;
    let mut made = Made { path, fill: None, seen: Vec::new(), records: 0, nothing: 0, doubled: false };
    let (mut next, mut asked, mut before) = (Some(address.to_owned()), HashSet::new(), Vec::new());
    let (mut said, mut of_pages, mut empty) = (0, 0, 0);
    while let Some(address) = next.take() {
        if !asked.insert(address.clone()) {
            return Err(failed(format!("its pages go in a circle: {address} comes again")));
        }
        if asked.len() > PAGES {
            return Err(failed(format!("it has more than {PAGES} pages")));
        }
        let page = client.page(&address).await.map_err(failed)?;
        let body = page.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&page.body);
        let text = std::str::from_utf8(body).map_err(|error| failed(format!("{address}: {error}")))?;
        if !before.is_empty() && before == body {
            return Err(failed(format!("{address} gives the page before once more")));
        }
        if went_wrong(text) {
            return Err(failed(format!("{address} answers that something went wrong")));
        }
        let list = list_of(text, items).ok_or_else(|| failed(format!("{address} has no list of records")))?;
        // A few empty pages may stand between; without end they do not.
        empty = if list.is_empty() { empty + 1 } else { 0 };
        for record in list {
            if record.get() == "null" {
                made.nothing += 1;
                continue;
            }
            let record = Members::of(record.get())
                .ok_or_else(|| failed(format!("{address}: a record is no object")))?;
            made.add(&record).await.map_err(failed)?;
        }
        let outer: Vec<&str> = items.split('/').skip(1).collect();
        let beside = outer.split_last().map_or(&[][..], |(_, above)| above);
        let totals = TOTALS.iter().flat_map(|name| {
            [vec![*name], vec!["meta", name], vec!["pagination", name], [beside, &[*name]].concat()]
        });
        let total =
            totals.filter_map(|path| within(text, &path)?.trim_matches('"').parse::<u64>().ok()).max();
        let pages = PAGE_TOTALS.iter();
        let pages =
            pages.filter_map(|name| within(text, &[name])?.trim_matches('"').parse::<usize>().ok()).max();
        of_pages = pages.unwrap_or(of_pages);
        said = total.unwrap_or(said);
        next = following(&address, &page, text)?;
        if next.is_some() && empty > EMPTY {
            return Err(failed(format!("{address}: {empty} pages in a row are empty and name a next one")));
        }
        before = body.to_vec();
    }
    if of_pages > asked.len() {
        return Err(failed(format!("it says that it has {of_pages} pages and named {}", asked.len())));
    }
    if said > made.records + made.nothing {
        return Err(failed(format!(
            "it says that it has {said} records and gave {}; settings must name an address that gives all, or pages with a next",
            made.records
        )));
    }
    finish(made).await
}

async fn finish(made: Made<'_>) -> Result<Shape, SourceError> {
    let mut remarks = Vec::new();
    if made.doubled {
        remarks.push(texts::members_twice());
    }
    if made.nothing > 0 {
        remarks.push(texts::nulls_left_out(made.nothing));
    }
    let Some(fill) = made.fill else {
        remarks.push(texts::no_records());
        let name = TableName { schema: None, name: "data".to_owned() };
        return Ok(Shape { name, columns: Vec::new(), rows: Some(0), view: false, remarks });
    };
    let columns = made.seen.iter().map(|seen| {
        let (class, declared) = seen.class();
        ReadColumn { name: seen.name.clone(), class, declared: declared.to_owned() }
    });
    fill.shape(columns.collect(), remarks).await
}

/// The list of records in a page.
fn list_of<'a>(text: &'a str, items: &str) -> Option<Vec<&'a RawValue>> {
    let list = |text: &'a str| serde_json::from_str::<Vec<&RawValue>>(text).ok();
    if items.is_empty() {
        return list(text).or_else(|| {
            let outer = Members::of(text)?;
            ["items", "data", "results"].iter().find_map(|name| list(outer.get(name)?))
        });
    }
    let mut at = text;
    for step in items.strip_prefix('/')?.split('/') {
        let step = step.replace("~1", "/").replace("~0", "~");
        at = Members::of(at)?.get(&step)?;
    }
    list(at)
}

/// Where answers say what comes next.
const NEXT: [&[&str]; 13] = [
    &["next"],
    &["links", "next"],
    &["_links", "next"],
    &["_links", "next", "href"],
    &["@odata.nextLink"],
    &["paging", "next"],
    &["pagination", "next"],
    &["meta", "next"],
    &["next", "href"],
    &["nextPage"],
    &["next_page"],
    &["nextLink"],
    &["next_url"],
];
/// Members by which an answer says that there is more.
const MORE: [&str; 7] =
    ["has_more", "hasMore", "has_next", "hasNext", "incomplete", "incomplete_results", "truncated"];
/// Marks that some take to ask for the next page with, in a way that only they know.
const MARKS: [&str; 4] = ["next_cursor", "nextCursor", "next_token", "nextPageToken"];
/// Members by which an answer says that it went wrong, whatever its status is.
const WRONG: [&str; 3] = ["error", "errors", "fault"];

/// A member of a member.
fn within<'a>(text: &'a str, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(text, |at, name| Members::of(at)?.get(name))
}

/// Whether an answer says that it went wrong.
fn went_wrong(text: &str) -> bool {
    let is_empty = |said: &str| matches!(said, "null" | "[]" | "{}" | "\"\"" | "false" | "0");
    ["success", "ok"].iter().any(|name| within(text, &[name]) == Some("false"))
        || WRONG.iter().any(|name| within(text, &[name]).is_some_and(|said| !is_empty(said)))
}

/// The address of the next page: by a header, or by a member, which is an address or the number of a page.
fn following(address: &str, page: &Page, text: &str) -> Result<Option<String>, SourceError> {
    let said = |raw: &str| match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(raw).ok(),
        Some(b'0'..=b'9') => Some(raw.to_owned()),
        _ => None,
    };
    let member = NEXT.iter().find_map(|path| within(text, path).and_then(said));
    let next = page.next.clone().or(member).filter(|next| !next.is_empty());
    let is_marked =
        |name: &str| within(text, &[name]).is_some_and(|mark| !matches!(mark, "null" | "\"\"" | "false"));
    let more =
        MORE.iter().any(|name| within(text, &[name]) == Some("true")) || MARKS.into_iter().any(is_marked);
    match next {
        Some(next) if next.len() > ADDRESS => {
            Err(SourceError::Failed(format!("{address} names a next page of {} bytes", next.len())))
        }
        Some(next) => joined(address, &next).map(Some),
        None if more => Err(SourceError::Failed(format!("{address} says that there is more, and not where"))),
        None => Ok(None),
    }
}

/// The address of the next page, which must be at the same place: an answer does not lead the node elsewhere.
fn joined(address: &str, on: &str) -> Result<String, SourceError> {
    let failed = |error: &dyn std::fmt::Display| SourceError::Failed(error.to_string());
    let base = url::Url::parse(address).map_err(|error| failed(&error))?;
    if on.bytes().all(|byte| byte.is_ascii_digit()) {
        let mut next = base.clone();
        let others: Vec<(String, String)> = base
            .query_pairs()
            .filter(|(name, _)| name != "page")
            .map(|(a, b)| (a.into(), b.into()))
            .collect();
        next.query_pairs_mut().clear().extend_pairs(others).append_pair("page", on);
        return Ok(next.to_string());
    }
    let next = base.join(on).map_err(|error| failed(&error))?;
    if next.origin() == base.origin() {
        Ok(next.to_string())
    } else {
        Err(SourceError::Failed(format!(
            "its next page is elsewhere: {}",
            next.origin().ascii_serialization()
        )))
    }
}
