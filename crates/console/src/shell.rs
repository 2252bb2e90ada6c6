//! The shells of a node: pages for citizens with cases, who need not bring what the State has, and for the officers who handle them. They
//! stand over the node's routes of cases as the hub's pages stand over the hub's: one view, drawn as HTML and given as JSON.
//!
//! A case has one address. Its state decides what stands there, so that whoever comes back, by whatever way, goes on where they were. A
//! citizen is asked one thing a page, needs no script, and is told of each look at their data which agency, what for and by which text.

mod act;
mod begin;
mod case;
mod load;
pub(crate) mod sign_in;
#[cfg(test)]
mod tests;
mod typed;

use crate::act::Act;
use crate::page::Page;

/// Declares a page; `open` ones are for everybody, signed in or not.
macro_rules! page {
    (open $path:literal, $template:literal, $nav:literal, $load:path) => {
        Page { open: true, ..page!($path, $template, $nav, $load) }
    };
    ($path:literal, $template:literal, $nav:literal, $load:path) => {
        page!($path, $template, $nav, $load, [])
    };
    ($path:literal, $template:literal, $nav:literal, $load:path, [$($column:literal),*]) => {
        Page { path: $path, template: $template, nav: $nav, load: |visit| Box::pin($load(visit)), columns: &[$($column),*], open: false }
    };
}

/// All pages.
pub(crate) const PAGES: &[Page] = &[
    page!(open "/", "shell-home.html", "shell_home", load::home),
    page!(open "/thu-tuc/{code}", "shell-procedure.html", "shell_home", load::procedure),
    page!("/thu-tuc/{code}/bat-dau", "shell-begin.html", "shell_home", begin::load),
    page!(
        "/ho-so",
        "shell-cases.html",
        "shell_cases",
        load::own_cases,
        ["id", "dossier", "name.vi", "name.en", "state", "opened"]
    ),
    page!("/ho-so/{id}", "shell-case.html", "shell_cases", load::own_case),
    page!("/ho-so/{id}/dien/{fact}", "shell-field.html", "shell_cases", load::field),
    page!("/ho-so/{id}/sua/{fact}", "shell-correct.html", "shell_cases", load::field),
    page!("/ho-so/{id}/giay-to/{item}", "shell-paper.html", "shell_cases", load::paper),
    page!("/ho-so/{id}/bien-nhan", "shell-receipt.html", "shell_cases", load::receipt),
    page!(
        "/ai-da-hoi",
        "shell-asked.html",
        "shell_asked",
        load::asked,
        ["at", "agency.vi", "agency.en", "name.vi", "name.en", "fields", "basis", "dossier", "id"]
    ),
    page!(open "/ly-do", "shell-reasons.html", "shell_reasons", load::reasons),
    page!(open "/ly-do/{code}", "shell-reason.html", "shell_reasons", load::reason),
    page!(
        "/can-bo",
        "shell-desk.html",
        "shell_desk",
        load::desk,
        ["id", "dossier", "procedure", "name.vi", "name.en", "state", "by", "opened", "due", "late", "gaps"]
    ),
    page!("/can-bo/{id}", "shell-desk-case.html", "shell_desk", load::desk_case),
    page!("/ket-qua/{code}", "shell-result.html", "shell_cases", load::result),
];

/// Declares a form. What a page's own view says is checked where it is sent: its places are data.
macro_rules! act {
    ($path:literal, $page:literal, $run:path) => {
        Act { path: $path, page: $page, asks: |_| Vec::new(), run: |visit, form| Box::pin($run(visit, form)) }
    };
}

/// All forms.
pub(crate) const ACTS: &[Act] = &[
    act!("/thu-tuc/{code}/bat-dau", "/thu-tuc/{code}/bat-dau", begin::act),
    act!("/ho-so/{id}/tra-loi", "/ho-so/{id}", act::answer),
    act!("/ho-so/{id}/xem-truoc", "/ho-so/{id}", act::preview),
    act!("/ho-so/{id}/dien/{fact}", "/ho-so/{id}/dien/{fact}", act::fill),
    act!("/ho-so/{id}/sua/{fact}", "/ho-so/{id}/sua/{fact}", act::correct),
    act!("/ho-so/{id}/giay-to/{item}", "/ho-so/{id}/giay-to/{item}", act::paper),
    act!("/ho-so/{id}/hoi-lai", "/ho-so/{id}", act::again),
    act!("/ho-so/{id}/nop", "/ho-so/{id}", act::submit),
    act!("/ho-so/{id}/rut", "/ho-so/{id}", act::close),
    act!("/can-bo/{id}/sua", "/can-bo/{id}", act::decide_correction),
    act!("/can-bo/{id}/giay-to", "/can-bo/{id}", act::ask_paper),
    act!("/can-bo/{id}/quyet-dinh", "/can-bo/{id}", act::decide),
    act!("/can-bo/{id}/ket-cuc", "/can-bo/{id}", act::outcome),
    act!("/can-bo/{id}/giay-mang-den", "/can-bo/{id}", act::brought),
    act!("/can-bo/{id}/chung-minh", "/can-bo/{id}", act::proves),
    act!("/can-bo/{id}/ket-qua", "/can-bo/{id}", act::use_result_at_desk),
    act!("/ho-so/{id}/giay-to/{item}/ket-qua", "/ho-so/{id}/giay-to/{item}", act::use_result),
    act!("/ket-qua/{code}/thu-hoi", "/ket-qua/{code}", act::revoke),
];
