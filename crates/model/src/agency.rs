//! Agencies of the political system, and the systems and nodes they run.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{MemberId, NodeId, SystemId};
use crate::table;
use crate::words::Words;

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

impl From<Words> for Name {
    fn from(words: Words) -> Self {
        Self { vi: words.vi().to_owned(), en: words.en().to_owned() }
    }
}

impl From<&Name> for Words {
    fn from(name: &Name) -> Self {
        Self::new(&name.vi, &name.en)
    }
}

/// The part of the political system an agency belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bloc {
    /// Ministries and other bodies of the central government.
    Government,
    /// Provinces, communes and their offices.
    Local,
    /// The Party's bodies.
    Party,
    /// The National Assembly's bodies.
    Assembly,
    /// The President's office.
    President,
    /// The courts.
    Court,
    /// The procuracy.
    Procuracy,
    /// The State Audit.
    Audit,
    /// The Fatherland Front and the socio-political organisations.
    Front,
}

/// A body of the political system; agencies form a tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Its identifier; the last part is its code by Decision 20/2020/QĐ-TTg.
    pub id: MemberId,
    /// The body it is under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<MemberId>,
    /// In both languages.
    pub name: Name,
    /// The branch of the state that it belongs to.
    pub bloc: Bloc,
    /// Set where the code has the decision's form but was found in no source.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed_code: bool,
}

/// An agency's information system: the party that calls and is called.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Its identifier.
    pub id: SystemId,
    /// In both languages.
    pub name: Name,
}

/// The machine at an agency that carries exchanges.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Its identifier.
    pub id: NodeId,
    /// Where its peer port is reached, `host:port`.
    pub address: String,
    /// The systems it serves and speaks for: the agency's own, or those of others that it hosts.
    pub systems: Vec<SystemId>,
}

/// An agency's code in the form of Decision 20/2020/QĐ-TTg: a bloc's letter and two digits, then `.NN` or `.NNN` for each level below.
///
/// The grammar is known second-hand; codes are checked where reference data are made, not where identifiers are read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgencyCode(String);

/// A row of `data/agencies.tsv`: the bodies that the program knows by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippedAgency {
    /// A bloc's letter and two digits, `G01`, and more for each level below.
    pub code: AgencyCode,
    /// The code of the body it is under.
    pub parent: Option<AgencyCode>,
    /// In both languages.
    pub name: Name,
    /// The branch of the state that it belongs to.
    pub bloc: Bloc,
    /// Whether the code, or that it goes on after a merger, was found in no source. Never to be shown as official.
    pub assumed: bool,
}

/// The ministries, central bodies and provinces in `data/agencies.tsv`, in order of code.
#[must_use]
pub fn shipped() -> Vec<ShippedAgency> {
    table::rows(include_str!("../../../data/agencies.tsv"))
        .filter_map(|row| ShippedAgency::read(&row))
        .collect()
}

impl ShippedAgency {
    fn read(row: &table::Row<'_>) -> Option<Self> {
        Some(Self {
            code: row.get("code")?.parse().ok()?,
            parent: row.get("parent").map(str::parse).transpose().ok()?,
            name: Name { vi: row.get("name_vi")?.to_owned(), en: row.get("name_en")?.to_owned() },
            bloc: Bloc::read(row.get("bloc")?)?,
            assumed: row.get("assumed")? == "yes",
        })
    }
}

impl Bloc {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "government" => Self::Government,
            "local" => Self::Local,
            "party" => Self::Party,
            "assembly" => Self::Assembly,
            "president" => Self::President,
            "court" => Self::Court,
            "procuracy" => Self::Procuracy,
            "audit" => Self::Audit,
            "front" => Self::Front,
            _ => return None,
        })
    }
}

/// Not of the form `G01`, `H05.16`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} has not the form of an agency code: a letter and two digits, then .NN or .NNN for each level below, 35 characters at most"
)]
pub struct AgencyCodeError(String);

impl AgencyCode {
    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code of the body above, by the code's own levels.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('.').map(|(parent, _)| Self(parent.to_owned()))
    }
}

impl FromStr for AgencyCode {
    type Err = AgencyCodeError;

    fn from_str(text: &str) -> Result<Self, AgencyCodeError> {
        let mut levels = text.split('.');
        let first_fits = levels.next().is_some_and(|first| match first.as_bytes() {
            [letter, digits @ ..] => {
                letter.is_ascii_uppercase() && digits.len() == 2 && digits.iter().all(u8::is_ascii_digit)
            }
            [] => false,
        });
        let rest_fits = levels.all(|level| {
            matches!(level.len(), 2 | 3)
                && level.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        });
        if first_fits && rest_fits && text.len() <= 35 {
            Ok(Self(text.to_owned()))
        } else {
            Err(AgencyCodeError(text.chars().take(80).collect()))
        }
    }
}

impl fmt::Display for AgencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_levels() {
        let code: AgencyCode = "H05.16.02".parse().unwrap();
        assert_eq!(code.parent().unwrap().as_str(), "H05.16");
        assert_eq!("G01".parse::<AgencyCode>().unwrap().parent(), None);
        for text in
            ["", "g01", "G1", "G01.", "G01.1", "G01.1234", "1234", "G01.AA.BB.CC.DD.EE.FF.GG.HH.II.JJ.KK"]
        {
            assert!(text.parse::<AgencyCode>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_shipped_agencies_load_and_form_a_tree() {
        let agencies = shipped();
        assert_eq!(agencies.len(), 78);
        assert_eq!(agencies.iter().filter(|agency| agency.bloc == Bloc::Local).count(), 34);
        assert_eq!(agencies.iter().filter(|agency| agency.assumed).count(), 56);
        for agency in &agencies {
            let parent_is_there = |parent: &AgencyCode| agencies.iter().any(|other| other.code == *parent);
            assert!(agency.parent.as_ref().is_none_or(parent_is_there), "{}", agency.code);
        }
    }
}
