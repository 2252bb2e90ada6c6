//! Laws of forms: whatever is wrong is named at its field, all at once, in the reader's language; what was typed stays; and nobody is told in
//! the words of a program.

use axum::body::Body;
use axum::extract::Request;
use http_body_util::BodyExt as _;
use jiff::ToSpan as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{World, database};
use crate::act::ACTS;
use crate::entry::{ASKING, ENTRIES, Member, REASON, What};
use crate::form::Form;

/// Words that programs say and people do not. Looked for in all that is said of mistakes, capitals or not.
const PROGRAMMERS: &[&str] = &[
    "missing field",
    "unknown field",
    "invalid type",
    "invalid value",
    "invalid length",
    "variant",
    "enum",
    "expected one of",
    "expected a",
    "expected value",
    "expected string",
    "null",
    "undefined",
    "serde",
    "struct",
    "deserialize",
    "parse",
    "json pointer",
    "panicked",
    "unwrap",
    "option<",
    "utf-8",
    "eof",
    "sqlite",
    "postgres",
    "constraint",
    "foreign key",
    "stack",
    "exception",
    "bad request",
    "lt-",
    "--",
    "std::",
    "`",
    "true",
    "false",
    "http",
    "idempotency",
];

/// What in a sentence is a program's: a word of the list, a name with an underscore, the number of a requirement.
pub(crate) fn programmers(said: &str) -> Option<String> {
    let small = said.to_lowercase();
    if let Some(word) = PROGRAMMERS.iter().find(|word| {
        let plain = word.chars().all(char::is_alphanumeric);
        match plain {
            // A word by itself, not a part of another one.
            true => small.split(|c: char| !c.is_alphanumeric()).any(|one| one == **word),
            false => small.contains(**word),
        }
    }) {
        return Some((*word).to_owned());
    }
    said.split(|c: char| c.is_whitespace() || "“”,;:()".contains(c)).map(str::to_owned).find(|word| {
        let snake = word.split('_').filter(|part| !part.is_empty()).count() > 1;
        let (letters, digits) = word.split_at(word.find(|c: char| c.is_ascii_digit()).unwrap_or(word.len()));
        let numbered =
            !digits.is_empty() && digits.len() < 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let requirement = numbered
            && (letters == "R"
                || letters.len() == 3
                    && letters.ends_with('-')
                    && letters[..2].bytes().all(|byte| byte.is_ascii_uppercase()));
        snake || requirement
    })
}

#[test]
fn the_words_of_programmers_are_found() {
    for said in [
        "missing field `scale`",
        "security_level là số",
        "chỉ có một (CN-03)",
        "theo R4",
        "giá trị Null",
        "LT-7104: sai",
        "fields: all | một",
        "x --force",
    ] {
        assert!(programmers(said).is_some() || said.starts_with("fields"), "{said}");
    }
    for said in [
        "Chưa điền. Ví dụ: VNDB-200",
        "Không có “ndg:ID-001”",
        "Nghị định 278/2025/NĐ-CP, Điều 4",
        "Phải là số nguyên từ 1 đến 5.",
        "Nothing is chosen. Choose one of: national, sectoral.",
    ] {
        assert_eq!(programmers(said), None, "{said}");
    }
}

/// Each place of members that must say something when nothing is typed; by the members alone.
fn needed(members: &[Member], path: &str, found: &mut Vec<String>) {
    for member in members.iter().filter(|member| member.needed) {
        let place = crate::entry::fill::at(path, member.name);
        match member.what {
            What::Name => found.extend(["vi", "en"].map(|part| format!("{place}.{part}"))),
            What::Group(parts) => needed(parts, &place, found),
            What::TermVersion(parts) => needed(parts, &place, found),
            What::Paths | What::Tick => {}
            _ => found.push(place),
        }
    }
}

