//! The pages: where each is, how it is drawn, and what it is drawn from. One list; addresses, twins and the test that visits all of
//! them come from it.

use std::pin::Pin;

use serde_json::Value;

use crate::load;
use crate::visit::{Refused, Visit};

/// What loads a page.
pub(crate) type Load =
    for<'a> fn(&'a Visit) -> Pin<Box<dyn Future<Output = Result<Value, Refused>> + Send + 'a>>;

pub(crate) struct Page {
    /// Its address, with places for names.
    pub(crate) path: &'static str,
    pub(crate) template: &'static str,
    /// The entry of the navigation that it stands under; also the key of its title.
    pub(crate) nav: &'static str,
    /// What it is drawn from, which is its JSON twin.
    pub(crate) load: Load,
    /// The columns of its table, as paths into `items`; none: it is no table.
    pub(crate) columns: &'static [&'static str],
    /// Whether it is for everybody, signed in or not.
    pub(crate) open: bool,
}

/// Declares a page.
macro_rules! page {
    ($path:literal, $template:literal, $nav:literal, $load:path) => {
        page!($path, $template, $nav, $load, [])
    };
    ($path:literal, $template:literal, $nav:literal, $load:path, [$($column:literal),*]) => {
        Page { path: $path, template: $template, nav: $nav, load: |visit| Box::pin($load(visit)), columns: &[$($column),*], open: false }
    };
}

