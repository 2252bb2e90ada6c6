//! Who you are and what you may come before what you send, at both ports of a node: whoever has no right is answered while the body has hardly
//! begun, whatever it is of, and nothing of it is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use exchange::body::OutBody;
use exchange::headers;
use futures::{StreamExt as _, stream};
use http::Request;
use http::header::{HeaderValue, TRANSFER_ENCODING};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::hostile::spooled;
use crate::nation::{API, CLIENT, Nation, PEOPLE, PURPOSE, Plan};
use crate::peer_port::{Message, SignAs, Thief};

const OTHER: &str = "VN/LOC/H05/khac";
const UNKNOWN: &str = "VN/GOV/G01/dan-cu/khong-co";
const NOT_GRANTED: &str = "VN/GOV/G01/dan-cu/chua-cap";
/// A service whose grant has some addresses only.
const NARROW: &str = "VN/GOV/G01/dan-cu/hep";
/// A question about a system's services, which has no body of any size.
const QUESTION: &str = "VN/GOV/G01/dan-cu/listMethods";

/// How the body comes.
#[derive(Clone, Copy, Debug)]
enum Pace {
    /// 256 MiB, as fast as they are taken.
    Gushing,
    /// One MiB, then nothing more, and no end.
    Silent,
}

/// Its parts are of one MiB; `taken` counts those that were asked for.
fn unwanted(pace: Pace, taken: &Arc<AtomicU32>) -> OutBody {
    let counter = taken.clone();
    let parts = stream::iter(0..256).map(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(Frame::data(Bytes::from(vec![7; 1 << 20])))
    });
    match pace {
        Pace::Gushing => BodyExt::boxed(StreamBody::new(parts)),
        Pace::Silent => BodyExt::boxed(StreamBody::new(parts.take(1).chain(stream::pending()))),
    }
}

/// A call without a right, and how it is refused.
struct Call {
    method: &'static str,
    service: &'static str,
    path: &'static str,
    client: &'static str,
    purpose: &'static str,
    token: Option<&'static str>,
    expect: &'static str,
}

/// A good call, but for what is changed in it.
const GOOD: Call = Call {
    method: "POST",
    service: API,
    path: "/x",
    client: CLIENT,
    purpose: PURPOSE,
    token: None,
    expect: "",
};

fn without_a_right() -> Vec<Call> {
    vec![
        Call { client: OTHER, expect: "LT-1201 LT-3211", ..GOOD },
        Call { client: "VN/LOC/H05/khong-co", expect: "LT-1201 LT-3211", ..GOOD },
        Call { service: UNKNOWN, path: "", expect: "LT-2103", ..GOOD },
        Call { service: NOT_GRANTED, expect: "LT-2104", ..GOOD },
        Call { service: NARROW, path: "/noi-bo", expect: "LT-2109", ..GOOD },
        Call { purpose: "tiep-thi", expect: "LT-2105", ..GOOD },
        Call { service: PEOPLE, path: "/confirm", expect: "LT-1106", ..GOOD },
        Call { method: "GET", service: QUESTION, path: "", expect: "LT-1106", ..GOOD },
    ]
}

/// Those that only the edge can meet.
fn not_proven() -> [Call; 2] {
    [
        Call { token: Some(""), expect: "LT-1201", ..GOOD },
        Call { token: Some("lienthong-0000000000000000"), expect: "LT-1201", ..GOOD },
    ]
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Edge1,
    Edge2,
    Frames,
    Http2,
}

struct Doors {
    nation: Nation,
    framed: Thief,
    by_http: Thief,
}

impl Doors {
    async fn open() -> Self {
        let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
        let framed = Thief::of(&nation, SignAs::Own).await;
        let by_http = Thief::of(&nation, SignAs::Own).await.by_http();
        Self { nation, framed, by_http }
    }

    /// Sends a call with a body that nobody wants. Returns our code.
    async fn send(&self, way: Way, call: &Call, body: OutBody) -> String {
        match way {
            Way::Edge1 => self.at_the_edge(call, body, false).await,
            Way::Edge2 => self.at_the_edge(call, body, true).await,
            Way::Frames => to_the_peer(&self.framed, call, body).await,
            Way::Http2 => to_the_peer(&self.by_http, call, body).await,
        }
    }

    async fn at_the_edge(&self, call: &Call, body: OutBody, over_2: bool) -> String {
        let edge = self.nation.address("c1").edge;
        let io = TokioIo::new(TcpStream::connect(edge).await.unwrap());
        let address = format!("http://{edge}/r1/{}{}", call.service, call.path);
        let mut request = Request::builder()
            .method(call.method)
            .uri(address)
            .header("host", edge.to_string())
            .header("x-road-client", call.client)
            .header("lienthong-purpose", call.purpose)
            .header("lienthong-token", call.token.unwrap_or(self.nation.token()))
            .body(body)
            .unwrap();
        let answer = if over_2 {
            let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await
        } else {
            // Said, or a GET would have no body.
            request.headers_mut().insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            let (mut sender, connection) = http1::handshake(io).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await
        };
        match answer {
            Ok(answer) => match answer.headers().get("lienthong-fault") {
                Some(code) => code.to_str().unwrap().to_owned(),
                None => format!("{} without a fault", answer.status()),
            },
            Err(error) => format!("{error:?}"),
        }
    }

    /// Bytes that both nodes have in their spools: in files without a name.
    fn spooled(&self) -> u64 {
        ["c1", "p1"].into_iter().map(|name| spooled(self.nation.process_id(name))).sum()
    }
}

/// Without a signature so far, as long bodies are.
async fn to_the_peer(thief: &Thief, call: &Call, body: OutBody) -> String {
    let mut message = Message::new(call.method, call.service, call.path, "");
    headers::set(&mut message.headers, headers::CLIENT, call.client);
    headers::set(&mut message.headers, headers::PURPOSE, call.purpose);
    let (_, fault) = thief.send_body(&message, body).await.unwrap();
    fault.rsplit(' ').next().unwrap().to_owned()
}

/// Law, over both ports and both of their protocols, all ways to have no right, and bodies that gush or never come.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_right_is_told_so_before_their_body_is_taken() {
    let doors = Doors::open().await;
    for way in [Way::Edge1, Way::Edge2, Way::Frames, Way::Http2] {
        let mut calls = without_a_right();
        if matches!(way, Way::Edge1 | Way::Edge2) {
            calls.extend(not_proven());
        }
        for (call, pace) in calls.iter().flat_map(|call| [(call, Pace::Gushing), (call, Pace::Silent)]) {
            let what = format!("{way:?} {pace:?} {} {} as {}", call.service, call.path, call.client);
            let taken = Arc::new(AtomicU32::new(0));
            let answer = doors.send(way, call, unwanted(pace, &taken));
            let fault = tokio::time::timeout(Duration::from_secs(10), answer).await;
            let fault = fault.unwrap_or_else(|_| panic!("{what}: it waits for the body"));
            assert!(call.expect.split(' ').any(|code| code == fault), "{what}: {fault}");
            assert!(taken.load(Ordering::SeqCst) < 16, "{what}: it was read on");
            assert_eq!(doors.spooled(), 0, "{what}: it is kept");
        }
    }
}
