//! What an entry says of an exchange, in the words in which people ask for it: who asked whom, when, what for, on which case, what came of it.

use std::borrow::Cow;

use jiff::Timestamp;
use model::id::{ServiceId, SystemId};
use model::usage;

use crate::entry::{Entry, Proof, Side};

/// What an exchange came to. The first five as the figures of the traffic count them, by the same rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Answered with something.
    Answered,
    /// Answered: there is no such thing.
    Empty,
    /// The call itself was wrong.
    Rejected,
    /// A rule said no.
    Refused,
    /// A node, the network or the service failed.
    Failed,
    /// Of the answer only a part was sent.
    Broken,
    /// Recorded before it began: what came of it stands in a later entry, or is not known.
    Begun,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Answered, Self::Empty, Self::Rejected, Self::Refused, Self::Failed, Self::Broken, Self::Begun];

    /// Its name, for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Empty => "empty",
            Self::Rejected => "rejected",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Broken => "broken_off",
            Self::Begun => "begun",
        }
    }
}

impl From<usage::Outcome> for Outcome {
    fn from(outcome: usage::Outcome) -> Self {
        match outcome {
            usage::Outcome::Answered => Self::Answered,
            usage::Outcome::Empty => Self::Empty,
            usage::Outcome::Rejected => Self::Rejected,
            usage::Outcome::Refused => Self::Refused,
            usage::Outcome::Failed => Self::Failed,
        }
    }
}

/// Which end an exchange was recorded at, for programs.
#[must_use]
pub fn side_name(side: Side) -> &'static str {
    match side {
        Side::Consumer => "consumer",
        Side::Provider => "provider",
    }
}

/// What one entry says. What it does not say is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts<'a> {
    /// When it was recorded.
    pub at: Timestamp,
    /// Which end this is.
    pub side: Side,
    /// What came of it.
    pub outcome: Outcome,
    /// Our code of what was refused or failed.
    pub code: &'a str,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The calling system.
    pub client: Cow<'a, str>,
    /// The service.
    pub service: Cow<'a, str>,
    /// What for.
    pub purpose: &'a str,
    /// The officer.
    pub officer: &'a str,
    /// The case.
    pub case: &'a str,
    /// The caller's own id of the message.
    pub id: &'a str,
    /// The nodes' id of the exchange, the same in both ledgers.
    pub exchange: &'a str,
    /// On whose behalf.
    pub party: &'a str,
    /// Method of the call.
    pub method: &'a str,
    /// Its path.
    pub path: &'a str,
    /// Its query, with the question mark if there is one.
    pub query: &'a str,
    /// Bytes of an answer that broke off.
    pub sent: Option<u64>,
}

/// By what entries are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// The case. What names few entries stands first: it is asked first.
    Case,
    /// An id, of the message or of the exchange.
    Id,
    /// The name of a key: entries that hold it.
    Key,
    /// The officer.
    Officer,
    /// Our code.
    Code,
    /// The outcome, by its name.
    Outcome,
    /// The purpose.
    Purpose,
    /// The service, its system or its agency.
    Service,
    /// The calling system or its agency.
    Client,
    /// The side, by its name.
    Side,
}

/// Parts of an identifier from which on it names an agency.
const AGENCY_PARTS: usize = 3;

impl<'a> Facts<'a> {
    /// What `entry` says of an exchange; `None` if it is of none.
    #[must_use]
    pub fn of(entry: &'a Entry) -> Option<Self> {
        match entry {
            Entry::Key { .. } => None,
            Entry::Intent { at, request } => {
                Some(Self::empty(*at, Side::Provider, Outcome::Begun).with_request(request))
            }
            Entry::Exchange { at, side, request, answer } => {
                Some(Self::empty(*at, *side, Outcome::Answered).with_request(request).with_answer(answer))
            }
            Entry::Refusal { at, side, fault, call, request } => {
                let sent = entry.sent();
                let outcome =
                    if sent.is_some() { Outcome::Broken } else { usage::Outcome::of_code(fault).into() };
                let mut facts =
                    Self { code: fault, sent, ..Self::empty(*at, *side, outcome) }.with_call(call);
                if let Some(request) = request {
                    facts = facts.with_request(request);
                }
                Some(facts)
            }
        }
    }

