//! Letters by SMTP, through `lettre`, which stays behind this wall. Over TLS from the first byte or by STARTTLS, which is not left out when
//! a server does not offer it; in the clear only to this machine. The password stands in a file.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use model::fault::{Fault, Words};
use serde::{Deserialize, Serialize};

use super::letter::{Letter, one_line};
use crate::texts;

/// Longest wait for one answer of the server.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest wait for a letter to be taken.
const LETTER_WITHIN: Duration = Duration::from_secs(60);
/// Longest address (RFC 5321, section 4.5.3.1.3).
const ADDRESS_MAX: usize = 254;
/// What servers answer when a mailbox will never take a letter (RFC 5321, section 4.2.3). Other refusals may be ours to mend.
const NO_SUCH_MAILBOX: [u16; 3] = [550, 551, 553];

/// How letters are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// The server that takes letters: `thu.bo.gov.vn`.
    pub server: String,
    /// Its port; without, 587 by STARTTLS, 465 by TLS, 25 on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the way there is kept secret.
    #[serde(default)]
    pub encryption: Encryption,
    /// The name to sign in with, if the server wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// File with the password, from the state folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// File with the certificates, as PEM, of the authorities that the server's own may come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<PathBuf>,
    /// The address that letters come from.
    pub from: String,
    /// Letters go only to addresses in these domains and below them; none: to any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
}

/// How the way to a mail server is kept secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// STARTTLS, without which nothing is sent.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// None: only to a server on this machine.
    None,
}

impl MailSettings {
    /// What cannot be right.
    pub(crate) fn mistakes(&self) -> Vec<Words> {
        let mut mistakes = Vec::new();
        if self.server.is_empty()
            || !self.server.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte))
        {
            mistakes.push(texts::mail_server_form());
        }
        let is_here = matches!(self.server.as_str(), "127.0.0.1" | "::1" | "localhost");
        if self.encryption == Encryption::None && !is_here {
            mistakes.push(texts::mail_plain_away());
        }
        if self.encryption != Encryption::None && self.authority.is_none() {
            mistakes.push(texts::mail_authority_missing());
        }
        if !is_address(&self.from) {
            mistakes.push(texts::mail_from_form());
        }
        if self.user.is_some() != self.password_file.is_some() {
            mistakes.push(texts::mail_password_lone());
        }
        mistakes
    }

    fn port(&self) -> u16 {
        self.port.unwrap_or(match self.encryption {
            Encryption::Starttls => 587,
            Encryption::Tls => 465,
            Encryption::None => 25,
        })
    }

    /// Whether letters may go to an address.
    pub(crate) fn check(&self, address: &str) -> Result<(), Fault> {
        if !is_address(address) {
            return Err(Fault::CannotBeTold { why: texts::mail_address_form() });
        }
        let domain = address.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
        let is_in = |of: &String| {
            let of = of.to_ascii_lowercase();
            domain == of || domain.ends_with(&format!(".{of}"))
        };
        if self.domains.is_empty() || self.domains.iter().any(is_in) {
            return Ok(());
        }
        Err(Fault::CannotBeTold { why: texts::mail_address_domain(&self.domains.join(", ")) })
    }
}

/// Whether it is an address that any server takes: ASCII, nothing quoted, one `@`. So nothing in it can end a line or name a second one.
pub(crate) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= ADDRESS_MAX
        && (1..=64).contains(&local.len())
        && local.bytes().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// Why a letter was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failed {
    /// It may be, later.
    Later(String),
    /// It never will be.
    Never(String),
}

impl Failed {
    /// Why, as the other side or the network says it.
    pub(crate) fn why(self) -> String {
        match self {
            Self::Later(why) | Self::Never(why) => why,
        }
    }
}

/// Sends letters.
pub(crate) struct Mailer {
    pub(crate) settings: MailSettings,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// Whose numbers of letters they are.
    host: String,
}

impl Mailer {
    /// As the settings say; files are taken from `folder`.
    ///
    /// # Errors
    /// [`Fault::FileFailed`], [`Fault::BadSettings`].
    pub(crate) fn open(settings: &MailSettings, folder: &Path, host: &str) -> Result<Self, Fault> {
        let bad = |error: &dyn std::fmt::Display| {
            Fault::bad_settings(folder.join("hub.toml").display(), Words::quoted(error))
        };
        let read = |file: &Path| {
            let path = folder.join(file);
            std::fs::read(&path).map_err(|error| Fault::FileFailed {
                path: path.display().to_string(),
                why: Words::quoted(error),
            })
        };
        let tls = match (settings.encryption, &settings.authority) {
            (Encryption::None, _) | (_, None) => Tls::None,
            (encryption, Some(authority)) => {
                let anchors = Certificate::from_pem(&read(authority)?).map_err(|error| bad(&error))?;
                let parameters = TlsParameters::builder(settings.server.clone())
                    .certificate_store(CertificateStore::None)
                    .add_root_certificate(anchors)
                    .build_rustls()
                    .map_err(|error| bad(&error))?;
                if encryption == Encryption::Tls {
                    Tls::Wrapper(parameters)
                } else {
                    Tls::Required(parameters)
                }
            }
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.server)
            .port(settings.port())
            .timeout(Some(PATIENCE))
            .hello_name(ClientId::Domain(host.to_owned()))
            .tls(tls);
        if let (Some(user), Some(file)) = (&settings.user, &settings.password_file) {
            let password = String::from_utf8_lossy(&read(file)?).trim().to_owned();
            transport = transport.credentials(Credentials::new(user.clone(), password));
        }
        let from = settings.from.parse::<Address>().map_err(|error| bad(&error))?;
        Ok(Self {
            settings: settings.clone(),
            transport: transport.build(),
            from: Mailbox::new(Some("Liên Thông".into()), from),
            host: host.to_owned(),
        })
    }

