//! The menu: what somebody's role uses stands in it, the other pages under "more"; the foot is for help.

use serde_json::{Value, json};

use crate::visit::Visit;

/// Most entries that stand side by side.
const SIDE_BY_SIDE: usize = 9;

/// A page of the menu.
struct Entry {
    path: &'static str,
    /// Its key in `words.toml`, behind `nav.`; also what its pages stand under.
    key: &'static str,
    /// Whoever has one of these rights works with it; none: everybody does.
    used_by: &'static [&'static str],
    /// Whether it is for nobody else.
    only: bool,
    /// Whether it is for nobody of an agency.
    at_the_hub: bool,
}

const fn entry(path: &'static str, key: &'static str, used_by: &'static [&'static str]) -> Entry {
    Entry { path, key, used_by, only: false, at_the_hub: false }
}

/// All of them, what is used most first. A page for one role stands where that role looks first.
const ENTRIES: &[Entry] = &[
    entry("/toi", "mine", &[]),
    entry("/lanh-dao", "leader", &["lead"]),
    entry("/", "overview", &[]),
    entry("/yeu-cau", "requests", &[]),
    entry("/xac-nhan", "claims", &["govern"]),
    entry("/co-so-du-lieu", "databases", &[]),
    entry("/dich-vu", "services", &[]),
    entry("/su-co", "incidents", &["suspend", "change_services"]),
    entry("/giam-sat", "live", &["change_services", "decide_as_hub"]),
    entry("/quyen", "grants", &["issue_grants", "ask"]),
    entry("/nghia-vu", "duties", &["change_catalogue"]),
    entry("/nhiem-vu", "tasks", &["lead", "govern"]),
    entry("/thu-tuc", "procedures", &["change_catalogue"]),
    entry("/dung-lai", "reuse", &["lead", "change_catalogue"]),
    entry("/chat-luong", "quality", &["lead", "change_catalogue", "propose_terms"]),
    entry("/tuan-thu", "assess", &["lead", "read_audit"]),
    entry("/so-dang-ky", "registry", &["change_catalogue", "change_services", "govern"]),
    Entry { only: true, at_the_hub: true, ..entry("/vet", "audit", &["read_audit"]) },
    Entry {
        only: true,
        ..entry("/tai-khoan", "users", &["manage_accounts", "review_accounts", "read_audit"])
    },
    entry("/bao-cao", "briefs", &["lead"]),
    entry("/tu-dien", "dictionary", &["propose_terms", "approve_terms"]),
    entry("/co-quan", "agencies", &["manage_accounts"]),
    entry("/tam-ngung", "suspensions", &["suspend"]),
    entry("/chat-luong/loi", "defects", &["propose_terms"]),
    entry("/doi-soat", "pairs", &["read_audit"]),
];

/// The menu of whoever is signed in: what stands side by side, and what stands under "more".
pub(crate) fn of(visit: &Visit) -> Value {
    let has = |entry: &Entry| entry.used_by.iter().any(|right| visit.may(right));
    let mut first = Vec::new();
    let mut more = Vec::new();
    let is_offered =
        |entry: &&Entry| (!entry.only || has(entry)) && !(entry.at_the_hub && visit.agency().is_some());
    for entry in ENTRIES.iter().filter(is_offered) {
        let told = json!([entry.path, entry.key]);
        let uses = entry.used_by.is_empty() || has(entry);
        if uses && first.len() < SIDE_BY_SIDE { first.push(told) } else { more.push(told) }
    }
    json!({ "first": first, "more": more })
}

/// The page that somebody begins with.
pub(crate) const HOME: &str = "/toi";
