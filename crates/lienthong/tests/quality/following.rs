//! What follows from a measurement: the next one, which reads only what is new where that is the same; and the gate, which withholds what
//! fails.

use std::time::Instant;

use super::*;
use crate::nation::told;

/// A nation whose provider has these rows, with this contract and more settings of its dataset.
async fn one(statements: Vec<String>, contract: Value, service: Option<String>, settings: &str) -> Nation {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    nation.kill("p1");
    nation.run(&["seed", "--officer", OFFICER, "--reason", "từ điển"]);
    if let Some(service) = service {
        nation.apply(&service);
    }
    std::fs::write(nation.path("contract.yaml"), contract.to_string()).unwrap();
    let import = ["contract", "import", "--officer", OFFICER, "-f", "contract.yaml", "--service", PEOPLE];
    nation.run(&[&import[..], &["--reason", "thử"]].concat());
    sqlite(&nation, statements).await;
    nation.change_settings("p1", |text| {
        let text =
            text.replace("sqlite = \"../people.db\"\n", &format!("sqlite = \"../people.db\"\n{settings}"));
        format!("{text}\n[quality]\noff = true\nsegment = 500\nrate = 1000000\n")
    });
    nation.start_node("p1");
    nation.wait_for(nation.revision().await).await;
    nation
}

/// What happens, one after the other; and how many new records are read for it, or why the whole is.
fn happened() -> Vec<(&'static str, Vec<String>, Result<u64, &'static str>)> {
    let now = model::time::day_in_viet_nam(exchange::clock::now());
    let new = |n: u64, name: &str, household: &str| {
        format!(
            "INSERT INTO nguoi VALUES ('001099{n:06}', '{name}', '1999-02-03', '1', '09{n:08}', '00004', '2025-08-01', 'PM-MOI', \
             '{now}T00:00:{n:02}', '{household}', NULL)"
        )
    };
    let altered = "altered or deleted";
    vec![
        ("nothing", vec![], Ok(0)),
        ("two are new", vec![new(1, "Lê  Văn Tám", "HO-A"), new(2, "Lê Văn Tám", "HO-B")], Ok(2)),
        ("one that stands beside another", vec![new(3, "Lê Văn Chín", "HO-A")], Ok(1)),
        (
            "one is altered",
            vec![format!(
                "UPDATE nguoi SET ho_ten = 'Lê Văn  Mười', cap_nhat = '{now}T00:00:10' WHERE so_ho = 'HO-B'"
            )],
            Err(altered),
        ),
        ("one has gone", vec!["DELETE FROM nguoi WHERE so_ho = 'HO-B'".into()], Err(altered)),
        (
            "one has gone, one is new",
            vec!["DELETE FROM nguoi WHERE so_ho = 'HO-000040'".into(), new(11, "Lê Văn Một", "HO-C")],
            Err(altered),
        ),
        (
            "one is altered, two are new",
            vec![
                new(12, "Lê Văn Hai", "HO-D"),
                new(13, "Lê Văn Ba", "HO-E"),
                format!("UPDATE nguoi SET ho_ten = NULL, cap_nhat = '{now}T00:00:14' WHERE so_ho = 'HO-C'"),
            ],
            Err(altered),
        ),
        (
            "one is made and altered",
            vec![
                new(15, "Lê Văn Tư", "HO-F"),
                format!(
                    "UPDATE nguoi SET ho_ten = 'Lê Văn Năm', cap_nhat = '{now}T00:00:16' WHERE so_ho = 'HO-F'"
                ),
            ],
            Ok(1),
        ),
        ("nothing again", vec![], Ok(0)),
    ]
}

