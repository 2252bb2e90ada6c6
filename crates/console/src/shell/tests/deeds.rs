//! What the shells' forms have the node do, and what they say where something is wrong.

use model::casework::{
    Answers, AskingPaper, Correcting, Deciding, Opening, Previewing, Revoking, Submitting, UsingResult,
};
use serde_json::{Value, json};

use super::{World, case, form, item};

/// Whether the node reads a body of this route, by the types of its API.
fn is_read(route: &str, body: &Value) -> bool {
    let body = body.clone();
    match route {
        "answers" => serde_json::from_value::<Answers>(body).is_ok(),
        "preview" => serde_json::from_value::<Previewing>(body).is_ok(),
        "corrections" => serde_json::from_value::<Correcting>(body).is_ok(),
        "papers" => serde_json::from_value::<AskingPaper>(body).is_ok(),
        "submit" => serde_json::from_value::<Submitting>(body).is_ok(),
        "decide" => serde_json::from_value::<Deciding>(body).is_ok(),
        "cases" => serde_json::from_value::<Opening>(body).is_ok(),
        "results" => serde_json::from_value::<UsingResult>(body).is_ok(),
        "revoke" => serde_json::from_value::<Revoking>(body).is_ok(),
        route => route == "close",
    }
}

/// Names and values of a form.
type Fields = &'static [(&'static str, &'static str)];

