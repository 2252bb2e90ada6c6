//! What pages of quality may call: scores as people read them, dials, how scores went, bars of counts.

use minijinja::{Environment, State, Value};

use super::{language, shown, stands};
use crate::chart::course::{self, Point};
use crate::chart::dial::{self, Dial};
use crate::chart::heat::{self, Square};
use crate::chart::{escape, spread};
use crate::words::{self, Language};

/// Where bands begin, of a hundred: rules.md, section 3. Pages show what the hub says of each score; these are the lines of the charts.
const BOUNDS: [i64; 2] = [75, 90];

pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_function("score", score);
    environment.add_function("dial", draw_dial);
    environment.add_function("course", draw_course);
    environment.add_function("columns", draw_columns);
    environment.add_function("heat", draw_heat);
    environment.add_function("share", share);
    environment.add_function("percent", percent);
    environment.add_filter("points", points);
    environment
        .add_filter("hundredths", |score: &Value| hundredths(score).map_or(Value::from(()), Value::from));
}

fn decimal(value: &Value) -> Option<f64> {
    f64::try_from(value.clone()).ok().filter(|number| number.is_finite())
}

fn member(value: &Value, name: &str) -> Option<Value> {
    value.get_attr(name).ok().filter(|found| !found.is_undefined() && !found.is_none())
}

/// A score in hundredths of a point, rounded down, so that nothing is said to be whole of which something failed; none: not measured.
#[expect(clippy::cast_possible_truncation, reason = "a score is from 0 to 100")]
fn hundredths(score: &Value) -> Option<i64> {
    let value = decimal(&member(score, "value")?)?;
    // What is a hundredth in decimal notation may be a hair below it in binary one.
    let down = (value * 100.0 + 1e-9).floor().clamp(0.0, 10_000.0) as i64;
    Some(if value < 100.0 { down.min(9_999) } else { down })
}

/// As people read it: `96,21`.
pub(super) fn number(language: Language, hundredths: i64) -> String {
    let mark = if language == Language::Vi { ',' } else { '.' };
    format!("{}{mark}{:02}", hundredths / 100, hundredths % 100)
}

/// `one.interval[0]|points`: a number of points as people read it, to a hundredth.
#[expect(clippy::cast_possible_truncation, reason = "points of a hundred")]
fn points(state: &State<'_, '_>, value: &Value) -> String {
    let Some(value) = decimal(value) else { return "–".into() };
    let hundredths = (value * 100.0).round().clamp(-1_000_000.0, 1_000_000.0) as i64;
    let sign = if hundredths < 0 { "−" } else { "" };
    format!("{sign}{}", number(language(state), hundredths.abs()))
}

/// `score("quality.accurate", "VNDB-001", line.criteria.accurate)`: the number with its name for machines, or that it was not measured.
fn score(state: &State<'_, '_>, name: &str, of: &str, score: &Value) -> Value {
    let language = language(state);
    let found = hundredths(score);
    stands(state, name);
    let told = found.map_or_else(
        || escape(&words::words(language, "band.not_measured")),
        |found| escape(&number(language, found)),
    );
    Value::from_safe_string(format!(
        "<data data-figure=\"{}\" data-of=\"{}\" value=\"{}\">{told}</data>",
        escape(name),
        escape(of),
        found.map(|found| found.to_string()).unwrap_or_default(),
    ))
}

/// `dial(label, "quality.accurate", "VNDB-001", score)`.
fn draw_dial(state: &State<'_, '_>, label: &str, name: &str, of: &str, score: &Value) -> Value {
    let language = language(state);
    let found = hundredths(score);
    stands(state, name);
    let band = member(score, "band").filter(|_| found.is_some()).map(|band| band.to_string());
    let word = |key: &str| words::words(language, key);
    Value::from_safe_string(dial::dial(&Dial {
        label: label.to_owned(),
        hundredths: found,
        number: found.map_or_else(|| word("band.not_measured.1"), |found| number(language, found)),
        word: match (&band, found) {
            (Some(band), _) => word(&format!("band.{band}")),
            (None, Some(_)) => String::new(),
            (None, None) => word("band.not_measured.2"),
        },
        band,
        bounds: BOUNDS.to_vec(),
        figure: [name.to_owned(), of.to_owned()],
    }))
}

