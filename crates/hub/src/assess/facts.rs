//! Who is assessed: agencies, and what they are, in the words by which packs ask criteria of them. What is said here comes from the lists of
//! the State and from what was confirmed, as far as there are such: nobody leaves a criterion behind by registering less.

use std::collections::{BTreeMap, BTreeSet};

use model::agency::Name;
use model::fault::Fault;

use crate::store::{Tx, all};
use crate::usage::tree::Tree;

/// An agency with what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Of {
    pub(crate) name: Option<Name>,
    pub(crate) facts: BTreeSet<String>,
}

/// All agencies.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn agencies(tx: &mut Tx) -> Result<BTreeMap<String, Of>, Fault> {
    let rows: Vec<(String, Option<String>, String, String, String)> =
        all!(tx, "SELECT id, parent, name_vi, name_en, bloc FROM agency")?;
    let mut agencies: BTreeMap<String, Of> = BTreeMap::new();
    for (id, parent, vi, en, bloc) in rows {
        let mut facts = BTreeSet::from([format!("is:{id}"), format!("bloc:{}", bloc.trim_matches('"'))]);
        if parent.is_none() {
            facts.insert("top".to_owned());
        }
        agencies.insert(id, Of { name: Some(Name { vi, en }), facts });
    }
    let facts = [
        (
            "owns_database",
            "SELECT DISTINCT owner FROM database_entry WHERE owner IS NOT NULL
                 AND (id IN (SELECT database_id FROM database_named) OR id IN (SELECT database_id FROM database_confirmed))",
        ),
        ("owes_duty", "SELECT DISTINCT holder FROM duty WHERE holder IS NOT NULL"),
        ("provides", "SELECT DISTINCT agency FROM service"),
        ("consumes", "SELECT DISTINCT s.agency FROM grants g JOIN system s ON s.id = g.client WHERE g.revoked_at IS NULL"),
        ("runs_node", "SELECT DISTINCT agency FROM node"),
    ];
    for (fact, sql) in facts {
        let rows: Vec<(String,)> = all!(tx, sql)?;
        for (agency,) in rows {
            if let Some(of) = agencies.get_mut(&agency) {
                of.facts.insert(fact.to_owned());
            }
        }
    }
    // Reuse is told of an agency with all below it.
    let tree = Tree::whole(tx).await?;
    let offices: Vec<(String,)> = all!(tx, "SELECT DISTINCT office FROM reuse_store")?;
    for (office,) in offices {
        if let Some(of) = agencies.get_mut(tree.known_top(&office)) {
            of.facts.insert("runs_cases".to_owned());
        }
    }
    Ok(agencies)
}
