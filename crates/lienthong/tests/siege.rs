//! A siege: hostile clients of every kind at every listener, beside a caller and an officer who are to notice nothing of it.
//!
//! In the tests each attack is short and small. `cargo xtask siege` makes them long and large, and prints what the two saw of each: how many
//! of their calls failed, how long the slowest in a hundred took beside a quiet time, and what the processes needed of memory.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use crate::nation::{CLIENT, Nation, PEOPLE, PURPOSE, read, until};

/// What an attack may add to the memory of a process, in kB.
const MEMORY: u64 = 256 * 1024;
/// How many times slower the slowest in a hundred may become.
const SLOWER: u32 = 3;

/// How hard it is tried.
#[derive(Clone, Copy)]
struct Force {
    connections: usize,
    lasts: Duration,
}

pub(crate) fn is_long() -> bool {
    std::env::var_os("LIENTHONG_SIEGE").is_some_and(|how| how == "all")
}

/// What hostile clients do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// Connects, and says nothing.
    Silent,
    /// Begins a TLS handshake, and no more.
    HalfHandshake,
    /// Sends a head letter by letter.
    SlowHead,
    /// Announces a body, and sends it letter by letter.
    SlowBody,
    HugeHead,
    HugeBody,
    /// Connects and goes, as fast as it can.
    Churn,
    /// Sends what is no HTTP.
    Garbage,
    /// Asks, and breaks the connection off.
    Reset,
    /// Asks, and says that it is done, over and over.
    HalfClosed,
    /// Asks again and again, and never reads.
    Deaf,
    /// HTTP/2: opens streams and resets them.
    RapidReset,
    /// HTTP/2: a head that never ends.
    Continuation,
    /// HTTP/2: asks for everything and leaves no window.
    NoWindow,
    /// HTTP/2: pings.
    Pings,
    /// HTTP/2: settings again and again.
    Settings,
    /// HTTP/2: begins bodies and leaves them.
    OpenStreams,
}

impl Deed {
    const ALL: [Self; 17] = [
        Self::Silent,
        Self::HalfHandshake,
        Self::SlowHead,
        Self::SlowBody,
        Self::HugeHead,
        Self::HugeBody,
        Self::Churn,
        Self::Garbage,
        Self::Reset,
        Self::HalfClosed,
        Self::Deaf,
        Self::RapidReset,
        Self::Continuation,
        Self::NoWindow,
        Self::Pings,
        Self::Settings,
        Self::OpenStreams,
    ];

    fn is_http2(self) -> bool {
        matches!(
            self,
            Self::RapidReset
                | Self::Continuation
                | Self::NoWindow
                | Self::Pings
                | Self::Settings
                | Self::OpenStreams
        )
    }
}

