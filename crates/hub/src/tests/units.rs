//! The communes of a province: each stands there once, with what all datasets tell of it; what none tells of is not measured, and no zero.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::apply;
use super::quality::{Measuring, OTHER, another, look};
use super::usage::{SERVICE, world};
use super::world::World;
use crate::store::run;

const PATH: &str = "/api/v1/quality/units/01";

/// Puts what a report tells of units beside what it tells otherwise.
async fn tell(world: &World, (service, elsewhere): (&str, u64), units: &Value, groups: &Value) {
    let mut tx = world.hub.db.write().await.unwrap();
    let (report,): (String,) = crate::store::optional!(
        tx, "SELECT report FROM quality_report WHERE service = $1 ORDER BY number DESC LIMIT 1" => service
    )
    .unwrap()
    .unwrap();
    let mut report: Value = serde_json::from_str(&report).unwrap();
    report["units"] = units.clone();
    let rules = report["rules"].as_array_mut().unwrap();
    for rule in rules.iter_mut() {
        rule["fail"] = json!(0);
        rule.as_object_mut().unwrap().remove("cause");
    }
    for (rule, told) in rules.iter_mut().zip(groups.as_array().unwrap()) {
        let fails: u64 = told.as_array().unwrap().iter().map(|group| group["fails"].as_u64().unwrap()).sum();
        rule["fail"] = json!(fails + elsewhere);
        rule["cause"] = json!({ "by": "unit", "groups": 9, "told": told });
    }
    run!(tx, "UPDATE quality_report SET report = $2 WHERE service = $1" => service, report.to_string())
        .unwrap();
    tx.commit().await.unwrap();
}

fn by_code(told: &Value) -> BTreeMap<String, Value> {
    let units = told["units"].as_array().unwrap();
    units.iter().map(|unit| (unit["code"].as_str().unwrap().to_owned(), unit.clone())).collect()
}

/// Where it is not told in which communes records fail, only that band is told which it is wherever they are.
async fn a_band_is_told_where_it_is_the_same_wherever_records_fail(world: &World) {
    let units_told = json!([{ "name": "00004", "rows": 100 }, { "name": "00008", "rows": 50 }, { "name": "00025", "rows": 100_000 }]);
    for (groups, elsewhere, bands) in [
        (json!([[], []]), 0, ["green", "green", "green"]),
        (json!([[], []]), 3, ["green", "green", "green"]),
        (json!([[], []]), 20, ["", "", "green"]),
        (json!([[{ "name": "00004", "fails": 20, "rows": 100 }], []]), 3, ["yellow", "green", "green"]),
        (json!([[{ "name": "00004", "fails": 20, "rows": 100 }], []]), 30, ["", "", "green"]),
        (json!([[{ "name": "00004", "fails": 90, "rows": 100 }], []]), 30_000, ["red", "", ""]),
    ] {
        tell(world, (SERVICE, elsewhere), &units_told, &groups).await;
        tell(world, (OTHER.1, 0), &json!([]), &json!([])).await;
        world.hub.quality.forget();
        let units = by_code(&look(world, PATH).await);
        let told = ["00004", "00008", "00025"]
            .map(|code| units[code]["band"].as_str().unwrap_or_default().to_owned());
        assert_eq!(told, bands, "{groups} {elsewhere}");
    }
    tell(world, (SERVICE, 0), &json!([{ "name": "00400", "rows": 70 }]), &json!([])).await;
}

#[tokio::test]
async fn each_commune_stands_there_once_with_what_all_datasets_tell_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(&format!("sqlite:{}", folder.path().join("hub.db").display())).await;
    another(&world).await;
    let code = |code: &str, parent: Option<&str>| json!({ "code": code, "vi": format!("Xã {code}"), "parent": parent });
    let mut ended = code("00099", Some("01"));
    ended["valid_to"] = json!("2025-07-01");
    let list = json!([{ "kind": "CodeList", "id": "don-vi-hanh-chinh", "name": { "vi": "Đơn vị", "en": "Units" }, "owner": "VN/GOV/G01",
        "source": "thử", "codes": [code("00004", Some("01")), code("00008", Some("01")), code("00025", Some("01")), code("00030", Some("01")),
        ended, code("00400", Some("04")), code("01", None), code("04", None)] }]);
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(list).unwrap()).await.unwrap();
    // Nothing was measured anywhere: each is there, and none has a number.
    let told = look(&world, PATH).await;
    let codes: Vec<String> = by_code(&told).into_keys().collect();
    assert_eq!(
        (told["units"].as_array().unwrap().len(), codes),
        (4, ["00004", "00008", "00025", "00030"].map(str::to_owned).to_vec())
    );
    assert!(
        by_code(&told)
            .values()
            .all(|unit| unit["rows"].is_null() && unit["band"].is_null() && unit["worst"].is_null())
    );
    for of in [SERVICE, OTHER.1] {
        let mut node = match of {
            SERVICE => Measuring::begun(&world).await,
            _ => Measuring::of(&world, OTHER).await,
        };
        assert_eq!(node.run(&world, &[]).await.1["taken"], true);
    }
    tell(
        &world,
        (SERVICE, 0),
        &json!([{ "name": "00004", "rows": 100 }, { "name": "00008", "rows": 50 }, { "name": "00400", "rows": 70 }, { "name": "00099", "rows": 20 }]),
        &json!([[{ "name": "00004", "fails": 10, "rows": 100 }], [{ "name": "00004", "fails": 30, "rows": 100 }, { "name": "00400", "fails": 70, "rows": 70 }]]),
    )
    .await;
    tell(
        &world,
        (OTHER.1, 0),
        &json!([{ "name": "00004", "rows": 10 }]),
        &json!([[{ "name": "00030", "fails": 20, "rows": 20 }]]),
    )
    .await;
    world.hub.quality.forget();
    let told = look(&world, PATH).await;
    let units = by_code(&told);
    assert_eq!((&told["datasets"], told["units"].as_array().unwrap().len()), (&json!(2), 4), "{told}");
    let of = |code: &str| {
        (units[code]["rows"].clone(), units[code]["band"].clone(), units[code]["worst"]["fails"].clone())
    };
    // The sum of what both tell, by the rule that passes least; a record that fails may be all that is told of a commune.
    assert_eq!(of("00004"), (json!(110), json!("red"), json!(30)));
    assert_eq!(units["00004"]["worst"]["service"], SERVICE);
    assert_eq!(of("00008"), (json!(50), json!("green"), Value::Null));
    assert_eq!(of("00025"), (Value::Null, Value::Null, Value::Null), "nobody tells of it: not measured");
    assert_eq!(of("00030"), (json!(20), json!("red"), json!(20)));
    a_band_is_told_where_it_is_the_same_wherever_records_fail(&world).await;
    // Another province has its own; what is no province has none.
    assert_eq!(by_code(&look(&world, "/api/v1/quality/units/04").await)["00400"]["rows"], 70);
    for wrong in ["00004", "99", "x"] {
        let (status, told) = world
            .send("GET", &format!("/api/v1/quality/units/{wrong}"), Some(&world.token), Value::Null)
            .await;
        assert_eq!(status, axum::http::StatusCode::NOT_FOUND, "{wrong}: {told}");
    }
}
