//! Assessments: all agencies of a period, one agency, one criterion of it, the packs. Each view is what the hub answers, with what stands beside
//! it on the page.

use axum::http::StatusCode;
use model::id::encode_part;
use serde_json::{Value, json};

use super::{MOST_OF_A_TABLE, followed, items, text, with};
use crate::reply::Wanted;
use crate::visit::{Refused, Visit};

/// Words of the address that the hub asks agencies by.
const FILTERS: [&str; 6] = ["family", "period", "group", "level", "q", "sort"];
/// The packs that are looked at where none are named.
const FAMILY: &str = "lienthong-30";

/// The address of a question, with the pack and the period that the page is of.
fn at(visit: &Visit, place: &str) -> String {
    let asked = |name: &str| encode_part(visit.query.get(name).map(String::as_str).unwrap_or_default());
    format!("/api/v1/assessments{place}?family={}&period={}", asked("family"), asked("period"))
}

/// The figures of agencies under a name of their own: lists of other things have figures of these names.
fn apart(view: &mut Value) {
    let lines = items(view);
    let lines = lines.into_iter().map(|line| {
        let mut figures = line.clone();
        for place in ["best", "worst", "among", "median"] {
            let of_place = line.pointer(&format!("/place/{place}")).cloned().unwrap_or_default();
            with(&mut figures, place, of_place);
        }
        json!({ "agency": line.get("agency"), "name": line.get("name"), "assessed": figures })
    });
    let lines: Value = lines.collect();
    with(view, "items", lines);
}

/// All agencies of a period. Before anything was assessed there is a page that says so.
pub(crate) async fn overview(visit: &Visit) -> Result<Value, Refused> {
    let path = visit.passing_on("/api/v1/assessments?limit=50", &FILTERS);
    let found = match Wanted::of(visit) {
        Wanted::Table(_) => {
            followed(visit, visit.passing_on("/api/v1/assessments?limit=500", &FILTERS), MOST_OF_A_TABLE)
                .await
        }
        _ => visit.get(&visit.passing_on(&path, &["after"])).await,
    };
    let mut view = match found {
        Ok(view) => view,
        Err(refused) if refused.status == StatusCode::NOT_FOUND => {
            json!({ "items": [], "next": null, "total": 0 })
        }
        Err(refused) => return Err(refused),
    };
    apart(&mut view);
    for name in ["head", "pack", "groups"] {
        if view.get(name).is_none() {
            with(&mut view, name, Value::Null);
        }
    }
    let family = visit.query.get("family").map(String::as_str).unwrap_or_default();
    let family = if family.is_empty() { FAMILY } else { family };
    let periods = visit.get(&format!("/api/v1/assessments/periods?family={}", encode_part(family))).await?;
    let packs = items(&visit.get("/api/v1/assessments/packs").await?);
    let mut families: Vec<Value> = Vec::new();
    for pack in packs {
        if families.iter().all(|known| text(known, "family") != text(&pack, "family")) {
            families.push(pack);
        }
    }
    with(&mut view, "family", json!(family));
    with(&mut view, "families", json!(families));
    with(&mut view, "periods", json!(items(&periods)));
    Ok(view)
}

/// An agency in a period, what it fails first.
pub(crate) async fn agency(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get(&at(visit, &format!("/agencies/{}", visit.place("id")))).await?;
    let criteria = view.get("criteria").and_then(Value::as_array).cloned().unwrap_or_default();
    let of = |states: &[&str]| {
        let found = criteria.iter().filter(|one| states.contains(&text(one, "state")));
        found.cloned().collect::<Vec<Value>>()
    };
    let mut failed = of(&["not_met", "overdue"]);
    let gain = |one: &Value| one.get("gain").and_then(Value::as_f64).unwrap_or_default();
    failed.sort_by(|a, b| gain(b).total_cmp(&gain(a)).then_with(|| text(a, "id").cmp(text(b, "id"))));
    let rest = [("not_measured", of(&["not_measured"])), ("met", of(&["met"])), ("waived", of(&["waived"]))];
    with(&mut view, "failed", json!(failed));
    for (name, found) in rest {
        with(&mut view, name, json!(found));
    }
    Ok(view)
}

/// A criterion of an agency.
pub(crate) async fn criterion(visit: &Visit) -> Result<Value, Refused> {
    let place = format!("/agencies/{}/criteria/{}", visit.place("id"), visit.place("criterion"));
    visit.get(&at(visit, &place)).await
}

/// All packs.
pub(crate) async fn packs(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get("/api/v1/assessments/packs").await?;
    with(&mut view, "catalogue", visit.get("/api/v1/catalogue/quality").await?);
    Ok(view)
}

/// A pack with its criteria.
pub(crate) async fn pack(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get(&format!("/api/v1/assessments/packs/{}", visit.place("id"))).await?;
    let measures = view.get("measures").cloned().unwrap_or_default();
    let of = |name: &str| {
        let all = measures.as_array().into_iter().flatten();
        all.into_iter().find(|measure| text(measure, "measure") == name).cloned()
    };
    let criteria = view.pointer("/whole/criteria").and_then(Value::as_array).cloned().unwrap_or_default();
    let criteria = criteria.into_iter().map(|mut criterion| {
        let measure = of(text(&criterion, "measure"));
        with(&mut criterion, "seen", json!(measure));
        for bound in ["at_least", "at_most", "gate", "grace"] {
            super::at_least(&mut criterion, bound, Value::Null);
        }
        criterion
    });
    let criteria: Value = criteria.collect();
    with(&mut view, "criteria", criteria);
    Ok(view)
}
