//! Values that nodes with cases tell to be wrong: the law of what is taken, and how such a defect comes to its end.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use model::defect::SIGNED_AS;
use serde_json::{Value, json};

use super::apply;
use super::defects::Dice;
use super::quality::{Measuring, look};
use super::usage::{Reporting, SERVICE, Sides, world};
use super::world::World;
use crate::clock;
use crate::web::listen::From as CameFrom;

const CLIENT: &str = "VN/GOV/G15/ho-tich";

impl Reporting {
    /// Tells something, with whatever is between its key and the hub.
    async fn tells(&self, world: &World, body: &str, honest: bool) -> (StatusCode, Value) {
        world.hub.paces.forget();
        let signed = if honest { body.as_bytes() } else { b"something else" };
        let signature = trust::hex(&self.sign(&[SIGNED_AS, signed].concat()));
        let request = Request::post("/defects")
            .extension(CameFrom::showing(self.tls.clone()))
            .header("lienthong-key", self.keyid())
            .header("lienthong-signature", signature);
        let (status, _, answer) = world.answer(request.body(Body::from(body.to_owned())).unwrap()).await;
        (status, answer)
    }
}

fn telling(node: &str, client: &str, met: &[Value]) -> String {
    json!({ "node": node, "client": client, "met": met }).to_string()
}

fn met(key: &str, field: &str) -> Value {
    json!({ "key": key, "service": SERVICE, "exchange": format!("bcdfghjkmnpqrstvwx-{}", key.len()), "field": field, "kind": "differs" })
}

async fn granted(world: &World) {
    let grant = json!([{ "kind": "Grant", "id": "g-ho-tich", "client": CLIENT, "service": SERVICE,
        "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "valid_to": "2027-01-01", "per_second": 5,
        "endpoints": [{ "method": "GET", "path": "/*" }] }]);
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(grant).unwrap()).await.unwrap();
}

async fn live(world: &World) -> Vec<Value> {
    let told = look(world, "/api/v1/quality/defects?state=live&origin=reported").await;
    told["items"].as_array().unwrap().clone()
}

/// Whoever tells whatever of whatever, in whatever order and however often: taken is what a node tells of its own systems' exchanges with
/// services that their agency was granted, of fields that are there; each key once; and of the rest nothing is kept.
pub(super) async fn what_nodes_tell_is_taken_once_of_what_they_may_tell_and_nothing_else(url: &str) {
    let world = world(url).await;
    let sides = Sides::admitted(&world).await;
    let mut dice = Dice(41);
    let mut taken: std::collections::BTreeMap<String, String> = Default::default();
    let mut of_fields: std::collections::BTreeMap<&str, i64> = Default::default();
    let mut is_granted = false;
    for round in 0..300 {
        if round == 60 {
            granted(&world).await;
            is_granted = true;
        }
        let own_node = dice.throw(8) != 0;
        let own_system = dice.throw(8) != 0;
        let honest = dice.throw(8) != 0;
        let node = if own_node { &sides.consumer } else { &sides.provider };
        let client = if own_system { CLIENT } else { "VN/GOV/G01/dan-cu" };
        let key = format!("ho-so-{}", dice.throw(40));
        let field = dice.one_of(&["ho_ten", "so_dinh_danh", "khong_co"]);
        let mut one = met(&key, field);
        let spoiled = dice.throw(12);
        match spoiled {
            0 => one["exchange"] = json!("001085012345"),
            1 => one["kind"] = json!("bịa"),
            2 => one["service"] = json!("VN/GOV/G01/dan-cu/khong-co"),
            3 => one["key"] = json!("có dấu cách"),
            4 => one["value"] = json!("Nguyễn Thị Hòa"),
            _ => {}
        }
        let body = telling("VN/GOV/G15/nut-1", client, std::slice::from_ref(&one));
        let (status, answer) = node.tells(&world, &body, honest).await;
        // A key of another node is not the node's; a body with more than it may say is not read.
        let heard = own_node && own_system && honest && spoiled != 4;
        assert_eq!(status == StatusCode::OK, heard, "{round}: {status} {answer}");
        if !heard {
            continue;
        }
        let told = &answer["told"][0];
        let before = taken.get(&key).filter(|_| spoiled != 3);
        let fits = is_granted && field != "khong_co" && spoiled > 3;
        match (told["defect"].as_str(), before) {
            (Some(id), Some(before)) => assert_eq!(id, before, "told again it is the same one"),
            (Some(id), None) => {
                assert!(fits, "{round}: {one} was taken");
                taken.insert(key, id.to_owned());
                *of_fields.entry(field).or_default() += 1;
            }
            (None, before) => {
                assert!(!fits && before.is_none(), "{round}: {one} was not taken: {answer}");
                assert!(!told["refused"]["vi"].as_str().unwrap().is_empty());
            }
        }
    }
    assert!(taken.len() > 15, "{}", taken.len());
    // One defect for each field, that counts its records; each of them is named by its exchange, and nobody by anything.
    let lines = live(&world).await;
    assert_eq!(lines.len(), of_fields.len(), "{lines:?}");
    for line in &lines {
        let field = line["field"].as_str().unwrap();
        assert_eq!(line["fails"].as_i64().unwrap(), of_fields[field], "{line}");
        let defect = look(&world, &format!("/api/v1/quality/defects/{}", line["id"].as_str().unwrap())).await;
        let events = defect["events"].as_array().unwrap();
        assert_eq!(i64::try_from(events.len()).unwrap(), of_fields[field], "{defect}");
        assert!(events.iter().all(|event| event["said"].as_str().unwrap().contains("bcdfghjkmnpqrstvwx-")));
        assert!(!defect.to_string().contains("Hòa") && !defect.to_string().contains("ho-so-"), "{defect}");
    }
}

