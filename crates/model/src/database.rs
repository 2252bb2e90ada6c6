//! Databases: as the registry has them, and the catalogue that the program ships (`data/databases.tsv`).

use std::collections::HashMap;
use std::num::NonZeroU32;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agency::{AgencyCode, Name};
use crate::endpoint::Endpoint;
use crate::grant::{Fields, Grant, RowRule, named};
use crate::id::{MemberId, ServiceId, SystemId};
use crate::official::{self, Evidence, Listing};
use crate::table;

/// A national or sectoral database: an entry of the catalogue (Decree 102/2025 and Decree 278/2025, rules 1.4).
///
/// What is absent is not known yet. It is shown as that, never as a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Its code, `VNDB-013`.
    pub id: String,
    /// In both languages.
    pub name: Name,
    /// National or sectoral.
    pub scale: Scale,
    /// How it got into the catalogue.
    pub standing: Standing,
    /// One of the eleven that the Prime Minister's dispatch 103/CĐ-TTg puts first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub priority: bool,
    /// The official lists that it is on, by which act, and what shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listed: Vec<Listing>,
    /// The agency that answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<MemberId>,
    /// The text that orders it, in Vietnamese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// What it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Where its data come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_sources: Option<String>,
    /// Who uses it, and for what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<String>,
    /// How it is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ways_of_use: Option<String>,
    /// How it is shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ways_of_sharing: Option<String>,
    /// Its class by the Law on Data (rule DL-01).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// How long its data are kept (rule DL-05).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// Level of information security, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_level: Option<u8>,
    /// Whether it holds personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal_data: Option<PersonalData>,
    /// The systems whose services share it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub systems: Vec<SystemId>,
    /// Which of their services do, where a system has services of several databases; none: all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sharing_services: Vec<ServiceId>,
    /// The data of which it is the one master in the State (rule CN-03).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub master_data: Vec<Datum>,
    /// What of it is open data (rule DL-06).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_data: Vec<OpenSet>,
    /// How far it is, as its owner says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declared>,
    /// The day by which it must be in shared use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Date>,
    /// The database that takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// What its sources say of its state, and where the facts come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Database {
    /// A database of which nothing but this is known.
    #[must_use]
    pub fn new(id: String, name: Name, scale: Scale, standing: Standing) -> Self {
        Self {
            id,
            name,
            scale,
            standing,
            priority: false,
            listed: Vec::new(),
            owner: None,
            legal_basis: None,
            scope: None,
            data_sources: None,
            users: None,
            ways_of_use: None,
            ways_of_sharing: None,
            class: None,
            retention: None,
            security_level: None,
            personal_data: None,
            systems: Vec::new(),
            sharing_services: Vec::new(),
            master_data: Vec::new(),
            open_data: Vec::new(),
            declared: None,
            deadline: None,
            successor: None,
            note: None,
        }
    }

    /// Whether its owner names this service as one that shares it.
    #[must_use]
    pub fn names(&self, service: &ServiceId) -> bool {
        self.systems.contains(&service.system())
            && (self.sharing_services.is_empty() || self.sharing_services.contains(service))
    }
}

/// A set of open data: the public fields of a service, and no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OpenSet)]
pub struct OpenSet {
    /// Its code: `gia-dat`.
    pub code: String,
    /// In both languages.
    pub name: Name,
    /// The service whose fields it has, as far as its contract in force calls them public.
    pub service: ServiceId,
    /// How often it is brought up to date.
    pub update: Update,
}

/// How often data are brought up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UpdateInterval)]
pub enum Update {
    /// As things happen.
    Continuous,
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every quarter.
    Quarterly,
    /// Every year.
    Annual,
    /// At no fixed time.
    Irregular,
}

/// Cơ sở dữ liệu quốc gia, chuyên ngành.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DatabaseScale)]
pub enum Scale {
    /// Quốc gia.
    National,
    /// Chuyên ngành.
    Sectoral,
}

/// How a database got into the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DatabaseStatus)]
pub enum Standing {
    /// Made up from the sectors' laws to fill test data. Must never be shown as one of an official list.
    Candidate,
    /// A source names it; its owner has not registered it.
    Sourced,
    /// Its owner has registered it, with all that the rules ask for.
    Registered,
    /// An officer of the hub has confirmed what its owner has registered. No document says so of itself.
    Confirmed,
}

/// Class of data by Law 60/2024/QH15 Art. 13(2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DataClass)]
pub enum Class {
    /// Cốt lõi.
    Core,
    /// Quan trọng.
    Important,
    /// Khác.
    Other,
}

/// How long data are kept: Decree 165/2025 Art. 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// For good.
    Permanent,
    /// For so many months.
    #[schema(value_type = u32)]
    Months(std::num::NonZeroU32),
}

/// Whether a database holds personal data: Law 91/2025/QH15.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonalData {
    /// None.
    None,
    /// Basic ones.
    Basic,
    /// Sensitive ones.
    Sensitive,
}

