//! Asks an HTTP API for the pages of a snapshot.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use connect::source::{Fetch, Page};
use http::Request;
use http::header::{ACCEPT, AUTHORIZATION, HeaderMap, LINK};
use model::fault::{Fault, Words};
use rustls::pki_types::CertificateDer;
use trust::tls;
use trust::web::fetch;

use crate::backend::http_api::WebClient;
use crate::body;

/// Longest wait for a page.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Largest page.
const PAGE_MAX_BYTES: usize = 64 * 1024 * 1024;

pub(crate) struct Pages {
    client: WebClient,
    token: Option<String>,
}

impl Pages {
    /// Asks with a token, if the API wants one, and trusts these authorities.
    pub(crate) fn new(token: Option<String>, anchors: &[CertificateDer<'static>]) -> Result<Self, Fault> {
        let tls =
            tls::web_client(anchors).map_err(|error| Fault::bad_settings("TLS", Words::quoted(error)))?;
        Ok(Self { client: trust::web::client(tls), token })
    }
}

#[async_trait]
impl Fetch for Pages {
    async fn page(&self, address: &str) -> Result<Page, String> {
        let mut request = Request::get(address).header(ACCEPT, "application/json");
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(body::whole(Bytes::new())).map_err(|error| error.to_string())?;
        let answer = fetch(&self.client, request, TIMEOUT, PAGE_MAX_BYTES).await?;
        // A part of it, 206, is not it.
        if !answer.status().is_success() || answer.status() == http::StatusCode::PARTIAL_CONTENT {
            return Err(format!("{address}: {}", answer.status()));
        }
        let next = next_of(answer.headers());
        Ok(Page { body: answer.into_body().to_vec(), next })
    }
}

/// The next page by `Link: <…>; rel="next"` (RFC 8288) or `X-Next-Page`.
fn next_of(headers: &HeaderMap) -> Option<String> {
    let texts = |name| headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    let link = texts(LINK.as_str()).find_map(next_link);
    link.or_else(|| texts("x-next-page").next().map(|page| page.trim().to_owned()))
}

/// The target of the link that is `next`. Commas and semicolons within an address divide nothing.
fn next_link(value: &str) -> Option<String> {
    let mut rest = value;
    loop {
        let (target, behind) = rest.split_once('<')?.1.split_once('>')?;
        let (parameters, further) = behind.split_at(behind.find('<').unwrap_or(behind.len()));
        let is_next = parameters.trim_end_matches([',', ' ']).split(';').any(|one| {
            let (name, value) = one.split_once('=').unwrap_or_default();
            name.trim().eq_ignore_ascii_case("rel")
                && value.trim().trim_matches('"').split(' ').any(|rel| rel.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(target.to_owned());
        }
        rest = further;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        for (value, next) in [
            (
                "<https://api/x?select=ma,ten&page=2>; rel=\"next\"",
                Some("https://api/x?select=ma,ten&page=2"),
            ),
            ("</a>; rel=prev, </b;c>; title=\"x\"; rel=\"last next\"", Some("/b;c")),
            ("</a>; rel=\"prev\"", None),
            ("rel=next", None),
            ("<>", None),
        ] {
            assert_eq!(next_link(value).as_deref(), next, "{value}");
        }
    }
}
