//! Datasets on a real PostgreSQL server, through two nodes: every operation, rows of a grant, a table that changes under way.

use axum::response::IntoResponse as _;
use http::header::{ETAG, IF_NONE_MATCH};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use testing::Server;

use crate::nation::{API, Nation, PEOPLE, Plan, told, until};

const TABLE: &str = r#"
CREATE SCHEMA "dân cư";
CREATE TABLE "dân cư"."NHAN_KHAU" ("SoDD" varchar(12) PRIMARY KEY, "HoTen" text, "NgaySinh" varchar(10), "GT" varchar(5), "MaXa" int, thu_nhap numeric);
INSERT INTO "dân cư"."NHAN_KHAU" SELECT lpad((924198000000 + n)::text, 12, '0'), '  Nguyễn   Thị Hòa ' || n, to_char(date '1980-01-01' + n, 'DD/MM/YYYY'),
  CASE WHEN n % 2 = 0 THEN 'Nữ' ELSE 'Nam' END, CASE WHEN n % 3 = 0 THEN 4 ELSE 27000 + n END, n * 1.10 FROM generate_series(0, 299) n;
"#;

const SERVICE: &str = r#"
kind: Service
id: VN/GOV/G01/dan-cu/nguoi
name: { vi: Một người, en: A person }
dataset:
  key: so_dinh_danh
  fields:
    - { name: so_dinh_danh, kind: person_id, label: { vi: Số định danh, en: Id number } }
    - { name: ho_ten, kind: name, label: { vi: Họ tên, en: Name } }
    - { name: ngay_sinh, kind: date, label: { vi: Ngày sinh, en: Born }, original: true }
    - { name: gioi_tinh, kind: code, label: { vi: Giới tính, en: Sex }, filter: true }
    - { name: xa, kind: unit, label: { vi: Xã, en: Commune }, filter: true }
    - { name: thu_nhap, kind: decimal, label: { vi: Thu nhập, en: Income } }
"#;

fn grant(more: &str) -> String {
    format!(
        "{{ kind: Grant, id: g-nguoi, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/nguoi, uses: [{{ purpose: khai-sinh, basis: nd-70 }}], per_second: 100000, {more} }}"
    )
}

async fn post(nation: &Nation, path: &str, body: &Value) -> (u16, String, Value) {
    told(&nation.send(nation.request("POST", PEOPLE, path), body.to_string()).await)
}

#[tokio::test]
async fn a_dataset_on_postgresql_serves_every_operation_within_its_grant() {
    let server = Server::shared_postgres();
    let url = server.database("dan_cu");
    let mut admin = PgConnection::connect(&url).await.unwrap();
    admin.execute(TABLE).await.unwrap();
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    nation.kill("p1");
    nation.change_settings("p1", |text| {
        let source = format!("[[sources]]\nname = \"dan-cu\"\nurl = \"{url}\"\nconnections = 2\nstatement_seconds = 2\n");
        let place = "source = \"dan-cu\"\nschema = \"dân cư\"\ntable = \"NHAN_KHAU\"\n\
            columns = { so_dinh_danh = \"SoDD\", ho_ten = \"HoTen\", ngay_sinh = \"NgaySinh\", gioi_tinh = \"GT\", xa = \"MaXa\" }\n\
            digits = { xa = 5 }\nvalues = { gioi_tinh = { Nam = \"1\", \"Nữ\" = \"2\" } }\n";
        format!("usage_seconds = 1\n{}{source}", text.replace("sqlite = \"../people.db\"\n", place))
    });
    nation.apply(SERVICE);
    nation.apply(&grant("fields: [so_dinh_danh, ho_ten, ngay_sinh, gioi_tinh, xa, thu_nhap]"));
    nation.start_node("p1");
    nation.wait_for(nation.revision().await).await;

    serves_records(&nation).await;
    lists_in_order(&nation).await;
    serves_many_and_refuses_what_is_wrong(&nation).await;
    gives_all_at_once_only_where_that_is_granted(&nation, &mut admin).await;
    keeps_to_the_rows_of_the_grant(&nation).await;
    goes_on_with_what_is_left(&nation, admin).await;
}

