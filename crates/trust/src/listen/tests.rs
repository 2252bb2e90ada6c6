//! Callers as they misbehave, beside one who does not.

use std::net::Ipv4Addr;

use http_body_util::{BodyExt as _, Full};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

use super::tap::{LINGER, LINGER_BYTES};
use super::*;

/// More than the system keeps for a reader who does not read.
const LONG: usize = 32 * 1024 * 1024;

fn limits() -> Limits {
    Limits {
        proven: 4,
        per_party: 3,
        strangers: 6,
        per_address: 4,
        strangers_requests: 8,
        strangers_bytes_per_second: 64 * 1024 * 1024,
        party_requests: 8,
        handshake: Duration::from_millis(300),
        stranger: Clock { idle: Duration::from_millis(300), life: Duration::from_secs(60) },
        known: Clock { idle: Duration::from_millis(900), life: Duration::from_secs(2) },
        pace: Pace { grace: Duration::from_millis(400), bytes_per_second: 20_000_000 },
    }
}

/// A server: `/known` proves, `/long` answers at length, everything else says how long its body was.
async fn server(limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = |stream, connection: Arc<Connection>| async move {
        let service = service_fn(|request: Request<Received>| async move {
            let connection = request.extensions().get::<Arc<Connection>>().unwrap().clone();
            let text = match request.uri().path() {
                "/known" => format!("{}", connection.prove("a party")).into_bytes(),
                "/long" => vec![b'x'; LONG],
                _ => request.into_body().collect().await?.to_bytes().len().to_string().into_bytes(),
            };
            Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from(text))))
        });
        let server = auto::Builder::new(TokioExecutor::new());
        connection.serve(server, stream, service, std::future::pending()).await
    };
    tokio::spawn(accept(listener, limits, serve));
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

async fn from(last: u8, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, last], 0))).unwrap();
    socket.connect(to).await.unwrap()
}

async fn ask(stream: &mut TcpStream, path: &str) -> Option<String> {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes()).await.ok()?;
    let mut bytes = [0; 4096];
    let read = stream.read(&mut bytes).await.ok().filter(|read| *read > 0)?;
    String::from_utf8_lossy(&bytes[..read]).split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

/// Whether the other side has ended the connection within a while.
async fn ended(stream: &mut TcpStream, within: Duration) -> bool {
    let mut bytes = [0; 1024];
    let read = tokio::time::timeout(within, async {
        while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
    });
    read.await.is_ok()
}

/// Far beyond the clocks of [`limits`], so that a machine that is busy elsewhere ends no test.
const SOON: Duration = Duration::from_secs(10);
/// Clocks that no test waits for: what ends a connection is something else.
const NEVER: Clock = Clock { idle: Duration::from_secs(60), life: Duration::from_secs(60) };

#[tokio::test]
async fn whoever_says_nothing_or_half_of_it_is_let_go() {
    let to = server(limits()).await;
    for said in ["", "G", "GET / HTTP/1.1\r\nhost: a\r\nx: ", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut stream = from(1, to).await;
        stream.write_all(said.as_bytes()).await.unwrap();
        assert!(ended(&mut stream, SOON).await, "{said:?}");
    }
    // Headers that come drop by drop are headers that have not come.
    let mut stream = from(1, to).await;
    let began = Instant::now();
    for letter in b"GET / HTTP/1.1\r\nhost: a\r\nwith-a-long-name: and a long value\r\n".iter().cycle() {
        if stream.write_all(&[*letter]).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(began.elapsed() < SOON);
    }
}

