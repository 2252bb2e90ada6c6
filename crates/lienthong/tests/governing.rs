//! Stories by role, through the binary: an officer, an integrator, an owner, the hub's officer, an architect; on either store.

use std::time::Duration;

use serde_json::{Value, json};
use testing::Server;

use crate::nation::{CLIENT, Nation, PEOPLE, Plan, told, until};

const READ: &str = "/924198000007";

/// The same stories on both stores.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(None).await;
            })*
        }

        mod postgresql {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let server = super::Server::shared_postgres();
                super::$name(Some(server.database(stringify!($name)))).await;
            })*
        }
    };
}

on_both! {
    an_integrator_asks_and_the_first_call_ticks_the_duty
    an_architect_takes_a_term_through_its_life
    a_suspension_stops_calls_and_says_until_when
}

/// A nation with people in it, each with a file of their own.
struct Staff {
    nation: Nation,
}

impl Staff {
    async fn start(database: Option<String>) -> Self {
        let nation = Nation::start_with(Plan {
            settings: "usage_seconds = 1",
            one_provider: true,
            database: database.as_deref(),
            ..Plan::default()
        })
        .await;
        nation.apply(include_str!("../../../data/packs/tiep-nhan.yaml"));
        nation.apply("{ kind: Purpose, code: kiem-thu, name: { vi: Kiểm thử, en: Test }, test: true }");
        let staff = Self { nation };
        staff.hire("chu-quan", Some("VN/GOV/G01"), "data_officer");
        staff.hire("ky-su", Some("VN/LOC/H05"), "engineer");
        staff.hire("trung-tam", None, "hub_officer");
        staff.hire("kien-truc", None, "architect");
        staff.hire("quan-gia", Some("VN/GOV/G01"), "steward");
        staff
    }

    fn hire(&self, name: &str, agency: Option<&str>, role: &str) {
        let out = format!("{name}.json");
        let mut arguments = vec![
            "user",
            "add",
            "--officer",
            "hub/quan-tri.json",
            name,
            "--person",
            name,
            "--type",
            "service",
        ];
        arguments.extend(["--role", role, "--out", &out, "--reason", "phân công"]);
        arguments.extend(agency.iter().flat_map(|agency| ["--agency", agency]));
        self.nation.run(&arguments);
    }

    /// Runs a command in somebody's name; it must succeed.
    fn run(&self, who: &str, arguments: &[&str]) -> String {
        self.nation.run(&[arguments, &["--officer", &format!("{who}.json")]].concat())
    }

    fn json(&self, who: &str, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(who, &[arguments, &["-o", "json"]].concat())).unwrap()
    }

    /// Runs a command that must fail; returns its exit code and what it says.
    fn refused(&self, who: &str, arguments: &[&str]) -> (i32, String) {
        let output = self.nation.try_run(&[arguments, &["--officer", &format!("{who}.json")]].concat());
        assert!(!output.status.success(), "{arguments:?}");
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// Puts a document into a file and the file into the registry.
    fn put(&self, who: &str, noun: &str, yaml: &str) {
        self.write("document.yaml", yaml);
        self.run(who, &[noun, "put", "-f", "document.yaml", "--overwrite", "--reason", "đăng ký"]);
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.nation.path(name), text).unwrap();
    }

    async fn call(&self, purpose: &str) -> (u16, String) {
        let mut request = self.nation.request("GET", PEOPLE, READ);
        request.headers_mut().unwrap().insert("lienthong-purpose", purpose.parse().unwrap());
        let (status, fault, _) = told(&self.nation.send(request, "").await);
        (status, fault)
    }

    /// Waits until the nodes decide from what the registry says now.
    async fn settle(&self) {
        self.nation.wait_for(self.nation.revision().await).await;
    }
}

