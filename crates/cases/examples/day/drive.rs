//! Callers: a one-stop system that opens cases and takes each to its decision, at a rate or so many at once, and counts what became of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use trust::web::{Client, client, fetch};

use crate::Outcome;
use crate::play::{Fate, becomes, delay};

/// Longest answer that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a case may take to its next step.
const LONGEST: Duration = Duration::from_secs(120);

/// One who calls.
struct Caller {
    url: String,
    /// Name and value, as the file has them line by line: `X-Road-Client: …`.
    headers: Vec<(String, String)>,
    client: Client<Full<Bytes>>,
    counted: Mutex<Counted>,
}

/// What became of the cases.
#[derive(Default)]
struct Counted {
    /// By key, the case.
    opened: BTreeMap<String, String>,
    prefill_ms: Vec<f64>,
    /// Of the same cases, the slowest chain of asks.
    chain_ms: Vec<f64>,
    decided: u64,
    gaps: u64,
    unknown: u64,
    failed: BTreeMap<String, u64>,
}

/// `CASES RATE AT_ONCE [open | chain EDGE]`: with a rate of 0 as fast as so many at once are.
pub(crate) async fn run(url: &str, headers: &Path, words: &[&str]) -> Outcome<()> {
    let [cases, rate, at_once, how @ ..] = words else { return Err("CASES RATE AT_ONCE?".into()) };
    let (cases, rate, at_once): (u64, f64, usize) = (cases.parse()?, rate.parse()?, at_once.parse()?);
    let headers = std::fs::read_to_string(headers)?;
    let headers = headers.lines().filter_map(|line| line.split_once(": "));
    let caller = Arc::new(Caller {
        url: url.trim_end_matches('/').to_owned(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect(),
        client: client(trust::tls::web_client(&[]).map_err(|error| error.to_string())?),
        counted: Mutex::default(),
    });
    let (began, places) = (Instant::now(), Arc::new(Semaphore::new(at_once)));
    let open_only = how == ["open"];
    let mut all = tokio::task::JoinSet::new();
    for number in 0..cases {
        if rate > 0.0 {
            // An open loop: whoever waits keeps nobody from coming.
            #[expect(clippy::cast_precision_loss, reason = "cases of one run")]
            let due = began + Duration::from_secs_f64(number as f64 / rate);
            tokio::time::sleep_until(due.into()).await;
        }
        let place = if rate > 0.0 { None } else { Some(places.clone().acquire_owned().await?) };
        let caller = caller.clone();
        all.spawn(async move {
            let done = caller.carry(number, open_only).await;
            drop(place);
            if let Err(why) = done {
                let mut counted = caller.counted.lock().unwrap_or_else(PoisonError::into_inner);
                *counted.failed.entry(why.to_string()).or_default() += 1;
            }
        });
        while all.try_join_next().is_some() {}
    }
    while all.join_next().await.is_some() {}
    let took = began.elapsed().as_secs_f64();
    let lists = if open_only { None } else { Some(caller.listed().await?) };
    caller.tell(cases, took, lists);
    Ok(())
}

fn number(of: u64) -> String {
    format!("9241{:08}", 98_000_000 + of)
}

impl Caller {
    async fn call(&self, method: &str, path: &str, key: Option<&str>, body: String) -> Outcome<(u16, Value)> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let kind = if path.contains("/papers?") { "application/pdf" } else { "application/json" };
        let request = request.header("content-type", kind).body(Full::new(Bytes::from(body)))?;
        let answer = fetch(&self.client, request, PATIENCE, 1 << 20).await?;
        Ok((answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default()))
    }

    async fn post(&self, path: &str, said: &Value) -> Outcome<Value> {
        let (status, case) = self.call("POST", path, None, said.to_string()).await?;
        if status == 200 { Ok(case) } else { Err(format!("{status} {}", told(&case)).into()) }
    }

    /// A case from its opening to its decision.
    async fn carry(&self, of: u64, open_only: bool) -> Outcome<()> {
        let dossier = format!("HS-{of}");
        let opening = json!({ "procedure": "9.000001", "level": 2, "dossier": dossier,
            "inputs": { "me.so_dinh_danh": number(of), "con.ho_ten": "Trần Thị Mai" } });
        let began = Instant::now();
        let (status, mut case) = self.call("POST", "/cases", Some(&dossier), opening.to_string()).await?;
        if status != 200 {
            return Err(format!("opening: {status} {}", told(&case)).into());
        }
        let id = case.get("id").and_then(Value::as_str).ok_or("no id")?.to_owned();
        self.counted(|counted| drop(counted.opened.insert(dossier.clone(), id.clone())));
        if open_only {
            return Ok(());
        }
        case = self.settled(&id, case).await?;
        let prefill = began.elapsed();
        let items = case.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let with = |state: &str| -> Vec<Value> {
            let is = |item: &&Value| item.get("state").and_then(Value::as_str) == Some(state);
            items.iter().filter(is).filter_map(|item| item.get("id").cloned()).collect()
        };
        let (found, gaps) = (with("found"), with("gap"));
        self.counted(|counted| {
            counted.gaps += gaps.len() as u64;
            // Where something was asked twice or not at all the chain is another.
            if gaps.is_empty() {
                counted.prefill_ms.push(prefill.as_secs_f64() * 1000.0);
                counted.chain_ms.push(chain(&dossier, &number(of)).as_secs_f64() * 1000.0);
            }
        });
        if !found.is_empty() {
            case = self.post(&format!("/cases/{id}/preview"), &json!({ "accept": found })).await?;
        }
        for item in &gaps {
            let path = format!("/cases/{id}/papers?item={}&file=giay.pdf", item.as_str().unwrap_or_default());
            let (status, after) =
                self.call("POST", &path, None, format!("%PDF-1.7 {}", "x".repeat(1000))).await?;
            if status != 200 {
                return Err(format!("a paper: {status} {}", told(&after)).into());
            }
            case = after;
        }
        let mut said = json!({});
        for _ in 0..5 {
            let sent = self.post(&format!("/cases/{id}/submit"), &said).await?;
            case = self.settled(&id, sent).await?;
            match case.get("state").and_then(Value::as_str) {
                Some("submitted") => {
                    self.post(&format!("/cases/{id}/decide"), &json!({ "granted": true })).await?;
                    self.counted(|counted| counted.decided += 1);
                    return Ok(());
                }
                Some("outcome_unknown") => {
                    // Its holder is asked: it has done what it lost the answer of.
                    let done = becomes(&dossier, true) == Fate::Lost;
                    said = json!({ "outcomes": { "dang-ky": done }, "gave": { "dang-ky": { "so_khai_sinh": "12/2026" } } });
                    self.counted(|counted| counted.unknown += 1);
                }
                _ => said = json!({}),
            }
        }
        Err(format!("it ends as {}", told(&case)).into())
    }

    /// A case when nothing of it is under way.
    async fn settled(&self, id: &str, mut case: Value) -> Outcome<Value> {
        let began = Instant::now();
        while matches!(case.get("state").and_then(Value::as_str), Some("fetching" | "submitting")) {
            if began.elapsed() > LONGEST {
                return Err("it goes on and on".into());
            }
            let revision = case.get("revision").and_then(Value::as_u64).unwrap_or_default();
            let path = format!("/cases/{id}?after={revision}&wait=20");
            let (status, after) = self.call("GET", &path, None, String::new()).await?;
            if status != 200 {
                return Err(format!("looking: {status} {}", told(&after)).into());
            }
            case = after;
        }
        Ok(case)
    }

    /// By case, its state, over all pages of the list.
    async fn listed(&self) -> Outcome<BTreeMap<String, String>> {
        let (mut all, mut before) = (BTreeMap::new(), String::new());
        loop {
            let (status, page) =
                self.call("GET", &format!("/cases?limit=100{before}"), None, String::new()).await?;
            if status != 200 {
                return Err(format!("the list: {status} {}", told(&page)).into());
            }
            for item in page.get("items").and_then(Value::as_array).into_iter().flatten() {
                let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                all.insert(text("id"), text("state"));
            }
            match page.get("next").and_then(Value::as_str) {
                Some(next) => before = format!("&before={next}"),
                None => return Ok(all),
            }
        }
    }

    fn counted(&self, count: impl FnOnce(&mut Counted)) {
        count(&mut self.counted.lock().unwrap_or_else(PoisonError::into_inner));
    }

    #[expect(clippy::cast_precision_loss, reason = "cases of one run")]
    fn tell(&self, cases: u64, took: f64, listed: Option<BTreeMap<String, String>>) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let line = |name: &str, value: f64| println!("{name} {value:.2}");
        line("cases", cases as f64);
        line("seconds", took);
        line("per_second", cases as f64 / took);
        line("decided", counted.decided as f64);
        line("gaps", counted.gaps as f64);
        line("unknown_outcomes", counted.unknown as f64);
        let mut prefill = std::mem::take(&mut counted.prefill_ms);
        let mut chain = std::mem::take(&mut counted.chain_ms);
        for (name, values) in [("prefill", &mut prefill), ("chain", &mut chain)] {
            values.sort_by(f64::total_cmp);
            for percent in [50, 95, 99] {
                let at = values.get(values.len() * percent / 100).copied().unwrap_or(f64::NAN);
                line(&format!("{name}_p{percent}_ms"), at);
            }
        }
        if let Some(listed) = listed {
            let known: std::collections::BTreeSet<&String> = counted.opened.values().collect();
            let lost = known.iter().filter(|id| !listed.contains_key(**id)).count();
            let doubled =
                listed.keys().filter(|id| !known.contains(id)).count() + counted.opened.len() - known.len();
            line("lost", lost as f64);
            line("doubled", doubled as f64);
        }
        for (why, times) in &counted.failed {
            println!("failed {times} {why}");
        }
    }
}

/// The slowest chain of asks of a case, each after what it waits for: the mother, her marriage and then the father, her insurance.
fn chain(dossier: &str, mother: &str) -> Duration {
    let of = |service: &str, number: &str| delay(dossier, &format!("VN/GOV/G01/dan-cu/{service} {number}"));
    let father = format!("0{}", mother.get(1..).unwrap_or_default());
    let marriage = of("ket-hon", mother) + of("nguoi", &father);
    of("nguoi", mother).max(marriage).max(of("bao-hiem", mother))
}

fn told(case: &Value) -> String {
    let text = case.to_string();
    text.chars().take(300).collect()
}
