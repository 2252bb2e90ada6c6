//! The shipped procedures, many times over, against the shipped scopes: how long proving them takes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use model::contain::{Reach, Uncovered, covered_days, uncovered};
use model::endpoint::Endpoint;
use model::procedure::{FIND, Procedure};
use model::scope::Scope;
use model::time::Validity;
use serde_json::Value;

use crate::pairs::operation;

/// The shipped documents.
const DOCUMENTS: [&str; 5] = [
    include_str!("../../../data/procedures/bao-hiem-xa-hoi.yaml"),
    include_str!("../../../data/procedures/cu-tru-can-cuoc.yaml"),
    include_str!("../../../data/procedures/dat-dai-giao-duc-khac.yaml"),
    include_str!("../../../data/procedures/ho-tich.yaml"),
    include_str!("../../../data/procedures/pham-vi.yaml"),
];

/// Procedures and scopes.
pub struct Published {
    /// The procedures.
    pub procedures: Vec<Procedure>,
    /// The scopes, each for all of them that it names.
    pub scopes: Vec<Scope>,
}

/// What came of proving.
#[derive(Debug, Clone)]
pub struct Proved {
    /// Things that are asked or done, over all procedures.
    pub asked: usize,
    /// Those that are not covered on any day, with the procedure.
    pub uncovered: Vec<(String, Uncovered)>,
    /// How long it took.
    pub took: Duration,
}

impl Published {
    /// What is shipped.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn shipped() -> Result<Self, String> {
        let (mut procedures, mut scopes) = (Vec::new(), Vec::new());
        for text in DOCUMENTS {
            let documents: Vec<Value> =
                serde_saphyr::from_multiple(text).map_err(|error| error.to_string())?;
            for mut document in documents {
                let kind = document.as_object_mut().and_then(|members| members.remove("kind"));
                let read = |error: serde_json::Error| error.to_string();
                match kind.as_ref().and_then(Value::as_str) {
                    Some("Procedure") => procedures.push(serde_json::from_value(document).map_err(read)?),
                    Some("Scope") => scopes.push(serde_json::from_value(document).map_err(read)?),
                    _ => {}
                }
            }
        }
        Ok(Self { procedures, scopes })
    }

    /// So many procedures, each the like of one of these under a code of its own, and scopes that name them all.
    #[must_use]
    pub fn multiplied(&self, count: usize) -> Self {
        let (mut procedures, mut scopes) = (Vec::with_capacity(count), self.scopes.clone());
        scopes.iter_mut().for_each(|scope| scope.procedures.clear());
        for (number, one) in self.procedures.iter().cycle().take(count).enumerate() {
            let code = format!("{}.{number}", one.code());
            for (scope, known) in scopes.iter_mut().zip(&self.scopes) {
                if known.procedures.contains(one.code()) {
                    scope.procedures.insert(code.clone());
                }
            }
            procedures.push(Procedure { id: format!("{code}@1"), purpose: code, ..one.clone() });
        }
        Self { procedures, scopes }
    }

    /// Proves each procedure, for each class of systems that a scope names.
    #[must_use]
    pub fn prove(&self) -> Proved {
        let began = Instant::now();
        let (mut asked, mut open) = (0, Vec::new());
        for procedure in &self.procedures {
            let allowed: Vec<Reach> = self
                .scopes
                .iter()
                .filter_map(|scope| scope.reach(procedure.code(), &procedure.purpose))
                .collect();
            let classes: BTreeSet<&String> = allowed.iter().flat_map(|one| &one.clients).collect();
            for class in classes {
                let since = allowed.iter().filter_map(|one| one.valid.valid_from).max();
                for reach in reaches(procedure, class, since) {
                    asked += 1;
                    if covered_days(&reach, &allowed).is_empty()
                        && let Some(found) = uncovered(std::slice::from_ref(&reach), &allowed)
                    {
                        open.push((procedure.id.clone(), found));
                    }
                }
            }
        }
        Proved { asked, uncovered: open, took: began.elapsed() }
    }
}

/// What a procedure asks and does, for a class of systems, from a day on. Fields that it names by their terms are left out: which they are the
/// contract in force says.
fn reaches(procedure: &Procedure, class: &str, since: Option<Date>) -> Vec<Reach> {
    let reach = |service: &model::id::ServiceId, operation: Endpoint, fields: BTreeSet<String>| Reach {
        service: service.clone(),
        operations: vec![operation],
        fields: Some(fields),
        purposes: Some(BTreeSet::from([procedure.purpose.clone()])),
        clients: BTreeSet::from([class.to_owned()]),
        valid: Validity { valid_from: since, valid_to: None },
    };
    let asks = procedure.asks().map(|(_, ask)| {
        let named = ask.needs().into_iter().filter(|name| !name.contains(':'));
        let fields = named.map(str::to_owned).collect();
        reach(&ask.service, operation(("POST", FIND)), fields)
    });
    let deeds = procedure.deeds.iter().map(|deed| {
        reach(&deed.service, operation(("POST", &deed.path)), deed.gives.keys().cloned().collect())
    });
    asks.chain(deeds).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_procedures_are_proved_and_what_a_scope_drops_is_told() {
        let thousand = Published::shipped().unwrap().multiplied(1_000);
        let proved = thousand.prove();
        assert_eq!(proved.uncovered.first().map(|(id, found)| format!("{id}: {found}")), None);
        assert!(proved.asked > 3_000, "{}", proved.asked);
        let mut less = thousand;
        for scope in &mut less.scopes {
            scope.fields.remove("ngay_sinh");
        }
        let proved = less.prove();
        assert!(!proved.uncovered.is_empty());
        assert!(proved.uncovered.iter().all(|(_, found)| found.field.as_deref() == Some("ngay_sinh")));
    }
}
