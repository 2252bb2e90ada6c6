//! Drawing: templates, and what they may call.

mod assess;
mod quality;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior, Value, context};

use crate::chart;
use crate::entry::check::by_place;
use crate::form::Form;
use crate::names::{self, Names};
use crate::tongue;
use crate::visit::Visit;
use crate::words::{self, Language};

/// The templates, compiled when the first page is drawn.
static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// Name and text of each template.
const FILES: &[(&str, &str)] = &[
    ("base.html", include_str!("../templates/base.html")),
    ("list.html", include_str!("../templates/list.html")),
    ("pairs.html", include_str!("../templates/pairs.html")),
    ("parts.html", include_str!("../templates/parts.html")),
    ("agencies.html", include_str!("../templates/agencies.html")),
    ("agency.html", include_str!("../templates/agency.html")),
    ("ask.html", include_str!("../templates/ask.html")),
    ("audit.html", include_str!("../templates/audit.html")),
    ("brief.html", include_str!("../templates/brief.html")),
    ("briefing.html", include_str!("../templates/briefing.html")),
    ("briefs.html", include_str!("../templates/briefs.html")),
    ("carried.html", include_str!("../templates/carried.html")),
    ("connect.html", include_str!("../templates/connect.html")),
    ("codelist.html", include_str!("../templates/codelist.html")),
    ("database.html", include_str!("../templates/database.html")),
    ("databases.html", include_str!("../templates/databases.html")),
    ("dictionary.html", include_str!("../templates/dictionary.html")),
    ("duties.html", include_str!("../templates/duties.html")),
    ("duty.html", include_str!("../templates/duty.html")),
    ("procedure.html", include_str!("../templates/procedure.html")),
    ("procedures.html", include_str!("../templates/procedures.html")),
    ("publications.html", include_str!("../templates/publications.html")),
    ("grant.html", include_str!("../templates/grant.html")),
    ("grants.html", include_str!("../templates/grants.html")),
    ("help.html", include_str!("../templates/help.html")),
    ("claims.html", include_str!("../templates/claims.html")),
    ("incident.html", include_str!("../templates/incident.html")),
    ("incidents.html", include_str!("../templates/incidents.html")),
    ("leader.html", include_str!("../templates/leader.html")),
    ("live.html", include_str!("../templates/live.html")),
    ("mine.html", include_str!("../templates/mine.html")),
    ("notices.html", include_str!("../templates/notices.html")),
    ("notice-settings.html", include_str!("../templates/notice-settings.html")),
    ("overview.html", include_str!("../templates/overview.html")),
    ("priority.html", include_str!("../templates/priority.html")),
    ("problem.html", include_str!("../templates/problem.html")),
    ("request.html", include_str!("../templates/request.html")),
    ("requests.html", include_str!("../templates/requests.html")),
    ("search.html", include_str!("../templates/search.html")),
    ("service.html", include_str!("../templates/service.html")),
    ("services.html", include_str!("../templates/services.html")),
    ("sign-in.html", include_str!("../templates/sign-in.html")),
    ("status.html", include_str!("../templates/status.html")),
    ("term.html", include_str!("../templates/term.html")),
    ("account.html", include_str!("../templates/account.html")),
    ("enrol.html", include_str!("../templates/enrol.html")),
    ("entry.html", include_str!("../templates/entry.html")),
    ("handed.html", include_str!("../templates/handed.html")),
    ("password.html", include_str!("../templates/password.html")),
    ("place.html", include_str!("../templates/place.html")),
    ("reuse.html", include_str!("../templates/reuse.html")),
    ("reuse-agency.html", include_str!("../templates/reuse-agency.html")),
    ("reuse-list.html", include_str!("../templates/reuse-list.html")),
    ("reuse-papers.html", include_str!("../templates/reuse-papers.html")),
    ("reuse-parts.html", include_str!("../templates/reuse-parts.html")),
    ("reuse-procedure.html", include_str!("../templates/reuse-procedure.html")),
    ("assess.html", include_str!("../templates/assess.html")),
    ("assess-agency.html", include_str!("../templates/assess-agency.html")),
    ("assess-criterion.html", include_str!("../templates/assess-criterion.html")),
    ("assess-pack.html", include_str!("../templates/assess-pack.html")),
    ("assess-packs.html", include_str!("../templates/assess-packs.html")),
    ("assess-parts.html", include_str!("../templates/assess-parts.html")),
    ("quality.html", include_str!("../templates/quality.html")),
    ("quality-agency.html", include_str!("../templates/quality-agency.html")),
    ("quality-database.html", include_str!("../templates/quality-database.html")),
    ("quality-dataset.html", include_str!("../templates/quality-dataset.html")),
    ("quality-field.html", include_str!("../templates/quality-field.html")),
    ("quality-rule.html", include_str!("../templates/quality-rule.html")),
    ("tasks.html", include_str!("../templates/tasks.html")),
    ("task.html", include_str!("../templates/task.html")),
    ("task-parts.html", include_str!("../templates/task-parts.html")),
    ("directive.html", include_str!("../templates/directive.html")),
    ("defects.html", include_str!("../templates/defects.html")),
    ("defect.html", include_str!("../templates/defect.html")),
    ("report-defect.html", include_str!("../templates/report-defect.html")),
    ("scores.html", include_str!("../templates/scores.html")),
    ("registry.html", include_str!("../templates/registry.html")),
    ("suspensions.html", include_str!("../templates/suspensions.html")),
    ("things.html", include_str!("../templates/things.html")),
    ("users.html", include_str!("../templates/users.html")),
    ("shell-home.html", include_str!("../templates/shell-home.html")),
    ("shell-procedure.html", include_str!("../templates/shell-procedure.html")),
    ("shell-begin.html", include_str!("../templates/shell-begin.html")),
    ("shell-cases.html", include_str!("../templates/shell-cases.html")),
    ("shell-case.html", include_str!("../templates/shell-case.html")),
    ("shell-case-fetching.html", include_str!("../templates/shell-case-fetching.html")),
    ("shell-cards.html", include_str!("../templates/shell-cards.html")),
    ("shell-case-question.html", include_str!("../templates/shell-case-question.html")),
    ("shell-case-preview.html", include_str!("../templates/shell-case-preview.html")),
    ("shell-case-form.html", include_str!("../templates/shell-case-form.html")),
    ("shell-case-submitting.html", include_str!("../templates/shell-case-submitting.html")),
    ("shell-case-outcome-unknown.html", include_str!("../templates/shell-case-outcome-unknown.html")),
    ("shell-case-submitted.html", include_str!("../templates/shell-case-submitted.html")),
    ("shell-case-decided.html", include_str!("../templates/shell-case-decided.html")),
    ("shell-case-closed.html", include_str!("../templates/shell-case-closed.html")),
    ("shell-deeds.html", include_str!("../templates/shell-deeds.html")),
    ("shell-field.html", include_str!("../templates/shell-field.html")),
    ("shell-correct.html", include_str!("../templates/shell-correct.html")),
    ("shell-paper.html", include_str!("../templates/shell-paper.html")),
    ("shell-receipt.html", include_str!("../templates/shell-receipt.html")),
    ("shell-result.html", include_str!("../templates/shell-result.html")),
    ("shell-asked.html", include_str!("../templates/shell-asked.html")),
    ("shell-reasons.html", include_str!("../templates/shell-reasons.html")),
    ("shell-reason.html", include_str!("../templates/shell-reason.html")),
    ("shell-sign-in.html", include_str!("../templates/shell-sign-in.html")),
    ("shell-problem.html", include_str!("../templates/shell-problem.html")),
    ("shell-desk.html", include_str!("../templates/shell-desk.html")),
    ("shell-desk-case.html", include_str!("../templates/shell-desk-case.html")),
    ("shell-base.html", include_str!("../templates/shell-base.html")),
    ("shell-parts.html", include_str!("../templates/shell-parts.html")),
];

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    // What a template names must be there, or be asked for with `is defined`: nothing is left out unseen.
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.add_function("t", t);
    environment.add_function("figure", figure);
    environment.add_function("definitions", definitions);
    environment.add_function("name", name);
    environment.add_function("at", at);
    environment.add_function("short", |kind: &str, id: &str| names::short(kind, id).to_owned());
    environment.add_function("page_of", names::page_of);
    environment.add_filter("said", said);
    environment.add_filter("day", day);
    environment.add_filter("moment", moment);
    environment.add_filter("number", number);
    environment.add_filter("reason", reason);
    environment.add_filter("millis", millis);
    environment.add_filter("sentence", sentence);
    environment.add_filter("literal", |value: &Value| serde_json::to_string(value).unwrap_or_default());
    environment.add_filter("unnumbered", unnumbered);
    environment.add_filter("resting", resting);
    environment.add_filter("somewhere", somewhere);
    environment.add_filter("part", |text: &str| model::id::encode_part(text));
    environment.add_function("heat_strip", heat_strip);
    environment.add_function("bars", bars);
    environment.add_function("trend_line", trend_line);
    environment.add_function("tile_map", tile_map);
    assess::add(&mut environment);
    quality::add(&mut environment);
    for (name, text) in FILES {
        // They are in the program, and a test reads them all; one that could not be read would be missing when it is asked for.
        let _ = environment.add_template(name, text);
    }
    environment
}

