//! A store for what a program keeps: `SQLite` or PostgreSQL by URL, the same statements on both.
//!
//! Statements are written in full, in the subset that both understand. The caller owns the transaction: what belongs together commits
//! together or not at all. What is kept, and the steps that its tables are made by, are the caller's. See `docs/decisions/0003-store.md`.

mod db;
mod dialect;
mod text;
mod trouble;

pub use db::{Db, Tx};
#[doc(hidden)]
pub use sqlx;
pub use text::{failed, from_json, from_text, moment, readable, to_json};

/// The same thing on either database.
#[derive(Clone)]
pub enum On<L, P> {
    /// `SQLite`.
    Lite(L),
    /// PostgreSQL.
    Pg(P),
}

/// Runs `$body` with `$c` bound to whichever database this is.
#[macro_export]
macro_rules! on {
    ($tx:expr, $c:ident => $body:expr) => {
        match $tx.0 {
            $crate::On::Lite(ref mut $c) => $body,
            $crate::On::Pg(ref mut $c) => $body,
        }
    };
}

/// `run!(tx, "SQL" => a, b)`: rows affected.
#[macro_export]
macro_rules! run {
    ($tx:expr, $sql:expr $(=> $($arg:expr),+)?) => {
        $crate::on!($tx, c => $crate::sqlx::query($sql)$($(.bind($arg))+)?.execute(&mut **c).await.map(|done| done.rows_affected()))
            .map_err(|error| $tx.failed(error))
    };
}

/// `all!(tx, "SQL" => a, b)`: every row, as the tuple the caller names.
#[macro_export]
macro_rules! all {
    ($tx:expr, $sql:expr $(=> $($arg:expr),+)?) => {
        $crate::on!($tx, c => $crate::sqlx::query_as($sql)$($(.bind($arg))+)?.fetch_all(&mut **c).await).map_err(|error| $tx.failed(error))
    };
}

/// `optional!(tx, "SQL" => a, b)`: the one row, if there is one.
#[macro_export]
macro_rules! optional {
    ($tx:expr, $sql:expr $(=> $($arg:expr),+)?) => {
        $crate::on!($tx, c => $crate::sqlx::query_as($sql)$($(.bind($arg))+)?.fetch_optional(&mut **c).await).map_err(|error| $tx.failed(error))
    };
}

#[cfg(test)]
mod tests;