async fn serves_records(nation: &Nation) {
    // One record, normal and with what the source has where the contract asks for it.
    let answer = nation.get(PEOPLE, "/924198000004").await;
    let (status, _, record) = told(&answer);
    assert_eq!(
        (status, record),
        (
            200,
            json!({ "so_dinh_danh": "924198000004", "ho_ten": "Nguyễn Thị Hòa 4", "ngay_sinh__goc": "05/01/1980", "ngay_sinh": "1980-01-05", "gioi_tinh": "2",
                "xa": "27004", "thu_nhap": "4.40" })
        )
    );
    // The same once more: nothing is sent.
    let tag = answer.headers()[ETAG].to_str().unwrap().to_owned();
    let again = nation.request("GET", PEOPLE, "/924198000004").header(IF_NONE_MATCH, &tag);
    let again = nation.send(again, String::new()).await;
    assert_eq!((again.status().as_u16(), again.body().len()), (304, 0));
}

async fn lists_in_order(nation: &Nation) {
    // Filtered by the code, sorted backwards, page by page.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let (status, fault, page) =
            told(&nation.get(PEOPLE, &format!("?gioi_tinh=1&sort=-xa&limit=40{cursor}")).await);
        assert_eq!(status, 200, "{fault} {page}");
        let items = page["items"].as_array().unwrap().clone();
        assert!(items.iter().all(|item| item["gioi_tinh"] == "1"));
        seen.extend(items.iter().map(|item| {
            (item["xa"].as_str().unwrap().parse::<i64>().unwrap(), item["so_dinh_danh"].to_string())
        }));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 150);
    assert!(
        seen.windows(2)
            .all(|pair| pair[0].0 > pair[1].0 || (pair[0].0 == pair[1].0 && pair[0].1 < pair[1].1))
    );
}

async fn serves_many_and_refuses_what_is_wrong(nation: &Nation) {
    let (_, _, count) = post(nation, "/count", &json!({ "filters": { "xa": "00004" } })).await;
    assert_eq!(count, json!({ "count": 100 }));
    let (_, _, many) = post(
        nation,
        "/batch",
        &json!({ "keys": ["924198000001", "khong-co", "924198000002", "924198000001"] }),
    )
    .await;
    let names: Vec<&Value> =
        many["items"].as_array().unwrap().iter().map(|item| &item["record"]["ho_ten"]).collect();
    assert_eq!(
        names,
        [&json!("Nguyễn Thị Hòa 1"), &Value::Null, &json!("Nguyễn Thị Hòa 2"), &json!("Nguyễn Thị Hòa 1")]
    );
    // One odd key spoils no other.
    let (status, _, odd) = post(nation, "/batch", &json!({ "keys": ["a\u{0}b", "924198000001"] })).await;
    assert!(
        status == 200 && odd["items"][0]["record"].is_null() && !odd["items"][1]["record"].is_null(),
        "{odd}"
    );
    let keys: Vec<String> = (0..1001).map(|number| number.to_string()).collect();
    for (path, body) in [
        ("/batch", json!({ "keys": [] })),
        ("/batch", json!({ "keys": keys })),
        ("/batch", json!({ "keys": [1] })),
        ("/count", json!({ "filters": { "ho_ten": "x" } })),
        ("/count", json!({ "filters": { "thu_nhap": "1" } })),
    ] {
        let (status, fault, told) = post(nation, path, &body).await;
        assert_eq!((status, fault.as_str()), (400, "LT-4107"), "{path} {told}");
    }
    for query in
        ["?sort=ho_ten", "?sort=khong_co", "?xa=mot", "?cursor=e30", "?gioi_tinh=1%27%20OR%201=1&xa=1;DROP"]
    {
        let (status, fault, _) = told(&nation.get(PEOPLE, query).await);
        assert_eq!((status, fault.as_str()), (400, "LT-4107"), "{query}");
    }
}