#[expect(clippy::too_many_lines, reason = "a line for each form")]
#[tokio::test]
async fn each_form_becomes_one_question_to_the_node() {
    let items = || {
        vec![item(0, "found", None, "a"), item(1, "found", None, "b"), item(2, "gap", Some("not_found"), "c")]
    };
    let in_state = |state: &str, who: &str| World::of(&[case(state, items())], who);
    let sent: &[(&str, &str, &str, Fields, &str, Value)] = &[
        (
            "question",
            "citizen",
            "/ho-so/hs-1/tra-loi",
            &[("ask", "nguoi"), ("answer", " 123 ")],
            "answers",
            json!({ "questions": { "nguoi": "123" } }),
        ),
        (
            "preview",
            "citizen",
            "/ho-so/hs-1/xem-truoc",
            &[("item.m-0", "accept"), ("item.m-1", "decline")],
            "preview",
            json!({ "accept": ["m-0"], "decline": ["m-1"] }),
        ),
        (
            "form",
            "citizen",
            "/ho-so/hs-1/dien/con.noi_kham",
            &[("answer", "a")],
            "corrections",
            json!({ "fact": "con.noi_kham", "value": "a" }),
        ),
        (
            "form",
            "citizen",
            "/ho-so/hs-1/sua/con.ngay_sinh",
            &[("answer", "5/11/2026"), ("reason", "theo giấy viện")],
            "corrections",
            json!({ "fact": "con.ngay_sinh", "value": "2026-11-05", "why": "theo giấy viện" }),
        ),
        ("form", "citizen", "/ho-so/hs-1/hoi-lai", &[], "answers", json!({ "again": true })),
        ("form", "citizen", "/ho-so/hs-1/nop", &[], "submit", json!({})),
        ("form", "citizen", "/ho-so/hs-1/rut", &[("sure", "true")], "close", json!({})),
        (
            "submitted",
            "officer",
            "/can-bo/hs-1/sua",
            &[("fact", "con.ngay_sinh"), ("value", "2026-11-04"), ("counts", "person")],
            "corrections",
            json!({ "fact": "con.ngay_sinh", "value": "2026-11-04", "counts": true }),
        ),
        (
            "submitted",
            "officer",
            "/can-bo/hs-1/giay-to",
            &[("item", "m-2")],
            "papers",
            json!({ "item": "m-2" }),
        ),
        (
            "submitted",
            "officer",
            "/can-bo/hs-1/giay-to",
            &[("item", "m-0"), ("counts", "1"), ("reason", "ban-goc")],
            "papers",
            json!({ "item": "m-0", "reason": "ban-goc" }),
        ),
        (
            "submitted",
            "officer",
            "/can-bo/hs-1/quyet-dinh",
            &[("granted", "no"), ("mark", "ab12")],
            "decide",
            json!({ "granted": false, "mark": "ab12" }),
        ),
        (
            "outcome_unknown",
            "officer",
            "/can-bo/hs-1/ket-cuc",
            &[("deed", "dk"), ("done", "yes")],
            "submit",
            json!({ "outcomes": { "dk": true } }),
        ),
        (
            "outcome_unknown",
            "officer",
            "/can-bo/hs-1/ket-cuc",
            &[("deed", "dk"), ("done", "ask")],
            "submit",
            json!({ "ask": true }),
        ),
        (
            "submitted",
            "officer",
            "/can-bo/hs-1/chung-minh",
            &[("item", "m-2"), ("proves", "yes")],
            "papers",
            json!({ "item": "m-2", "proves": true }),
        ),
        (
            "submitted",
            "officer",
            "/can-bo/hs-1/ket-qua",
            &[("item", "m-2"), ("code", " H05-ks-261130-abcdefgh ")],
            "results",
            json!({ "item": "m-2", "code": "H05-ks-261130-abcdefgh" }),
        ),
        (
            "form",
            "citizen",
            "/ho-so/hs-1/giay-to/m-2/ket-qua",
            &[("code", "H05-ks-261130-abcdefgh")],
            "results",
            json!({ "item": "m-2", "code": "H05-ks-261130-abcdefgh" }),
        ),
        (
            "submitted",
            "officer",
            "/can-bo/hs-1/quyet-dinh",
            &[
                ("granted", "yes"),
                ("mark", "ab12"),
                ("result.kind", "gcs"),
                ("result.line.con.ho_ten", "1"),
                ("result.more", "muc_do = Nặng\r\n\r\n so=1=2"),
                ("result.to", "3/11/2027"),
            ],
            "decide",
            json!({ "granted": true, "mark": "ab12", "result": {
                "kind": "gcs", "name": { "vi": "Tờ chứng sinh vi", "en": "Tờ chứng sinh en" }, "lines": ["con.ho_ten"],
                "fields": { "muc_do": "Nặng", "so": "1=2" }, "valid_to": "2027-11-03" } }),
        ),
    ];
    for (state, who, path, fields, route, body) in sent {
        let world = in_state(state, who);
        let (status, next, page) = world.send(path, fields).await;
        assert_eq!(status, 303, "{path}: {page}");
        let home = if *route == "close" {
            "/ho-so"
        } else if *who == "officer" {
            "/can-bo/hs-1"
        } else {
            "/ho-so/hs-1"
        };
        assert_eq!(next, format!("{home}?xong=1"), "{path}");
        assert!(is_read(route, body), "{path}: {body}");
        assert_eq!(world.told(), [(format!("POST /cases/hs-1/{route}"), body.clone())], "{path}");
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "whatever can be wrong, one after the other")]
async fn whatever_is_wrong_is_named_and_led_to_and_nothing_is_done() {
    let items = || vec![item(0, "found", None, "a"), item(1, "gap", Some("not_found"), "c")];
    let sent: &[(&str, &str, &str, Fields, &[&str])] = &[
        ("question", "citizen", "/ho-so/hs-1/tra-loi", &[("ask", "nguoi"), ("answer", "")], &["answer"]),
        ("preview", "citizen", "/ho-so/hs-1/xem-truoc", &[], &["item.m-0"]),
        ("form", "citizen", "/ho-so/hs-1/dien/con.noi_kham", &[("answer", "")], &["answer"]),
        ("form", "citizen", "/ho-so/hs-1/sua/con.ngay_sinh", &[("answer", "hôm qua")], &["answer", "reason"]),
        (
            "form",
            "citizen",
            "/ho-so/hs-1/sua/con.ngay_sinh",
            &[("answer", "3/11/2026"), ("reason", "vẫn thế")],
            &["answer"],
        ),
        ("form", "citizen", "/ho-so/hs-1/rut", &[], &["sure"]),
        ("form", "citizen", "/ho-so/hs-1/giay-to/m-1", &[], &["file"]),
        (
            "form",
            "citizen",
            "/thu-tuc/1.001193/bat-dau",
            &[("at", "con.ngay_sinh"), ("f.con.ho_ten", "A"), ("answer", "31/2/2026")],
            &["answer"],
        ),
        ("submitted", "officer", "/can-bo/hs-1/sua", &[("fact", "con.ngay_sinh")], &["counts"]),
        ("submitted", "officer", "/can-bo/hs-1/giay-to", &[("item", "m-0"), ("counts", "1")], &["reason"]),
        ("submitted", "officer", "/can-bo/hs-1/quyet-dinh", &[], &["granted"]),
        ("outcome_unknown", "officer", "/can-bo/hs-1/ket-cuc", &[("deed", "dk")], &["done"]),
        ("form", "officer", "/can-bo/hs-1/ket-qua", &[("item", "m-1")], &["code"]),
        ("form", "citizen", "/ho-so/hs-1/giay-to/m-1/ket-qua", &[("code", " ")], &["code"]),
        (
            "submitted",
            "officer",
            "/can-bo/hs-1/giay-mang-den",
            &[("item", "m-1"), ("brought", "1")],
            &["file"],
        ),
        (
            "submitted",
            "officer",
            "/can-bo/hs-1/giay-mang-den",
            &[("item", "m-0"), ("brought", "1"), ("counts", "1")],
            &["reason"],
        ),
        (
            "submitted",
            "officer",
            "/can-bo/hs-1/quyet-dinh",
            &[("granted", "yes"), ("result.kind", "bia")],
            &["result.kind"],
        ),
        (
            "submitted",
            "officer",
            "/can-bo/hs-1/quyet-dinh",
            &[("granted", "yes"), ("result.kind", "gcs"), ("result.more", "nặng")],
            &["result.more"],
        ),
        (
            "submitted",
            "officer",
            "/can-bo/hs-1/quyet-dinh",
            &[("granted", "yes"), ("result.kind", "gcs"), ("result.to", "mai")],
            &["result.to"],
        ),
        ("decided", "officer", "/ket-qua/H05-ks-261130-1/thu-hoi", &[("reason", "x")], &["reason"]),
    ];
    for (state, who, path, fields, places) in sent {
        let world = World::of(&[case(state, items())], who);
        let (status, _, page) = world.send(path, fields).await;
        assert_eq!(status, 400, "{path}: {page}");
        for place in *places {
            assert!(
                page.contains(&format!("href=\"#o-{place}\"")),
                "{path}: the summary does not lead to {place}\n{page}"
            );
            assert!(page.contains(&format!("id=\"o-{place}\"")), "{path}: nothing is at {place}\n{page}");
            assert!(page.contains(&format!("id=\"loi-{place}\"")), "{path}: nothing is said at {place}");
        }
        assert!(!page.contains('⟦'), "{path}: words are missing");
        assert!(world.told().is_empty(), "{path}");
        for (name, typed) in fields.iter().filter(|(name, _)| *name == "answer" || *name == "reason") {
            assert!(page.replace("&#x2f;", "/").contains(typed), "{path}: {name} was typed and is lost");
        }
    }
}