const DATABASE: &str = "
kind: Database
id: VNDB-013
name: { vi: Cơ sở dữ liệu quốc gia về dân cư, en: National population database }
scale: national
standing: registered
owner: VN/GOV/G01
legal_basis: Luật Căn cước
scope: Công dân Việt Nam
class: core
retention: permanent
security_level: 4
personal_data: sensitive
systems: [VN/GOV/G01/dan-cu]
master_data: [{ code: ngay-sinh, name: { vi: Ngày sinh, en: Date of birth } }]
";
const DUTY: &str = "
kind: Duty
id: dan-cu-ngay-sinh
datum: ngay-sinh
receivers: [VN/LOC/H05]
basis: nd-70
deadline: 2026-12-31
service: VN/GOV/G01/dan-cu/nguoi
";

fn asking(kind: &str, until: &str) -> String {
    format!(
        "type: {kind}\nmode: query\nclient: {CLIENT}\nservice: {PEOPLE}\nuses: [{{ purpose: khai-sinh, basis: nd-70 }}]\n\
         fields: [ho_ten, ngay_sinh]\nper_second: 50\nvolume: 200 lượt mỗi ngày\nvalid_to: {until}\nstatement: Đăng ký khai sinh liên thông\n"
    )
}

/// A database is registered and confirmed, and somebody has to share it.
fn registers_and_is_confirmed(staff: &Staff) {
    // An officer registers a database; that is a claim until the hub confirms it. What they have to share, and by when, the hub says; what
    // is another's, or somebody else's to do, is not theirs.
    staff.put("chu-quan", "db", DATABASE);
    staff.write("document.yaml", DUTY);
    let (code, why) =
        staff.refused("chu-quan", &["duty", "put", "-f", "document.yaml", "--overwrite", "--reason", "x"]);
    assert!(code == 4 && why.contains("LT-7112"), "{why}");
    staff.put("trung-tam", "duty", DUTY);
    let claims = staff.json("chu-quan", &["db", "claims", "--owner", "VN/GOV/G01"])["items"].clone();
    let is_claimed = |claim: &Value| claim["service"] == PEOPLE;
    assert!(
        claims[0]["what"] == "registered" && claims.as_array().unwrap().iter().any(is_claimed),
        "{claims}"
    );
    let confirm = ["db", "confirm", "VNDB-013", "--all", "--reason", "đã đối chiếu"];
    let (code, why) = staff.refused("chu-quan", &confirm);
    assert!(code == 4 && why.contains("LT-7112"), "{why}");
    let confirmed = staff.json("trung-tam", &confirm);
    let services = confirmed["services"].as_array().unwrap();
    assert!(confirmed["confirmed"] == true && services.contains(&json!(PEOPLE)), "{confirmed}");
}

/// By pair of agencies and day.
fn both_sides_are_told(staff: &Staff) {
    // Who called whom, by pair and day, and which nodes hold the proof.
    let pairs =
        staff.json("chu-quan", &["usage", "pairs", "--agency", "VN/GOV/G01", "--database", "VNDB-013"]);
    let real = pairs["items"].as_array().unwrap().iter().find(|line| line["test"] == false).unwrap().clone();
    assert_eq!((&real["consumer"], &real["counted"]), (&json!("VN/LOC/H05"), &json!(1)), "{pairs}");
    for side in ["at_provider", "at_consumer"] {
        assert_eq!(
            (&real[side]["answered"], real[side]["nodes"].as_array().unwrap().len()),
            (&json!(1), 1),
            "{real}"
        );
    }
}

