//! Framed connections as a whole: two ends over a socket.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::{Bytes, BytesMut};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response};
use http_body::Frame as BodyFrame;
use http_body_util::BodyExt as _;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use trust::key::SigningKey;
use trust::listen::{Clock, Limits, Pace, accept};
use trust::signer::Signer;
use trust::verifier::Verifier;

use super::frame::{Frame, HEADER_BYTES, Why};
use super::*;
use crate::body::{self, OutBody};
use crate::clock;
use crate::presence::Presence;
use crate::sign::{self, FirstLine};

const LONG: usize = 3 * 1024 * 1024;
const AN_HOUR: Clock = Clock { idle: Duration::from_secs(3600), life: Duration::from_secs(3600) };
const LIMITS: Limits = Limits {
    proven: 100,
    per_party: 100,
    strangers: 100,
    per_address: 100,
    strangers_requests: 100,
    strangers_bytes_per_second: 1 << 30,
    party_requests: 10_000,
    handshake: Duration::from_secs(10),
    stranger: AN_HOUR,
    known: AN_HOUR,
    pace: Pace { grace: Duration::from_secs(120), bytes_per_second: 1 },
};

/// A server whose path says what it does: `/LENGTH` answers with a body of that length, `/fails` fails inside, `/waits` answers when nobody
/// waits, `/breaks` breaks off in the middle. Each answer is signed if the request was, and says how long a body it got.
struct Server {
    address: SocketAddr,
    /// Ends its connections at once.
    end: tokio::sync::watch::Sender<bool>,
    under_way: Arc<AtomicUsize>,
    /// Long answers that are being made.
    bodies: Arc<AtomicUsize>,
    signer: Signer,
}

fn long_body(bytes: usize, breaks: bool) -> OutBody {
    held_body(bytes, breaks, ())
}

/// A long body that holds something until it is made or nobody wants it.
fn held_body(bytes: usize, breaks: bool, held: impl Send + 'static) -> OutBody {
    let (parts, fed) = body::channel();
    tokio::spawn(async move {
        let _held = held;
        let mut left = bytes;
        while left > 0 {
            let part = left.min(100_000);
            left -= part;
            if parts.send(Ok(BodyFrame::data(vec![b'x'; part].into()))).await.is_err() {
                return;
            }
        }
        if !breaks {
            let mut trailers = HeaderMap::new();
            trailers.insert("x-end", HeaderValue::from_static("here"));
            let _ = parts.send(Ok(BodyFrame::trailers(trailers))).await;
        }
    });
    fed.boxed()
}