/// The names and values of the hidden fields of a page.
fn hidden(page: &str) -> Vec<(String, String)> {
    let main = page.split_once("<main").unwrap().1;
    let of = |tag: &str, name: &str| {
        tag.split_once(&format!("{name}=\""))
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(value, _)| value.to_owned())
    };
    let tags = main.split("<input type=\"hidden\"").skip(1);
    tags.filter_map(|tag| Some((of(tag, "name")?, of(tag, "value")?.replace("&#x2f;", "/")))).collect()
}

#[tokio::test]
async fn a_case_is_begun_by_one_question_a_page_and_nothing_said_is_in_an_address() {
    let world = World::of(&[], "citizen");
    let path = "/thu-tuc/1.001193/bat-dau";
    let mut page = world.html(path, "vi").await;
    // A citizen's own number is known by how they signed in; the other answers come one by one.
    for (at, answer) in
        [("con.ho_ten", "Nguyễn Thị Con"), ("con.ngay_sinh", "3/11/2026"), ("con.noi_kham", "")]
    {
        let mut fields = hidden(&page);
        assert!(fields.contains(&("at".to_owned(), at.to_owned())), "{at} is not asked: {page}");
        assert_eq!(page.matches("name=\"answer\"").count().min(1), 1, "{page}");
        fields.push(("answer".to_owned(), answer.to_owned()));
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let (status, _, next) = world.send(path, &fields).await;
        assert_eq!(status, 200, "{next}");
        page = next;
    }
    assert!(page.contains("03&#x2f;11&#x2f;2026") && page.contains("value=\"open\""), "{page}");
    // Back to a question that was answered, and on again: the others are still answered.
    let mut fields = hidden(&page);
    fields.push(("back".to_owned(), "con.ho_ten".to_owned()));
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (_, _, again) = world.send(path, &fields).await;
    assert!(again.contains("value=\"Nguyễn Thị Con\""), "{again}");
    let mut fields = hidden(&again);
    fields.push(("answer".to_owned(), "Nguyễn Thị Hai".to_owned()));
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (_, _, page) = world.send(path, &fields).await;
    let mut fields = hidden(&page);
    fields.push(("do".to_owned(), "open".to_owned()));
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (status, next, page) = world.send(path, &fields).await;
    assert_eq!((status.as_u16(), next.as_str()), (303, "/ho-so/moi?xong=1"), "{page}");
    let inputs = json!({ "con.ho_ten": "Nguyễn Thị Hai", "con.ngay_sinh": "2026-11-03" });
    let sent = world.told();
    assert!(is_read("cases", &sent[0].1), "{sent:?}");
    assert_eq!(
        sent,
        [(
            "POST /cases".to_owned(),
            json!({ "procedure": "1.001193@1", "inputs": inputs, "acting": "parent" })
        )]
    );
    let officer = World::of(&[], "officer").html("/thu-tuc/1.001193/bat-dau", "vi").await;
    assert!(officer.contains("/bat-dau"), "an officer begins one for somebody who has come");
}

