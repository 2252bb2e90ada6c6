//! What is wrong with what was typed, all of it at once: each mistake at its place, in both languages, with an example of what would be right.
//!
//! The hub checks everything again, and more. So that one answer names the mistakes of both, the form is mended as it is checked: where a
//! place cannot be read it gets its example, and the hub is asked about the rest.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use model::endpoint::PathPattern;
use model::term::Version;
use model::words::Words;
use serde_json::{Value, json};

use super::fill::{at, filled, rows};
use super::{Member, Of, What, is_code};
use crate::form::{Form, one_line};
use crate::texts;
use crate::words::{Language, words};

/// Longest text, in characters: as the hub has it.
const TEXT_MAX: usize = 1000;
/// Longest reason.
const REASON_MAX: usize = 2000;

/// One thing that is wrong, as the page and its JSON twin have it: `at`, `detail`, `detail_vi`, as the hub's own.
pub(crate) fn mistake(place: &str, why: &Words) -> Value {
    json!({ "at": place, "detail": why.en(), "detail_vi": why.vi() })
}

/// What came of checking a form.
pub(crate) struct Checked {
    /// What is wrong, in the order of the form.
    pub(crate) mistakes: Vec<Value>,
    /// The form with an example wherever something was wrong.
    pub(crate) mended: Form,
}

/// Checks a form against its members.
pub(crate) fn check(members: &[Member], form: &Form) -> Checked {
    let mut checked = Checked { mistakes: Vec::new(), mended: form.clone() };
    checked.members(members, form, "");
    checked
}

impl Checked {
    /// Says that something is wrong.
    pub(crate) fn wrong(&mut self, place: &str, why: &Words) {
        if self.mistakes.iter().all(|known| known.get("at").is_none_or(|at| at != place)) {
            self.mistakes.push(mistake(place, why));
        }
    }

    /// Takes what the hub has found besides, where nothing was wrong so far.
    pub(crate) fn take(&mut self, found: &Value, members: &[Member]) {
        for mistake in found.as_array().into_iter().flatten() {
            let place = placed(members, mistake.get("at").and_then(Value::as_str).unwrap_or_default());
            let known = self.mistakes.iter().any(|known| {
                let known = known.get("at").and_then(Value::as_str).unwrap_or_default();
                known == place || place.starts_with(&format!("{known}.")) && !known.is_empty()
            });
            if !known || place.is_empty() {
                let mut mistake = mistake.clone();
                if let Some(members) = mistake.as_object_mut() {
                    members.insert("at".to_owned(), json!(place));
                }
                self.mistakes.push(mistake);
            }
        }
    }

    fn members(&mut self, members: &[Member], form: &Form, path: &str) {
        for member in members {
            self.member(member, form, &at(path, member.name));
        }
    }

    fn member(&mut self, member: &Member, form: &Form, place: &str) {
        match member.what {
            What::Name => {
                if member.needed || filled(form, place) {
                    self.members(super::fill::NAME, form, place);
                }
            }
            What::Group(parts) => {
                if member.needed || filled(form, place) {
                    self.members(parts, form, place);
                }
            }
            What::TermVersion(parts) => self.members(parts, form, place),
            What::Rows(_) if form.some(&at(place, "kept")).is_some() => {}
            What::Rows(parts) => {
                let typed: Vec<String> = (0..rows(form, place))
                    .map(|number| at(place, &number.to_string()))
                    .filter(|row| filled(form, row))
                    .collect();
                if typed.is_empty() && member.needed {
                    self.wrong(place, &texts::no_row());
                    mend(parts, &mut self.mended, &at(place, "0"));
                }
                for row in typed {
                    self.members(parts, form, &row);
                }
            }
            What::Several(offered, prefix) => {
                if member.needed && offered.iter().all(|word| form.some(&at(place, word)).is_none()) {
                    self.wrong(place, &texts::choose_some(&choices(offered, prefix)));
                    let first = offered.first().copied().unwrap_or_default();
                    self.mended.0.insert(at(place, first), "true".to_owned());
                }
            }
            what => {
                let typed = form.0.get(place).map_or("", |text| text.trim());
                let why = if typed.is_empty() {
                    member.needed.then(|| missing(member, place)).flatten()
                } else {
                    unfit(what, typed).map(|why| with_example(&why, member, place))
                };
                if let Some(why) = why {
                    self.wrong(place, &why);
                    self.mended.0.insert(place.to_owned(), example_of(what).to_owned());
                }
            }
        }
    }
}

