//! A small world: three registers that answer as they are told to, a holder that counts what it does, and procedures.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use exchange::{Answered, Answers as _, Ask, Called};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;
use model::agency::Name;
use model::fault::{Fault, Words};
use model::id::{ServiceId, SystemId};
use model::procedure::Procedure;
use model::scope::ReusePack;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::Sources;
use crate::elsewhere::Offered;
use crate::vault::Vault;
use crate::work::Cases;

pub(crate) const CLIENT: &str = "VN/LOC/H05.01/mot-cua";
pub(crate) const PEOPLE: &str = "VN/GOV/G01/dan-cu/nguoi";
pub(crate) const BIRTHS: &str = "VN/GOV/G08/ho-tich/khai-sinh";
pub(crate) const INSURED: &str = "VN/GOV/G99/bao-hiem/tham-gia";
pub(crate) const HOLDER: &str = "VN/GOV/G08/ho-tich/dang-ky";
/// Whose case it is, and somebody else, whose values must be nowhere.
pub(crate) const MOTHER: &str = "001190000011";
pub(crate) const STRANGER: &str = "079185000022";
pub(crate) const MARK: &str = "DANHDAUNGUOIKHAC";

/// How a register behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Mood {
    Fine,
    Down,
    Slow,
    Empty,
    Two,
    OtherPerson,
    Placeholder,
    Spelled,
    OldNumber,
    Markup,
    Huge,
    Lacking,
    NoJson,
    Withheld,
    Pending,
    NoGrant,
    BasisEnded,
    TooFast,
    Unsupported,
    Forged,
    Broken,
    /// Of somebody who has died.
    Dead,
}

impl Mood {
    pub(crate) const ALL: [Self; 21] = [
        Self::Fine,
        Self::Down,
        Self::Slow,
        Self::Empty,
        Self::Two,
        Self::OtherPerson,
        Self::Placeholder,
        Self::Spelled,
        Self::OldNumber,
        Self::Markup,
        Self::Huge,
        Self::Lacking,
        Self::NoJson,
        Self::Withheld,
        Self::Pending,
        Self::NoGrant,
        Self::BasisEnded,
        Self::TooFast,
        Self::Unsupported,
        Self::Forged,
        Self::Broken,
    ];
}

/// How the holder of deeds behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deeds {
    Done,
    Refused,
    /// It does it, and its answer is lost.
    Lost,
    /// It never sees it.
    Unreachable,
    /// It fails before it has done it, and nobody knows.
    Failed,
}

/// When the power goes: at which call, before or behind what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kill {
    pub(crate) at: u64,
    pub(crate) behind: bool,
}

pub(crate) struct World {
    pub(crate) moods: Mutex<HashMap<String, Mood>>,
    pub(crate) deeds: Mutex<Deeds>,
    /// By id of the exchange, how often the holder has done it.
    pub(crate) done: Mutex<BTreeMap<String, u32>>,
    pub(crate) asked: Mutex<Vec<Ask>>,
    /// Cases of another office, which offer their results by this service.
    pub(crate) others: Mutex<Option<(ServiceId, Arc<Cases>)>>,
    pub(crate) procedures: Mutex<Vec<Arc<Procedure>>>,
    pub(crate) now: Mutex<Timestamp>,
    pub(crate) name: String,
    pub(crate) calls: AtomicU64,
    pub(crate) kill: Option<Kill>,
    pub(crate) killed: Notify,
}

impl World {
    pub(crate) fn new(procedure: Procedure) -> Self {
        Self {
            moods: Mutex::default(),
            deeds: Mutex::new(Deeds::Done),
            done: Mutex::default(),
            asked: Mutex::default(),
            others: Mutex::default(),
            procedures: Mutex::new(vec![Arc::new(procedure)]),
            now: Mutex::new("2026-11-30T02:00:00Z".parse().unwrap()),
            name: "VN/LOC/H05.01/nut-1".to_owned(),
            calls: AtomicU64::new(0),
            kill: None,
            killed: Notify::new(),
        }
    }