/// The law, over what may happen to a table: read onto the state of before, the state is that of the whole, byte for byte; or the whole is
/// read, and it is said why. Which of both it is follows from what happened.
#[tokio::test]
async fn what_is_new_is_read_onto_what_was_measured_or_the_whole_is_read_and_it_is_said_why() {
    let table = planted::table(true);
    let statements = planted::statements(&table);
    let nation = one(
        statements,
        planted::contract("dan-cu.nguoi"),
        Some(planted::service(PEOPLE)),
        "changed = \"cap_nhat\"\n",
    )
    .await;
    let mut said = Said(String::new());
    let first = said.json(&nation, &["run", "--dir", "p1", "--officer", OFFICER]);
    assert!(because(&first).contains("no measurement of the whole yet"), "{first}");
    for (what, statements, told) in happened() {
        sqlite(&nation, statements).await;
        let ran = said.json(&nation, &["run", "--dir", "p1", PEOPLE]);
        let state = std::fs::read(state_file(&nation, PEOPLE)).unwrap();
        match told {
            Ok(records) => {
                assert_eq!(ran["items"][0]["added"]["records"], records, "{what}: {}", because(&ran))
            }
            Err(why) => {
                assert!(
                    because(&ran).contains(why) && ran["items"][0]["added"].is_null(),
                    "{what}: {}",
                    because(&ran)
                )
            }
        }
        let whole = said.json(&nation, &["run", "--dir", "p1", PEOPLE, "--whole"]);
        assert!(because(&whole).contains("asked for"), "{whole}");
        assert_eq!(fails(&ran["items"][0]), fails(&whole["items"][0]), "{what}");
        assert!(std::fs::read(state_file(&nation, PEOPLE)).unwrap() == state, "{what}: another state");
    }
    nothing_of_a_value_stays(&nation, &said);
    let shown = said.run(&nation, &["show", "--dir", "p1", PEOPLE]);
    assert!(shown.contains("Đọc lại toàn bộ: theo yêu cầu"), "{shown}");
    other_lists_make_another_measurement(&nation, &mut said);
    a_source_that_dies_is_told_with_how_far_it_was_and_gone_on_with(&nation, &mut said).await;
}

/// Why the whole was read.
fn because(ran: &Value) -> String {
    ran["items"][0]["whole_because"]["en"].as_str().unwrap_or_default().to_owned()
}

/// Rules or lists of another kind make another measurement.
fn other_lists_make_another_measurement(nation: &Nation, said: &mut Said) {
    let path = nation.path("p1/quality/materials.json");
    let before = std::fs::read_to_string(&path).unwrap();
    let mut materials: Value = serde_json::from_str(&before).unwrap();
    let another = materials["lists"][0]["codes"][0].clone();
    materials["lists"][0]["codes"].as_array_mut().unwrap().push(another);
    std::fs::write(&path, materials.to_string()).unwrap();
    assert!(because(&said.json(nation, &["run", "--dir", "p1", PEOPLE])).contains("are others than before"));
    std::fs::write(&path, before).unwrap();
}

/// The table goes while it is read: it is said how far reading was, and when it is back the next run goes on there.
async fn a_source_that_dies_is_told_with_how_far_it_was_and_gone_on_with(nation: &Nation, said: &mut Said) {
    said.json(nation, &["run", "--dir", "p1", PEOPLE, "--whole"]);
    let whole = std::fs::read(state_file(nation, PEOPLE)).unwrap();
    let partial = state_file(nation, PEOPLE).with_file_name("partial");
    let child =
        nation.begin(&["quality", "run", "--dir", "p1", PEOPLE, "--whole", "--rate", "1500", "-o", "json"]);
    let began = Instant::now();
    while !partial.exists() {
        assert!(began.elapsed() < Duration::from_secs(30), "nothing was saved");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sqlite(nation, vec!["ALTER TABLE nguoi RENAME TO di_mat".into()]).await;
    let done = child.wait_with_output().unwrap();
    let told = String::from_utf8(done.stdout).unwrap();
    assert!(!done.status.success() && told.contains("records were measured before that"), "{told}");
    sqlite(nation, vec!["ALTER TABLE di_mat RENAME TO nguoi".into()]).await;
    let again = said.json(nation, &["run", "--dir", "p1", PEOPLE]);
    assert!(again["items"][0]["resumed_at"].as_u64().is_some_and(|rows| rows >= 500), "{again}");
    assert!(std::fs::read(state_file(nation, PEOPLE)).unwrap() == whole, "another state");
}

/// The contract asks that names be there, that the religion that nobody is granted be the one, and that 95 of 100 days of birth be right.
fn gated() -> Value {
    let gate = |value: Value| serde_json::json!([{ "property": "gate", "value": value }]);
    serde_json::json!({
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": "dan-cu.nguoi", "version": "1.0.0", "status": "draft",
        "schema": [{ "name": "nguoi", "properties": [
            { "name": "so_dinh_danh", "logicalType": "string", "primaryKey": true },
            { "name": "ho_ten", "logicalType": "string", "quality": [{ "name": "co_ten", "metric": "missingValues",
                "arguments": { "missingValues": ["-"] }, "mustBe": 0, "customProperties": gate("record".into()) }] },
            { "name": "ngay_sinh", "logicalType": "date", "customProperties": gate(95.into()) },
            { "name": "ton_giao", "logicalType": "string" },
        ], "quality": [{ "name": "ton_giao", "type": "custom", "engine": "lienthong", "implementation": "ton_giao = 'Không'",
            "customProperties": gate("record".into()) }] }],
    })
}

async fn post(nation: &Nation, path: &str, body: &Value) -> http::Response<bytes::Bytes> {
    nation.send(nation.request("POST", PEOPLE, path), body.to_string()).await
}

fn key(n: u32) -> String {
    format!("9241980{n:05}")
}

/// How many an answer says were withheld of it.
fn withheld(answer: &http::Response<bytes::Bytes>) -> u64 {
    answer.headers().get("lienthong-withheld").map_or(0, |count| count.to_str().unwrap().parse().unwrap())
}

/// The rule that withholds a record.
fn rule_of(n: u32) -> Option<&'static str> {
    match n {
        3 | 4 => Some("ho_ten:co_ten"),
        5 => Some(":ton_giao"),
        _ => None,
    }
}