#[tokio::test]
async fn a_body_moves_or_its_connection_ends_and_waiting_for_us_is_no_fault() {
    let to = server(limits()).await;
    for (begin, piece) in [
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n", "x"),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
    ] {
        let mut stream = from(1, to).await;
        stream.write_all(begin.as_bytes()).await.unwrap();
        let began = Instant::now();
        while stream.write_all(piece.as_bytes()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert!(began.elapsed() < SOON, "{begin}");
        }
    }
    // Who asks for much and takes nothing.
    let mut stream = from(1, to).await;
    stream.write_all(b"GET /long HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let mut taken = Vec::new();
    let _ = stream.read_to_end(&mut taken).await;
    assert!(taken.len() < LONG, "{}", taken.len());
    // Who takes it gets all of it.
    let mut stream = from(1, to).await;
    stream.write_all(b"GET /long HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut taken = Vec::new();
    stream.read_to_end(&mut taken).await.unwrap();
    assert!(taken.len() > LONG);
}

#[tokio::test]
async fn strangers_make_room_and_whoever_is_known_stays() {
    let mut limits = limits();
    (limits.handshake, limits.stranger, limits.known) = (NEVER.idle, NEVER, NEVER);
    let to = server(limits).await;
    let mut known = from(1, to).await;
    assert_eq!(ask(&mut known, "/known").await.as_deref(), Some("true"));
    // One address has four places: its oldest goes for the fifth, and nobody else's.
    let mut other = from(2, to).await;
    let mut many = Vec::new();
    for _ in 0..5 {
        many.push(from(3, to).await);
    }
    assert!(ended(&mut many[0], SOON).await);
    assert_eq!(ask(&mut many[4], "/").await.as_deref(), Some("0"));
    // All have six: whoever comes from elsewhere takes the place of the address that has most.
    let _sixth = from(4, to).await;
    let mut newcomer = from(5, to).await;
    assert_eq!(ask(&mut newcomer, "/").await.as_deref(), Some("0"));
    assert!(ended(&mut many[1], SOON).await);
    assert_eq!(ask(&mut other, "/").await.as_deref(), Some("0"));
    assert_eq!(ask(&mut known, "/known").await.as_deref(), Some("true"));
}

#[tokio::test]
async fn a_party_has_its_places_and_leaves_them() {
    let mut limits = limits();
    limits.known = Clock { idle: Duration::from_secs(3), life: Duration::from_secs(4) };
    let to = server(limits).await;
    let mut all = Vec::new();
    for expected in ["true", "true", "true", "false"] {
        let mut stream = from(1, to).await;
        assert_eq!(ask(&mut stream, "/known").await.as_deref(), Some(expected));
        all.push(stream);
    }
    // Known: kept longer than a stranger, and not for ever.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(ask(&mut all[0], "/").await.as_deref(), Some("0"));
    for stream in &mut all {
        assert!(ended(stream, SOON).await);
    }
    let mut stream = from(1, to).await;
    assert_eq!(ask(&mut stream, "/known").await.as_deref(), Some("true"));
    let began = Instant::now();
    while ask(&mut stream, "/").await.is_some() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(began.elapsed() < SOON, "its life has an end");
    }
}

#[test]
fn an_address_is_what_one_subscriber_has() {
    let home = |text: &str| home_of(text.parse().unwrap()).to_string();
    assert_eq!(home("192.0.2.7:1"), "192.0.2.7");
    assert_eq!(home("[::ffff:192.0.2.7]:1"), "192.0.2.7");
    assert_eq!(home("[2001:db8:1:2:3:4:5:6]:1"), "2001:db8:1:2::");
}

/// Begins so many requests over HTTP/2 and leaves no room for their answers.
async fn ask_and_take_nothing(stream: &mut TcpStream, first: u32, count: u32) {
    for number in 0..count {
        let id = (first + 2 * number).to_be_bytes();
        // GET / of http://a, with the end of its headers and of itself.
        let frame = [&[0, 0, 6, 1, 5][..], &id, &[0x82, 0x86, 0x84, 0x41, 1, b'a']].concat();
        if stream.write_all(&frame).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn who_asks_more_than_they_take_is_sent_away() {
    let mut limits = limits();
    (limits.handshake, limits.stranger, limits.pace.grace) = (NEVER.idle, NEVER, NEVER.idle);
    let at = server(limits).await;
    let mut greedy = from(2, at).await;
    greedy.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    greedy.write_all(&[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]).await.unwrap();
    ask_and_take_nothing(&mut greedy, 1, 7).await;
    let mut other = from(3, at).await;
    assert_eq!(ask(&mut other, "/").await.as_deref(), Some("0"), "there is room");
    ask_and_take_nothing(&mut greedy, 15, 20).await;
    let mut bytes = vec![0; 65_536];
    let ended = async { while greedy.read(&mut bytes).await.is_ok_and(|read| read > 0) {} };
    tokio::time::timeout(SOON, ended).await.expect("it has to go before a clock says so");
    assert_eq!(ask(&mut other, "/").await.as_deref(), Some("0"), "and nobody else");
    let mut next = from(2, at).await;
    assert_eq!(ask(&mut next, "/").await.as_deref(), Some("0"), "what it held counts no more");
}

/// How many requests are answered at a time, and the most there were.
#[derive(Default)]
struct Answering {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Answering {
    fn begin(self: &Arc<Self>) -> impl Drop + use<> {
        struct One(Arc<Answering>);
        impl Drop for One {
            fn drop(&mut self) {
                self.0.now.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        One(self.clone())
    }
}

#[tokio::test]
async fn of_strangers_no_more_is_answered_at_once_than_there_is_room_for() {
    let answering = Arc::new(Answering::default());
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, listener.local_addr().unwrap().port()));
    let counted = answering.clone();
    let serve = move |stream, connection: Arc<Connection>| {
        let counted = counted.clone();
        async move {
            let service = service_fn(move |_: Request<Received>| {
                // As at the nodes: what has begun goes to its end, whatever becomes of the connection.
                let one = counted.begin();
                let task = tokio::spawn(async move {
                    let _one = one;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                });
                async move {
                    let _ = task.await;
                    Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from_static(b"0"))))
                }
            });
            let server = auto::Builder::new(TokioExecutor::new());
            connection.serve(server, stream, service, std::future::pending()).await
        }
    };
    let mut limits = limits();
    limits.handshake = Duration::from_secs(10);
    tokio::spawn(accept(listener, limits, serve));
    for last in 2..6 {
        tokio::spawn(async move {
            loop {
                let mut greedy = from(last, at).await;
                let _ = greedy.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
                let _ = greedy.write_all(&[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]).await;
                ask_and_take_nothing(&mut greedy, 1, 100).await;
                ended(&mut greedy, Duration::from_millis(20)).await;
            }
        });
    }
    for _ in 0..20 {
        let mut other = from(6, at).await;
        let answer = timeout(Duration::from_secs(5), ask(&mut other, "/")).await;
        assert_eq!(answer.expect("it waits for ever").as_deref(), Some("0"));
    }
    let most = answering.most.load(Ordering::SeqCst);
    // Those whose connection went while they were answered have given their room back, and end within their 5 ms: in these each of the
    // four may have come anew a few times. Without room it is all that they ask for, 400.
    assert!((8..=64).contains(&most), "{most}");
}

#[tokio::test]
async fn strangers_are_read_at_their_pace_and_whoever_is_known_is_not() {
    let mut limits = limits();
    limits.strangers_bytes_per_second = 64 * 1024;
    limits.pace.grace = Duration::from_secs(30);
    limits.known = Clock { idle: Duration::from_secs(30), life: Duration::from_secs(60) };
    let at = server(limits).await;
    let head = |length: usize| format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n");
    // More than the system keeps between the two, so that what is not read is noticed.
    let much = vec![b'x'; LONG];
    let mut flood = from(2, at).await;
    flood.write_all(head(LONG).as_bytes()).await.unwrap();
    let sent = timeout(Duration::from_secs(3), flood.write_all(&much));
    assert!(sent.await.is_err(), "all of it was read at once");
    // Who comes from the same place waits for what it owes; who comes from elsewhere does not.
    let mut other = from(3, at).await;
    assert_eq!(ask(&mut other, "/").await.as_deref(), Some("0"));
    let mut known = from(4, at).await;
    assert_eq!(ask(&mut known, "/known").await.as_deref(), Some("true"));
    known.write_all(head(LONG).as_bytes()).await.unwrap();
    let sent = timeout(Duration::from_secs(30), known.write_all(&much));
    sent.await.expect("at the pace of strangers it would take eight minutes").unwrap();
}

/// Where a connection stops, or goes on for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    FirstByte,
    Handshake,
    Headers,
    Body,
    Answer,
    Idle,
    Life,
}

