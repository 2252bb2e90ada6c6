//! Documents to a hub, and lists from it, as many as there are.

use hub::kinds::Document;
use model::fault::Fault;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use crate::client::HubClient;
use crate::internal;
use crate::trouble::Trouble;

/// Documents of one transaction, and their bytes: the hub takes 5,000, and 16 MiB, at a time.
const TOGETHER: (usize, usize) = (5_000, 12 * 1024 * 1024);

/// Sends documents to the hub, so many together, in the order in which kinds name one another. What has arrived stays: whoever sends
/// the same files again goes on behind it.
pub async fn send(
    client: &HubClient,
    documents: &[Document],
    reason: &str,
    dry_run: bool,
) -> Result<Value, Trouble> {
    let mut ordered: Vec<&Document> = documents.iter().collect();
    ordered.sort_by_key(|document| document.kind());
    let mut answer = json!({ "effects": [] });
    let mut effects: Vec<Value> = Vec::new();
    let all = together(&ordered)?;
    let parts = all.len();
    for (number, part) in all.into_iter().enumerate() {
        let body = json!({ "documents": part, "reason": reason, "dry_run": dry_run });
        answer = client.post("api/v1/apply", &body).await?;
        if let Some(Value::Array(more)) = answer.get_mut("effects").map(Value::take) {
            effects.extend(more);
        }
        if parts > 1 {
            tracing::info!(part = number + 1, of = parts, "documents sent");
        }
    }
    if let Some(all) = answer.get_mut("effects") {
        *all = Value::Array(effects);
    }
    Ok(answer)
}

/// Documents as they are sent: so many, and so many bytes, together.
fn together(documents: &[&Document]) -> Result<Vec<Vec<Box<RawValue>>>, Fault> {
    let (mut parts, mut part, mut bytes) = (Vec::new(), Vec::new(), 0);
    for document in documents {
        let document = to_raw_value(document).map_err(internal)?;
        let length = document.get().len() + 1;
        if part.len() == TOGETHER.0 || (!part.is_empty() && bytes + length > TOGETHER.1) {
            parts.push(std::mem::take(&mut part));
            bytes = 0;
        }
        bytes += length;
        part.push(document);
    }
    if !part.is_empty() || parts.is_empty() {
        parts.push(part);
    }
    Ok(parts)
}

/// Everything of a list, page by page.
pub async fn items(client: &HubClient, base: &str) -> Result<Vec<Value>, Trouble> {
    let mut items = Vec::new();
    let mut path = base.to_owned();
    let and = if base.contains('?') { '&' } else { '?' };
    loop {
        let mut page = client.get(&path).await?;
        items.extend(
            page.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default(),
        );
        match page.get("next") {
            Some(Value::String(next)) => path = format!("{base}{and}after={}", model::id::encode_part(next)),
            Some(Value::Number(next)) => path = format!("{base}{and}after={next}"),
            _ => return Ok(items),
        }
    }
}

/// Revokes a grant.
pub async fn revoke(client: &HubClient, id: &str, reason: &str) -> Result<Value, Trouble> {
    client
        .post(&format!("api/v1/grants/{}/revoke", model::id::encode_part(id)), &json!({ "reason": reason }))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;

    #[test]
    fn documents_are_sent_so_many_bytes_together() {
        let long = "x".repeat(1000);
        let text = format!(
            "---\n{{ kind: Agency, id: VN/LOC/H, name: {{ vi: {long}, en: {long} }}, bloc: local }}\n"
        );
        let documents: Vec<Document> = input::documents("a.yaml", &text.repeat(10_000)).unwrap();
        let all: Vec<&Document> = documents.iter().collect();
        let parts = together(&all).unwrap();
        assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), all.len());
        let bytes = |part: &Vec<Box<RawValue>>| part.iter().map(|one| one.get().len() + 1).sum::<usize>();
        assert!(parts.len() == 2 && parts.iter().all(|part| bytes(part) <= TOGETHER.1));
        assert_eq!(together(&[]).unwrap().len(), 1, "nothing is asked for as well");
    }
}