/// What a page is drawn from.
pub(crate) struct Drawing<'a> {
    /// The entry of the navigation.
    pub(crate) nav: &'a str,
    /// Whether it is a table, too.
    pub(crate) has_table: bool,
    pub(crate) view: &'a serde_json::Value,
    /// What the hub said no with, or nothing.
    pub(crate) problem: &'a serde_json::Value,
    /// What was typed.
    pub(crate) kept: &'a Form,
    /// What the things on the page are called.
    pub(crate) names: Names,
    /// How the list on the page is arranged, or nothing.
    pub(crate) list: serde_json::Value,
}

impl<'a> Drawing<'a> {
    /// A page without names and without a list.
    pub(crate) fn of(
        nav: &'a str,
        view: &'a serde_json::Value,
        problem: &'a serde_json::Value,
        kept: &'a Form,
    ) -> Self {
        Self {
            nav,
            has_table: false,
            view,
            problem,
            kept,
            names: Names::default(),
            list: serde_json::Value::Null,
        }
    }
}

/// All that a template may name.
pub(crate) fn context(visit: &Visit, drawing: &Drawing<'_>) -> Value {
    let Drawing { nav, has_table, view, problem, kept, names, list } = drawing;
    let (names, language) = (names.clone(), visit.language);
    let (path, query) = (visit.path.clone(), visit.query.clone());
    // The same address in another form, or further on in its list.
    let with = move |name: &str, value: &str| {
        let mut again = url::form_urlencoded::Serializer::new(String::new());
        // Another form or order begins at the beginning.
        let place = |known: &str| matches!(known, "after" | "before") && !matches!(name, "after" | "before");
        let stays = |known: &str| known != name && known != "xong" && !place(known);
        for (known, value) in query.iter().filter(|(known, _)| stays(known)) {
            again.append_pair(known, value);
        }
        format!("{path}?{}", again.append_pair(name, value).finish())
    };
    let (twin, sorted, first) = (with.clone(), with.clone(), with.clone());
    context! {
        lang => visit.language.code(),
        path => visit.path,
        sent_to => visit.sent_to,
        address => visit.address,
        host => visit.known_as(),
        query => visit.query,
        query_filtered => visit.query.keys().any(|name| !matches!(name.as_str(), "after" | "before" | "lang" | "xong" | "lam-moi" | "muc" | "sort" | "xem") && !name.starts_with("cot.")),
        me => visit.me,
        menu => crate::menu::of(visit),
        nav,
        has_table,
        v => view,
        problem,
        mistakes => mistakes(visit.language, nav, problem),
        wrong => by_place(problem.get("mistakes").unwrap_or(&serde_json::Value::Null), visit.language),
        kept => kept.0,
        key => uuid::Uuid::now_v7().to_string(),
        now => hub::clock::now().to_string(),
        rules => model::usage::RULES,
        list => Value::from_serialize(list),
        agencies => names.agencies(),
        called => Value::from_function(move |kind: &str, id: &str| names.told(language, kind, id)),
        twin => Value::from_function(move |form: &str| twin("format", form)),
        begin => Value::from_function(move || first("format", "")),
        sorted => Value::from_function(move |order: &str| sorted("sort", order)),
        further => Value::from_function(move |next: &Value| with("after", &next.to_string())),
    }
}

