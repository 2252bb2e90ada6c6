//! From a contract, the dictionary and the code lists to the rules of a dataset.

use std::sync::Arc;

use jiff::civil::Date;
use model::term::Version;
use model::words::Words;

use crate::rule::contract::{self, Contract};
use crate::rule::gate::Gates;
use crate::rule::making::{Field, Making, Materials, Mistake};
use crate::rule::placeholder::Placeholders;
use crate::rule::{Rule, dictionary};

/// The rules of a dataset, ready to run.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The dataset: the contract's id and table.
    pub dataset: String,
    /// The contract's version.
    pub version: Version,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// The day at which they are asked.
    pub today: Date,
    /// What of the contract or the dictionary no rule was made of, by name and with the reason. It must be shown beside every score.
    pub refused: Vec<Words>,
    /// What is withheld for its quality.
    pub gates: Gates,
    pub(crate) placeholders: Arc<Placeholders>,
}

impl Rules {
    /// Makes the rules.
    ///
    /// # Errors
    /// [`Mistake`] if the contract has no such table. What is wrong with one rule is in [`Self::refused`].
    pub fn compile(materials: &Materials<'_>) -> Result<Self, Mistake> {
        let contract = Contract::read(materials)?;
        let mut made = Making::new();
        let fields: Vec<Field> = contract.fields.iter().map(|of| of.field.clone()).collect();
        for of in &contract.fields {
            made.refused.extend(of.term_missing.clone());
            dictionary::rules(of, materials, &fields, &mut made);
            contract::field_rules(of, &contract, materials, &mut made);
        }
        contract::table_rules(&contract, materials, &fields, &mut made);
        let gates = contract::gates(&contract, &mut made);
        Ok(Self {
            dataset: contract.dataset,
            version: contract.version,
            fields,
            rules: made.rules,
            today: materials.today,
            refused: made.refused,
            gates,
            placeholders: materials.placeholders.clone(),
        })
    }

    /// The field that names a record.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.fields.iter().find(|field| field.key).map(|field| field.name.as_str())
    }

    /// A rule by its id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}
