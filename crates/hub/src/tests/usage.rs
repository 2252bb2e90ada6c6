//! Figures that nodes report, and what they show.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use model::directory::Part;
use model::id::NodeId;
use rustls::pki_types::CertificateDer;
use serde_json::{Value, json};
use trust::key::SigningKey;

use super::apply;
use super::world::{World, documents};
use crate::clock;
use crate::store::run;
use crate::web::listen::From as CameFrom;

/// A node that was admitted, and reports.
pub(super) struct Reporting {
    node: NodeId,
    key: SigningKey,
    keyid: String,
    number: u64,
    /// The end of what it has reported.
    pub(super) until: Timestamp,
    /// What it shows on its connection.
    pub(super) tls: CertificateDer<'static>,
}

pub(super) const SERVICE: &str = "VN/GOV/G01/dan-cu/nguoi";

impl Reporting {
    pub(super) fn node(&self) -> &NodeId {
        &self.node
    }

    pub(super) async fn admitted(world: &World) -> Self {
        Self::of(world, "VN/GOV/G01/nut-1").await
    }

    /// The same for another node.
    pub(super) async fn of(world: &World, node: &str) -> Self {
        let node: NodeId = node.parse().unwrap();
        let (_, invitation) = world
            .send(
                "POST",
                "/api/v1/invitations",
                Some(&world.token),
                json!({ "node": node, "reason": "nút mới" }),
            )
            .await;
        let keys = tempfile::tempdir().unwrap();
        let tls = trust::certificate::create_tls_key(&keys.path().join("tls.key")).unwrap();
        let (key, signing) = SigningKey::create(&keys.path().join("signing.key")).unwrap();
        let request = |pair| trust::certificate::request(pair, &node).unwrap();
        let joining = json!({ "node": node, "code": invitation["code"], "tls": request(&tls), "signing": request(&signing) });
        let (status, admission) = world.send("POST", "/join", None, joining).await;
        assert_eq!(status, StatusCode::OK);
        let der = trust::certificate::from_base64(admission["signing"].as_str().unwrap()).unwrap();
        let tls = trust::certificate::from_base64(admission["tls"].as_str().unwrap()).unwrap();
        let (keyid, until) = (trust::key_id(&node, &der), clock::now() - SignedDuration::from_secs(60));
        Self { node, key, keyid, number: 0, until, tls }
    }

    /// Reports rows since the last report.
    pub(super) async fn report(&mut self, world: &World, rows: Value) -> (StatusCode, Value) {
        let (from, to) = (self.until, clock::now());
        self.report_of(world, (from, to), rows).await
    }

    /// Reports rows of an interval.
    pub(super) async fn report_of(
        &mut self,
        world: &World,
        (from, to): (Timestamp, Timestamp),
        rows: Value,
    ) -> (StatusCode, Value) {
        self.number += 1;
        self.until = to;
        let report = json!({ "node": self.node, "number": self.number, "from": from, "to": to, "version": "0.1.0", "rows": rows });
        self.send(world, report.to_string()).await
    }

    /// Its signature over bytes, and the name of its key.
    pub(super) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.key.sign(bytes).to_vec()
    }

    pub(super) fn keyid(&self) -> &str {
        &self.keyid
    }

    pub(super) fn public_key(&self) -> trust::key::PublicKey {
        self.key.public()
    }

    pub(super) async fn send(&self, world: &World, body: String) -> (StatusCode, Value) {
        let signed = [model::usage::SIGNED_AS, body.as_bytes()].concat();
        let signature = trust::hex(&self.key.sign(&signed));
        let request = Request::post("/usage")
            .extension(CameFrom::showing(self.tls.clone()))
            .header("lienthong-key", &self.keyid)
            .header("lienthong-signature", signature);
        let (status, _, answer) = world.answer(request.body(Body::from(body)).unwrap()).await;
        (status, answer)
    }
}

/// The same as the consumer's node counts it.
pub(super) fn asked(client: &str, purpose: &str, answered: u64) -> Value {
    let mut row = row(client, purpose, answered);
    row["counted"] = json!("at_consumer");
    row
}

/// The nodes of the small registry's two agencies: of the one that offers the service, and of the one that calls.
pub(super) struct Sides {
    pub(super) provider: Reporting,
    pub(super) consumer: Reporting,
}