async fn gives_all_at_once_only_where_that_is_granted(nation: &Nation, admin: &mut PgConnection) {
    let (status, fault, _) = post(nation, "/stream", &json!({})).await;
    assert_eq!((status, fault.as_str()), (500, "LT-2109"), "a grant that names nothing gives everything");
    nation.apply(&grant(
        "fields: [so_dinh_danh, ho_ten, gioi_tinh, xa], rows: [{ field: xa, under: \"01\" }], endpoints: [{ method: POST, path: /stream }]",
    ));
    nation.wait_for(nation.revision().await).await;
    assert_eq!(told(&nation.get(PEOPLE, "/924198000003").await).1, "LT-2109");
    let stream = |body: Value| nation.send(nation.request("POST", PEOPLE, "/stream"), body.to_string());
    let answer = stream(json!({ "filters": { "gioi_tinh": "2" } })).await;
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    let lines = String::from_utf8(answer.body().to_vec()).unwrap();
    let mut records: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    records.sort_by_key(|record| record["so_dinh_danh"].to_string());
    assert_eq!(records.len(), 50);
    assert_eq!(
        records[1],
        json!({ "so_dinh_danh": "924198000006", "ho_ten": "Nguyễn Thị Hòa 6", "gioi_tinh": "2", "xa": "00004" })
    );
    let (status, fault, _) = told(&stream(json!({ "filters": { "ho_ten": "x" } })).await);
    assert_eq!((status, fault.as_str()), (400, "LT-4107"));
    // One that breaks in the middle is an error, and never a part that looks whole.
    admin.execute("INSERT INTO \"dân cư\".\"NHAN_KHAU\" SELECT 'x' || n, repeat('Hòa ', 50), '', 'Nam', 4 FROM generate_series(1, 1000000) n").await.unwrap();
    // Each try of the caller's node is broken off, as often as it tries.
    let mut times = 0;
    let breaking = async {
        loop {
            let ended: Vec<(bool,)> = sqlx::query_as("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lienthong' AND datname = current_database() AND state = 'active' AND query LIKE '%FROM%NHAN_KHAU%'")
                .fetch_all(&mut *admin)
                .await
                .unwrap();
            times += ended.len();
        }
    };
    let answer = tokio::select! {
        answer = stream(json!({})) => answer,
        () = breaking => unreachable!("it goes on for ever"),
    };
    assert!(times > 0, "it was not broken off");
    let (status, fault, _) = told(&answer);
    assert!(status >= 500 && !fault.is_empty(), "{status} {fault}");
    admin.execute("DELETE FROM \"dân cư\".\"NHAN_KHAU\" WHERE \"SoDD\" LIKE 'x%'").await.unwrap();
}

async fn keeps_to_the_rows_of_the_grant(nation: &Nation) {
    // A province sees its own: whatever is asked, and however.
    nation.apply(&grant(
        "fields: [so_dinh_danh, ho_ten, ngay_sinh, gioi_tinh, xa], rows: [{ field: xa, under: \"01\" }]",
    ));
    nation.wait_for(nation.revision().await).await;
    assert_eq!(told(&nation.get(PEOPLE, "/924198000001").await).0, 404);
    assert_eq!(told(&nation.get(PEOPLE, "/924198000003").await).0, 200);
    assert_eq!(post(nation, "/count", &json!({})).await.2, json!({ "count": 100 }));
    assert_eq!(
        post(nation, "/count", &json!({ "filters": { "xa": "27004" } })).await.2,
        json!({ "count": 0 })
    );
    let (_, _, hidden) = post(
        nation,
        "/confirm",
        &json!({ "key": "924198000001", "values": { "ho_ten": "Nguyễn Thị Hòa 1" } }),
    )
    .await;
    assert_eq!(hidden, json!({ "found": false }));
    let (_, _, batch) = post(nation, "/batch", &json!({ "keys": ["924198000001", "924198000003"] })).await;
    assert!(batch["items"][0]["record"].is_null() && !batch["items"][1]["record"].is_null());
}