async fn each_by_its_key(nation: &Nation) {
    for n in 0..8 {
        let answer = nation.get(PEOPLE, &format!("/{}", key(n))).await;
        let (status, fault, body) = told(&answer);
        match rule_of(n) {
            None => {
                assert_eq!(
                    (status, body["so_dinh_danh"].as_str()),
                    (200, Some(key(n).as_str())),
                    "{fault} {body}"
                );
                // The day of birth is below what the contract asks of it, and the religion was only looked at.
                assert!(body.get("ngay_sinh").is_none() && body.get("ton_giao").is_none(), "{body}");
                assert_eq!(answer.headers()["lienthong-unavailable"], "ngay_sinh");
            }
            Some(rule) => {
                assert_eq!((status, fault.as_str()), (409, "LT-4112"), "{body}");
                assert!(body.to_string().contains(rule), "{body}");
            }
        }
        let confirmed = post(nation, "/confirm", &serde_json::json!({ "key": key(n), "values": {} })).await;
        let told = told(&confirmed).2;
        assert_eq!((&told["found"], told["withheld"].as_str()), (&Value::Bool(true), rule_of(n)), "{told}");
    }
}

/// A list: in the place of each that is withheld stands its rule; pages go on behind it. Returns how many each rule withholds.
async fn page_by_page(nation: &Nation) -> BTreeMap<String, i32> {
    let (mut given, mut rules, mut counted, mut cursor) = (Vec::new(), BTreeMap::new(), 0, String::new());
    loop {
        let answer = nation.get(PEOPLE, &format!("/?limit=4{cursor}")).await;
        counted += withheld(&answer);
        let page = told(&answer).2;
        for item in page["items"].as_array().unwrap() {
            match item["__giu_lai"].as_str() {
                Some(rule) => {
                    assert_eq!(item.as_object().unwrap().len(), 1, "{item}");
                    *rules.entry(rule.to_owned()).or_insert(0) += 1;
                }
                None => given.push(item["so_dinh_danh"].as_str().unwrap().to_owned()),
            }
        }
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let all = BTreeMap::from([(":ton_giao".to_owned(), 1), ("ho_ten:co_ten".to_owned(), 2)]);
    assert_eq!((given.len(), &rules, counted), (297, &all, 3));
    rules
}

/// All records at once: a line for each, in its place its rule where it is withheld.
async fn a_stream_has_a_line_for_each(nation: &Nation, all: &BTreeMap<String, i32>) {
    nation.apply(
        "{ kind: Grant, id: g-nguoi, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/nguoi, uses: [{ purpose: khai-sinh, basis: nd-70 }], \
         fields: [so_dinh_danh, ho_ten, ngay_sinh], endpoints: [{ method: GET, path: \"/**\" }, { method: POST, path: /stream }], per_second: 100000 }",
    );
    nation.wait_for(nation.revision().await).await;
    let answer = post(nation, "/stream", &serde_json::json!({})).await;
    let lines = String::from_utf8(answer.body().to_vec()).unwrap();
    assert_eq!(counted(&lines), (300, all.clone()), "{lines}");
}

/// The lines of a stream or of a package: how many there are, and how many each rule withholds.
fn counted(lines: &str) -> (usize, BTreeMap<String, i32>) {
    let mut rules = BTreeMap::new();
    for record in lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        match record["__giu_lai"].as_str() {
            Some(rule) => {
                assert_eq!(record.as_object().unwrap().len(), 1, "{record}");
                *rules.entry(rule.to_owned()).or_insert(0) += 1;
            }
            None => {
                assert!(record["ho_ten"].is_string() && record.get("ton_giao").is_none(), "{record}");
                assert!(record.get("ngay_sinh").is_none(), "{record}");
            }
        }
    }
    (lines.lines().count(), rules)
}

