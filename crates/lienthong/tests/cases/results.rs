//! A result of one office in a case of another, through the binary: two nodes with cases, a grant between them, both ledgers.

use std::time::Duration;

use bytes::Bytes;
use exchange::body;
use http::{Request, Response};
use serde_json::{Value, json};
use testing::free_address;
use trust::web::fetch;

use super::office::{Office, father, mother};
use super::{in_ledger, is, stands};
use crate::nation::until;

/// The system of the office that gives results.
const GIVING: &str = "VN/GOV/G01/dan-cu";

const REGISTRY: &str = r#"
{ kind: Purpose, code: xac-nhan, name: { vi: Xác nhận, en: Confirmation } }
---
kind: Procedure
id: "9.000002@1"
name: { vi: Xác nhận kết hôn, en: Confirmation of a marriage }
owner: VN/GOV/G01
levels: [ministry]
purpose: xac-nhan
bases: [nd-70]
roles: [{ id: me, name: { vi: Người xin, en: Applicant } }]
assurance: 2
source: thử
assumed: true
inputs: [{ fact: me.ly_do, name: { vi: Lý do, en: Why }, kind: text }]
requirements:
  - id: to-khai
    name: { vi: Tờ khai, en: Statement }
    role: me
    paper: { code: to-khai, name: { vi: Tờ khai, en: Statement } }
    otherwise: paper
    alternatives: []
form: [{ fact: me.ly_do, name: { vi: Lý do, en: Why }, kind: text }]
---
kind: Service
id: VN/GOV/G01/dan-cu/ket-qua
name: { vi: Kết quả, en: Results }
http: { endpoints: [{ method: POST, path: /find, reads_only: true }] }
"#;

const GRANT: &str = "{ kind: Grant, id: ket-qua, client: VN/LOC/*/mot-cua, service: VN/GOV/G01/dan-cu/ket-qua, \
    uses: [{ purpose: dang-ky-khai-sinh, basis: nd-70 }], fields: [result, key, signature, revoked], \
    endpoints: [{ method: POST, path: /find }], per_second: 100 }";

/// The one-stop system of the office that gives results, at its own node.
struct Giving {
    url: String,
    token: String,
}

impl Giving {
    /// Makes the provider's node one with cases.
    async fn open(office: &mut Office) -> Self {
        let nation = &mut office.nation;
        nation.apply(&[REGISTRY, GRANT].join("\n---\n"));
        nation.kill("p1");
        nation.run(&["node", "token", "--dir", "p1", "--system", GIVING, "--out", "giving.token"]);
        let listen = free_address();
        nation.change_settings("p1", |text| {
            format!("procedures = true\n{text}\n[cases]\nlisten = \"{listen}\"\nsystem = \"{GIVING}\"\n")
        });
        let token = std::fs::read_to_string(nation.path("giving.token")).unwrap();
        let token = token.trim().strip_prefix("Lienthong-Token: ").unwrap().to_owned();
        nation.start_node("p1");
        until("cases are taken", async || tokio::net::TcpStream::connect(listen).await.is_ok()).await;
        nation.wait_for(nation.revision().await).await;
        Self { url: format!("http://{listen}"), token }
    }

    async fn send(&self, office: &Office, path: &str, said: &Value) -> (u16, Value) {
        self.post(office, path, "application/json", said.to_string()).await
    }

    async fn post(&self, office: &Office, path: &str, kind: &str, said: String) -> (u16, Value) {
        let request = Request::post(format!("{}{path}", self.url))
            .header("x-road-client", GIVING)
            .header("lienthong-token", &self.token)
            .header("idempotency-key", "k-1")
            .header("content-type", kind);
        let request = request.body(body::whole(said)).unwrap();
        let answer: Response<Bytes> =
            fetch(&office.nation.client, request, Duration::from_secs(60), 1 << 20).await.unwrap();
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
    }

