//! The catalogue of databases that the program ships: `data/databases.tsv`.

use crate::table;

/// A national or sectoral database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Database {
    /// Our code, `VNDB-013`.
    pub code: &'static str,
    /// Vietnamese name.
    pub name_vi: &'static str,
    /// English name.
    pub name_en: &'static str,
    /// National or sectoral.
    pub kind: Kind,
    /// The owning agency as the source names it.
    pub owner: &'static str,
    /// One of the eleven of the Prime Minister's dispatch.
    pub priority: bool,
    /// Whether a source names it. A candidate must never be shown as one of the official 116.
    pub standing: Standing,
    /// Where the facts come from.
    pub sources: &'static str,
}

/// Cơ sở dữ liệu quốc gia, chuyên ngành.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Quốc gia.
    National,
    /// Chuyên ngành.
    Sectoral,
}

/// How a database got into the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A source names it.
    Sourced,
    /// Made up from the sectors' laws to fill test data.
    Candidate,
}

/// All rows, in the file's order.
#[must_use]
pub fn shipped() -> Vec<Database> {
    table::rows(include_str!("../../../data/databases.tsv")).filter_map(|row| Database::read(&row)).collect()
}

impl Database {
    fn read(row: &table::Row<'static>) -> Option<Self> {
        Some(Self {
            code: row.get("code")?,
            name_vi: row.get("name_vi")?,
            name_en: row.get("name_en")?,
            kind: match row.get("kind")? {
                "national" => Kind::National,
                "sectoral" => Kind::Sectoral,
                _ => return None,
            },
            owner: row.get("owner_agency")?,
            priority: row.get("priority_11") == Some("yes"),
            standing: match row.get("standing")? {
                "sourced" => Standing::Sourced,
                "candidate" => Standing::Candidate,
                _ => return None,
            },
            sources: row.get("sources").unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_catalogue_loads_and_keeps_candidates_apart() {
        let databases = shipped();
        assert_eq!(databases.len(), 125);
        let count = |standing| databases.iter().filter(|database| database.standing == standing).count();
        assert_eq!((count(Standing::Sourced), count(Standing::Candidate)), (39, 86));
        assert_eq!(databases.iter().filter(|database| database.priority).count(), 11);
        assert!(
            databases.iter().all(|database| database.standing == Standing::Sourced || !database.priority)
        );
    }

    #[test]
    fn the_owners_are_agencies_we_know() {
        let agencies = crate::agency::shipped();
        let rows: Vec<_> = table::rows(include_str!("../../../data/database-owners.tsv")).collect();
        assert_eq!(rows.len(), 125);
        let unknown = rows.iter().filter(|row| row.get("agency").is_none()).count();
        assert_eq!(unknown, 2, "two texts name no one owner");
        for owner in rows.iter().filter_map(|row| row.get("agency")) {
            assert!(agencies.iter().any(|agency| agency.code.as_str() == owner), "{owner}");
        }
    }
}