    fn empty(at: Timestamp, side: Side, outcome: Outcome) -> Self {
        Self {
            at,
            side,
            outcome,
            code: "",
            status: None,
            client: "".into(),
            service: "".into(),
            purpose: "",
            officer: "",
            case: "",
            id: "",
            exchange: "",
            party: "",
            method: "",
            path: "",
            query: "",
            sent: None,
        }
    }

    /// Takes what a refusal says of its call.
    fn with_call(mut self, call: &'a str) -> Self {
        for (name, value) in call.lines().filter_map(|line| line.split_once(": ")) {
            match name {
                "client" => self.client = value.into(),
                "service" => self.service = value.into(),
                "purpose" => self.purpose = value,
                "user" => self.officer = value,
                "case" => self.case = value,
                "id" => self.id = value,
                "method" => self.method = value,
                "path" => self.path = value,
                _ => {}
            }
        }
        self
    }

    /// Takes what a request's base says.
    fn with_request(mut self, request: &'a Proof) -> Self {
        for (name, value) in request.base.lines().filter_map(|line| line.split_once(": ")) {
            match name {
                "\"@method\"" => self.method = value,
                "\"@path\"" => {
                    self.path = value;
                    self.service = service_of(value).unwrap_or_else(|| self.service.clone());
                }
                "\"@query\"" if value != "?" => self.query = value,
                "\"x-road-client\"" => self.client = canonical::<SystemId>(value),
                "\"x-road-userid\"" => self.officer = value,
                "\"x-road-issue\"" => self.case = value,
                "\"x-road-id\"" => self.id = value,
                "\"x-road-request-id\"" => self.exchange = value,
                "\"x-road-represented-party\"" => self.party = value,
                "\"lienthong-purpose\"" => self.purpose = value,
                _ => {}
            }
        }
        self
    }

    /// Takes what an answer's base says.
    fn with_answer(mut self, answer: &'a Proof) -> Self {
        for (name, value) in answer.base.lines().filter_map(|line| line.split_once(": ")) {
            match name {
                "\"@status\"" => self.status = value.parse().ok(),
                "\"lienthong-fault\"" | "\"lienthong-fault\";tr" => self.code = value,
                _ => {}
            }
        }
        self.outcome = match self.status {
            _ if !self.code.is_empty() => usage::Outcome::of_code(self.code).into(),
            Some(status) => usage::Outcome::of_status(status).into(),
            None => Outcome::Answered,
        };
        self
    }

    /// Shows each term by which the entry is found; some may come twice.
    pub(crate) fn terms(&self, mut show: impl FnMut(Field, &str)) {
        show(Field::Side, side_name(self.side));
        show(Field::Outcome, self.outcome.name());
        for (field, value) in [
            (Field::Code, self.code),
            (Field::Purpose, self.purpose),
            (Field::Officer, self.officer),
            (Field::Case, self.case),
            (Field::Id, self.id),
            (Field::Id, self.exchange),
        ] {
            if !value.is_empty() {
                show(field, value);
            }
        }
        for (field, id) in [(Field::Client, &self.client), (Field::Service, &self.service)] {
            for (at, _) in id.match_indices('/').skip(AGENCY_PARTS - 1) {
                show(field, id.get(..at).unwrap_or_default());
            }
            if !id.is_empty() {
                show(field, id);
            }
        }
    }

    /// Whether the entry is found by that value of that field.
    #[must_use]
    pub fn has(&self, field: Field, value: &str) -> bool {
        let mut found = false;
        self.terms(|own, of_own| found |= own == field && of_own == value);
        found
    }
}

/// The service that a path names: `/r1/instance/class/member/system/service…`.
fn service_of(path: &str) -> Option<Cow<'_, str>> {
    let rest = path.strip_prefix("/r1/")?;
    let end = rest.match_indices('/').nth(4).map_or(rest.len(), |(at, _)| at);
    Some(canonical::<ServiceId>(rest.get(..end)?))
}