/// Name of the element of a place: what the summary of mistakes leads to.
fn element(place: &str) -> String {
    format!("o-{place}")
}

/// What is wrong, one by one: its place, the name of that, and why.
fn mistakes(
    language: Language,
    nav: &str,
    problem: &serde_json::Value,
) -> Vec<BTreeMap<&'static str, String>> {
    let member = if language == Language::Vi { "detail_vi" } else { "detail" };
    let told = |mistake: &serde_json::Value| {
        let text = |name: &str| mistake.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let at = text("at");
        // A place that is data and no part of a form that stands in the program brings its name along.
        let own = mistake.get("label").and_then(|label| label.get(language.code())?.as_str());
        let label = match own {
            Some(own) => own.to_owned(),
            None if at.is_empty() => String::new(),
            None => words::place(language, nav, at),
        };
        BTreeMap::from([
            ("at", at.to_owned()),
            ("id", element(at)),
            ("label", label),
            ("text", sentence(text(member))),
        ])
    };
    problem.get("mistakes").and_then(serde_json::Value::as_array).into_iter().flatten().map(told).collect()
}

/// A name without the number that a rule pack puts before it: the list has its own.
fn unnumbered(name: &str) -> String {
    let rest = name.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = if rest.len() < name.len() { rest.strip_prefix(". ").unwrap_or(name) } else { name };
    rest.to_owned()
}