/// A package on a medium: the same, whoever opens it.
fn a_package_has_a_line_for_each(nation: &Nation, all: &BTreeMap<String, i32>) {
    let order = ["package", "order", "--dir", "c1", "--client", "VN/LOC/H05/mot-cua", "--service", PEOPLE];
    nation.run(&[&order[..], &["--purpose", "khai-sinh", "--out", "don.json"]].concat());
    let made = nation.json(&["package", "make", "--dir", "p1", "don.json", "--out", "goi", "-o", "json"]);
    assert_eq!(made["records"], 300, "{made}");
    nation.run(&["package", "open", "--dir", "c1", "goi", "--out", "mo"]);
    let parts = files(&nation.path("mo")).into_iter();
    let parts = parts.filter(|path| path.extension().is_some_and(|extension| extension == "ndjson"));
    let lines: String = parts.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert_eq!(counted(&lines), (300, all.clone()), "{lines}");
}

/// How many records each rule withheld is in the node's report of its traffic, and at the hub as a flaw of the dataset; and a page has words
/// for each flaw that there is.
async fn the_hub_hears_of_what_is_withheld(nation: &Nation) {
    let flaws = async || {
        let (_, days) = nation.hub("GET", "/api/v1/usage?service=VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi", "").await;
        days["gaps"][0]["flaws"].as_array().cloned().unwrap_or_default()
    };
    until("the hub has heard of what is withheld", async || {
        flaws().await.iter().filter(|flaw| flaw["kind"] == "gate").count() == 2
    })
    .await;
    let heard = flaws().await;
    for rule in ["ho_ten:co_ten", ":ton_giao"] {
        let flaw = heard.iter().find(|flaw| flaw["field"] == rule).unwrap();
        assert!(flaw["kind"] == "gate" && flaw["records"].as_u64() > Some(0), "{heard:?}");
    }
    let words = include_str!("../../../console/words.toml");
    for trouble in connect::tally::Trouble::ALL {
        assert!(words.contains(&format!("\"flaw.{}\" = [", trouble.word())), "{}", trouble.word());
    }
}

/// At its own node the owner is told what is withheld and why.
fn gates_are_shown(nation: &Nation, said: &mut Said) {
    let shown = said.json(nation, &["show", "--dir", "p1", PEOPLE]);
    assert_eq!(shown["gates"]["records"], serde_json::json!([":ton_giao", "ho_ten:co_ten"]), "{shown}");
    let field = &shown["gates"]["fields"][0];
    assert_eq!(
        (&field["field"], &field["least"], &field["withheld"]),
        (&"ngay_sinh".into(), &95.0.into(), &true.into())
    );
    assert!(field["score"].as_f64().unwrap() < 95.0, "{field}");
    let told = said.run(nation, &["show", "--dir", "p1", PEOPLE, "--lang", "en"]);
    assert!(told.contains("ho_ten:co_ten") && told.contains("Withheld is the field ngay_sinh"), "{told}");
}

