//! Connections end with the certificates on them. TLS looks at a certificate in the handshake only, and not even there when a session
//! is resumed; so whoever serves a connection watches what was shown on it.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};

/// How often a connection's certificate is looked at beside each request.
pub const LOOK: Duration = Duration::from_secs(5);
/// How long what is under way may go on when the certificate counts no more. With [`LOOK`] less than the minute within which such a
/// connection is to be closed.
pub const LAST_WORDS: Duration = Duration::from_secs(30);

/// Comes when a certificate counts no more.
pub type Over = Shared<BoxFuture<'static, ()>>;

/// Watches: [`Over`] comes when `counts` says no.
pub fn watch(counts: impl Fn() -> bool + Send + Sync + 'static) -> Over {
    let watching = async move {
        while counts() {
            tokio::time::sleep(LOOK).await;
        }
    };
    watching.boxed().shared()
}

/// Serves a connection, for which `serve` is told when to take nothing new; soon after that it ends, whatever is under way.
///
/// # Errors
/// Why the connection ended, for the log.
pub async fn serve<F>(over: Over, serve: impl FnOnce(Over) -> F) -> Result<(), String>
where
    F: Future<Output = Result<(), String>>,
{
    let last = over.clone();
    tokio::select! {
        ended = serve(over) => ended,
        () = last_words(last) => Err("a certificate on it counts no more".to_owned()),
    }
}

/// Comes when what is under way on a connection must end.
pub async fn last_words(over: Over) {
    over.await;
    tokio::time::sleep(LAST_WORDS).await;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::time::Instant;

    use super::*;

    #[tokio::test]
    async fn what_goes_on_under_a_certificate_that_ended_is_broken_off_within_a_minute() {
        let counts = Arc::new(AtomicBool::new(true));
        let (asked, told) = (counts.clone(), Arc::new(AtomicBool::new(false)));
        let (over, hears) = (watch(move || asked.load(Ordering::Relaxed)), told.clone());
        // One that takes nothing new when it is told, and whose last answer never ends.
        let stuck = serve(over, |over| async move {
            over.await;
            hears.store(true, Ordering::Relaxed);
            std::future::pending().await
        });
        let mut served = std::pin::pin!(stuck);
        let waited = tokio::time::timeout(Duration::from_millis(200), &mut served).await;
        assert!(waited.is_err() && !told.load(Ordering::Relaxed), "it counts");
        counts.store(false, Ordering::Relaxed);
        let ended = Instant::now();
        assert!(tokio::time::timeout(Duration::from_secs(60), served).await.unwrap().is_err());
        assert!(told.load(Ordering::Relaxed) && ended.elapsed() > LAST_WORDS);
        // One that ends by itself is not waited for.
        let over = watch(|| true);
        assert_eq!(serve(over, |_| std::future::ready(Ok(()))).await, Ok(()));
    }
}
