//! Laws of the shells' pages, over every state of a case, of an item, and every reason.

use std::collections::BTreeSet;

use model::gap::Gap;
use serde_json::{Value, json};

use super::{STATES, World, case, item, name, value};
use crate::tests::forms::programmers;

/// A value that nobody is to see.
const SECRET: &str = "KHONG-AI-DUOC-XEM";
/// A value with markup in it, and what it looks like unescaped.
const MARKUP: &str = "<script>alert(1)</script>";

/// Every state of an item, with every reason where it has one.
fn item_states() -> Vec<(&'static str, Option<&'static str>)> {
    let plain = ["waiting", "asking", "found", "accepted", "paper", "said", "not_applicable"]
        .map(|state| (state, None));
    let gaps = Gap::ALL.iter().map(|gap| ("gap", Some(gap.code())));
    plain.into_iter().chain([("declined", Some("declined"))]).chain(gaps).collect()
}

/// What stands on a page between its tags.
fn said(html: &str) -> String {
    let main = html.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
    let mut text = String::new();
    // What is in `code` is for officers and machines.
    for part in main.split('<').skip(1) {
        let (tag, rest) = part.split_once('>').unwrap_or((part, ""));
        if !tag.starts_with("code") {
            text.push(' ');
            text.push_str(rest);
        }
    }
    text.replace("&#x2f;", "/").replace("&amp;", "&").replace("&#x27;", "'").replace("&quot;", "\"")
}

fn values_of<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    html.split(&format!(" {attribute}=\""))
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(value, _)| value)
        .collect()
}

/// What holds of every page, whatever is on it.
fn check_page(html: &str, language: &str, at: &str) {
    assert!(html.contains(&format!("<html lang=\"{language}\">")), "{at}");
    assert!(
        !html.contains('⟦'),
        "{at}: words are missing: {:?}",
        html.split('⟦').nth(1).map(|rest| &rest[..40.min(rest.len())])
    );
    let main = html.split_once("<main").unwrap().1;
    let levels: Vec<u8> = main
        .match_indices("<h")
        .filter_map(|(place, _)| main.as_bytes().get(place + 2).copied())
        .filter(u8::is_ascii_digit)
        .map(|level| level - b'0')
        .collect();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{at}: {levels:?}");
    // Somebody who hears a page goes by its headings: none is left out on the way down.
    let first = levels.iter().position(|level| *level == 1).unwrap();
    for pair in levels[first..].windows(2) {
        assert!(pair[1] <= pair[0] + 1, "{at}: headings {levels:?}");
    }
    let ids = values_of(html, "id");
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "{at}: an id stands twice in {ids:?}");
    let named =
        ["aria-describedby", "aria-labelledby", "for"].map(|attribute| values_of(html, attribute)).concat();
    for id in named.iter().flat_map(|ids| ids.split_whitespace()) {
        assert!(unique.contains(id), "{at}: nothing is called {id}");
    }
    for link in values_of(html, "href").into_iter().filter_map(|link| link.strip_prefix('#')) {
        assert!(unique.contains(link), "{at}: a link leads to {link}, which is not there");
    }
    let text = said(html);
    assert_eq!(programmers(&text), None, "{at}: {text}");
    assert!(!text.contains('{') && !text.contains("undefined"), "{at}: {text}");
    assert!(!html.contains(" style=") && !html.contains("onclick"), "{at}: something inline");
    assert!(!html.contains("consent"), "{at}: nobody is asked to consent to what a law allows");
}

/// Whether a page tells what can be done: a form of its own, a button, or that it renews itself.
fn tells_a_next_step(html: &str) -> bool {
    let main = html.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
    let forms = main
        .split("<form")
        .skip(1)
        .filter(|form| !form.contains("/rut\""))
        .any(|form| form.contains("<button"));
    forms || main.contains("class=\"button") || html.contains("http-equiv=\"refresh\"")
}

