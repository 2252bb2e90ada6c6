//! Looks at the datasets behind the node: whether their sources have what their contracts name, and what is wrong with their records.

use std::sync::Arc;

use connect::faults::Seen;
use futures::StreamExt as _;
use model::fault::Fault;
use model::id::ServiceId;
use model::service::Offer;
use model::usage::{Flaw, Gap};

use crate::backend::{Backend, open};
use crate::folder::StateFolder;
use crate::node::Node;
use crate::settings::NodeSettings;

/// Datasets that are looked at side by side.
const LOOKS: usize = 2;

/// Which datasets' sources do not have what their contracts name. Some are looked at side by side: a slow one holds few others up, and
/// many on one source do not take its connections from those who ask.
pub(crate) async fn gaps(node: &Node) -> Vec<Gap> {
    let directory = node.directory.load_full();
    let looks = node.backends.iter().filter_map(|(id, backend)| {
        let (Backend::Dataset(service), offered) = (backend.as_ref(), directory.service(id)?) else {
            return None;
        };
        let Offer::Dataset(contract) = &offered.service.offer else { return None };
        Some(async move {
            match service.look(offered, contract).await {
                Ok(lacks) if lacks.fields.is_empty() && lacks.flaws.is_empty() => None,
                Ok(lacks) => {
                    let flaws = lacks.flaws.into_iter();
                    let flaws = flaws
                        .map(|(field, kind, records)| Flaw { field, kind: kind.to_owned(), records })
                        .collect();
                    Some(Gap { service: id.clone(), fields: lacks.fields, flaws })
                }
                Err(error) => {
                    tracing::warn!(service = %id, %error, "the database cannot be read");
                    Some(Gap { service: id.clone(), fields: Vec::new(), flaws: Vec::new() })
                }
            }
        })
    });
    let gaps: Vec<Gap> =
        futures::stream::iter(looks).buffer_unordered(LOOKS).filter_map(std::future::ready).collect().await;
    let looked = node
        .backends
        .iter()
        .filter(|(id, backend)| matches!(***backend, Backend::Dataset(_)) && directory.service(id).is_some());
    node.standing.note_sources(looked.map(|(id, _)| id.clone()), &gaps);
    gaps
}

/// Reads all records of a dataset behind a node, and tells which have what wrong. Returns the fields of the contract that its table lacks.
/// The node may be running.
///
/// # Errors
/// As [`StateFolder::read_directory`]; [`Fault::NotInRegistry`] for a service that is no dataset of this node; [`Fault::BadSettings`] with what the
/// source says.
pub async fn check_dataset(
    folder: &StateFolder,
    settings: &NodeSettings,
    service: &ServiceId,
    see: impl FnMut(Seen<'_>),
) -> Result<Vec<String>, Fault> {
    let directory = folder.compile_directory().await?;
    let backends = open::backends(settings, folder)?;
    let unknown = || Fault::NotInRegistry { subject: service.to_string() };
    let offered = directory.service(service).ok_or_else(unknown)?;
    let (Some(Backend::Dataset(dataset)), Offer::Dataset(contract)) =
        (backends.get(service).map(Arc::as_ref), &offered.service.offer)
    else {
        return Err(unknown());
    };
    dataset.faults(offered, contract, see).await.map_err(|error| Fault::bad_settings(service, error.words()))
}
