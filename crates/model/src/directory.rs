//! The directory: who is who and who may what. The hub signs it, every node holds a verified copy and decides from it alone.
//!
//! It comes in parts, so that a change sends only what changed: one [`Charter`], one [`Entry`] per agency, and the grants in bins.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agency::{Agency, Node, System};
use crate::grant::Grant;
use crate::id::{Grantee, MemberId, ServiceId};
use crate::legal::{LegalBasis, Purpose};
use crate::service::Service;

/// Largest part that a hub publishes.
pub const PART_MAX_BYTES: usize = 16 * 1024 * 1024;
/// Largest file of a directory that a node takes. So much larger than what a hub publishes that no node refuses what a hub may.
pub const FILE_MAX_BYTES: usize = 4 * PART_MAX_BYTES;
/// Longest name of a part: with the digest before it, it is the name of a file, here and at every node.
const PART_NAME_MAX: usize = 255 - 65;

/// A part of the directory: what is published, fetched and compiled by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What holds for all: the [`Charter`].
    Charter,
    /// An agency's [`Entry`].
    Agency(MemberId),
    /// The grants of one bin.
    Grants(Bin),
}

/// Grants stand in bins by who may call what, so that a change of one sends some hundred grants and not all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bin(u16);

impl Bin {
    /// Bins there are. 500,000 grants make some 120 in each.
    pub const COUNT: u16 = 4096;

    /// The bin of the grants on a service that a system has, or a class of systems: a class has one of its own, so that what 3,321 systems
    /// may do is one line, and whoever looks for the grants of a system looks into two.
    #[must_use]
    pub fn of(client: &Grantee, service: &ServiceId) -> Self {
        Self::with_mark(client, service).0
    }

    /// The bin, and a number that most pairs of a bin have for themselves.
    #[must_use]
    pub fn with_mark(client: &Grantee, service: &ServiceId) -> (Self, u32) {
        // FNV-1a, 64 bits: it is asked for with every call.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in client.as_str().bytes().chain([b'\n']).chain(service.as_str().bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        // What differs at the end of a name only must still spread: the finaliser of MurmurHash3.
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        hash ^= hash >> 33;
        // The remainder is below COUNT, and half of 64 bits are 32.
        let number = u16::try_from(hash % u64::from(Self::COUNT)).unwrap_or_default();
        (Self(number), u32::try_from(hash >> 32).unwrap_or_default())
    }

    /// From 0 to below [`Self::COUNT`].
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }
}

impl Part {
    /// Whether the part's name can be a file, a place in a URL and a target of the framework, and leads back to the part. A code with `~`
    /// in it, or with letters that are percent-encoded, does not.
    #[must_use]
    pub fn has_a_name(&self) -> bool {
        let name = self.to_string();
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        plain && name.len() <= PART_NAME_MAX && name.parse().is_ok_and(|part: Self| part == *self)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Charter => f.write_str("charter"),
            // `~` is in no canonical identifier, so two agencies never share a name.
            Self::Agency(member) => write!(f, "agency~{}", member.as_str().replace('/', "~")),
            Self::Grants(Bin(number)) => write!(f, "grants~{number:03x}"),
        }
    }
}

/// No part has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no part of a directory is called {0:?}")]
pub struct PartError(String);

impl FromStr for Part {
    type Err = PartError;

    fn from_str(name: &str) -> Result<Self, PartError> {
        let bad = || PartError(name.chars().take(80).collect());
        let part = match name.split_once('~') {
            None if name == "charter" => Some(Self::Charter),
            Some(("agency", member)) => member.replace('~', "/").parse().ok().map(Self::Agency),
            Some(("grants", number)) => u16::from_str_radix(number, 16)
                .ok()
                .filter(|number| *number < Bin::COUNT)
                .map(Bin)
                .map(Self::Grants),
            _ => None,
        };
        part.filter(|part| part.to_string() == name).ok_or_else(bad)
    }
}

/// What holds for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charter {
    /// The instance, `VN`.
    pub instance: String,
    /// The purposes that grants and calls may name.
    pub purposes: Vec<Purpose>,
    /// The legal bases that grants rest on.
    pub bases: Vec<LegalBasis>,
    /// Certificates of the authorities that nodes' certificates come from, DER in base64.
    pub anchors: Vec<String>,
}

