//! What is said twice is the same: every count of a nation that has lived through its day, on all pages, in what they are drawn from, in
//! answers of the API, in exports, and counted anew from the lists. A count has a name, and what it is of; all that say it say one value.

mod counted;
mod quality;
mod twins;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Duration;

use exchange::backend::http_api::WebClient;
use exchange::body;
use http::Request;
use model::id::encode_part;
use serde_json::Value;
use trust::web::{client as web_client, fetch};

use crate::nation::lienthong;

/// Most pages of one pattern that are visited, beside those that no other shows.
const OF_A_PATTERN: usize = 200;
/// Of those of quality, which are as many as there are fields and rules.
const OF_QUALITY: usize = 90;
/// Patterns whose pages have no figures of their own: some are visited, to see that.
const WITHOUT: [&str; 9] =
    ["tu-dien", "danh-muc", "so-dang-ky", "dang-ky", "tai-khoan", "co-quan", "vet", "ket-noi", "nhiem-vu"];

/// Where a figure was seen, by its values.
type Seen = BTreeMap<String, BTreeSet<String>>;

/// All figures, by name and what they are of.
#[derive(Default)]
pub(super) struct Facts(BTreeMap<(String, String), Seen>);

impl Facts {
    /// Notes what `place` says of a figure. Null: it says that it was not measured.
    fn put(&mut self, name: &str, of: &str, value: &Value, place: &str) {
        let value = if value.is_null() { String::new() } else { value.to_string() };
        let seen = self.0.entry((name.to_owned(), of.to_owned())).or_default();
        seen.entry(value).or_default().insert(place.to_owned());
    }

    /// Notes how a deadline stands.
    fn left(&mut self, what: &str, of: &str, holder: &Value, place: &str) {
        if let Some(days) = holder["time_left"].get("days") {
            self.put(&format!("{what}.days_left"), of, days, place);
        }
    }

    /// What is said in two ways, and what only pages say.
    fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        for ((name, of), seen) in &self.0 {
            if seen.len() > 1 {
                mistakes.push(format!("{name} of {of:?} is said in several ways: {seen:#?}"));
            }
            let places: BTreeSet<&String> = seen.values().flatten().collect();
            if places.iter().all(|place| place.starts_with("page ")) {
                mistakes.push(format!("{name} of {of:?} is on pages only: {places:?}"));
            }
        }
        mistakes
    }
}

/// Who asks a hub: over HTTPS, and by the command line.
pub(super) struct Reader {
    client: WebClient,
    hub: String,
    token: String,
    officer: PathBuf,
}

impl Reader {
    fn new(officer: PathBuf) -> Self {
        let file: Value = serde_json::from_slice(&std::fs::read(&officer).unwrap()).unwrap();
        let text = |name: &str| file[name].as_str().unwrap().to_owned();
        let anchor = trust::certificate::from_base64(&text("authority")).unwrap();
        let client = web_client(trust::tls::web_client(&[anchor]).unwrap());
        Self { client, hub: text("hub").trim_end_matches('/').to_owned(), token: text("token"), officer }
    }