/// All of them.
pub(crate) const PAGES: &[Page] = &[
    page!("/", "overview.html", "overview", load::overview),
    page!(
        "/co-so-du-lieu",
        "databases.html",
        "databases",
        load::databases,
        [
            "id",
            "name.vi",
            "name.en",
            "owner",
            "standing",
            "priority",
            "declared.stage",
            "observed",
            "services",
            "agencies",
            "first_use",
            "deadline",
            "time_left.state",
            "time_left.days"
        ]
    ),
    page!("/co-so-du-lieu/{id}", "database.html", "databases", load::database),
    page!(
        "/nghia-vu",
        "duties.html",
        "duties",
        load::duties,
        [
            "entry.id",
            "entry.datum",
            "progress.holder",
            "entry.receivers",
            "entry.deadline",
            "progress.met",
            "progress.overdue",
            "progress.time_left.state",
            "progress.time_left.days"
        ]
    ),
    page!(
        "/uu-tien",
        "priority.html",
        "databases",
        load::priority,
        [
            "id",
            "name.vi",
            "name.en",
            "owner",
            "standing",
            "declared.stage",
            "observed",
            "quality.overall.value",
            "quality.overall.band",
            "next",
            "deadline",
            "time_left.state",
            "time_left.days"
        ]
    ),
    page!(
        "/chat-luong",
        "quality.html",
        "quality",
        load::quality::overview,
        [
            "id",
            "name.vi",
            "name.en",
            "owner",
            "overall.value",
            "overall.band",
            "overall.low",
            "overall.high",
            "overall.count",
            "overall.coverage",
            "criteria.accurate.value",
            "criteria.complete.value",
            "criteria.clean.value",
            "criteria.live.value",
            "criteria.consistent.value",
            "criteria.shared.value",
            "alerts",
            "datasets",
            "datasets_measured",
            "rows",
            "measured_at",
            "defects",
            "defects_late",
            "pack"
        ]
    ),
    page!("/chat-luong/co-quan/{id}", "quality-agency.html", "quality", load::quality::agency),
    page!("/chat-luong/csdl/{id}", "quality-database.html", "quality", load::quality::database),
    page!("/chat-luong/du-lieu/{id}", "quality-dataset.html", "quality", load::quality::dataset),
    page!("/chat-luong/du-lieu/{id}/truong/{field}", "quality-field.html", "quality", load::quality::field),
    page!("/chat-luong/du-lieu/{id}/quy-tac/{rule}", "quality-rule.html", "quality", load::quality::rule),
    page!(
        "/chat-luong/loi",
        "defects.html",
        "defects",
        load::quality::list,
        [
            "id",
            "service",
            "owner",
            "field",
            "rule",
            "kind",
            "severity",
            "state",
            "fails",
            "gain",
            "opened_at",
            "check_by.by",
            "due.by",
            "due.days",
            "times",
            "origin",
            "reporter",
            "ended_at"
        ]
    ),
    page!("/chat-luong/loi/{id}", "defect.html", "defects", load::quality::defect),
    page!("/chat-luong/bao-loi", "report-defect.html", "defects", load::quality::report),
    page!(
        "/nhiem-vu",
        "tasks.html",
        "tasks",
        load::task::list,
        [
            "id",
            "directive",
            "clause",
            "text.vi",
            "text.en",
            "lead",
            "support",
            "state",
            "deadline",
            "extended_to",
            "time_left.by",
            "time_left.days",
            "way",
            "verdict",
            "measures",
            "claimed_on",
            "done_on",
            "second_hand"
        ]
    ),
    page!("/nhiem-vu/van-ban/{id}", "directive.html", "tasks", load::task::directive),
    page!("/nhiem-vu/{id}", "task.html", "tasks", load::task::task),
    page!(
        "/tuan-thu",
        "assess.html",
        "assess",
        load::assess::overview,
        [
            "agency",
            "assessed.group",
            "assessed.level",
            "assessed.observed",
            "assessed.coverage",
            "assessed.claimed",
            "assessed.gap",
            "assessed.low",
            "assessed.high",
            "assessed.best",
            "assessed.worst",
            "assessed.among",
            "assessed.met",
            "assessed.not_met",
            "assessed.not_measured",
            "assessed.overdue",
            "assessed.waived"
        ]
    ),
    page!("/tuan-thu/bo-quy-tac", "assess-packs.html", "assess", load::assess::packs),
    page!("/tuan-thu/bo-quy-tac/{id}", "assess-pack.html", "assess", load::assess::pack),
    page!("/tuan-thu/{id}", "assess-agency.html", "assess", load::assess::agency),
    page!("/tuan-thu/{id}/{criterion}", "assess-criterion.html", "assess", load::assess::criterion),
    page!("/nghia-vu/{id}", "duty.html", "duties", load::duty),
    page!(
        "/thu-tuc",
        "procedures.html",
        "procedures",
        load::procedures,
        [
            "id",
            "name.vi",
            "name.en",
            "owner",
            "levels",
            "papers",
            "replaced",
            "valid_from",
            "valid_to",
            "second_hand",
            "assumed"
        ]
    ),
    page!("/thu-tuc/{id}", "procedure.html", "procedures", load::procedure),
    page!("/cong-bo", "publications.html", "procedures", load::publications),
    page!("/dung-lai", "reuse.html", "reuse", load::reuse::overview),
    page!(
        "/dung-lai/danh-sach",
        "reuse-list.html",
        "reuse",
        load::reuse::list,
        [
            "level",
            "id",
            "name.vi",
            "name.en",
            "month",
            "measured",
            "withheld",
            "cases",
            "applicable",
            "covered",
            "coverage",
            "shown",
            "reused",
            "reuse",
            "differing",
            "look_ups",
            "look_ups_counted",
            "witnessed",
            "yielded",
            "papers_needed",
            "re_asks",
            "papers_asked",
            "re_ask_rate",
            "re_asks_per_100_cases",
            "offices_reporting",
            "offices"
        ]
    ),
    page!(
        "/dung-lai/giay-to",
        "reuse-papers.html",
        "reuse",
        load::reuse::papers,
        [
            "id",
            "procedure",
            "procedure_name.vi",
            "procedure_name.en",
            "paper",
            "name.vi",
            "name.en",
            "verdict",
            "scopes",
            "from",
            "applicable",
            "shown",
            "shown_at_least",
            "differing",
            "differing_percent"
        ]
    ),
    page!("/dung-lai/co-quan/{id}", "reuse-agency.html", "reuse", load::reuse::agency),
    page!("/dung-lai/thu-tuc/{id}", "reuse-procedure.html", "reuse", load::reuse::procedure),
    page!("/dich-vu", "services.html", "services", load::services, ["id", "name.vi", "name.en"]),
    page!("/dich-vu/{id}", "service.html", "services", load::service),
    page!("/ket-noi", "connect.html", "services", load::register::connect),
    page!(
        "/tu-dien",
        "dictionary.html",
        "dictionary",
        load::dictionary,
        [
            "id",
            "versions.-1.version",
            "versions.-1.status",
            "versions.-1.name.vi",
            "versions.-1.name.en",
            "versions.-1.owned_by"
        ]
    ),
    page!("/tu-dien/{id}", "term.html", "dictionary", load::term),
    page!(
        "/danh-muc/{id}",
        "codelist.html",
        "dictionary",
        load::codelist,
        ["code", "vi", "en", "parent", "valid_from", "valid_to"]
    ),
    page!(
        "/co-quan",
        "agencies.html",
        "agencies",
        load::agencies,
        ["id", "parent", "name.vi", "name.en", "bloc", "assumed_code"]
    ),
    page!("/co-quan/{id}", "agency.html", "agencies", load::agency),
    page!(
        "/yeu-cau",
        "requests.html",
        "requests",
        load::request::list,
        [
            "id",
            "type",
            "client",
            "service",
            "state",
            "step",
            "waits_for",
            "due",
            "overdue",
            "time_left.state",
            "time_left.days",
            "opened_at",
            "grant"
        ]
    ),
    page!("/yeu-cau/moi", "ask.html", "requests", load::request::ask),
    page!("/yeu-cau/{id}", "request.html", "requests", load::request::one),
    page!("/yeu-cau/{id}/sua", "ask.html", "requests", load::request::amend),
    page!(
        "/quyen",
        "grants.html",
        "grants",
        load::grants,
        ["id", "client", "service", "uses", "fields", "valid_from", "valid_to", "per_second"]
    ),
    page!("/quyen/{id}", "grant.html", "grants", load::grant),
    page!("/giam-sat", "live.html", "live", load::live),
    page!(
        "/doi-soat",
        "pairs.html",
        "pairs",
        load::pairs,
        [
            "day",
            "provider",
            "consumer",
            "service",
            "test",
            "at_provider.calls",
            "at_provider.answered",
            "at_consumer.calls",
            "at_consumer.answered",
            "compared",
            "difference",
            "counted",
            "at_provider.nodes",
            "at_consumer.nodes"
        ]
    ),
    page!(
        "/xac-nhan",
        "claims.html",
        "claims",
        load::claims,
        ["database", "owner", "what", "service", "held_by"]
    ),
    page!("/vet", "audit.html", "audit", load::audit, ["seq", "at", "who", "act", "kind", "subject", "why"]),
    page!(
        "/tai-khoan",
        "users.html",
        "users",
        load::users,
        [
            "account.name",
            "account.person",
            "account.agency",
            "account.roles",
            "state",
            "used_at",
            "must_be_reviewed"
        ]
    ),
    page!("/tai-khoan/moi", "account.html", "users", load::register::new_account),
    page!("/tai-khoan/{id}", "account.html", "users", load::register::account),
    Page { open: true, ..page!("/kich-hoat", "enrol.html", "enrol", load::register::enrol) },
    Page { open: true, ..page!("/mat-khau", "password.html", "password", load::register::password) },
    page!(
        "/tam-ngung",
        "suspensions.html",
        "suspensions",
        load::register::suspensions,
        ["id", "owner", "service", "grant", "why", "from", "to", "ended_at", "reason"]
    ),
    page!(
        "/su-co",
        "incidents.html",
        "incidents",
        load::incident::list,
        [
            "id",
            "state",
            "subject",
            "owners",
            "cause",
            "since",
            "opened_at",
            "ended_at",
            "times",
            "services",
            "agencies"
        ]
    ),
    page!("/su-co/{id}", "incident.html", "incidents", load::incident::one),
    page!("/so-dang-ky", "registry.html", "registry", load::register::registry, ["id", "any", "may"]),
    page!(
        "/so-dang-ky/{kind}",
        "things.html",
        "registry",
        load::register::things,
        ["id", "name.vi", "name.en"]
    ),
    page!("/so-dang-ky/{kind}/{id}", "entry.html", "registry", load::register::change),
    page!("/dang-ky/{kind}", "entry.html", "registry", load::register::begin),
    page!(
        "/tim",
        "search.html",
        "search",
        load::search,
        ["kind", "id", "part", "name.vi", "name.en", "fits"]
    ),
    page!("/toi", "mine.html", "mine", load::notice::mine),
    page!(
        "/thong-bao",
        "notices.html",
        "notices",
        load::notice::list,
        ["id", "at", "kind", "about", "vi", "en", "time_left.state", "time_left.days", "read_at"]
    ),
    page!("/thong-bao/cach-nhan", "notice-settings.html", "notice_settings", load::notice::settings),
    page!("/lanh-dao", "leader.html", "leader", load::leader::leader),
    page!(
        "/bao-cao",
        "briefs.html",
        "briefs",
        load::leader::briefs,
        [
            "id",
            "day",
            "week",
            "made_at",
            "counts.known_databases",
            "counts.used_databases",
            "counts.all_duties",
            "counts.met_duties",
            "counts.late_databases",
            "counts.late_duties",
            "counts.late_requests",
            "counts.unused_databases",
            "counts.claims",
            "counts.open_requests",
            "counts.differences",
            "counts.incidents"
        ]
    ),
    page!("/bao-cao/{id}", "brief.html", "briefs", load::leader::brief),
    Page { open: true, ..page!("/tro-giup", "help.html", "help", load::help) },
    Page { open: true, ..page!("/trang-thai", "status.html", "status", load::status) },
];