    pub(crate) fn set(&self, service: &str, mood: Mood) {
        self.moods.lock().unwrap().insert(service.to_owned(), mood);
    }

    fn mood(&self, service: &str) -> Mood {
        self.moods.lock().unwrap().get(service).copied().unwrap_or(Mood::Fine)
    }

    async fn dies(&self, number: u64, behind: bool) {
        if self.kill == Some(Kill { at: number, behind }) {
            self.killed.notify_one();
            std::future::pending::<()>().await;
        }
    }

    fn deed(&self, ask: &Ask) -> Result<Answered, Fault> {
        let how = *self.deeds.lock().unwrap();
        if let Some(of) = ask.path.strip_prefix("/ket-qua/") {
            assert!(
                ask.method == http::Method::GET && ask.body.is_empty(),
                "nothing of anybody is asked along"
            );
            return match (how, self.done.lock().unwrap().contains_key(of)) {
                (Deeds::Unreachable, _) => {
                    Err(Fault::PeersUnreachable { system: ask.service.system(), tried: "x".into() })
                }
                (Deeds::Failed, _) => Ok(answered(StatusCode::INTERNAL_SERVER_ERROR, &json!({}), &[])),
                (_, true) => Ok(answered(StatusCode::OK, &json!({ "so": "12/2026" }), &[])),
                (_, false) => Ok(answered(StatusCode::NOT_FOUND, &json!({}), &[])),
            };
        }
        let does = || *self.done.lock().unwrap().entry(ask.id.clone()).or_default() += 1;
        let node = "VN/GOV/G08/nut-1".to_owned();
        match how {
            Deeds::Done => {
                does();
                Ok(answered(StatusCode::CREATED, &json!({ "so": "12/2026" }), &[]))
            }
            Deeds::Refused => Ok(answered(StatusCode::UNPROCESSABLE_ENTITY, &json!({}), &[])),
            Deeds::Lost => {
                does();
                Err(Fault::AnswerLost { node })
            }
            Deeds::Unreachable => Err(Fault::PeersUnreachable { system: ask.service.system(), tried: node }),
            Deeds::Failed => {
                Err(Fault::OutcomeUnknown { service: ask.service.clone(), why: Words::quoted("x") })
            }
        }
    }
}

pub(crate) fn answered(
    status: StatusCode,
    body: &Value,
    headers: &[(&'static str, &'static str)],
) -> Answered {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
    let at = "2026-11-30T02:00:00Z".parse().unwrap();
    Answered { status, headers, body: Bytes::from(body.to_string()), exchange: "x".to_owned(), at }
}

/// What the registers know of everybody.
pub(crate) fn record(number: &str) -> Value {
    json!({
        "so_dinh_danh": number, "so_cu": "012345678", "ho_ten": "Nguyễn Thị Hòa", "ngay_sinh": "1990-05-01", "gioi_tinh": "2",
        "noi_thuong_tru": "Phường Ba Đình", "so_the": "GD4010", "tinh_trang": "1",
    })
}

#[async_trait]
impl Sources for Arc<World> {
    async fn ask(&self, ask: Ask) -> Result<Answered, Fault> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        self.asked.lock().unwrap().push(ask.clone());
        self.dies(number, false).await;
        let others = self.others.lock().unwrap().clone().filter(|(service, _)| *service == ask.service);
        let answer = match others {
            Some((_, others)) => self.result(&others, &ask).await,
            None if ask.service.as_str() == HOLDER => self.deed(&ask),
            None => self.find(&ask).await,
        };
        self.dies(number, true).await;
        answer
    }

    fn procedures(&self) -> Vec<Arc<Procedure>> {
        self.procedures.lock().unwrap().clone()
    }

    fn pack(&self) -> Option<Arc<ReusePack>> {
        Some(Arc::new(pack()))
    }

    fn agency(&self, service: &ServiceId) -> Name {
        name(service.as_str())
    }

    fn citation(&self, basis: &str) -> String {
        basis.to_owned()
    }

    fn node(&self) -> String {
        self.name.clone()
    }

    fn sign(&self, signed_as: &[u8], statement: &[u8]) -> (String, Vec<u8>) {
        ("nut-1#0".to_owned(), trust::sha256(&[signed_as, statement].concat()).to_vec())
    }

    fn results_of(&self, agency: &str) -> Vec<ServiceId> {
        let others = self.others.lock().unwrap();
        let of = others.iter().filter(|(service, _)| service.system().member().code() == agency);
        of.map(|(service, _)| service.clone()).collect()
    }

    fn is_signed_for(&self, _: &SystemId, by: (&str, &[u8]), signed: (&[u8], &[u8])) -> bool {
        let (key, signature) = self.sign(signed.0, signed.1);
        by == (key.as_str(), signature.as_slice())
    }

    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }
}