#[tokio::test]
async fn every_case_is_drawn_tells_its_reason_and_next_step_and_shows_nothing_that_is_nobodys() {
    let mut drawn = 0;
    for state in STATES {
        for (item_state, gap) in item_states() {
            let hidden = !matches!(item_state, "found" | "accepted");
            let planted = if hidden { SECRET } else { "Nguyễn Văn Thấy" };
            let mut one =
                case(state, vec![item(0, item_state, gap, planted), item(1, "accepted", None, MARKUP)]);
            // The line of what was dropped, as a node that forgot to erase it would give it.
            if hidden {
                let line = json!({ "fact": "cha.dan_toc", "name": name("Dân tộc"), "kind": "text", "optional": true, "value": value(SECRET, "ho-so-0") });
                one["form"].as_array_mut().unwrap().push(line);
            }
            let told = gap.and_then(Gap::of_code);
            for (who, path) in [
                ("citizen", "/ho-so/hs-1"),
                ("officer", "/can-bo/hs-1"),
                ("citizen", "/ai-da-hoi"),
                ("citizen", "/ho-so/hs-1/bien-nhan"),
            ] {
                let world = World::of(std::slice::from_ref(&one), who);
                let twin = world.json(path).await.to_string();
                assert!(!twin.contains(SECRET), "{path} {state} {item_state} {gap:?}: the twin shows it");
                for language in ["vi", "en"] {
                    let at = format!("{path} {language} {state} {item_state} {gap:?}");
                    let html = world.html(path, language).await;
                    check_page(&html, language, &at);
                    assert!(!html.contains(SECRET), "{at}: shows what nobody is to see");
                    assert!(!html.contains(MARKUP), "{at}: markup in a value is markup on the page");
                    let is_case = path.ends_with("hs-1");
                    let is_open = !matches!(*state, "question" | "closed") || who == "officer";
                    if let Some(gap) = told.filter(|_| is_case && is_open) {
                        let gap = if gap == Gap::Ambiguous && who == "citizen" { Gap::NotFound } else { gap };
                        let (own, other) = if language == "vi" {
                            (gap.words().vi().to_owned(), gap.words().en().to_owned())
                        } else {
                            (gap.words().en().to_owned(), gap.words().vi().to_owned())
                        };
                        let text = said(&html);
                        assert!(text.contains(&own), "{at}: does not say why: {own}\n{text}");
                        assert!(!text.contains(&other), "{at}: says it in the other language");
                        assert!(
                            html.contains(&format!("/ly-do/{}", gap.code())),
                            "{at}: does not lead to the reason"
                        );
                    }
                    if is_case && who == "citizen" {
                        assert!(tells_a_next_step(&html), "{at}: a dead end\n{html}");
                    }
                    drawn += 1;
                }
            }
        }
    }
    assert_eq!(drawn, STATES.len() * item_states().len() * 8);
}

/// Without what differs each time a page is drawn.
fn steady(html: &str) -> String {
    let mut text = html.to_owned();
    for key in values_of(html, "value")
        .into_iter()
        .filter(|value| value.len() == 36 && value.matches('-').count() == 4)
    {
        text = text.replace(key, "");
    }
    let footer = text.rfind("<footer").unwrap();
    text.truncate(footer);
    text
}

#[tokio::test]
async fn a_citizen_is_told_the_same_of_no_record_and_of_several() {
    for state in STATES {
        for path in ["/ho-so/hs-1", "/ai-da-hoi", "/ho-so"] {
            let mut seen = Vec::new();
            for gap in ["not_found", "ambiguous"] {
                let world = World::of(&[case(state, vec![item(0, "gap", Some(gap), SECRET)])], "citizen");
                seen.push((
                    steady(&world.html(path, "vi").await),
                    steady(&world.html(path, "en").await),
                    world.json(path).await,
                ));
            }
            assert!(seen[0] == seen[1], "{path} {state}: {:?}", seen);
        }
        let officer = |gap| World::of(&[case(state, vec![item(0, "gap", Some(gap), SECRET)])], "officer");
        assert!(officer("ambiguous").html("/can-bo/hs-1", "en").await.contains(">ambiguous<"));
    }
}

#[tokio::test]
async fn each_reason_has_a_page_in_both_languages_and_the_list_leads_to_all() {
    let world = World::of(&[], "");
    for language in ["vi", "en"] {
        let list = world.html("/ly-do", language).await;
        check_page(&list, language, "/ly-do");
        for gap in Gap::ALL {
            let path = format!("/ly-do/{}", gap.code());
            let page = world.html(&path, language).await;
            check_page(&page, language, &path);
            let words = gap.words();
            assert!(said(&page).contains(if language == "vi" { words.vi() } else { words.en() }), "{path}");
            assert!(list.contains(&path), "{path} is not on the list");
            assert_eq!(world.json(&path).await["code"], gap.code());
        }
    }
}

#[tokio::test]
async fn a_page_that_waits_renews_itself_without_a_script_and_says_how_to_stop_that() {
    let fetching = |opened: &str, items: Vec<Value>| {
        let mut one = case("fetching", items);
        one["opened"] = json!(opened);
        World::of(&[one], "citizen")
    };
    let now = hub::clock::now().to_string();
    let renews = |page: &str| page.contains("<noscript><meta http-equiv=\"refresh\"");
    let begun = fetching(&now, vec![item(0, "asking", None, SECRET), item(1, "found", None, "Thấy")]);
    let page = begun.html("/ho-so/hs-1", "vi").await;
    assert!(renews(&page) && page.contains("?dung=1") && page.contains("role=\"status\""), "{page}");
    assert!(!page.contains("xem-truoc"), "cards are shown while there is still time");
    assert!(!renews(&begun.html("/ho-so/hs-1?dung=1", "vi").await));
    // Twenty seconds later what is there is shown, and the rest still comes: not so often that nobody could choose meanwhile.
    let late = fetching(
        "2026-11-01T00:00:00Z",
        vec![item(0, "asking", None, SECRET), item(1, "found", None, "Thấy")],
    );
    let page = late.html("/ho-so/hs-1", "vi").await;
    assert!(renews(&page) && page.contains("content=\"30\""), "{page}");
    assert!(page.contains("xem-truoc") && page.contains("Thấy"), "{page}");
    // What was asked again has its time anew.
    let mut asked = item(1, "found", None, "Thấy");
    asked["exchanges"][0]["at"] = json!(now);
    let again = fetching("2026-11-01T00:00:00Z", vec![item(0, "asking", None, SECRET), asked]);
    let page = again.html("/ho-so/hs-1", "vi").await;
    assert!(renews(&page) && !page.contains("xem-truoc"), "{page}");
    let none = fetching("2026-11-01T00:00:00Z", vec![item(0, "asking", None, SECRET)]);
    assert!(renews(&none.html("/ho-so/hs-1", "vi").await), "nothing is there yet, so it goes on");
}