/// A listener, and as whom it is come to.
pub(crate) struct Gate {
    pub(crate) name: &'static str,
    at: SocketAddr,
    /// By protocol: HTTP/1.1, HTTP/2. None: without TLS.
    pub(crate) tls: Option<[Arc<ClientConfig>; 2]>,
    /// What is asked for by who reads, and by who sends a body.
    pub(crate) paths: [String; 2],
    /// Headers of whoever is known by them.
    headers: String,
}

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Gate {
    pub(crate) async fn tcp(&self, number: usize) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        // From few addresses, none of which is that of the caller and the officer.
        let last = u8::try_from(2 + number % 4).unwrap();
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 0))?;
        timed(socket.connect(self.at)).await
    }

    pub(crate) async fn connect(&self, number: usize, http2: bool) -> io::Result<Box<dyn Stream>> {
        let tcp = self.tcp(number).await?;
        let Some(configs) = &self.tls else { return Ok(Box::new(tcp)) };
        let config = configs[usize::from(http2)].clone();
        let name = ServerName::try_from("localhost").unwrap();
        let tls = timed(tokio_rustls::TlsConnector::from(config).connect(name, tcp)).await?;
        Ok(Box::new(tls))
    }

    pub(crate) fn head(&self, body: Option<&str>) -> String {
        let [get, post] = &self.paths;
        let (method, path) = if body.is_some() { ("POST", post) } else { ("GET", get) };
        let length = body.map(|length| format!("Content-Length: {length}\r\n")).unwrap_or_default();
        format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{}{length}\r\n",
            self.headers
        )
    }

    /// One connection of a deed, until it is closed or its time is over.
    async fn attack(&self, deed: Deed, number: usize) -> io::Result<()> {
        match deed {
            Deed::Silent => {
                let mut tcp = self.tcp(number).await?;
                return read_on(&mut tcp).await;
            }
            Deed::Churn => {
                let mut tcp = self.tcp(number).await?;
                return tcp.shutdown().await;
            }
            Deed::HalfHandshake => {
                let mut tcp = self.tcp(number).await?;
                // The head of a record, of which the rest does not come.
                tcp.write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 252]).await?;
                return read_on(&mut tcp).await;
            }
            Deed::Reset => {
                let mut tcp = self.tcp(number).await?;
                tcp.write_all(self.head(None).as_bytes()).await?;
                return tcp.set_zero_linger();
            }
            _ => {}
        }
        let mut stream = self.connect(number, deed.is_http2()).await?;
        if deed.is_http2() {
            stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await?;
            // No window for streams, where that is the attack.
            let none: &[u8] = if deed == Deed::NoWindow { &[0, 4, 0, 0, 0, 0] } else { &[] };
            stream.write_all(&frame(4, 0, 0, none)).await?;
        }
        let (mut reader, mut writer) = tokio::io::split(stream);
        let sends = self.send(deed, &mut writer);
        if matches!(deed, Deed::Deaf) {
            return sends.await;
        }
        tokio::select! {
            sent = sends => sent,
            ended = read_on(&mut reader) => ended,
        }
    }

    async fn send(&self, deed: Deed, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let block = [&[0x82, 0x87][..], &text(4, &self.paths[0]), &text(1, "localhost")].concat();
        let body_block = [&[0x83, 0x87][..], &text(4, &self.paths[1]), &text(1, "localhost")].concat();
        let mut stream = 1;
        match deed {
            Deed::SlowHead => slowly(to, self.head(None).as_bytes()).await?,
            Deed::SlowBody => {
                to.write_all(self.head(Some("1000000")).as_bytes()).await?;
                slowly(to, &[b' '; 1000]).await?;
            }
            Deed::HugeHead => {
                to.write_all(b"GET / HTTP/1.1\r\n").await?;
                for number in 0..20_000 {
                    to.write_all(format!("X-{number}: {}\r\n", "a".repeat(500)).as_bytes()).await?;
                }
            }
            Deed::HugeBody => {
                to.write_all(self.head(Some("10000000000")).as_bytes()).await?;
                loop {
                    to.write_all(&[b' '; 65_536]).await?;
                }
            }
            Deed::Garbage => {
                let bytes: Vec<u8> =
                    (0..65_536u32).map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
                to.write_all(&bytes).await?;
            }
            Deed::HalfClosed => {
                to.write_all(self.head(None).as_bytes()).await?;
                to.shutdown().await?;
            }
            Deed::Deaf => loop {
                to.write_all(self.head(None).as_bytes()).await?;
            },
            Deed::RapidReset => loop {
                let mut frames = Vec::new();
                for _ in 0..50 {
                    frames.extend(frame(1, 5, stream, &block));
                    frames.extend(frame(3, 0, stream, &[0, 0, 0, 8]));
                    stream += 2;
                }
                to.write_all(&frames).await?;
            },
            Deed::Continuation => {
                to.write_all(&frame(1, 0, 1, &block)).await?;
                loop {
                    to.write_all(&frame(9, 0, 1, &[0x00, 0x01, b'a', 0x01, b'b'].repeat(200))).await?;
                }
            }
            Deed::NoWindow => loop {
                to.write_all(&frame(1, 5, stream, &block)).await?;
                stream += 2;
                sleep(Duration::from_millis(1)).await;
            },
            Deed::Pings => loop {
                to.write_all(&frame(6, 0, 0, &[0; 8]).repeat(50)).await?;
            },
            Deed::Settings => loop {
                to.write_all(&frame(4, 0, 0, &[0, 4, 0, 1, 0, 0]).repeat(50)).await?;
            },
            Deed::OpenStreams => loop {
                to.write_all(&frame(1, 4, stream, &body_block)).await?;
                to.write_all(&frame(0, 0, stream, &[b' '; 1000])).await?;
                stream += 2;
            },
            Deed::Silent | Deed::Churn | Deed::HalfHandshake | Deed::Reset => {}
        }
        std::future::pending().await
    }

    /// As many connections as there are, each anew when it is closed.
    async fn besiege(&self, deed: Deed, force: &Force) {
        let until = Instant::now() + force.lasts;
        let attackers = (0..force.connections).map(async |number| {
            while Instant::now() < until {
                let left = until.saturating_duration_since(Instant::now());
                let _ = timeout(left, self.attack(deed, number)).await;
                sleep(Duration::from_millis(5)).await;
            }
        });
        join_all(attackers).await;
    }
}

/// Besieges from a thread of its own, which comes after everybody else: it stands for machines elsewhere, whose own work slows nobody here
/// down. What is left is what the attack costs those who are attacked.
async fn besiege_from_elsewhere(gate: &Arc<Gate>, deed: Deed, force: Force) {
    let (gate, (ended, end)) = (gate.clone(), tokio::sync::oneshot::channel::<()>());
    std::thread::spawn(move || {
        rustix::process::setpriority_process(None, 19).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(gate.besiege(deed, &force));
        drop(ended);
    });
    // It ends when the thread does.
    let _ = end.await;
}

