//! The directory as signed files: The Update Framework, by `tough`.
//!
//! The hub publishes ([`publish`]), nodes keep a verified copy ([`keep`]). Each part of the directory is one target file:
//! `charter.json`, and one file per agency. Their names make the file that changed the only one that is fetched again.

pub mod keep;
pub mod publish;

use model::id::MemberId;

/// Name of the target that holds for all.
pub(crate) const CHARTER: &str = "charter.json";

/// Name of an agency's target. `~` is in no canonical identifier, so two agencies never share a name.
pub(crate) fn entry_name(member: &MemberId) -> String {
    format!("{}.json", member.as_str().replace('/', "~"))
}

#[cfg(test)]
mod tests;
