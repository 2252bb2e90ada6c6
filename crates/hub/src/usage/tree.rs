//! Who belongs to whom: the agency at the top of each one's tree. What stays within one tree is no use by others.

use std::collections::HashMap;

use model::fault::Fault;

use crate::store::{Tx, all, optional};

/// The tree of the State is not sixteen levels deep; a circle would be.
const DEEP: usize = 16;
/// What a filter says in place of an agency for what has none.
pub(crate) const NOBODY: &str = "none";

/// Tops of trees, as far as they were asked for.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct Tree(HashMap<String, String>);

impl Tree {
    /// Of all agencies at once, where many are asked for.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn whole(tx: &mut Tx) -> Result<Self, Fault> {
        let rows: Vec<(String, Option<String>)> = all!(tx, "SELECT id, parent FROM agency")?;
        let parents: HashMap<&str, Option<&str>> =
            rows.iter().map(|(id, parent)| (id.as_str(), parent.as_deref())).collect();
        let top = |agency: &str| {
            let mut top = agency;
            for _ in 0..DEEP {
                match parents.get_key_value(top).and_then(|(_, above)| *above) {
                    Some(above) => top = above,
                    None => break,
                }
            }
            parents.get_key_value(top).map_or_else(|| top.to_owned(), |(id, _)| (*id).to_owned())
        };
        Ok(Self(rows.iter().map(|(id, _)| (id.clone(), top(id))).collect()))
    }

    /// The agency at the top of one's tree, as far as it was read; of one that is not there, itself.
    pub(crate) fn known_top<'a>(&'a self, agency: &'a str) -> &'a str {
        self.0.get(agency).map_or(agency, String::as_str)
    }

    /// Whether something is an agency's or of one in the tree that it stands at the top of. `none`: what is nobody's.
    pub(crate) fn holds(&self, of: &str, agency: Option<&str>) -> bool {
        agency.map_or(of == NOBODY, |agency| agency == of || self.known_top(agency) == of)
    }

    /// Whether two agencies belong to one tree.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn is_one(&mut self, tx: &mut Tx, a: &str, b: &str) -> Result<bool, Fault> {
        Ok(a == b || self.top(tx, a).await? == self.top(tx, b).await?)
    }

    async fn top(&mut self, tx: &mut Tx, agency: &str) -> Result<String, Fault> {
        if let Some(top) = self.0.get(agency) {
            return Ok(top.clone());
        }
        let mut top = agency.to_owned();
        for _ in 0..DEEP {
            let found: Option<(Option<String>,)> =
                optional!(tx, "SELECT parent FROM agency WHERE id = $1" => &top)?;
            match found.and_then(|(above,)| above) {
                Some(above) => top = above,
                None => break,
            }
        }
        self.0.insert(agency.to_owned(), top.clone());
        Ok(top)
    }
}