/// All that belongs to one agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// As registered.
    pub agency: Agency,
    /// Those that call or are called in its name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub systems: Vec<System>,
    /// Those that it runs, for its own systems or those of others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<AdmittedNode>,
    /// What its systems offer, with the contracts of datasets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// What of it stands still, or will.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspensions: Vec<Suspension>,
}

/// A time in which a service answers nobody, or a grant lets nobody through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suspension {
    /// The service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceId>,
    /// The grant, in place of a service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// From when.
    pub from: jiff::Timestamp,
    /// Until when; none: nobody knows yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<jiff::Timestamp>,
    /// What users are told.
    pub reason: String,
}

impl Suspension {
    /// Whether it holds at `now`.
    #[must_use]
    pub fn holds_at(&self, now: jiff::Timestamp) -> bool {
        self.from <= now && self.to.is_none_or(|to| now < to)
    }
}

/// What a part holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// What holds for all.
    Charter(Box<Charter>),
    /// An agency's.
    Agency(Box<Entry>),
    /// All grants of one bin.
    Grants(Vec<Grant>),
}

/// A part as a directory has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// SHA-256 of the part as published.
    pub sha256: [u8; 32],
    /// What it holds; none if it is as its reader knows it already.
    pub content: Option<Content>,
}

/// A node with the certificates it was admitted with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdmittedNode {
    /// As registered.
    #[serde(flatten)]
    pub node: Node,
    /// Certificates of its TLS keys, DER in base64; two while a key is changed.
    pub tls: Vec<String>,
    /// Certificates of the keys that sign its messages, DER in base64.
    pub signing: Vec<String>,
}

/// The directory at one revision: all of its parts, with what those hold that its reader did not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Counts up with every change.
    pub revision: u64,
    /// When nodes stop deciding from it.
    pub expires: jiff::Timestamp,
    /// All of them, also those whose content its reader has already.
    pub parts: BTreeMap<Part, Piece>,
}

impl Directory {
    /// What holds for all, if it came with its content.
    #[must_use]
    pub fn charter(&self) -> Option<&Charter> {
        match self.parts.get(&Part::Charter)?.content.as_ref()? {
            Content::Charter(charter) => Some(charter),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_come_back_by_their_names() {
        let check = |name: &str| assert_eq!(name.parse::<Part>().unwrap().to_string(), name);
        check("charter");
        check("agency~VN~GOV~G01");
        check("agency~VN~LOC~H05.101");
        check("grants~00f");
        for name in ["", "charte", "agency~", "agency~VN", "grants~f", "grants~1000", "grants~00F", "../x"] {
            assert!(name.parse::<Part>().is_err(), "{name}");
        }
    }

    #[test]
    fn a_part_has_a_name_that_files_and_addresses_can_hold_or_none() {
        let named =
            |code: &str| Part::Agency(MemberId::from_parts(["VN", "LOC", code]).unwrap()).has_a_name();
        assert!(Part::Charter.has_a_name() && "grants~00f".parse::<Part>().unwrap().has_a_name());
        assert!(named("H05.101") && named(&"a".repeat(150)));
        for code in ["a~b", "Đ1", "a b", "a/b", "a%b", &"a".repeat(200)] {
            assert!(!named(code), "{code}");
        }
    }

    proptest! {
        #[test]
        fn bins_are_filled_evenly(salt in 0u32..1000) {
            let client: Grantee = format!("VN/LOC/H{salt}/mot-cua").parse().unwrap();
            let mut filled = std::collections::HashSet::new();
            for number in 0..4096 {
                let service: ServiceId = format!("VN/GOV/G01/dan-cu/dich-vu-{number}").parse().unwrap();
                let bin = Bin::of(&client, &service);
                prop_assert!(bin.number() < Bin::COUNT);
                filled.insert(bin);
            }
            // As many throws as bins fill 63 % of them by chance.
            prop_assert!((2400..2800).contains(&filled.len()), "{}", filled.len());
        }
    }
}
