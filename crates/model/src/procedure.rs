//! Administrative procedures as data: who is in a case, what must be shown, which databases are asked for it, what the form has, and what
//! follows. A case is carried by the node from this alone.
//!
//! What is known in a case has names, `{role}.{name}`: `cha.so_dinh_danh`. A [`Field`] of the person gives one, a [`Claim`] on an answer gives
//! one, and asks, conditions and the form read them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agency::Name;
use crate::condition::Condition;
use crate::id::{MemberId, ServiceId};
use crate::time::Validity;

/// What a test calls the value that it tests.
pub const IT: &str = "it";

/// A version of a procedure. A case ends by the one that it began with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Its code in the national database of procedures and our version: `1.001193@1`.
    pub id: String,
    /// What it is called.
    pub name: Name,
    /// The ministry that publishes it.
    pub owner: MemberId,
    /// Where it is done.
    pub levels: BTreeSet<Level>,
    /// The purpose that its asks name, of this procedure alone: a grant's fields hold for all its purposes.
    pub purpose: String,
    /// Codes of legal bases: the one that grants name first.
    pub bases: Vec<String>,
    /// The persons and organisations in a case; the first is whose case it is.
    pub roles: Vec<Role>,
    /// For whom somebody else may act, and the requirement that proves it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts_for: Vec<ActsFor>,
    /// Level of authentication that it asks for, 1 to 4 (rule ID-03).
    pub assurance: u8,
    /// What the person says at the beginning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Field>,
    /// What must be shown.
    pub requirements: Vec<Requirement>,
    /// The form, in order.
    pub form: Vec<FormField>,
    /// What is done at holders when the case is submitted, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deeds: Vec<Deed>,
    /// Working days until it is decided, if a text says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_days: Option<u16>,
    /// Where it is from.
    pub source: String,
    /// Whether that is known second-hand only: never to be shown as the text of a law.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_hand: bool,
    /// Whether the asks are ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
    /// The days on which cases may begin by it.
    #[serde(flatten)]
    pub valid: Validity,
}

/// Where a procedure is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProcedureLevel)]
pub enum Level {
    /// At communes.
    Commune,
    /// At provinces.
    Province,
    /// At ministries.
    Ministry,
}

/// Somebody in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProcedureRole)]
pub struct Role {
    /// Its name: `cha`.
    pub id: String,
    /// What it is called.
    pub name: Name,
    /// What it is.
    #[serde(default)]
    pub party: Party,
}

/// What a role is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// A person with a number; known as `{role}.so_dinh_danh`.
    #[default]
    Person,
    /// A person without a number yet: a newborn, a foreigner (rule ID-07).
    Unnumbered,
    /// An organisation; known as `{role}.ma_so_doanh_nghiep`.
    Organisation,
    /// A thing: a parcel, a vehicle.
    Thing,
}

/// Who may act for whose case it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActsFor {
    /// How.
    pub how: Representation,
    /// The requirement that proves it.
    pub proved_by: String,
    /// The role of whoever acts.
    pub role: String,
}

/// By what right somebody acts for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Representation {
    /// Father or mother of a child.
    Parent,
    /// Guardian.
    Guardian,
    /// Husband or wife.
    Spouse,
    /// Legal representative of an organisation.
    LegalRepresentative,
    /// By a mandate.
    Mandate,
}

/// Something that a person says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProcedureField)]
pub struct Field {
    /// What it is known as: `con.ho_ten`.
    pub fact: String,
    /// The question.
    pub name: Name,
    /// What it is.
    pub kind: Kind,
    /// Whether the case goes on without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProcedureFieldKind)]
pub enum Kind {
    /// A text of at most 500 characters.
    Text,
    /// A day, `yyyy-mm-dd`.
    Date,
    /// A whole number.
    Number,
    /// An id number of 12 digits.
    PersonId,
    /// Yes or no: `true` or `false`.
    Yes,
    /// One of a list: code and what it is called.
    Choice(Vec<Choice>),
}

/// One that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: Name,
}

