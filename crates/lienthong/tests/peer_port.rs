//! The peer port, as a node that means harm would use it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arc_swap::ArcSwap;
use axum::Router;
use axum::routing::any;
use bytes::Bytes;
use exchange::StateFolder;
use exchange::body::{self, Kept, Limits, OutBody, Room};
use exchange::budget::Budget;
use exchange::compiled::{CompiledDirectory, Reach};
use exchange::failure::ErrorBody;
use exchange::headers;
use exchange::peers::{Peers, Sent};
use exchange::sign::{self, FirstLine};
use http::Request;
use http::header::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use trust::batch::Form;
use trust::certificate::{self, Authority, Usage};
use trust::directory::mirror::Mirror;
use trust::key::SigningKey;
use trust::message::Signed;
use trust::signer::Signer;
use trust::tls::{self, Identity};

use crate::nation::{API, CLIENT, Nation, PEOPLE, PURPOSE, Plan, read, until};

/// A node's keys in other hands.
pub(crate) struct Thief {
    peers: Arc<Peers>,
    tls: ClientConfig,
    directory: Arc<ArcSwap<CompiledDirectory>>,
    signer: Signer,
    reach: Reach,
    scratch: tempfile::TempDir,
}

/// A request about to be sent.
pub(crate) struct Message {
    line: FirstLine,
    pub(crate) headers: HeaderMap,
    /// Its signature, if that goes beside the headers.
    signed: Option<Signed>,
    body: &'static str,
}

impl Message {
    pub(crate) fn get(service: &str, path: &str) -> Self {
        Self::new("GET", service, path, "")
    }

