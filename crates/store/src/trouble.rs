//! What is wrong with a store, as long as it is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::error::ErrorKind;

/// How long a store that could not be written is not tried again only because somebody asks how it is.
const TRIED: Duration = Duration::from_secs(1);

/// Why the last write that failed did, and when a write was tried last, unless one went well since.
type Failed = (String, Option<Instant>);

/// What is wrong with the store, if anything is. Shared by all who write.
#[derive(Clone, Default)]
pub(crate) struct Trouble(Arc<Mutex<Option<Failed>>>);

impl Trouble {
    /// Notes how a write went. What it was refused for (a constraint, a row that is not there) is no trouble of the store. One that went
    /// well may have been small enough for what is left of a full disk: it is only time to see.
    pub(crate) fn note(&self, error: Option<&sqlx::Error>) {
        let refused = match error {
            Some(sqlx::Error::Database(inner)) => !matches!(inner.kind(), ErrorKind::Other),
            Some(sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => {
                true
            }
            _ => false,
        };
        let mut trouble = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (error, trouble.as_mut()) {
            _ if refused => {}
            (Some(error), _) => *trouble = Some((error.to_string(), Some(Instant::now()))),
            (None, Some((_, tried))) => *tried = None,
            (None, None) => {}
        }
    }

    /// What it is, and whether somebody should try again: one at a time.
    pub(crate) fn told(&self) -> Option<(String, bool)> {
        let mut trouble = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.as_mut().map(|(why, tried)| {
            let due = tried.is_none_or(|tried| tried.elapsed() >= TRIED);
            if due {
                *tried = Some(Instant::now());
            }
            (why.clone(), due)
        })
    }

    /// It is over.
    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