/// A wrong text for each place that can have one, every group and list entered once.
fn wrong(members: &[Member], path: &str, form: &mut Form) {
    for member in members {
        let place = crate::entry::fill::at(path, member.name);
        let text = match member.what {
            What::Name => {
                wrong(
                    &[crate::entry::must("vi", What::Line), crate::entry::must("en", What::Line)],
                    &place,
                    form,
                );
                continue;
            }
            What::Group(parts) | What::TermVersion(parts) => {
                wrong(parts, &place, form);
                continue;
            }
            What::Rows(parts) => {
                wrong(parts, &format!("{place}.0"), form);
                continue;
            }
            What::Line => "đ".repeat(1001),
            What::Text => "ắ".repeat(2001),
            What::Code => "có dấu cách".to_owned(),
            What::Id(_) | What::Pick(_) | What::Picks(_) | What::Listed(_) => {
                "không có thật ở đâu".to_owned()
            }
            What::Paths => "khong/gach".to_owned(),
            What::Version => "một".to_owned(),
            What::Day => "2026-02-31".to_owned(),
            What::Moment => "hôm qua".to_owned(),
            What::Number(..) => "chín".to_owned(),
            What::One(..) => "khong-co-loai-nay".to_owned(),
            What::Lines | What::LinesOrAll => "một\u{7}hai".to_owned(),
            What::Retention => "mãi mãi".to_owned(),
            What::Tick | What::YesNo | What::Several(..) => continue,
        };
        form.0.insert(place, text);
    }
}

/// Every place of members, to type into.
fn all_places(members: &[Member]) -> Form {
    let mut form = Form::default();
    wrong(members, "", &mut form);
    form
}

/// A form of the console, where it is sent, and what it asks for.
struct Case {
    path: String,
    members: Vec<Member>,
    /// What goes along whatever is typed.
    along: Vec<(&'static str, &'static str)>,
    /// Whether nobody is signed in.
    open: bool,
}

