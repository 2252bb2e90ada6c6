//! The console: pages over the hub's API.
//!
//! A page asks the hub's own routes, in this process and with the visitor's own session, and draws what they answer. So a page can do
//! nothing that the API does not do, under the same rights; and what it was drawn from is its machine-readable twin. See
//! `docs/decisions/0011-pages-over-the-api.md`.

mod act;
mod answer;
mod asset;
mod chart;
mod draft;
mod draw;
mod entry;
mod form;
mod list;
mod load;
mod menu;
mod names;
mod page;
mod reply;
mod session;
mod texts;
mod tongue;
mod visit;
mod words;

#[cfg(test)]
mod tests;

pub use crate::words::said;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::page::PAGES;
use crate::visit::Console;

/// The hub's routes with the pages around them.
pub fn around(api: Router) -> Router {
    let console = Arc::new(Console::new(api));
    let mut router = Router::new()
        .route("/dang-nhap", get(session::form).post(session::sign_in))
        .route("/dang-xuat", post(session::sign_out))
        .route("/ngon-ngu", post(session::language))
        .route("/tai-nguyen/{file}", get(asset::file));
    for page in PAGES {
        router = router.route(page.path, get(answer::page));
    }
    for act in act::ACTS {
        router = router.route(act.path, post(answer::act));
    }
    router.fallback(answer::elsewhere).with_state(console)
}
