//! Official lists of databases: how many of each are identified, and by what; and what a list that somebody holds would change.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::agency::{Agency, Name};
use model::database::{Database, Scale, Standing};
use model::fault::{Fault, Words};
use model::id::MemberId;
use model::official::{self, Evidence, Listing, OfficialList};
use model::text::{search_key, spelling_key};
use serde::Serialize;
use utoipa::ToSchema;

use crate::registry::Subject as _;
use crate::registry::check::{Gathered, check_text};
use crate::sheet::read::{Row, Table};
use crate::texts;

/// The columns of a list, and the one that it must have.
const NEEDED: [&str; 1] = ["name_vi"];
const COLUMNS: [&str; 6] = ["name_vi", "name_en", "number", "code", "scale", "owner"];
/// Most rows of a list: as many as are applied together.
const ROWS_MAX: usize = 5_000;
/// The words that names of databases begin with, and how they are shortened.
const DATABASE: &str = "Cơ sở dữ liệu";
const SHORT: &str = "csdl ";
/// Words that say nothing of what a database holds.
const FILLERS: [&str; 12] =
    ["co", "so", "du", "lieu", "csdl", "quoc", "gia", "ve", "cua", "va", "cac", "nganh"];
/// Names are near each other from this share of common words on, in percent.
const NEAR: usize = 60;

/// An official list, and how much of it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OfficialListCounted)]
pub(crate) struct Counted {
    /// Its code.
    pub(crate) code: &'static str,
    /// Its name.
    pub(crate) name: Name,
    /// The act that makes it.
    pub(crate) act: &'static str,
    /// How many databases the act says there are; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entries: Option<usize>,
    /// How many databases of the registry are known to be on it.
    pub(crate) identified: usize,
    /// The same by what shows it: the annex itself, a source that names them, what follows from a source.
    pub(crate) evidence: BTreeMap<Evidence, usize>,
    /// How many of them their owners have registered and an officer of the hub has confirmed.
    pub(crate) confirmed: usize,
}

/// All lists, counted over these databases, each as it stands. Candidates are on no list.
pub(crate) fn counted<'a>(databases: impl Iterator<Item = &'a Database>) -> Vec<Counted> {
    let kinds = [Evidence::Annex, Evidence::Named, Evidence::Implied];
    let count = |list: OfficialList| Counted {
        code: list.code,
        name: list.name,
        act: list.act,
        entries: list.entries,
        identified: 0,
        evidence: kinds.into_iter().map(|evidence| (evidence, 0)).collect(),
        confirmed: 0,
    };
    let mut lists: Vec<Counted> = official::lists().into_iter().map(count).collect();
    for database in databases.filter(|database| database.standing != Standing::Candidate) {
        for listing in &database.listed {
            let Some(list) = lists.iter_mut().find(|list| list.code == listing.list) else { continue };
            list.identified += 1;
            *list.evidence.entry(listing.evidence).or_default() += 1;
            list.confirmed += usize::from(database.standing == Standing::Confirmed);
        }
    }
    lists
}

/// What a database says of the lists that it is on: lists we know, each once, and none of a candidate.
pub(crate) fn check(database: &Database) -> Result<(), Fault> {
    let subject = (Database::KIND, database.id.as_str());
    let mut seen = HashSet::new();
    let mut gathered = Gathered::default();
    for (at, listing) in database.listed.iter().enumerate() {
        let place = |member: &str| format!("listed.{at}.{member}");
        gathered.must(official::list(&listing.list).is_some(), subject, &place("list"), || {
            let known: Vec<&str> = official::lists().iter().map(|list| list.code).collect();
            texts::no_such_list(&listing.list, known.join(", "))
        });
        let once = seen.insert(&listing.list);
        gathered.must(once, subject, &place("list"), || texts::listed_twice(&listing.list));
        gathered.take(&place("act"), check_text(subject, "listed.act", &listing.act))?;
        if let Some(source) = &listing.source {
            gathered.take(&place("source"), check_text(subject, "listed.source", source))?;
        }
    }
    let planned = database.standing == Standing::Candidate && !database.listed.is_empty();
    gathered.must(!planned, subject, "standing", texts::candidate_on_a_list);
    gathered.done()
}