/// An identifier in its one spelling; as it is, if it is none.
fn canonical<T: std::str::FromStr + std::fmt::Display>(text: &str) -> Cow<'_, str> {
    // What holds nothing but these is spelled in one way only.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    if text.bytes().all(is_plain) {
        return text.into();
    }
    text.parse::<T>().map_or(Cow::Borrowed(text), |id| Cow::Owned(id.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(base: &str) -> Proof {
        Proof { base: base.to_owned(), signature: vec![1; 64] }
    }

    const REQUEST: &str = "\"@method\": GET\n\"@path\": /r1/VN/GOV/G01/dan-cu/nguoi/001\n\"@query\": ?\n\"x-road-client\": VN/LOC/H05/mot-cua\n\
        \"x-road-id\": VN-1\n\"x-road-request-id\": 0192\n\"x-road-userid\": cb-7\n\"x-road-issue\": HS-9: b\n\"lienthong-purpose\": khai-sinh\n\
        \"@signature-params\": (\"@method\");created=1";

    fn exchange(answer: &str) -> Entry {
        let at = Timestamp::UNIX_EPOCH;
        Entry::Exchange { at, side: Side::Consumer, request: proof(REQUEST), answer: proof(answer) }
    }

    #[test]
    fn an_exchange_says_who_asked_whom_for_what_on_which_case() {
        let entry = exchange("\"@status\": 200\n");
        let facts = Facts::of(&entry).unwrap();
        assert_eq!((&*facts.client, &*facts.service), ("VN/LOC/H05/mot-cua", "VN/GOV/G01/dan-cu/nguoi"));
        assert_eq!((facts.purpose, facts.officer, facts.case), ("khai-sinh", "cb-7", "HS-9: b"));
        assert_eq!((facts.outcome, facts.status, facts.query), (Outcome::Answered, Some(200), ""));
        for (field, value) in [
            (Field::Client, "VN/LOC/H05"),
            (Field::Service, "VN/GOV/G01/dan-cu"),
            (Field::Service, "VN/GOV/G01/dan-cu/nguoi"),
            (Field::Id, "VN-1"),
            (Field::Id, "0192"),
            (Field::Side, "consumer"),
        ] {
            assert!(facts.has(field, value), "{field:?} {value}");
        }
        assert!(!facts.has(Field::Client, "VN/LOC") && !facts.has(Field::Service, "VN/GOV/G01/dan"));
    }

    #[test]
    fn an_outcome_is_what_the_figures_count() {
        for (answer, outcome, code) in [
            ("\"@status\": 404\n", Outcome::Empty, ""),
            ("\"@status\": 422\n", Outcome::Rejected, ""),
            ("\"@status\": 500\n", Outcome::Failed, ""),
            ("\"@status\": 500\n\"lienthong-fault\": LT-2104\n", Outcome::Refused, "LT-2104"),
            ("\"@status\": 200\n\"lienthong-fault\";tr: LT-4102\n", Outcome::Failed, "LT-4102"),
        ] {
            let entry = exchange(answer);
            let facts = Facts::of(&entry).unwrap();
            assert_eq!((facts.outcome, facts.code), (outcome, code), "{answer}");
        }
    }

    #[test]
    fn identifiers_are_found_by_their_one_spelling() {
        let entry = Entry::Intent {
            at: Timestamp::UNIX_EPOCH,
            request: proof(
                "\"@path\": /r1/VN/GOV/G01/dan%2dcu/nguoi\n\"x-road-client\": VN/LOC/H05/%6dot-cua\n",
            ),
        };
        let facts = Facts::of(&entry).unwrap();
        assert!(
            facts.has(Field::Service, "VN/GOV/G01/dan-cu/nguoi")
                && facts.has(Field::Client, "VN/LOC/H05/mot-cua")
        );
        assert_eq!(facts.outcome, Outcome::Begun);
    }
}