impl Stage {
    const ALL: [Self; 7] =
        [Self::FirstByte, Self::Handshake, Self::Headers, Self::Body, Self::Answer, Self::Idle, Self::Life];

    /// From when on it is too long.
    fn limit(self, limits: &Limits, is_known: bool) -> Duration {
        let clock = if is_known { limits.known } else { limits.stranger };
        match self {
            Self::FirstByte | Self::Headers | Self::Idle => clock.idle,
            Self::Handshake => limits.handshake,
            Self::Body | Self::Answer => limits.pace.grace,
            Self::Life => clock.life,
        }
    }
}

/// Requests as bytes, in either version of HTTP.
struct Speaker {
    stream: TcpStream,
    http2: bool,
    number: u32,
}

impl Speaker {
    async fn say(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    /// A request: to its end, up to its body, or up to the middle of its headers.
    async fn ask(&mut self, path: &str, upto: Stage) -> bool {
        if !self.http2 {
            let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\n");
            let rest = match upto {
                Stage::Headers => "x: ",
                Stage::Body => "content-length: 1000\r\n\r\nx",
                _ => "\r\n",
            };
            return self.say((head + rest).as_bytes()).await;
        }
        if self.number == 1 {
            self.say(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
        }
        let path = [&[4, u8::try_from(path.len()).unwrap()], path.as_bytes()].concat();
        let block = [&[0x82, 0x86][..], &path, &[0x41, 1, b'a']].concat();
        // With the end of the headers and of the request, of the headers only, of neither.
        let flags = match upto {
            Stage::Headers => 0,
            Stage::Body => 4,
            _ => 5,
        };
        let head = [0, 0, u8::try_from(block.len()).unwrap(), 1, flags];
        let frame = [&head[..], &self.number.to_be_bytes(), &block].concat();
        self.number += 2;
        self.say(&frame).await
    }

    /// Reads until a text has come.
    async fn hear(&mut self, text: &str) -> bool {
        let (mut all, mut bytes) = (Vec::new(), [0; 4096]);
        while !all.windows(text.len()).any(|part| part == text.as_bytes()) {
            match self.stream.read(&mut bytes).await {
                Ok(read) if read > 0 => all.extend_from_slice(&bytes[..read]),
                _ => return false,
            }
        }
        true
    }
}

/// A server whose handshake is five letters, and whose places can be looked at.
async fn server_with_places(limits: Limits) -> (SocketAddr, Arc<Places>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (at, places) = (listener.local_addr().unwrap(), Places::new(limits));
    let serve = |mut stream: TcpStream, connection: Arc<Connection>| async move {
        connection.handshake(stream.read_exact(&mut [0; 5])).await?;
        let service = service_fn(|request: Request<Received>| async move {
            let connection = request.extensions().get::<Arc<Connection>>().unwrap().clone();
            let text = match request.uri().path() {
                "/known" => format!("proven: {}", connection.prove("a party")).into_bytes(),
                "/long" => vec![b'x'; LONG],
                _ => format!("came: {}", request.into_body().collect().await?.to_bytes().len()).into_bytes(),
            };
            Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from(text))))
        });
        let server = auto::Builder::new(TokioExecutor::new());
        connection.serve(server, stream, service, std::future::pending()).await
    };
    tokio::spawn(accept_at(listener, places.clone(), serve));
    (at, places)
}