    pub(crate) fn new(method: &str, service: &str, path: &str, body: &'static str) -> Self {
        let mut headers = HeaderMap::new();
        headers::set(&mut headers, headers::CLIENT, CLIENT);
        headers::set(&mut headers, headers::PURPOSE, PURPOSE);
        headers::set(&mut headers, headers::ID, "VN-1");
        headers::set(&mut headers, headers::REQUEST_ID, "VN-1");
        let (path, query) =
            path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query.into())));
        let line = FirstLine::Request { method: method.into(), path: format!("/r1/{service}{path}"), query };
        Self { line, headers, signed: None, body }
    }

    pub(crate) fn body(&self) -> &'static str {
        self.body
    }

    /// The same call as a system makes it at its own node.
    pub(crate) fn through_the_edge(&self, nation: &Nation) -> http::request::Builder {
        let FirstLine::Request { method, path, query } = &self.line else { unreachable!() };
        let query = query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        nation.request(method, path.strip_prefix("/r1/").unwrap(), &query)
    }

    pub(crate) async fn signed(mut self, thief: &Thief, now: Timestamp) -> Self {
        let signed = self.sign(thief, now).await;
        signed.put(&mut self.headers);
        self
    }

    /// Signed as our own nodes do it: whatever carries it puts the signature where it belongs.
    pub(crate) async fn signed_beside(mut self, thief: &Thief, now: Timestamp) -> Self {
        self.signed = Some(self.sign(thief, now).await);
        self
    }

    async fn sign(&mut self, thief: &Thief, now: Timestamp) -> Signed {
        headers::put_other_headers(&mut self.headers);
        sign::whole(&self.line, &mut self.headers, self.body.as_bytes(), &thief.signer, now).await.unwrap()
    }

    fn changed(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl Thief {
    /// Whoever holds the folder of the consumer's node: its TLS key, and the signing key `sign_as` says.
    pub(crate) async fn of(nation: &Nation, sign_as: SignAs<'_>) -> Self {
        let folder = StateFolder(nation.path("c1"));
        let identity = Identity::new(
            CertificateDer::from(read(&folder.tls_certificate())),
            &String::from_utf8(read(&folder.tls_key())).unwrap(),
        )
        .unwrap();
        let (key, keyid) = match sign_as {
            SignAs::Own => own_key(&folder.0, "VN/LOC/H05/nut-1"),
            SignAs::Node(name, id) => own_key(&nation.path(name), id),
            SignAs::Stranger => {
                (SigningKey::in_memory([1; 32]), "VN/LOC/H05/nut-1#0000000000000000".to_owned())
            }
        };
        Self::with(nation, identity, Signer::new(key, keyid.into())).await
    }

    async fn with(nation: &Nation, identity: Identity, signer: Signer) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let source = StateFolder(nation.path("c1"));
        for name in ["metadata", "targets", "seen"] {
            let (from, to) = (source.directory().join(name), scratch.path().join(name));
            std::fs::create_dir_all(&to).unwrap();
            for file in std::fs::read_dir(from).unwrap().flatten() {
                std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
            }
        }
        let directory = Mirror::new(scratch.path(), read(&source.root())).open().await.unwrap();
        let directory = CompiledDirectory::of(directory, exchange::clock::now()).unwrap();
        let directory = Arc::new(ArcSwap::from_pointee(directory));
        let tls = tls::peer_client(identity, directory.clone()).unwrap();
        let peers = Arc::new(Peers::new(tls.clone(), directory.clone()));
        let reach = directory.load().reach(&"VN/GOV/G01/dan-cu".parse().unwrap()).remove(0);
        Self { peers, tls, directory, signer, reach, scratch }
    }

    /// The same, speaking as nodes of earlier releases and of other makes do.
    pub(crate) fn by_http(mut self) -> Self {
        self.tls.alpn_protocols = vec![b"h2".to_vec()];
        self.peers = Arc::new(Peers::new(self.tls.clone(), self.directory.clone()));
        self
    }

    /// The same, signing by both of its keys.
    pub(crate) fn hybrid(mut self) -> Self {
        self.signer = self.signer.by(Form::Hybrid);
        self
    }

    /// The same, calling another node.
    pub(crate) fn calling(mut self, id: &str, address: std::net::SocketAddr) -> Self {
        self.reach = Reach { id: id.parse().unwrap(), address: address.to_string(), form: Form::Plain };
        self
    }

    /// Sends a message as it is.
    pub(crate) async fn ask(&self, message: &Message) -> Sent {
        self.ask_with(message, body::whole(message.body)).await
    }

    async fn ask_with(&self, message: &Message, body: OutBody) -> Sent {
        let FirstLine::Request { method, path, query } = &message.line else { unreachable!() };
        let query = query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let uri = format!("https://{}{path}{query}", self.reach.address);
        let request = Request::builder().method(method.as_str()).uri(uri);
        let mut request = request.body(body).unwrap();
        *request.headers_mut() = message.headers.clone();
        message.signed.clone().map(|signed| request.extensions_mut().insert(signed));
        self.peers.send(&self.reach, request).await
    }

    /// Sends a message as it is. Returns status and, if it was refused, type and code.
    pub(crate) async fn send(&self, message: &Message) -> Result<(u16, String), String> {
        self.send_body(message, body::whole(message.body)).await
    }

    /// Sends a message with another body.
    pub(crate) async fn send_body(&self, message: &Message, body: OutBody) -> Result<(u16, String), String> {
        let (status, fault, bytes) = self.exchange(message, body).await?;
        let error: Option<ErrorBody> = serde_json::from_slice(&bytes).ok();
        Ok((status, error.map_or_else(|| fault, |error| format!("{} {}", error.kind, &error.message[..7]))))
    }

    /// Sends a message as it is. Returns status and JSON.
    pub(crate) async fn read(&self, message: &Message) -> Result<(u16, serde_json::Value), String> {
        let (status, _, bytes) = self.exchange(message, body::whole(message.body)).await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    async fn exchange(&self, message: &Message, body: OutBody) -> Result<(u16, String, Bytes), String> {
        match self.ask_with(message, body).await {
            Sent::Answered(answer, _) => {
                let status = answer.status().as_u16();
                let fault =
                    answer.headers().get("lienthong-fault").map(|code| code.to_str().unwrap().to_owned());
                let limits = Limits { bytes: 1 << 20, idle: std::time::Duration::from_secs(10) };
                let budget = Budget::new(1 << 20);
                let room = Room { spool: self.scratch.path(), budget: &budget, party: "thief" };
                let received = body::receive(answer.into_body(), limits, room).await.unwrap();
                let Kept::Memory(bytes) = received.body else { panic!("a long answer") };
                Ok((status, fault.unwrap_or_default(), bytes))
            }
            Sent::NotSent(why) | Sent::Lost(why) => Err(why),
        }
    }
}

/// What is done to a message that was signed.
type Change = Box<dyn Fn(&mut Message)>;

pub(crate) enum SignAs<'a> {
    Own,
    Node(&'a str, &'a str),
    Stranger,
}