/// A datum that agencies share: a date of birth, the owner of a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MasterDatum)]
pub struct Datum {
    /// Its code, the same wherever it is spoken of.
    pub code: String,
    /// In both languages.
    pub name: Name,
}

/// A duty to share (R4): the master of a datum gives it to those who are entitled, on a legal basis, by a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// Its code.
    pub id: String,
    /// The datum. Who must share it is the owner of the database that is its master.
    pub datum: String,
    /// The agencies that are entitled to it.
    pub receivers: Vec<MemberId>,
    /// The legal basis.
    pub basis: String,
    /// The day by which it must be shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Date>,
    /// The technical standard it is shared by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard: Option<String>,
    /// The service that meets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceId>,
    /// What of the service each receiver may have without asking for it case by case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
}

/// What the holder of a datum gives to whoever is entitled to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DutyTerms)]
pub struct Terms {
    /// Which fields.
    pub fields: Fields,
    /// Which endpoints; none: what a grant without endpoints covers.
    #[serde(default, deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Endpoint>, min_items = 1)]
    pub endpoints: Option<Vec<Endpoint>>,
    /// Which records; none: all.
    #[serde(default, deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<RowRule>, min_items = 1)]
    pub rows: Option<Vec<RowRule>>,
    /// Calls a second at most.
    #[schema(value_type = u32, minimum = 1)]
    pub per_second: NonZeroU32,
}

impl Terms {
    /// What of a grant goes beyond them, by its members' names. Endpoints are compared as they are written: whether a pattern lies within
    /// another one nobody has to find out.
    #[must_use]
    pub fn exceeded_by(&self, grant: &Grant) -> Vec<&'static str> {
        let fields = match (&self.fields, &grant.fields) {
            (Fields::All, _) => true,
            (Fields::Only(_), Fields::All) => false,
            (Fields::Only(given), Fields::Only(asked)) => asked.is_subset(given),
        };
        let endpoints = match (&self.endpoints, &grant.endpoints) {
            (None, None) => true,
            (Some(given), Some(asked)) => asked.iter().all(|one| given.contains(one)),
            (None, Some(_)) | (Some(_), None) => false,
        };
        let held = [
            ("fields", fields),
            ("endpoints", endpoints),
            (
                "rows",
                self.rows.iter().flatten().all(|rule| grant.rows.iter().flatten().any(|asked| asked == rule)),
            ),
            ("per_second", grant.per_second <= self.per_second),
        ];
        held.into_iter().filter(|(_, held)| !held).map(|(name, _)| name).collect()
    }
}

/// A stage of the roadmap, declared by the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeclaredStage)]
pub struct Declared {
    /// The stage.
    pub stage: Stage,
    /// Since when.
    pub since: Date,
    /// What shows it: a decision, minutes, an address.
    pub evidence: String,
}

/// Stages of the roadmap, first to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SharingStage)]
pub enum Stage {
    /// Chưa triển khai.
    NotStarted,
    /// Đang thiết kế.
    Designing,
    /// Đang xây dựng.
    Building,
    /// Đang làm sạch.
    Cleaning,
    /// Đã kết nối.
    Connected,
    /// Đã dùng chung.
    InSharedUse,
}

/// A row of `data/databases.tsv`: a database known at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippedDatabase {
    /// Our code, `VNDB-013`.
    pub code: &'static str,
    /// In both languages.
    pub name: Name,
    /// National or sectoral.
    pub scale: Scale,
    /// Code of the owning agency, if one follows from the source.
    pub owner: Option<AgencyCode>,
    /// One of the eleven of the Prime Minister's dispatch.
    pub priority: bool,
    /// Whether a source names it.
    pub standing: Standing,
    /// The official lists that it is on, as far as sources show.
    pub listed: Vec<Listing>,
    /// What the sources say of its owner and its state, and which they are.
    pub note: String,
}

/// All rows, in the file's order.
#[must_use]
pub fn shipped() -> Vec<ShippedDatabase> {
    let owners: HashMap<&str, &str> = table::rows(include_str!("../../../data/database-owners.tsv"))
        .filter_map(|row| Some((row.get("database")?, row.get("agency")?)))
        .collect();
    table::rows(include_str!("../../../data/databases.tsv"))
        .filter_map(|row| ShippedDatabase::read(&row, &owners))
        .collect()
}

impl ShippedDatabase {
    fn read(row: &table::Row<'static>, owners: &HashMap<&str, &str>) -> Option<Self> {
        let code = row.get("code")?;
        let said =
            ["owner_agency", "deadline_or_status", "sources"].into_iter().filter_map(|name| row.get(name));
        Some(Self {
            code,
            name: Name { vi: row.get("name_vi")?.to_owned(), en: row.get("name_en")?.to_owned() },
            scale: match row.get("kind")? {
                "national" => Scale::National,
                "sectoral" => Scale::Sectoral,
                _ => return None,
            },
            owner: owners.get(code).and_then(|code| code.parse().ok()),
            priority: row.get("priority_11") == Some("yes"),
            standing: match row.get("standing")? {
                "sourced" => Standing::Sourced,
                "candidate" => Standing::Candidate,
                _ => return None,
            },
            listed: listed(row),
            note: said.collect::<Vec<_>>().join(" | "),
        })
    }
}