#[expect(clippy::too_many_lines, reason = "a case for each act")]
async fn furnished() -> (World, Vec<Case>) {
    let world = World::new().await;
    world.apply(&database(1, 1)).await;
    world.apply(&database(2, 1)).await;
    world.confirm(&[("VNDB-2".to_owned(), Vec::new())]).await;
    let pack: Value = serde_saphyr::from_str(include_str!("../../../../data/packs/tiep-nhan.yaml")).unwrap();
    let name = json!({ "vi": "Tên", "en": "Name" });
    let version = json!({ "version": "1.0.0", "status": "proposed", "name": name, "definition": "x", "created_by": "VN/GOV/G01", "owned_by": "VN/GOV/G01",
        "technical_name": "x", "value_type": "text", "format": "x", "validation": "x", "source": "x" });
    world.apply(&json!([pack, { "kind": "Term", "id": "ndg:ID-001", "versions": [version] }])).await;
    world
        .apply(&json!([
            { "kind": "Directive", "id": "cd-1", "number": "1/CĐ", "title": name, "issuer": name, "source": "x" },
            { "kind": "Task", "id": "nv-1", "directive": "cd-1", "text": name, "lead": "VN/GOV/G01", "deadline": "2099-01-01",
              "condition": { "review": { "asks": name } } },
        ]))
        .await;
    let applicant = world.member("hoi-quyen", Some("VN/GOV/G15"), "engineer").await;
    let until = model::time::day_in_viet_nam(hub::clock::now()) + 1.year();
    let asking = json!({ "asking": { "type": "on_request", "mode": "query", "client": "VN/GOV/G15/mot-cua", "service": "VN/GOV/G01/so-1-0/x",
        "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": "all", "per_second": 5, "volume": "x", "valid_to": until, "statement": "x" } });
    let mut request = world.ask("POST", "/api/v1/requests", &asking);
    request.headers_mut().insert("authorization", applicant.parse().unwrap());
    let opened = world.done(request).await;
    let yc = opened["request"]["id"].as_str().unwrap().to_owned();
    let pause = json!({ "service": "VN/GOV/G01/so-1-0/x", "why": "unplanned", "reason": "thử" });
    let paused = world.done(world.ask("POST", "/api/v1/suspensions", &pause)).await;
    let tn = paused["id"].as_str().unwrap().to_owned();
    let mut cases = Vec::new();
    for act in ACTS {
        let of = |id: &str| act.path.replace("{id}", &model::id::encode_part(id));
        let open = matches!(act.path, "/kich-hoat" | "/mat-khau");
        let plain = |path: String, along: Vec<(&'static str, &'static str)>| {
            let form =
                Form(along.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect());
            Case { path, members: (act.asks)(&form), along, open }
        };
        match act.path {
            path if path.contains("{kind}") => {
                let things = [
                    ("databases", "VNDB-1"),
                    ("services", "VN/GOV/G01/so-1-0/x"),
                    ("terms", "ndg:ID-001"),
                    ("grants", "g-1-0"),
                    ("duties", "n-1-0"),
                    ("agencies", "VN/GOV/G01"),
                    ("purposes", "khai-sinh"),
                    ("bases", "nd-70"),
                    ("systems", "VN/GOV/G01/so-1-0"),
                ];
                for entry in ENTRIES {
                    let id = things.iter().find(|(kind, _)| *kind == entry.kind).map(|(_, id)| *id);
                    let path = path.replace("{kind}", entry.kind);
                    let members: Vec<Member> = match path.contains("/xoa") || path.contains("/chung-thu") {
                        true => (act.asks)(&Form::default()),
                        false => entry.members.iter().copied().chain([REASON]).collect(),
                    };
                    let has_form = !entry.members.is_empty() && !path.contains("/chung-thu");
                    match (path.contains("{id}"), id) {
                        (true, Some(id)) if has_form => cases.push(Case {
                            path: path.replace("{id}", &model::id::encode_part(id)),
                            members,
                            along: Vec::new(),
                            open,
                        }),
                        (false, _) if has_form => cases.push(Case { path, members, along: Vec::new(), open }),
                        _ => {}
                    }
                }
            }
            "/yeu-cau/moi" => cases.push(Case {
                path: of(""),
                members: ASKING.iter().copied().filter(|member| member.name != "service").collect(),
                along: vec![("service", "VN/GOV/G01/so-1-0/x"), ("fields", "all")],
                open,
            }),
            "/yeu-cau/{id}/sua" => {}
            "/yeu-cau/{id}/viec" => cases.push(plain(of(&yc), vec![("act", "comment")])),
            "/co-so-du-lieu/{id}/rut-xac-nhan" => cases.push(plain(of("VNDB-2"), Vec::new())),
            "/co-so-du-lieu/{id}/xac-nhan" => cases.push(plain(of("VNDB-1"), Vec::new())),
            "/quyen/{id}/thu-hoi" => cases.push(plain(of("g-1-0"), Vec::new())),
            "/tu-dien/{id}/buoc" => cases.push(plain(of("ndg:ID-001"), vec![("status", "reviewed")])),
            "/dich-vu/{id}" => {}
            "/tai-khoan/{id}" | "/tai-khoan/{id}/viec" => {
                cases.push(plain(of("hoi-quyen"), vec![("act", "review")]))
            }
            "/tam-ngung/{id}" => cases.push(plain(of(&tn), Vec::new())),
            // There is no incident, no defect and no maintenance, and the directory need not go on: these have a reason and nothing else, as
            // the others.
            // Whoever does no task has no form for its parts.
            "/nhiem-vu/{id}/phan-viec" | "/nhiem-vu/{id}/xong" => {}
            path if path.starts_with("/nhiem-vu/") => cases.push(plain(of("nv-1"), Vec::new())),
            "/su-co/{id}/viec" | "/chat-luong/loi/{id}/viec" | "/bao-tri/{id}" | "/trang-thai" => {}
            // Nothing was assessed yet.
            path if path.starts_with("/tuan-thu/") => {}
            "/ket-noi" => {}
            _ => cases.push(plain(of(""), Vec::new())),
        }
    }
    (world, cases)
}