/// Restarts the provider's node, and waits until it answers.
async fn back(nation: &mut Nation) {
    nation.kill("p1");
    nation.start_node("p1");
    until("the node is back", async || told(&nation.get(PEOPLE, "/924198000000").await).0 == 200).await;
}

/// The law of the gate: by whatever operation, each record that fails is withheld with its rule and counted, each that passes is given as
/// without a gate, and both together are all there are.
#[tokio::test]
async fn what_fails_a_gate_is_withheld_with_its_rule_and_counted_by_every_operation() {
    let spoil = vec![
        "UPDATE nguoi SET ho_ten = '-' WHERE so_dinh_danh IN ('924198000003', '924198000004')".to_owned(),
        "UPDATE nguoi SET ton_giao = 'Khác' WHERE so_dinh_danh = '924198000005'".to_owned(),
        "UPDATE nguoi SET ngay_sinh = 'hỏng' WHERE so_dinh_danh > '924198000250'".to_owned(),
    ];
    let mut nation = one(spoil, gated(), None, "").await;
    let mut said = Said(String::new());
    assert_eq!(
        told(&nation.get(PEOPLE, &format!("/{}", key(3))).await).0,
        200,
        "nobody has fetched the contract yet"
    );
    said.json(&nation, &["run", "--dir", "p1", "--officer", OFFICER]);
    nation.change_settings("p1", |text| format!("usage_seconds = 1\n{text}"));
    back(&mut nation).await;
    each_by_its_key(&nation).await;
    let all = page_by_page(&nation).await;
    let batch =
        post(&nation, "/batch", &serde_json::json!({ "keys": [key(2), key(3), key(5), "không có"] })).await;
    let items = told(&batch).2["items"].clone();
    assert!(
        items[0]["record"].is_object() && items[3]["record"].is_null() && items[3].get("fault").is_none(),
        "{items}"
    );
    assert_eq!(
        (&items[1]["fault"], &items[1]["rule"]),
        (&"LT-4112".into(), &"ho_ten:co_ten".into()),
        "{items}"
    );
    assert_eq!((&items[2]["rule"], withheld(&batch)), (&":ton_giao".into(), 2));
    let count = post(&nation, "/count", &serde_json::json!({})).await;
    assert_eq!((told(&count).2, withheld(&count)), (serde_json::json!({ "count": 297 }), 3));
    // A question by the field that is withheld is refused: else it would be given bit by bit.
    assert_eq!(told(&nation.get(PEOPLE, "/?ngay_sinh=1980-01-01").await).1, "LT-4107");
    a_stream_has_a_line_for_each(&nation, &all).await;
    a_package_has_a_line_for_each(&nation, &all);
    gates_are_shown(&nation, &mut said);
    the_hub_hears_of_what_is_withheld(&nation).await;
    // Both ledgers hold the exchanges, refusals among them, and agree.
    nation.verify(&["p1", "c1"]);
    // Put right at its source and measured again, everything is given.
    let mend = "UPDATE nguoi SET ho_ten = 'Nguyễn Thị Hòa', ton_giao = 'Không', ngay_sinh = '1980-01-01'";
    sqlite(&nation, vec![mend.to_owned()]).await;
    let answer = nation.get(PEOPLE, &format!("/{}", key(3))).await;
    assert_eq!(told(&answer).0, 200, "at once, without another measurement");
    said.json(&nation, &["run", "--dir", "p1"]);
    back(&mut nation).await;
    let answer = nation.get(PEOPLE, &format!("/{}", key(3))).await;
    assert_eq!(told(&answer).2["ngay_sinh"], "1980-01-01");
    assert!(!answer.headers().contains_key("lienthong-unavailable"));
    // A node that starts and cannot read what is withheld gives nothing, rather than all.
    nation.kill("p1");
    std::fs::write(nation.path("p1/quality/materials.json"), "{").unwrap();
    nation.start_node("p1");
    until("the node is back and refuses", async || {
        let answer = told(&nation.get(PEOPLE, &format!("/{}", key(3))).await);
        assert_ne!(answer.0, 200, "{answer:?}");
        answer.1 == "LT-4105"
    })
    .await;
}