async fn goes_on_with_what_is_left(nation: &Nation, mut admin: PgConnection) {
    // A column goes: what is left is served, and the caller is told which field is not.
    admin.execute("ALTER TABLE \"dân cư\".\"NHAN_KHAU\" DROP COLUMN \"HoTen\"").await.unwrap();
    let answer = nation.get(PEOPLE, "/924198000003").await;
    let (status, fault, record) = told(&answer);
    assert_eq!((status, record["gioi_tinh"].as_str()), (200, Some("1")), "{fault} {record}");
    assert!(record.get("ho_ten").is_none());
    assert_eq!(answer.headers()["lienthong-unavailable"], "ho_ten");
    assert_eq!(
        post(nation, "/confirm", &json!({ "key": "924198000003", "values": { "ho_ten": "x" } })).await.1,
        "LT-4107"
    );
    // So are its owner, in the log and at the hub, and whoever looks at the service.
    assert!(nation.log("p1").contains("the table lacks fields of the contract"), "the owner is not told");
    until("the hub hears of it", async || {
        let (_, told) = nation.hub("GET", "/api/v1/usage?service=VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi", "").await;
        told["gaps"][0]["fields"] == json!(["ho_ten"])
    })
    .await;
    // It comes back, and is served again once the table is looked at.
    admin
        .execute("ALTER TABLE \"dân cư\".\"NHAN_KHAU\" ADD COLUMN \"HoTen\" text DEFAULT 'Trở lại'")
        .await
        .unwrap();
    // The rule's own column goes: nothing passes.
    admin
        .execute("ALTER TABLE \"dân cư\".\"NHAN_KHAU\" RENAME COLUMN \"MaXa\" TO \"MaXaMoi\"")
        .await
        .unwrap();
    let (status, fault, _) = told(&nation.get(PEOPLE, "/924198000003").await);
    assert_eq!((status, fault.as_str()), (400, "LT-4107"), "a rule that cannot be kept lets records pass");
}

