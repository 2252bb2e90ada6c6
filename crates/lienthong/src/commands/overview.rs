//! What an officer should see first, as people read it: each figure with its name, then what is late.

use hub::sheet::cell;
use model::words::Words;
use serde_json::Value;

use crate::commands::columns;
use crate::commands::show;
use crate::language::{self, Told as _};
use crate::texts;

/// A figure: where it stands, and what it counts.
type Figure = (&'static str, fn() -> Words);

const FIGURES: &[Figure] = &[
    ("databases.known", texts::databases_known),
    ("databases.confirmed", texts::databases_confirmed),
    ("databases.observed.in_shared_use", texts::databases_shared),
    ("databases.observed.connected", texts::databases_used),
    ("databases.observed.published", texts::databases_published),
    ("databases.observed.no_service", texts::databases_without_service),
    ("databases.observed.not_measured", texts::databases_not_measured),
    ("databases.late", texts::databases_late),
    ("databases.claims", texts::databases_claims),
    ("databases.candidates", texts::databases_planned),
    ("duties.all", texts::duties_all),
    ("duties.met", texts::duties_met),
    ("duties.not_measured", texts::duties_not_measured),
    ("requests_waiting", texts::requests_waiting),
    ("suspensions", texts::suspensions),
    ("gaps", texts::gaps),
    ("differences", texts::differences),
];

const PRIORITY: &[&str] =
    &["name.vi", "id", "owner", "declared.stage", "observed", "deadline", "time_left.vi"];
const OVERDUE: &[&str] = &["duty", "holder", "deadline", "time_left.vi"];

/// The overview as tables.
pub(super) fn told(answer: &Value) -> String {
    let figure = |(path, words): &Figure| {
        vec![words().told(), columns::grouped(&cell(answer, path), language::chosen())]
    };
    let (head, count) = (texts::as_of(&cell(answer, "today")).told(), texts::figure().told());
    let mut parts = vec![show::table(vec![&head, &count], FIGURES.iter().map(figure).collect())];
    let lists = [
        ("/priority", PRIORITY, texts::named_first()),
        ("/duties/overdue", OVERDUE, texts::duties_overdue()),
    ];
    for (place, columns, title) in lists {
        let items = answer.pointer(place).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if !items.is_empty() {
            parts.push(format!("{}\n{}", title.told(), show::told(columns, items)));
        }
    }
    parts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_have_names_and_nothing_is_json() {
        let answer = json!({
            "today": "2026-11-30", "databases": { "known": 1161, "observed": { "in_shared_use": 3 } }, "duties": { "all": 7, "overdue": [
                { "duty": "dinh-danh", "holder": "VN/GOV/G01", "deadline": "2026-11-01", "time_left": { "days": -29, "vi": "trễ 29 ngày", "en": "29 days late" } }
            ] },
            "priority": [{ "id": "VNDB-013", "name": { "vi": "Dân cư", "en": "Population" }, "observed": "in_shared_use" }],
        });
        let text = told(&answer);
        for said in ["1.161", "2026-11-30", "Dân cư", "đang dùng chung", "trễ 29 ngày", "VN/GOV/G01"] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(!text.contains(['{', '"', '_']), "{text}");
    }
}
