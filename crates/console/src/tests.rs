//! Pages over a hub's own routes.

mod assess;
pub(crate) mod forms;
mod leader;
mod lists;
mod reuse;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http_body_util::BodyExt as _;
use hub::web::Known;
use hub::{Hub, HubSettings};
use jiff::ToSpan as _;
use model::due::{Done, TimeLeft};
use model::time::day_in_viet_nam;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// A hub, and the pages around it.
struct World {
    api: Router,
    pages: Router,
    token: String,
    /// Questions of pages to the hub, and those of them that somebody had to be recognised for.
    asked: Arc<[AtomicUsize; 2]>,
    _folder: Arc<tempfile::TempDir>,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = "instance = \"VN\"\nlisten = \"127.0.0.1:0\"\nurl = \"https://127.0.0.1:7443/\"\n";
        let settings: HubSettings = toml::from_str(text).unwrap();
        let token = Hub::create(folder.path(), &settings).await.unwrap();
        let hub = Hub::open(folder.path()).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (given, api) = tokio::sync::oneshot::channel();
        tokio::spawn(hub.run(listener, move |api| {
            let _ = given.send(api.clone());
            api
        }));
        let api: Router = api.await.unwrap();
        let asked: Arc<[AtomicUsize; 2]> = Arc::default();
        let counted = asked.clone();
        let count = from_fn(move |request: Request, next: Next| {
            counted[0].fetch_add(1, Ordering::Relaxed);
            if request.extensions().get::<Known>().is_none() {
                counted[1].fetch_add(1, Ordering::Relaxed);
            }
            next.run(request)
        });
        let pages = crate::around(api.clone().layer(count));
        Self { api, pages, token: format!("Bearer {token}"), asked, _folder: Arc::new(folder) }
    }

    /// The same hub, to be asked by another.
    fn shared(&self) -> Self {
        let Self { api, pages, token, asked, _folder } = self;
        Self {
            api: api.clone(),
            pages: pages.clone(),
            token: token.clone(),
            asked: asked.clone(),
            _folder: _folder.clone(),
        }
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Request {
        Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", &self.token)
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap()
    }

    async fn apply(&self, documents: &Value) {
        let body = json!({ "documents": documents, "reason": "thử" });
        self.done(self.ask("POST", "/api/v1/apply", &body)).await;
    }

    async fn done(&self, request: Request) -> Value {
        let Ok(answer) = self.api.clone().oneshot(request).await;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        assert_eq!(parts.status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    /// An officer of the hub who has claimed nothing confirms databases and that these services belong to them.
    async fn confirm(&self, what: &[(String, Vec<String>)]) {
        let account =
            json!({ "name": "xac-nhan", "person": "x", "type": "service", "roles": ["hub_officer"] });
        let body = json!({ "account": account, "reason": "phân công" });
        let token = self.done(self.ask("POST", "/api/v1/accounts", &body)).await["token"].clone();
        let token = format!("Bearer {}", token.as_str().unwrap()).parse().unwrap();
        for (database, services) in what {
            let body = json!({ "services": services, "reason": "đã đối chiếu" });
            let mut request = self.ask("POST", &format!("/api/v1/databases/{database}/confirm"), &body);
            request.headers_mut().insert("authorization", std::clone::Clone::clone(&token));
            self.done(request).await;
        }
    }

    /// A page as people see it.
    async fn html(&self, path: &str) -> String {
        let mut request = self.ask("GET", path, &Value::Null);
        request.headers_mut().insert("accept", "text/html".parse().unwrap());
        let Ok(answer): Result<Response, _> = self.pages.clone().oneshot(request).await;
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let page = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        page
    }

    /// What stands in a file of a page.
    async fn text(&self, path: &str) -> String {
        let Ok(answer): Result<Response, _> =
            self.pages.clone().oneshot(self.ask("GET", path, &Value::Null)).await;
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        text
    }

    /// A page as what it is drawn from; how often it asked the hub, and how often somebody was recognised for it.
    async fn page(&self, path: &str) -> (Value, usize, usize) {
        let before = [0, 1].map(|at| self.asked[at].load(Ordering::Relaxed));
        let Ok(answer): Result<Response, _> =
            self.pages.clone().oneshot(self.ask("GET", path, &Value::Null)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let [asked, recognised] = [0, 1].map(|at| self.asked[at].load(Ordering::Relaxed) - before[at]);
        (serde_json::from_slice(&body).unwrap(), asked, recognised)
    }
}

/// A database with so many systems, a service and a grant of each, and so many data with a duty each.
fn database(number: usize, parts: usize) -> Value {
    let name = json!({ "vi": "Tên", "en": "Name" });
    let id = format!("VNDB-{number}");
    let system = |part: usize| format!("VN/GOV/G01/so-{number}-{part}");
    let data: Vec<String> = (0..parts).map(|part| format!("d-{number}-{part}")).collect();
    let mut documents = vec![
        json!({ "kind": "Agency", "id": "VN/GOV/G01", "name": name, "bloc": "government" }),
        json!({ "kind": "Agency", "id": "VN/GOV/G15", "name": name, "bloc": "government" }),
        json!({ "kind": "System", "id": "VN/GOV/G15/mot-cua", "name": name }),
        json!({ "kind": "Purpose", "code": "khai-sinh", "name": name }),
        json!({ "kind": "LegalBasis", "code": "nd-70", "ground": "state_activity", "citation": "Nghị định 70" }),
        json!({ "kind": "Database", "id": id, "name": name, "scale": "sectoral", "standing": "registered", "owner": "VN/GOV/G01",
            "legal_basis": "x", "scope": "x", "class": "core", "retention": "permanent", "security_level": 4, "personal_data": "sensitive",
            "systems": (0..parts).map(system).collect::<Vec<_>>(),
            "master_data": data.iter().map(|code| json!({ "code": code, "name": name })).collect::<Vec<_>>() }),
    ];
    for (part, datum) in data.iter().enumerate() {
        let service = format!("{}/x", system(part));
        documents.push(json!({ "kind": "System", "id": system(part), "name": name }));
        documents.push(json!({ "kind": "Service", "id": service, "name": name,
            "http": { "endpoints": [{ "method": "GET", "path": "/*" }] } }));
        documents.push(json!({ "kind": "Grant", "id": format!("g-{number}-{part}"), "client": "VN/GOV/G15/mot-cua", "service": service,
            "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": "all", "per_second": 1 }));
        documents.push(json!({ "kind": "Duty", "id": format!("n-{number}-{part}"), "datum": datum, "receivers": ["VN/GOV/G15"],
            "basis": "nd-70", "service": service }));
    }
    json!(documents)
}

#[tokio::test]
async fn a_page_recognises_its_reader_once_and_asks_no_more_of_a_large_database() {
    let world = World::new().await;
    world.apply(&database(1, 1)).await;
    world.apply(&database(2, 7)).await;
    let (small, asked_of_small, recognised) = world.page("/co-so-du-lieu/VNDB-1").await;
    assert_eq!(recognised, 1);
    let (large, asked_of_large, recognised) = world.page("/co-so-du-lieu/VNDB-2").await;
    assert_eq!((asked_of_large, recognised), (asked_of_small, 1));
    for (view, parts) in [(&small, 1), (&large, 7)] {
        for list in ["services", "users", "duties"] {
            assert_eq!(view[list].as_array().unwrap().len(), parts, "{list}");
        }
    }
    for (page, lines) in [("/nghia-vu?datum=d-1-0", 1), ("/nghia-vu", 8)] {
        let (view, asked, _) = world.page(page).await;
        assert_eq!(view["items"].as_array().unwrap().len(), lines);
        assert_eq!(view["items"][0]["progress"]["holder"], "VN/GOV/G01");
        // Who reads it, and the duties.
        assert_eq!(asked, 2, "{page}");
    }
    for page in crate::page::PAGES.iter().filter(|page| !page.path.contains('{')) {
        let (_, _, recognised) = world.page(page.path).await;
        assert_eq!(recognised, 1, "{}", page.path);
    }
}

#[tokio::test]
async fn what_nobody_has_named_is_in_no_figure_of_a_page_but_its_own() {
    let world = World::new().await;
    let one = |number: usize, standing: &str| json!({ "kind": "Database", "id": format!("VNDB-00{number}"), "name": { "vi": "Tên", "en": "Name" }, "scale": "national", "standing": standing });
    let mut listed = one(3, "sourced");
    listed["listed"] = json!([{ "list": "nq-71-2025", "act": "Nghị quyết 71/NQ-CP", "evidence": "implied" }]);
    world.apply(&json!([one(1, "sourced"), one(2, "candidate"), listed])).await;
    let (first, _, _) = world.page("/").await;
    let (list, _, _) = world.page("/co-so-du-lieu").await;
    for view in [&first["databases"], &list] {
        assert_eq!((&view["known"], &view["candidates"]), (&json!(2), &json!(1)), "{view}");
        assert_eq!(view["official"][0]["identified"], 1);
        assert_eq!(view["official"][0]["evidence"], json!({ "annex": 0, "named": 0, "implied": 1 }));
    }
}

/// How a figure stands on a page.
fn shown(name: &str, of: &str, value: i64, told: &str) -> String {
    format!("<data data-figure=\"{name}\" data-of=\"{of}\" value=\"{value}\">{told}</data>")
}

/// Databases without a service and with one that nobody measures, duties of theirs, and days over, today, to come: wherever a deadline is
/// shown it is said how many days are left or how late it is, in the words of one place; and what was not measured is neither nothing nor
/// without a service.
#[tokio::test]
async fn a_day_is_told_with_what_is_left_of_it_and_what_is_not_measured_apart_from_what_is_not_there() {
    let world = World::new().await;
    let today = day_in_viet_nam(hub::clock::now());
    let days = [-400_i64, -1, 0, 1, 60];
    for (at, left) in (0usize..).zip(days) {
        let by = today + left.days();
        for parts in [0, 1] {
            let mut documents = database(10 * (at + 1) + parts, parts);
            for document in documents.as_array_mut().unwrap() {
                if ["Database", "Duty"].contains(&document["kind"].as_str().unwrap()) {
                    document["deadline"] = json!(by);
                }
                if document["kind"] == "Database" {
                    document["priority"] = json!(true);
                }
            }
            world.apply(&documents).await;
        }
    }
    let numbers = (1..=days.len()).flat_map(|at| [10 * at, 10 * at + 1]);
    let claimed = numbers.map(|number| {
        let services = (number % 10 == 1).then(|| format!("VN/GOV/G01/so-{number}-0/x"));
        (format!("VNDB-{number}"), services.into_iter().collect())
    });
    world.confirm(&claimed.collect::<Vec<_>>()).await;
    for (query, in_vi) in [("?lang=vi", true), ("?lang=en", false)] {
        let told = |left: &TimeLeft| if in_vi { left.vi.clone() } else { left.en.clone() };
        let lists = ["/", "/co-so-du-lieu", "/uu-tien", "/nghia-vu"].map(|path| format!("{path}{query}"));
        let mut pages = Vec::new();
        for path in &lists {
            pages.push(world.html(path).await);
        }
        for (at, left) in (0usize..).zip(days) {
            for (parts, done) in [(0, Done::No), (1, Done::NotMeasured)] {
                let number = 10 * (at + 1) + parts;
                let id = format!("VNDB-{number}");
                let said = told(&TimeLeft::of(today + left.days(), today, done));
                let figure = shown("database.days_left", &id, left, &said);
                let own = world.html(&format!("/co-so-du-lieu/{id}{query}")).await;
                for page in pages.iter().take(3).chain([&own]) {
                    assert!(page.contains(&figure), "{figure}");
                }
                let unknown = ["class=\"state no_service\"", "class=\"state not_measured\""];
                assert_eq!(unknown.map(|state| own.contains(state)), [parts == 0, parts == 1], "{id}");
            }
            let duty = format!("n-{}-0", 10 * (at + 1) + 1);
            let said = told(&TimeLeft::of(today + left.days(), today, Done::No));
            let figure = shown("duty.days_left", &duty, left, &said);
            let own = world.html(&format!("/nghia-vu/{duty}{query}")).await;
            assert!(pages[3].contains(&figure) && own.contains(&figure), "{figure}");
        }
        for (name, count) in [
            ("databases.observed.no_service", 5),
            ("databases.observed.not_measured", 5),
            ("databases.used", 0),
        ] {
            assert!(pages[0].contains(&shown(name, "", count, &count.to_string())), "{name}");
        }
        // Late is what is over and not done; what is not measured is not told as late.
        assert!(pages[0].contains(&shown("databases.late", "", 2, "2")));
    }
    let last = today.first_of_month().yesterday().unwrap().strftime("%Y-%m").to_string();
    assert!(
        world
            .html("/co-quan/VN%2FGOV%2FG01")
            .await
            .contains(&format!("name=\"month\" required pattern=\"[0-9]{{4}}-[0-9]{{2}}\" value=\"{last}\""))
    );
}

/// Each figure on any page is explained on that page, in both languages, and nothing is explained that stands nowhere.
#[tokio::test]
async fn a_page_says_what_its_figures_count() {
    let world = World::new().await;
    world.apply(&database(1, 1)).await;
    let things = [
        "/co-so-du-lieu/VNDB-1",
        "/nghia-vu/n-1-0",
        "/quyen/g-1-0",
        "/co-quan/VN%2FGOV%2FG01",
        "/dich-vu/VN%2FGOV%2FG01%2Fso-1-0%2Fx",
    ];
    let plain = crate::page::PAGES.iter().map(|page| page.path).filter(|path| !path.contains('{'));
    for path in plain.chain(things) {
        for language in ["vi", "en"] {
            let page = world.html(&format!("{path}?lang={language}")).await;
            assert!(!page.contains('⟦'), "{path}: words are missing");
            for name in page.split("data-figure=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(page.contains(&format!("<dt><code>{name}</code></dt><dd>")), "{path}: {name}");
            }
        }
    }
}

/// The addresses that stand on a page between two words.
fn addresses(page: &str, from: &str, to: &str) -> Vec<String> {
    let begins = page.find(from).unwrap();
    let ends = page[begins..].find(to).unwrap();
    let text = &page[begins..begins + ends];
    text.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&#x2f;", "/")).collect()
}

/// Over all roles, at an agency and at the hub: the menu begins with their work and offers nothing that they are refused; what a role is
/// there for stands in it side by side; the foot is for help.
#[tokio::test]
async fn the_menu_of_each_role_begins_with_its_work_and_leads_nowhere_that_is_closed() {
    let world = World::new().await;
    world.apply(&database(1, 1)).await;
    let uses = [
        ("data_officer", "/yeu-cau"),
        ("data_officer", "/quyen"),
        ("compliance_officer", "/vet"),
        ("compliance_officer", "/tai-khoan"),
        ("engineer", "/su-co"),
        ("administrator", "/tai-khoan"),
        ("steward", "/tu-dien"),
        ("hub_officer", "/xac-nhan"),
        ("operator", "/giam-sat"),
        ("auditor", "/vet"),
        ("architect", "/tu-dien"),
    ];
    let mut seen = 0;
    for role in hub::audit::right::Role::ALL {
        for agency in [None, Some("VN/GOV/G01")].into_iter().filter(|agency| role.fits(agency.is_none())) {
            let word = json!(role).as_str().unwrap().to_owned();
            let name = format!("{word}.{}", if agency.is_some() { "g01" } else { "hub" });
            let account = json!({ "name": name, "person": "Đỗ Thị <b>An</b>", "type": "service", "agency": agency, "roles": [word] });
            let made = json!({ "account": account, "reason": "phân công" });
            let token = world.done(world.ask("POST", "/api/v1/accounts", &made)).await["token"].clone();
            let theirs = World { token: format!("Bearer {}", token.as_str().unwrap()), ..world.shared() };
            let page = theirs.html("/toi").await;
            assert!(
                page.contains("Đỗ Thị &lt;b&gt;An&lt;") && !page.contains("<b>An"),
                "their name stands in the head"
            );
            assert!(
                page.contains(if agency.is_some() { "Tên" } else { "nền tảng" }),
                "and whose they are: {name}"
            );
            let menu = addresses(&page, "<nav", "</nav>");
            assert_eq!(menu[0], "/toi", "{name}");
            let first = addresses(&page, "<nav", "</ul>");
            // The whole trail is for those of the hub.
            let reads = |path: &str| agency.is_none() || path != "/vet";
            for (_, path) in uses.iter().filter(|(role, path)| *role == word && reads(path)) {
                assert!(first.iter().any(|at| at == path), "{name} has no {path} at hand: {first:?}");
            }
            for path in menu {
                theirs.html(&path).await;
                seen += 1;
            }
            let foot = addresses(&page, "<footer", "</footer>");
            assert!(foot.iter().take(2).eq(["/tro-giup", "/trang-thai"]) && foot.len() <= 5, "{foot:?}");
        }
    }
    assert!(seen > 150, "{seen}");
}

/// Every list of the pages, by every column, in both languages: what the pages show, one after the other, is the whole list, each line once;
/// what a filter leaves is what its file holds; and all headings have words.
/// Wherever a page shows a code of a thing that has a name, the name stands before it.
#[tokio::test]
async fn names_stand_before_codes_on_pages_and_beside_them_in_files() {
    let world = World::new().await;
    let mut documents = database(1, 1);
    for document in documents.as_array_mut().unwrap() {
        let said = format!("Tên của {}", document["id"].as_str().or(document["code"].as_str()).unwrap());
        if document.get("name").is_some() {
            document["name"] = json!({ "vi": said, "en": said });
        }
        if document["kind"] == "LegalBasis" {
            document["citation"] = json!("Trích dẫn của nd-70");
        }
    }
    world.apply(&documents).await;
    let pages = [
        ("/quyen", vec!["VN/GOV/G15/mot-cua", "VN/GOV/G01/so-1-0/x", "khai-sinh"]),
        ("/quyen/g-1-0", vec!["VN/GOV/G15/mot-cua", "VN/GOV/G01/so-1-0/x", "khai-sinh"]),
        ("/nghia-vu", vec!["VN/GOV/G01", "VN/GOV/G15"]),
        ("/nghia-vu/n-1-0", vec!["VN/GOV/G01", "VN/GOV/G15"]),
        ("/dich-vu", vec!["VN/GOV/G01", "VN/GOV/G01/so-1-0"]),
        ("/co-so-du-lieu", vec!["VN/GOV/G01"]),
        ("/co-so-du-lieu/VNDB-1?muc=ai-dung", vec!["VN/GOV/G15/mot-cua", "khai-sinh"]),
        ("/xac-nhan", vec!["VN/GOV/G01", "VNDB-1"]),
        ("/dich-vu/VN%2FGOV%2FG01%2Fso-1-0%2Fx", vec!["VN/GOV/G15/mot-cua", "khai-sinh"]),
    ];
    for (path, ids) in pages {
        let page = world.html(path).await.replace("&#x2f;", "/");
        for id in ids {
            assert!(page.contains(&format!("Tên của {id}")), "{path} does not name {id}: {page}");
            assert!(!page.contains(&format!("<code>{id}</code></td>")), "{path} shows {id} by its code");
        }
    }
    for (path, cells) in [
        ("/quyen", vec!["VN/GOV/G15/mot-cua,\"Tên của VN/GOV/G15/mot-cua, Tên của VN/GOV/G15\""]),
        ("/co-so-du-lieu", vec!["VN/GOV/G01,Tên của VN/GOV/G01"]),
    ] {
        let csv = world.text(&format!("{path}?format=csv")).await;
        for cell in cells {
            assert!(csv.contains(cell), "{path}: {csv}");
        }
    }
}

/// No key is asked for that has no words, whichever word of a closed list stands in a cell.
#[test]
fn every_column_and_every_word_of_a_closed_list_has_words() {
    use crate::list::{Filter, LISTS, OFFICE, Shown, shown};
    use crate::words::{Language, known};
    let said = |key: &str| assert!(known(Language::Vi, key).is_some(), "{key} has no words");
    for page in crate::page::PAGES.iter().chain(crate::shell::PAGES) {
        for path in page.columns {
            said(&format!("column.{path}"));
            said(&format!("column.{path}.what"));
        }
    }
    for list in LISTS.iter().chain(OFFICE) {
        for path in list.first.iter().chain(list.more) {
            said(&format!("column.{path}"));
        }
        for filter in list.filters {
            match filter {
                Filter::Choice(_, prefix, label, words) => {
                    said(label);
                    words.iter().for_each(|word| said(&format!("{prefix}.{word}")));
                }
                Filter::Agency(_, label)
                | Filter::Tick(_, label)
                | Filter::Code(_, label)
                | Filter::Day(_, label)
                | Filter::Number(_, label) => said(label),
                Filter::Text => said("list.text"),
            }
        }
    }
    let words = |prefix: &str, all: &[&str]| all.iter().for_each(|word| said(&format!("{prefix}.{word}")));
    for kind in hub::kinds::Kind::ALL {
        said(&format!("changed.{}", kind.word()));
        said(&format!("kinds.{}", kind.plural()));
    }
    words("changed", &["Account", "Request", "Directory", "Incident", "Suspension", "Maintenance", "Defect"]);
    for role in hub::audit::right::Role::ALL {
        said(&format!("role.{}", json!(role).as_str().unwrap()));
    }
    let acts = hub::audit::change::Act::ALL;
    acts.iter().for_each(|act| said(&format!("act.{}", json!(act).as_str().unwrap())));
    for status in model::term::Status::ALL {
        said(&format!("status.{}", json!(status).as_str().unwrap()));
    }
    assert_eq!(shown("audit", "kind"), Shown::Word("changed"));
}