#[tokio::test]
async fn a_paper_is_handed_in_as_it_is_and_only_where_one_may_be() {
    let world = World::of(
        &[case(
            "form",
            vec![
                item(0, "gap", Some("not_found"), "a"),
                item(1, "gap", Some("no_grant"), "b"),
                item(2, "accepted", None, "c"),
            ],
        )],
        "citizen",
    );
    let send = async |path: &str, bytes: &[u8]| {
        let head = "--x9\r\nContent-Disposition: form-data; name=\"file\"; filename=\"giấy.jpg\"\r\n\r\n";
        let body = [head.as_bytes(), bytes, b"\r\n--x9--\r\n"].concat();
        world.ask(form(path, "multipart/form-data; boundary=x9", body)).await
    };
    let picture = [&[0xff, 0xd8, 0xff, 0xe0][..], &[7; 3_000_000]].concat();
    let (status, next, page) = send("/ho-so/hs-1/giay-to/m-0", &picture).await;
    assert_eq!((status.as_u16(), next.as_str()), (303, "/ho-so/hs-1?xong=1"), "{page}");
    let address = "POST /cases/hs-1/papers?item=m-0&file=gi%E1%BA%A5y.jpg".to_owned();
    assert_eq!(world.told(), [(address, json!({ "bytes": picture.len() }))]);
    let (status, _, page) = send("/ho-so/hs-1/giay-to/m-0", b"MZ program").await;
    assert!(status == 400 && page.contains("loi-file"), "{page}");
    // What the State must settle, or has answered, is nobody's to bring.
    for item in ["m-1", "m-2", "khong-co"] {
        let (status, _, _) = send(&format!("/ho-so/hs-1/giay-to/{item}"), &picture).await;
        assert_eq!(status, 404, "{item}");
    }
    assert!(world.told().is_empty());
}

