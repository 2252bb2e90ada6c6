//! Forms: what a browser sends.

use std::collections::BTreeMap;

use axum::body::Body;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use hub::web::intake::{self, Sender};
use model::fault::Fault;

/// The names and values of a form. A name that stands twice counts once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form(pub(crate) BTreeMap<String, String>);

impl Form {
    /// Reads a body of `application/x-www-form-urlencoded`.
    pub(crate) fn read(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// Takes what a browser sends, as long as its sender may make it: `sender` is whoever is signed in, `file_max` the bytes of a form that
    /// carries a file.
    ///
    /// # Errors
    /// [`Fault::BodyTooLarge`], [`Fault::HubBusy`], [`Fault::BadDocument`].
    pub(crate) async fn take(
        body: Body,
        kind: &str,
        sender: Option<&Sender>,
        file_max: usize,
    ) -> Result<Self, Fault> {
        let boundary = boundary(kind);
        let max = match (sender, &boundary) {
            (None, _) => intake::FORM,
            (Some(_), None) => intake::LONG_FORM,
            (Some(_), Some(_)) => file_max,
        };
        let taken = intake::take(body, sender, max).await?;
        Ok(boundary.map_or_else(|| Self::read(&taken), |boundary| Self::read_parts(&taken, boundary)))
    }

    /// Reads a body of `multipart/form-data` (RFC 7578). A file stands under its name in base64, and its own name behind it, as `x.name`.
    fn read_parts(body: &[u8], boundary: &str) -> Self {
        let mut form = BTreeMap::new();
        let mark = format!("\r\n--{boundary}");
        // The first mark has no line before it.
        let whole = [b"\r\n", body].concat();
        let mut rest = whole.as_slice();
        while let Some(at) = mark_in(rest, mark.as_bytes()) {
            let part = rest.get(..at).unwrap_or_default();
            if let Some((name, file, content)) = part_of(part) {
                match file {
                    Some(file) if !file.is_empty() => {
                        form.insert(format!("{name}.name"), file);
                        form.insert(name, BASE64_STANDARD.encode(content));
                    }
                    Some(_) => {}
                    None => drop(form.insert(name, String::from_utf8_lossy(content).into_owned())),
                }
            }
            rest = rest.get(at + mark.len()..).unwrap_or_default();
        }
        Self(form)
    }

    /// The same without a file that came with it.
    pub(crate) fn without_file(mut self) -> Self {
        self.0.retain(|name, _| !matches!(name.as_str(), "file" | "file.name"));
        self
    }

    /// A value, without spaces around it.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    /// The invitation that somebody has pasted: itself, or the link that it stands at the end of.
    pub(crate) fn invitation(&self) -> &str {
        let pasted = self.get("invitation");
        if pasted.contains("://") {
            pasted.rsplit(['#', '=', '/']).next().unwrap_or_default()
        } else {
            pasted
        }
    }

    /// What somebody wrote, on one line: the registry keeps texts without ends of lines.
    pub(crate) fn said(&self, name: &str) -> String {
        one_line(self.get(name))
    }

    /// A value, if it says something.
    pub(crate) fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }
}

/// What divides the parts of a form that carries a file; none: it is no such form.
fn boundary(kind: &str) -> Option<&str> {
    let (form, rest) = kind.split_once(';')?;
    let said = rest.trim().strip_prefix("boundary=")?.trim_matches('"');
    (form.trim().eq_ignore_ascii_case("multipart/form-data") && !said.is_empty()).then_some(said)
}

/// Where the next mark stands: on a line that ends with it, or with two dashes more. What only begins like it is in a file.
fn mark_in(text: &[u8], mark: &[u8]) -> Option<usize> {
    let ends = |at: usize| {
        let behind = text.get(at + mark.len()..).unwrap_or_default();
        behind.is_empty() || behind.starts_with(b"\r\n") || behind.starts_with(b"--")
    };
    text.windows(mark.len()).enumerate().find(|(at, window)| *window == mark && ends(*at)).map(|(at, _)| at)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// A part of such a form: its name, its file's if it is one, and what it holds.
fn part_of(part: &[u8]) -> Option<(String, Option<String>, &[u8])> {
    let part = part.strip_prefix(b"\r\n")?;
    let at = find(part, b"\r\n\r\n")?;
    let heads = String::from_utf8_lossy(part.get(..at)?);
    let content = part.get(at + 4..)?;
    let said = heads.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let of = |name: &str| {
        let (_, rest) = said.split_once(&format!("; {name}=\""))?;
        let value = rest.split_once('"')?.0;
        // As the standard of HTML writes what would end a name.
        Some(value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"))
    };
    Some((of("name")?, of("filename"), content))
}

/// Lines as one: the registry keeps texts without ends of lines.
pub(crate) fn one_line(text: &str) -> String {
    let lines = text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;

    use super::*;

    #[test]
    fn an_invitation_is_taken_as_it_is_and_from_its_link() {
        for pasted in [
            "aB-9_x",
            " aB-9_x ",
            "https://hub.vn/kich-hoat#aB-9_x",
            "https://hub.vn/kich-hoat?lang=vi#aB-9_x",
        ] {
            let form = Form([("invitation".to_owned(), pasted.to_owned())].into());
            assert_eq!(form.invitation(), "aB-9_x", "{pasted}");
        }
        let nothing = Form([("invitation".to_owned(), "https://hub.vn/kich-hoat#".to_owned())].into());
        assert_eq!(nothing.invitation(), "");
    }

    #[test]
    fn a_form_with_a_file_is_read_whatever_its_bytes() {
        let kind = "multipart/form-data; boundary=----x9";
        assert_eq!((boundary(kind), boundary("application/x-www-form-urlencoded")), (Some("----x9"), None));
        let part = |head: &str, content: &[u8]| {
            [b"------x9\r\nContent-Disposition: form-data; ", head.as_bytes(), b"\r\n\r\n", content, b"\r\n"]
                .concat()
        };
        let bytes = b"%PDF\r\n\r\n--\x00\xff\r\n----\r\na------x9\r\n------x99\r\n";
        let body = [
            part("name=\"text\"", "số 12\r\nngày 3".as_bytes()),
            part("name=\"file\"; filename=\"công văn.pdf\"\r\nContent-Type: text/html", bytes),
            part("name=\"none\"; filename=\"\"", b""),
            b"------x9--\r\n".to_vec(),
        ];
        let form = Form::read_parts(&body.concat(), "----x9");
        assert_eq!((form.get("text"), form.get("file.name")), ("số 12\r\nngày 3", "công văn.pdf"));
        assert_eq!(BASE64_STANDARD.decode(form.get("file")).unwrap(), bytes);
        assert!(form.some("none").is_none());
        for broken in [
            &b""[..],
            b"------x9",
            b"------x9\r\n",
            b"------x9\r\nContent-Disposition: form-data; name=\"a",
            b"\xff\x00",
        ] {
            Form::read_parts(broken, "----x9");
        }
    }

    #[test]
    fn a_form_is_read_and_what_is_written_on_lines_is_said_on_one() {
        let form = Form::read(&Bytes::from_static(b"a=+x+&b=&a=%C4%91%0D%0A%0D%0Ae+"));
        assert_eq!(
            (form.get("a"), form.said("a").as_str(), form.some("b"), form.get("c")),
            ("đ\r\n\r\ne", "đ e", None, "")
        );
    }
}
