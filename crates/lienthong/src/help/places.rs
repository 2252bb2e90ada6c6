//! What stands in the place of a value: `<FILE>`.

use model::words::Language;

/// Names as they stand in `cli`, and in Vietnamese.
pub(super) const PLACES: &[(&str, &str)] = &[
    ("AGENCY", "CƠ_QUAN"),
];

/// A name in a language. One that is not in the table stands as it is, and a test fails.
pub(super) fn of(name: &str, language: Language) -> String {
    let known = PLACES.iter().find(|(english, _)| *english == name).map(|(_, vietnamese)| *vietnamese);
    match language {
        Language::Vi => known.unwrap_or(name).to_owned(),
        Language::En => name.to_owned(),
    }
}
