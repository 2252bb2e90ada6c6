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
mod shell;
mod texts;
mod tongue;
mod visit;
mod words;

#[cfg(test)]
mod tests;

pub use crate::words::said;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::routing::{get, post};

use crate::act::{ACTS, Act};
use crate::page::{PAGES, Page};
use crate::visit::{Console, Face, Visit};

/// The hub's routes with the pages around them.
pub fn around(api: Router) -> Router {
    let console = Arc::new(Console::new(api, Face::Hub));
    let router = Router::new().route("/dang-nhap", get(session::form).post(session::sign_in));
    with_pages(router, PAGES, ACTS).fallback(answer::elsewhere).with_state(console)
}

/// The routes of a node's cases with the pages around them: those of citizens, and those of the office. `host` is what people know them by; without
/// one it is whatever host they asked.
pub fn around_cases(api: Router, host: Option<String>) -> Router {
    let console = Arc::new(Console::new(api, Face::Shell).known_as(host));
    let router = Router::new().route("/dang-nhap", get(shell::sign_in::form));
    with_pages(router, shell::PAGES, shell::ACTS).fallback(answer::elsewhere).with_state(console)
}

/// Pages and forms, and what all of them have beside themselves.
fn with_pages(
    mut router: Router<Arc<Console>>,
    pages: &'static [Page],
    acts: &'static [Act],
) -> Router<Arc<Console>> {
    router = router
        .route("/dang-xuat", post(session::sign_out))
        .route("/ngon-ngu", post(session::language))
        .route("/tai-nguyen/{file}", get(asset::file));
    for page in pages {
        router = router.route(page.path, get(move |visit: Visit| answer::page(visit, page)));
    }
    for act in acts {
        // The test that visits all forms sees to it that each has its page.
        let Some(page) = pages.iter().find(|page| page.path == act.page) else { continue };
        let form =
            move |visit: Visit, headers: HeaderMap, body: Body| answer::act(visit, act, page, headers, body);
        router = router.route(act.path, post(form));
    }
    router
}