impl World {
    /// Another office is asked for one of its results.
    async fn result(&self, others: &Arc<Cases>, ask: &Ask) -> Result<Answered, Fault> {
        let called = Called { client: &ask.client, method: &ask.method, path: &ask.path, body: &ask.body };
        let (status, mut body) = Offered(others.clone()).answer(called).await?;
        match self.mood(ask.service.as_str()) {
            Mood::Down => Err(Fault::PeersUnreachable { system: ask.service.system(), tried: "x".into() }),
            Mood::NoGrant => Err(Fault::NoGrant { client: ask.client.clone(), service: ask.service.clone() }),
            Mood::Broken => Ok(answered(StatusCode::INTERNAL_SERVER_ERROR, &json!({}), &[])),
            // Whoever changes one letter of it on the way.
            Mood::Forged => {
                let text = body["result"].as_str().unwrap_or_default().replace("GD", "GE");
                body["result"] = json!(text);
                Ok(answered(StatusCode::OK, &body, &[]))
            }
            _ => Ok(answered(StatusCode::from_u16(status).unwrap(), &body, &[])),
        }
    }

    async fn find(&self, ask: &Ask) -> Result<Answered, Fault> {
        let service = ask.service.clone();
        let asked: Value = serde_json::from_slice(&ask.body).unwrap();
        let filters = asked["filters"].as_object().unwrap().clone();
        assert!(!filters.is_empty(), "nobody asks for everybody");
        let fields: Vec<String> = serde_json::from_value(asked["fields"].clone()).unwrap();
        let number = filters.get("so_dinh_danh").and_then(Value::as_str).unwrap_or(MOTHER);
        let cut = |record: Value| -> Value {
            let record = record.as_object().unwrap().clone();
            record
                .into_iter()
                .filter(|(name, _)| fields.contains(name))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let with = |changes: Value| {
            let mut record = record(number);
            changes.as_object().unwrap().iter().for_each(|(name, value)| record[name] = value.clone());
            Ok(answered(StatusCode::OK, &json!({ "items": [cut(record)], "more": false }), &[]))
        };
        let of_nobody = json!({ "items": [], "more": false });
        match self.mood(service.as_str()) {
            Mood::Fine => with(json!({})),
            Mood::Down => Err(Fault::PeersUnreachable { system: service.system(), tried: "x".into() }),
            Mood::Slow => {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                unreachable!("nobody waits for an hour")
            }
            Mood::Empty => Ok(answered(StatusCode::OK, &of_nobody, &[])),
            // One thing more tells the two apart.
            Mood::Two if filters.contains_key("ngay_sinh") => with(json!({})),
            Mood::Two => {
                let items = [cut(record(number)), cut(record(STRANGER))];
                Ok(answered(StatusCode::OK, &json!({ "items": items, "more": false }), &[]))
            }
            Mood::OtherPerson => with(json!({
                "so_dinh_danh": STRANGER, "ho_ten": MARK, "ngay_sinh": "1985-01-01", "noi_thuong_tru": MARK, "so_the": MARK,
            })),
            Mood::Placeholder => {
                with(json!({ "noi_thuong_tru": "Không rõ", "so_the": "000000000000", "ho_ten": "-" }))
            }
            Mood::Spelled => with(json!({ "ho_ten": "NGUYỄN THỊ HOÀ" })),
            Mood::OldNumber => with(json!({ "so_dinh_danh": "012345678" })),
            Mood::Markup => with(
                json!({ "noi_thuong_tru": "<script>alert(1)</script>", "so_the": "'; DROP TABLE case_file; --" }),
            ),
            Mood::Huge => with(json!({ "noi_thuong_tru": "x".repeat(100_000), "so_the": ["x", "y"] })),
            Mood::Lacking => {
                let body = json!({ "items": [cut(record(number))], "more": false });
                Ok(answered(StatusCode::OK, &body, &[("lienthong-unavailable", "noi_thuong_tru, so_the")]))
            }
            Mood::NoJson => Ok(Answered {
                body: Bytes::from_static(b"<html>"),
                ..answered(StatusCode::OK, &json!(0), &[])
            }),
            Mood::Withheld => Ok(answered(StatusCode::OK, &of_nobody, &[("lienthong-withheld", "1")])),
            Mood::Pending => Ok(answered(StatusCode::ACCEPTED, &json!({}), &[])),
            Mood::NoGrant => Err(Fault::NoGrant { client: ask.client.clone(), service }),
            Mood::BasisEnded => Err(Fault::BasisNotInForce { basis: "x".into(), citation: "x".into() }),
            Mood::TooFast => Err(Fault::RateExceeded { grant: "x".into(), per_second: 1 }),
            Mood::Unsupported => Err(Fault::BadQuestion { why: Words::quoted("x") }),
            Mood::Forged => Err(Fault::NoSignature {}),
            Mood::Dead => with(json!({ "gioi_tinh": "", "tinh_trang": "3" })),
            Mood::Broken => Ok(answered(StatusCode::INTERNAL_SERVER_ERROR, &json!({}), &[])),
        }
    }
}

/// An ask for anything.
pub(crate) fn asking(service: &str, dossier: &str) -> Ask {
    Ask {
        node: None,
        client: CLIENT.parse().unwrap(),
        service: service.parse().unwrap(),
        purpose: "khai-sinh".into(),
        method: http::Method::POST,
        path: "/find".into(),
        id: "x".into(),
        issue: Some(dossier.to_owned()),
        user: None,
        represented: None,
        body: Bytes::new(),
        within: Duration::from_secs(1),
    }
}

pub(crate) fn name(text: &str) -> Name {
    Name { vi: text.to_owned(), en: text.to_owned() }
}

pub(crate) fn pack() -> ReusePack {
    serde_json::from_value(json!({
        "id": "tai-su-dung@1", "name": name("x"), "source": "x",
        "timers": { "ask_seconds": 10, "page_seconds": 20, "pending_hours": 72 },
        "thresholds": { "drop_cases": 30, "drop_days": 90, "drop_answered_percent": 90, "drop_differing_percent": 1, "small": 5 },
        "assumptions": { "minutes_per_paper": [1, 2, 3], "trips_per_hundred_papers": [1, 2, 3] },
        "retention": { "draft_days": 30, "decided_days": 365 },
        "holidays": ["2026-12-11"],
        "reasons": [{ "code": "nguon-sai", "name": name("x") }, { "code": "ban-goc", "name": name("x") }],
    }))
    .unwrap()
}

/// A birth, as an example: two requirements that wait for a third, one with a question, a deed.
pub(crate) fn birth() -> Procedure {
    let identity = json!({ "role": "me", "number": "so_dinh_danh", "name": "ho_ten", "born": "ngay_sinh" });
    serde_json::from_value(json!({
        "id": "1.001193@1", "name": name("Đăng ký khai sinh"), "owner": "VN/GOV/G08", "levels": ["commune"],
        "purpose": "khai-sinh", "bases": ["luat-ho-tich"], "assurance": 2, "source": "x", "assumed": true, "working_days": 3,
        "roles": [
            { "id": "me", "name": name("Mẹ"), "party": "person" },
            { "id": "con", "name": name("Con"), "party": "unnumbered" },
        ],
        "inputs": [
            { "fact": "con.ho_ten", "name": name("Tên con"), "kind": "text" },
            { "fact": "me.noi_thuong_tru", "name": name("Nơi thường trú"), "kind": "text", "optional": true },
        ],
        "requirements": [
            { "id": "me", "name": name("Mẹ"), "role": "me", "otherwise": "paper", "paper": { "code": "can-cuoc", "name": name("Căn cước") },
              "alternatives": [{ "asks": [{ "id": "dan-cu", "service": PEOPLE, "find": { "so_dinh_danh": "me.so_dinh_danh" }, "identity": identity,
                "claims": [{ "field": "ho_ten", "use": { "fill": "me.ho_ten" } }, { "field": "ngay_sinh", "use": { "fill": "me.ngay_sinh" } },
                           { "field": "noi_thuong_tru", "use": { "fill": "me.noi_thuong_tru" } }] }] }] },
            { "id": "the", "name": name("Thẻ bảo hiểm"), "role": "me", "otherwise": "paper", "paper": { "code": "the-bhyt", "name": name("Thẻ") },
              "alternatives": [
                { "asks": [{ "id": "bhyt", "service": INSURED, "find": { "ho_ten": "me.ho_ten" }, "identity": identity,
                  "question": { "name": name("Ngày sinh"), "field": "ngay_sinh", "kind": "date" },
                  "claims": [{ "field": "so_the", "use": { "fill": "me.so_the" } }] }] },
                { "asks": [] }] },
            { "id": "sinh", "name": name("Khai sinh của mẹ"), "role": "me", "otherwise": "nothing",
              "alternatives": [{ "asks": [{ "id": "ks", "service": BIRTHS, "find": { "so_dinh_danh": "me.so_dinh_danh" }, "identity": identity,
                "claims": [{ "field": "gioi_tinh", "use": { "test": "it = \"2\"" } }] }] }] },
        ],
        "form": [
            { "fact": "con.ho_ten", "name": name("Tên con"), "kind": "text" },
            { "fact": "me.ho_ten", "name": name("Tên mẹ"), "kind": "text" },
            { "fact": "me.noi_thuong_tru", "name": name("Nơi thường trú"), "kind": "text", "optional": true },
        ],
        "deeds": [
            { "id": "dang-ky", "name": name("Đăng ký"), "service": HOLDER, "path": "/khai-sinh",
              "body": { "ten": "con.ho_ten", "me": "me.so_dinh_danh" }, "gives": { "so": "con.so_khai_sinh" } },
            { "id": "cap-the", "name": name("Cấp thẻ"), "service": HOLDER, "path": "/the", "body": { "so": "con.so_khai_sinh" } },
        ],
    }))
    .unwrap()
}

/// Cases over a world, in a folder.
pub(crate) async fn open(
    world: &Arc<World>,
    folder: &std::path::Path,
) -> (Arc<Cases>, impl Future<Output = ()> + use<>) {
    let url = |name: &str| format!("sqlite:{}", folder.join(name).display());
    open_at(world, folder, (&url("cases.db"), &url("keys.db"))).await
}

pub(crate) async fn open_at(
    world: &Arc<World>,
    folder: &std::path::Path,
    (store, keys): (&str, &str),
) -> (Arc<Cases>, impl Future<Output = ()> + use<>) {
    open_as(world, folder, (store, keys), CLIENT).await
}

/// The same of another office.
pub(crate) async fn open_as(
    world: &Arc<World>,
    folder: &std::path::Path,
    (store, keys): (&str, &str),
    client: &str,
) -> (Arc<Cases>, impl Future<Output = ()> + use<>) {
    let vault = Vault::open(keys, &folder.join("cases.key")).await.unwrap();
    Cases::open(Arc::new(world.clone()), client.parse().unwrap(), (store, vault)).await.unwrap()
}