/// Something that must be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Its name in the procedure.
    pub id: String,
    /// What it is called.
    pub name: Name,
    /// Whom it is about.
    pub role: String,
    /// When it applies; absent: always. Too little known: it applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// The paper that people brought for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<Paper>,
    /// Ways to show it, the preferred first; one is enough.
    pub alternatives: Vec<Alternative>,
    /// Days after which an answer or result is too old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_days: Option<u16>,
    /// What is done where no alternative answers.
    pub otherwise: Otherwise,
}

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProcedurePaper)]
pub struct Paper {
    /// Its code: `giay-khai-sinh`.
    pub code: String,
    /// What it is called.
    pub name: Name,
}

/// What is done where no alternative answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// The paper is asked for.
    Paper,
    /// The person says it.
    Field,
    /// It is done without.
    Nothing,
}

/// A way to show something: all its asks must answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RequirementAlternative)]
pub struct Alternative {
    /// What is asked. Empty: the paper, or the person's word, is this way.
    pub asks: Vec<Ask>,
    /// The agency that holds such data and gives them by no service yet; then nothing is asked, and the gap is `not_published`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<MemberId>,
}

/// A question to one dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Its name in the procedure, of its own.
    pub id: String,
    /// What is asked.
    pub service: ServiceId,
    /// How the record is found: field of the dataset, or its term, and what is known that it must be equal to. Never empty. In the directory
    /// always by field.
    pub find: BTreeMap<String, String>,
    /// What is taken from the answer.
    pub claims: Vec<Claim>,
    /// How it is known that the answer is about whom was asked; absent only of things and organisations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// One thing more that the person is asked where several records fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
    /// Set by the directory alone: the days on which a published scope lets it be asked, by the classes of systems that may. On others it is
    /// not asked, and the gap is `not_published`. Absent: it is not known, so it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Vec<Published>>,
}

/// Days on which systems of a class may ask.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[schema(as = AskPublished)]
pub struct Published {
    /// The class: `VN/LOC/*/mot-cua`.
    pub clients: String,
    /// The days.
    #[serde(flatten)]
    pub valid: Validity,
}

/// Fields of an answer by which the person is known, or their terms; in the directory always fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AskIdentity)]
pub struct Identity {
    /// The role that the answer must be about.
    pub role: String,
    /// Field with the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Field with the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Field with the day of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born: Option<String>,
}

/// One question more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is asked.
    pub name: Name,
    /// The field of the dataset that the answer must be equal to.
    pub field: String,
    /// What the answer is.
    pub kind: Kind,
}

/// What is taken from an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AskClaim)]
pub struct Claim {
    /// The term of the dictionary, `ndg:ID-001@1.0.0`, by which the field is found in the contract in force; absent: `field` names it. One of
    /// the two is there, but where there must be no record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// The field of the dataset. In the directory always there, but for what must be absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is done with it.
    #[serde(rename = "use")]
    pub how: Use,
}

/// What is done with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClaimUse)]
pub enum Use {
    /// It becomes known under this name, and may fill the form.
    Fill(String),
    /// It must be equal to what is known under this name.
    Confirm(String),
    /// It is only tested, as `it`, and not kept: the verdict is.
    Test(Condition),
    /// There must be no record, in a dataset whose contract calls it complete.
    Absent,
}

/// A line of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// What it shows: a name that an input or a claim makes known.
    pub fact: String,
    /// Its label.
    pub name: Name,
    /// What it is.
    pub kind: Kind,
    /// Whether it may stay empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// What is done at a holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deed {
    /// Its name in the procedure.
    pub id: String,
    /// What it is called.
    pub name: Name,
    /// The service.
    pub service: ServiceId,
    /// The path behind it; it is sent by `POST`.
    pub path: String,
    /// Members of the body, and what is known that each has.
    pub body: BTreeMap<String, String>,
    /// Members of the answer, and what each becomes known as.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gives: BTreeMap<String, String>,
    /// The path by which its outcome is asked for where it is not known, by `GET` with the id of its exchange behind it: the holder answers as it
    /// answered, or that there is no such deed. Without one somebody asks the holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

impl Procedure {
    /// Its code without the version.
    #[must_use]
    pub fn code(&self) -> &str {
        self.id.split_once('@').map_or(self.id.as_str(), |(code, _)| code)
    }

