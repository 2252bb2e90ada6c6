//! Lists: what stands in a column and how it is shown, which columns a page shows at first, by what it is ordered and filtered; and the same
//! table as a file, with names beside codes and what each column says.

mod lists;

use hub::registry::names::kind_of;
use hub::sheet::{Sheet, at, cell};
use serde_json::{Value, json};

use crate::names::Names;
use crate::visit::Visit;
use crate::words::{self, Language};

pub(crate) use lists::{LISTS, OFFICE};

/// Lines of one page of a list.
pub(crate) const LINES: usize = 50;
/// What begins the name of a column that somebody has chosen, in the address.
const CHOSEN: &str = "cot.";

/// How what stands in a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// As it is.
    Text,
    /// A code.
    Code,
    /// A number.
    Number,
    /// A day, a moment.
    Day,
    Moment,
    /// Yes or no.
    Yes,
    /// A word of a closed list, or several, with where its words begin.
    Word(&'static str),
    /// The same as a state.
    State(&'static str),
    /// A thing of this kind, or several: by its name.
    Thing(&'static str),
    /// A score, with the name of its figure.
    Score(&'static str),
    /// Why something was done: what the program has written of it is told in words.
    Reason,
}

/// How what stands under a path is shown on the pages of this entry of the navigation.
pub(crate) fn shown(nav: &str, path: &str) -> Shown {
    match of_tasks(path).filter(|_| nav == "tasks") {
        Some(shown) => shown,
        None => of_assessments(nav, path),
    }
}

fn of_assessments(nav: &str, path: &str) -> Shown {
    // Figures of assessments stand under a name of their own.
    match path.strip_prefix("assessed.") {
        Some("group") => Shown::Text,
        Some(_) => Shown::Number,
        None => usual(nav, path),
    }
}

fn usual(nav: &str, path: &str) -> Shown {
    match (nav, path) {
        ("requests", "state") => return Shown::State("request.state"),
        ("incidents", "state") => return Shown::State("incident"),
        ("users", "state") => return Shown::State("user.state"),
        ("claims", "what") => return Shown::Word("claim"),
        ("audit", "kind") => return Shown::Word("changed"),
        ("audit", "act") => return Shown::Word("act"),
        ("audit", "why") => return Shown::Reason,
        ("search", "fits") => return Shown::Word("fits"),
        ("search", "kind") => return Shown::Word("found"),
        ("suspensions", "why") => return Shown::Word("suspension"),
        ("suspensions", "from" | "to") => return Shown::Moment,
        ("requests", "due") => return Shown::Day,
        ("priority" | "databases", "next") => return Shown::Word("priority.next"),
        ("incidents", "cause") => return Shown::Word("cause"),
        ("incidents", "subject") => return Shown::Text,
        ("pairs", "compared") => return Shown::Word("compared"),
        ("codelist" | "dictionary", "parent") => return Shown::Code,
        ("defects", "state") => return Shown::State("defect.state"),
        ("defects", "kind") => return Shown::Word("defect.group"),
        ("shell_cases" | "shell_desk", "state") => return Shown::State("shell.state"),
        ("shell_asked", "basis" | "fields") => return Shown::Text,
        ("shell_desk", "by") => return Shown::Word("shell.by"),
        ("shell_desk", "due") => return Shown::Day,
        ("shell_desk", "late") => return Shown::Yes,
        ("shell_desk", "gaps") => return Shown::Number,
        ("shell_cases" | "shell_desk", "opened") => return Shown::Moment,
        ("shell_cases" | "shell_desk", "procedure" | "dossier") => return Shown::Code,
        (_, "overall" | "quality.overall") => return Shown::Score("quality.overall"),
        (_, "criteria.accurate") => return Shown::Score("quality.accurate"),
        (_, "criteria.complete") => return Shown::Score("quality.complete"),
        (_, "criteria.clean") => return Shown::Score("quality.clean"),
        (_, "criteria.live") => return Shown::Score("quality.live"),
        (_, "criteria.consistent") => return Shown::Score("quality.consistent"),
        (_, "criteria.shared") => return Shown::Score("quality.shared"),
        _ => {}
    }
    let last = path.rsplit('.').next().unwrap_or(path);
    match last {
        "standing" => Shown::Word("standing"),
        "stage" => Shown::State("stage"),
        "observed" => Shown::State("seen"),
        "bloc" => Shown::Word("bloc"),
        "status" => Shown::State("status"),
        "roles" => Shown::Word("role"),
        "levels" => Shown::Word("level"),
        "waits_for" => Shown::Word("by"),
        "domain" => Shown::Word("domain"),
        "scale" => Shown::Word("scale"),
        "class" => Shown::Word("class"),
        "personal_data" => Shown::Word("personal"),
        "offer" => Shown::Word("offer"),
        "band" => Shown::Word("band"),
        "severity" => Shown::Word("severity"),
        "origin" => Shown::Word("defect.origin"),
        "reporter" => Shown::Thing("Agency"),
        "days" | "calls" | "answered" | "agencies" | "services" | "fields" | "bound" | "uniform"
        | "counted" | "difference" | "per_second" | "times" | "claims" | "seq" | "version" | "below"
        | "value" | "low" | "high" | "count" | "coverage" | "alerts" | "datasets" | "datasets_measured"
        | "rows" | "defects" | "defects_late" | "fails" | "gain" | "papers" | "replaced" => Shown::Number,
        "deadline" | "first_use" | "valid_from" | "valid_to" | "day" | "by" => Shown::Day,
        "at" | "since" | "opened_at" | "ended_at" | "used_at" | "measured_at" => Shown::Moment,
        "priority" | "assumed_code" | "assumed" | "second_hand" | "met" | "overdue" | "test"
        | "must_be_reviewed" | "any" | "may" => Shown::Yes,
        "owners" => Shown::Thing("Agency"),
        "nodes" => Shown::Text,
        "id" | "code" => Shown::Code,
        last => kind_of(last).map_or(Shown::Text, Shown::Thing),
    }
}

/// The same of tasks, where words of other pages say something else.
fn of_tasks(path: &str) -> Option<Shown> {
    Some(match path {
        "state" => Shown::State("task.state"),
        "verdict" => Shown::Word("task.verdict"),
        "way" => Shown::Word("task.way"),
        "measures" | "text" => Shown::Text,
        "extended_to" | "claimed_on" | "done_on" => Shown::Day,
        _ => return None,
    })
}

/// A list that people arrange for themselves.
pub(crate) struct List {
    /// The path of the page.
    pub(crate) path: &'static str,
    /// By which entry of the navigation its columns are told from others of their names.
    pub(crate) nav: &'static str,
    /// What its lines are, of the kinds of the registry; empty: of none.
    pub(crate) kind: &'static str,
    /// Where a line's own page is, and the path of its identifier.
    pub(crate) opens: (&'static str, &'static str),
    /// The path of the line's name, which leads to its page.
    pub(crate) name: &'static str,
    /// The columns that are shown at first, and those that may be shown as well.
    pub(crate) first: &'static [&'static str],
    pub(crate) more: &'static [&'static str],
    /// By what it may be ordered: the column, and the hub's word for the order, with `*` for the language.
    pub(crate) orders: &'static [(&'static str, &'static str)],
    /// By what it may be filtered.
    pub(crate) filters: &'static [Filter],
}

/// By what a list is filtered: the word in the address.
pub(crate) enum Filter {
    /// Words.
    Text,
    /// An agency, by name or code, with the key of its label.
    Agency(&'static str, &'static str),
    /// One of some words, with where their words begin and the key of its label.
    Choice(&'static str, &'static str, &'static str, &'static [&'static str]),
    /// Yes, with the key of its label.
    Tick(&'static str, &'static str),
    /// A code or a name as it is, with the key of its label.
    Code(&'static str, &'static str),
    /// A day, with the key of its label.
    Day(&'static str, &'static str),
    /// A number, with the key of its label.
    Number(&'static str, &'static str),
}

/// The list of a page, if people may arrange it.
pub(crate) fn of(path: &str) -> Option<&'static List> {
    LISTS.iter().chain(OFFICE).find(|list| list.path == path)
}

impl Filter {
    /// Its word in the address.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Text => "q",
            Self::Agency(word, _)
            | Self::Choice(word, ..)
            | Self::Tick(word, _)
            | Self::Code(word, _)
            | Self::Day(word, _)
            | Self::Number(word, _) => word,
        }
    }
}