/// That a row is one of the databases of Resolution 71/NQ-CP. Its annex was not found: what is built under it is taken for one of them.
fn listed(row: &table::Row<'_>) -> Vec<Listing> {
    let evidence = match row.get("in_116") {
        Some("named") => Evidence::Named,
        Some("implied") => Evidence::Implied,
        _ => return Vec::new(),
    };
    let resolution = official::list(official::RESOLUTION_71);
    let listing = |list: official::OfficialList| Listing {
        list: list.code.to_owned(),
        act: list.act.to_owned(),
        evidence,
        number: None,
        source: row.get("sources").map(str::to_owned),
        due: list.due,
    };
    resolution.map(listing).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a row may rest on: `data/README.md` says what each word stands for.
    const EVIDENCE: [&str; 8] = ["P11", "N20", "N10", "N06", "NQ71", "LAW", "REP", "SYS"];
    const DATABASES: &str = include_str!("../../../data/databases.tsv");
    const OWNERS: &str = include_str!("../../../data/database-owners.tsv");

    fn rests_on(row: &table::Row<'_>, word: &str) -> bool {
        row.get("evidence").unwrap_or_default().split(' ').any(|found| found == word)
    }

    #[test]
    fn the_shipped_catalogue_loads_whole_and_each_row_says_what_it_rests_on() {
        let rows: Vec<_> = table::rows(DATABASES).collect();
        assert_eq!(shipped().len(), rows.len(), "a row that cannot be read is left out without a word");
        for (number, row) in rows.iter().enumerate() {
            let code = row.get("code").unwrap();
            assert_eq!(code, format!("VNDB-{:03}", number + 1), "codes have no gaps");
            let words = row.get("evidence").unwrap_or_default().split(' ').filter(|word| !word.is_empty());
            assert!(words.clone().all(|word| EVIDENCE.contains(&word)), "{code}");
            // A candidate rests on nothing, and whatever is said to be named says where.
            let named = row.get("standing") == Some("sourced");
            assert_eq!(named, words.count() > 0, "{code}");
            assert!(!named || row.get("sources").is_some(), "{code}");
            let in_116 = match (named, rests_on(row, "NQ71"), rests_on(row, "P11")) {
                (false, ..) => "not_verified",
                (_, true, _) => "implied",
                (_, _, true) => "not_stated",
                _ => "not_shown",
            };
            assert_eq!(row.get("in_116"), Some(in_116), "{code}");
            assert_eq!(row.get("priority_11") == Some("yes"), rests_on(row, "P11"), "{code}");
        }
    }

    #[test]
    fn candidates_are_on_no_list() {
        let databases = shipped();
        assert_eq!(
            databases.iter().filter(|database| database.priority).count(),
            11,
            "the dispatch's own number"
        );
        for database in &databases {
            assert!(database.note.chars().count() <= 1000, "{}: a hub takes no longer text", database.code);
            let candidate = database.standing == Standing::Candidate;
            assert!(!candidate || (database.listed.is_empty() && !database.priority), "{}", database.code);
        }
        let of_the_resolution = official::list(official::RESOLUTION_71).unwrap().entries.unwrap();
        let listed = databases.iter().filter(|database| !database.listed.is_empty()).count();
        assert!(listed > 0 && listed <= of_the_resolution);
    }

    #[test]
    fn the_owners_are_agencies_we_know() {
        let agencies = crate::agency::shipped();
        let owners: Vec<_> = table::rows(OWNERS).collect();
        let databases: Vec<_> = table::rows(DATABASES).collect();
        assert_eq!(owners.len(), databases.len());
        for (owner, database) in owners.iter().zip(&databases) {
            let code = database.get("code").unwrap();
            assert_eq!(owner.get("database"), Some(code));
            // An owner is left out only where the source names none.
            let unnamed = database.get("owner_agency").unwrap().starts_with("not stated in the source");
            match owner.get("agency") {
                Some(agency) => {
                    assert!(!unnamed && agencies.iter().any(|known| known.code.as_str() == agency), "{code}")
                }
                None => assert!(
                    unnamed && owner.get("note").unwrap().starts_with("not named in the source"),
                    "{code}"
                ),
            }
        }
    }

    #[test]
    fn a_decree_that_was_replaced_is_not_told_as_the_rule() {
        let insurance = shipped().into_iter().find(|database| database.code == "VNDB-019").unwrap();
        assert!(insurance.note.contains("164/2025"), "{}", insurance.note);
    }
}