#[tokio::test]
async fn a_file_that_asks_for_too_much_leaves_the_node_and_its_table() {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../connect/src/tests/cases");
    let file = nation.path("nguoi.xlsx");
    std::fs::copy(cases.join("cccd.xlsx"), &file).unwrap();
    nation.kill("p1");
    nation.change_settings("p1", |text| {
        let place = "source = \"tep\"\ntable = \"data\"\n";
        let text = text.replace("sqlite = \"../people.db\"\n", place);
        format!("usage_seconds = 1\n{text}\n[[sources]]\nname = \"tep\"\nurl = \"{}\"\n", file.display())
    });
    let service = "{ kind: Service, id: VN/GOV/G01/dan-cu/nguoi, name: { vi: Người, en: Person }, dataset: { key: so_dinh_danh, fields: [{ name: so_dinh_danh, kind: person_id, label: { vi: a, en: a } }] } }";
    nation.apply(service);
    nation.apply(&grant("fields: all"));
    nation.start_node("p1");
    nation.wait_for(nation.revision().await).await;
    let count = async || told(&nation.send(nation.request("POST", PEOPLE, "/count"), "{}".to_owned()).await);
    let (status, _, before) = count().await;
    assert!(status == 200 && before["count"].as_u64() > Some(0), "{before}");
    for bomb in ["far-corner.xlsx", "far-right.xlsx", "far-low.xlsx"] {
        std::fs::copy(cases.join(bomb), &file).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(2200)).await;
        let (status, fault, said) = count().await;
        assert_eq!(status, 200, "{bomb}: {fault} {said}");
    }
    // What cannot be read leaves the table that was there, and its age is told.
    std::fs::copy(cases.join("cccd.xlsx"), &file).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(2200)).await;
    assert_eq!(count().await.2, before);
    std::fs::write(&file, b"PK\x03\x04 cut off").unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(3200)).await;
    let answer = nation.send(nation.request("POST", PEOPLE, "/count"), "{}".to_owned()).await;
    assert_eq!(told(&answer).2, before);
    assert!(answer.headers()["age"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    until("the owner is told", async || nation.log("p1").contains("the source cannot be read anew")).await;
}

/// Its owner finds the very records that have something wrong with them, while the node serves the others; no value is printed.
#[tokio::test]
async fn the_owner_is_told_which_records_have_what_wrong() {
    let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let check = ["source", "check", "--dir", "p1", "--service", PEOPLE];
    let whole = nation.json(&[&check[..], &["-o", "json"]].concat());
    assert_eq!(whole, json!({ "records": 300, "keyless": 0, "lacking": [], "counts": [], "faults": [] }));
    let mut owner =
        sqlx::SqliteConnection::connect(&format!("sqlite:{}", nation.path("people.db").display()))
            .await
            .unwrap();
    let spoil = "CREATE TABLE moi AS SELECT so_dinh_danh, ho_ten, ngay_sinh FROM nguoi; DROP TABLE nguoi; ALTER TABLE moi RENAME TO nguoi;
        UPDATE nguoi SET ho_ten = CAST(x'4eff' AS TEXT) WHERE so_dinh_danh = '924198000003';
        UPDATE nguoi SET ngay_sinh = 'hôm qua' WHERE so_dinh_danh = '924198000004';
        UPDATE nguoi SET so_dinh_danh = '924198000006' WHERE so_dinh_danh = '924198000005';
        UPDATE nguoi SET so_dinh_danh = NULL WHERE so_dinh_danh IN ('924198000007', '924198000008');";
    owner.execute(spoil).await.unwrap();
    let checked = nation.try_run(&[&check[..], &["--limit", "2", "-o", "json"]].concat());
    assert_eq!(checked.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&checked.stdout).unwrap();
    let one = |field: &str, fault: &str| json!({ "field": field, "fault": fault, "records": 1 });
    assert_eq!(
        told,
        json!({ "records": 298, "keyless": 2, "lacking": ["ton_giao"],
            "counts": [one("ho_ten", "not_utf8"), one("ngay_sinh", "not_of_kind"), one("so_dinh_danh", "key_twice")],
            "faults": [{ "key": "924198000003", "field": "ho_ten", "fault": "not_utf8" },
                { "key": "924198000004", "field": "ngay_sinh", "fault": "not_of_kind" }] })
    );
    let checked = nation.try_run(&check);
    let told = String::from_utf8(checked.stdout).unwrap();
    assert!(told.contains("924198000006\tso_dinh_danh\tkey_twice"), "{told}");
    assert!(told.contains("giá trị không đúng kiểu") && !told.contains("hôm qua"), "{told}");
    assert_eq!(nation.get(PEOPLE, "/924198000009").await.status(), 200);
    for (wrong, code) in
        [(["--dir", "p1", "--service", API], "LT-7105"), (["--dir", "p9", "--service", PEOPLE], "LT-")]
    {
        let refused = nation.try_run(&[&["source", "check"][..], &wrong].concat());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(code), "{said}");
    }
}

