//! Whether a directory that somebody shows is the hub's own: signed by its keys, whatever its store remembers of it. Nobody else can make
//! such a proof, so it is worth more than any number of words.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tough::schema::{Role, Root, Signed, Targets, Timestamp};

use crate::directory::file_name;
use crate::directory::publish::Publisher;

impl Publisher {
    /// The number of a directory of ours, by its `timestamp.json`; none if no key of ours has signed it.
    ///
    /// Keys of former roots count as well: with a change of keys nodes forget numbers (TUF 5.3.11), so a number that an old key has signed
    /// must not be forgotten here, too.
    #[must_use]
    pub fn number_of(&self, timestamp: &[u8]) -> Option<u64> {
        Some(self.signed_here::<Timestamp>(timestamp)?.version.get())
    }

    /// The files of the indexes of our directory number `revision`, by its `targets.json`; none if it is not that.
    #[must_use]
    pub fn indexes_of(&self, revision: u64, targets: &[u8]) -> Option<Vec<String>> {
        let signed = self.signed_here::<Targets>(targets)?;
        (signed.version.get() == revision).then(|| {
            let named = signed.targets.iter();
            named.map(|(name, target)| file_name(&target.hashes.sha256, name.resolved())).collect()
        })
    }

    /// What is signed, if one of our roots names who has signed it.
    fn signed_here<T: Role + Serialize + DeserializeOwned>(&self, bytes: &[u8]) -> Option<T> {
        let shown: Signed<T> = serde_json::from_slice(bytes).ok()?;
        let roots = self.roots().ok()?;
        let mut roots =
            roots.iter().filter_map(|(_, root)| serde_json::from_slice::<Signed<Root>>(root).ok());
        roots.any(|root| root.signed.verify_role(&shown).is_ok()).then_some(shown.signed)
    }
}