/// What no rule measures waits for its owner's word, and ends by the measurement behind that; the node hears of it by telling again.
pub(super) async fn what_a_person_says_otherwise_waits_for_its_owners_word(url: &str) {
    let world = world(url).await;
    let node = json!([{ "kind": "Node", "id": "VN/GOV/G15/nut-1", "address": "127.0.0.1:5515", "systems": [CLIENT] }]);
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(node).unwrap()).await.unwrap();
    let mut owner = Measuring::begun(&world).await;
    let consumer = Reporting::of(&world, "VN/GOV/G15/nut-1").await;
    granted(&world).await;
    let body =
        telling("VN/GOV/G15/nut-1", CLIENT, &[met("a", "ho_ten"), met("b", "ho_ten"), met("a", "ho_ten")]);
    let states = async || {
        let (status, answer) = consumer.tells(&world, &body, true).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let told = answer["told"].as_array().unwrap().clone();
        assert!(told.len() == 3 && told.iter().all(|one| one["defect"] == told[0]["defect"]), "{told:?}");
        (told[0]["defect"].as_str().unwrap().to_owned(), told[0]["state"].as_str().unwrap().to_owned())
    };
    let (id, state) = states().await;
    assert_eq!((state.as_str(), live(&world).await[0]["fails"].as_i64()), ("open", Some(2)));
    let measure = async |owner: &mut Measuring| {
        owner.until = clock::now();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let from = owner.until + jiff::SignedDuration::from_millis(5);
        owner.until += jiff::SignedDuration::from_millis(10);
        let (status, told) = owner.run_at(&world, &[], (from, owner.until)).await;
        assert_eq!(status, StatusCode::OK, "{told}");
    };
    measure(&mut owner).await;
    assert_eq!(states().await.1, "open", "nothing measures it, and nobody has said anything");
    let officer = world.account_of("chat-luong", Some("VN/GOV/G01"), "data_officer").await;
    let path = format!("/api/v1/quality/defects/{id}/correct");
    let (status, told) = world.send("POST", &path, Some(&officer), json!({ "reason": "đang sửa" })).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(states().await.1, "correcting");
    measure(&mut owner).await;
    assert_eq!(
        states().await,
        (id, "rule_gone".to_owned()),
        "it is done with, and nothing says that it was corrected"
    );
    // Another record of the same field is another defect from then on.
    let next = telling("VN/GOV/G15/nut-1", CLIENT, &[met("ccc", "ho_ten")]);
    let (_, answer) = consumer.tells(&world, &next, true).await;
    assert_eq!(answer["told"][0]["state"], "open");
}
