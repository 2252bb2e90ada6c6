//! What is handed in to a case, and what its lists and receipts say: the bodies of the API of a node with cases.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agency::Name;
use crate::case::{By, Case, DeedState, ItemState, State, Tried};
use crate::gap::Gap;
use crate::id::{ServiceId, SystemId};
use crate::procedure::Representation;

/// `POST /cases`: a case is opened. Known by `Idempotency-Key`: sent again it is the same case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseOpening)]
pub struct Opening {
    /// Code of the procedure, of which the version in force is taken; or with its version.
    pub procedure: String,
    /// What the person says: inputs of the procedure, and numbers of roles, `cha.so_dinh_danh`. Of a citizen their own number is never taken
    /// from here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// By what right, if for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting: Option<Representation>,
    /// Number of the dossier in the one-stop system; without, the case's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dossier: Option<String>,
    /// Level at which the one-stop system has seen who the person is, 1 to 4; of others it is known by how they signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
}

/// `POST /cases/{id}/answers`: inputs, the answers to questions, and whether what may have passed is asked again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseAnswers)]
pub struct Answers {
    /// Answers by the ask that the question belongs to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub questions: BTreeMap<String, String>,
    /// Inputs that were not given yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// Whether gaps that may have passed are asked again.
    #[serde(default)]
    pub again: bool,
    /// Level at which the one-stop system has seen who the person is since, 1 to 4; of others it is known by how they signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
}

/// `POST /cases/{id}/preview`: what is accepted, and what declined, by item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CasePreviewing)]
pub struct Previewing {
    /// Items that are accepted.
    #[serde(default)]
    pub accept: BTreeSet<String>,
    /// Items that are declined: their values are erased.
    #[serde(default)]
    pub decline: BTreeSet<String>,
}

/// `POST /cases/{id}/corrections`: what the person says, of a line that has a source's value or none; or an officer's word on which counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseCorrecting)]
pub struct Correcting {
    /// The line.
    pub fact: String,
    /// What is said to be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Why; asked for where a source says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Of officers: whether the correction counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<bool>,
}

/// `POST /cases/{id}/papers` as JSON: a paper is asked for. The paper itself is sent as it is, `?item=…&file=…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseAskingPaper)]
pub struct AskingPaper {
    /// For which item.
    pub item: String,
    /// Code of the reason, by the reuse pack; asked for where no gap allows to ask: then it counts as asking again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of officers who decide: whether the paper that was handed in proves what it is for. Nothing is asked for then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proves: Option<bool>,
}

/// `POST /cases/{id}/submit`: the case is submitted; or an officer says what became of a deed, having asked its holder, or has the node ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseSubmitting)]
pub struct Submitting {
    /// Deeds whose outcome was not known: whether each was done. One that was not is sent again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outcomes: BTreeMap<String, bool>,
    /// Of deeds that were done: what the holder gave, by the member of its answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gave: BTreeMap<String, BTreeMap<String, String>>,
    /// Whether the holder of a deed whose outcome is not known is asked for it now, and not when the node would by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ask: bool,
}

/// `POST /cases/{id}/decide`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseDeciding)]
pub struct Deciding {
    /// Whether what was asked for is granted.
    pub granted: bool,
    /// The case's `mark` that was seen: if it is another by now, nothing is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// What is given, where it is granted: kept under a code, to be used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Resulting>,
}

/// A result that is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseResulting)]
pub struct Resulting {
    /// Its kind, by the code that papers have: `phieu-ly-lich-tu-phap`.
    pub kind: String,
    /// What it is called.
    pub name: Name,
    /// What it says: by term of the dictionary, `ndg:ID-002@1.0.0`, or by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// Lines of the case's form that it says as they stand: each by the term or field that it was taken from.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lines: BTreeSet<String>,
    /// The last day on which it holds; absent: it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
}

/// `POST /cases/{id}/results`: a result of this office or of another in the place of an item's paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseUsingResult)]
pub struct UsingResult {
    /// For which item.
    pub item: String,
    /// The code of the result.
    pub code: String,
}

/// `POST /results/{code}/revoke`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseRevoking)]
pub struct Revoking {
    /// Why. It is kept sealed.
    pub reason: String,
}

/// What is signed of a result. Its bytes stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GivenResult {
    /// Its code: agency, kind, day, and letters by chance.
    pub code: String,
    /// Its kind.
    pub kind: String,
    /// What it is called.
    pub name: Name,
    /// What it says.
    pub fields: BTreeMap<String, String>,
    /// The number of whom it is about, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The node that keeps it.
    pub node: String,
    /// The day on which it was given.
    pub issued: Date,
    /// The last day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
}