    /// A case that is granted, with a result about that mother's marriage. Returns its code.
    async fn given(&self, office: &Office, number: u32) -> String {
        let opening = json!({ "procedure": "9.000002", "level": 2,
            "inputs": { "me.so_dinh_danh": mother(number), "me.ly_do": "Khai sinh" } });
        let (status, case) = self.send(office, "/cases", &opening).await;
        assert_eq!(status, 200, "{case}");
        let id = case["id"].as_str().unwrap();
        let papers = format!("/cases/{id}/papers?item=to-khai&file=giay.pdf");
        let (status, case) = self.post(office, &papers, "application/pdf", "%PDF-1.7".to_owned()).await;
        assert_eq!(status, 200, "{case}");
        let (status, case) = self.send(office, &format!("/cases/{id}/submit"), &json!({})).await;
        assert_eq!(status, 200, "{case}");
        let fields = json!({ "so_ket_hon": format!("KH-{number}"), "chong_so_dinh_danh": father(number),
            "vo_so_dinh_danh": mother(number) });
        let result = json!({ "kind": "giay-ket-hon", "name": { "vi": "Xác nhận", "en": "Confirmation" }, "fields": fields });
        let mut code = Value::Null;
        for _ in 0..100 {
            let deciding = json!({ "granted": true, "result": result });
            let (status, case) = self.send(office, &format!("/cases/{id}/decide"), &deciding).await;
            if status == 200 {
                code = case["decision"]["result"].clone();
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        code.as_str().unwrap_or_else(|| panic!("no result was given: {case}")).to_owned()
    }
}

/// The office whose registers are away asks another for its result, by an exchange that both ledgers have; no decision is taken while that office is
/// away, nor on what it has revoked; and without the grant there is nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_result_of_another_office_stands_for_a_paper_until_it_is_revoked_there() {
    let mut office = Office::open().await;
    let giving = Giving::open(&mut office).await;
    let code = giving.given(&office, 7).await;
    assert!(code.starts_with("G01-giay-ket-hon-"), "{code}");
    office.marriages("ALTER TABLE ket_hon RENAME TO di_mat").await;
    let id = office.opened("k-7", 7).await;
    let case = office.settled(&id).await;
    assert_eq!(stands(&case, "ket-hon"), is("gap", "source_down"), "{case}");
    office.send(&format!("/cases/{id}/preview"), &json!({ "accept": ["me"] }), None).await;
    let using = json!({ "item": "ket-hon", "code": code });
    let (status, case) = office.send(&format!("/cases/{id}/results"), &using, None).await;
    assert_eq!((status, stands(&case, "ket-hon")), (200, is("accepted", "")), "{case}");
    let item = &case["items"][1];
    assert_eq!(item["values"]["me.so_ket_hon"]["value"], "KH-7");
    assert_eq!(item["values"]["me.so_ket_hon"]["from"]["en"], "Ministry of Public Security");
    let exchange = item["exchanges"].as_array().unwrap().last().unwrap();
    assert_eq!(exchange["service"], "VN/GOV/G01/dan-cu/ket-qua");
    for node in ["c1", "p1"] {
        let found = in_ledger(&office.nation, node, exchange["id"].as_str().unwrap());
        assert_eq!(found.len(), 1, "{node}: {found:?}");
        assert_eq!(
            (found[0]["outcome"].as_str(), found[0]["case"].as_str(), found[0]["purpose"].as_str()),
            (Some("answered"), Some("HS-7"), Some("dang-ky-khai-sinh"))
        );
    }
    // The father is asked by the number that the result has given.
    office.send(&format!("/cases/{id}/answers"), &json!({ "again": true }), None).await;
    let case = office.settled(&id).await;
    assert_eq!(stands(&case, "cha"), is("found", ""), "{case}");
    office.send(&format!("/cases/{id}/preview"), &json!({ "accept": ["cha"] }), None).await;
    office.send(&format!("/cases/{id}/submit"), &json!({}), None).await;
    let case = office.settled(&id).await;
    assert_eq!(case["state"], "submitted", "{case}");
    let decide = async || {
        let (status, said) =
            office.send(&format!("/cases/{id}/decide"), &json!({ "granted": true }), None).await;
        (status, said["title"].as_str().unwrap_or_default().to_owned())
    };
    // Nobody decides on what the other office cannot be asked about.
    office.signal("p1", "STOP");
    assert_eq!(decide().await, (502, "LT-9113".to_owned()));
    office.signal("p1", "CONT");
    let revoked =
        giving.send(&office, &format!("/results/{code}/revoke"), &json!({ "reason": "cấp nhầm" })).await;
    assert_eq!(revoked.0, 200, "{revoked:?}");
    assert_eq!(decide().await, (409, "LT-9130".to_owned()));
    let (_, case) = office.get(&format!("/cases/{id}")).await;
    assert_eq!(
        (stands(&case, "ket-hon"), &case["state"]),
        (is("gap", "condition_not_met"), &json!("submitted"))
    );
    assert_eq!(case["items"][1]["values"], Value::Null, "nothing of it is kept");
    // The paper comes in its place.
    office.hand_in(&id, "ket-hon", "%PDF-1.7").await;
    assert_eq!(decide().await.0, 200);
    without_a_grant(&office, &code).await;
    office.nation.verify(&["p1", "c1"]);
}

/// Without the grant the other office is not asked with success, and the case says why.
async fn without_a_grant(office: &Office, code: &str) {
    let officer = ["--officer", "hub/quan-tri.json"];
    office.nation.run(&[&["grant", "revoke", "ket-qua", "--reason", "thử"][..], &officer[..]].concat());
    office.nation.wait_for(office.nation.revision().await).await;
    let id = office.opened("k-8", 7).await;
    office.settled(&id).await;
    office.send(&format!("/cases/{id}/preview"), &json!({ "accept": ["me"] }), None).await;
    let using = json!({ "item": "ket-hon", "code": code });
    let (status, said) = office.send(&format!("/cases/{id}/results"), &using, None).await;
    assert_eq!((status, said["title"].as_str()), (502, Some("LT-9113")), "{said}");
    let (_, case) = office.get(&format!("/cases/{id}")).await;
    assert_eq!(stands(&case, "ket-hon"), is("gap", "source_down"), "{case}");
}