    /// Sends a letter to a person at an address, under its number, which is the same whenever it is sent again.
    pub(crate) async fn send(
        &self,
        (person, address): (&str, &str),
        letter: &Letter,
        number: &str,
        now: Timestamp,
    ) -> Result<(), Failed> {
        let message = self.message((person, address), letter, number, now).map_err(Failed::Never)?;
        let sent = tokio::time::timeout(LETTER_WITHIN, self.transport.send(message)).await;
        let Ok(sent) = sent else {
            return Err(Failed::Later(format!("no answer within {} s", LETTER_WITHIN.as_secs())));
        };
        sent.map(drop).map_err(|error| {
            let status = error.status().map(|code| code.to_string().parse::<u16>().unwrap_or_default());
            // Servers repeat the address; logs and the store need not.
            let why = trust::chain(&error).replace(address, "…");
            let never = status.is_some_and(|code| NO_SUCH_MAILBOX.contains(&code));
            if never { Failed::Never(why) } else { Failed::Later(why) }
        })
    }

    fn message(
        &self,
        (person, address): (&str, &str),
        letter: &Letter,
        number: &str,
        now: Timestamp,
    ) -> Result<Message, String> {
        let to: Address =
            address.parse().map_err(|error: lettre::address::AddressError| error.to_string())?;
        let raw =
            |name: &'static str, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(one_line(person)), to))
            .subject(letter.subject.clone())
            .date(SystemTime::from(now))
            .message_id(Some(format!("<{number}@{}>", self.host)))
            // Nobody's absence is to be told to us (RFC 3834), and letters can be stopped (RFC 2369).
            .raw_header(raw("Auto-Submitted", "auto-generated".into()))
            .raw_header(raw("X-Auto-Response-Suppress", "All".into()))
            .raw_header(raw("List-Unsubscribe", format!("<{}>", letter.settings)))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone())
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> MailSettings {
        toml::from_str("server = \"127.0.0.1\"\nencryption = \"none\"\nfrom = \"hub@lienthong.gov.vn\"\ndomains = [\"gov.vn\"]").unwrap()
    }

    #[test]
    fn an_address_is_one_address_and_of_the_domains_that_are_allowed() {
        let settings = settings();
        for good in ["a@gov.vn", "nguyen.van-a@bo.gov.vn", "A+b@So.GOV.vn"] {
            assert_eq!(settings.check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "a",
            "@gov.vn",
            "a@",
            "a@gov",
            "a@xgov.vn",
            "a@gov.vn.evil.com",
            "a@b@gov.vn",
            "a@gov.vn\r\nBcc: x@gov.vn",
            "a b@gov.vn",
            "a@gov.vn,b@gov.vn",
            "<a@gov.vn>",
            "\"a\"@gov.vn",
            "ă@gov.vn",
            "a@gỏv.vn",
            ".a@gov.vn",
            "a..b@gov.vn",
            "a@-x.gov.vn",
            "a@[127.0.0.1]",
            "a@gov.vn ",
            "a%0d%0aBcc:@gov.vn",
            "a@gov..vn",
            "a\u{0}@gov.vn",
        ] {
            assert!(settings.check(bad).is_err(), "{bad:?}");
        }
        assert!(settings.check(&format!("{}@gov.vn", "a".repeat(65))).is_err());
    }

    #[test]
    fn names_and_texts_bring_in_no_header_and_no_second_line() {
        let mailer = Mailer::open(&settings(), Path::new("/nowhere"), "hub.gov.vn").unwrap();
        let hostile = [
            "A\r\nBcc: x@evil.com",
            "A\nSubject: other",
            "A\r\n\r\n.\r\nMAIL FROM:<x@y.z>",
            "\u{202e}gnol",
            "Đỗ \"Thị\" <x@evil.com>",
            "a\u{2028}b",
            "=?utf-8?q?a=0D=0ABcc:_x@evil.com?=",
            &"ệ".repeat(400),
        ];
        for name in hostile {
            let letter = Letter {
                subject: one_line(name),
                body: format!("{name}\n.\n.."),
                settings: "https://hub.gov.vn/thong-bao/cach-nhan".into(),
            };
            let now = "2026-11-30T00:00:00Z".parse().unwrap();
            let message = mailer.message((name, "a@gov.vn"), &letter, "n1", now).unwrap();
            assert_eq!(message.envelope().to().len(), 1);
            let text = String::from_utf8(message.formatted()).unwrap();
            let (head, _) = text.split_once("\r\n\r\n").unwrap();
            let names: Vec<&str> = head
                .split("\r\n")
                .filter(|line| !line.starts_with([' ', '\t']))
                .map(|line| line.split(':').next().unwrap())
                .collect();
            let mut once = names.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), names.len(), "{head}");
            assert!(!names.contains(&"Bcc") && names.len() == 11, "{names:?}");
            assert!(
                head.bytes().all(|byte| byte.is_ascii() && (byte >= b' ' || b"\r\n\t".contains(&byte))),
                "{head}"
            );
        }
    }
}
