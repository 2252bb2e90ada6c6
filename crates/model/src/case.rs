//! A case as its owner and the office see it: what the API of a node answers and its pages draw.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agency::Name;
use crate::defect::Standing;
use crate::gap::{Gap, GapClass};
use crate::procedure::{Kind, Representation};

/// Where a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CaseState)]
pub enum State {
    /// The State is being asked.
    Fetching,
    /// One thing more is asked of the person.
    Question,
    /// What was found is shown, to be accepted or declined.
    Preview,
    /// The form is checked and completed; papers may be asked for.
    Form,
    /// It was submitted, and deeds are under way.
    Submitting,
    /// What became of a deed is not known: it is asked about, never sent again unseen.
    OutcomeUnknown,
    /// Submitted, with a receipt; the office decides.
    Submitted,
    /// Decided.
    Decided,
    /// Ended without a decision: withdrawn, or expired.
    Closed,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Case {
    /// Its id, of random letters.
    pub id: String,
    /// Number of the dossier, `X-Road-Issue` of its exchanges.
    pub dossier: String,
    /// Procedure with its version.
    pub procedure: String,
    /// What the procedure is called.
    pub name: Name,
    /// Where it is.
    pub state: State,
    /// Changes with every change; what `after` names.
    pub revision: u64,
    /// When it was opened.
    pub opened: Timestamp,
    /// Who opened it.
    pub by: By,
    /// By what right, if for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting: Option<Representation>,
    /// What was required, in the order of the procedure.
    pub items: Vec<Item>,
    /// One thing more that is asked, if anything is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Asked>,
    /// The form as it stands.
    pub form: Vec<Line>,
    /// Deeds at holders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deeds: Vec<Done>,
    /// Another open case of the same kind and person, if there is one: shown, not refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also_open: Option<String>,
    /// The last day of its retention.
    pub kept_until: Date,
    /// The last day of its decision, if a text says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// While sources are asked: after so many seconds what is there is shown, whatever is still to come. The pack of reuse says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_after: Option<u16>,
    /// What is in the way of submission, in words; empty: it can be submitted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Name>,
    /// What was decided, when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decided>,
    /// Whether that last day is over, and it was not decided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// To the office: changes with whatever a decision rests on; by it whoever decides names what they have seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

/// Who did something in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CaseActor)]
pub enum By {
    /// The person, signed in.
    Citizen,
    /// An officer of the office.
    Officer,
    /// The office's one-stop system.
    System,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseDecision)]
pub struct Decided {
    /// Whether what was asked for was granted.
    pub granted: bool,
    /// When.
    pub at: Timestamp,
    /// Code of the result that was made, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

/// A requirement in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseItem)]
pub struct Item {
    /// The requirement's name in the procedure.
    pub id: String,
    /// What it is called.
    pub name: Name,
    /// The paper that it takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<Name>,
    /// How it stands.
    pub state: ItemState,
    /// Why it has no answer. A citizen is told the same of no record and of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
    /// The same, with what follows, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Name>,
    /// What follows from the gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<GapClass>,
    /// Number of the alternative that answered or was tried last, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternative: Option<usize>,
    /// Alternatives that were tried and gave nothing, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<Tried>,
    /// Whether the answer is about whom was asked; to officers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Exchanges that were made for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// Values that were found, to be previewed; known names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Value>,
    /// Whether values were found that are shown to officers only: to this citizen it is told that a record fits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
    /// The code of the office's own result that answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The paper that was asked for or handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_paper: Option<AskedPaper>,
}

/// An alternative that gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseTried)]
pub struct Tried {
    /// Its number, from 0.
    pub alternative: usize,
    /// Why.
    pub gap: Gap,
}

/// Whether an answer is about whom was asked, from the surest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CaseVerdict)]
pub enum Verdict {
    /// The same person.
    Same,
    /// The same person, whose name is spelled otherwise.
    OtherSpelling,
    /// The same person by a number that they had before.
    OldNumber,
    /// It may be: too little is known, or one of the marks differs. An officer looks.
    Doubtful,
    /// Another person: nothing of it was kept.
    Other,
}

/// How a requirement stands in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// Not asked yet: it waits for what another gives.
    Waiting,
    /// Being asked.
    Asking,
    /// Answered, and not yet looked at by the person.
    Found,
    /// Answered and accepted.
    Accepted,
    /// Declined: its values are erased.
    Declined,
    /// Nothing came of it: see the gap.
    Gap,
    /// Shown by a paper.
    Paper,
    /// Said by the person.
    Said,
    /// Does not apply.
    NotApplicable,
}

/// An exchange of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseExchange)]
pub struct Exchange {
    /// Its id in both ledgers.
    pub id: String,
    /// The service that was asked.
    pub service: String,
    /// The agency that answers for it.
    pub agency: Name,
    /// When.
    pub at: Timestamp,
    /// Names of the fields that came.
    pub fields: Vec<String>,
    /// What the question was for: the legal basis, as cited.
    pub basis: String,
}

/// A value in a case with where it is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseValue)]
pub struct Value {
    /// The value.
    pub value: String,
    /// The agency that it is from; none: the person said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Name>,
    /// Day of the record, if its source says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// When it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched: Option<Timestamp>,
    /// The exchange that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
}

/// One question more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseQuestion)]
pub struct Asked {
    /// The ask that it belongs to.
    pub ask: String,
    /// What is asked.
    pub name: Name,
    /// What the answer is.
    pub kind: Kind,
}

/// A line of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseLine)]
pub struct Line {
    /// What it is known as.
    pub fact: String,
    /// Its label.
    pub name: Name,
    /// What it is.
    pub kind: Kind,
    /// Whether it may stay empty.
    pub optional: bool,
    /// What the source, or at first the person, said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// What the person says instead; both stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Correction>,
    /// Whether it has a value that is shown to officers only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
}

/// A correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseCorrection)]
pub struct Correction {
    /// What is said to be right.
    pub value: String,
    /// Why.
    pub why: String,
    /// Who says it.
    pub by: By,
    /// Whether the officer decided that it counts; none: not decided yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<bool>,
    /// Number of the defect at the holder, once it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defect: Option<String>,
    /// How that defect stands, as far as it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defect_state: Option<Standing>,
}

/// A paper in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CasePaper)]
pub struct AskedPaper {
    /// Whether the gap's code allows to ask for it, or asking again counts against the office.
    pub needed: bool,
    /// Reason of the officer, by code of the pack; none where it was needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed_in: Option<Timestamp>,
    /// The number in the case of what was handed in last, by which it is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// What it is: name of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Whether an officer has said that it proves what it is for; none: nobody has looked. Only then may somebody act for another by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proves: Option<bool>,
}

/// A deed as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseDeed)]
pub struct Done {
    /// Its name in the procedure.
    pub id: String,
    /// What it is called.
    pub name: Name,
    /// Id of its exchange.
    pub exchange: String,
    /// How it stands.
    pub state: DeedState,
    /// What the holder gave.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gave: BTreeMap<String, String>,
    /// What the holder said against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Name>,
    /// Where nobody knows what became of it, and its holder can be asked: when the node asks by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_next: Option<Timestamp>,
}

/// How a deed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeedState {
    /// To be sent.
    Waiting,
    /// Sent.
    Sent,
    /// Done by the holder.
    Done,
    /// Refused by the holder.
    Refused,
    /// Nobody knows yet.
    OutcomeUnknown,
}
