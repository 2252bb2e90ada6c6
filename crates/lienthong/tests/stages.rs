//! Every connection has a clock at every moment: at each listener, over each version of HTTP, whoever comes and wherever they stop. The clocks
//! are the program's own; all that stop do so side by side. (A connection's whole life, and what it leaves behind inside, is played with
//! short clocks in `trust/src/listen/tests.rs`.)

use std::io;
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::io::AsyncWriteExt as _;
use tokio::time::{sleep, timeout};

use crate::nation::{CLIENT, Nation, PEOPLE, told, until};
use crate::siege::{Gate, Stream, frame, gates, is_long, read_on, text};

/// Where somebody stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// Before the first byte.
    Silent,
    /// In the handshake.
    Handshake,
    /// After it.
    Idle,
    /// In the middle of the headers.
    Head,
    /// In the middle of a body.
    Body,
    /// After an answer.
    Asked,
}

impl Stop {
    const ALL: [Self; 6] = [Self::Silent, Self::Handshake, Self::Idle, Self::Head, Self::Body, Self::Asked];

    /// The longest that the clocks of a listener leave a connection there, in seconds. Who is shown to be known by a request's token is
    /// a stranger before it.
    fn limit(self, gate: &Gate, http2: bool) -> u64 {
        match (gate.name, self) {
            (_, Self::Handshake) => 10,
            (_, Self::Silent) if gate.tls.is_some() => 10,
            // A token stands in headers of HTTP/1.1 only, here.
            ("edge, a system", Self::Body) if !http2 => 30,
            ("edge, a system", Self::Asked) if !http2 => 75,
            ("edge, a stranger" | "edge, a system", Self::Body) => 30,
            ("edge, a stranger" | "edge, a system" | "peer port, a stranger", _) => 10,
            // By pings that nobody answers.
            ("peer port, a node", Self::Body) => 120,
            ("peer port, a node", _) => 40,
            ("hub, a stranger", _) => 15,
            (other, _) => panic!("{other} has no limits here"),
        }
    }

    /// Comes there.
    async fn reach(self, gate: &Gate, http2: bool) -> io::Result<Box<dyn Stream>> {
        match self {
            Self::Silent => return Ok(Box::new(gate.tcp(0).await?)),
            Self::Handshake => {
                let mut tcp = gate.tcp(0).await?;
                tcp.write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 252]).await?;
                return Ok(Box::new(tcp));
            }
            _ => {}
        }
        let mut stream = gate.connect(0, http2).await?;
        if http2 && self != Self::Idle {
            stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await?;
            stream.write_all(&frame(4, 0, 0, &[])).await?;
            let (method, path, flags) = match self {
                Self::Head => (0x82, &gate.paths[0], 0),
                Self::Body => (0x83, &gate.paths[1], 4),
                _ => (0x82, &gate.paths[0], 5),
            };
            let block = [&[method, 0x87][..], &text(4, path), &text(1, "localhost")].concat();
            stream.write_all(&frame(1, flags, 1, &block)).await?;
        } else if self != Self::Idle {
            let head = gate.head((self == Self::Body).then_some("1000"));
            let upto = if self == Self::Head { head.len() - 4 } else { head.len() };
            stream.write_all(&head.as_bytes()[..upto]).await?;
        }
        stream.flush().await?;
        Ok(stream)
    }
}

/// Descriptors of a process.
fn descriptors(nation: &Nation, name: &str) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", nation.process_id(name))).unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn at_each_listener_a_connection_ends_within_its_limit_wherever_it_stops() {
    let nation = Nation::start().await;
    assert_eq!(told(&nation.get(PEOPLE, "/924198000003").await).0, 200);
    let names = ["hub", "c1", "p1"];
    let before = names.map(|name| descriptors(&nation, name));
    let mut stays = Vec::new();
    for gate in gates(&nation, (CLIENT, nation.token())) {
        for http2 in [false, true] {
            for stop in Stop::ALL {
                let limit = stop.limit(&gate, http2);
                // The longest clocks take as long as all others together.
                if (stop != Stop::Handshake || gate.tls.is_some()) && (limit <= 40 || is_long()) {
                    stays.push((gate.clone(), http2, stop, limit));
                }
            }
        }
    }
    assert!(stays.len() >= 50, "{}", stays.len());
    let stayed = join_all(stays.iter().map(async |(gate, http2, stop, limit)| {
        let began = Instant::now();
        // A listener that speaks no such version, or takes nobody unknown, ends it before.
        let ended = match stop.reach(gate, *http2).await {
            Ok(mut stream) => timeout(Duration::from_secs(limit + 10), read_on(&mut stream)).await.is_ok(),
            Err(_) => true,
        };
        (ended, began.elapsed())
    }))
    .await;
    let mut wrong = Vec::new();
    let mut waited = 0;
    for ((gate, http2, stop, limit), (ended, took)) in stays.iter().zip(stayed) {
        // That its clock ended it, and nothing else, is seen of most.
        waited += usize::from(took > Duration::from_secs(8));
        if !ended {
            wrong.push(format!(
                "{}, HTTP/2: {http2}, {stop:?}: open after {took:?}, {limit} s is the limit",
                gate.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(waited > stays.len() / 2, "{waited} of {} were ended by a clock", stays.len());
    // What they had is free again, and whoever comes is served.
    for (name, before) in names.iter().zip(before) {
        until(&format!("{name} has its descriptors back"), async || descriptors(&nation, name) <= before + 4)
            .await;
    }
    assert_eq!(told(&nation.get(PEOPLE, "/924198000003").await).0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_has_sixteen_connections_and_what_is_beyond_is_a_strangers() {
    const PLACES: usize = 16;
    const BEYOND: usize = 8;
    let nation = Nation::start().await;
    let gate = gates(&nation, (CLIENT, nation.token()))
        .into_iter()
        .find(|gate| gate.name == "peer port, a node")
        .unwrap();
    // It asks nothing and answers no pings: a node's connection is given up after 40 s, a stranger's after 10.
    let mut all = Vec::new();
    for _ in 0..PLACES + BEYOND {
        all.push(Stop::Asked.reach(&gate, true).await.unwrap());
    }
    let mut reading: Vec<_> =
        all.into_iter().map(|mut stream| tokio::spawn(async move { read_on(&mut stream).await })).collect();
    let closed = |reading: &[tokio::task::JoinHandle<io::Result<()>>]| {
        reading.iter().map(|one| one.is_finished()).collect::<Vec<bool>>()
    };
    sleep(Duration::from_secs(15)).await;
    // Which of them came to a place is for the node to say: handshakes overtake one another.
    assert_eq!(closed(&reading).into_iter().filter(|closed| *closed).count(), BEYOND);
    // And when they are gone it has its places again.
    for one in reading.drain(..) {
        let _ = timeout(Duration::from_secs(60), one).await.expect("it is given up at last");
    }
    let again = Stop::Asked.reach(&gate, true).await.unwrap();
    let reading = vec![tokio::spawn(async move {
        let mut again = again;
        read_on(&mut again).await
    })];
    sleep(Duration::from_secs(15)).await;
    assert_eq!(closed(&reading), [false]);
}