impl List {
    /// The hub's own words for what the address asks: filters, order, place, and how many there are.
    pub(crate) fn asked(&self, visit: &Visit) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for word in self.filters.iter().map(Filter::word) {
            if let Some(value) = visit.query.get(word).filter(|value| !value.is_empty()) {
                query.append_pair(word, value);
            }
        }
        if let Some((column, down)) = self.order(visit) {
            let by = self.orders.iter().find(|(known, _)| *known == column).map_or("", |(_, by)| by);
            let by = by.replace('*', visit.language.code());
            query.append_pair("sort", &format!("{}{by}", if down { "-" } else { "" }));
        }
        query.finish()
    }

    /// The order that the address asks for: a column, and whether it goes down.
    fn order<'a>(&self, visit: &'a Visit) -> Option<(&'a str, bool)> {
        let asked = visit.query.get("sort")?;
        let (column, down) = asked.strip_prefix('-').map_or((asked.as_str(), false), |column| (column, true));
        self.orders.iter().any(|(known, _)| *known == column).then_some((column, down))
    }

    /// The columns that somebody has chosen, or those that are shown at first; the name always.
    fn chosen(&self, visit: &Visit) -> Vec<&'static str> {
        let picked = |column: &&str| visit.query.contains_key(&format!("{CHOSEN}{column}"));
        let all = self.first.iter().chain(self.more).copied();
        let any = all.clone().any(|column| picked(&column));
        all.filter(|column| {
            *column == self.name || if any { picked(column) } else { self.first.contains(column) }
        })
        .collect()
    }

    /// What the template draws it from.
    pub(crate) fn view(&self, visit: &Visit, view: &Value) -> Value {
        let chosen = self.chosen(visit);
        let order = self.order(visit);
        let column = |path: &&'static str| {
            let by = self.orders.iter().any(|(known, _)| known == path);
            let now = order.filter(|(column, _)| column == path).map(|(_, down)| down);
            let next = match now {
                Some(false) => format!("-{path}"),
                _ => (*path).to_owned(),
            };
            let (shown, prefix) = self.shown(path).told();
            json!({
                "path": path, "head": format!("column.{path}"), "as": shown, "prefix": prefix, "chosen": chosen.contains(path),
                "orders": by, "now": now.map(|down| if down { "descending" } else { "ascending" }), "next": next,
            })
        };
        let columns: Vec<Value> = self.first.iter().chain(self.more).map(column).collect();
        let filters: Vec<Value> = self.filters.iter().map(Filter::view).collect();
        let carried =
            visit.query.iter().filter(|(name, _)| *name == "sort" || *name == "lang" || *name == "parent");
        let carried: Vec<Value> = carried
            .filter(|(name, _)| !self.filters.iter().any(|filter| filter.word() == name.as_str()))
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let items = view.get("items").and_then(Value::as_array).map_or(0, Vec::len);
        json!({
            "columns": columns, "filters": filters, "carried": carried, "opens": self.opens.0, "id": self.opens.1, "name": self.name, "kind": self.kind,
            "total": view.get("total").and_then(Value::as_i64), "here": items,
        })
    }

    fn shown(&self, path: &str) -> Shown {
        shown(self.nav, path)
    }
}