/// What a place lacks that must say something. The root of an API has the empty path.
fn missing(member: &Member, place: &str) -> Option<Words> {
    match member.what {
        What::Paths | What::Tick => None,
        What::One(offered, prefix) => Some(texts::choose_one(&choices(offered, prefix))),
        What::Listed(_) => Some(texts::nothing_listed()),
        What::Pick(of) | What::Id(of) => Some(with_example(&not_filled_in(of, member.what), member, place)),
        _ => Some(with_example(&texts::not_filled_in(), member, place)),
    }
}

fn not_filled_in(of: Of, what: What) -> Words {
    match what {
        What::Pick(_) if !of.kind().is_empty() => texts::nothing_picked(),
        _ => texts::not_filled_in(),
    }
}

/// Why a text cannot stand in a place, if it cannot.
fn unfit(what: What, typed: &str) -> Option<Words> {
    let no = |fits: bool, why: fn() -> Words| if fits { None } else { Some(why()) };
    let lines = || typed.lines().map(str::trim).filter(|line| !line.is_empty());
    match what {
        What::Line => text(typed, TEXT_MAX),
        What::Text => text(&one_line(typed), REASON_MAX),
        What::Code => no(is_code(typed), texts::code_form),
        What::Id(of) => (!of.is_form_of(typed)).then(|| id_form(of)),
        What::Pick(of) if !of.is_form_of(typed) => Some(not_picked(of)),
        What::Listed(of) => no(of.is_form_of(typed), texts::nothing_listed),
        What::Picks(of) if !lines().all(|line| of.is_form_of(line)) => Some(not_picked(of)),
        What::Paths => no(typed.parse::<PathPattern>().is_ok(), texts::path_form),
        What::Version => no(typed.parse::<Version>().is_ok(), texts::version_form),
        What::Day => no(typed.parse::<Date>().is_ok(), texts::day_form),
        What::Moment => no(typed.parse::<DateTime>().is_ok(), texts::moment_form),
        What::Number(least, most) => {
            let fits = typed.parse::<i64>().is_ok_and(|number| (least..=most).contains(&number));
            if fits { None } else { Some(texts::number_form(least, most)) }
        }
        What::One(offered, prefix) if !offered.contains(&typed) => {
            Some(texts::choose_one(&choices(offered, prefix)))
        }
        What::Retention => {
            let fits = typed == "permanent" || typed.parse::<u32>().is_ok_and(|months| months > 0);
            no(fits, texts::retention_form)
        }
        What::Lines | What::LinesOrAll => lines().find_map(|line| text(line, TEXT_MAX)),
        _ => None,
    }
}

fn id_form(of: Of) -> Words {
    match of {
        Of::Agency => texts::agency_form(),
        Of::System => texts::system_form(),
        Of::Service => texts::service_form(),
        Of::Node => texts::node_form(),
        Of::Term => texts::term_form(),
        _ => texts::code_form(),
    }
}

fn not_picked(of: Of) -> Words {
    if of.kind().is_empty() { id_form(of) } else { texts::not_picked() }
}

/// As the hub takes texts: not too long, without control and hidden characters, in the one form of Unicode.
fn text(typed: &str, most: usize) -> Option<Words> {
    if typed.chars().count() > most {
        return Some(texts::too_long(most));
    }
    if typed.chars().any(|c| c.is_control() || model::text::is_hidden(c)) {
        return Some(texts::control_characters());
    }
    (!model::text::is_nfc(typed)).then(texts::not_composed)
}

/// The words of a choice, as people read them.
fn choices(offered: &[&str], prefix: &str) -> Words {
    let told = |language| {
        let told: Vec<String> =
            offered.iter().take(12).map(|word| words(language, &format!("{prefix}.{word}"))).collect();
        told.join(", ")
    };
    Words::new(told(Language::Vi), told(Language::En))
}

