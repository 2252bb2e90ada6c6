//! The standard's options of a type (`logicalTypeOptions`): what they ask is a rule, or is refused by name. None is left unsaid.

use serde_json::{Map, Value};

use crate::distinct::moment_of_text;
use crate::expression::search;
use crate::rule::making::{Field, From, Making};
use crate::rule::{Check, Kind, Range};
use crate::text::shape::Pattern;
use crate::texts;

/// Options that describe and ask nothing of a value: the zone of a clock that names none.
const DESCRIBE: [&str; 2] = ["timezone", "defaultTimezone"];

/// The rules of a field's options.
pub(super) fn rules(field: &Field, options: &Map<String, Value>, from: From<'_>, made: &mut Making) {
    let mut rest: Vec<&str> = options.keys().map(String::as_str).collect();
    rest.retain(|option| !DESCRIBE.contains(option));
    lengths(field, options, &mut rest, from, made);
    form(field, options, &mut rest, from, made);
    let is_time = matches!(field.kind, Kind::Date | Kind::Moment);
    bounds(field, options, is_time, &mut rest, from, made);
    if is_time {
        // The form in which we read days and moments, as Java writes it; another is not looked for.
        let ours = |format: &str| format.starts_with("yyyy-MM-dd") || format.starts_with("YYYY-MM-DD");
        rest.retain(|option| {
            *option != "format" || !options.get("format").and_then(Value::as_str).is_some_and(ours)
        });
    }
    for option in rest {
        made.refused.push(texts::option_unread(&field.name, option));
    }
}

/// Takes an option from those that nobody has looked at.
fn taken<'a>(options: &'a Map<String, Value>, rest: &mut Vec<&str>, option: &str) -> Option<&'a Value> {
    rest.retain(|known| *known != option);
    options.get(option).filter(|value| !value.is_null())
}

fn lengths(
    field: &Field,
    options: &Map<String, Value>,
    rest: &mut Vec<&str>,
    from: From<'_>,
    made: &mut Making,
) {
    let name = format!("{}:contract_length", field.name);
    let mut bound = |option: &str, open: u32| match taken(options, rest, option) {
        None => Some((open, false)),
        Some(value) => match value.as_u64().and_then(|length| u32::try_from(length).ok()) {
            Some(length) => Some((length, true)),
            None => {
                made.refused.push(texts::quality_argument(&name, option));
                None
            }
        },
    };
    let (low, high) = (bound("minLength", 0), bound("maxLength", u32::MAX));
    if let (Some((low, at_least)), Some((high, at_most))) = (low, high)
        && (at_least || at_most)
    {
        if low > high {
            made.refused.push(texts::quality_contradicts(&name));
        } else {
            made.rule(field, "contract_length", Check::Length { low, high }, from);
        }
    }
}

fn form(
    field: &Field,
    options: &Map<String, Value>,
    rest: &mut Vec<&str>,
    from: From<'_>,
    made: &mut Making,
) {
    let Some(pattern) = taken(options, rest, "pattern") else { return };
    let name = format!("{}:contract_format", field.name);
    match pattern.as_str().map(search) {
        Some(Ok(pattern)) => made.rule(field, "contract_format", Check::Format(Pattern::of(pattern)), from),
        Some(Err(error)) => {
            made.refused.push(texts::quality_condition(&name, 1, &texts::pattern_not_read(&error)));
        }
        None => made.refused.push(texts::quality_argument(&name, "pattern")),
    }
}

/// Of numbers, and of days and moments, whose bounds are texts.
fn bounds(
    field: &Field,
    options: &Map<String, Value>,
    is_time: bool,
    rest: &mut Vec<&str>,
    from: From<'_>,
    made: &mut Making,
) {
    let name = format!("{}:contract_range", field.name);
    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds within a day more or less of the year 2255 are exact"
    )]
    let read = |value: &Value| {
        if is_time {
            value.as_str().and_then(moment_of_text).map(|micros| micros as f64)
        } else {
            value.as_f64()
        }
    };
    let mut wrong = false;
    let mut bound = |with: &str, without: &str| {
        let mut found = None;
        for (option, allowed) in [(without, false), (with, true)] {
            let Some(value) = taken(options, rest, option) else { continue };
            match read(value) {
                Some(bound) => found = Some((bound, allowed)),
                None => {
                    made.refused.push(texts::quality_argument(&name, option));
                    wrong = true;
                }
            }
        }
        found
    };
    let range =
        Range { low: bound("minimum", "exclusiveMinimum"), high: bound("maximum", "exclusiveMaximum") };
    match (range.low, range.high) {
        _ if wrong => {}
        (None, None) => {}
        (Some((low, _)), Some((high, _))) if low > high => {
            made.refused.push(texts::quality_contradicts(&name));
        }
        _ if is_time => made.rule(field, "contract_range", Check::Span(range), from),
        _ => made.rule(field, "contract_range", Check::Range(range), from),
    }
}
