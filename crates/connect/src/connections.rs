//! Connections of a pool, counted while they are in use. Where none comes in time it matters why: because others use them all, which is
//! their doing, or because none can be made, which is the server's.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool};

use crate::SourceError;

/// The connections to one source.
pub(crate) struct Connections<DB: Database> {
    pool: Pool<DB>,
    in_use: Arc<AtomicUsize>,
}

impl<DB: Database> Clone for Connections<DB> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), in_use: self.in_use.clone() }
    }
}

/// One of them.
pub(crate) struct InUse<DB: Database> {
    connection: PoolConnection<DB>,
    _counted: Counted,
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<DB: Database> Connections<DB> {
    pub(crate) fn new(pool: Pool<DB>) -> Self {
        Self { pool, in_use: Arc::default() }
    }

    /// One that is free, or a new one.
    pub(crate) async fn take(
        &self,
        failed: fn(sqlx::Error) -> SourceError,
    ) -> Result<InUse<DB>, SourceError> {
        match self.pool.acquire().await {
            Ok(connection) => {
                self.in_use.fetch_add(1, Ordering::Relaxed);
                Ok(InUse { connection, _counted: Counted(self.in_use.clone()) })
            }
            Err(sqlx::Error::PoolTimedOut) if self.in_use.load(Ordering::Relaxed) == 0 => {
                Err(SourceError::NoConnection)
            }
            Err(error) => Err(failed(error)),
        }
    }
}

impl<DB: Database> InUse<DB> {
    /// Closes it: it is not as it was.
    pub(crate) fn discard(self) {
        drop(self.connection.detach());
    }
}

impl<DB: Database> Deref for InUse<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.connection
    }
}

impl<DB: Database> DerefMut for InUse<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }
}