/// The legal bases that grants of this purpose rest on.
fn resting(bases: Vec<Value>, purpose: &str) -> Vec<Value> {
    let rests = |basis: &Value| {
        let purposes = basis.get_attr("purposes").ok()?.try_iter().ok()?;
        Some(purposes.into_iter().any(|one| one.as_str() == Some(purpose)))
    };
    bases.into_iter().filter(|basis| rests(basis) == Some(true)).collect()
}

/// Whether something is wrong, looked for or added in one of these places: then their section is open.
fn somewhere(places: Vec<Value>, wrong: &Value, kept: &Value) -> bool {
    let names: Vec<String> =
        places.iter().filter_map(|place| Some(place.get_attr("name").ok()?.to_string())).collect();
    let within = |place: &str| {
        names.iter().any(|name| {
            place == name || place.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.'))
        })
    };
    let wrong = wrong.try_iter().into_iter().flatten().any(|place| within(&place.to_string()));
    let asked = ["find", "more"].iter().filter_map(|name| kept.get_attr(name).ok());
    wrong || asked.into_iter().any(|place| within(&place.to_string()))
}

/// Without what stands in brackets for those who write documents and programs: names of members, numbers of requirements.
fn without_asides(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('(') {
        let Some((aside, behind)) = after.split_once(')') else { break };
        let numbered = |word: &str| {
            word.split_once('-').is_some_and(|(letters, digits)| {
                letters.len() >= 2
                    && letters.bytes().all(|byte| byte.is_ascii_uppercase())
                    && digits.len() == 2
                    && digits.bytes().all(|byte| byte.is_ascii_digit())
            })
        };
        let words = || aside.split([' ', ',', ':']);
        let technical = words().any(|word| word.contains('_') || numbered(word)) || aside.contains(": ");
        plain.push_str(if technical { before.trim_end() } else { before });
        if !technical {
            plain.push_str(&format!("({aside})"));
        }
        rest = behind;
    }
    plain + rest
}

/// With a capital letter and a full stop, as a sentence by itself.
fn sentence(text: &str) -> String {
    let text = without_asides(text);
    let text = text.as_str();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    // A name of a field or a code stays as it is.
    let first = text.split_whitespace().next().unwrap_or_default();
    if !first.chars().all(char::is_alphabetic) {
        return format!("{text}{end}");
    }
    let mut letters = text.chars();
    let capital: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{capital}{}{end}", letters.as_str())
}

/// Draws a page.
pub(crate) fn draw(template: &str, context: &Value) -> Result<String, String> {
    let told = |error: Error| format!("{error:#}");
    TEMPLATES.get_template(template).map_err(told)?.render(context).map_err(told)
}

fn language(state: &State<'_, '_>) -> Language {
    state.lookup("lang").and_then(|value| value.as_str().map(Language::of)).unwrap_or(Language::Vi)
}