/// `course(title, desc, points)`: points with `day`, `score` and `pack`.
fn draw_course(state: &State<'_, '_>, title: &str, desc: &str, points: Vec<Value>) -> Value {
    let language = language(state);
    let of = |score: &Value, bound: &str| hundredths(&minijinja::context! { value => member(score, bound) });
    let points: Vec<Point> = points
        .iter()
        .map(|point| {
            let score = member(point, "score").unwrap_or_default();
            let found = hundredths(&score);
            Point {
                day: shown(&member(point, "day").unwrap_or_default(), |day| words::day(language, day)),
                hundredths: found,
                number: found.map_or_else(
                    || words::words(language, "seen.not_measured"),
                    |found| number(language, found),
                ),
                interval: of(&score, "low").zip(of(&score, "high")),
                pack: member(point, "pack").map(|pack| pack.to_string()).unwrap_or_default(),
            }
        })
        .collect();
    Value::from_safe_string(course::course(title, desc, &points, &BOUNDS))
}

/// `columns(title, desc, counts)`: pairs of a label and a count.
fn draw_columns(title: &str, desc: &str, counts: Vec<Value>) -> Value {
    let pair = |pair: &Value| {
        let at = |place: i64| pair.get_item(&Value::from(place)).ok();
        Some((at(0)?.to_string(), u64::try_from(at(1)?).ok()?))
    };
    let counts: Vec<(String, u64)> = counts.iter().filter_map(pair).collect();
    Value::from_safe_string(spread::columns(title, desc, &counts))
}

/// `heat(title, desc, units)`: a square for each commune, in its band.
fn draw_heat(state: &State<'_, '_>, title: &str, desc: &str, units: Vec<Value>) -> Value {
    let language = language(state);
    let count = |of: &Value, name: &str| {
        words::number(language, member(of, name).and_then(|count| count.as_i64()).unwrap_or_default())
    };
    let square = |unit: &Value| {
        let said = match (member(unit, "rows"), member(unit, "worst")) {
            (None, _) => words::words(language, "seen.not_measured"),
            (Some(_), None) => {
                words::words(language, "quality.commune.rows").replace("{rows}", &count(unit, "rows"))
            }
            (Some(_), Some(worst)) => words::words(language, "quality.commune.worst")
                .replace("{fails}", &count(&worst, "fails"))
                .replace("{rows}", &count(&worst, "rows"))
                .replace("{rule}", &member(&worst, "rule").unwrap_or_default().to_string()),
        };
        let text = |name: &str| member(unit, name).unwrap_or_default().to_string();
        Square {
            state: member(unit, "band").map_or_else(|| "not_measured".to_owned(), |band| band.to_string()),
            said: format!("{} ({}): {said}", text("name"), text("code")),
        }
    };
    let squares: Vec<Square> = units.iter().map(square).collect();
    Value::from_safe_string(heat::heat(title, desc, &squares))
}

/// `share(part, whole, class)`: the bar of a share.
fn share(part: &Value, whole: &Value, class: &str) -> Value {
    Value::from_safe_string(spread::share(parts(part, whole, 1_000).unwrap_or(0), class))
}

/// `percent(part, whole)`: `1,43 %`; never nothing where there is something, never all where there is not.
fn percent(state: &State<'_, '_>, part: &Value, whole: &Value) -> String {
    let language = language(state);
    let (Some(of), Some(part), Some(whole)) = (parts(part, whole, 10_000), part.as_i64(), whole.as_i64())
    else {
        return "–".into();
    };
    match of {
        0 if part > 0 => format!("< {} %", number(language, 1)),
        10_000.. if part < whole => format!("{} %", number(language, 9_999)),
        of => format!("{} %", number(language, of)),
    }
}

fn parts(part: &Value, whole: &Value, of: i128) -> Option<i64> {
    let (part, whole) = (part.as_i64()?, whole.as_i64()?);
    i64::try_from((i128::from(part) * of).checked_div(i128::from(whole))?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_never_told_as_full_when_something_failed_and_what_was_not_measured_is_no_zero() {
        let of = |value: f64| hundredths(&minijinja::context! { value });
        for (value, told) in [
            (100.0, 10_000),
            (99.999_9, 9_999),
            (96.21, 9_621),
            (0.07, 7),
            (0.0, 0),
            (75.0, 7_500),
            (89.999, 8_999),
        ] {
            assert_eq!(of(value), Some(told), "{value}");
        }
        assert_eq!(of(f64::NAN), None);
        for nothing in [
            Value::from(()),
            minijinja::context! { measured => false },
            Value::UNDEFINED,
            minijinja::context! { value => () },
        ] {
            assert_eq!(hundredths(&nothing), None, "{nothing:?}");
        }
        assert_eq!(
            (number(Language::Vi, 9_605), number(Language::En, 7)),
            ("96,05".to_owned(), "0.07".to_owned())
        );
    }
}