impl Filter {
    fn view(&self) -> Value {
        match self {
            Self::Text => json!({ "as": "text", "word": "q", "label": "list.text" }),
            Self::Agency(word, label) => json!({ "as": "agency", "word": word, "label": label }),
            Self::Choice(word, prefix, label, words) => {
                json!({ "as": "choice", "word": word, "label": label, "prefix": prefix, "words": words })
            }
            Self::Tick(word, label) => json!({ "as": "tick", "word": word, "label": label }),
            Self::Code(word, label) => json!({ "as": "code", "word": word, "label": label }),
            Self::Day(word, label) => json!({ "as": "day", "word": word, "label": label }),
            Self::Number(word, label) => json!({ "as": "number", "word": word, "label": label }),
        }
    }
}

impl Shown {
    /// As templates have it.
    fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Text => ("text", ""),
            Self::Code => ("code", ""),
            Self::Number => ("number", ""),
            Self::Day => ("day", ""),
            Self::Moment => ("moment", ""),
            Self::Yes => ("yes", ""),
            Self::Word(prefix) => ("word", prefix),
            Self::State(prefix) => ("state", prefix),
            Self::Thing(kind) => ("thing", kind),
            Self::Score(figure) => ("score", figure),
            Self::Reason => ("reason", ""),
        }
    }
}

