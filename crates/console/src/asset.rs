//! What pages load beside themselves: style, script, fonts, icon. All of it is in the program.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse as _, Response};

const WOFF2: &str = "font/woff2";

/// Name, kind and bytes.
const FILES: &[(&str, &str, &[u8])] = &[
    ("console.css", "text/css; charset=utf-8", include_bytes!("../assets/console.css")),
    ("console.js", "text/javascript; charset=utf-8", include_bytes!("../assets/console.js")),
    ("shell.css", "text/css; charset=utf-8", include_bytes!("../assets/shell.css")),
    ("shell.js", "text/javascript; charset=utf-8", include_bytes!("../assets/shell.js")),
    ("icon.svg", "image/svg+xml", include_bytes!("../assets/icon.svg")),
    (
        "source-sans-3-latin.woff2",
        WOFF2,
        include_bytes!("../assets/fonts/source-sans-3-latin-wght-normal.woff2"),
    ),
    (
        "source-sans-3-vietnamese.woff2",
        WOFF2,
        include_bytes!("../assets/fonts/source-sans-3-vietnamese-wght-normal.woff2"),
    ),
    (
        "be-vietnam-pro-latin.woff2",
        WOFF2,
        include_bytes!("../assets/fonts/be-vietnam-pro-latin-600-normal.woff2"),
    ),
    (
        "be-vietnam-pro-vietnamese.woff2",
        WOFF2,
        include_bytes!("../assets/fonts/be-vietnam-pro-vietnamese-600-normal.woff2"),
    ),
];

/// A file by its name.
pub(crate) async fn file(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, bytes)) => {
            let headers = [
                (CONTENT_TYPE, *kind),
                (CACHE_CONTROL, "public, max-age=3600"),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, *bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// What lies in `assets/fonts` is what the packages hold; see its README.
    #[test]
    fn fonts_are_as_they_were_published() {
        let readme = include_str!("../assets/fonts/README.md");
        for (name, kind, bytes) in FILES {
            if *kind == WOFF2 {
                let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
                assert!(readme.contains(&digest), "{name} {digest}");
            }
        }
    }
}