/// What is loaded: a list, by an act and from a place.
pub(crate) struct Annex<'a> {
    /// The list.
    pub(crate) list: &'a OfficialList,
    /// The act, with what has amended it.
    pub(crate) act: String,
    /// Where it was read.
    pub(crate) source: Option<String>,
}

/// What a list makes of the registry.
pub(crate) struct Plan {
    /// The databases as they would be: those that the list names, and those that are on it no longer.
    pub(crate) databases: Vec<Database>,
    /// What whoever loads it should look at.
    pub(crate) remarks: Vec<Remark>,
}

/// What whoever loads a list should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OfficialListRemark)]
pub(crate) struct Remark {
    /// The row; absent if it is about the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// In Vietnamese.
    vi: String,
    /// In English.
    en: String,
}

impl Remark {
    fn new(line: Option<usize>, words: &Words) -> Self {
        Self { line, vi: words.vi().to_owned(), en: words.en().to_owned() }
    }
}

/// What a list would make of the registry. It is taken as whole: what is not in it is on it no longer.
///
/// # Errors
/// [`Fault::BadDocument`] with line and cell.
pub(crate) fn plan(
    annex: &Annex<'_>,
    table: &Table,
    databases: Vec<Database>,
    agencies: &[Agency],
) -> Result<Plan, Fault> {
    table.check_columns(&NEEDED, &COLUMNS)?;
    let rows: Vec<Row<'_>> = table.rows().collect();
    if let Some(row) = rows.get(ROWS_MAX) {
        return Err(row.bad("name_vi", &texts::list_too_long(ROWS_MAX)));
    }
    let mut remarks = Vec::new();
    if let Some(entries) = annex.list.entries.filter(|entries| *entries != rows.len()) {
        remarks.push(Remark::new(None, &texts::other_count(annex.list.act, entries, rows.len())));
    }
    let found = found(&rows, &databases)?;
    // Codes of the list's own: those of the catalogue that ships go on without it.
    let own = format!("{}-", annex.list.code);
    let numbers = databases.iter().filter_map(|database| database.id.strip_prefix(&own)?.parse::<u32>().ok());
    let mut next = numbers.max().unwrap_or_default();
    let named: HashSet<usize> = found.iter().copied().flatten().collect();
    let others: Vec<&Database> =
        databases.iter().enumerate().filter(|(at, _)| !named.contains(at)).map(|(_, one)| one).collect();
    let mut planned = Vec::new();
    for (row, found) in rows.iter().zip(&found) {
        let owner = owner(row, agencies)?;
        let mut database = match found.and_then(|at| databases.get(at)) {
            Some(database) => database.clone(),
            None => {
                next += 1;
                let new = new(row, format!("{own}{next:03}"), &annex.act)?;
                if let Some(near) = near(&new.name.vi, &others) {
                    let told = texts::perhaps_the_same(&new.name.vi, &near.id, &near.name.vi);
                    remarks.push(Remark::new(Some(row.line), &told));
                }
                new
            }
        };
        match (&database.owner, owner) {
            (Some(there), Some(told)) if *there != told => {
                remarks.push(Remark::new(Some(row.line), &texts::other_owner(&database.id, there, &told)));
            }
            (None, told) => database.owner = told,
            _ => {}
        }
        put(&mut database, annex, row.parse("number", str::parse)?);
        planned.push(database);
    }
    // What was on the list and is not in this one.
    for other in others.into_iter().filter(|other| on(other, annex.list).is_some()) {
        let mut database = other.clone();
        database.listed.retain(|listing| listing.list != annex.list.code);
        planned.push(database);
    }
    Ok(Plan { databases: planned, remarks })
}

fn on<'a>(database: &'a Database, list: &OfficialList) -> Option<&'a Listing> {
    database.listed.iter().find(|listing| listing.list == list.code)
}

/// Puts a database on the list. A candidate is none any more: the act names it.
fn put(database: &mut Database, annex: &Annex<'_>, number: Option<u32>) {
    if database.standing == Standing::Candidate {
        database.standing = Standing::Sourced;
    }
    let listing = Listing {
        list: annex.list.code.to_owned(),
        act: annex.act.clone(),
        evidence: Evidence::Annex,
        number,
        source: annex.source.clone(),
        // Days that an officer has corrected stay.
        due: on(database, annex.list).map_or_else(|| annex.list.due.clone(), |there| there.due.clone()),
    };
    match database.listed.iter_mut().find(|there| there.list == listing.list) {
        Some(there) => *there = listing,
        None => database.listed.push(listing),
    }
}