/// Cuts a list that the hub gave whole to the page that the address asks for.
pub(crate) fn cut(list: &List, visit: &Visit, view: &mut Value) {
    let Some(items) = view.get_mut("items").and_then(Value::as_array_mut) else { return };
    let total = items.len();
    if let Some(after) = visit.query.get("after").filter(|after| !after.is_empty())
        && let Some(place) = items.iter().position(|line| cell(line, list.opens.1) == *after)
    {
        items.drain(..=place);
    }
    let more = items.len() > LINES;
    items.truncate(LINES);
    let next = items.last().filter(|_| more).map(|line| cell(line, list.opens.1));
    if let Some(members) = view.as_object_mut() {
        members.insert("next".into(), json!(next));
        members.insert("total".into(), json!(total));
    }
}

/// The table of a page as a file: headings in the reader's language, names beside codes, words for words of closed lists; and beside it what
/// was asked for, when, and what each column says.
pub(crate) fn sheet(
    visit: &Visit,
    nav: &str,
    columns: &[&'static str],
    items: &[Value],
    names: &Names,
) -> Sheet {
    let language = visit.language;
    let said = |key: &str| words::words(language, key);
    let (mut heads, mut told) = (Vec::new(), Vec::new());
    for path in columns {
        let (head, what) = (said(&format!("column.{path}")), said(&format!("column.{path}.what")));
        told.push([head.clone(), what]);
        if let Shown::Thing(_) = shown(nav, path) {
            heads.push(words::filled(language, "list.code_of", &head));
        }
        heads.push(head);
    }
    let rows = items.iter().map(|item| {
        let mut row = Vec::new();
        for path in columns {
            let code = cell(item, path);
            match shown(nav, path) {
                Shown::Thing(kind) => {
                    let name = |id: &str| names.told(language, kind, id).unwrap_or_default();
                    let names: Vec<String> = code.split("; ").map(name).collect();
                    row.extend([code.clone(), names.join("; ")]);
                }
                shown => row.push(in_words(language, shown, at(item, path), code)),
            }
        }
        row
    });
    let rows = rows.collect();
    let filters = visit
        .query
        .iter()
        .filter(|(name, value)| !matches!(name.as_str(), "format" | "lang") && !value.is_empty());
    let filters: Vec<String> = filters.map(|(name, value)| format!("{name} = {value}")).collect();
    let filters = if filters.is_empty() { said("list.about.all") } else { filters.join("; ") };
    let now = hub::clock::now().to_string();
    let mut about = vec![
        [said("list.about.what"), said(&format!("title.{}", nav))],
        [said("list.about.at"), words::moment(language, &now).unwrap_or(now)],
        [said("list.about.from"), visit.address.clone()],
        [said("list.about.filter"), filters],
        [said("list.about.lines"), items.len().to_string()],
    ];
    about.extend(told);
    Sheet::new(nav, heads, rows).about(said("list.about"), about)
}

/// What stands in a cell of a file.
fn in_words(language: Language, shown: Shown, value: Option<&Value>, text: String) -> String {
    let word = |prefix: &str, word: &str| {
        words::known(language, &format!("{prefix}.{word}")).unwrap_or_else(|| word.to_owned())
    };
    match (shown, value) {
        (_, None | Some(Value::Null)) => String::new(),
        (Shown::Word(prefix) | Shown::State(prefix), Some(Value::Array(several))) => several
            .iter()
            .filter_map(Value::as_str)
            .map(|one| word(prefix, one))
            .collect::<Vec<_>>()
            .join("; "),
        (Shown::Word(prefix) | Shown::State(prefix), Some(Value::String(one))) => word(prefix, one),
        (Shown::Reason, _) => words::reason(language, &text),
        (Shown::Yes, Some(Value::Bool(yes))) => words::words(language, if *yes { "yes" } else { "no" }),
        _ => text,
    }
}
