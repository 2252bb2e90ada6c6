//! The play provider's one page: who are you, and how surely shall you be known?

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use model::words::{Language, Words};

use super::{Account, Asked, LEVELS};
use crate::texts;

/// The level that is chosen beforehand.
const USUAL: &str = "muc-2";
const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;padding:1rem;color:#1b1b1b;background:#fff}\
.play{border:2px dashed #9a3412;padding:.75rem;color:#7c2d12}fieldset{border:1px solid #767676;margin:1rem 0;padding:.5rem 1rem}\
label{display:flex;gap:.75rem;padding:.6rem 0}input{width:1.25rem;height:1.25rem;flex:none;margin-top:.15rem}small{display:block;color:#4b4b4b}\
button{font:inherit;padding:.75rem 1.5rem;background:#1d4ed8;color:#fff;border:0;border-radius:.25rem}";

/// The language that a browser asks for first.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let said = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if said.trim_start().to_ascii_lowercase().starts_with("en") { Language::En } else { Language::Vi }
}

/// The page. What was asked goes along in the form.
pub(super) fn choose(asked: &Asked, people: &[Account], language: Language) -> String {
    let told = |words: &Words| escaped(language.of(words));
    // The level that most procedures want, unless a higher one is asked for.
    let words: Vec<&str> = asked.acr_values.split_whitespace().collect();
    let asked_for = if words.is_empty() || words.contains(&USUAL) {
        USUAL
    } else {
        words.first().copied().unwrap_or(USUAL)
    };
    let carried = serde_json::to_value(asked).unwrap_or_default();
    let hidden = carried.as_object().into_iter().flatten().map(|(name, value)| {
        format!(
            "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
            escaped(name),
            escaped(value.as_str().unwrap_or_default())
        )
    });
    let hidden: String = hidden.collect();
    let persons: String = people
        .iter()
        .enumerate()
        .map(|(at, account)| {
            let about = match language {
                Language::Vi => &account.vi,
                Language::En => &account.en,
            };
            let (number, name, about) = (escaped(&account.number), escaped(&account.name), escaped(about));
            choice("who", &number, &format!("<span>{name} · {number}<small>{about}</small></span>"), at == 0)
        })
        .collect();
    let levels: String = LEVELS
        .iter()
        .map(|(word, level)| {
            choice(
                "acr",
                word,
                &format!("<span>{}</span>", told(&texts::play_level(*level))),
                *word == asked_for,
            )
        })
        .collect();
    let (title, warning) = (told(&texts::play_title()), told(&texts::play_warning()));
    let (who, how, go) = (told(&texts::play_who()), told(&texts::play_how()), told(&texts::play_go()));
    format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1><p class=\"play\">{warning}</p>\
         <form method=\"post\" action=\"/authorize\">{hidden}<fieldset><legend>{who}</legend>{persons}</fieldset>\
         <fieldset><legend>{how}</legend>{levels}</fieldset><button>{go}</button></form></main></body></html>",
        lang = language.name(),
    )
}

fn choice(name: &str, value: &str, label: &str, is_chosen: bool) -> String {
    let checked = if is_chosen { " checked" } else { "" };
    format!("<label><input type=\"radio\" name=\"{name}\" value=\"{value}\"{checked}>{label}</label>")
}

fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\'' => "&#39;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}