    /// Its version: 1, 2, …
    #[must_use]
    pub fn version(&self) -> Option<u32> {
        self.id.split_once('@')?.1.parse().ok()
    }

    /// All asks, in order.
    pub fn asks(&self) -> impl Iterator<Item = (&Requirement, &Ask)> {
        self.requirements.iter().flat_map(|requirement| {
            requirement
                .alternatives
                .iter()
                .flat_map(move |way| way.asks.iter().map(move |ask| (requirement, ask)))
        })
    }
}

/// The operation of a dataset by which an ask is made, by `POST`.
pub const FIND: &str = "/find";
/// The role of the case itself. Of it are known from the beginning `ho_so.ngay`, the day, and `ho_so.so`, the number of the dossier.
pub const CASE: &str = "ho_so";
/// See [`CASE`].
pub const CASE_FACTS: [&str; 2] = ["ho_so.ngay", "ho_so.so"];

/// What is known of a role from the beginning, or becomes known: `{role}.{this}`.
pub const NUMBER: &str = "so_dinh_danh";
/// The same of an organisation.
pub const ENTERPRISE: &str = "ma_so_doanh_nghiep";
/// The name, by which answers are compared with the person.
pub const FULL_NAME: &str = "ho_ten";
/// The day of birth, by which answers are compared with the person.
pub const BORN: &str = "ngay_sinh";

impl Procedure {
    /// The role of this name.
    #[must_use]
    pub fn role(&self, id: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// The requirement of this name.
    #[must_use]
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|one| one.id == id)
    }

    /// What is known when a case begins: the number of whose case it is, and of whoever acts for them; the case's own facts, and what the
    /// person says.
    #[must_use]
    pub fn given(&self) -> BTreeSet<String> {
        let acts = self.acts_for.iter().filter_map(|acts| self.role(&acts.role));
        let own = self.roles.first().into_iter().chain(acts).filter_map(Role::number);
        let case = CASE_FACTS.map(str::to_owned);
        own.chain(case).chain(self.inputs.iter().map(|input| input.fact.clone())).collect()
    }
}

impl Role {
    /// What its number is known as, if it has one.
    #[must_use]
    pub fn number(&self) -> Option<String> {
        match self.party {
            Party::Person => Some(format!("{}.{NUMBER}", self.id)),
            Party::Organisation => Some(format!("{}.{ENTERPRISE}", self.id)),
            Party::Unnumbered | Party::Thing => None,
        }
    }

    /// Whether an answer about it must show that it is about it.
    #[must_use]
    pub fn is_person(&self) -> bool {
        matches!(self.party, Party::Person | Party::Unnumbered)
    }
}

impl Ask {
    /// What must be known before it can be asked, or its answer judged: each name once.
    #[must_use]
    pub fn reads(&self) -> BTreeSet<&str> {
        let found = self.find.values().map(String::as_str);
        let judged = self.claims.iter().flat_map(|claim| match &claim.how {
            Use::Confirm(fact) => vec![fact.as_str()],
            Use::Test(condition) => condition.reads().into_iter().filter(|name| *name != IT).collect(),
            Use::Fill(_) | Use::Absent => Vec::new(),
        });
        found.chain(judged).collect()
    }

    /// The fields that a grant must cover so that it can be asked: those that come back, and those by which the record is found.
    #[must_use]
    pub fn needs(&self) -> BTreeSet<&str> {
        let found = self.find.keys().map(String::as_str);
        let asked = self.question.iter().map(|question| question.field.as_str());
        self.fields().into_iter().chain(found).chain(asked).collect()
    }

    /// What its answer makes known.
    pub fn makes(&self) -> impl Iterator<Item = &str> {
        self.claims.iter().filter_map(|claim| match &claim.how {
            Use::Fill(fact) => Some(fact.as_str()),
            _ => None,
        })
    }

    /// The fields of the dataset that are asked for: those of claims and of identity. A claim without a field is one that is not bound yet.
    #[must_use]
    pub fn fields(&self) -> BTreeSet<&str> {
        let identity = self.identity.iter().flat_map(|one| [&one.number, &one.name, &one.born]);
        let claimed = self.claims.iter().map(|claim| &claim.field);
        identity.chain(claimed).filter_map(Option::as_deref).collect()
    }
}