impl World {
    /// Sends a form as a browser does; the page that comes back.
    async fn send_form(&self, path: &str, form: &Form, language: &str, open: bool) -> (u16, String) {
        let (status, _, page) = self.send_as(&self.token, path, form, language, open).await;
        (status, page)
    }

    /// The same by whoever has a token; and where it leads.
    async fn send_as(
        &self,
        token: &str,
        path: &str,
        form: &Form,
        language: &str,
        open: bool,
    ) -> (u16, String, String) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.0).finish();
        let mut request = Request::builder()
            .method("POST")
            .uri(path)
            .header("host", "trung-tam.test")
            .header("origin", "https://trung-tam.test")
            .header("accept", "text/html")
            .header("cookie", format!("lienthong-lang={language}"))
            .header("content-type", "application/x-www-form-urlencoded");
        if !open {
            request = request.header("authorization", token);
        }
        let Ok(answer) = self.pages.clone().oneshot(request.body(Body::from(body)).unwrap()).await;
        let status = answer.status().as_u16();
        let next = answer
            .headers()
            .get("location")
            .and_then(|next| next.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let page = answer.into_body().collect().await.unwrap().to_bytes();
        (status, next, String::from_utf8(page.to_vec()).unwrap())
    }

    /// A program of an agency, and its token.
    pub(super) async fn member(&self, name: &str, agency: Option<&str>, role: &str) -> String {
        let account =
            json!({ "name": name, "person": "x", "type": "service", "agency": agency, "roles": [role] });
        let made = self
            .done(self.ask("POST", "/api/v1/accounts", &json!({ "account": account, "reason": "thử" })))
            .await;
        format!("Bearer {}", made["token"].as_str().unwrap())
    }

    async fn html_of(&self, token: &str, path: &str) -> String {
        let mut request = self.ask("GET", path, &Value::Null);
        request.headers_mut().insert("accept", "text/html".parse().unwrap());
        request.headers_mut().insert("authorization", token.parse().unwrap());
        let Ok(answer) = self.pages.clone().oneshot(request).await;
        let page = answer.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(page.to_vec()).unwrap()
    }
}

