//! A hub that comes back from an older backup of its store: it notices, halts, tells, and goes on when somebody has decided. The steps are
//! those of `docs/operator.md`.

use std::time::Duration;

use exchange::body;
use http::Request;
use serde_json::{Value, json};
use sqlx::Connection as _;
use trust::web::fetch;

use crate::nation::{Nation, PEOPLE, read, told, until};

const OFFICER: [&str; 2] = ["--officer", "hub/quan-tri.json"];
const PERSON: &str = "/924198000001";

/// A grant that is issued after the backup.
const LATER: &str = "{ kind: Grant, id: g-sau, client: VN/LOC/H05/khac, service: VN/GOV/G01/dan-cu/nguoi, \
    uses: [{ purpose: khai-sinh, basis: nd-70 }], fields: [ho_ten], per_second: 5 }";

impl Nation {
    /// Copies the hub's store as `sqlite3 .backup` does.
    async fn back_up(&self, to: &str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path("hub/hub.db"));
        let mut store = sqlx::sqlite::SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query("VACUUM INTO $1")
            .bind(self.path(to).display().to_string())
            .execute(&mut store)
            .await
            .unwrap();
        store.close().await.unwrap();
    }

    fn restore(&self, from: &str) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(self.path(&format!("hub/hub.db{end}")));
        }
        std::fs::copy(self.path(from), self.path("hub/hub.db")).unwrap();
    }

    fn officer(&self, arguments: &[&str]) -> std::process::Output {
        self.try_run(&[arguments, &OFFICER].concat())
    }

    /// How the directory stands, as `directory status` tells it.
    fn standing(&self) -> Value {
        let output = self.officer(&["directory", "status", "-o", "json"]);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// A page of the console, as a browser of its first officer gets it.
    pub(crate) async fn page(&self, path: &str) -> String {
        let officer: Value = serde_json::from_slice(&read(&self.path("hub/quan-tri.json"))).unwrap();
        let anchor = trust::certificate::from_base64(officer["authority"].as_str().unwrap()).unwrap();
        let client = trust::web::client(trust::tls::web_client(&[anchor]).unwrap());
        let request = Request::get(format!("https://{}{path}", self.hub))
            .header("accept", "text/html")
            .header("authorization", format!("Bearer {}", officer["token"].as_str().unwrap()))
            .body(body::whole(""))
            .unwrap();
        let answer = fetch(&client, request, Duration::from_secs(30), 1 << 24).await.unwrap();
        String::from_utf8_lossy(answer.body()).into_owned()
    }

    fn differences(&self) -> Vec<(String, String)> {
        let standing = self.standing();
        let listed = standing["behind"]["differences"].as_array().unwrap().clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        listed.iter().map(|one| (text(&one["subject"]), text(&one["how"]))).collect()
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, step by step as the operator's page has it")]
async fn a_hub_from_an_older_backup_notices_halts_tells_and_goes_on_when_it_was_decided() {
    let mut nation = Nation::start().await;
    nation.back_up("older.db").await;
    let known = nation.revision().await;
    // After the backup: a right is taken away, another is given.
    nation.run(&["grant", "revoke", "g-nguoi", "--reason", "thử", OFFICER[0], OFFICER[1]]);
    nation.apply(LATER);
    let held = nation.revision().await;
    nation.wait_for(held).await;
    assert_eq!(told(&nation.get(PEOPLE, PERSON).await).1, "LT-2104");
    nation.kill("hub");
    nation.restore("older.db");
    nation.start_again("hub").await;

    // It notices by itself, and says so everywhere.
    until("the hub notices", async || nation.hub("GET", "/health", "").await.1["healthy"] == false).await;
    let health = nation.hub("GET", "/health", "").await.1;
    assert_eq!(health["directory"]["behind"]["own"], json!(known), "{health}");
    assert_eq!(health["directory"]["behind"]["proven"], json!(held), "{health}");
    assert!(nation.log("hub").contains("LT-7133"));
    until("nodes have shown all of it", async || nation.standing()["behind"]["complete"] == true).await;
    let output = nation.officer(&["directory", "status"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        nation.differences(),
        [("Grant g-nguoi".to_owned(), "only_here".to_owned()), ("Grant g-sau".into(), "only_there".into())]
    );
    assert_eq!(nation.hub("GET", "/api/v1/session", "").await.1["behind"]["proven"], json!(held));
    let (_, page) = nation.hub("GET", "/trang-thai?format=json", "").await;
    assert_eq!(page["standing"]["behind"]["proven"], json!(held), "{page}");
    for path in ["/trang-thai", "/quyen"] {
        let page = nation.page(path).await;
        let banner = format!("các nút giữ bản số {held}");
        assert!(
            page.contains(&banner) || page.contains(&format!("các nút đã chứng minh là {held}")),
            "{page}"
        );
    }
    assert!(nation.page("/trang-thai").await.contains("Grant g-nguoi"));
    until("its nodes say so", async || {
        nation.health("p1").await.is_some_and(|health| health["directory"]["refused"]["fault"] == "LT-7133")
    })
    .await;

    // Nothing is published, whatever is done; the nodes go on with what they have.
    let output = nation.officer(&["purpose", "remove", "khac", "--reason", "x"]);
    assert!(!output.status.success());
    std::fs::write(nation.path("more.yaml"), "{ kind: Purpose, code: khac, name: { vi: Khác, en: Other } }")
        .unwrap();
    let output = nation.officer(&["apply", "-f", "more.yaml", "--reason", "thử"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("LT-7133"), "{output:?}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(nation.revision().await, known);
    let (_, names) = nation.hub("GET", "/directory/metadata/timestamp.json", "").await;
    assert_eq!(names["signed"]["version"], json!(known));
    for name in ["p1", "p2", "c1"] {
        assert_eq!(nation.health(name).await.unwrap()["directory"]["revision"], json!(held), "{name}");
    }
    assert_eq!(told(&nation.get(PEOPLE, PERSON).await).1, "LT-2104", "what was revoked stays so");
    assert_eq!(told(&nation.get(crate::nation::API, "/x").await).1, "LT-4102", "what was granted stays so");

    // A restart changes nothing of that.
    nation.kill("hub");
    nation.start_again("hub").await;
    until("it is known still", async || nation.standing()["healthy"] == false).await;

    // What was revoked is revoked again: it is recorded, and the list gets shorter.
    let output =
        nation.officer(&["grant", "revoke", "g-nguoi", "--reason", "đã thu hồi trước khi khôi phục"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("LT-7133"), "{output:?}");
    let left = nation.differences();
    assert!(!left.iter().any(|(subject, _)| subject == "Grant g-nguoi"), "{left:?}");
    assert!(left.contains(&("Purpose khac".into(), "only_here".into())), "{left:?}");

    // A decision has a reason, and is above what was proven.
    let low = (held - 1).to_string();
    assert_eq!(nation.officer(&["directory", "go-on", &low, "--reason", "x"]).status.code(), Some(2));
    let output =
        nation.officer(&["directory", "go-on", &held.to_string(), "--reason", "khôi phục từ bản sao lưu"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("Grant g-sau: không còn"), "{output:?}");
    let next = nation.revision().await;
    assert!(next > held);
    nation.wait_for(next).await;
    until("all is well", async || {
        let well = nation.hub("GET", "/health", "").await.1["healthy"] == true;
        well && nation.health("c1").await.is_some_and(|health| health["healthy"] == true)
    })
    .await;
    assert_eq!(told(&nation.get(PEOPLE, PERSON).await).1, "LT-2104");
    let trail = nation.run(&["audit", "--entries", OFFICER[0], OFFICER[1]]);
    assert!(trail.contains("khôi phục từ bản sao lưu"), "{trail}");
    // And changes are published as ever.
    nation.apply(LATER);
    assert!(nation.revision().await > next);
}