async fn answered(
    request: Request<FramedBody>,
    signer: Signer,
    bodies: &Arc<AtomicUsize>,
) -> Response<OutBody> {
    let (mut parts, body) = request.into_parts();
    let presented = parts.extensions.remove::<Presented>();
    let got = body.collect().await.map(|whole| whole.to_bytes().len());
    let path = parts.uri.path().trim_start_matches('/');
    let mut response = match path {
        "fails" => panic!("this one fails inside"),
        "waits" => {
            Presence::of(&parts.extensions).gone().await;
            Response::new(body::whole("late"))
        }
        "breaks" => Response::new(long_body(LONG, true)),
        length => {
            let length: usize = length.parse().unwrap();
            let long = || {
                bodies.fetch_add(1, Ordering::Relaxed);
                held_body(length, false, Counted(bodies.clone()))
            };
            Response::new(if length > INLINE_BYTES { long() } else { body::whole(vec![b'x'; length]) })
        }
    };
    let got = got.map_or_else(|error| error.to_string(), |got| got.to_string());
    response.headers_mut().insert("x-got", HeaderValue::from_str(&got).unwrap());
    let is_short = http_body::Body::size_hint(response.body()).exact().is_some();
    if let Some(presented) = presented.filter(|_| is_short) {
        let line = FirstLine::Answer { status: 200, request_signature: presented.signed.signature_value() };
        let mut headers = response.headers().clone();
        crate::headers::put_other_headers(&mut headers);
        let bytes = vec![b'x'; path.parse().unwrap_or(0)];
        let signed = sign::whole(&line, &mut headers, &bytes, &signer, clock::now()).await.unwrap();
        *response.headers_mut() = headers;
        response.extensions_mut().insert(signed);
    }
    response
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (under_way, signer) =
            (Arc::<AtomicUsize>::default(), Signer::new(SigningKey::in_memory([2; 32]), "s".into()));
        let (counted, by) = (under_way.clone(), signer.clone());
        let bodies = Arc::<AtomicUsize>::default();
        let made = bodies.clone();
        let (end, ends) = tokio::sync::watch::channel(false);
        tokio::spawn(accept(listener, LIMITS, move |stream, connection| {
            connection.prove("a");
            let (counted, by, made) = (counted.clone(), by.clone(), made.clone());
            let take = move |request: Request<FramedBody>| {
                counted.fetch_add(1, Ordering::Relaxed);
                let (done, by, made) = (Counted(counted.clone()), by.clone(), made.clone());
                Some(async move {
                    let _done = done;
                    answered(request, by, &made).await
                })
            };
            let mut ends = ends.clone();
            async move {
                tokio::select! {
                    ended = serve(stream, connection, Duration::from_secs(2), take, std::future::pending()) => ended,
                    _ = ends.wait_for(|ends| *ends) => Ok(()),
                }
            }
        }));
        Self { address, end, under_way, bodies, signer }
    }

    async fn client(&self) -> Client {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (client, connection) = connect(stream, Duration::from_secs(2));
        tokio::spawn(connection);
        client
    }

    async fn raw(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn request(path: &str, body: OutBody) -> Request<OutBody> {
    let mut request = Request::new(body);
    *request.uri_mut() = format!("http://peer/{path}").parse().unwrap();
    request.headers_mut().insert("x-more", HeaderValue::from_static("1"));
    request
}

async fn signed(path: &str, body: &'static [u8], signer: &Signer) -> Request<OutBody> {
    let mut request = request(path, body::whole(body));
    let line = FirstLine::Request { method: "GET".into(), path: format!("/{path}"), query: None };
    crate::headers::put_other_headers(request.headers_mut());
    let signed = sign::whole(&line, request.headers_mut(), body, signer, clock::now()).await.unwrap();
    request.extensions_mut().insert(signed);
    request
}

async fn comes_to(what: impl Fn() -> bool) {
    for _ in 0..2000 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it does not come to that");
}

/// Law: every request gets one answer, or is told that there is none; what is sent is what comes; and then nothing of it is left. Over all
/// lengths of what is asked and answered, signed and not, all at once on one connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_has_one_end_and_leaves_nothing() {
    let server = Server::start().await;
    let client = server.client().await;
    let short = [0, 1, INLINE_BYTES, INLINE_BYTES + 1, LONG];
    let mut all = tokio::task::JoinSet::new();
    for asked in short {
        for path in ["0", "1", "65536", "65537", "3145728", "breaks", "fails", "waits"] {
            for is_signed in [true, false] {
                if is_signed && asked > 1 {
                    continue;
                }
                let (client, signer) = (client.clone(), server.signer.clone());
                all.spawn(async move {
                    let body = if asked > INLINE_BYTES {
                        long_body(asked, false)
                    } else {
                        body::whole(vec![b'x'; asked])
                    };
                    let request = if is_signed {
                        signed(path, if asked == 1 { b"x" } else { b"" }, &signer).await
                    } else {
                        request(path, body)
                    };
                    let name = format!("{asked} {path} {is_signed}");
                    if path == "waits" {
                        // Nobody waits for this one.
                        let gone = tokio::time::timeout(Duration::from_millis(20), client.ask(request)).await;
                        assert!(gone.is_err(), "{name}");
                        return;
                    }
                    let answer = client.ask(request).await;
                    if path == "fails" {
                        assert!(matches!(answer, Err(NoAnswer::Broken)), "{name}");
                        return;
                    }
                    let (mut parts, body) = answer.unwrap().into_parts();
                    assert_eq!(parts.headers["x-got"], asked.to_string(), "{name}");
                    let whole = body.collect().await;
                    if path == "breaks" {
                        assert!(whole.is_err(), "{name}");
                        return;
                    }
                    let (whole, length) = (whole.unwrap(), path.parse::<usize>().unwrap());
                    let trailers = whole.trailers().and_then(|trailers| trailers.get("x-end")).is_some();
                    assert_eq!((whole.to_bytes().len(), trailers), (length, length > INLINE_BYTES), "{name}");
                    let presented = parts.extensions.remove::<Presented>();
                    assert_eq!(presented.is_some(), is_signed && length <= INLINE_BYTES, "{name}");
                    if let Some(Presented { signed, params, root }) = presented {
                        let key = SigningKey::in_memory([2; 32]).public();
                        // By the root that was checked once, and by itself as the ledger keeps it.
                        if let Some(root) = root {
                            Verifier::default().check_root(&root, &key).unwrap();
                        }
                        signed.verify(&params.alg, &key).unwrap();
                        assert_eq!(signed.covered("\"@status\""), Some("200"));
                    }
                });
            }
        }
    }
    while let Some(done) = all.join_next().await {
        done.unwrap();
    }
    comes_to(|| server.under_way.load(Ordering::Relaxed) == 0).await;
    comes_to(|| client.is_at_rest()).await;
}

