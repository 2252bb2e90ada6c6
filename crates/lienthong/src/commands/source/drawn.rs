//! A draft before a human's eyes: its fields as a table, and what is decided about them.

use hub::catalogue::contract::Class;
use hub::catalogue::draft::{Draft, DraftClass, Drawn};
use model::fault::{Fault, Words};
use serde_json::json;

use crate::commands::show;
use crate::language::{self, Told as _};
use crate::texts;

/// The fields of a draft, one on a line: what is guessed has a question mark.
pub(super) fn told(draft: &Draft) -> String {
    let row = |field: &Drawn| {
        let looks: Vec<String> = field.profile.words().iter().map(|words| words.told()).collect();
        let filled = match field.profile.rows {
            0 => String::new(),
            rows => format!("{} %", field.profile.filled * 100 / rows),
        };
        vec![
            field.column.clone(),
            if field.name == draft.key {
                format!("{} ({})", field.name, texts::key().told())
            } else {
                field.name.clone()
            },
            json!(field.kind).as_str().unwrap_or_default().to_owned(),
            field.class.to_string(),
            filled,
            looks.join(", "),
            term(field),
        ]
    };
    let heads = [
        texts::column(),
        texts::field(),
        texts::kind(),
        texts::class(),
        texts::filled(),
        texts::looks_like(),
        texts::term(),
    ];
    let heads = heads.map(|words| words.told());
    show::table(heads.iter().map(String::as_str).collect(), draft.fields.iter().map(row).collect())
}

/// The term of a field, or the best that was proposed with its reason.
fn term(field: &Drawn) -> String {
    let proposed = |words: String| format!("{words}?");
    match (&field.term, field.proposed.first()) {
        (Some(term), first) => {
            let reason = first.filter(|first| first.term == *term).and_then(|first| first.reasons.first());
            let reason =
                reason.map(|reason| language::chosen().of(&Words::new(&*reason.vi, &*reason.en)).to_owned());
            reason.map_or_else(|| term.clone(), |reason| format!("{term}: {reason}"))
        }
        (None, Some(first)) => proposed(first.term.clone()),
        (None, None) => String::new(),
    }
}

fn decided(class: &str) -> Option<Class> {
    match DraftClass::from(class.to_owned()) {
        DraftClass::Decided(class) => Some(class),
        DraftClass::Guessed(_) | DraftClass::Unknown(_) => None,
    }
}

/// Decides what was open: the classes that are named, all other guesses if they are accepted, the key; and leaves fields out. Fields may be
/// named as the table has them.
pub(super) fn decide(
    draft: &mut Draft,
    accept_guesses: bool,
    classes: &[(String, String)],
    key: Option<String>,
    without: &[String],
) -> Result<(), Fault> {
    let is = |field: &Drawn, name: &str| field.name == name || field.column == name;
    let known = |draft: &Draft, name: &str| draft.fields.iter().any(|field| is(field, name));
    let mut mistakes: Vec<Words> = Vec::new();
    let named = classes.iter().map(|(name, _)| name).chain(key.iter()).chain(without);
    mistakes.extend(named.filter(|name| !known(draft, name)).map(|name| texts::no_field(name)));
    mistakes.extend(
        classes
            .iter()
            .filter(|(_, class)| decided(class).is_none())
            .map(|(name, class)| texts::no_class(name, class, Class::WORDS)),
    );
    if !mistakes.is_empty() {
        return Err(Fault::Contradictory {
            subject: draft.table.clone(),
            why: Words::joined(&mistakes, "; "),
        });
    }
    draft.fields.retain(|field| !without.iter().any(|name| is(field, name)));
    for field in &mut draft.fields {
        let named =
            classes.iter().rev().find(|(name, _)| is(field, name)).and_then(|(_, class)| decided(class));
        match (&field.class, named) {
            (_, Some(class)) => field.class = DraftClass::Decided(class),
            (DraftClass::Guessed(guess), None) if accept_guesses => field.class = DraftClass::Decided(*guess),
            _ => {}
        }
    }
    if let Some(field) = key.and_then(|key| draft.fields.iter().find(|field| is(field, &key))) {
        draft.key = field.name.clone();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        let text = "source: { name: a }\ntable: NGUOI\nname: { vi: a, en: a }\nkey: so\nfields:\n  - { name: so, column: So, kind: text, label: { vi: a, en: a }, class: 'personal?' }\n  - { name: ten, column: Ten, kind: name, label: { vi: a, en: a }, class: 'internal?' }\n";
        serde_saphyr::from_str(text).unwrap()
    }

    #[test]
    fn guesses_are_decided_by_a_flag_or_each_and_columns_left_out() {
        let class = |draft: &Draft, name: &str| {
            draft.fields.iter().find(|field| field.name == name).map(|field| field.class.to_string())
        };
        let mut one = draft();
        assert!(told(&one).contains("personal?"), "{}", told(&one));
        decide(&mut one, true, &[], None, &[]).unwrap();
        assert_eq!(
            (class(&one, "so"), class(&one, "ten")),
            (Some("personal".into()), Some("internal".into()))
        );
        // What is named counts before a guess, by the field's name or the column's.
        let mut two = draft();
        decide(&mut two, false, &[("Ten".into(), "sensitive".into())], Some("Ten".into()), &["So".into()])
            .unwrap();
        assert_eq!(
            (class(&two, "so"), class(&two, "ten"), two.key.as_str()),
            (None, Some("sensitive".into()), "ten")
        );
        // Every mistake is told, and nothing is done.
        let mut three = draft();
        let wrong = [("ten".to_owned(), "kin".to_owned()), ("khong".to_owned(), "public".to_owned())];
        let Err(Fault::Contradictory { why, .. }) = decide(&mut three, true, &wrong, None, &["co".into()])
        else {
            panic!()
        };
        for named in ["kin", "khong", "co"] {
            assert!(why.vi().contains(named) && why.en().contains(named), "{why:?}");
        }
        assert_eq!(class(&three, "so"), Some("personal?".into()));
    }
}
