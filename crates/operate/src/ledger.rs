//! Reads whole ledgers and checks every signature against the authorities of the directory.

use std::path::{Path, PathBuf};

use exchange::StateFolder;
use exchange::signatures::{Signatures, signer};
use ledger::verify::{BrokenOff, Comparison, Report};
use model::fault::Fault;
use trust::certificate::{self, Anchors};

use crate::setup::read_settings;

/// Ledgers that were read and held against each other.
pub struct Checked {
    /// By state folder.
    pub reports: Vec<(PathBuf, Report)>,
    /// Exchanges that both sides hold.
    pub in_both: usize,
    /// Where a consumer holds an exchange and the provider does not, although the provider's ledger was read.
    pub only_at_consumer: Vec<(String, u64)>,
    /// The other way round: the answer never arrived, or its entry is gone.
    pub only_at_provider: Vec<(String, u64)>,
    /// Answers of which a part was sent.
    pub broken_off: Vec<BrokenOff>,
}

/// Reads the ledgers in the state folders of nodes.
///
/// # Errors
/// [`Fault`] if a ledger or a directory can't be read at all.
pub async fn verify(dirs: &[PathBuf]) -> Result<Checked, Fault> {
    let nodes = dirs.iter().map(|dir| read_settings(dir).map(|settings| settings.id.to_string()));
    let mut comparison = Comparison::of(nodes.collect::<Result<_, Fault>>()?);
    let mut reports = Vec::new();
    for dir in dirs {
        let anchors = anchors(dir).await?;
        let folder = StateFolder(dir.clone());
        // Packages have a ledger of their own, where there have been any.
        let of_packages =
            Some((folder.packages(), folder.package_ledger())).filter(|(_, ledger)| ledger.exists());
        for (place, ledger) in [(dir.clone(), folder.ledger())].into_iter().chain(of_packages) {
            let mut checker = Signatures::new(anchors.clone());
            let name = place.display().to_string();
            let report = ledger::verify::verify(&ledger, &mut checker, |number, entry| {
                comparison.take(&name, number, entry, signer)
            })
            .map_err(|error| Fault::LedgerDamaged {
                place: ledger.display().to_string(),
                why: error.to_string(),
            })?;
            reports.push((place, report));
        }
    }
    Ok(Checked {
        reports,
        in_both: comparison.in_both(),
        only_at_consumer: comparison.only_at_consumer(),
        only_at_provider: comparison.only_at_provider(),
        broken_off: comparison.broken_off(),
    })
}

/// The authorities that the node's own copy of the directory names.
async fn anchors(dir: &Path) -> Result<Anchors, Fault> {
    let folder = StateFolder(std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned()));
    let directory = folder.read_directory().await?;
    let anchors = directory.charter().map_or(&[][..], |charter| &charter.anchors);
    let certificates: Vec<_> =
        anchors.iter().filter_map(|text| certificate::from_base64(text).ok()).collect();
    Ok(Anchors::new(&certificates))
}

impl Checked {
    /// Whether nothing is wrong. An exchange that only the provider holds is told, but need not be wrong: its answer may
    /// have been lost on its way.
    pub fn is_whole(&self) -> bool {
        self.reports.iter().all(|(_, report)| report.is_whole()) && self.only_at_consumer.is_empty()
    }

    /// Entries in all ledgers.
    pub fn entries(&self) -> u64 {
        self.reports.iter().map(|(_, report)| report.entries).sum()
    }
}
