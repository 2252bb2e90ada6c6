//! Counts requests on their way: those of routes by the route, and of addresses that no route has.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::hub::Hub;

/// All requests that come here.
pub(crate) async fn all(State(hub): State<Arc<Hub>>, request: Request, next: Next) -> Response {
    counted(&hub, true, request, next).await
}

/// Those of routes; what no route here takes goes on to where all are counted.
pub(crate) async fn of_routes(State(hub): State<Arc<Hub>>, request: Request, next: Next) -> Response {
    counted(&hub, false, request, next).await
}

async fn counted(hub: &Hub, others: bool, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|route| route.as_str().to_owned());
    let (method, began) = (request.method().clone(), Instant::now());
    let answer = next.run(request).await;
    if others || route.is_some() {
        hub.calls.count(method.as_str(), route.as_deref(), answer.status().as_u16(), began.elapsed());
    }
    answer
}
