//! The rules of a contract, made of what the registry has: the contract, the terms that it names, and the lists that those name.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use model::codelist::{CodeList, Crosswalk, UNITS};
use model::fault::{Fault, Words};
use model::service::{Offer, Service};
use model::term::Term;
use quality::Rules;
use quality::rule::code::Codes;
use quality::rule::{Check, Materials, terms_named};

use super::pack;
use crate::catalogue::contract::Contract;
use crate::registry::{Subject as _, every};
use crate::store::Tx;

/// Rules with what they were made of.
pub(crate) struct Made {
    pub(crate) rules: Rules,
    pub(crate) terms: Vec<Term>,
    /// What codes are called, in Vietnamese, by their list: the same code means another thing in another one.
    names: HashMap<String, HashMap<String, String>>,
}

impl Made {
    /// What a code of a list is called, if the list knows it.
    pub(crate) fn name_of(&self, list: &str, code: &str) -> Option<&str> {
        self.names.get(list)?.get(code).map(String::as_str)
    }

    /// The list that the rules of a field ask its codes of.
    pub(crate) fn list_of(&self, field: &str) -> Option<&str> {
        let mut rules = self.rules.rules.iter().filter(|rule| rule.field.as_deref() == Some(field));
        rules.find_map(|rule| match &rule.check {
            Check::Code { list, .. } => Some(list.id.as_str()),
            _ => None,
        })
    }
}

/// The rules of a contract as of a day.
///
/// # Errors
/// [`Fault::BadDocument`] for a contract that has no table; [`Fault::StoreFailed`].
pub(crate) async fn made(tx: &mut Tx, contract: &Contract, day: Date) -> Result<Made, Fault> {
    let mut terms = Vec::new();
    for id in terms_named(&contract.odcs) {
        terms.extend(Term::load(tx, &id).await?);
    }
    let mut wanted = BTreeSet::from([UNITS.to_owned()]);
    wanted
        .extend(terms.iter().flat_map(|term| &term.versions).filter_map(|version| version.code_list.clone()));
    let (mut lists, mut names) = (HashMap::new(), HashMap::new());
    for id in wanted {
        let Some(list) = CodeList::load(tx, &id).await? else { continue };
        let walks = every::<Crosswalk>(tx, &[("from", &id), ("to", &id)]).await?;
        let codes = Codes::new(&id, &list.codes);
        let codes = match walks.first() {
            Some(walk) => codes.with_walk(walk),
            None => codes,
        };
        names.insert(id.clone(), list.codes.into_iter().map(|code| (code.code, code.vi)).collect());
        lists.insert(id, Arc::new(codes));
    }
    let labels = match Service::load(tx, contract.service.as_str()).await?.map(|service| service.offer) {
        Some(Offer::Dataset(dataset)) => {
            dataset.fields.into_iter().map(|field| (field.name, field.label)).collect()
        }
        _ => HashMap::new(),
    };
    let pack = pack()?;
    let rules = Rules::compile(&Materials {
        contract: &contract.odcs,
        table: None,
        terms: &terms,
        labels: &labels,
        lists: &lists,
        references: &HashMap::new(),
        placeholders: pack.placeholders(),
        tone: pack.tone,
        today: day,
    });
    let rules =
        rules.map_err(|mistake| Fault::BadDocument { place: Words::quoted(&contract.id), why: mistake.0 })?;
    Ok(Made { rules, terms, names })
}