/// `t("key", place=value)`: a sentence with its places filled. One place that is markup makes all of it markup.
fn t(state: &State<'_, '_>, key: &str, places: Kwargs) -> Result<Value, Error> {
    let mut values: Vec<(&str, Value)> = Vec::new();
    for place in places.args() {
        values.push((place, places.get(place)?));
    }
    places.assert_all_used()?;
    let marked = values.iter().any(|(_, value)| value.is_safe());
    let written = |text: String| if marked { chart::escape(&text) } else { text };
    let mut text = written(words::words(language(state), key));
    for (place, value) in values {
        let shown = match value.as_i64() {
            Some(count) => words::number(language(state), count),
            None if value.is_safe() => value.to_string(),
            None => written(value.to_string()),
        };
        text = text.replace(&format!("{{{place}}}"), &shown);
    }
    Ok(if marked { Value::from_safe_string(text) } else { Value::from(text) })
}

/// The figures that stand on the page so far.
const FIGURES: &str = "figures";

/// `figure("databases.known", 127)`, `figure("database.agencies", 3, of="VNDB-013")`: a count as people read it, or in the words of `label`,
/// with its name and value for machines. What is none was not measured. The page says at its end what each name counts.
fn figure(state: &State<'_, '_>, name: &str, value: Value, more: Kwargs) -> Result<Value, Error> {
    let (of, label): (Option<String>, Option<String>) = (more.get("of")?, more.get("label")?);
    more.assert_all_used()?;
    let count = value.as_i64();
    if count.is_none() && !value.is_none() {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("{name} is no count: {value:?}")));
    }
    stands(state, name);
    let language = language(state);
    let told = label.unwrap_or_else(|| match count {
        Some(count) => words::number(language, count),
        None => words::words(language, "seen.not_measured"),
    });
    let value = count.map(|count| count.to_string()).unwrap_or_default();
    Ok(Value::from_safe_string(format!(
        "<data data-figure=\"{}\" data-of=\"{}\" value=\"{value}\">{}</data>",
        chart::escape(name),
        chart::escape(&of.unwrap_or_default()),
        chart::escape(&told)
    )))
}

/// Notes that a figure stands on the page.
fn stands(state: &State<'_, '_>, name: &str) {
    let mut known = state.get_temp(FIGURES).map(|known| known.to_string()).unwrap_or_default();
    if !known.lines().any(|one| one == name) {
        known.push_str(name);
        known.push('\n');
        state.set_temp(FIGURES, Value::from(known));
    }
}

/// What each figure on the page counts.
fn definitions(state: &State<'_, '_>) -> Vec<BTreeMap<&'static str, String>> {
    let known = state.get_temp(FIGURES).map(|known| known.to_string()).unwrap_or_default();
    let told = |name: &str| {
        let text = words::words(language(state), &format!("figure.{name}"));
        BTreeMap::from([("name", name.to_owned()), ("text", text)])
    };
    known.lines().map(told).collect()
}

/// `name(thing.name)`: the name in the language of the page, or in the other one.
fn name(state: &State<'_, '_>, names: &Value) -> Result<String, Error> {
    let of = |key: &str| -> Result<String, Error> {
        Ok(names.get_attr(key)?.as_str().unwrap_or_default().to_owned())
    };
    let (vi, en) = (of("vi")?, of("en")?);
    let (first, other) = if language(state) == Language::Vi { (vi, en) } else { (en, vi) };
    Ok(if first.is_empty() { other } else { first })
}

/// `at(line, "versions.-1.name")`: what stands at a path of a line; nothing where nothing does.
fn at(line: &Value, path: &str) -> Value {
    let step = |value: Value, member: &str| {
        let found = match member.parse::<i64>() {
            Ok(place) if value.kind() == ValueKind::Seq => {
                let count = i64::try_from(value.len().unwrap_or_default()).unwrap_or_default();
                value.get_item(&Value::from(if place < 0 { count + place } else { place }))
            }
            _ => value.get_attr(member),
        };
        found.ok().filter(|found| !found.is_undefined())
    };
    path.split('.').try_fold(line.clone(), step).unwrap_or(Value::from(()))
}

/// `why|reason`: why something was done, in the language of the page where the program itself has written it.
fn reason(state: &State<'_, '_>, why: &str) -> Value {
    let told = words::reason(language(state), why);
    if told == why { said(state, &Value::from(why)) } else { Value::from(told) }
}