/// Of each row the place of the database that it names: by its code, or else by its name.
fn found(rows: &[Row<'_>], databases: &[Database]) -> Result<Vec<Option<usize>>, Fault> {
    let by_code: HashMap<&str, usize> =
        databases.iter().enumerate().map(|(at, database)| (database.id.as_str(), at)).collect();
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, database) in databases.iter().enumerate() {
        by_name.entry(name_key(&database.name.vi)).or_default().push(at);
    }
    let (mut found, mut names) = (Vec::with_capacity(rows.len()), BTreeSet::new());
    for row in rows {
        let key = name_key(row.need("name_vi")?);
        let at = match row.get("code") {
            Some(code) => {
                let at = by_code.get(code).copied();
                Some(at.ok_or_else(|| row.bad("code", &texts::no_such_database(code)))?)
            }
            None => match by_name.get(&key).map(Vec::as_slice).unwrap_or_default() {
                [] => None,
                [at] => Some(*at),
                several => {
                    let codes = several.iter().filter_map(|at| databases.get(*at));
                    let codes: Vec<&str> = codes.map(|database| database.id.as_str()).collect();
                    return Err(row.bad("name_vi", &texts::several_of_the_name(codes.join(", "))));
                }
            },
        };
        if !names.insert(at.ok_or(key)) {
            return Err(row.bad("name_vi", &texts::row_twice()));
        }
        found.push(at);
    }
    Ok(found)
}

/// What a name is compared by: `CSDL đất đai` is `Cơ sở dữ liệu đất đai`.
fn name_key(name: &str) -> String {
    let key = spelling_key(name);
    match key.strip_prefix(SHORT) {
        Some(rest) => format!("{} {rest}", spelling_key(DATABASE)),
        None => key,
    }
}

/// The agency that a row names, by identifier or name.
fn owner(row: &Row<'_>, agencies: &[Agency]) -> Result<Option<MemberId>, Fault> {
    let Some(said) = row.get("owner") else { return Ok(None) };
    let key = spelling_key(said);
    let found =
        agencies.iter().find(|agency| agency.id.as_str() == said || spelling_key(&agency.name.vi) == key);
    match found {
        Some(agency) => Ok(Some(agency.id.clone())),
        None => Err(row.bad("owner", &texts::no_such_owner(said))),
    }
}

/// A database that only the list knows.
fn new(row: &Row<'_>, id: String, act: &str) -> Result<Database, Fault> {
    let vi = row.need("name_vi")?.to_owned();
    let national = name_key(&vi).starts_with(&spelling_key("Cơ sở dữ liệu quốc gia"));
    let scale = row.parse("scale", |said| match said {
        "national" => Ok(Scale::National),
        "sectoral" => Ok(Scale::Sectoral),
        other => Err(format!("{other}: national, sectoral")),
    })?;
    let scale = scale.unwrap_or(if national { Scale::National } else { Scale::Sectoral });
    // An annex is in Vietnamese; whoever has no English name shows that one.
    let name = Name { en: row.get("name_en").unwrap_or(&vi).to_owned(), vi };
    Ok(Database { legal_basis: Some(act.to_owned()), ..Database::new(id, name, scale, Standing::Sourced) })
}

/// The database whose name has most words in common with this one, if they are many.
fn near<'a>(name: &str, databases: &[&'a Database]) -> Option<&'a Database> {
    let words = |name: &str| -> BTreeSet<String> {
        let key = search_key(name);
        let words = key.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.filter(|word| !FILLERS.contains(word)).map(str::to_owned).collect()
    };
    let own = words(name);
    let share = |other: &BTreeSet<String>| {
        let all = own.union(other).count();
        (own.intersection(other).count() * 100).checked_div(all).unwrap_or_default()
    };
    let shares = databases.iter().map(|database| (share(&words(&database.name.vi)), *database));
    shares.filter(|(share, _)| *share >= NEAR).max_by_key(|(share, _)| *share).map(|(_, near)| near)
}