async fn timed<T, E: Into<io::Error>>(what: impl Future<Output = Result<T, E>>) -> io::Result<T> {
    timeout(Duration::from_secs(5), what).await.map_err(io::Error::other)?.map_err(Into::into)
}

/// Reads until the other side ends it.
pub(crate) async fn read_on(from: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut bytes = vec![0; 65_536];
    while from.read(&mut bytes).await? > 0 {}
    Ok(())
}

async fn slowly(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    for byte in bytes {
        to.write_all(&[*byte]).await?;
        to.flush().await?;
        sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

/// A frame of HTTP/2 (RFC 9113, section 4.1).
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header whose name is in the static table, its value as it is (RFC 7541, section 6.2.2).
pub(crate) fn text(index: u8, value: &str) -> Vec<u8> {
    [&[index, u8::try_from(value.len()).unwrap()], value.as_bytes()].concat()
}

/// What a caller or an officer saw.
#[derive(Default)]
struct Seen {
    failed: Vec<String>,
    took: Vec<Duration>,
}

impl Seen {
    /// Of the slowest in a hundred, how long the fastest took.
    fn slowest(&mut self) -> Duration {
        self.took.sort_unstable();
        self.took.get(self.took.len() * 99 / 100).or(self.took.last()).copied().unwrap_or_default()
    }
}

/// Calls until `lasts` is over, at least ten times.
async fn calls(lasts: Duration, call: impl AsyncFn() -> Result<(), String>) -> Seen {
    let (began, mut seen) = (Instant::now(), Seen::default());
    while began.elapsed() < lasts || seen.took.len() < 10 {
        let asked = Instant::now();
        if let Err(why) = call().await {
            seen.failed.push(why);
        }
        seen.took.push(asked.elapsed());
        sleep(Duration::from_millis(10)).await;
    }
    seen
}

/// Each call over a connection of its own: that one can be had is what an attack would take away.
async fn caller(nation: &Nation, lasts: Duration) -> Seen {
    calls(lasts, async || {
        let request = nation.request("GET", PEOPLE, "/924198000003").header("connection", "close");
        let answer = nation.try_send(request, "").await?;
        if answer.status() == 200 { Ok(()) } else { Err(format!("{answer:?}")) }
    })
    .await
}

async fn officer(nation: &Nation, lasts: Duration) -> Seen {
    calls(lasts, async || match nation.hub("GET", "/api/v1/agencies", "").await {
        (200, _) => Ok(()),
        answer => Err(format!("{answer:?}")),
    })
    .await
}

/// What a process has of memory now, in kB.
fn memory(nation: &Nation, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", nation.process_id(name))).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

const PROCESSES: [&str; 3] = ["hub", "c1", "p1"];

/// The most that each process has while something lasts.
async fn most_memory(nation: &Nation, lasts: Duration) -> [u64; 3] {
    let (began, mut most) = (Instant::now(), [0; 3]);
    while began.elapsed() < lasts {
        for (most, name) in most.iter_mut().zip(PROCESSES) {
            *most = memory(nation, name).max(*most);
        }
        sleep(Duration::from_millis(50)).await;
    }
    most
}

/// Takes any server for the right one: whoever attacks does not care.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// A client for TLS; with the certificate of a node whose folder is known.
fn hostile_tls(nation: &Nation, node: Option<&str>, protocol: &[u8]) -> Arc<ClientConfig> {
    let provider = trust::certificate::provider();
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider)));
    let mut config = match node {
        None => config.with_no_client_auth(),
        Some(node) => {
            let folder = exchange::StateFolder(nation.path(node));
            let certificate = CertificateDer::from(read(&folder.tls_certificate()));
            let key = PrivateKeyDer::from_pem_slice(&read(&folder.tls_key())).unwrap();
            config.with_client_auth_cert(vec![certificate], key).unwrap()
        }
    };
    config.alpn_protocols = vec![protocol.to_vec()];
    Arc::new(config)
}

/// Another system of the caller's agency, at the caller's node, whose grant allows what an office needs: whoever floods by it takes nothing
/// from the caller. (What the caller's own system does to itself is nobody's attack.)
const HOSTILE: &str = "VN/LOC/H05/khac";

