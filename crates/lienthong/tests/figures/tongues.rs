//! Pages speak one language: on those in Vietnamese stands no English word, on those in English no Vietnamese one, but for names. Text alone
//! is read: codes stand in elements of their own, and so does what is to be copied; what is said in another language is marked as that.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use super::{Reader, links, pattern};

/// Most pages of one pattern that are read: they say the same of different things.
const OF_A_PATTERN: usize = 5;

/// Words that Vietnamese has no other for: names of products and of forms, and what people in offices call by them.
const IN_VIETNAMESE: [&str; 26] = [
    // Forms and protocols, by their names.
    "openapi",
    "webhook",
    "http",
    "https",
    "curl",
    "docx",
    "xlsx",
    "pdf",
    "csv",
    "json",
    "sha",
    "base64",
    // What has been taken into the language.
    "email",
    "web",
    "internet",
    "byte",
    "macro",
    "micro",
    "cookie",
    "shell",
    "path",
    // Names.
    "lienthong",
    "postgresql",
    "mariadb",
    "sqlite",
    "odcs",
];

/// What an English page calls by its Vietnamese name: the system itself, and nothing else.
const IN_ENGLISH: [&str; 2] = ["liên", "thông"];

/// Elements whose text is no text: what is to be copied, codes, and what people have typed.
const NOT_READ: [&str; 6] = ["script", "style", "code", "pre", "textarea", "title"];

/// The text of a page, piece by piece, without what is marked as a code or as of another language.
fn pieces(html: &str) -> Vec<String> {
    let (mut found, mut skipped, mut rest) = (Vec::new(), Vec::<String>::new(), html);
    while let Some((before, after)) = rest.split_once('<') {
        if skipped.is_empty() && !before.trim().is_empty() {
            found.push(unescaped(before));
        }
        let Some((tag, behind)) = after.split_once('>') else { break };
        let name: String =
            tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let is_void =
            ["br", "input", "meta", "link", "img", "hr"].contains(&name.as_str()) || tag.ends_with('/');
        if tag.starts_with('/') {
            if skipped.last() == Some(&name) {
                skipped.pop();
            }
        } else if !is_void && (!skipped.is_empty() && skipped.last() == Some(&name) || is_skipped(&name, tag))
        {
            skipped.push(name);
        }
        rest = behind;
    }
    found
}

/// Whether nothing in an element is read: a code in a muted form, what is said in another language, by whom something was done.
fn is_skipped(name: &str, tag: &str) -> bool {
    let marked = tag.contains("class=\"mark\"") || tag.contains("data-typed");
    NOT_READ.contains(&name) || marked || (name != "html" && tag.contains(" lang=\""))
}

