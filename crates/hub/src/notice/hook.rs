//! Calls to webhooks, as Standard Webhooks has them (standardwebhooks.com): a POST of JSON over HTTPS, with a number that stays the same
//! over all tries, the time, and an HMAC-SHA256 over both and the body. Whoever signs in can name an address, so nobody gets the hub to
//! call what only the hub can reach: the addresses that a name stands for are looked at, and the one that was looked at is called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use model::fault::{Fault, Words};
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, ServerName};
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use trust::tls;
use url::{Host, Url};

use super::mail::Failed;
use crate::texts;

/// Longest wait for a call, connection and all.
const PATIENCE: Duration = Duration::from_secs(15);
/// Longest address.
const URL_MAX: usize = 1000;
/// What of an answer is read; nothing in it counts.
const ANSWER_MAX_BYTES: usize = 64 * 1024;
/// Addresses of one name that are tried.
const TRIED_MAX: usize = 4;
/// What secrets begin with, as those who check signatures expect.
const PREFIX: &str = "whsec_";

/// How webhooks are called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// File with the certificates, as PEM, of the authorities that receivers' own may come from.
    pub authority: PathBuf,
    /// Hosts that may have an address in a private network or on this machine, each with its port, `host:8443`; without one it is 443.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private_hosts: Vec<String>,
}

/// Calls webhooks.
pub(crate) struct Caller {
    tls: Arc<rustls::ClientConfig>,
    private_hosts: Vec<(String, u16)>,
}

/// The port of HTTPS.
const HTTPS: u16 = 443;

/// A host of the settings, with its port: `su-vu.bo.gov.vn`, `10.0.0.8:8443`, `[fd00::8]:8443`.
fn private(host: &str) -> (String, u16) {
    let named = host.rsplit_once(':').filter(|(name, _)| !name.contains(':') || name.ends_with(']'));
    let found = named.and_then(|(name, port)| Some((name, port.parse().ok()?)));
    let (name, port) = found.unwrap_or((host, HTTPS));
    (name.trim_matches(['[', ']']).to_ascii_lowercase(), port)
}

/// A new secret for signatures, as it is handed out.
pub(crate) fn new_secret() -> String {
    format!("{PREFIX}{}", BASE64_STANDARD.encode(trust::signer::random::<32>()))
}

/// The signature of a call: over its number, its time in seconds and its body.
fn signature(secret: &str, number: &str, seconds: i64, body: &str) -> String {
    let key = BASE64_STANDARD.decode(secret.strip_prefix(PREFIX).unwrap_or(secret)).unwrap_or_default();
    let tag = trust::hmac_sha256(&key, format!("{number}.{seconds}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(tag))
}

impl Caller {
    /// As the settings say; the file is taken from `folder`.
    ///
    /// # Errors
    /// [`Fault::FileFailed`].
    pub(crate) fn open(settings: &WebhookSettings, folder: &Path) -> Result<Self, Fault> {
        let path = folder.join(&settings.authority);
        let failed = |why: Words| Fault::FileFailed { path: path.display().to_string(), why };
        let bad = |error: pem::Error| failed(Words::quoted(error));
        let anchors = CertificateDer::pem_file_iter(&path).map_err(bad)?;
        let anchors: Vec<_> = anchors.collect::<Result<_, _>>().map_err(bad)?;
        if anchors.is_empty() {
            return Err(failed(texts::no_certificate_in_file()));
        }
        let tls = tls::web_client(&anchors).map_err(|error| failed(Words::quoted(error)))?;
        let private_hosts = settings.private_hosts.iter().map(|host| private(host)).collect();
        Ok(Self { tls: Arc::new(tls), private_hosts })
    }

    /// Whether an address may be called now, and the address as it is called.
    ///
    /// # Errors
    /// [`Fault::CannotBeTold`].
    pub(crate) async fn check(&self, address: &str) -> Result<Url, Fault> {
        let url = parsed(address).map_err(|why| Fault::CannotBeTold { why })?;
        self.resolve(&url).await.map_err(|why| Fault::CannotBeTold { why })?;
        Ok(url)
    }

    /// The addresses that may be called of those that the host has.
    async fn resolve(&self, url: &Url) -> Result<Vec<SocketAddr>, Words> {
        let port = url.port_or_known_default().unwrap_or(HTTPS);
        let found: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(ip)) => vec![(ip, port).into()],
            Some(Host::Ipv6(ip)) => vec![(ip, port).into()],
            Some(Host::Domain(name)) => tokio::time::timeout(PATIENCE, tokio::net::lookup_host((name, port)))
                .await
                .map_err(texts::webhook_unknown)?
                .map_err(texts::webhook_unknown)?
                .collect(),
            None => return Err(texts::webhook_form()),
        };
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_matches(['[', ']']);
        // Beside a receiver other things listen on its machine: only what is named is called.
        let is_named = self.private_hosts.iter().any(|known| (known.0.as_str(), known.1) == (host, port));
        // One that is not to be called keeps the others from being called: names that stand for both are a trick.
        if !is_named && !found.iter().all(|address| is_public(address.ip())) {
            return Err(texts::webhook_private());
        }
        Ok(found.into_iter().take(TRIED_MAX).collect())
    }

    /// Calls a webhook. Whoever answers with 2xx has taken it; 410 says that nothing more is wanted.
    pub(crate) async fn call(
        &self,
        (address, secret): (&str, &str),
        number: &str,
        body: String,
        now: Timestamp,
    ) -> Result<(), Failed> {
        let url = parsed(address).map_err(|why| Failed::Later(why.both()))?;
        let calling = async {
            let stream = self.connect(&url).await?;
            let request = request(&url, secret, number, body, now).map_err(|error| error.to_string())?;
            let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
                .await
                .map_err(|error| error.to_string())?;
            let driven = tokio::spawn(connection);
            let answered = async {
                let answer = sender.send_request(request).await.map_err(|error| trust::chain(&error))?;
                let status = answer.status().as_u16();
                // Read to the end, so that it was heard; what it says is nobody's business.
                let _ = Limited::new(answer.into_body(), ANSWER_MAX_BYTES).collect().await;
                Ok::<u16, String>(status)
            };
            let answered = answered.await;
            driven.abort();
            answered
        };
        let status = tokio::time::timeout(PATIENCE, calling)
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())));
        match status {
            Ok(200..=299) => Ok(()),
            Ok(410) => Err(Failed::Never("HTTP 410".into())),
            // A redirection leads where nobody has looked.
            Ok(status) => Err(Failed::Later(format!("HTTP {status}"))),
            Err(why) => Err(Failed::Later(why)),
        }
    }

    async fn connect(&self, url: &Url) -> Result<tokio_rustls::client::TlsStream<TcpStream>, String> {
        let addresses = self.resolve(url).await.map_err(|why| why.both())?;
        let mut last = String::from("no address");
        for address in addresses {
            match tokio::time::timeout(PATIENCE / 3, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
                    let name = ServerName::try_from(host).map_err(|error| error.to_string())?;
                    let connector = TlsConnector::from(self.tls.clone());
                    return connector.connect(name, stream).await.map_err(|error| error.to_string());
                }
                Ok(Err(error)) => last = error.to_string(),
                Err(_) => last = "no connection in time".into(),
            }
        }
        Err(last)
    }
}