#[tokio::test]
async fn nothing_typed_is_lost_when_a_session_ends() {
    let nobody = World::of(&[], "");
    let path = "/thu-tuc/1.001193/bat-dau";
    let typed = [
        ("at", "con.ngay_sinh"),
        ("f.con.ho_ten", "Nguyễn Thị Con"),
        ("answer", "3/11/2026"),
        ("guard", "cũ"),
        ("key", "k"),
    ];
    let (status, _, page) = nobody.send(path, &typed).await;
    assert_eq!(status, 401, "{page}");
    assert!(page.contains("target=\"_blank\"") && page.contains("vneid"), "{page}");
    let carried = hidden(&page);
    assert!(
        !carried.iter().any(|(name, _)| name == "guard" || name == "key"),
        "what belonged to the old session goes along: {carried:?}"
    );
    let fields: Vec<(&str, &str)> =
        carried.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let citizen = World::of(&[], "citizen");
    let (status, _, page) = citizen.send(path, &fields).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("value=\"Nguyễn Thị Con\"") && page.contains("value=\"2026-11-03\""), "{page}");
    assert!(citizen.told().is_empty(), "it was sent before anybody looked at it");
}

#[tokio::test]
async fn what_a_refused_form_leads_to_is_a_page() {
    for act in super::super::ACTS {
        let place = [("{id}", "hs-1"), ("{code}", "1.001193"), ("{fact}", "con.noi_kham"), ("{item}", "m-0")];
        let fill =
            |path: &str| place.iter().fold(path.to_owned(), |path, (place, with)| path.replace(place, with));
        let who = if act.path.starts_with("/can-bo") { "officer" } else { "citizen" };
        let world = World::of(&[case("form", vec![item(0, "gap", Some("not_found"), "a")])], who);
        // Too little for any of them but those that ask for nothing.
        let (status, _, page) = world.send(&fill(act.path), &[("more", "1")]).await;
        assert_eq!(status, 200, "{}: {page}", act.path);
        let page = page.replace("&#x2f;", "/");
        let next =
            page.split_once("name=\"next\" value=\"").and_then(|(_, rest)| rest.split_once('"')).unwrap().0;
        assert_eq!(next, fill(act.page), "{}: the button of the language", act.path);
        world.html(next, "vi").await;
        assert!(page.contains(&format!("href=\"{next}?format=json\"")), "{}: the twin", act.path);
    }
}

#[tokio::test]
async fn what_the_engine_misses_is_asked_for_and_nothing_else_is_in_the_way() {
    let of = async |missing: Value| {
        let mut one = case("form", vec![item(0, "gap", Some("source_down"), "a")]);
        one["missing"] = missing;
        let world = World::of(&[one], "citizen");
        let view = world.json("/ho-so/hs-1").await;
        let page = world.html("/ho-so/hs-1", "vi").await;
        (view["next"].clone(), page.contains("value=\"nộp\"") || page.contains("Nộp hồ sơ</button>"))
    };
    assert_eq!(of(json!([])).await, (json!(null), true), "an empty line that the State is to settle");
    let line = json!({ "vi": "dòng còn trống: Nơi khám vi", "en": "the line that is empty: Nơi khám en" });
    assert_eq!(of(json!([line])).await, (json!("con.noi_kham"), false));
    let paper = json!({ "vi": "giấy tờ cho mục: Mục 0 vi", "en": "a paper for: Mục 0 en" });
    assert_eq!(of(json!([paper])).await, (json!(null), false));
}

#[tokio::test]
async fn cards_that_were_shown_are_taken_and_those_that_came_meanwhile_wait() {
    let items = vec![item(0, "found", None, "a"), item(1, "found", None, "b"), item(2, "asking", None, "c")];
    let world = World::of(&[case("fetching", items)], "citizen");
    let page = world.html("/ho-so/hs-1", "vi").await;
    let shown: Vec<String> =
        hidden(&page).into_iter().map(|(name, _)| name).filter(|name| name.starts_with("card.")).collect();
    assert_eq!(shown, ["card.m-0", "card.m-1"], "{page}");
    let (status, _, page) =
        world.send("/ho-so/hs-1/xem-truoc", &[("card.m-0", "1"), ("item.m-0", "decline")]).await;
    assert_eq!(status, 303, "{page}");
    assert_eq!(world.told()[0].1, json!({ "accept": [], "decline": ["m-0"] }));
}

