//! Events over HTTP, as server-sent events.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::hub::Hub;
use crate::running::event::{self, Event};
use crate::web::Problem;

/// How long a listener hears nothing before it is told that nothing happened.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long one listens before one must show anew who one is: browsers come back by themselves.
const LIFE: Duration = Duration::from_secs(600);

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(events))
}

impl From<&Event> for sse::Event {
    fn from(event: &Event) -> Self {
        let (name, id) = match event {
            Event::Change { seq, .. } => ("change", Some(*seq)),
            Event::Usage { .. } => ("usage", None),
            Event::Anew { seq } => ("anew", Some(*seq)),
        };
        let told = Self::default().event(name).data(json!(event).to_string());
        match id {
            Some(id) => told.id(id.to_string()),
            None => told,
        }
    }
}

/// What happens in the registry, as it happens: server-sent events (`change`, `usage`, `anew`). The id of a change is its number in the
/// audit trail; with `Last-Event-ID` what was missed is told again, or `anew` if it was much. A stream ends after ten minutes; come back.
#[utoipa::path(get, path = "/api/v1/events", operation_id = "stream_events",
    params(("Last-Event-ID" = Option<String>, Header, description = "the last number that was heard")),
    responses((status = 200, description = "events", body = String, content_type = "text/event-stream")))]
async fn events(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // First the ear, then what was missed: nothing falls between the two, and what is heard twice is told once.
    let (place, receiver) = hub.events.listen(&officer.name)?;
    let heard = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    let mut tx = hub.db.read().await?;
    let (missed, last) = match heard {
        Some(seq) => event::since(&mut tx, seq).await?,
        None => (Vec::new(), event::newest(&mut tx).await?),
    };
    drop(tx);
    let mut first: VecDeque<sse::Event> = missed.iter().map(sse::Event::from).collect();
    // The number from which on one will hear, also if nothing was missed.
    first.push_front(
        sse::Event::default()
            .retry(Duration::from_secs(3))
            .event("hello")
            .data(json!({ "seq": last }).to_string()),
    );
    let ends = Instant::now() + LIFE;
    let told = stream::unfold((first, receiver, place), move |(mut first, mut receiver, place)| async move {
        if let Some(event) = first.pop_front() {
            return Some((Ok::<_, Infallible>(event), (first, receiver, place)));
        }
        loop {
            let event = match tokio::time::timeout_at(ends, receiver.recv()).await {
                Ok(Ok(Event::Change { seq, .. })) if seq <= last => continue,
                Ok(Ok(event)) => sse::Event::from(&event),
                Ok(Err(RecvError::Lagged(_))) => sse::Event::default().event("anew").data("{}"),
                Ok(Err(RecvError::Closed)) | Err(_) => return None,
            };
            return Some((Ok(event), (first, receiver, place)));
        }
    });
    let stream = Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    Ok(([(CACHE_CONTROL, "no-store")], stream).into_response())
}