/// A sentence with an example after it, where there is one to give.
fn with_example(why: &Words, member: &Member, place: &str) -> Words {
    let example = |language: Language| match member.what {
        What::Id(of) => Some(of.example().to_owned()),
        What::Pick(of) if of.kind().is_empty() => Some(of.example().to_owned()),
        What::Number(least, _) => Some(least.max(5).to_string()),
        What::Day => Some("31/12/2027".to_owned()),
        What::Moment => Some("08:00 31/12/2027".to_owned()),
        What::Retention | What::Listed(_) => None,
        What::Pick(_) => None,
        _ => {
            let part = place.rsplit('.').next().unwrap_or_default();
            crate::words::known(language, &format!("example.{part}"))
        }
    };
    let (Some(vi), Some(en)) = (example(Language::Vi), example(Language::En)) else { return why.clone() };
    let example = texts::for_example(&Words::new(vi, en));
    Words::joined(&[why.clone(), example], " ")
}

/// What can stand in such a place.
fn example_of(what: What) -> &'static str {
    match what {
        What::Id(of) | What::Pick(of) | What::Picks(of) | What::Listed(of) => of.example(),
        What::Paths => "/*",
        What::Version => "1.0.0",
        What::Day => "2099-12-31",
        What::Moment => "2099-12-31T08:00",
        What::Number(..) => "1",
        What::One(offered, _) => offered.first().copied().unwrap_or_default(),
        What::Retention => "permanent",
        _ => "x",
    }
}

/// Fills in examples of all that must be there below a place.
fn mend(members: &[Member], mended: &mut Form, path: &str) {
    for member in members.iter().filter(|member| member.needed) {
        let place = at(path, member.name);
        match member.what {
            What::Name => mend(super::fill::NAME, mended, &place),
            What::Group(parts) => mend(parts, mended, &place),
            What::Rows(parts) => mend(parts, mended, &at(&place, "0")),
            what => drop(mended.0.insert(place, example_of(what).to_owned())),
        }
    }
}

/// Where in a form a member of a thing stands, as far as the form has it: lists of lines are one place.
pub(crate) fn placed(members: &[Member], member: &str) -> String {
    let mut members = members;
    let mut place = String::new();
    let mut parts = member.split('.').peekable();
    while let Some(part) = parts.next() {
        let Some(found) = members.iter().find(|member| member.name == part) else {
            // What no form has is told above all of them.
            return if place.is_empty() { String::new() } else { place };
        };
        place = at(&place, part);
        members = match found.what {
            What::Name => super::fill::NAME,
            What::Group(inside) => inside,
            What::Rows(inside) => {
                if let Some(number) = parts.next_if(|part| part.parse::<usize>().is_ok()) {
                    place = at(&place, number);
                }
                inside
            }
            What::TermVersion(inside) => {
                let _ = parts.next_if(|part| part.parse::<usize>().is_ok());
                inside
            }
            _ => return place,
        };
    }
    place
}

/// Mistakes by their place, for a page to show each at its own.
pub(crate) fn by_place(mistakes: &Value, language: Language) -> BTreeMap<String, String> {
    let member = if language == Language::Vi { "detail_vi" } else { "detail" };
    let told = |mistake: &Value| {
        let text = |name: &str| mistake.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        (text("at"), text(member))
    };
    mistakes.as_array().into_iter().flatten().map(told).filter(|(place, _)| !place.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::ENTRIES;

    /// The mended form of nothing at all is right, for every kind: each example is one.
    #[test]
    fn what_was_mended_is_right() {
        for entry in ENTRIES {
            let checked = check(entry.members, &Form::default());
            assert_eq!(checked.mistakes.is_empty(), entry.members.is_empty(), "{}", entry.kind);
            let again = check(entry.members, &checked.mended);
            assert_eq!(again.mistakes, Vec::<Value>::new(), "{}", entry.kind);
        }
    }

    #[test]
    fn a_member_of_the_hub_has_its_place_in_the_form() {
        let of = |kind: &str, member: &str| placed(crate::entry::of(kind).unwrap().members, member);
        assert_eq!(of("databases", "master_data.2.name.vi"), "master_data.2.name.vi");
        assert_eq!(of("duties", "receivers.1"), "receivers");
        assert_eq!(of("terms", "versions.3.name.en"), "versions.name.en");
        assert_eq!(of("services", "dataset.fields.0.label.vi"), "dataset.fields.0.label.vi");
        assert_eq!(of("services", "nirgends.1"), "");
    }
}
