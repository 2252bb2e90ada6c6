//! Whether a request may go on: by the directory, and by the rate. Both nodes ask, each with its own.

use std::time::Instant;

use jiff::Timestamp;
use model::fault::Fault;

use crate::compiled::CompiledDirectory;
use crate::decide::{Permit, decide};
use crate::rate::Rates;
use crate::request::{Question, Request};

/// A request that may go on.
pub(crate) enum Admitted {
    /// To its service, by a grant.
    Service(Permit),
    /// To be answered by the node of the system that it is about.
    Question(Question),
}

/// Decides, and takes the request out of its grant's bucket, or out of its system's for questions.
///
/// # Errors
/// Those of [`decide`], [`Fault::RateExceeded`], [`Fault::TooManyQuestions`].
pub(crate) fn admit(
    directory: &CompiledDirectory,
    request: &Request,
    (rates, question_rates): (&Rates, &Rates),
    now: Timestamp,
) -> Result<Admitted, Fault> {
    match request {
        Request::Question(call, question) => {
            question_rates.admit_question(&call.client, Instant::now())?;
            Ok(Admitted::Question(*question))
        }
        Request::Service(call) => {
            let permit = decide(directory, call, now)?;
            let grant = &permit.grant;
            rates.admit(&grant.counted_for(&call.client), (&grant.id, grant.per_second), Instant::now())?;
            Ok(Admitted::Service(permit))
        }
    }
}

impl Admitted {
    /// Whether it changes nothing.
    pub(crate) fn is_safe(&self) -> bool {
        match self {
            Self::Service(permit) => permit.is_safe,
            Self::Question(_) => true,
        }
    }

    /// The largest body that it can have a use for, where a node takes up to `most`.
    pub(crate) fn body_bytes(&self, most: u64) -> u64 {
        match self {
            Self::Service(permit) => permit.offered.body_bytes(most),
            Self::Question(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use model::directory::{Bin, Content, Directory, Part, Piece};
    use model::endpoint::CallPath;
    use model::grant::Grant;
    use serde_json::json;

    use super::*;
    use crate::decide::Call;

    /// What a grant for a class lets through is counted for each of its systems.
    #[test]
    fn each_system_of_a_class_has_the_rate_of_its_grant_for_itself() {
        let name = json!({ "vi": "a", "en": "a" });
        let piece = |content| Piece { sha256: [0; 32], content: Some(content) };
        let entry = |agency: &str| {
            let entry = json!({ "agency": { "id": agency, "name": name, "bloc": "local" }, "systems": [{ "id": format!("{agency}/mot-cua"), "name": name }],
                "services": [{ "id": format!("{agency}/mot-cua/d"), "name": name, "http": { "endpoints": [{ "method": "GET", "path": "/**" }] } }] });
            (
                Part::Agency(agency.parse().unwrap()),
                piece(Content::Agency(Box::new(serde_json::from_value(entry).unwrap()))),
            )
        };
        let grant: Grant = serde_json::from_value(json!({ "id": "g", "client": "VN/LOC/*/mot-cua", "service": "VN/LOC/H0/mot-cua/d", "fields": "all",
            "uses": [{ "purpose": "p", "basis": "b" }], "per_second": 2 })).unwrap();
        let charter = json!({ "instance": "VN", "purposes": [], "anchors": [], "bases": [{ "code": "b", "ground": "state_activity", "citation": "b" }] });
        let charter = Content::Charter(Box::new(serde_json::from_value(charter).unwrap()));
        let bin = Part::Grants(Bin::of(&grant.client, &grant.service));
        let parts = [(Part::Charter, piece(charter)), (bin, piece(Content::Grants(vec![grant])))];
        let parts = parts.into_iter().chain(["VN/LOC/H0", "VN/LOC/H1"].map(entry)).collect();
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let directory =
            CompiledDirectory::of(Directory { revision: 1, expires: Timestamp::MAX, parts }, now).unwrap();
        let rates = (&Rates::default(), &Rates::default());
        let asked = |agency: &str| {
            let call = Call {
                client: format!("{agency}/mot-cua").parse().unwrap(),
                service: "VN/LOC/H0/mot-cua/d".parse().unwrap(),
                purpose: "p".into(),
                method: "GET".into(),
                path: CallPath::parse("/x").unwrap(),
            };
            admit(&directory, &Request::Service(call), rates, now).map(drop).map_err(|fault| fault.en())
        };
        for agency in ["VN/LOC/H0", "VN/LOC/H1"] {
            assert!(asked(agency).is_ok() && asked(agency).is_ok(), "{agency}");
            assert!(asked(agency).unwrap_err().contains("g "), "{:?}", asked(agency));
        }
        assert!(asked("VN/LOC/H9").is_err());
    }
}
