//! A stream that a task of its own feeds.

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::sync::mpsc;

use crate::SourceError;
use crate::value::Cell;

/// A piece of a stream.
pub(crate) enum Piece {
    /// Rows of cells.
    Cells(Vec<Vec<Cell>>),
    /// Whole lines as `COPY` writes them. Nothing is made of them on their way to JSON.
    Copied(Vec<u8>),
}

/// Pieces on the way between a database and who reads them.
const ON_THE_WAY: usize = 4;

/// Where the task puts in what it has.
pub(crate) struct Feed<T>(mpsc::Sender<Result<Option<T>, SourceError>>);

impl<T: Send + 'static> Feed<T> {
    /// Puts in a piece. Returns whether anybody still listens.
    pub(crate) async fn put(&self, piece: Result<T, SourceError>) -> bool {
        self.0.send(piece.map(Some)).await.is_ok()
    }

    /// Comes back when nobody listens any more.
    pub(crate) async fn unheard(&self) {
        self.0.closed().await;
    }

    /// Says why there is no more.
    pub(crate) async fn fail(self, error: SourceError) {
        let _ = self.0.send(Err(error)).await;
    }

    /// Says that this was all. A stream whose task has gone without that word has broken off.
    pub(crate) async fn end(self) {
        let _ = self.0.send(Ok(None)).await;
    }
}

/// What `run` feeds, to its end.
pub(crate) fn fed<T: Send + 'static, F: Future<Output = ()> + Send + 'static>(
    run: impl FnOnce(Feed<T>) -> F,
) -> BoxStream<'static, Result<T, SourceError>> {
    let (sender, receiver) = mpsc::channel(ON_THE_WAY);
    tokio::spawn(run(Feed(sender)));
    let pieces = stream::unfold(Some(receiver), |receiver| async move {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Ok(Some(piece))) => Some((Ok(piece), Some(receiver))),
            Some(Ok(None)) => None,
            Some(Err(error)) => Some((Err(error), None)),
            None => Some((Err(SourceError::Failed("it broke off".into())), None)),
        }
    });
    pieces.boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_ends_without_a_word_has_broken_off() {
        let all = fed(|feed: Feed<u8>| async move {
            feed.put(Ok(1)).await;
            feed.end().await;
        });
        assert_eq!(all.collect::<Vec<_>>().await, [Ok(1)]);
        let gone = fed(|feed: Feed<u8>| async move {
            feed.put(Ok(1)).await;
        });
        let gone: Vec<_> = gone.collect().await;
        assert!(matches!(gone.as_slice(), [Ok(1), Err(SourceError::Failed(_))]), "{gone:?}");
    }
}