/// Law: whatever ends a connection, at either end, in whatever is under way on it, both sides learn it: nobody waits for what cannot come, and
/// nothing goes on for nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_connection_ends_all_that_is_under_way_does() {
    let mut cases = tokio::task::JoinSet::new();
    for moment in [0, 1, 5, 30, 100] {
        for by_the_server in [true, false] {
            cases.spawn(connection_that_ends(Duration::from_millis(moment), by_the_server));
        }
    }
    cases.join_all().await;
}

async fn connection_that_ends(moment: Duration, by_the_server: bool) {
    let server = Server::start().await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (client, connection) = connect(stream, Duration::from_secs(60));
    let connection = tokio::spawn(connection);
    let mut all = tokio::task::JoinSet::new();
    for (path, is_taken) in [("waits", true), ("3145728", false), ("3145728", true), ("0", true)] {
        for asked in [0, LONG] {
            let client = client.clone();
            all.spawn(async move {
                // A body that never ends, too.
                let (_parts, fed) = body::channel();
                let body = if asked == 0 { body::whole("") } else { fed.boxed() };
                let Ok(answer) = client.ask(request(path, body)).await else { return };
                if !is_taken {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                let _ = answer.into_body().collect().await;
            });
        }
    }
    tokio::time::sleep(moment).await;
    if by_the_server {
        server.end.send_replace(true);
    } else {
        connection.abort();
    }
    let ended = tokio::time::timeout(Duration::from_secs(20), all.join_all()).await;
    assert!(ended.is_ok(), "{moment:?}, by the server {by_the_server}: somebody waits");
    comes_to(|| server.under_way.load(Ordering::Relaxed) == 0 && client.is_over()).await;
}

/// Law: one agency's slow reader stops nobody else: bodies that nobody takes stand still, and all others go on beside them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_nobody_takes_stop_nothing_else() {
    let server = Server::start().await;
    let client = server.client().await;
    let mut held = Vec::new();
    for _ in 0..LONG_BODIES - 1 {
        held.push(client.ask(request("3145728", body::whole(""))).await.unwrap());
    }
    for _ in 0..50 {
        let answer = client.ask(request("65537", body::whole("a"))).await.unwrap();
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes().len(), 65537);
    }
    // Some are taken after all, some are let go.
    for (answer, at) in held.into_iter().zip(0..) {
        if at % 2 == 0 {
            assert_eq!(answer.into_body().collect().await.unwrap().to_bytes().len(), LONG);
        }
    }
    comes_to(|| server.under_way.load(Ordering::Relaxed) == 0 && client.is_at_rest()).await;
}

/// What comes on a raw connection until it ends; the reason that the other side gave.
async fn last_words(mut stream: TcpStream) -> Option<String> {
    let mut why = None;
    loop {
        let mut header = [0; HEADER_BYTES];
        if tokio::time::timeout(Duration::from_secs(20), stream.read_exact(&mut header))
            .await
            .unwrap()
            .is_err()
        {
            return why;
        }
        let (length, kind) = Frame::header(header).unwrap();
        let mut bytes = BytesMut::zeroed(length);
        if stream.read_exact(&mut bytes).await.is_err() {
            return why;
        }
        if let Some(Frame::Leave(said)) = Frame::read(kind, bytes.freeze()) {
            why = Some(said);
        }
    }
}