#[tokio::test]
async fn an_officer_begins_for_whoever_has_come_and_goes_on_at_the_desk() {
    let world = World::of(&[case("form", vec![item(0, "gap", Some("not_found"), "a")])], "officer");
    let (status, next, page) = world.send("/thu-tuc/1.001193/bat-dau", &[("do", "open")]).await;
    assert_eq!((status.as_u16(), next.as_str()), (303, "/can-bo/moi?xong=1"), "{page}");
    assert!(world.html("/can-bo/hs-1", "vi").await.contains("href=\"/ho-so/hs-1\""), "the way to the form");
    let page = world.html("/ho-so/hs-1", "vi").await;
    assert!(page.contains("href=\"/can-bo/hs-1\"") && !page.contains("Hồ sơ của tôi"), "{page}");
}

#[tokio::test]
async fn what_nobody_can_begin_by_themselves_says_so_and_the_office_can() {
    for (who, may) in [("citizen", false), ("", false), ("officer", true)] {
        let world = World::of(&[], who);
        for language in ["vi", "en"] {
            let page = world.html("/thu-tuc/2.000001", language).await;
            assert_eq!(page.contains("/bat-dau\""), may, "{who}: {page}");
            assert_eq!(page.contains("một cửa") || page.contains("one-stop"), !may, "{who}: {page}");
        }
    }
    let (status, _, page) =
        World::of(&[], "citizen").send("/thu-tuc/2.000001/bat-dau", &[("do", "open")]).await;
    assert!(status == 400 && page.contains("một cửa"), "{page}");
}

#[tokio::test]
async fn who_comes_back_with_nothing_begins_the_same_errand_anew() {
    let return_to = async |query: &str| {
        let request = axum::extract::Request::builder().uri(format!("/sign-in/vneid/return{query}"));
        let request = request.header("accept", "text/html").body(axum::body::Body::empty()).unwrap();
        let (status, _, page) = World::of(&[], "").ask(request).await;
        assert_eq!(status, 403, "{page}");
        page.replace("&#x2f;", "/").replace("&amp;", "&")
    };
    let page = return_to("?error=access_denied").await;
    assert!(page.contains("/sign-in/vneid?as=officer&next=%2Fcan-bo%2Fhs-1&invitation=abc\""), "{page}");
    assert!(page.contains("value=\"/dang-nhap?next=%2Fcan-bo%2Fhs-1&vai=can-bo&moi=abc\""), "{page}");
    // An officer whose session has ended at the desk comes back as an officer.
    let (status, _, page) = World::of(&[], "").send("/can-bo/hs-1/quyet-dinh", &[("granted", "yes")]).await;
    assert!(status == 401 && page.contains("as=officer"), "{page}");
}

#[tokio::test]
async fn a_withdrawn_case_is_at_no_step_and_an_empty_list_has_no_heading() {
    let world = World::of(&[case("closed", Vec::new())], "citizen");
    assert!(!world.html("/ho-so/hs-1", "vi").await.contains("aria-current=\"step\""));
    let world = World::of(&[case("submitted", vec![item(0, "declined", Some("declined"), "a")])], "citizen");
    let page = world.html("/ho-so/hs-1", "vi").await;
    assert!(!page.contains("Giấy tờ có thể nộp") && !page.contains("Giấy tờ cơ quan đề nghị nộp"), "{page}");
}

/// Whatever stands before a node asks it by another host: people are told the one that they know it by.
#[tokio::test]
async fn people_are_told_the_address_that_they_know() {
    for (host, shown) in [(Some("mot-cua.gov.vn"), "mot-cua.gov.vn"), (None, "nut.test")] {
        let page = World::known_as(host, &[], "").html("/dang-nhap", "vi").await;
        assert!(
            page.contains(&format!("tại {shown}.")) && page.contains("nut.test") == host.is_none(),
            "{page}"
        );
    }
}