/// Comes to a stage and stays there. Returns how long it was since it connected, and since it came there, until its place and all its room
/// were free again.
async fn stay_at(stage: Stage, http2: bool, is_known: bool, limits: &Limits) -> [Duration; 2] {
    let (at, places) = server_with_places(limits.clone()).await;
    let connected = Instant::now();
    let mut speaker = Speaker { stream: from(1, at).await, http2, number: 1 };
    assert!(speaker.say(if stage == Stage::Handshake { b"hand" } else { b"hands" }).await);
    if is_known {
        speaker.ask("/known", Stage::Idle).await;
        assert!(speaker.hear("proven: true").await);
    }
    let began = Instant::now();
    match stage {
        Stage::FirstByte | Stage::Handshake => {}
        Stage::Headers | Stage::Body => assert!(speaker.ask("/", stage).await),
        Stage::Answer => assert!(speaker.ask("/long", stage).await),
        Stage::Idle => assert!(speaker.ask("/", stage).await && speaker.hear("came: 0").await),
        Stage::Life => {}
    }
    let is_free = || {
        let taken = lock(&places.taken);
        let is_gone = taken.strangers.is_empty() && taken.stranger_count == 0;
        is_gone
            && taken.parties.is_empty()
            && taken.proven == 0
            && places.room.available_permits() == limits.strangers_requests
    };
    while is_free() {
        assert!(began.elapsed() < SOON, "it has no place");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    while !is_free() && began.elapsed() < Duration::from_secs(20) {
        // Who lives on asks all the time.
        if stage == Stage::Life && (!speaker.ask("/", stage).await || !speaker.hear("came: 0").await) {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    [connected.elapsed(), began.elapsed()]
}

#[tokio::test]
async fn at_each_stage_a_connection_ends_within_its_limit_and_leaves_its_place() {
    let mut limits = limits();
    limits.stranger.life = Duration::from_millis(1200);
    let mut stays = Vec::new();
    for stage in Stage::ALL {
        for http2 in [false, true] {
            for is_known in [false, true] {
                // Nobody is known before they have spoken.
                if !is_known || !matches!(stage, Stage::FirstByte | Stage::Handshake) {
                    stays.push((stage, http2, is_known));
                }
            }
        }
    }
    let limits = &limits;
    let stayed = stays.iter().map(|(stage, http2, is_known)| stay_at(*stage, *http2, *is_known, limits));
    let stayed = futures::future::join_all(stayed).await;
    assert_eq!(stayed.len(), 24);
    for ((stage, http2, is_known), [all, stayed]) in stays.into_iter().zip(stayed) {
        let told = format!("{stage:?}, HTTP/2: {http2}, known: {is_known}: {stayed:?}");
        let limit = stage.limit(limits, is_known);
        assert!(stayed < limit + SOON, "{told}, where {limit:?} is the limit");
        // Who lives on may be idle for a while where the machine is busy.
        assert!(all >= limit || stage == Stage::Life, "{told}: too early, {limit:?} is the limit");
    }
}

#[tokio::test]
async fn who_is_known_and_has_asked_nothing_yet_has_a_strangers_clock() {
    let limits = limits();
    let places = Places::new(limits.clone());
    let connection = Connection::enter(&places, SocketAddr::from(([127, 0, 0, 1], 1)));
    assert!(connection.prove("a party"));
    assert!(connection.overdue(connection.began).is_none());
    assert!(connection.overdue(connection.began + limits.stranger.idle).is_some());
    drop(UnderWay::begin(&connection));
    let asked = Instant::now();
    assert!(connection.overdue(asked + limits.stranger.idle).is_none());
    assert!(connection.overdue(asked + limits.known.idle).is_some());
}

// Without a runtime: it would have its own word on turns.
#[test]
fn a_connection_is_read_for_sixteen_kilobytes_before_others_have_their_turn() {
    let places = Places::new(limits());
    for is_known in [true, false] {
        let connection = Connection::enter(&places, SocketAddr::from(([127, 0, 0, 1], 1)));
        if is_known {
            assert!(connection.prove("a party"));
        }
        // Whoever sends without end.
        let mut tap = Tap::new(tokio::io::repeat(b'x'), connection);
        for room in [1, 100, 4096, 16 * 1024, 1024 * 1024] {
            let woken = Arc::new(Woken::default());
            let waker = std::task::Waker::from(woken.clone());
            let (mut read, mut bytes) = (0, vec![0; room]);
            loop {
                let mut buffer = tokio::io::ReadBuf::new(&mut bytes);
                let polled =
                    pin!(&mut tap).poll_read(&mut std::task::Context::from_waker(&waker), &mut buffer);
                if polled.is_pending() {
                    break;
                }
                read += buffer.filled().len();
                assert!(read < 4 * 1024 * 1024, "it is read on and on");
            }
            // What the reader has room for is filled; it is asked again, and no sooner than 16 KB.
            let most = if is_known { 16 * 1024 + room } else { 32 * 1024 };
            assert!((16 * 1024..=most).contains(&read), "known: {is_known}, {room} at a time: {read}");
            assert!(woken.0.load(Ordering::SeqCst) == 1, "and has its turn again");
        }
    }
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl std::task::Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// How somebody sends a body, and whether it is read.
#[derive(Clone, Copy, Debug)]
enum Sending {
    /// None at all, and the last request.
    Nothing,
    /// Read to its end.
    Wanted { chunked: bool },
    /// On and on, while it was answered.
    Unwanted { chunked: bool },
}

const ALL_SENDING: [Sending; 5] = [
    Sending::Nothing,
    Sending::Wanted { chunked: false },
    Sending::Wanted { chunked: true },
    Sending::Unwanted { chunked: false },
    Sending::Unwanted { chunked: true },
];

impl Sending {
    fn head(self) -> &'static str {
        match self {
            Self::Nothing => "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
            Self::Wanted { chunked: false } => {
                "POST /wanted HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 4\r\n\r\n1234"
            }
            Self::Wanted { chunked: true } => {
                "POST /wanted HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n4\r\n1234\r\n0\r\n\r\n"
            }
            Self::Unwanted { chunked: false } => {
                "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n"
            }
            Self::Unwanted { chunked: true } => {
                "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
            }
        }
    }

    /// What is sent again and again, until the answer has long been there, so many times at most. Returns how much was taken of it.
    async fn go_on(self, client: &mut tokio::io::DuplexStream, times: u32) -> usize {
        let Self::Unwanted { chunked } = self else { return 0 };
        let piece = if chunked { ["1000\r\n", &"1".repeat(4096), "\r\n"].concat() } else { "1".repeat(4096) };
        let (began, mut taken) = (Instant::now(), 0);
        for _ in 0..times {
            if began.elapsed() > Duration::from_millis(500) {
                break;
            }
            match timeout(Duration::from_millis(50), client.write(piece.as_bytes())).await {
                Ok(Ok(written)) => taken += written,
                Ok(Err(error)) => panic!("{self:?}: closed before the answer was read: {error}"),
                Err(_) => {}
            }
        }
        taken
    }
}

/// Begins to serve one connection.
fn served(is_known: bool) -> (tokio::io::DuplexStream, tokio::task::JoinHandle<Result<(), String>>) {
    let places = Places::new(Limits { stranger: NEVER, known: NEVER, ..limits() });
    let connection = Connection::enter(&places, SocketAddr::from(([127, 0, 0, 1], 9)));
    let (client, stream) = tokio::io::duplex(64 * 1024);
    let service = service_fn(move |request: Request<Received>| async move {
        if is_known {
            request.extensions().get::<Arc<Connection>>().unwrap().prove("a party");
        }
        if request.uri().path() == "/wanted" {
            request.into_body().collect().await?;
        }
        Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from_static(b"the answer"))))
    });
    let served = async move {
        let server = auto::Builder::new(TokioExecutor::new());
        connection.serve(server, stream, service, std::future::pending()).await
    };
    (client, tokio::spawn(served))
}

