//! Whether whoever brought a work is still there. Work goes to its end without them, so that nothing is lost unrecorded; what changes
//! nothing and would take long ends, as a refusal that is recorded.

use std::time::Duration;

use http::{Extensions, Request};
use tokio::sync::watch;

/// For so long work goes on for whoever has gone. Most ends by itself before.
const GRACE: Duration = Duration::from_secs(10);

/// Held as long as the sender of a request is there.
pub(crate) type Held = watch::Sender<()>;

/// Whether the sender of a request is there; by default nobody asks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Presence(Option<watch::Receiver<()>>);

/// A request whose work can see whether somebody waits for it, and what is held meanwhile.
pub(crate) fn watched<B>(mut request: Request<B>) -> (Held, Request<B>) {
    let (held, seen) = watch::channel(());
    request.extensions_mut().insert(Presence(Some(seen)));
    (held, request)
}

impl Presence {
    /// As it shows among a request's extensions.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get().cloned().unwrap_or_default()
    }

    /// Comes when the sender has been gone for a while; where nobody asks, never.
    pub(crate) async fn gone(&self) {
        let Some(mut seen) = self.0.clone() else { return std::future::pending().await };
        while seen.changed().await.is_ok() {}
        tokio::time::sleep(GRACE).await;
    }
}
