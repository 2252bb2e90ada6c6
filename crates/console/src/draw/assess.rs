//! What pages of assessments may call: quantities as people read them.

use minijinja::{Environment, State};

use super::language;
use crate::words::{self, Language};

pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("quantity", quantity);
}

/// `"≥ 99.5 %"|quantity`: as people write it, `≥ 99,5%` in Vietnamese.
fn quantity(state: &State<'_, '_>, text: &str) -> String {
    said(language(state), text)
}

fn said(language: Language, text: &str) -> String {
    let (sign, quantity) = match text.split_once(' ') {
        Some((sign @ ("≥" | "≤"), quantity)) => (format!("{sign} "), quantity),
        _ => (String::new(), text),
    };
    let word = |key: &str| words::words(language, key);
    let number = |digits: &str| match language {
        Language::Vi => digits.replace('.', ","),
        Language::En => digits.to_owned(),
    };
    let told = match quantity.rsplit_once(' ') {
        Some((digits, "%")) if language == Language::Vi => format!("{}%", number(digits)),
        Some((digits, "days")) => words::filled(language, "assess.days", digits),
        Some((digits, unit)) => format!("{} {unit}", number(digits)),
        None if quantity == "yes" => word("yes"),
        None if quantity == "no" => word("no"),
        None => quantity.to_owned(),
    };
    format!("{sign}{told}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_people_write_them() {
        for (text, vi, en) in [
            ("99.5 %", "99,5%", "99.5 %"),
            ("≥ 100 %", "≥ 100%", "≥ 100 %"),
            ("≤ 2000 ms", "≤ 2000 ms", "≤ 2000 ms"),
            ("30 days", "30 ngày", "30 days"),
            ("≥ 3", "≥ 3", "≥ 3"),
            ("≥ yes", "≥ có", "≥ yes"),
        ] {
            assert_eq!((said(Language::Vi, text), said(Language::En, text)), (vi.to_owned(), en.to_owned()));
        }
    }
}