fn own_key(folder: &Path, id: &str) -> (SigningKey, String) {
    let folder = StateFolder(folder.to_owned());
    let key = SigningKey::load(&folder.signing_key()).unwrap();
    (key, trust::key_id(&id.parse().unwrap(), &read(&folder.signing_certificate())))
}

/// A nation whose system counts what it sees.
async fn counted() -> (Nation, Arc<AtomicU32>) {
    let seen = Arc::new(AtomicU32::new(0));
    let counter = seen.clone();
    let count = move || {
        let counter = counter.clone();
        async move {
            counter.fetch_add(1, Ordering::SeqCst);
            "đã thấy"
        }
    };
    let system = Router::new().route("/{*rest}", any(count));
    let nation =
        Nation::start_with(Plan { system: Some(system), one_provider: true, ..Plan::default() }).await;
    (nation, seen)
}

#[tokio::test]
async fn messages_that_are_not_as_they_were_signed_are_refused_before_anybody_sees_them() {
    let (nation, seen) = counted().await;
    let framed = Thief::of(&nation, SignAs::Own).await;
    let by_http = Thief::of(&nation, SignAs::Own).await.by_http();
    changed_messages_are_refused(&framed, &seen).await;
    changed_messages_are_refused(&by_http, &seen).await;
}

async fn changed_messages_are_refused(thief: &Thief, seen: &AtomicU32) {
    let before = seen.load(Ordering::SeqCst);
    let now = exchange::clock::now();
    let good = async || Message::new("POST", API, "/ghi", "{\"so\":1}").signed(thief, now).await;
    let header = |name: &'static str, value: &'static str| {
        move |message: &mut Message| drop(message.headers.insert(name, HeaderValue::from_static(value)))
    };
    let other_path = |message: &mut Message| {
        message.line =
            FirstLine::Request { method: "POST".into(), path: format!("/r1/{API}/khac"), query: None }
    };
    let other_method = |message: &mut Message| {
        message.line =
            FirstLine::Request { method: "PUT".into(), path: format!("/r1/{API}/ghi"), query: None }
    };
    let without = |name: &'static str| move |message: &mut Message| drop(message.headers.remove(name));
    let invalid = "server.serverproxy.invalid_signature_value LT-3201";
    let cases = [
        (good().await.changed(header("lienthong-purpose", "tiep-thi")), invalid),
        (good().await.changed(header("x-road-client", "VN/LOC/H05/khac")), invalid),
        (good().await.changed(header("x-road-issue", "H05-9")), invalid),
        (good().await.changed(header("content-type", "text/html")), invalid),
        (good().await.changed(header("authorization", "Bearer them")), invalid),
        (good().await.changed(other_path), invalid),
        (good().await.changed(other_method), invalid),
        (good().await.changed(header("signature", "lt=:AAAA:")), invalid),
        (good().await.changed(header("signature-input", "lt=(\"@method\");created=1")), invalid),
        (good().await.changed(without("signature")), "server.serverproxy.missing_signature LT-3202"),
        (good().await.changed(without("signature-input")), "server.serverproxy.missing_signature LT-3202"),
        (
            good().await.changed(|message| message.body = "{\"so\":9}"),
            "server.serverproxy.invalid_body LT-3207",
        ),
        (good().await.changed(|message| message.body = ""), "server.serverproxy.invalid_body LT-3207"),
        (
            Message::get(API, "/ghi").signed(thief, now).await.changed(|message| message.body = "them"),
            "server.serverproxy.invalid_body LT-3207",
        ),
    ];
    for (number, (message, expect)) in cases.into_iter().enumerate() {
        assert_eq!(thief.send(&message).await.unwrap(), (500, expect.to_owned()), "case {number}");
    }
    assert_eq!(seen.load(Ordering::SeqCst), before, "the system behind the node saw none of them");
    assert_eq!(thief.send(&good().await).await.unwrap().0, 200);
    assert_eq!(seen.load(Ordering::SeqCst), before + 1);
}