/// `text|said`: what people have typed, its half in the language of the page where it is in both; where it is in another one only, marked as
/// that.
fn said(state: &State<'_, '_>, text: &Value) -> Value {
    let Some(typed) = text.as_str() else { return text.clone() };
    match tongue::told(language(state), typed) {
        (told, None) => Value::from(told),
        (told, Some(other)) => {
            Value::from_safe_string(format!("<span lang=\"{}\">{}</span>", other.code(), chart::escape(told)))
        }
    }
}

fn day(state: &State<'_, '_>, text: &Value) -> String {
    shown(text, |text| words::day(language(state), text))
}

fn moment(state: &State<'_, '_>, text: &Value) -> String {
    shown(text, |text| words::moment(language(state), text))
}

fn shown(text: &Value, form: impl Fn(&str) -> Option<String>) -> String {
    let text = text.as_str().unwrap_or_default();
    form(text).unwrap_or_else(|| text.to_owned())
}

fn number(state: &State<'_, '_>, value: i64) -> String {
    words::number(language(state), value)
}

/// Microseconds as milliseconds with one place; nothing where nothing was measured.
fn millis(state: &State<'_, '_>, micros: &Value) -> String {
    let Some(micros) = micros.as_i64() else { return "–".into() };
    let (whole, tenth) = (micros / 1000, micros % 1000 / 100);
    let mark = if language(state) == Language::Vi { ',' } else { '.' };
    format!("{}{mark}{tenth} ms", words::number(language(state), whole))
}

fn heat_strip(title: &str, desc: &str, cells: Vec<Value>) -> Result<Value, Error> {
    let cells: Result<Vec<chart::Cell>, Error> = cells
        .iter()
        .map(|cell| {
            Ok(chart::Cell {
                label: cell.get_attr("label")?.to_string(),
                share: cell.get_attr("share")?.as_i64(),
            })
        })
        .collect();
    Ok(Value::from_safe_string(chart::heat_strip(title, desc, &cells?)))
}

fn bars(state: &State<'_, '_>, title: &str, desc: &str, rows: Vec<Value>) -> Result<Value, Error> {
    let rows: Result<Vec<chart::Bar>, Error> = rows
        .iter()
        .map(|row| {
            let count = row.get_attr("count")?;
            let count = count.as_i64().ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "count"))?;
            let figure = row.get_attr("figure")?.to_string();
            stands(state, &figure);
            Ok(chart::Bar {
                figure,
                label: row.get_attr("label")?.to_string(),
                count,
                measured: row.get_attr("measured")?.is_true(),
            })
        })
        .collect();
    Ok(Value::from_safe_string(chart::bars(title, desc, &rows?)))
}

fn trend_line(state: &State<'_, '_>, title: &str, desc: &str, points: Vec<Value>) -> Result<Value, Error> {
    let point = |point: &Value| -> Result<(String, i64), Error> {
        let count = point.get_attr("count")?;
        let count = count.as_i64().ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "count"))?;
        Ok((day(state, &point.get_attr("day")?), count))
    };
    let points: Result<Vec<(String, i64)>, Error> = points.iter().map(point).collect();
    Ok(Value::from_safe_string(chart::trend(title, desc, &points?)))
}

fn tile_map(state: &State<'_, '_>, title: &str, desc: &str, tiles: Vec<Value>) -> Result<Value, Error> {
    let number = |tile: &Value, name: &str| -> Result<usize, Error> {
        Ok(tile.get_attr(name)?.as_usize().unwrap_or_default())
    };
    let tiles: Result<Vec<chart::Tile>, Error> = tiles
        .iter()
        .map(|tile| {
            let of = tile.get_attr("state")?.to_string();
            Ok(chart::Tile {
                label: tile.get_attr("name")?.to_string(),
                column: number(tile, "column")?,
                row: number(tile, "row")?,
                told: words::words(language(state), &format!("map.{of}")),
                state: of,
                share: tile.get_attr("share")?.as_i64(),
                island: tile.get_attr("island")?.is_true(),
            })
        })
        .collect();
    Ok(Value::from_safe_string(chart::tile_map(title, desc, &tiles?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        let mut environment = Environment::new();
        for (name, text) in FILES {
            environment.add_template(name, text).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        }
    }
}