fn unescaped(text: &str) -> String {
    text.replace("&#x2f;", "/")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// The words of a text: what holds a digit, a slash, a dot or the like is a code.
fn words(text: &str) -> impl Iterator<Item = String> {
    let is_code = |word: &str| word.chars().any(|c| c.is_ascii_digit() || "/_@=:#{}<>\\.+-".contains(c));
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(move |word| word.chars().count() > 1 && !is_code(word))
        .flat_map(|word| word.split(|c: char| !c.is_alphabetic()).map(str::to_owned).collect::<Vec<_>>())
        .filter(|word| word.chars().count() > 1 && !word.chars().all(char::is_uppercase))
        .map(|word| word.to_lowercase())
        .collect::<Vec<_>>()
        .into_iter()
}

/// Whether letters without marks can be a Vietnamese syllable: it ends in a vowel or in m, n, ng, nh. Those that end in a stop have a mark.
fn is_syllable(word: &str) -> bool {
    const BEGINS: [&str; 27] = [
        "ngh", "ng", "nh", "gh", "gi", "kh", "ph", "th", "tr", "ch", "qu", "b", "c", "d", "g", "h", "k", "l",
        "m", "n", "p", "r", "s", "t", "v", "x", "",
    ];
    const VOWELS: [&str; 23] = [
        "a", "e", "i", "o", "u", "y", "ai", "ao", "au", "ay", "eo", "ia", "iu", "oa", "oai", "oay", "oe",
        "oi", "oo", "ua", "ui", "uy", "uya",
    ];
    const ENDS: [&str; 5] = ["", "m", "n", "ng", "nh"];
    BEGINS
        .iter()
        .filter_map(|begin| word.strip_prefix(begin))
        .any(|rest| ENDS.iter().filter_map(|end| rest.strip_suffix(end)).any(|vowel| VOWELS.contains(&vowel)))
}

/// Words of the other language on a page, but for those of names.
fn foreign(html: &str, lang: &str, names: &BTreeSet<String>) -> BTreeSet<String> {
    let is_foreign = |word: &String| match lang {
        "vi" => word.is_ascii() && !is_syllable(word) && !IN_VIETNAMESE.contains(&word.as_str()),
        _ => !word.is_ascii() && !IN_ENGLISH.contains(&word.as_str()),
    };
    pieces(html)
        .iter()
        .flat_map(|piece| words(piece))
        .filter(|word| is_foreign(word) && !names.contains(word))
        .collect()
}

/// Kinds of the registry whose things have names.
const NAMED: [&str; 7] = ["agencies", "systems", "services", "databases", "purposes", "terms", "codelists"];

/// The words of names in a language: a province is called Điện Biên in English as well.
async fn names(reader: &Reader, lang: &str) -> BTreeSet<String> {
    fn look(value: &Value, lang: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                let name = members.get("name").and_then(|name| name[lang].as_str());
                found.extend(name.into_iter().flat_map(words));
                members.values().for_each(|member| look(member, lang, found));
            }
            Value::Array(items) => items.iter().for_each(|item| look(item, lang, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for kind in NAMED {
        for thing in reader.items(&format!("/api/v1/registry/{kind}")).await {
            look(&thing, lang, &mut found);
        }
    }
    found
}

/// Visits pages that lead to one another, in both languages.
pub(super) async fn walk(reader: &Reader) {
    let mut mistakes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let named = BTreeMap::from([("vi", names(reader, "vi").await), ("en", names(reader, "en").await)]);
    let (mut queue, mut known) = (VecDeque::from(["/".to_owned()]), BTreeSet::from(["/".to_owned()]));
    let mut visited: BTreeMap<(String, bool, bool), usize> = BTreeMap::new();
    while let Some(path) = queue.pop_front() {
        let times = visited.entry(pattern(&path)).or_default();
        *times += 1;
        if *times > OF_A_PATTERN {
            continue;
        }
        for lang in ["vi", "en"] {
            let and = if path.contains('?') { '&' } else { '?' };
            let (status, html) = reader.ask(&format!("{path}{and}lang={lang}"), "text/html").await;
            if status != 200 {
                continue;
            }
            for word in foreign(&html, lang, &named[lang]) {
                mistakes.entry(format!("{lang}: {word}")).or_default().insert(path.clone());
            }
            for next in links(&html).into_iter().filter(|next| !next.contains("lang=")) {
                if known.insert(next.clone()) {
                    queue.push_back(next);
                }
            }
        }
    }
    let told: Vec<String> = mistakes
        .iter()
        .map(|(word, pages)| {
            format!("{word}  {}", pages.iter().take(3).cloned().collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert!(visited.len() > 25, "{visited:?}");
    assert!(told.is_empty(), "words of the other language:\n{}", told.join("\n"));
}

#[test]
fn words_of_the_other_language_are_found_and_names_are_not() {
    let page = |text: &str| format!("<html lang=\"vi\"><body><p>{text}</p></body></html>");
    for (text, wrong) in [
        ("Đề nghị đang chờ trong ba ngày theo quy trình giao khoa", ""),
        ("joined with its invitation", "invitation its joined with"),
        ("Trạng thái: open", "open"),
        ("the hub is down", "down hub is"),
        ("<code>open</code> <span class=\"mark\">G15/mot-cua</span> VN/GOV/G01 API", ""),
        ("Tệp XLSX, JSON; 12 byte; a@b.vn", ""),
    ] {
        let found: Vec<String> = foreign(&page(text), "vi", &BTreeSet::new()).into_iter().collect();
        assert_eq!(found.join(" "), wrong, "{text}");
    }
    for (text, wrong) in [("The hub Liên Thông runs", ""), ("State: đang xử lý", "lý xử đang")] {
        let found: Vec<String> = foreign(&page(text), "en", &BTreeSet::new()).into_iter().collect();
        assert_eq!(found.join(" "), wrong, "{text}");
    }
}