fn plain(stream: u32, path: &str, body: frame::MessageBody) -> Frame {
    let head = format!("\"@method\": GET\n\"@path\": /{path}\n\"@query\": ?\n");
    Frame::Plain(frame::Message { stream, head, headers: HeaderMap::new(), body })
}

/// Law: whoever does not keep to the protocol is told why and loses the connection, and nobody else does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_breaks_the_protocol_is_told_why_and_goes_alone() {
    let server = Server::start().await;
    let honest = server.client().await;
    let follows = || frame::MessageBody::Follows;
    let inline = || frame::MessageBody::Inline(Bytes::new());
    let mut cases: Vec<(Vec<Frame>, &str)> = vec![
        (vec![plain(1, "waits", inline()), plain(1, "waits", inline())], "a stream that is there already"),
        (
            (1..=u32::try_from(STREAMS + AT_ONCE).unwrap() + 1)
                .map(|stream| plain(stream, "waits", inline()))
                .collect(),
            "more at once than was said",
        ),
        (
            (1..=u32::try_from(LONG_BODIES).unwrap() + 1)
                .map(|stream| plain(stream, "0", follows()))
                .collect(),
            "more at once than was said",
        ),
        (vec![plain(1, "waits", inline()), Frame::Credit(1, 1)], "more credit than there is"),
        (vec![plain(1, "a#b", inline())], "no address"),
    ];
    let mut too_much = vec![plain(1, "waits", follows())];
    too_much.extend((0..3 * WINDOW).map(|_| Frame::Data(1, Bytes::from(vec![0; 10]))));
    // The body is taken as it comes, so all of it must be there at once to be too much; then it is.
    cases.push((too_much, ""));
    for (frames, why) in cases {
        let mut bytes = BytesMut::new();
        frames.iter().for_each(|frame| frame.put(&mut bytes));
        let mut stream = server.raw().await;
        stream.write_all(&bytes).await.unwrap();
        if !why.is_empty() {
            assert_eq!(last_words(stream).await.as_deref(), Some(why));
        }
        assert!(honest.ask(request("1", body::whole(""))).await.is_ok());
    }
    for bytes in [&[0xff; 64][..], b"GET / HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut stream = server.raw().await;
        stream.write_all(bytes).await.unwrap();
        assert!(last_words(stream).await.is_some_and(|why| why.starts_with("a frame that is")));
    }
}

/// A connection that is full goes on: an answer that has come makes room, whether or not the other side has noted that it was written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_connection_goes_on() {
    let server = Server::start().await;
    let client = server.client().await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..4 * STREAMS {
        let client = client.clone();
        all.spawn(async move {
            for _ in 0..3 {
                let answer = client.ask(request("9000", body::whole(""))).await.unwrap();
                assert_eq!(answer.into_body().collect().await.unwrap().to_bytes().len(), 9000);
            }
        });
    }
    all.join_all().await;
    comes_to(|| server.under_way.load(Ordering::Relaxed) == 0 && client.is_at_rest()).await;
}

/// A connection that nobody holds ends when what is under way on it has; and a stream that is used twice leaves nothing behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_holds_ends() {
    let server = Server::start().await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (client, connection) = connect(stream, Duration::from_secs(60));
    let connection = tokio::spawn(connection);
    let answer = client.ask(request("3145728", body::whole(""))).await.unwrap();
    drop(client);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes().len(), LONG);
    assert_eq!(tokio::time::timeout(Duration::from_secs(10), connection).await.unwrap().unwrap(), Ok(()));

    let mut stream = server.raw().await;
    for _ in 0..2 {
        let mut bytes = BytesMut::new();
        plain(1, "3145728", frame::MessageBody::Inline(Bytes::new())).put(&mut bytes);
        stream.write_all(&bytes).await.unwrap();
        // The answer has begun, and waits for credit.
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(last_words(stream).await.as_deref(), Some("a stream that is there already"));
    comes_to(|| server.bodies.load(Ordering::Relaxed) == 0).await;
}