    async fn ask(&self, path: &str, accept: &str) -> (u16, String) {
        let request = Request::get(format!("{}{path}", self.hub))
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept", accept)
            .body(body::whole(""))
            .unwrap();
        let answer = fetch(&self.client, request, Duration::from_secs(60), 1 << 28).await.unwrap();
        (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
    }

    async fn json(&self, path: &str) -> Value {
        let (status, text) = self.ask(path, "application/json").await;
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// All items of a list, page by page.
    async fn items(&self, path: &str) -> Vec<Value> {
        let and = if path.contains('?') { '&' } else { '?' };
        let (mut items, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.json(&format!("{path}{after}")).await;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next"].as_str() else { return items };
            after = format!("{and}after={}", encode_part(next));
        }
    }

    fn command(&self, arguments: &[&str]) -> String {
        let output = lienthong().args(arguments).arg("--officer").arg(&self.officer).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Compares all that a hub says, which runs in this folder and has lived through a day.
pub(crate) fn agree(hub: &Path) {
    let reader = Reader::new(hub.join("quan-tri.json"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        quality::measured_whole(&reader).await;
        loop {
            let today = reader.json("/api/v1/overview").await["today"].clone();
            let facts = gather(&reader).await;
            // A day that ended meanwhile has changed what is left of all deadlines.
            if reader.json("/api/v1/overview").await["today"] == today {
                let mistakes = facts.mistakes();
                assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
                return check_enough(&facts);
            }
        }
    });
}

async fn gather(reader: &Reader) -> Facts {
    let mut facts = Facts::default();
    counted::gather(reader, &mut facts).await;
    quality::gather(reader, &mut facts).await;
    walk(reader, &mut facts).await;
    facts
}

/// That the walk has seen what it is there for.
fn check_enough(facts: &Facts) {
    let names: BTreeSet<&str> = facts.0.keys().map(|(name, _)| name.as_str()).collect();
    for name in [
        "official.entries",
        "official.identified",
        "official.confirmed",
        "databases.known",
        "databases.confirmed",
        "databases.candidates",
        "databases.observed.not_measured",
        "databases.observed.no_service",
        "databases.used",
        "databases.late",
        "database.agencies",
        "database.refused",
        "database.days_left",
        "duties.met",
        "duty.days_left",
        "request.days_left",
        "grant.calls",
        "usage.failed",
        "locality.users",
        "directory.nodes",
        "agency.below",
        "databases.unused",
        "duties.late",
        "requests.open",
        "quality.overall",
        "quality.shared",
        "quality.datasets_measured",
        "field.overall",
        "field.fails",
        "rule.score",
        "rule.fail",
        "defect.fails",
        "defect.days_left",
    ] {
        assert!(names.contains(name), "{name} is nowhere: {names:?}");
    }
    // The headlines stand in many places; a test that found one place would compare nothing.
    for name in
        ["databases.confirmed", "databases.observed.no_service", "official.identified", "databases.used"]
    {
        let places: usize = facts
            .0
            .iter()
            .filter(|((known, _), _)| known == name)
            .map(|(_, seen)| seen.values().map(BTreeSet::len).sum::<usize>())
            .max()
            .unwrap();
        assert!(places >= 3, "{name} was seen in {places} places");
    }
}

/// The page that an address is of: its first word, and whether it names a thing.
fn pattern(path: &str) -> (String, bool, bool) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parts = path.trim_matches('/').split('/');
    (parts.next().unwrap_or_default().to_owned(), parts.next().is_some(), query.contains("muc="))
}

/// Visits all pages that lead to one another, each as a page and as what it is drawn from.
async fn walk(reader: &Reader, facts: &mut Facts) {
    let (mut queue, mut known) = (VecDeque::from(["/".to_owned()]), BTreeSet::from(["/".to_owned()]));
    let mut visited: BTreeMap<(String, bool, bool), usize> = BTreeMap::new();
    while let Some(path) = queue.pop_front() {
        let of = pattern(&path);
        let most = match of.0.as_str() {
            pattern if WITHOUT.contains(&pattern) && of.1 => 8,
            "chat-luong" => OF_QUALITY,
            _ => OF_A_PATTERN,
        };
        let times = visited.entry(of).or_default();
        *times += 1;
        if *times > most {
            continue;
        }
        // What is another's business is told by another page, and has no figures.
        let (status, before) = reader.ask(&path, "application/json").await;
        if status == 403 {
            continue;
        }
        assert_eq!(status, 200, "{path}: {before}");
        let before: Value = serde_json::from_str(&before).unwrap();
        let (status, html) = reader.ask(&path, "text/html").await;
        assert_eq!(status, 200, "{path}");
        twins::read(facts, &path, &before, &reader.json(&path).await);
        read_page(facts, &path, &html);
        for next in links(&html) {
            if known.insert(next.clone()) {
                queue.push_back(next);
            }
        }
    }
    assert!(visited.len() > 25, "{visited:?}");
}

/// Addresses of other pages.
fn links(html: &str) -> Vec<String> {
    let targets = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let is_page = |target: &&str| {
        let elsewhere = ["/api/", "/tai-nguyen/", "/dang-nhap", "//"];
        target.starts_with('/') && !elsewhere.iter().any(|start| target.starts_with(start))
    };
    let whole = |target: &str| {
        target.split('#').next().unwrap_or_default().replace("&amp;", "&").replace("&#x2f;", "/")
    };
    targets.map(whole).filter(|target| is_page(&target.as_str()) && !target.contains("format=")).collect()
}

/// The figures of a page: each with what it counts on the same page, and in words of one language.
fn read_page(facts: &mut Facts, path: &str, html: &str) {
    assert!(!html.contains('⟦'), "{path}: words are missing");
    for rest in html.split("data-figure=\"").skip(1) {
        let attribute = |name: &str| {
            let text = rest.split_once(name)?.1.split('"').next()?;
            Some(text.replace("&#x2f;", "/").replace("&amp;", "&"))
        };
        let name = rest.split('"').next().unwrap();
        let (of, value) = (attribute("data-of=\"").unwrap(), attribute("value=\"").unwrap());
        let value = value.parse::<i64>().map_or(Value::Null, Value::from);
        facts.put(name, &of, &value, &format!("page {path}"));
        assert!(
            html.contains(&format!("<dt><code>{name}</code></dt><dd>")),
            "{path} does not say what {name} counts"
        );
    }
    // A day that is over is no mere date.
    for rest in html.split(".days_left\"").skip(1) {
        let text = rest.split_once('>').unwrap().1.split('<').next().unwrap();
        let days: i64 = rest.split_once("value=\"").unwrap().1.split('"').next().unwrap().parse().unwrap();
        let begins = ["còn ", "hạn hôm nay", "đã xong", "trễ ", "đã qua hạn "];
        assert!(begins.iter().any(|word| text.starts_with(word)), "{path}: {text}");
        assert!(days >= 0 || !text.starts_with("còn "), "{path}: {days} days: {text}");
    }
}
