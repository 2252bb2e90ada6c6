//! Things that are chosen by name: what a search finds is shown beneath the place where it was typed, to be chosen there. With JavaScript
//! the same search is made as one types.

use model::id::encode_part;
use serde_json::{Value, json};

use crate::form::Form;
use crate::visit::Visit;

/// Most searches for one page: a form has hardly more places that are filled.
const MOST: usize = 24;
/// So many are offered of one search.
const OFFERED: usize = 10;
/// Before the name of the place whose search's result somebody has chosen from.
const CHOSEN: &str = "pick.";
/// Before the name of a place of several, and a number: what is to be added.
const ADDED: &str = "add.";

impl Form {
    /// The form with what was chosen from results in its place.
    pub(crate) fn with_choices(mut self) -> Self {
        let chosen = |name: &str| name.starts_with(CHOSEN) || name.starts_with(ADDED);
        let made: Vec<(String, String)> = self
            .0
            .iter()
            .filter(|(name, _)| chosen(name))
            .map(|(name, id)| (name.clone(), id.clone()))
            .collect();
        for (name, id) in made {
            self.0.remove(&name);
            if let Some(place) = name.strip_prefix(CHOSEN) {
                self.0.insert(place.to_owned(), id);
            } else if let Some((place, _)) = name.strip_prefix(ADDED).and_then(|rest| rest.rsplit_once('.')) {
                let lines = self.0.entry(place.to_owned()).or_default();
                if !lines.lines().any(|line| line.trim() == id) {
                    *lines = format!("{}\n{id}", lines.trim_end()).trim_start().to_owned();
                }
            }
        }
        self
    }
}

/// Fills in what was found for each place that is chosen by name: the name of what stands there, or what fits the words that do.
pub(crate) async fn offer(visit: &Visit, form: &Form, places: &mut [Value]) {
    let mut found = Vec::new();
    collect(places, &mut found);
    let mut left = MOST;
    for place in found {
        let text = |name: &str| place.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, kind, many) = (text("name"), text("kind"), text("what") == "picks");
        let asked = form.get("find") == name;
        let words =
            if many { form.get(&format!("find.{name}")).to_owned() } else { text("value").trim().to_owned() };
        if words.is_empty() || left == 0 || (many && !asked) {
            continue;
        }
        left -= 1;
        let path = format!("/api/v1/search?limit={OFFERED}&kind={kind}&q={}", encode_part(&words));
        let Ok(answer) = visit.get(&path).await else { continue };
        let hits = answer.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_it = |hit: &&Value| hit.get("id").is_some_and(|id| *id == words);
        let Some(place) = place.as_object_mut() else { continue };
        match hits.iter().find(is_it).filter(|_| !many) {
            Some(hit) => {
                drop(place.insert("picked".to_owned(), hit.get("name").cloned().unwrap_or_default()))
            }
            None => {
                let line = |hit: &Value| json!({ "id": hit.get("id"), "name": hit.get("name") });
                place.insert("found".to_owned(), hits.iter().map(line).collect());
                place.insert("asked".to_owned(), json!(words));
            }
        }
    }
}

/// All places that are chosen by name, wherever they are.
fn collect<'a>(places: &'a mut [Value], found: &mut Vec<&'a mut Value>) {
    for place in places {
        let picks =
            place.get("what").and_then(Value::as_str).is_some_and(|what| matches!(what, "pick" | "picks"));
        if picks {
            found.push(place);
            continue;
        }
        let Some(members) = place.as_object_mut() else { continue };
        for (name, inside) in members.iter_mut() {
            match (name.as_str(), inside) {
                ("parts", Value::Array(parts)) => collect(parts, found),
                ("rows", Value::Array(rows)) => {
                    for row in rows.iter_mut().filter_map(Value::as_array_mut) {
                        collect(row, found);
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_takes_its_place_and_what_is_added_stands_once() {
        let form = Form::read(
            b"owner=bo&pick.owner=VN%2FGOV%2FG01&systems=a%0D%0Ab&add.systems.0=b&add.systems.1=c",
        )
        .with_choices();
        assert_eq!((form.get("owner"), form.get("systems")), ("VN/GOV/G01", "a\r\nb\nc"));
        assert_eq!(form.0.len(), 2);
    }
}
