//! What waits for whoever looks, what they were told, and how they want to be told.

use model::id::encode_part;
use serde_json::{Value, json};

use super::{items, paged, text, with};
use crate::visit::{Refused, Visit};

/// Notices that stand on the first page, beside what waits.
const LATEST: &str = "/api/v1/notices?unread=true&limit=5";

/// My work: what waits, the newest that was told, and what of my agency's needs a look.
pub(crate) async fn mine(visit: &Visit) -> Result<Value, Refused> {
    let mut work = items(&visit.get("/api/v1/work").await?);
    for item in &mut work {
        let (what, id) = (text(item, "kind").to_owned(), encode_part(text(item, "about")));
        // Where one click does it, the click is here.
        let act = match what.as_str() {
            "incident" => json!({ "at": format!("/su-co/{id}/viec"), "act": "take" }),
            _ => Value::Null,
        };
        let place = match what.as_str() {
            "request_waits" => "#viec",
            "claim_waits" => "#xac-nhan",
            _ => "",
        };
        let go = format!("{}{place}", text(item, "address"));
        with(item, "go", json!(go));
        with(item, "act", act);
    }
    let latest = items(&visit.get(LATEST).await?);
    let (duties, conspicuous) = match visit.agency() {
        Some(agency) => {
            let path = format!("/api/v1/grants/conspicuous?agency={}", encode_part(&agency));
            let duties = format!("/api/v1/duties?limit=100&owner={}", encode_part(&agency));
            (items(&paged(visit, duties).await?), items(&visit.get(&path).await?))
        }
        None => (Vec::new(), items(&visit.get("/api/v1/grants/conspicuous").await?)),
    };
    let conspicuous: Vec<Value> = conspicuous.into_iter().take(50).collect();
    let live = visit.get("/api/v1/usage/live?minutes=1").await?;
    let mut gaps = live.get("gaps").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(agency) = visit.agency() {
        gaps.retain(|gap| text(gap, "service").starts_with(&format!("{agency}/")));
    }
    Ok(json!({ "work": work, "latest": latest, "duties": duties, "conspicuous": conspicuous, "gaps": gaps }))
}

/// What whoever looks was told, newest first.
pub(crate) async fn list(visit: &Visit) -> Result<Value, Refused> {
    visit.get_with("/api/v1/notices?limit=50", &["after", "unread"]).await
}

/// How they want to be told.
pub(crate) async fn settings(visit: &Visit) -> Result<Value, Refused> {
    visit.get("/api/v1/notices/settings").await
}
