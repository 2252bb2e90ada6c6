//! Whether whoever brought a work is still there. Work goes to its end without them, so that nothing is lost unrecorded; what changes
//! nothing and would take long ends, as a refusal that is recorded.

use std::time::Duration;

use http::{Extensions, Request};
use tokio::sync::watch;

/// For so long work goes on for whoever has gone. Most ends by itself before.
const GRACE: Duration = Duration::from_secs(10);

/// Held as long as the sender of a request is there.
pub(crate) type Held = watch::Sender<()>;

/// What shows among a request's extensions whether its sender is there.
#[derive(Debug, Clone)]
struct Presence(watch::Receiver<()>);

/// A request whose work can see whether somebody waits for it, and what is held meanwhile.
pub(crate) fn watched<B>(mut request: Request<B>) -> (Held, Request<B>) {
    let (held, seen) = watch::channel(());
    request.extensions_mut().insert(Presence(seen));
    (held, request)
}

/// Comes when the sender of a request with these extensions has been gone for a while. Of one that is not watched, never.
pub(crate) async fn gone(extensions: &Extensions) {
    let Some(Presence(mut seen)) = extensions.get().cloned() else { return std::future::pending().await };
    while seen.changed().await.is_ok() {}
    tokio::time::sleep(GRACE).await;
}