/// Gives the hostile system its place at the node, a grant and a token. Returns its token.
async fn let_in(nation: &Nation) -> String {
    nation.apply(&format!(
        "{{ kind: Node, id: VN/LOC/H05/nut-1, address: \"{}\", systems: [{HOSTILE}, {CLIENT}] }}\n---\n\
         {{ kind: Grant, id: g-khac, client: {HOSTILE}, service: {PEOPLE}, uses: [{{ purpose: {PURPOSE}, basis: nd-70 }}], \
         fields: [so_dinh_danh, ho_ten], per_second: 50 }}",
        nation.address("c1").peer
    ));
    nation.run(&["node", "token", "--dir", "c1", "--system", HOSTILE, "--out", "token-khac"]);
    nation.wait_for(nation.revision().await).await;
    let token = String::from_utf8(read(&nation.path("token-khac"))).unwrap();
    let token = token.trim().trim_start_matches("Lienthong-Token: ").to_owned();
    until("the hostile system is let in", async || {
        let call =
            http::Request::get(format!("http://{}/r1/{PEOPLE}/924198000003", nation.address("c1").edge))
                .header("x-road-client", HOSTILE)
                .header("lienthong-purpose", PURPOSE)
                .header("lienthong-token", &token);
        nation.try_send(call, "").await.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
    token
}

/// Every listener, as everybody who may come to it; at the edge as a system, by its token.
pub(crate) fn gates(nation: &Nation, (system, token): (&str, &str)) -> Vec<Arc<Gate>> {
    let tls = |node| Some([hostile_tls(nation, node, b"http/1.1"), hostile_tls(nation, node, b"h2")]);
    let known =
        format!("X-Road-Client: {system}\r\nLienthong-Purpose: {PURPOSE}\r\nLienthong-Token: {token}\r\n");
    let service = [format!("/r1/{PEOPLE}"), format!("/r1/{PEOPLE}/batch")];
    let hub = ["/api/v1/agencies".to_owned(), "/api/v1/apply".to_owned()];
    let (edge, peer) = (nation.address("c1").edge, nation.address("p1").peer);
    let gate = |name, at, tls, paths: &[String; 2], headers: &str| {
        Arc::new(Gate { name, at, tls, paths: paths.clone(), headers: headers.to_owned() })
    };
    vec![
        gate("edge, a stranger", edge, None, &service, ""),
        gate("edge, a system", edge, None, &service, &known),
        gate("peer port, a stranger", peer, tls(None), &service, ""),
        gate("peer port, a node", peer, tls(Some("p2")), &service, ""),
        gate("hub, a stranger", nation.hub, tls(None), &hub, ""),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_clients_at_every_listener_are_not_noticed_by_anybody_else() {
    let force = match is_long() {
        true => Force { connections: 1500, lasts: Duration::from_secs(10) },
        false => Force { connections: 64, lasts: Duration::from_millis(700) },
    };
    let nation = Nation::start().await;
    let token = let_in(&nation).await;
    // As long as an attack: of few calls the slowest in a hundred tells little.
    let quiet = force.lasts.max(Duration::from_secs(2));
    let (mut caller_quiet, mut officer_quiet, memory_quiet) =
        tokio::join!(caller(&nation, quiet), officer(&nation, quiet), most_memory(&nation, quiet));
    assert!(caller_quiet.failed.is_empty() && officer_quiet.failed.is_empty());
    let (caller_quiet, officer_quiet) = (caller_quiet.slowest(), officer_quiet.slowest());
    eprintln!("quiet: caller {caller_quiet:.1?}, officer {officer_quiet:.1?}, {memory_quiet:?} kB");
    let mut wrong = Vec::new();
    for gate in gates(&nation, (HOSTILE, &token)) {
        for deed in Deed::ALL {
            if gate.tls.is_none() && deed == Deed::HalfHandshake {
                continue;
            }
            let (_, mut caller, mut officer, memory) = tokio::join!(
                besiege_from_elsewhere(&gate, deed, force),
                caller(&nation, force.lasts),
                officer(&nation, force.lasts),
                most_memory(&nation, force.lasts),
            );
            let (by_caller, by_officer) = (caller.slowest(), officer.slowest());
            let more =
                memory.iter().zip(memory_quiet).map(|(now, quiet)| now.saturating_sub(quiet)).max().unwrap();
            let slow = by_caller > caller_quiet * SLOWER || by_officer > officer_quiet * SLOWER;
            let told = format!(
                "{} {deed:?}: caller {} of {} failed, {by_caller:.1?}; officer {} of {} failed, {by_officer:.1?}; +{} MB{}",
                gate.name,
                caller.failed.len(),
                caller.took.len(),
                officer.failed.len(),
                officer.took.len(),
                more / 1024,
                if slow { "; slower than it may be" } else { "" },
            );
            eprintln!("{told}");
            let failed: Vec<String> = caller.failed.into_iter().chain(officer.failed).take(3).collect();
            if !failed.is_empty() || more > MEMORY {
                wrong.push(format!("{told}: {failed:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(nation.verify(&["c1", "p1", "p2"])["whole"], true);
}