impl Sides {
    pub(super) async fn admitted(world: &World) -> Self {
        let node = json!([{ "kind": "Node", "id": "VN/GOV/G15/nut-1", "address": "127.0.0.1:5515", "systems": ["VN/GOV/G15/ho-tich"] }]);
        apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(node).unwrap()).await.unwrap();
        let provider = Reporting::admitted(world).await;
        Self { provider, consumer: Reporting::of(world, "VN/GOV/G15/nut-1").await }
    }

    /// Both report calls of the other agency.
    pub(super) async fn report(&mut self, world: &World, purpose: &str, answered: u64) {
        for (node, rows) in [
            (&mut self.provider, json!([row("VN/GOV/G15/ho-tich", purpose, answered)])),
            (&mut self.consumer, json!([asked("VN/GOV/G15/ho-tich", purpose, answered)])),
        ] {
            let (status, told) = node.report(world, rows).await;
            assert_eq!((status, &told["taken"]), (StatusCode::OK, &json!(true)), "{told}");
        }
    }
}

/// An officer of the hub who has claimed nothing confirms the small registry's database.
pub(super) async fn confirm(world: &World) {
    let officer = world.account_of("xac-nhan", None, "hub_officer").await;
    let body = json!({ "services": [SERVICE], "reason": "đã đối chiếu" });
    let (status, told) = world.send("POST", "/api/v1/databases/VNDB-013/confirm", Some(&officer), body).await;
    assert_eq!((status, &told["services"]), (StatusCode::OK, &json!([SERVICE])), "{told}");
}

pub(super) fn row(client: &str, purpose: &str, answered: u64) -> Value {
    json!({ "counted": "at_provider", "client": client, "service": SERVICE, "purpose": purpose,
        "figures": { "answered": answered, "failed": 1, "faults": { "LT-4101": 1 }, "latency": [answered] } })
}

/// The small registry, with a system that calls and a purpose that is a test.
pub(super) async fn world(url: &str) -> World {
    let world = World::at(Some(url)).await;
    let mut all = documents();
    let more = json!([
        { "kind": "System", "id": "VN/GOV/G15/ho-tich", "name": { "vi": "Hộ tịch", "en": "Civil status" } },
        { "kind": "Purpose", "code": "kiem-thu", "name": { "vi": "Kiểm thử", "en": "Test" }, "test": true },
    ]);
    all.extend(serde_json::from_value::<Vec<_>>(more).unwrap());
    apply(&world.hub.db, &all).await.unwrap();
    world
}

