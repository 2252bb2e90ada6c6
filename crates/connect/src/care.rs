//! Care for the database behind a source: the node must never be what brings a ministry's database down. So many connections and no more,
//! so long a statement and no longer, and a rest after it could not be reached some times in a row. That a statement took too long, or that
//! connections are in use, is the doing of whoever asks, and nobody else is to suffer for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::StreamExt as _;
use tokio::sync::Semaphore;

use crate::value::Cell;
use crate::{Filter, Lines, Listed, Listing, Shape, Source, SourceError, Table, TableName};

/// Failures in a row after which a source is left alone.
const FAILURES: u32 = 3;
/// The first rest; each one after it is twice as long, up to [`LONGEST`].
const REST: Duration = Duration::from_secs(1);
/// The longest rest.
const LONGEST: Duration = Duration::from_secs(60);

/// What a source may cost its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once.
    pub connections: u32,
    /// Longest time of a statement.
    pub statement: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 4, statement: Duration::from_secs(10) }
    }
}

/// How a source has done of late.
#[derive(Debug, Default)]
struct Health {
    failures: u32,
    rests_until: Option<Instant>,
}

/// A source with care taken.
pub struct Careful<S> {
    source: S,
    limits: Limits,
    health: Mutex<Health>,
    /// Streams take half of the connections at most: questions go on beside them.
    streams: Arc<Semaphore>,
}

impl<S: Source> Careful<S> {
    /// Takes care of `source`.
    pub fn new(source: S, limits: Limits) -> Self {
        let streams = Arc::new(Semaphore::new((limits.connections / 2).max(1) as usize));
        Self { source, limits, health: Mutex::default(), streams }
    }

    fn health(&self) -> std::sync::MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rests(&self) -> bool {
        self.health().rests_until.is_some_and(|until| until > Instant::now())
    }

    /// Asks, unless the source rests; longer than a statement and a connection may take nobody waits.
    async fn ask<T>(&self, asked: impl Future<Output = Result<T, SourceError>>) -> Result<T, SourceError> {
        if self.rests() {
            return Err(SourceError::Busy);
        }
        let patience = self.limits.statement + Duration::from_secs(5);
        let answered = tokio::time::timeout(patience, asked).await;
        let mut health = self.health();
        match &answered {
            // One that does not even end a statement when its time is over is not there. A statement that is refused says nothing of the
            // database: one table that may not be read must not silence the others.
            Err(_) | Ok(Err(SourceError::NoConnection | SourceError::Unreachable(_))) => {
                health.failures = health.failures.saturating_add(1);
                if let Some(more) = health.failures.checked_sub(FAILURES) {
                    let rest = REST.saturating_mul(1 << more.min(6)).min(LONGEST);
                    health.rests_until = Some(Instant::now() + rest);
                }
            }
            _ => *health = Health::default(),
        }
        answered.unwrap_or(Err(SourceError::Busy))
    }
}

#[async_trait]
impl<S: Source> Source for Careful<S> {
    async fn describe(&self) -> Result<Vec<Shape>, SourceError> {
        self.ask(self.source.describe()).await
    }

    async fn shape(&self, table: &TableName) -> Result<Option<Shape>, SourceError> {
        self.ask(self.source.shape(table)).await
    }

    async fn look_up(
        &self,
        table: &Table,
        fields: &[&str],
        keys: &[&str],
        filters: &[Filter],
    ) -> Result<Vec<Listed>, SourceError> {
        self.ask(self.source.look_up(table, fields, keys, filters)).await
    }

    async fn list(
        &self,
        table: &Table,
        fields: &[&str],
        listing: &Listing,
    ) -> Result<Vec<Listed>, SourceError> {
        self.ask(self.source.list(table, fields, listing)).await
    }

    async fn count(&self, table: &Table, filters: &[Filter]) -> Result<u64, SourceError> {
        self.ask(self.source.count(table, filters)).await
    }

    fn stream<'a>(&'a self, table: &'a Table, fields: &'a [&'a str], filters: &'a [Filter]) -> Lines<'a> {
        let place = self.streams.clone().try_acquire_owned();
        match place {
            Ok(place) if !self.rests() => {
                let lines = self.source.stream(table, fields, filters);
                // The place is held as long as the stream is.
                lines
                    .map(move |piece| {
                        let _held = &place;
                        piece
                    })
                    .boxed()
            }
            _ => futures::stream::once(std::future::ready(Err(SourceError::Busy))).boxed(),
        }
    }

    async fn keyless(&self, table: &Table) -> Result<u64, SourceError> {
        self.ask(self.source.keyless(table)).await
    }

    async fn doubles(&self, table: &Table) -> Result<(u64, u64), SourceError> {
        self.ask(self.source.doubles(table)).await
    }

    async fn sample(&self, shape: &Shape, limit: usize) -> Result<Vec<Vec<Cell>>, SourceError> {
        self.ask(self.source.sample(shape, limit)).await
    }

    fn age(&self) -> Option<Duration> {
        self.source.age()
    }
}
