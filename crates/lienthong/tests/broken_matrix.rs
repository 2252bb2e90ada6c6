//! Nothing leaves before it is written down, whatever is asked, however long its answer is and however it breaks off: each byte that left
//! the provider's node is on record there, in the exchange, or in a refusal behind the intent that names the request and the bytes.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::routing::get;
use bytes::Bytes;
use exchange::headers;
use exchange::peers::Sent;
use futures::{StreamExt as _, stream};
use http::header::{HeaderMap, HeaderValue};
use http_body_util::BodyExt as _;
use ledger::Side;
use ledger::entry::{Entry, Proof};
use ledger::verify::Checker;
use serde_json::json;
use sqlx::Connection as _;

use crate::nation::{API, Nation, PEOPLE, Plan, until};
use crate::packages::grant;
use crate::peer_port::{Message, SignAs, Thief};

const CUT: &str = "VN/GOV/G01/dan-cu/hep";
/// What a node keeps in memory, and a little more: from here on an answer is long.
const JUST_OVER: usize = 64 * 1024 + 300;
/// More than connections hold on the way.
const LONG: usize = 3 * 1024 * 1024;
/// How long a service waits before the head of its answer.
const PAUSE: Duration = Duration::from_millis(150);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// A service's JSON, as it is.
    Json,
    /// A service's JSON, cut to granted fields.
    Cut,
    /// Records of a dataset in a list.
    List,
    /// All records of a dataset.
    Stream,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Size {
    InMemory,
    JustOver,
    Long,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Break {
    /// It does not: all of it is taken.
    Never,
    /// The caller hangs up so soon.
    BeforeHead(u64),
    /// The caller hangs up when something has come.
    InBody,
    /// The caller hangs up when all has come but the trailers.
    BeforeTrailers,
    /// The service ends in the middle of its answer.
    Service,
    /// The process of the consumer's node is killed.
    Killed,
}

const KINDS: [Kind; 4] = [Kind::Json, Kind::Cut, Kind::List, Kind::Stream];
const SIZES: [Size; 3] = [Size::InMemory, Size::JustOver, Size::Long];
const BREAKS: [Break; 6] = [
    Break::BeforeHead(3),
    Break::BeforeHead(60),
    Break::BeforeHead(140),
    Break::InBody,
    Break::BeforeTrailers,
    Break::Service,
];

impl Kind {
    fn is_of_a_service(self) -> bool {
        matches!(self, Self::Json | Self::Cut)
    }

    /// The message that asks for an answer of that size; a service's answer comes whole or only half.
    fn ask(self, size: Size, how: &str) -> Option<Message> {
        let bytes = match size {
            Size::InMemory => 900,
            Size::JustOver => JUST_OVER,
            Size::Long => LONG,
        };
        Some(match (self, size) {
            (Self::Json, _) => Message::get(API, &format!("/cong-khai/{bytes}-{how}")),
            (Self::Cut, _) => Message::get(CUT, &format!("/cong-khai/{bytes}-{how}")),
            (Self::List, Size::InMemory) => Message::get(PEOPLE, "?ngay_sinh=1980-01-08&limit=1"),
            (Self::List, Size::JustOver) => Message::get(PEOPLE, "?limit=1000"),
            // A list has an end: 1,000 records.
            (Self::List, Size::Long) => return None,
            (Self::Stream, Size::InMemory) => {
                Message::new("POST", PEOPLE, "/stream", r#"{"filters":{"ngay_sinh":"1980-01-08"}}"#)
            }
            (Self::Stream, Size::JustOver) => {
                Message::new("POST", PEOPLE, "/stream", r#"{"filters":{"ngay_sinh":"2001-01-01"}}"#)
            }
            (Self::Stream, Size::Long) => Message::new("POST", PEOPLE, "/stream", "{}"),
        })
    }
}

/// A system whose answers are as long as they are asked to be, and come whole (`x`), half (`nua`) or slowly (`cham`). It notes what it saw.
fn system(seen: Arc<Mutex<HashSet<String>>>) -> Router {
    let answer = move |Path(what): Path<String>, headers: HeaderMap| async move {
        let (bytes, how) = what.split_once('-').unwrap();
        let (bytes, how) = (bytes.parse::<usize>().unwrap(), how.to_owned());
        seen.lock().unwrap().insert(headers["x-road-id"].to_str().unwrap().to_owned());
        tokio::time::sleep(PAUSE).await;
        let text = Bytes::from(json!({ "ten": "a".repeat(bytes) }).to_string());
        let given = if how == "nua" { text.len() / 2 } else { text.len() };
        let parts =
            (0..given).step_by(32 * 1024).map(move |at| Ok(text.slice(at..given.min(at + 32 * 1024))));
        let parts = stream::iter(parts.collect::<Vec<std::io::Result<Bytes>>>());
        let parts = parts.then(move |part| {
            let slow = how == "cham";
            async move {
                if slow {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                part
            }
        });
        let end = if given < bytes { vec![Err(std::io::Error::other("nửa chừng"))] } else { Vec::new() };
        ([("content-type", "application/json")], Body::from_stream(parts.chain(stream::iter(end))))
    };
    let hep = answer.clone();
    Router::new().route("/cong-khai/{what}", get(answer)).route("/hep/cong-khai/{what}", get(hep))
}

/// What a ledger has of a request.
#[derive(Debug, Default, Clone)]
struct Found {
    intent: bool,
    exchange: bool,
    /// A refusal with the request's proof.
    refused: bool,
    /// The bytes that it names.
    sent: Option<u64>,
}

struct Unchecked;

impl Checker for Unchecked {
    fn key(&mut self, _: &str, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn proof(&mut self, _: &Proof, _: Option<&Proof>) -> Result<(), String> {
        Ok(())
    }
}

/// What the provider's ledger has, by the caller's own id of the message.
fn on_record(nation: &Nation) -> HashMap<String, Found> {
    let mut found = HashMap::<String, Found>::new();
    let id = |proof: &Proof| {
        let line = proof.base.lines().find_map(|line| line.strip_prefix("\"x-road-id\": "));
        line.unwrap_or_default().to_owned()
    };
    let read = ledger::verify::verify(&nation.path("p1/ledger"), &mut Unchecked, |_, entry| match entry {
        Entry::Intent { request, .. } => found.entry(id(request)).or_default().intent = true,
        Entry::Exchange { side: Side::Provider, request, .. } => {
            found.entry(id(request)).or_default().exchange = true;
        }
        Entry::Refusal { side: Side::Provider, request: Some(request), .. } => {
            let found = found.entry(id(request)).or_default();
            (found.refused, found.sent) = (true, entry.sent());
        }
        _ => {}
    });
    assert!(read.unwrap().is_whole());
    found
}

/// What a caller got of an answer.
#[derive(Debug)]
struct Taken {
    id: String,
    /// Whether it was an answer of the service, and no refusal.
    is_good: bool,
    has_head: bool,
    bytes: u64,
    is_whole: bool,
}

/// Asks, and breaks off. `total` is how many bytes the whole answer has.
async fn take(thief: &Thief, message: Option<Message>, id: &str, how: Break, total: u64) -> Option<Taken> {
    let mut message = message?;
    headers::set(&mut message.headers, headers::ID, id);
    let message = message.signed(thief, exchange::clock::now()).await;
    let mut taken = Taken { id: id.to_owned(), is_good: false, has_head: false, bytes: 0, is_whole: false };
    let soon = if let Break::BeforeHead(millis) = how { millis } else { 60_000 };
    let Ok(sent) = tokio::time::timeout(Duration::from_millis(soon), thief.ask(&message)).await else {
        return Some(taken);
    };
    let Sent::Answered(answer, _in_flight) = sent else { panic!("{id}: no answer") };
    (taken.has_head, taken.is_good) = (true, answer.status() == 200);
    let mut body = answer.into_body();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Some(taken) };
        taken.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        let is_enough = match how {
            Break::Never | Break::Service | Break::Killed => false,
            Break::BeforeHead(_) | Break::InBody => true,
            Break::BeforeTrailers => taken.bytes >= total,
        };
        if is_enough {
            return Some(taken);
        }
    }
    taken.is_whole = true;
    Some(taken)
}

/// The same until it is an answer: who reads a dataset has so many turns at a time, and who hung up has one until that is noticed.
async fn take_at_last(thief: &Thief, (kind, size): (Kind, Size), how: Break, total: u64) -> Vec<Taken> {
    let mut all = Vec::new();
    for number in 0..60 {
        let id = format!("{kind:?}-{size:?}-{how:?}-{number}");
        let asked = kind.ask(size, if how == Break::Service { "nua" } else { "x" });
        all.extend(take(thief, asked, &id, how, total).await);
        let is_busy = |taken: &Taken| taken.has_head && !taken.is_good && !kind.is_of_a_service();
        if !all.last().is_some_and(is_busy) {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    all
}

/// Why what a caller got is not on record as it must be.
fn wrong(taken: &Taken, saw: bool, found: Option<&Found>) -> Option<String> {
    let nothing = Found::default();
    let found = found.unwrap_or(&nothing);
    let is_told = |bytes: u64| found.intent && found.sent.is_some_and(|sent| sent >= bytes);
    let is_right = match taken {
        Taken { is_whole: true, .. } => found.exchange,
        Taken { has_head: true, .. } => found.exchange || is_told(taken.bytes),
        _ if saw => found.exchange || found.refused,
        // Of an intent there is an end.
        _ => !found.intent || found.exchange || found.refused,
    };
    (!is_right).then(|| format!("{taken:?}, at the service {saw}: {found:?}"))
}

async fn rig() -> (Nation, Arc<Mutex<HashSet<String>>>) {
    let seen = Arc::new(Mutex::new(HashSet::new()));
    let plan = Plan { system: Some(system(seen.clone())), one_provider: true, ..Plan::default() };
    let nation = Nation::start_with(plan).await;
    let file = sqlx::sqlite::SqliteConnectOptions::new().filename(nation.path("people.db"));
    let mut people = sqlx::sqlite::SqliteConnection::connect_with(&file).await.unwrap();
    let some = "WITH RECURSIVE dem(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM dem WHERE n < 20000)
         INSERT INTO nguoi SELECT printf('925%09d', n), 'Nguyễn Thị Hòa ' || n || hex(zeroblob(60)),
             CASE WHEN n < 800 THEN '2001-01-01' ELSE '1980-01-01' END, 'Không' FROM dem";
    sqlx::raw_sql(some).execute(&mut people).await.unwrap();
    people.close().await.unwrap();
    let endpoints = ", endpoints: [{ method: POST, path: /stream }, { method: GET, path: / }]";
    let fast = grant(endpoints).replace("per_second: 100,", "per_second: 100000,");
    let cut = format!(
        "{{ kind: Grant, id: g-hep, client: VN/LOC/H05/mot-cua, service: {CUT}, uses: [{{ purpose: khai-sinh, basis: nd-70 }}], fields: [ten], per_second: 100000 }}"
    );
    nation.apply(&format!("{fast}\n---\n{cut}"));
    nation.wait_for(nation.revision().await).await;
    (nation, seen)
}

async fn holds(nation: &Nation, seen: &Mutex<HashSet<String>>, all: &[Taken]) {
    let wrongs = || {
        let (found, seen) = (on_record(nation), seen.lock().unwrap().clone());
        let wrong = |taken: &Taken| wrong(taken, seen.contains(&taken.id), found.get(&taken.id));
        all.iter().filter_map(wrong).collect::<Vec<_>>()
    };
    // What only reads ends some 10 s after its caller.
    let began = std::time::Instant::now();
    while !wrongs().is_empty() && began.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let wrongs = wrongs();
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_left_is_on_record_whatever_it_is_and_however_it_breaks_off() {
    let (mut nation, seen) = rig().await;
    let thief = Thief::of(&nation, SignAs::Own).await;
    let mut all = Vec::new();
    for (kind, size) in KINDS.into_iter().flat_map(|kind| SIZES.map(|size| (kind, size))) {
        let mut tries = take_at_last(&thief, (kind, size), Break::Never, 0).await;
        let Some(whole) = tries.pop() else { continue };
        assert!(whole.is_whole && whole.is_good, "{whole:?}");
        let least = match size {
            Size::InMemory => 50,
            Size::JustOver => 64 * 1024 + 1,
            Size::Long => LONG as u64,
        };
        assert!(whole.bytes >= least, "{whole:?}");
        let breaks = BREAKS.into_iter().filter(|how| *how != Break::Service || kind.is_of_a_service());
        let cases = breaks.map(|how| take_at_last(&thief, (kind, size), how, whole.bytes));
        let taken: Vec<Vec<Taken>> = stream::iter(cases).buffer_unordered(3).collect().await;
        all.extend(taken.into_iter().flatten().chain(tries));
        all.push(whole);
    }
    let broken = |taken: &&Taken| taken.has_head && !taken.is_whole;
    assert!(all.iter().filter(broken).count() > 15, "hardly anything broke off: {all:?}");
    holds(&nation, &seen, &all).await;
    all.clear();
    // The same calls through a consumer's node that is killed under them.
    for (kind, size) in KINDS.into_iter().flat_map(|kind| SIZES.map(|size| (kind, size))) {
        let Some(message) = kind.ask(size, "cham") else { continue };
        let id = format!("{kind:?}-{size:?}-{:?}", Break::Killed);
        let mut request = message.through_the_edge(&nation);
        request = request.header("x-road-id", HeaderValue::from_str(&id).unwrap());
        let (client, request) =
            (nation.client.clone(), request.body(exchange::body::whole(message.body())).unwrap());
        tokio::spawn(
            async move { trust::web::fetch(&client, request, Duration::from_secs(20), 1 << 30).await },
        );
        all.push(Taken { id, is_good: false, has_head: false, bytes: 0, is_whole: false });
    }
    // The long ones have begun, and are far from their end.
    until("calls under way", async || {
        let (found, seen) = (on_record(&nation), seen.lock().unwrap());
        seen.contains("Cut-Long-Killed") && found.get("Json-Long-Killed").is_some_and(|found| found.intent)
    })
    .await;
    tokio::time::sleep(PAUSE * 3).await;
    nation.kill("c1");
    holds(&nation, &seen, &all).await;
    let found = on_record(&nation);
    assert!(found["Json-Long-Killed"].sent > Some(0), "{found:?}");
    assert_eq!(nation.verify(&["p1"])["whole"], json!(true));
}