/// Law: a signature that travels beside the headers says what one in them says, or the message is refused; over what is changed of it, and both
/// ways to carry it.
#[tokio::test]
async fn signatures_in_frames_are_checked_as_those_in_headers() {
    let (nation, seen) = counted().await;
    let now = exchange::clock::now();
    let good =
        async |thief: &Thief| Message::new("POST", API, "/ghi", "{\"so\":1}").signed_beside(thief, now).await;
    let base = |from: &'static str, to: &'static str| {
        move |message: &mut Message| {
            let signed = message.signed.as_mut().unwrap();
            assert!(signed.base.contains(from));
            signed.base = signed.base.replacen(from, to, 1);
        }
    };
    let thief = Thief::of(&nation, SignAs::Own).await;
    let by_http = Thief::of(&nation, SignAs::Own).await.by_http();
    let invalid = "server.serverproxy.invalid_signature_value LT-3201";
    let cases: [(Change, &str); 9] = [
        (Box::new(base("POST", "PUT")), invalid),
        (Box::new(base("/ghi", "/khac")), invalid),
        (Box::new(base("\"@query\": ?", "\"@query\": ?a=1")), invalid),
        (Box::new(base(PURPOSE, "tiep-thi")), invalid),
        (Box::new(base("nonce=\"", "nonce=\"a")), invalid),
        (Box::new(|message| message.signed.as_mut().unwrap().signature[3] ^= 1), invalid),
        (
            Box::new(|message| {
                headers::set(&mut message.headers, http::header::AUTHORIZATION, "Bearer them")
            }),
            invalid,
        ),
        (Box::new(|message| message.body = "{\"so\":9}"), "server.serverproxy.invalid_body LT-3207"),
        (Box::new(|message| message.body = ""), "server.serverproxy.invalid_body LT-3207"),
    ];
    for (number, (change, expect)) in cases.iter().enumerate() {
        let message = good(&thief).await.changed(change);
        assert_eq!(thief.send(&message).await.unwrap(), (500, (*expect).to_owned()), "case {number}");
    }
    assert_eq!(seen.load(Ordering::SeqCst), 0, "the system behind the node saw none of them");
    for thief in [&thief, &by_http] {
        let message = good(thief).await;
        assert_eq!(thief.send(&message).await.unwrap().0, 200);
        // Once is once, whichever way it comes.
        for other in [thief, &by_http] {
            assert_eq!(other.send(&message).await.unwrap().1, "server.serverproxy.invalid_message LT-3206");
        }
    }
    assert_eq!(seen.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn old_future_and_repeated_messages_are_refused() {
    let (nation, seen) = counted().await;
    let thief = Thief::of(&nation, SignAs::Own).await;
    let now = exchange::clock::now();
    for off in [-120, 120] {
        let message = Message::get(API, "/x").signed(&thief, now + SignedDuration::from_secs(off)).await;
        assert_eq!(thief.send(&message).await.unwrap().1, "server.serverproxy.invalid_message LT-3205");
    }
    let message = Message::get(API, "/x").signed(&thief, now).await;
    assert_eq!(thief.send(&message).await.unwrap().0, 200);
    for _ in 0..3 {
        assert_eq!(thief.send(&message).await.unwrap().1, "server.serverproxy.invalid_message LT-3206");
    }
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_message_is_not_taken_twice_over_a_restart() {
    let (mut nation, seen) = counted().await;
    let thief = Thief::of(&nation, SignAs::Own).await;
    let message = Message::new("POST", API, "/x", "").signed(&thief, exchange::clock::now()).await;
    assert_eq!(thief.send(&message).await.unwrap().0, 200);
    nation.kill("p1");
    nation.start_node("p1");
    nation.wait_for(1).await;
    let thief = Thief::of(&nation, SignAs::Own).await;
    assert_eq!(thief.send(&message).await.unwrap().1, "server.serverproxy.invalid_message LT-3206");
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn keys_and_systems_of_others_are_refused() {
    let (nation, seen) = counted().await;
    let now = exchange::clock::now();
    let send = async |sign_as: SignAs<'_>, message: Message| {
        let thief = Thief::of(&nation, sign_as).await;
        let message = message.signed(&thief, now).await;
        thief.send(&message).await.unwrap().1
    };
    assert_eq!(
        send(SignAs::Stranger, Message::get(API, "/x")).await,
        "server.serverproxy.cert_validation LT-3203"
    );
    assert_eq!(
        send(SignAs::Node("p1", "VN/GOV/G01/nut-1"), Message::get(API, "/x")).await,
        "server.serverproxy.ssl_authentication_failed LT-3208"
    );
    let as_other = Message::get(API, "/x")
        .changed(|message| headers::set(&mut message.headers, headers::CLIENT, "VN/GOV/G01/dan-cu"));
    assert_eq!(send(SignAs::Own, as_other).await, "server.serverproxy.access_denied LT-3211");
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_provider_decides_for_itself() {
    let (nation, seen) = counted().await;
    let thief = Thief::of(&nation, SignAs::Own).await;
    let now = exchange::clock::now();
    let purpose = |message: &mut Message| headers::set(&mut message.headers, headers::PURPOSE, "tiep-thi");
    let cases = [
        (Message::get(API, "/x").changed(purpose), "server.serverproxy.access_denied LT-2105"),
        (Message::get("VN/GOV/G01/dan-cu/chua-cap", "/x"), "server.serverproxy.access_denied LT-2104"),
        (Message::get("VN/GOV/G01/dan-cu/khong-co", "/x"), "server.serverproxy.unknown_service LT-2103"),
        (Message::new("PUT", API, "/x", ""), "server.serverproxy.access_denied LT-2109"),
        (Message::get(PEOPLE, "/%2e%2e/x"), "server.serverproxy.bad_request LT-1104"),
    ];
    for (number, (message, expect)) in cases.into_iter().enumerate() {
        let message = message.signed(&thief, now).await;
        assert_eq!(thief.send(&message).await.unwrap().1, expect, "case {number}");
    }
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn certificates_that_the_directory_does_not_know_get_no_connection() {
    let (nation, _) = counted().await;
    let node = "VN/LOC/H05/nut-1".parse().unwrap();
    let now = exchange::clock::now();
    let elsewhere = tempfile::tempdir().unwrap();
    let foreign = Authority::create(elsewhere.path(), "Foreign", now).unwrap();
    let ours = Authority::load(&nation.path("hub/authority")).unwrap();
    let three_years_ago = now - SignedDuration::from_hours(24 * 1100);
    let cases = [
        ("foreign", &foreign, now, "UnknownIssuer"),
        ("unregistered", &ours, now, "ApplicationVerificationFailure"),
        ("expired", &ours, three_years_ago, "Expired"),
    ];
    for (name, authority, at, expect) in cases {
        let path = elsewhere.path().join(format!("{name}.key"));
        let pair = certificate::create_tls_key(&path).unwrap();
        let der =
            authority.admit(&node, Usage::Tls, &certificate::request(&pair, &node).unwrap(), at).unwrap();
        let identity = Identity::new(der, &String::from_utf8(read(&path)).unwrap()).unwrap();
        let (key, keyid) = own_key(&nation.path("c1"), "VN/LOC/H05/nut-1");
        let thief = Thief::with(&nation, identity, Signer::new(key, keyid.into())).await;
        let message = Message::get(API, "/x").signed(&thief, now).await;
        thief.send(&message).await.unwrap_err();
        until(name, async || nation.log("p1").contains(expect)).await;
    }
    // Without any certificate, and with an old TLS.
    let address = nation.address("p1").peer;
    for arguments in [["-tls1_3"], ["-tls1_2"]] {
        let mut client = std::process::Command::new("timeout")
            .args(["10", "openssl", "s_client", "-connect", &address.to_string(), "-alpn", "h2"])
            .args(arguments)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // At the end of its input it would leave before it hears the server's no.
        let _input = client.stdin.take();
        let output = client.wait_with_output().unwrap();
        let said =
            String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(
            said.contains("alert")
                || said.contains("handshake failure")
                || said.contains("certificate required"),
            "{said}"
        );
    }
}