fn typed(pairs: &[(&str, &str)]) -> Form {
    Form(pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
}

fn unescaped(text: &str) -> String {
    let marks = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#x2f;", "/"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    marks.iter().fold(text.to_owned(), |text, (mark, letter)| text.replace(mark, letter))
}

/// All that a page says of what is wrong: the summary, and what stands at the places. Codes to look up, and what was typed, are not ours.
fn said(page: &str, typed: &Form) -> Vec<String> {
    let mut said = Vec::new();
    for (begin, end) in [("<div class=\"problem\"", "</div>"), ("<span class=\"wrong\"", "</span>")] {
        for part in page.split(begin).skip(1) {
            let part = part.split(end).next().unwrap_or_default();
            let part = part.split_once('>').map_or("", |(_, inside)| inside);
            let part = part.split("<p class=\"muted\">").next().unwrap_or_default();
            let mut text = String::new();
            for piece in part.split('<') {
                text.push_str(piece.split_once('>').map_or(piece, |(_, after)| after));
                text.push(' ');
            }
            let mut text = unescaped(&text);
            for value in typed.0.values().filter(|value| value.len() > 8) {
                text = text.replace(value.trim(), "…");
                text = text.replace(&value.chars().take(200).collect::<String>(), "…");
            }
            said.push(text);
        }
    }
    said
}

/// What is not as it must be on a page that a form has come to.
fn check_page(case: &Case, form: &Form, language: &str, status: u16, page: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut must = |holds: bool, why: String| {
        if !holds {
            wrong.push(format!("{} {language}: {why}", case.path));
        }
    };
    must(status < 500, format!("{status}: {}", page.chars().take(300).collect::<String>()));
    must(
        !page.contains('⟦'),
        format!(
            "words are missing: {}",
            page.split('⟦').nth(1).unwrap_or_default().chars().take(60).collect::<String>()
        ),
    );
    must(!page.contains("<script>alert"), "markup gets through".to_owned());
    if status >= 400 {
        let title = if language == "vi" { "<title>Lỗi: " } else { "<title>Error: " };
        must(page.contains(title), "the title does not tell of it".to_owned());
    }
    for sentence in said(page, form) {
        let word = programmers(&sentence);
        must(
            word.is_none(),
            format!("{word:?} in: {}", sentence.split_whitespace().collect::<Vec<_>>().join(" ")),
        );
    }
    let plain = unescaped(page);
    for (name, typed) in &form.0 {
        let kept_secret = ["old", "password", "again", "guard", "key"].contains(&name.as_str());
        let is_word = ["act", "status", "more", "along"].contains(&name.as_str());
        let shown = typed.trim().replace("\r\n", "\n");
        // A choice that the form does not have cannot stand in it.
        let no_such_choice =
            typed == "khong-co-loai-nay" || page.contains(&format!("<select name=\"{name}\""));
        // Where there is nothing to do any more, there is no form.
        let there = page.contains(&format!("action=\"{}\"", case.path))
            || plain.contains(&format!("action=\"{}\"", case.path));
        if status != 303 && there && !kept_secret && !is_word && !no_such_choice && !shown.is_empty() {
            must(plain.contains(&shown), format!("what was typed into {name} is lost"));
        }
    }
    wrong
}

#[tokio::test]
async fn every_mistake_of_every_form_is_named_at_its_field_all_at_once_and_nothing_typed_is_lost() {
    let (world, cases) = furnished().await;
    assert!(cases.len() > 35, "{}", cases.len());
    let wrong = std::sync::Mutex::new(Vec::new());
    let send = async |case: &Case, typed: &Form, language: &str, named: &[String]| {
        let mut form = typed.clone();
        form.0.extend(case.along.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
        let (status, page) = world.send_form(&case.path, &form, language, case.open).await;
        let mut found = check_page(case, &form, language, status, &page);
        for place in named {
            for mark in [
                format!("id=\"loi-{place}\""),
                format!("href=\"#o-{place}\""),
                format!("id=\"o-{place}\""),
                format!("aria-describedby=\"loi-{place}\""),
            ] {
                if !page.contains(&mark) {
                    found.push(format!("{} {language}: {mark} is not on the page", case.path));
                }
            }
        }
        wrong.lock().unwrap().extend(found);
    };
    for case in &cases {
        for language in ["vi", "en"] {
            // Empty.
            let mut named = Vec::new();
            needed(&case.members, "", &mut named);
            send(case, &Form::default(), language, &named).await;
            // Wrong in every place.
            let everything = all_places(&case.members);
            let named: Vec<String> = everything.0.keys().cloned().collect();
            send(case, &everything, language, &named).await;
        }
        // Hostile: nothing gets through as markup, nothing falls over, nobody is told in a program's words.
        let hostile = [
            "<script>alert(1)</script>",
            "'; DROP TABLE agency; --",
            "\u{7}\u{202e}ẩn",
            "VN/GOV/G99/khong-co/x",
            "../../etc/passwd",
            "{{ 7 * 7 }}",
        ];
        let long = "A".repeat(10 * 1024);
        for text in hostile.iter().copied().chain([long.as_str()]) {
            let mut form = all_places(&case.members);
            form.0.values_mut().for_each(|value| text.clone_into(value));
            send(case, &form, "vi", &[]).await;
        }
    }
    let mut wrong = std::mem::take(&mut *wrong.lock().unwrap());
    wrong.dedup();
    assert!(wrong.is_empty(), "{} things are not as they must be:\n{}", wrong.len(), wrong.join("\n"));
}

/// Through the pages alone: asked, given back, amended, agreed, appraised, set up. What the grant will be able to do is shown to each side
/// before they decide; the key goes along though nobody ticked it; one act has one set of inputs.
#[tokio::test]
async fn a_request_is_asked_amended_and_decided_on_pages_that_show_what_its_grant_will_do() {
    let (world, _) = furnished().await;
    let name = json!({ "vi": "Tên", "en": "Name" });
    let fields = json!([{ "name": "so", "kind": "person_id", "label": { "vi": "Số định danh", "en": "Number" } }, { "name": "ten", "kind": "name", "label": { "vi": "Họ tên", "en": "Full name" } }]);
    let service = "VN/GOV/G01/so-1-0/nguoi";
    world
        .apply(&json!([
            { "kind": "Service", "id": service, "name": name, "dataset": { "key": "so", "fields": fields } },
            { "kind": "Purpose", "code": "thu", "name": name, "test": true },
        ]))
        .await;
    let applicant = world.member("xin", Some("VN/GOV/G15"), "engineer").await;
    let owner = world.member("chu", Some("VN/GOV/G01"), "data_officer").await;
    let hub = world.member("tham-dinh", None, "hub_officer").await;
    let mut submits = 0;
    let mut send = async |who: &str, path: &str, form: &[(&str, &str)]| {
        submits += 1;
        let (status, next, page) = world.send_as(who, path, &typed(form), "vi", false).await;
        assert_eq!(status, 303, "{path}: {:?}", said(&page, &Form::default()));
        next.split('?').next().unwrap().to_owned()
    };
    let at = format!("/yeu-cau/moi?service={}", model::id::encode_part(service));
    let page = unescaped(&world.html_of(&applicant, &at).await);
    for shown in [
        "Số định danh",
        "trường khoá",
        "Loại 2",
        "Xác nhận an toàn hệ thống",
        "đồng ý nội dung",
        "Nghị định 70",
    ] {
        assert!(page.contains(shown), "{shown} is not on the form");
    }
    let until = (model::time::day_in_viet_nam(hub::clock::now()) + 1.year()).to_string();
    let asking = [
        ("service", service),
        ("type", "on_request"),
        ("mode", "query"),
        ("client", "VN/GOV/G15/mot-cua"),
        ("purpose", "khai-sinh"),
        ("basis", "nd-70"),
        ("field.so", "true"),
        ("field.ten", "true"),
        ("per_second", "5"),
        ("volume", "200 lượt"),
        ("valid_to", &until),
        ("statement", "Đối chiếu họ tên"),
        ("row_field", "ten"),
        ("row_values", "An\r\nBình"),
        ("endpoint.GET /*", "true"),
        ("sla", "24/7"),
        ("sure", "1"),
    ];
    // There is no node yet, so the grant would read nothing: that is told before anything is sent.
    let unsure: Vec<_> = asking.iter().copied().filter(|(name, _)| *name != "sure").collect();
    let (status, _, page) = world.send_as(&applicant, "/yeu-cau/moi", &typed(&unsure), "vi", false).await;
    assert_eq!(status, 200);
    assert!(
        page.contains("id=\"kha-nang\"")
            && unescaped(&page).contains("Nguyễn Thị Mẫu")
            && page.contains("chưa có nút kết nối"),
        "{page}"
    );
    let request = send(&applicant, "/yeu-cau/moi", &asking).await;
    let act = format!("{request}/viec");
    let page = world.html_of(&owner, &request).await;
    assert!(
        page.contains("id=\"kha-nang\"")
            && unescaped(&page).contains("Họ tên")
            && unescaped(&page).contains("An, Bình")
    );
    // One set of inputs for the one act that waits.
    assert_eq!(page.matches("value=\"do\"").count(), 1);
    assert!(!page.contains(">1. 1.") && page.contains(">Thống nhất nội dung"), "steps are numbered twice");
    send(
        &owner,
        &act,
        &[("act", "return"), ("part", "content"), ("by", "owner"), ("text", "nêu rõ thủ tục")],
    )
    .await;
    let amend = format!("{request}/sua");
    let page = unescaped(&world.html_of(&applicant, &amend).await);
    for kept in ["nêu rõ thủ tục", "Đối chiếu họ tên", "200 lượt", "An\nBình", "24/7"] {
        assert!(page.contains(kept), "{kept} is not on the page to amend");
    }
    let amended: Vec<_> = asking
        .iter()
        .copied()
        .map(|(name, text)| {
            if name == "statement" { (name, "Đối chiếu họ tên khi khai sinh") } else { (name, text) }
        })
        .chain([("reason", "nêu thủ tục")])
        .collect();
    send(&applicant, &amend, &amended).await;
    send(&owner, &act, &[("act", "do"), ("part", "content"), ("by", "owner"), ("text", "đồng ý")]).await;
    send(&hub, &act, &[("act", "do"), ("part", "technique"), ("by", "hub"), ("text", "đạt")]).await;
    send(&applicant, &act, &[("act", "do"), ("part", "ready"), ("by", "applicant"), ("text", "đã lắp đặt")])
        .await;
    // Two of them were for what was given back.
    assert_eq!(submits - 2, 4, "submits until the grant can be called");
    let page = unescaped(&world.html_of(&applicant, &request).await);
    for part in [
        "X-Road-Client: VN/GOV/G15/mot-cua",
        "Lienthong-Purpose: thu",
        "Lienthong-Token: ",
        "r1/VN/GOV/G01/so-1-0/nguoi",
    ] {
        assert!(page.contains(part), "{part} is not in the call to copy");
    }
    // The paper is chosen by its name.
    assert!(
        page.contains("<option value=\"security_confirmation\">Xác nhận an toàn hệ thống"),
        "a paper is asked for by its code"
    );
    let grants = world
        .done(world.ask("GET", &format!("/api/v1/registry/grants?service={service}"), &Value::Null))
        .await;
    let grant = &grants["items"][0];
    assert_eq!(grant["fields"], json!(["so", "ten"]));
    assert_eq!(grant["rows"], json!([{ "field": "ten", "one_of": ["An", "Bình"] }]));
    assert_eq!(grant["endpoints"][0]["path"], "/*");
    // A renewal names its grant, and begins as it is.
    let page = unescaped(&world.html_of(&applicant, "/yeu-cau/moi?renews=g-1-0").await);
    assert!(
        page.contains("<option value=\"g-1-0\" selected>") && page.contains("value=\"renewal\" checked"),
        "a renewal does not name its grant"
    );
}

/// What cannot be read is found by the page, what is not there by the hub: one answer names both. And with nothing to read wrong, the hub alone
/// names all of it.
#[tokio::test]
async fn mistakes_that_the_page_finds_and_those_of_the_hub_are_told_in_one_answer() {
    let (world, _) = furnished().await;
    let mut form = typed(&[
        ("id", "VNDB-900"),
        ("name.vi", "Đất"),
        ("name.en", "Land"),
        ("scale", "sectoral"),
        ("standing", "registered"),
        ("scope", "x"),
        ("class", "other"),
        ("retention", "24"),
        ("personal_data", "none"),
        ("owner", "VN/GOV/KHONG-CO"),
        ("systems", "VN/GOV/G01/khong-co"),
        ("security_level", "ba"),
        ("master_data.0.code", "thu"),
        ("master_data.0.name.vi", "x"),
        ("master_data.0.name.en", "x"),
        ("master_data.1.code", "d-1-0"),
        ("master_data.1.name.vi", "x"),
        ("master_data.1.name.en", "x"),
        ("reason", "thử"),
    ]);
    let of_the_hub = ["owner", "systems", "legal_basis", "master_data.1.code"];
    for level in ["ba", "9", "3"] {
        form.0.insert("security_level".to_owned(), level.to_owned());
        let (status, page) = world.send_form("/dang-ky/databases", &form, "vi", false).await;
        assert_eq!(status, 400, "{level}: {:?}", said(&page, &form));
        let told = |place: &str| page.contains(&format!("id=\"loi-{place}\""));
        assert_eq!(told("security_level"), level != "3", "{level}");
        for place in of_the_hub {
            assert!(told(place), "{level}: nothing is told at {place}: {:?}", said(&page, &form));
        }
        assert_eq!(page.matches("aria-invalid").count(), of_the_hub.len() + usize::from(level != "3"));
    }
}