/// Law, over bodies that are wanted, not wanted and not there: whoever still sends finds the answer and no closed connection, what is read
/// of it has a bound, and it ends when they end it, or in its time. Whoever sends nothing more is not waited for.
#[tokio::test]
async fn whoever_still_sends_finds_the_answer_before_the_connection_is_closed() {
    let cases = ALL_SENDING.iter().flat_map(|sending| [(*sending, false), (*sending, true)]);
    let cases = cases.flat_map(|(sending, is_known)| [(sending, is_known, false), (sending, is_known, true)]);
    let all = cases.map(|(sending, is_known, goes)| async move {
        let what = format!("{sending:?}, known: {is_known}, goes: {goes}");
        let (mut client, served) = served(is_known);
        client.write_all(sending.head().as_bytes()).await.unwrap();
        // Whoever goes has not sent so much that nothing more is read of it.
        let taken = sending.go_on(&mut client, if goes { 20 } else { u32::MAX }).await;
        assert!(taken < LINGER_BYTES + 1024 * 1024, "{what}: {taken}");
        let mut answer = String::new();
        timeout(SOON, client.read_to_string(&mut answer)).await.expect("our half has ended").unwrap();
        assert!(answer.ends_with("the answer"), "{what}: {answer}");
        let began = Instant::now();
        let waits = matches!(sending, Sending::Unwanted { .. }) && !goes;
        if goes {
            drop(client);
        }
        timeout(LINGER + SOON, served).await.unwrap_or_else(|_| panic!("{what}: it stays")).unwrap().unwrap();
        assert_eq!(began.elapsed() > LINGER / 2, waits, "{what}: {:?}", began.elapsed());
    });
    futures::future::join_all(all).await;
}