async fn an_integrator_asks_and_the_first_call_ticks_the_duty(database: Option<String>) {
    let staff = Staff::start(database).await;
    registers_and_is_confirmed(&staff);
    staff.write("document.yaml", &DATABASE.replace("Công dân", "Mọi công dân"));
    let (code, why) =
        staff.refused("ky-su", &["db", "put", "-f", "document.yaml", "--overwrite", "--reason", "x"]);
    assert!(code == 4 && why.contains("LT-71"), "{why}");
    // A revocation reaches the node at once; nobody has called by the grant.
    staff.run("chu-quan", &["grant", "revoke", "g-nguoi", "--reason", "cấp lại theo quy trình"]);
    staff.settle().await;
    assert_eq!(staff.call("khai-sinh").await.1, "LT-2104");
    let steps = || {
        let told = staff.json("ky-su", &["duty", "status", "dan-cu-ngay-sinh"]);
        let steps = told["progress"]["steps"].as_array().unwrap().clone();
        // A connection that was tested, a first real exchange.
        [2, 3].map(|at: usize| steps[at]["state"].as_str().unwrap().to_owned())
    };
    assert!(steps().iter().all(|step| step != "done"));
    // An integrator asks; the owner and the hub decide.
    staff.write("asking.yaml", &asking("on_request", "2099-01-01"));
    let opened = staff.json("ky-su", &["request", "open", "-f", "asking.yaml"]);
    let id = opened["request"]["id"].as_str().unwrap().to_owned();
    let act = |who: &str, act: &str, part: &str| {
        staff.json(who, &["request", act, &id, part, "--text", "số 12, 25/11/2026"])["request"].clone()
    };
    let waiting = staff.json("chu-quan", &["request", "list", "--waiting"]);
    assert_eq!(waiting["items"][0]["id"], id.as_str());
    let (code, why) = staff.refused("ky-su", &["request", "do", &id, "content", "--text", "tôi đồng ý"]);
    assert!(code == 4 && why.contains("LT-7112"), "{why}");
    act("chu-quan", "do", "content");
    act("trung-tam", "do", "technique");
    assert_eq!(act("ky-su", "do", "ready")["step"], "test");
    staff.settle().await;
    // For tests only, until all is done.
    assert_eq!(staff.call("khai-sinh").await.1, "LT-2105");
    assert_eq!(staff.call("kiem-thu").await.0, 200);
    let seen = || staff.json("ky-su", &["request", "get", &id]);
    until("the hub sees the test call", async || {
        let steps = seen()["steps"].as_array().unwrap().clone();
        steps.iter().any(|step| step["state"] == "now" && step["lacking"]["test_call"] == false)
    })
    .await;
    until("both sides have counted it", async || steps() == ["done", "open"]).await;
    act("ky-su", "do", "minutes");
    act("chu-quan", "do", "minutes_owner");
    act("ky-su", "paper", "security_confirmation");
    act("chu-quan", "do", "rules");
    assert_eq!(act("trung-tam", "do", "go")["state"], "granted");
    let shown = staff.run("ky-su", &["request", "get", &id]);
    assert!(shown.contains("granted") && shown.contains("✔ 5. "), "{shown}");
    staff.settle().await;
    // The first real call goes through, with the fields that were asked for, and ticks the step.
    assert_eq!(staff.call("khai-sinh").await.0, 200);
    until("the duty's step", async || steps() == ["done", "done"]).await;
    until("the stage", async || {
        staff.json("ky-su", &["db", "status", "VNDB-013"])["observed"]["stage"] == "connected"
    })
    .await;
    let days = staff.json("ky-su", &["usage", "days", "--service", PEOPLE]);
    assert!(days["items"].as_array().unwrap().iter().any(|row| row["purpose"] == "khai-sinh"), "{days}");
    both_sides_are_told(&staff);
    // All of it is in the trail, and the trail is whole.
    let told = staff.nation.run(&["audit", "--officer", "hub/quan-tri.json"]);
    assert!(told.contains("nguyên vẹn"), "{told}");
}

fn edition(version: &str, status: &str, value_type: &str) -> Value {
    json!({ "version": version, "status": status, "name": { "vi": "Ngày sinh", "en": "Date of birth" },
        "definition": "Ngày sinh ghi trong giấy khai sinh", "created_by": "VN/GOV/G01", "owned_by": "VN/GOV/G01",
        "technical_name": "CaNhan.ngay_sinh", "value_type": value_type, "format": "YYYY-MM-DD", "validation": "không sau hôm nay", "source": "thử" })
}