/// The blocks of a guide that are commands, in order; between them, what its remarks say happens.
fn steps(guide: &str) -> Vec<(bool, String)> {
    let mut steps = Vec::new();
    let mut rest = guide;
    loop {
        let (block, remark) = (rest.find("```sh\n"), rest.find("<!-- "));
        match (block, remark) {
            (Some(block), remark) if remark.is_none_or(|remark| block < remark) => {
                let text = &rest[block + 6..];
                let end = text.find("```").unwrap();
                steps.push((true, text[..end].to_owned()));
                rest = &text[end + 3..];
            }
            (_, Some(remark)) => {
                let text = &rest[remark + 5..];
                let end = text.find(" -->").unwrap();
                steps.push((false, text[..end].to_owned()));
                rest = &text[end..];
            }
            _ => return steps,
        }
    }
}

#[tokio::test]
async fn the_guide_leads_from_a_dump_to_an_answered_call() {
    let server = Server::shared_postgres();
    let url = server.database("guide");
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    nation.run(&["seed", "--officer", "hub/quan-tri.json", "--reason", "từ điển"]);
    std::fs::write(nation.path("mot-cua.token"), format!("Lienthong-Token: {}\n", nation.token())).unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_lienthong")).parent().unwrap().to_owned();
    #[expect(clippy::disallowed_methods, reason = "where programs are, not a setting")]
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut told = String::new();
    for (is_command, text) in steps(include_str!("../../../docs/connect-a-database.md")) {
        if !is_command {
            if text.contains("starts again") {
                nation.kill("p1");
                nation.start_node("p1");
            }
            nation.wait_for(nation.revision().await).await;
            continue;
        }
        let done = std::process::Command::new("bash")
            .args(["-euo", "pipefail", "-c", &text])
            .current_dir(nation.path(""))
            .env("PATH", &path)
            .env("URL", &url)
            .env("NODE", nation.path("p1"))
            .env("EDGE", format!("http://{}", nation.address("c1").edge))
            .env("LIENTHONG_OFFICER", "hub/quan-tri.json")
            .output()
            .unwrap();
        told = String::from_utf8(done.stdout).unwrap();
        assert!(done.status.success(), "{text}\n{told}\n{}", String::from_utf8_lossy(&done.stderr));
        if text.contains("source bind") {
            // The draft knows what the columns are.
            for (column, term) in
                [("SoCCCD", "ndg:ID-001"), ("NgaySinh", "ndg:ID-003"), ("GioiTinh", "ndg:ID-004")]
            {
                assert!(
                    std::fs::read_to_string(nation.path("draft.yaml")).unwrap().contains(term),
                    "{column}: {told}"
                );
            }
        }
    }
    let record: Value = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}"));
    assert_eq!(
        record,
        json!({ "so_cccd": "924198000007", "ho_ten": "Nguyễn Thị Hòa", "ngay_sinh": "1980-01-08" })
    );
    let contract = std::fs::read_to_string(nation.path("contract.yaml")).unwrap();
    assert!(
        contract.contains("urn:lienthong:term:ndg:ID-001@") && contract.contains("sensitive"),
        "{contract}"
    );
    // A draft that nobody has looked at is not published; a table that is not there is told.
    let draft = nation.run(&["source", "inspect", &url, "--table", "TBL_NHANKHAU", "--out", "-"]);
    std::fs::write(nation.path("raw.yaml"), draft).unwrap();
    let refused = nation.try_run(&[
        "source",
        "publish",
        "raw.yaml",
        "--officer",
        "hub/quan-tri.json",
        "--service",
        "VN/GOV/G01/dan-cu/khac",
        "--reason",
        "thử",
    ]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("personal?"));
    let missing = nation.try_run(&["source", "inspect", &url, "--table", "KHONG_CO"]);
    assert!(!missing.status.success() && String::from_utf8_lossy(&missing.stderr).contains("KHONG_CO"));
    let secret = nation.try_run(&["source", "inspect", "postgres://a:matkhau@127.0.0.1:1/x"]);
    let said = String::from_utf8_lossy(&secret.stderr).into_owned();
    assert!(!secret.status.success() && !said.contains("matkhau"), "{said}");
}

