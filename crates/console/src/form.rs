//! Forms: what a browser sends.

use std::collections::BTreeMap;

use axum::body::Body;
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

    /// Takes what a browser sends, as long as its sender may make it: `sender` is whoever is signed in.
    ///
    /// # Errors
    /// [`Fault::BodyTooLarge`], [`Fault::HubBusy`], [`Fault::BadDocument`].
    pub(crate) async fn take(body: Body, sender: Option<&Sender>) -> Result<Self, Fault> {
        let max = if sender.is_some() { intake::LONG_FORM } else { intake::FORM };
        Ok(Self::read(&intake::take(body, sender, max).await?))
    }

    /// A value, without spaces around it.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
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
    fn a_form_is_read_and_what_is_written_on_lines_is_said_on_one() {
        let form = Form::read(&Bytes::from_static(b"a=+x+&b=&a=%C4%91%0D%0A%0D%0Ae+"));
        assert_eq!(
            (form.get("a"), form.said("a").as_str(), form.some("b"), form.get("c")),
            ("đ\r\n\r\ne", "đ e", None, "")
        );
    }
}
