//! Sources and a holder that are played, with stated delays and faults: each by the dossier, so that callers know what to expect.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cases::Sources;
use exchange::{Answered, Ask};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use model::agency::Name;
use model::fault::{Fault, Words};
use model::id::ServiceId;
use model::procedure::Procedure;
use model::scope::ReusePack;
use serde_json::{Value, json};

use crate::Outcome;

pub(crate) const CLIENT: &str = "VN/LOC/H05/mot-cua";
/// The procedure, as it is handed in to a hub as well.
pub(crate) const PROCEDURE: &str = include_str!("procedure.json");
/// How long a source takes, from and to.
const DELAY_MS: (u64, u64) = (5, 25);

/// A number below `most`, of some text.
pub(crate) fn of_text(text: &str, most: u64) -> u64 {
    let digest = trust::sha256(text.as_bytes());
    digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) % most
}

/// How long a source takes for a dossier.
pub(crate) fn delay(dossier: &str, ask: &str) -> Duration {
    Duration::from_millis(DELAY_MS.0 + of_text(&format!("{dossier} {ask} delay"), DELAY_MS.1 - DELAY_MS.0))
}

/// What a source does: of a thousand asks fifty are not answered as they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Did {
    Fine,
    Nothing,
    Two,
    Down,
    Placeholder,
    Spelled,
}

/// What it does for a dossier.
pub(crate) fn did(dossier: &str, ask: &str) -> Did {
    match of_text(&format!("{dossier} {ask}"), 1000) {
        0..20 => Did::Nothing,
        20..30 => Did::Two,
        30..40 => Did::Down,
        40..45 => Did::Placeholder,
        45..50 => Did::Spelled,
        _ => Did::Fine,
    }
}

/// What becomes of a deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Done,
    /// It is done, and nobody hears of it.
    Lost,
    /// It is not done, and nobody hears of that either; the next time it is.
    Failed,
}

/// A holder of deeds, that counts them. Of a thousand dossiers it loses the answer of two, and fails for two more at first.
#[derive(Default)]
pub(crate) struct Holder {
    /// By dossier, how often it was done.
    done: Mutex<BTreeMap<String, u32>>,
    seen: Mutex<HashSet<String>>,
}

impl Holder {
    pub(crate) fn does(&self, exchange: &str, dossier: &str) -> Fate {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = seen.insert(dossier.to_owned());
        let twice = !seen.insert(exchange.to_owned());
        let how = becomes(dossier, is_first);
        if how != Fate::Failed || twice {
            let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
            *done.entry(dossier.to_owned()).or_default() += 1;
        }
        how
    }

    /// How many dossiers it has, and how many of them twice.
    pub(crate) fn told(&self) -> String {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let twice = done.values().filter(|times| **times > 1).count();
        format!("deeds {}\ndeeds_twice {twice}\n", done.len())
    }
}

/// What becomes of a dossier's deed.
pub(crate) fn becomes(dossier: &str, is_first: bool) -> Fate {
    match of_text(&format!("{dossier} deed"), 1000) {
        0..2 => Fate::Lost,
        2..4 if is_first => Fate::Failed,
        _ => Fate::Done,
    }
}

/// All sources in one.
pub(crate) struct Played {
    procedure: Arc<Procedure>,
    pack: Arc<ReusePack>,
    pub(crate) holder: Holder,
    /// Nobody answers, for as long as a case may wait.
    hang: bool,
}

impl Played {
    pub(crate) fn new(hang: bool) -> Outcome<Self> {
        let mut procedure: Value = serde_json::from_str(PROCEDURE)?;
        procedure.as_object_mut().map(|members| members.remove("kind"));
        let name = json!({ "vi": "x", "en": "x" });
        let pack = json!({
            "id": "tai-su-dung@1", "name": name, "source": "x",
            "timers": { "ask_seconds": if hang { 60 } else { 10 }, "page_seconds": 20, "pending_hours": 72 },
            "thresholds": { "drop_cases": 30, "drop_days": 90, "drop_answered_percent": 90, "drop_differing_percent": 1, "small": 5 },
            "assumptions": { "minutes_per_paper": [1, 2, 3], "trips_per_hundred_papers": [1, 2, 3] },
            "retention": { "draft_days": 30, "decided_days": 365 }, "reasons": [{ "code": "khac", "name": name }],
        });
        Ok(Self {
            procedure: Arc::new(serde_json::from_value(procedure)?),
            pack: Arc::new(serde_json::from_value(pack)?),
            holder: Holder::default(),
            hang,
        })
    }