/// Runs a program that must succeed.
fn run(nation: &Nation, program: &str, arguments: &[&str]) {
    let mut command = std::process::Command::new(program);
    command.args(arguments).current_dir(nation.path("")).env("SOFTHSM2_CONF", nation.path("softhsm2.conf"));
    let done = command.output().unwrap_or_else(|error| panic!("{program}: {error}: run `cargo xtask test`"));
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test]
async fn the_password_of_a_source_comes_from_an_hsm() {
    // An API that gives its list only to who knows the secret.
    let list = |headers: http::HeaderMap| async move {
        let knows = headers.get("authorization").is_some_and(|value| value == "Bearer mật khẩu 1".as_bytes());
        if knows {
            axum::Json(json!([{ "so_dinh_danh": "924198000001", "ho_ten": "Trần Văn Bình", "ngay_sinh": "01/02/1990", "ton_giao": "Không" }])).into_response()
        } else {
            http::StatusCode::UNAUTHORIZED.into_response()
        }
    };
    let router = axum::Router::new().route("/nguoi", axum::routing::get(list));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    // SoftHSM from Debian plays the HSM; the secret is written by another's tool.
    std::fs::create_dir(nation.path("tokens")).unwrap();
    let config = format!("directories.tokendir = {}\n", nation.path("tokens").display());
    std::fs::write(nation.path("softhsm2.conf"), config).unwrap();
    let module = "/usr/lib/softhsm/libsofthsm2.so";
    run(
        &nation,
        "softhsm2-util",
        &["--init-token", "--free", "--label", "nút", "--so-pin", "12345678", "--pin", "5678"],
    );
    std::fs::write(nation.path("secret"), "mật khẩu 1").unwrap();
    let write = ["--module", module, "--token-label", "nút", "--login", "--pin", "5678", "--private"];
    run(
        &nation,
        "pkcs11-tool",
        &[&write[..], &["--write-object", "secret", "--type", "data", "--label", "dan-cu"]].concat(),
    );
    std::fs::remove_file(nation.path("secret")).unwrap();
    let pin_file = nation.path("p1/hsm.pin");
    let settings = |pin: &str, object: &str| {
        std::fs::write(&pin_file, format!("{pin}\n")).unwrap();
        format!(
            "[[sources]]\nname = \"api\"\nurl = \"http://{api}/nguoi\"\n[sources.password_hsm]\nmodule = \"{module}\"\ntoken = \"nút\"\nobject = \"{object}\"\npin_file = \"hsm.pin\"\n"
        )
    };
    let old = std::fs::read_to_string(nation.path("p1/node.toml")).unwrap();
    let old = old.replace("sqlite = \"../people.db\"\n", "source = \"api\"\n");
    nation.kill("p1");
    // What is wrong is told, without the PIN and without the secret.
    for (pin, object, said) in [("0000", "dan-cu", "PIN"), ("5678", "khac", "token không có đối tượng khac")]
    {
        std::fs::write(nation.path("p1/node.toml"), format!("{old}\n{}", settings(pin, object))).unwrap();
        let mut command = crate::nation::lienthong();
        command.args(["node", "run", "--dir", "p1"]).env("SOFTHSM2_CONF", nation.path("softhsm2.conf"));
        let told = command.current_dir(nation.path("")).output().unwrap();
        let told = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(told.contains("LT-8101") && told.to_lowercase().contains(&said.to_lowercase()), "{told}");
        assert!(!told.contains("0000") && !told.contains("mật khẩu 1"), "{told}");
    }
    std::fs::write(nation.path("p1/node.toml"), format!("{old}\n{}", settings("5678", "dan-cu"))).unwrap();
    nation.start_node("p1");
    nation.wait_for(nation.revision().await).await;
    let (status, fault, record) = told(&nation.get(PEOPLE, "/924198000001").await);
    assert_eq!((status, record["ho_ten"].as_str()), (200, Some("Trần Văn Bình")), "{fault} {record}");
    serving.abort();
}