async fn an_architect_takes_a_term_through_its_life(database: Option<String>) {
    let staff = Staff::start(database).await;
    let put = |who: &str, editions: &[Value]| {
        let term = json!({ "kind": "Term", "id": "ndg:ID-900", "versions": editions });
        staff.write("document.yaml", &term.to_string());
        staff.nation.try_run(&[
            "term",
            "put",
            "-f",
            "document.yaml",
            "--overwrite",
            "--reason",
            "thử",
            "--officer",
            &format!("{who}.json"),
        ])
    };
    let done = |who: &str, editions: &[Value]| {
        let output = put(who, editions);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    // A steward proposes, and goes no further.
    done("quan-gia", &[edition("1.0.0", "proposed", "date")]);
    assert_eq!(put("quan-gia", &[edition("1.0.0", "approved", "date")]).status.code(), Some(4));
    for status in ["reviewed", "consulted", "approved"] {
        done("kien-truc", &[edition("1.0.0", status, "date")]);
    }
    // What is agreed on stays: a breaking change needs a new major, and both are served.
    assert_eq!(put("kien-truc", &[edition("1.0.0", "approved", "text")]).status.code(), Some(2));
    let minor =
        put("kien-truc", &[edition("1.0.0", "approved", "date"), edition("1.1.0", "proposed", "text")]);
    assert!(
        String::from_utf8_lossy(&minor.stderr).contains("DD-03"),
        "{}",
        String::from_utf8_lossy(&minor.stderr)
    );
    done("kien-truc", &[edition("1.0.0", "approved", "date"), edition("2.0.0", "approved", "text")]);
    let served = staff.json("ky-su", &["term", "get", "ndg:ID-900"]);
    let versions: Vec<_> =
        served["versions"].as_array().unwrap().iter().map(|edition| edition["version"].clone()).collect();
    assert_eq!(versions, ["1.0.0", "2.0.0"]);
    done("kien-truc", &[edition("1.0.0", "retired", "date"), edition("2.0.0", "approved", "text")]);
    let history = staff.json("ky-su", &["term", "history", "ndg:ID-900"]);
    assert_eq!(history["items"].as_array().unwrap().len(), 6, "{history}");
    // It is found with and without marks.
    let found = staff.json("ky-su", &["search", "ngay", "sinh", "--kind", "Term"]);
    assert_eq!(found["items"][0]["id"], "ndg:ID-900");
}

async fn a_suspension_stops_calls_and_says_until_when(database: Option<String>) {
    let staff = Staff::start(database).await;
    assert_eq!(staff.call("khai-sinh").await.0, 200);
    // A planned one is announced in good time.
    let announce = ["suspension", "announce", "--service", PEOPLE, "--reason", "bảo trì"];
    let tomorrow = (hub::clock::now() + jiff::SignedDuration::from_hours(24)).to_string();
    let planned =
        [&announce[..], &["--why", "planned", "--from", &tomorrow, "--to", "2099-01-01T00:00:00Z"]].concat();
    let (code, why) = staff.refused("chu-quan", &planned);
    assert!(
        code == 2
            && why.contains("theo bộ quy tắc Tiếp nhận đề nghị cấp quyền khai thác dữ liệu")
            && !why.contains("CN-13"),
        "{why}"
    );
    assert_eq!(staff.refused("ky-su", &planned).0, 4);
    staff.run("chu-quan", &[&announce[..], &["--why", "unplanned", "--to", "2099-01-01T00:00:00Z"]].concat());
    staff.settle().await;
    assert_eq!(staff.call("khai-sinh").await, (500, "LT-2114".to_owned()));
    let listed = staff.json("ky-su", &["suspension", "list"]);
    let id = listed["items"][0]["id"].as_str().unwrap();
    staff.run("chu-quan", &["suspension", "end", id, "--reason", "đã xong"]);
    staff.settle().await;
    assert_eq!(staff.call("khai-sinh").await.0, 200);
    // A grant is cut at once, and nobody else is.
    staff.run(
        "trung-tam",
        &["suspension", "announce", "--grant", "g-nguoi", "--why", "cut", "--reason", "lộ mã"],
    );
    staff.settle().await;
    assert_eq!(staff.call("khai-sinh").await.1, "LT-2114");
    let (api, ..) = told(&staff.nation.get(crate::nation::API, "/x").await);
    assert_ne!(api, 200, "nobody is behind it");
    let fault = told(&staff.nation.get(crate::nation::API, "/x").await).1;
    assert_ne!(fault, "LT-2114");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_nobody_uses_is_shut() {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let add =
        ["user", "add", "--officer", "hub/quan-tri.json", "lan", "--person", "Lan", "--agency", "VN/GOV/G01"];
    nation
        .run(&[&add[..], &["--role", "data_officer", "--out", "thu.json", "--reason", "phân công"]].concat());
    nation.type_into(
        &["user", "enrol", "--invitation", "thu.json", "--out", "lan.json"],
        "bốn con sẻ nâu ngoài hiên\n\n",
    );
    nation.type_into(&["login", "--officer", "lan.json"], "bốn con sẻ nâu ngoài hiên\n");
    // Forty days later it is still there, a hundred days later it is not: the hub's clock goes ahead, and nothing else.
    nation.kill("hub");
    nation.start_hub_ahead("+40d").await;
    nation.type_into(&["login", "--officer", "lan.json"], "bốn con sẻ nâu ngoài hiên\n");
    nation.kill("hub");
    nation.start_hub_ahead("+140d").await;
    let output = nation.try_type_into(&["login", "--officer", "lan.json"], "bốn con sẻ nâu ngoài hiên\n");
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(4) && why.contains("LT-7115"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn either_of_two_hubs_may_be_killed_and_no_act_is_lost_or_done_twice() {
    let server = Server::shared_postgres();
    let url = server.database("two_hubs");
    let mut nation =
        Nation::start_with(Plan { one_provider: true, database: Some(&url), ..Plan::default() }).await;
    nation.start_second_hub().await;
    let officer: Value =
        serde_json::from_slice(&std::fs::read(nation.path("hub/quan-tri.json")).unwrap()).unwrap();
    let hubs = nation.hubs();
    let mut both = officer.clone();
    both["hub"] = json!(hubs);
    std::fs::write(nation.path("both.json"), both.to_string()).unwrap();
    // The nodes know both.
    for name in ["p1", "c1"] {
        nation.kill(name);
        nation.change_settings(name, |text| {
            let line = text.lines().find(|line| line.starts_with("hub = ")).unwrap().to_owned();
            text.replace(&line, &format!("hub = {}", json!(hubs)))
        });
        nation.start_node(name);
    }
    nation.wait_for(nation.revision().await).await;
    const ACTS: usize = 24;
    for number in 0..ACTS {
        let purpose = format!("{{ kind: Purpose, code: viec-{number:02}, name: {{ vi: Việc, en: Deed }} }}");
        std::fs::write(nation.path("deed.yaml"), purpose).unwrap();
        let child = nation.begin(&["apply", "--officer", "both.json", "-f", "deed.yaml", "--reason", "thử"]);
        // In the middle of some of them, one of the two is killed: before, while or after it acts.
        let killed = ["hub", "hub2"][number % 2];
        if number % 3 == 0 {
            tokio::time::sleep(Duration::from_millis((number as u64 * 7) % 60)).await;
            nation.kill(killed);
        }
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{number}: {}", String::from_utf8_lossy(&output.stderr));
        if number % 3 == 0 {
            nation.start_again(killed).await;
        }
    }
    let entries = nation.json(&["audit", "--officer", "both.json", "--entries", "-o", "json"]);
    let done: Vec<&str> = entries["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["subject"].as_str().filter(|subject| subject.starts_with("viec-")))
        .collect();
    let mut expected: Vec<String> = (0..ACTS).map(|number| format!("viec-{number:02}")).collect();
    expected.sort_unstable();
    assert_eq!(done, expected, "each once, in order");
    nation.run(&["audit", "--officer", "both.json"]);
    // A revocation made at one hub reaches nodes that listen at the other, whichever is left.
    for (left, gone) in [("hub", "hub2"), ("hub2", "hub")] {
        nation.kill(gone);
        nation.apply_as("both.json", "{ kind: Grant, id: g-nguoi, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/nguoi, uses: [{ purpose: khai-sinh, basis: nd-70 }], fields: [ho_ten], per_second: 1000 }");
        until(&format!("the grant, with {left}"), async || told(&nation.get(PEOPLE, READ).await).0 == 200)
            .await;
        nation.run(&["grant", "revoke", "g-nguoi", "--officer", "both.json", "--reason", "thử"]);
        until(&format!("the revocation, with {left}"), async || {
            told(&nation.get(PEOPLE, READ).await).1 == "LT-2104"
        })
        .await;
        nation.start_again(gone).await;
    }
}

#[tokio::test]
async fn a_body_that_arrives_after_its_refusal_does_not_break_the_next_request() {
    let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let request = "PUT /api/v1/accounts/x HTTP/1.1\\r\\nHost: hub\\r\\nContent-Length: 2\\r\\n\\r\\n";
    let said = format!(
        "(for turn in 1 2 3; do printf '{request}'; sleep 0.3; printf '{{}}'; sleep 0.3; done) | openssl s_client -quiet -no_ign_eof -connect {}",
        nation.hub
    );
    let told = std::process::Command::new("bash").args(["-c", &said]).output().unwrap();
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.matches("HTTP/1.1 401").count(), 3, "{told}");
}

/// A hub that began with what the program ships, and somebody who holds an annex.
#[tokio::test(flavor = "multi_thread")]
async fn an_annex_is_loaded_by_one_command_that_tells_the_difference_first() {
    let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let officer = ["--officer", "hub/quan-tri.json"];
    let run = |arguments: &[&str]| nation.run(&[arguments, &officer[..]].concat());
    run(&["seed", "--reason", "bộ khởi đầu"]);
    let identified = || -> Value {
        let lists: Value = serde_json::from_str(&run(&["db", "lists", "-o", "json"])).unwrap();
        lists["items"][0]["evidence"].clone()
    };
    let shipped = model::database::shipped();
    let implied = shipped.iter().filter(|database| !database.listed.is_empty()).count();
    let planned = shipped.iter().find(|one| one.standing == model::database::Standing::Candidate).unwrap();
    assert_eq!(identified(), json!({ "annex": 0, "named": 0, "implied": implied }));
    let annex = format!("name_vi\n\"{}\"\n\"Cơ sở dữ liệu quốc gia thử, nạp\"\n", planned.name.vi);
    std::fs::write(nation.path("phu-luc.csv"), annex).unwrap();
    let load = |more: &[&str]| {
        let import = ["db", "import", "--list", "nq-71-2025", "-f", "phu-luc.csv", "--reason", "phụ lục"];
        run(&[&import[..], more].concat())
    };
    let told = load(&["--dry-run"]);
    let new = "+ Database nq-71-2025-001";
    assert!(told.contains(&format!("~ Database {}", planned.code)) && told.contains(new), "{told}");
    assert_eq!(identified(), json!({ "annex": 0, "named": 0, "implied": implied }));
    let told = load(&[]);
    assert!(told.find(new) < told.find("Created 1,"), "the difference comes first: {told}");
    assert_eq!(identified(), json!({ "annex": 2, "named": 0, "implied": 0 }));
    let told = load(&[]);
    assert!(told.contains("Created 0, updated 0, left 2") && !told.contains("Database"), "{told}");
    let history: Value = serde_json::from_str(&run(&["db", "history", planned.code, "-o", "json"])).unwrap();
    assert_eq!(history["items"].as_array().unwrap().len(), 2, "{history}");
}