/// Code of the service by which a one-stop system offers its results to others: `VN/LOC/H05/mot-cua/ket-qua`.
pub const RESULTS: &str = "ket-qua";
/// The path behind it, by `POST`: a result by its code, if it is of this person.
pub const FIND_RESULT: &str = "/find";

/// The service by which a one-stop system offers its results.
#[must_use]
pub fn results_of(system: &SystemId) -> Option<ServiceId> {
    format!("{system}/{RESULTS}").parse().ok()
}

/// What another office asks for: a result, by its code and the number of whom it is to be about. Who knows only one of the two gets nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingResult {
    /// The code.
    pub code: String,
    /// The number.
    pub person: String,
}

/// What another office is given: the result, signed; or that it was revoked, and then nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundResult {
    /// The result.
    #[serde(flatten)]
    pub signed: Option<SignedResult>,
    /// That it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<RevokedResult>,
}

/// What a result's signature is over: these bytes, then the result's as they stand.
pub const RESULT_SIGNED_AS: &[u8] = b"lienthong case result, version 1\n";

/// A result with its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedResult {
    /// The result, as JSON text: what is signed.
    pub result: String,
    /// Name of the node's key.
    pub key: String,
    /// Ed25519 over [`RESULT_SIGNED_AS`] and the text, in hexadecimal.
    pub signature: String,
}

/// `GET /results/{code}`: a result as it was given, and whether it still holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseResult)]
pub struct KeptResult {
    /// As it was given.
    #[serde(flatten)]
    pub signed: SignedResult,
    /// That it was revoked, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<RevokedResult>,
}

/// That a result was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevokedResult {
    /// When.
    pub at: Timestamp,
}

/// `GET /cases`: a case in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseSummary)]
pub struct Summary {
    /// Its id.
    pub id: String,
    /// Number of the dossier.
    pub dossier: String,
    /// Procedure with its version.
    pub procedure: String,
    /// What it is called.
    pub name: Name,
    /// Where it is.
    pub state: State,
    /// When it was opened.
    pub opened: Timestamp,
    /// Who opened it.
    pub by: By,
    /// The last day of its decision, if a text says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// Whether that day is over, and it was not decided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// Items without an answer.
    pub gaps: usize,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseList)]
pub struct List {
    /// The cases.
    pub items: Vec<Summary>,
    /// What `before` names to go on, if there are more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// `GET /cases/{id}/log`: something that happened in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseEvent)]
pub struct Event {
    /// Its number, from 1.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Who did it; none: the node by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// What: `opened`, `asked`, `accepted`, `paper_asked`, …
    pub kind: String,
    /// What it is about: an item, a line, a deed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Reason code, of a gap or an officer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What is signed for a case that was submitted: all but values. Its bytes stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseReceipt)]
pub struct Receipt {
    /// The case.
    pub case: String,
    /// Number of the dossier.
    pub dossier: String,
    /// Procedure with its version.
    pub procedure: String,
    /// The node that says so.
    pub node: String,
    /// When it was submitted.
    pub at: Timestamp,
    /// What was required.
    pub items: Vec<ReceiptItem>,
    /// Names of lines that were corrected.
    pub corrected: Vec<String>,
    /// Deeds at holders.
    pub deeds: Vec<ReceiptDeed>,
}

/// A requirement in a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptItem {
    /// The requirement.
    pub id: String,
    /// How it ended.
    pub state: ItemState,
    /// Why it has no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
    /// The alternative that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternative: Option<usize>,
    /// Those that did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<Tried>,
    /// Its exchanges, by their ids in both ledgers.
    pub exchanges: Vec<String>,
    /// Whether a paper was asked for that was not needed, and the officer's reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_again: Option<String>,
}

/// A deed in a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptDeed {
    /// The deed.
    pub id: String,
    /// Its exchange.
    pub exchange: String,
    /// How it ended.
    pub state: DeedState,
}

/// What a receipt's signature is over: these bytes, then the receipt's as they stand.
pub const RECEIPT_SIGNED_AS: &[u8] = b"lienthong case receipt, version 1\n";

/// A receipt with its signature, as `GET /cases/{id}/receipt` gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedReceipt {
    /// The receipt, as JSON text: what is signed.
    pub receipt: String,
    /// Name of the node's key.
    pub key: String,
    /// Ed25519 over [`RECEIPT_SIGNED_AS`] and the text, in hexadecimal.
    pub signature: String,
}

/// What is answered to whatever changes a case: the case as it is now.
pub type Changed = Case;
