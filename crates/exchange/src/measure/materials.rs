//! What rules are made of, as the hub had it when it was last fetched: kept in the node's folder, so that a run needs no hub.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use model::codelist::{CodeList, Crosswalk};
use model::fault::{Fault, Words};
use model::id::ServiceId;
use model::term::Term;
use quality::defects::Dimension;
use quality::rule::code::Codes;
use quality::{RulePack, Rules};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::folder::StateFolder;
use crate::measure::kept;
use crate::texts;

/// Terms whose fields may tell why records fail, the first that a dataset has.
const CAUSES: [(Dimension, &[&str]); 3] = [
    (
        Dimension::Unit,
        &["BaoHiem.don_vi", "HoTich.noi_dang_ky_ma", "CaNhan.thuong_tru_ma", "DiaChi.ma_xa", "ThuaDat.xa_ma"],
    ),
    (Dimension::Source, &["BanGhi.nguon"]),
    (Dimension::Day, &["BanGhi.cap_nhat_luc"]),
];

/// All that rules of a node's datasets are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Materials {
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// The contract of each dataset that has one, as the standard has it.
    pub contracts: BTreeMap<ServiceId, Value>,
    /// The terms that contracts name.
    pub terms: Vec<Term>,
    /// The code lists that terms name.
    pub lists: Vec<CodeList>,
    /// Ways within those lists, from codes that ended to those after them.
    pub walks: Vec<Crosswalk>,
}

impl Materials {
    pub(super) fn path(folder: &StateFolder) -> PathBuf {
        folder.quality().join("materials.json")
    }

    /// What all of it is known by, but the time at which it was fetched.
    pub(super) fn digest(&self) -> String {
        let said = serde_json::json!([self.contracts, self.terms, self.lists, self.walks]);
        trust::hex(&trust::sha256(said.to_string().as_bytes()))
    }

    /// Reads what was fetched last.
    ///
    /// # Errors
    /// [`Fault::FileFailed`], also if nothing was fetched yet.
    pub fn read(folder: &StateFolder) -> Result<Self, Fault> {
        kept::read(&Self::path(folder))
    }

    /// Keeps it.
    ///
    /// # Errors
    /// [`Fault::FileFailed`].
    pub fn write(&self, folder: &StateFolder) -> Result<(), Fault> {
        let root = folder.quality();
        trust::file::create_private_folder(&root)
            .map_err(|error| crate::folder::file_failed(&root, &error))?;
        kept::put(&Self::path(folder), &kept::json(self)?)
    }

    /// The rules of a dataset as of a day.
    ///
    /// # Errors
    /// [`Fault::NotInRegistry`] if there is no contract of it; [`Fault::BadDocument`] if that has no table.
    pub fn rules(&self, service: &ServiceId, today: Date) -> Result<Rules, Fault> {
        let contract = self
            .contracts
            .get(service)
            .ok_or_else(|| Fault::NotInRegistry { subject: texts::contract_of(service).both() })?;
        let pack = pack()?;
        let list = |list: &CodeList| {
            let codes = Codes::new(&list.id, &list.codes);
            let walk = self.walks.iter().find(|walk| walk.from == list.id && walk.to == list.id);
            let codes = match walk {
                Some(walk) => codes.with_walk(walk),
                None => codes,
            };
            (list.id.clone(), Arc::new(codes))
        };
        let lists: HashMap<String, Arc<Codes>> = self.lists.iter().map(list).collect();
        let materials = quality::rule::Materials {
            contract,
            table: None,
            terms: &self.terms,
            labels: &HashMap::new(),
            lists: &lists,
            references: &HashMap::new(),
            placeholders: pack.placeholders(),
            tone: pack.tone,
            today,
        };
        Rules::compile(&materials).map_err(|mistake| Fault::BadDocument {
            place: Words::quoted(texts::contract_of(service).both()),
            why: mistake.0,
        })
    }
}

/// How scores are made.
pub(super) fn pack() -> Result<RulePack, Fault> {
    RulePack::shipped().map_err(|error| Fault::Internal { why: error.to_string() })
}

/// What a run is told beside its rules.
pub(super) fn settings(rules: &Rules, key: [u8; 16]) -> quality::Settings {
    let mut settings = quality::Settings::new(key);
    for (dimension, terms) in CAUSES {
        let field = terms
            .iter()
            .find_map(|term| rules.fields.iter().find(|field| field.technical.as_deref() == Some(*term)));
        if let Some(field) = field {
            settings.causes.insert(dimension, field.name.clone());
        }
    }
    settings
}