/// What is asked after the other side has said that it takes nothing more was not seen, and may go elsewhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_leaving_side_did_not_look_at_is_told_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (mut other, _) = listener.accept().await.unwrap();
    let (client, connection) = connect(stream, Duration::from_secs(60));
    let ended = tokio::spawn(connection);
    let (first, second) = (client.clone(), client.clone());
    let first = tokio::spawn(async move { first.ask(request("a", body::whole(""))).await.map(drop) });
    let mut header = [0; HEADER_BYTES];
    other.read_exact(&mut header).await.unwrap();
    let mut bytes = BytesMut::new();
    Frame::Leave("for the night".into()).put(&mut bytes);
    Frame::Reset(1, Why::Void).put(&mut bytes);
    other.write_all(&bytes).await.unwrap();
    assert!(matches!(first.await.unwrap(), Err(NoAnswer::NotSeen(_))));
    assert!(client.is_over());
    assert!(matches!(second.ask(request("b", body::whole(""))).await, Err(NoAnswer::NotSeen(_))));
    // All is answered, so it ends by itself.
    assert_eq!(tokio::time::timeout(Duration::from_secs(10), ended).await.unwrap().unwrap(), Ok(()));
}

/// Whoever says nothing is given up, and what was asked there is told that it is not known what became of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_side_that_gives_no_sign_of_life_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (client, connection) = connect(stream, Duration::from_millis(100));
    tokio::spawn(connection);
    let answer = tokio::time::timeout(Duration::from_secs(20), client.ask(request("a", body::whole(""))))
        .await
        .unwrap();
    assert!(matches!(answer, Err(NoAnswer::Ended(_))));
    assert!(client.is_over());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    /// Whatever frames come, in whatever order, at either end: no panic, and nothing is held when the connection has ended.
    #[test]
    fn no_frames_bring_a_side_down(frames in prop::collection::vec(any_frame(), 0..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut bytes = BytesMut::new();
            frames.iter().for_each(|frame| frame.put(&mut bytes));
            let server = Server::start().await;
            let mut stream = server.raw().await;
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            let mut said = Vec::new();
            let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut said)).await.expect("it ends");
            drop(stream);

            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (mut other, _) = listener.accept().await.unwrap();
            let (client, connection) = connect(stream, Duration::from_secs(60));
            let ended = tokio::spawn(connection);
            let (one, two) = (client.clone(), client.clone());
            let asked = tokio::spawn(async move { tokio::join!(one.ask(request("a", body::whole(""))), two.ask(request("b", long_body(LONG, false)))) });
            let _ = other.write_all(&bytes).await;
            drop(other);
            let _ = tokio::time::timeout(Duration::from_secs(20), ended).await.expect("it ends").unwrap();
            let _ = tokio::time::timeout(Duration::from_secs(20), asked).await.expect("both are told").unwrap();
            assert!(client.is_over());
        });
    }
}

fn any_frame() -> impl Strategy<Value = Frame> {
    let stream = 1u32..4;
    let message = |head: &'static str| {
        (1u32..4, any::<bool>()).prop_map(move |(stream, follows)| {
            let body =
                if follows { frame::MessageBody::Follows } else { frame::MessageBody::Inline(Bytes::new()) };
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static("x-a"), HeaderValue::from_static("1"));
            Frame::Plain(frame::Message { stream, head: head.into(), headers, body })
        })
    };
    prop_oneof![
        2 => message("\"@method\": GET\n\"@path\": /70000\n\"@query\": ?\n"),
        2 => message("\"@status\": 200\n"),
        1 => message("\"@status\": 999\n\"a\": 1\n"),
        3 => stream.clone().prop_map(|stream| Frame::Data(stream, Bytes::from(vec![1; 3]))),
        1 => stream.clone().prop_map(|stream| Frame::End(stream, HeaderMap::new())),
        1 => (stream.clone(), 0u16..3).prop_map(|(stream, parts)| Frame::Credit(stream, parts)),
        1 => stream.clone().prop_map(Frame::Stop),
        1 => stream.prop_map(|stream| Frame::Reset(stream, Why::Broken)),
        1 => Just(Frame::Ping),
        1 => Just(Frame::Leave(String::new())),
        1 => frame::tests::frame(),
    ]
}
