//! The receipt: what was required, what answered, by which exchanges, what was asked again and why. No values. Made once, and then the same
//! bytes, whoever looks: of no record and of several it says the same.

use jiff::Timestamp;
use model::case::{ItemState, Tried};
use model::casework::{RECEIPT_SIGNED_AS, Receipt, ReceiptDeed, ReceiptItem, SignedReceipt};
use model::fault::Fault;
use model::procedure::Procedure;
use store::to_json;

use crate::case::{Held, alike};
use crate::sources::Sources;

/// Makes and signs it.
///
/// # Errors
/// [`Fault::StoreFailed`] if it cannot be written as JSON.
pub(crate) fn make(
    held: &Held,
    case: &str,
    procedure: &Procedure,
    sources: &dyn Sources,
    at: Timestamp,
) -> Result<String, Fault> {
    let items = procedure.requirements.iter().zip(&held.items).map(|(requirement, item)| {
        // It is the citizen's, who is told the same of no record and of several.
        let is_answered = matches!(item.state, ItemState::Found | ItemState::Accepted);
        let mut exchanges: Vec<String> = item.exchanges.iter().map(|exchange| exchange.id.clone()).collect();
        exchanges.dedup();
        ReceiptItem {
            id: requirement.id.clone(),
            state: item.state,
            gap: item.gap.map(alike),
            alternative: is_answered.then_some(item.alternative),
            tried: item.tried.iter().map(|tried| Tried { gap: alike(tried.gap), ..*tried }).collect(),
            exchanges,
            asked_again: item
                .paper
                .as_ref()
                .filter(|paper| !paper.needed)
                .and_then(|paper| paper.reason.clone()),
        }
    });
    let deeds = procedure.deeds.iter().zip(&held.deeds).map(|(deed, held)| ReceiptDeed {
        id: deed.id.clone(),
        exchange: held.exchange.clone(),
        state: held.state,
    });
    let receipt = Receipt {
        case: case.to_owned(),
        dossier: held.dossier.clone(),
        procedure: procedure.id.clone(),
        node: sources.node(),
        at,
        items: items.collect(),
        corrected: held.corrections.keys().cloned().collect(),
        deeds: deeds.collect(),
    };
    let text = to_json(&receipt)?;
    let (key, signature) = sources.sign(RECEIPT_SIGNED_AS, text.as_bytes());
    to_json(&SignedReceipt { receipt: text, key, signature: trust::hex(&signature) })
}