    async fn find(&self, ask: &Ask) -> Result<Answered, Fault> {
        let dossier = ask.issue.as_deref().unwrap_or_default();
        let said: Value = serde_json::from_slice(&ask.body).unwrap_or_default();
        let filters = said.get("filters").and_then(Value::as_object).cloned().unwrap_or_default();
        let number = filters.values().next().and_then(Value::as_str).unwrap_or_default().to_owned();
        let name = format!("{} {number}", ask.service);
        if self.hang {
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
        tokio::time::sleep(delay(dossier, &name)).await;
        let how = did(dossier, &name);
        let own_name = match how {
            Did::Down => {
                return Err(Fault::PeersUnreachable { system: ask.service.system(), tried: "x".into() });
            }
            Did::Placeholder => "-".to_owned(),
            Did::Spelled => format!("NGUYỄN THỊ HOÀ {number}"),
            _ => format!("Nguyễn Thị Hòa {number}"),
        };
        let record = json!({
            "so_dinh_danh": number, "ho_ten": own_name, "ngay_sinh": "1998-05-01", "so_the": format!("GD{number}"),
            "vo_so_dinh_danh": number, "vo_ho_ten": own_name, "so_ket_hon": format!("KH-{number}"),
            "chong_so_dinh_danh": format!("0{}", number.get(1..).unwrap_or_default()),
        });
        let fields = said.get("fields").and_then(Value::as_array).cloned().unwrap_or_default();
        let all = record.as_object().cloned().unwrap_or_default();
        let cut: serde_json::Map<String, Value> =
            all.into_iter().filter(|(name, _)| fields.iter().any(|field| field == name)).collect();
        let items = match how {
            Did::Nothing => Vec::new(),
            Did::Two => vec![cut.clone(), cut],
            _ => vec![cut],
        };
        Ok(answered(StatusCode::OK, &json!({ "items": items, "more": false })))
    }
}

fn answered(status: StatusCode, body: &Value) -> Answered {
    let body = Bytes::from(body.to_string());
    Answered { status, headers: HeaderMap::new(), body, exchange: "x".to_owned(), at: now() }
}

fn now() -> Timestamp {
    exchange::clock::now()
}

#[async_trait]
impl Sources for Played {
    async fn ask(&self, ask: Ask) -> Result<Answered, Fault> {
        if ask.path == "/find" {
            return self.find(&ask).await;
        }
        let dossier = ask.issue.as_deref().unwrap_or_default();
        tokio::time::sleep(delay(dossier, "deed")).await;
        match self.holder.does(&ask.id, dossier) {
            Fate::Done => Ok(answered(StatusCode::CREATED, &json!({ "so_khai_sinh": "12/2026" }))),
            Fate::Lost | Fate::Failed => {
                Err(Fault::OutcomeUnknown { service: ask.service.clone(), why: Words::quoted("x") })
            }
        }
    }

    fn procedures(&self) -> Vec<Arc<Procedure>> {
        vec![self.procedure.clone()]
    }

    fn pack(&self) -> Option<Arc<ReusePack>> {
        Some(self.pack.clone())
    }

    fn agency(&self, service: &ServiceId) -> Name {
        Name { vi: service.to_string(), en: service.to_string() }
    }

    fn citation(&self, basis: &str) -> String {
        basis.to_owned()
    }

    fn node(&self) -> String {
        "VN/LOC/H05/nut-1".to_owned()
    }

    fn sign(&self, signed_as: &[u8], statement: &[u8]) -> (String, Vec<u8>) {
        ("nut-1#0".to_owned(), trust::sha256(&[signed_as, statement].concat()).to_vec())
    }

    fn now(&self) -> Timestamp {
        now()
    }
}