#[tokio::test]
async fn all_pages_are_drawn_for_whoever_may_see_them_and_lead_others_to_sign_in() {
    let mut one =
        case("form", vec![item(0, "gap", Some("source_down"), SECRET), item(1, "accepted", None, "Thấy")]);
    one["missing"] = json!([name("Nơi khám")]);
    for page in super::super::PAGES {
        let place = [
            ("{id}", "hs-1"),
            ("{code}", if page.path.starts_with("/ly-do") { "not_found" } else { "1.001193" }),
            ("{fact}", "con.ho_ten"),
            ("{item}", "m-0"),
        ];
        let path = place.iter().fold(page.path.to_owned(), |path, (place, with)| path.replace(place, with));
        let office = path.starts_with("/can-bo");
        let world = World::of(std::slice::from_ref(&one), if office { "officer" } else { "citizen" });
        for language in ["vi", "en"] {
            check_page(&world.html(&path, language).await, language, &path);
        }
        assert!(world.json(&path).await.is_object(), "{path}");
        let nobody = World::of(std::slice::from_ref(&one), "");
        let request = axum::extract::Request::builder()
            .uri(&path)
            .header("accept", "text/html")
            .body(axum::body::Body::empty())
            .unwrap();
        let (status, next, _) = nobody.ask(request).await;
        match page.open {
            true => assert_eq!(status, 200, "{path}"),
            false => {
                assert!(status == 303 && next.starts_with("/dang-nhap?next="), "{path}: {status} {next}")
            }
        }
        if office {
            let citizen = World::of(std::slice::from_ref(&one), "citizen");
            let request = axum::extract::Request::builder()
                .uri(&path)
                .header("accept", "text/html")
                .body(axum::body::Body::empty())
                .unwrap();
            let (status, _, page) = citizen.ask(request).await;
            assert_eq!(status, 403, "{path}");
            assert!(!page.contains("H05.1-261130-0001"), "{path}: a citizen sees the office's cases");
        }
        if !page.columns.is_empty() {
            let request = axum::extract::Request::builder()
                .uri(format!("{path}?format=csv"))
                .body(axum::body::Body::empty())
                .unwrap();
            let (status, _, csv) = world.ask(request).await;
            assert!(status == 200 && csv.contains("H05.1-261130-0001"), "{path}: {csv}");
        }
    }
    for language in ["vi", "en"] {
        let page = World::of(&[], "").html("/dang-nhap?next=/ho-so", language).await;
        check_page(&page, language, "/dang-nhap");
        assert!(
            page.replace("&#x2f;", "/").contains("/sign-in/vneid?as=citizen&amp;next=%2Fho-so"),
            "{page}"
        );
    }
}

#[tokio::test]
async fn the_offices_list_is_ordered_and_filtered_as_the_address_says() {
    let one = |id: &str, state: &str, due: Option<&str>| {
        let mut one = json!({ "id": id, "dossier": format!("HS-{id}"), "procedure": "1.001193@1", "name": name("Khai sinh"), "state": state,
            "opened": format!("2026-11-0{id}T01:00:00Z"), "by": "citizen", "gaps": 10 - id.parse::<usize>().unwrap() });
        if let Some(due) = due {
            one["due"] = json!(due);
        }
        // What is late the node says.
        if id == "1" {
            one["late"] = json!(true);
        }
        one
    };
    let cases = [
        one("1", "submitted", Some("2026-01-01")),
        one("2", "form", None),
        one("3", "decided", Some("2026-01-02")),
        one("4", "submitted", Some("2099-01-01")),
    ];
    let world = World::of(&cases, "officer");
    let ids = async |query: &str| {
        let view = world.json(&format!("/can-bo?{query}")).await;
        view["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|case| case["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .concat()
    };
    for (query, expected) in [
        ("sort=opened", "1234"),
        ("sort=-opened", "4321"),
        ("sort=due", "1342"),
        ("sort=-due", "4312"),
        ("sort=gaps", "4321"),
        ("late=true", "1"),
        ("state=submitted", "14"),
        ("q=hs-2", "2"),
        ("q=khai%20sinh&state=decided", "3"),
        ("q=khong-co", ""),
    ] {
        assert_eq!(ids(query).await, expected, "{query}");
    }
}