fn request(
    url: &Url,
    secret: &str,
    number: &str,
    body: String,
    now: Timestamp,
) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
    let seconds = now.as_second();
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Request::post(path)
        .header(HOST, host)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, "lienthong")
        .header("webhook-id", number)
        .header("webhook-timestamp", seconds)
        .header("webhook-signature", signature(secret, number, seconds, &body))
        .body(Full::from(body))
}

/// An address that may be asked for at all: HTTPS, a host, nobody's name or password.
fn parsed(address: &str) -> Result<Url, Words> {
    let url = Url::parse(address).map_err(|_| texts::webhook_form())?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if address.len() > URL_MAX || url.scheme() != "https" || url.host().is_none() || !is_plain {
        return Err(texts::webhook_form());
    }
    Ok(url)
}

/// Whether an address is out in the world: of no private network, not this machine, none that stands for another (RFC 6890).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    // Global unicast is 2000::/3; in it Teredo, benchmarks, documentation and 6to4 are none of ours to call.
    (0x2000..0x4000).contains(&a)
        && !(a == 0x2001 && (b < 0x200 || b == 0xdb8))
        && a != 0x2002
        && !(a == 0x3fff && b < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_hub_can_reach_is_not_called() {
        for private in [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in
            ["8.8.8.8", "203.162.4.190", "172.32.0.1", "100.128.0.1", "2405:4800::1", "2001:4860:4860::8888"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[tokio::test]
    async fn however_an_inner_address_is_written_it_is_not_called() {
        let caller = Caller {
            tls: Arc::new(tls::web_client(&[]).unwrap()),
            private_hosts: ["127.0.0.2", "127.0.0.3:8443", "[::1]:8443", "::2"].map(private).to_vec(),
        };
        for (address, is_called) in [
            ("https://127.0.0.2/x", true),
            ("https://127.0.0.2:443/x", true),
            ("https://127.0.0.2:8443/x", false),
            ("https://127.0.0.3:8443/x", true),
            ("https://127.0.0.3/x", false),
            ("https://[::1]:8443/x", true),
            ("https://[::1]/x", false),
            ("https://[::2]/x", true),
        ] {
            assert_eq!(caller.check(address).await.is_ok(), is_called, "{address}");
        }
        for bad in [
            "http://example.com/",
            "https://",
            "https:///a",
            "ftp://example.com/",
            "https://a:b@example.com/",
            "https://a@example.com/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:7f00:1]/",
            "https://localhost/",
            "https://10.0.0.1:8443/x",
            "https://169.254.169.254/latest",
            "https://example.com/#x",
            "x",
            "https://127.0.0.1.:443/",
            "https://１２７.0.0.1/",
        ] {
            let refused = caller.check(bad).await;
            assert!(matches!(refused, Err(Fault::CannotBeTold { .. })), "{bad}: {refused:?}");
        }
        assert!(caller.check(&format!("https://8.8.8.8/{}", "a".repeat(URL_MAX))).await.is_err());
        assert!(caller.check("https://8.8.8.8/nhan").await.is_ok());
    }

    #[test]
    fn a_signature_is_as_the_standard_has_it() {
        // The example of the standard's own libraries.
        let signed = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