pub(super) async fn traffic_shows_how_far_a_database_and_a_duty_are(url: &str) {
    let world = world(url).await;
    let look = async |path: &str| world.send("GET", path, Some(&world.token), Value::Null).await.1;
    // One database and the list of all of them are counted by other statements, and say the same.
    let stage = async || {
        let stage = look("/api/v1/databases/VNDB-013").await["observed"]["stage"].clone();
        let path = format!("/api/v1/databases?observed={}", stage.as_str().unwrap());
        let listed = look(&path).await["items"].as_array().unwrap().clone();
        assert!(
            listed.iter().any(|line| line["id"] == "VNDB-013" && line["observed"] == stage),
            "{listed:?}"
        );
        stage
    };
    let steps = async || {
        let told = look("/api/v1/duties/dan-cu-ngay-sinh").await;
        // So do one duty and all of them together, in whatever order they are listed.
        for path in ["/api/v1/duties", "/api/v1/duties?sort=-progress.met"] {
            let listed = look(path).await["items"].as_array().unwrap().clone();
            let same = listed.iter().find(|line| line["entry"]["id"] == "dan-cu-ngay-sinh").unwrap();
            assert_eq!((&same["progress"], &same["entry"]), (&told["progress"], &told["entry"]), "{path}");
        }
        let steps = told["progress"]["steps"].as_array().unwrap().clone();
        steps.iter().map(|step| step["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // What nobody has confirmed counts nowhere.
    assert_eq!((stage().await, steps().await[0].clone()), (json!("no_service"), "open".to_owned()));
    confirm(&world).await;
    // Nobody has reported: that is not nothing.
    assert_eq!(stage().await, "not_measured");
    assert_eq!(steps().await, ["done", "done", "not_measured", "not_measured", "not_measured"]);
    assert_eq!(look("/api/v1/databases/VNDB-013").await["observed"]["figures"], "not_measured");
    let mut sides = Sides::admitted(&world).await;
    assert_eq!(sides.provider.report(&world, json!([])).await.1["taken"], true);
    assert_eq!(stage().await, "published");
    assert_eq!(steps().await, ["done", "done", "open", "open", "open"]);
    // The owner's own calls show nothing, nor does what it alone reports; a test shows a connection; a use shows a use.
    let own = json!([row("VN/GOV/G01/mot-cua", "khai-sinh", 9), asked("VN/GOV/G01/mot-cua", "khai-sinh", 9)]);
    sides.provider.report(&world, own).await;
    sides.provider.report(&world, json!([row("VN/GOV/G15/ho-tich", "khai-sinh", 9)])).await;
    assert_eq!((stage().await, steps().await[2].clone()), (json!("published"), "open".to_owned()));
    sides.report(&world, "kiem-thu", 1).await;
    assert_eq!(stage().await, "published");
    assert_eq!(steps().await, ["done", "done", "done", "open", "open"]);
    sides.report(&world, "khai-sinh", 3).await;
    assert_eq!(stage().await, "connected");
    assert_eq!(steps().await, ["done", "done", "done", "done", "open"]);
    let seen = look("/api/v1/databases/VNDB-013").await["observed"].clone();
    // The provider has reported twelve, the consumer three.
    assert_eq!((&seen["traffic"]["agencies"], &seen["figures"]["answered"]), (&json!(1), &json!(3)));
    let told = look("/api/v1/overview").await;
    assert_eq!(
        (&told["databases"]["observed"]["connected"], &told["duties"]["not_measured"]),
        (&json!(1), &json!(0))
    );
    // Declared and observed stand side by side.
    assert_eq!(look("/api/v1/databases/VNDB-013").await["entry"]["declared"]["stage"], "in_shared_use");
    // Twenty days of thirty make it steady.
    let mut tx = world.hub.db.write().await.unwrap();
    let today = model::time::day_in_viet_nam(clock::now());
    for back in 1..20i32 {
        let day = (today - jiff::Span::new().days(back)).to_string();
        crate::store::run!(
            tx,
            "INSERT INTO usage_agency_day (service, day, consumer, test) VALUES ($1, $2, $3, 1 = 0)"
            => SERVICE, day, "VN/GOV/G15"
        )
        .unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(steps().await, ["done"; 5]);
    assert_eq!(look("/api/v1/duties/dan-cu-ngay-sinh").await["progress"]["met"], true);
    assert_eq!(steps().await, ["done"; 5]);
}

pub(super) async fn a_report_is_taken_once_and_from_its_node_only(url: &str) {
    let world = world(url).await;
    let mut node = Reporting::admitted(&world).await;
    let good = json!([row("VN/GOV/G15/ho-tich", "khai-sinh", 2)]);
    let (from, to) = (node.until, clock::now());
    let report = json!({ "node": "VN/GOV/G01/nut-1", "number": 7, "from": from, "to": to, "version": "0.1.0", "rows": good });
    assert_eq!(node.send(&world, report.to_string()).await.1["taken"], true);
    assert_eq!(
        node.send(&world, report.to_string()).await.1["taken"],
        false,
        "its answer was lost and it comes again"
    );
    let (_, live) = world.send("GET", "/api/v1/usage/live", Some(&world.token), Value::Null).await;
    let at_provider = &live["pairs"][0]["at_provider"];
    assert_eq!(
        (&at_provider["answered"], &at_provider["faults"]["LT-4101"]),
        (&json!(2), &json!(1)),
        "{live}"
    );
    assert_eq!(live["nodes"][0]["node"], "VN/GOV/G01/nut-1");
    let by_service = world
        .send("GET", "/api/v1/usage?service=VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi", Some(&world.token), Value::Null)
        .await
        .1;
    assert_eq!(by_service["items"][0]["figures"]["calls"], 3);
    let refused = async |body: String, node: &Reporting, expect: &str| {
        let (status, problem) = node.send(&world, body).await;
        let code = if expect == "clock" { "LT-7135" } else { "LT-7125" };
        assert_eq!((status, problem["title"].as_str()), (StatusCode::FORBIDDEN, Some(code)), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(expect), "{problem}");
    };
    let with = |member: &str, value: Value| {
        let mut report = report.clone();
        report["number"] = json!(99);
        report[member] = value;
        report.to_string()
    };
    let (keyid, tls) = (node.keyid.clone(), node.tls.clone());
    let id = node.node.clone();
    let other = Reporting { node: id, key: SigningKey::in_memory([7; 32]), keyid, number: 0, until: to, tls };
    refused(with("version", json!("x")), &other, "signature").await;
    refused(with("node", json!("VN/GOV/G15/nut-1")), &node, "not in the registry").await;
    let mut foreign = row("VN/GOV/G15/ho-tich", "khai-sinh", 2);
    foreign["counted"] = json!("at_consumer");
    refused(with("rows", json!([foreign])), &node, "VN/GOV/G15/ho-tich").await;
    refused(with("to", json!("2099-01-01T00:00:00Z")), &node, "clock").await;
    node.number = 200;
    let (status, _) = node.send(&world, "{".into()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    what_datasets_lack_is_told(&world, &mut node, report.clone()).await;
    // A node that has left has nothing to report.
    let removed = world
        .send(
            "DELETE",
            "/api/v1/registry/nodes/VN%2FGOV%2FG01%2Fnut-1?reason=x",
            Some(&world.token),
            Value::Null,
        )
        .await;
    assert_eq!(removed.0, StatusCode::OK, "{}", removed.1);
    refused(with("version", json!("y")), &node, "not in the registry").await;
    let part = Part::Agency("VN/GOV/G01".parse().unwrap()).to_string();
    let mut tx = world.hub.db.read().await.unwrap();
    let published: Option<(String,)> =
        crate::store::optional!(tx, "SELECT sha256 FROM directory_part WHERE name = $1" => part).unwrap();
    assert!(published.is_some());
}

/// Each report says all that is missing: what is missing no more is gone, and what still is has been so since it was first told.
async fn what_datasets_lack_is_told(world: &World, node: &mut Reporting, mut report: Value) {
    let told = async |number: u64, gaps: Value, report: &mut Value, node: &Reporting| {
        report["number"] = json!(number);
        (report["from"], report["to"]) = (report["to"].clone(), json!(clock::now()));
        report["gaps"] = gaps;
        report["rows"] = json!([]);
        node.send(world, report.to_string()).await
    };
    let look = async |path: &str| world.send("GET", path, Some(&world.token), Value::Null).await.1;
    let gap = json!([{ "service": SERVICE, "fields": ["ho_ten", "ngay_sinh"] }]);
    assert_eq!(told(301, gap.clone(), &mut report, node).await.1["taken"], true);
    let first = look("/api/v1/usage/live").await["gaps"].clone();
    assert_eq!(
        (&first[0]["fields"], &first[0]["node"]),
        (&json!(["ho_ten", "ngay_sinh"]), &json!("VN/GOV/G01/nut-1"))
    );
    assert_eq!(look("/api/v1/overview").await["gaps"], 1);
    told(302, gap, &mut report, node).await;
    assert_eq!(look(&format!("/api/v1/usage?service={}", SERVICE.replace('/', "%2F"))).await["gaps"], first);
    told(303, json!([{ "service": SERVICE }]), &mut report, node).await;
    let unreadable = look("/api/v1/usage/live").await["gaps"].clone();
    assert!(
        unreadable[0]["fields"].as_array().unwrap().is_empty() && unreadable[0]["since"] != first[0]["since"]
    );
    // What is wrong with records is told by kind and count, and rising counts are no new trouble.
    let flawed = |records: u64| json!([{ "service": SERVICE, "flaws": [{ "field": "ho_ten", "kind": "not_utf8", "records": records }] }]);
    told(304, flawed(1), &mut report, node).await;
    let first = look("/api/v1/usage/live").await["gaps"].clone();
    told(305, flawed(7), &mut report, node).await;
    let later = look("/api/v1/usage/live").await["gaps"].clone();
    assert_eq!((&later[0]["flaws"][0]["records"], &later[0]["since"]), (&json!(7), &first[0]["since"]));
    // Nothing is told of another's dataset, nor without end.
    let foreign = json!([{ "service": "VN/GOV/G15/ho-tich/x", "fields": ["a"] }]);
    assert_eq!(told(306, foreign, &mut report, node).await.0, StatusCode::FORBIDDEN);
    let many = json!([{ "service": SERVICE, "fields": vec!["a"; 1001] }]);
    assert_eq!(told(306, many, &mut report, node).await.0, StatusCode::FORBIDDEN);
    told(306, json!([]), &mut report, node).await;
    assert_eq!(look("/api/v1/usage/live").await["gaps"], json!([]));
    node.number = 400;
}

pub(super) async fn pages_of_days_show_each_sum_once_whatever_their_size(url: &str) {
    let world = world(url).await;
    confirm(&world).await;
    let mut tx = world.hub.db.write().await.unwrap();
    let today = model::time::day_in_viet_nam(clock::now());
    let (mut expected, mut calls) = (Vec::new(), 0u64);
    for back in 0..9 {
        let day = (today - jiff::Span::new().days(back)).to_string();
        for client in ["VN/GOV/G01/mot-cua", "VN/GOV/G15/ho-tich"] {
            for counted in ["consumer", "provider"] {
                // Up to three nodes of one side have counted, and are one sum.
                for node in 0..=back % 3 {
                    let figures = json!({ "answered": 1 }).to_string();
                    let node = format!("VN/GOV/G01/nut-{node}");
                    run!(tx, "INSERT INTO usage_day (day, node, counted, client, service, purpose, figures, answered) VALUES ($1, $2, $3, $4, $5, 'khai-sinh', $6, 1)"
                        => &day, node, counted, client, SERVICE, figures).unwrap();
                    calls += 1;
                }
                expected.push([day.as_str(), counted, client].map(str::to_owned));
            }
        }
    }
    // In the order of days, newest first, and within them of callers and of who counted.
    expected.sort_by(|a, b| b[0].cmp(&a[0]).then(a[2].cmp(&b[2])).then(a[1].cmp(&b[1])));
    tx.commit().await.unwrap();
    let ask = async |query: &str| {
        world.send("GET", &format!("/api/v1/usage?{query}"), Some(&world.token), Value::Null).await
    };
    let of_all = ["database=VNDB-013".to_owned(), format!("service={}", SERVICE.replace('/', "%2F"))];
    for of in of_all {
        for limit in [1, 2, 3, 7, 35, 36, 37, 5000] {
            let (mut seen, mut counted, mut after) = (Vec::new(), 0, String::new());
            loop {
                let (status, page) = ask(&format!("{of}&limit={limit}{after}")).await;
                assert_eq!(status, StatusCode::OK, "{page}");
                let items = page["items"].as_array().unwrap();
                assert!(items.len() <= limit, "{limit}: {}", items.len());
                for item in items {
                    seen.push(
                        ["day", "counted", "client"].map(|name| item[name].as_str().unwrap().to_owned()),
                    );
                    counted += item["figures"]["calls"].as_u64().unwrap();
                }
                let Some(next) = page["next"].as_str() else { break };
                assert_eq!(items.len(), limit, "a page that is not the last is full");
                after = format!("&after={}", model::id::encode_part(next));
            }
            assert_eq!((&seen, counted), (&expected, calls), "{of}, {limit} at a time");
        }
        for wrong in ["limit=0", "limit=5001", "limit=-1", "after=2026-11-29", "after=%5B%22a%22%5D"] {
            let (status, problem) = ask(&format!("{of}&{wrong}")).await;
            assert_eq!(
                (status, &problem["title"]),
                (StatusCode::BAD_REQUEST, &json!("LT-7123")),
                "{wrong}: {problem}"
            );
        }
    }
}

/// However many pairs have called and whatever they reported: what is told is told right, and the rest is told to be there.
pub(super) async fn the_last_minutes_are_told_within_a_bound_whatever_has_called(url: &str) {
    const PAIRS: u64 = 350;
    let world = world(url).await;
    let mut tx = world.hub.db.write().await.unwrap();
    for number in 0..PAIRS {
        let id = format!("VN/GOV/G15/he-thong-{number:03}");
        run!(tx, "INSERT INTO system (id, agency, name_vi, name_en) VALUES ($1, 'VN/GOV/G15', 'x', 'x')" => id).unwrap();
    }
    for number in 0..600 {
        let owner = if number == 599 { "VN/GOV/G15" } else { "VN/GOV/G01" };
        run!(tx, "INSERT INTO usage_gap (service, node, fields, flaws, since) VALUES ($1, 'VN/GOV/G01/nut-9', '[\"a\"]', '[]', '')"
            => format!("{owner}/x/bo-{number}")).unwrap();
    }
    tx.commit().await.unwrap();
    // Each order has others in front.
    let failed = |number: u64| if number == 7 { u64::MAX } else { number * 7 % PAIRS };
    let refused = |number: u64| number * 11 % PAIRS;
    let answered = |number: u64| 1000 + number * 13 % PAIRS;
    let report = |node: &str, counted: &str, from: Timestamp, to: Timestamp| {
        let rows = (0..PAIRS).map(|number| {
            let (failed, refused) = (failed(number), refused(number));
            json!({ "counted": counted, "client": format!("VN/GOV/G15/he-thong-{number:03}"), "service": SERVICE, "purpose": "khai-sinh",
                "figures": { "answered": answered(number), "failed": failed, "refused": refused, "faults": { "LT-4101": failed, "LT-2104": refused } } })
        });
        let rows: Vec<Value> = rows.collect();
        let report = json!({ "node": node, "number": to.as_millisecond(), "from": from, "to": to, "version": "0.1.0", "rows": rows });
        serde_json::from_value::<model::usage::Report>(report).unwrap()
    };
    let now = clock::now();
    let ago = |minutes: i64| now - jiff::SignedDuration::from_mins(minutes);
    for (node, counted) in [("VN/GOV/G15/nut-1", "at_consumer"), ("VN/GOV/G01/nut-1", "at_provider")] {
        crate::usage::take(&world.hub.db, &report(node, counted, ago(9), ago(8)), now).await.unwrap();
        crate::usage::take(&world.hub.db, &report(node, counted, ago(8), ago(3)), now).await.unwrap();
    }
    let look = async |token: &str| world.send("GET", "/api/v1/usage/live", Some(token), Value::Null).await.1;
    let told = look(&world.token).await;
    let pairs = told["pairs"].as_array().unwrap();
    let left_out = usize::try_from(told["pairs_left_out"].as_u64().unwrap()).unwrap();
    assert!(pairs.len() <= 300, "{}", pairs.len());
    assert_eq!((pairs.len() + left_out) as u64, PAIRS);
    let there = |number: u64| {
        let client = format!("VN/GOV/G15/he-thong-{number:03}");
        pairs.iter().any(|pair| pair["client"] == client.as_str())
    };
    let called =
        |number: u64| answered(number).saturating_add(failed(number)).saturating_add(refused(number));
    let orders: [&dyn Fn(u64) -> u64; 3] = [&failed, &refused, &called];
    for (place, of) in orders.into_iter().enumerate() {
        let mut most: Vec<u64> = (0..PAIRS).collect();
        most.sort_by_key(|number| (std::cmp::Reverse(of(*number)), *number));
        let missing: Vec<u64> = most.into_iter().take(100).filter(|number| !there(*number)).collect();
        assert!(missing.is_empty(), "order {place}: {missing:?}");
    }
    for pair in pairs {
        let number: u64 = pair["client"].as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap();
        for side in ["at_consumer", "at_provider"] {
            let told = ["answered", "refused", "failed"].map(|name| pair[side][name].as_u64().unwrap());
            let twice =
                [answered(number), refused(number), failed(number)].map(|count| count.saturating_mul(2));
            assert_eq!(told, twice, "{pair}");
        }
    }
    // Minutes tell of all who called, those who are left out as well.
    let minutes = told["by_minute"].as_array().unwrap();
    let calls: Vec<&Value> = minutes.iter().map(|minute| &minute["figures"]["refused"]).collect();
    let all: u64 = (0..PAIRS).map(refused).sum();
    assert_eq!(calls, [&json!(all), &json!(all)]);
    what_datasets_lack_has_a_bound_one_s_own_first(&world).await;
    what_an_older_program_has_kept_is_counted_anew(&world, &told).await;
}

async fn what_datasets_lack_has_a_bound_one_s_own_first(world: &World) {
    let own = world.account_of("ky-su", Some("VN/GOV/G15"), "engineer").await;
    for token in [&world.token, &own] {
        let (_, told) = world.send("GET", "/api/v1/usage/live", Some(token), Value::Null).await;
        assert_eq!((told["gaps"].as_array().unwrap().len(), &told["gaps_left_out"]), (500, &json!(100)));
        let first = told["gaps"][0]["service"].as_str().unwrap();
        assert_eq!(first == "VN/GOV/G15/x/bo-599", token == &own, "{first}");
    }
}

async fn what_an_older_program_has_kept_is_counted_anew(world: &World, told: &Value) {
    let mut tx = world.hub.db.write().await.unwrap();
    run!(tx, "DELETE FROM usage_total").unwrap();
    run!(tx, "UPDATE usage_minute SET calls = 0, failed = 0, refused = 0").unwrap();
    crate::usage::live::derive_anew(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let (_, anew) = world.send("GET", "/api/v1/usage/live", Some(&world.token), Value::Null).await;
    assert_eq!((&anew["pairs"], &anew["by_minute"]), (&told["pairs"], &told["by_minute"]));
}
