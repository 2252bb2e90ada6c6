//! Orders of lists, and lists that are put in order here since what they are ordered by is counted and in no table.

use std::cmp::Ordering;

use model::text::search_key;
use serde::Serialize;
use serde_json::Value;

use crate::sheet::{at, cell};

/// An order of a list: by a column, things alike by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The column, a path into the thing.
    pub column: String,
    /// Whether the last comes first.
    pub descending: bool,
}

/// What a line is ordered by: nothing before numbers, and those before texts as they are read without marks.
#[derive(Debug, PartialEq, Eq)]
struct Key {
    number: Option<i64>,
    text: String,
    name: String,
}

impl Order {
    /// Reads `name.vi`, or `-name.vi` for what goes down. An empty text is no order.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (descending, column) = text.strip_prefix('-').map_or((false, text), |column| (true, column));
        (!column.is_empty()).then(|| Self { column: column.to_owned(), descending })
    }

    /// Puts lines in order, whose names stand at the path `id`. Words of a closed list go as `ranks` has them, which may be empty.
    pub fn sort<T: Serialize>(&self, lines: &mut [T], id: &str, ranks: &[&str]) {
        let key = |line: &T| {
            let line = serde_json::to_value(line).unwrap_or_default();
            let text = cell(&line, &self.column);
            let rank = ranks.iter().position(|word| *word == text).and_then(|rank| i64::try_from(rank).ok());
            let number = rank.or_else(|| at(&line, &self.column).and_then(Value::as_i64));
            let text = if number.is_some() { String::new() } else { search_key(&text) };
            Key { number, text, name: cell(&line, id) }
        };
        lines.sort_by_cached_key(key);
        if self.descending {
            lines.reverse();
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |key: &Self| (key.number.is_none() && !key.text.is_empty(), key.number);
        place(self)
            .cmp(&place(other))
            .then_with(|| self.text.cmp(&other.text))
            .then_with(|| self.name.cmp(&other.name))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn an_order_keeps_all_goes_up_and_is_turned_round(cells in prop::collection::vec((any::<bool>(), -3i64..3, "[aăâđdĐ ]{0,2}"), 0..20)) {
            let line = |(at, (number, count, text)): (usize, &(bool, i64, String))| {
                json!({ "id": format!("{at:02}"), "x": if *number { json!(count) } else { json!(text) } })
            };
            let lines: Vec<Value> = cells.iter().enumerate().map(line).collect();
            let (mut up, mut down) = (lines.clone(), lines.clone());
            Order::read("x").unwrap().sort(&mut up, "id", &[]);
            Order::read("-x").unwrap().sort(&mut down, "id", &[]);
            down.reverse();
            prop_assert_eq!(&up, &down);
            let ids = |lines: &[Value]| { let mut ids: Vec<String> = lines.iter().map(|line| cell(line, "id")).collect(); ids.sort(); ids };
            prop_assert_eq!(ids(&up), ids(&lines));
            let numbers: Vec<i64> = up.iter().filter_map(|line| line["x"].as_i64()).collect();
            prop_assert!(numbers.is_sorted());
        }
    }

    #[test]
    fn words_of_a_closed_list_go_by_their_rank_and_names_as_they_are_read() {
        let mut lines: Vec<Value> =
            ["used", "none", "open"].iter().map(|word| json!({ "id": word, "x": word })).collect();
        Order::read("x").unwrap().sort(&mut lines, "id", &["none", "open", "used"]);
        assert_eq!(lines.iter().map(|line| cell(line, "x")).collect::<Vec<_>>(), ["none", "open", "used"]);
        let mut lines: Vec<Value> =
            ["Điện", "Ăn", "Em", "Dân"].iter().map(|name| json!({ "id": name, "x": name })).collect();
        Order::read("x").unwrap().sort(&mut lines, "id", &[]);
        assert_eq!(lines.iter().map(|line| cell(line, "x")).collect::<Vec<_>>(), ["Ăn", "Dân", "Điện", "Em"]);
    }
}
