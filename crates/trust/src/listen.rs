//! Listening: who gets a place, and how long they may take. One law for all ports.
//!
//! Every connection has a clock at every moment, and a place. Whoever has shown nothing is a *stranger*: there are few places for
//! them, fewer by address, and little time. Whoever has shown who they are ([`Connection::prove`]) leaves the strangers' places and
//! takes one of their party's. A newcomer always finds a place: the oldest stranger goes for it, from the same address if that has
//! too many, otherwise from the address that has most. So nobody who knocks and knows their word is kept out by those who only stand
//! there.

mod pace;
mod tap;

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Version};
use hyper::body::Body;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use pace::{Meter, Sent};
pub use pace::{Pace, Received};
use tap::{Allowances, HANDSHAKE_BYTES, REQUEST_BYTES, Tap};

/// How long a stranger's request waits for room before the oldest of those who take no more than it does go for it.
const TURN: Duration = Duration::from_millis(200);

/// What a listener gives.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections of those who have shown who they are.
    pub proven: usize,
    /// Of one party among them.
    pub per_party: usize,
    /// Connections of strangers.
    pub strangers: usize,
    /// Of one address among them; IPv6 by /64, which is what one subscriber has.
    pub per_address: usize,
    /// Requests of all strangers together that are being answered, each of which takes memory until its answer was taken.
    pub strangers_requests: usize,
    /// What is read of all strangers of one address; a request and a handshake count as 2 KB beside their bytes. As much as comes in a
    /// second may come at once. The rest waits at the sender.
    pub strangers_bytes_per_second: u32,
    /// Requests of one party that are under way.
    pub party_requests: usize,
    /// Longest time for a handshake.
    pub handshake: Duration,
    /// A stranger's clock.
    pub stranger: Clock,
    /// The clock of whoever has shown who they are.
    pub known: Clock,
    /// How fast bodies must move, in either direction.
    pub pace: Pace,
}

/// How long a connection may be there.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// With no request under way: before the first byte, while headers come in, between two requests. Before its first request everybody's is
    /// a stranger's: whoever shows a certificate and then says nothing keeps no connection by it.
    pub idle: Duration,
    /// In all. What is under way then goes to its end. What is new is taken for as long as a handshake may last, since it may have been on
    /// its way; after that nothing is, whatever the other side has heard of it.
    pub life: Duration,
}

/// A listener's places.
struct Places {
    limits: Limits,
    taken: Mutex<Taken>,
    /// Room for strangers' requests.
    room: Arc<Semaphore>,
    allowances: Allowances,
}

#[derive(Default)]
struct Taken {
    /// By address, the oldest first.
    strangers: HashMap<IpAddr, VecDeque<Arc<Connection>>>,
    stranger_count: usize,
    parties: HashMap<Arc<str>, Party>,
    proven: usize,
    number: u64,
}

/// What a party has.
#[derive(Default)]
struct Party {
    connections: usize,
    /// Requests under way.
    asking: Arc<AtomicUsize>,
}

/// A listener's places, for those who accept at them and those who count what is taken.
#[derive(Clone)]
pub struct Door(Arc<Places>);

impl Door {
    /// Places by `limits`, all of them free.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self(Places::new(limits))
    }

    /// Connections of those who have shown who they are, and of strangers: how many there are, and how many there may be.
    #[must_use]
    pub fn taken(&self) -> [(usize, usize); 2] {
        let (taken, limits) = (lock(&self.0.taken), &self.0.limits);
        [(taken.proven, limits.proven), (taken.stranger_count, limits.strangers)]
    }
}

/// One connection: its place and its clock. Requests carry it (`Arc<Connection>`) among their extensions.
pub struct Connection {
    number: u64,
    from: SocketAddr,
    began: Instant,
    places: Arc<Places>,
    displaced: Notify,
    state: Mutex<State>,
}

struct State {
    party: Option<Arc<str>>,
    /// Its party's requests under way.
    asking: Arc<AtomicUsize>,
    /// It has lost its place: it gets nothing more, and what it has under way ends with it.
    is_sent_away: bool,
    /// From when on nothing new is taken, since it was told to end.
    takes_until: Option<Instant>,
    /// Requests under way, by number, those that wait for room among them.
    requests: HashMap<u64, Held>,
    next: u64,
    /// When the last of them ended.
    idle_since: Instant,
    /// A body over HTTP/1.1 was not read to its end, so whoever sends it may still be at it.
    is_sending: bool,
}

/// What a request holds.
struct Held {
    meter: Arc<Meter>,
    /// A stranger's room, given back when the answer was taken or somebody has shown who they are.
    room: Option<OwnedSemaphorePermit>,
}

/// Takes connections for as long as it is polled, and has `serve` serve each. A connection that must make room ends at once.
pub async fn accept<F, G>(listener: TcpListener, limits: Limits, serve: F)
where
    F: Fn(TcpStream, Arc<Connection>) -> G,
    G: Future<Output = Result<(), String>> + Send + 'static,
{
    accept_at(listener, Places::new(limits), serve).await;
}

/// As [`accept`], at places that somebody else counts.
pub async fn accept_by<F, G>(listener: TcpListener, door: Door, serve: F)
where
    F: Fn(TcpStream, Arc<Connection>) -> G,
    G: Future<Output = Result<(), String>> + Send + 'static,
{
    accept_at(listener, door.0, serve).await;
}

async fn accept_at<F, G>(listener: TcpListener, places: Arc<Places>, serve: F)
where
    F: Fn(TcpStream, Arc<Connection>) -> G,
    G: Future<Output = Result<(), String>> + Send + 'static,
{
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                let _ = stream.set_nodelay(true);
                let place = Place(Connection::enter(&places, from));
                let served = serve(stream, place.0.clone());
                tokio::spawn(async move {
                    let ended = tokio::select! {
                        ended = served => ended,
                        () = place.0.displaced.notified() => Err("its place was needed".to_owned()),
                    };
                    if let Err(why) = ended {
                        tracing::debug!(%from, why, "connection ended");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                // The process may be out of descriptors: then a stranger's is worth less than the next caller's.
                tracing::warn!(%error, "cannot accept a connection");
                places.make_room();
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// A place that is left when the connection's task ends, whoever still holds the connection.
struct Place(Arc<Connection>);

impl Drop for Place {
    fn drop(&mut self) {
        let connection = &self.0;
        let mut taken = lock(&connection.places.taken);
        let party = lock(&connection.state).party.clone();
        match party {
            Some(party) => taken.leave_party(&party),
            None => {
                taken.take_stranger(&home_of(connection.from), connection.number);
            }
        }
    }
}

impl Places {
    fn new(limits: Limits) -> Arc<Self> {
        let room = Arc::new(Semaphore::new(limits.strangers_requests));
        let allowances = Allowances::new(limits.strangers_bytes_per_second);
        Arc::new(Self { limits, taken: Mutex::default(), room, allowances })
    }

    /// Sends away the oldest stranger of the address that has most.
    fn make_room(&self) {
        lock(&self.taken).displace_from_the_fullest();
    }

    /// Sends away the stranger who has most requests under way, of several the oldest, if they are more than `few`.
    fn displace_the_busiest(&self, few: usize) {
        let mut taken = lock(&self.taken);
        let asking = |stranger: &Connection| lock(&stranger.state).requests.len();
        let busiest = taken.strangers.values().flatten();
        let busiest = busiest.max_by_key(|stranger| (asking(stranger), Reverse(stranger.number))).cloned();
        if let Some(busiest) = busiest.filter(|busiest| asking(busiest) > few) {
            taken.take_stranger(&home_of(busiest.from), busiest.number);
            busiest.send_away();
        }
    }
}

impl Taken {
    fn take_stranger(&mut self, home: &IpAddr, number: u64) -> Option<Arc<Connection>> {
        let queue = self.strangers.get_mut(home)?;
        let place = queue.iter().position(|stranger| stranger.number == number)?;
        let found = queue.remove(place);
        if queue.is_empty() {
            self.strangers.remove(home);
        }
        self.stranger_count -= usize::from(found.is_some());
        found
    }

    fn displace_oldest(&mut self, home: &IpAddr) {
        let oldest = self.strangers.get(home).and_then(|queue| queue.front()).map(|oldest| oldest.number);
        if let Some(stranger) = oldest.and_then(|number| self.take_stranger(home, number)) {
            stranger.send_away();
        }
    }

    fn displace_from_the_fullest(&mut self) {
        let fullest = self.strangers.iter().max_by_key(|(_, queue)| queue.len()).map(|(home, _)| *home);
        if let Some(home) = fullest {
            self.displace_oldest(&home);
        }
    }

    fn leave_party(&mut self, party: &str) {
        self.proven = self.proven.saturating_sub(1);
        if let Some(left) = self.parties.get_mut(party) {
            left.connections = left.connections.saturating_sub(1);
            if left.connections == 0 {
                self.parties.remove(party);
            }
        }
    }
}

impl Connection {
    fn enter(places: &Arc<Places>, from: SocketAddr) -> Arc<Self> {
        let now = Instant::now();
        let home = home_of(from);
        let mut taken = lock(&places.taken);
        if taken.strangers.get(&home).is_some_and(|queue| queue.len() >= places.limits.per_address) {
            taken.displace_oldest(&home);
        } else if taken.stranger_count >= places.limits.strangers {
            taken.displace_from_the_fullest();
        }
        taken.number += 1;
        let connection = Arc::new(Self {
            number: taken.number,
            from,
            began: now,
            places: places.clone(),
            displaced: Notify::new(),
            state: Mutex::new(State {
                party: None,
                asking: Arc::default(),
                is_sent_away: false,
                takes_until: None,
                requests: HashMap::new(),
                next: 0,
                idle_since: now,
                is_sending: false,
            }),
        });
        taken.strangers.entry(home).or_default().push_back(connection.clone());
        taken.stranger_count += 1;
        connection
    }

    /// Where it comes from.
    #[must_use]
    pub fn from(&self) -> SocketAddr {
        self.from
    }

    /// Whoever is at the other end has shown that they are `party`. Returns whether the connection has a place of theirs now; if
    /// they have too many already, it stays among the strangers.
    pub fn prove(&self, party: &str) -> bool {
        let limits = &self.places.limits;
        // In this order everywhere: places, then a connection's state.
        let mut taken = lock(&self.places.taken);
        let mut state = lock(&self.state);
        if state.party.is_some() {
            return true;
        }
        let of_party = taken.parties.get(party).map_or(0, |party| party.connections);
        if of_party >= limits.per_party || taken.proven >= limits.proven {
            return false;
        }
        // One that was sent away meanwhile has no place to change.
        if taken.take_stranger(&home_of(self.from), self.number).is_none() {
            return false;
        }
        let name: Arc<str> = Arc::from(party);
        let party = taken.parties.entry(name.clone()).or_default();
        party.connections += 1;
        state.asking = party.asking.clone();
        taken.proven += 1;
        state.party = Some(name);
        // Its requests so far are a stranger's no more.
        for request in state.requests.values_mut() {
            request.room = None;
        }
        true
    }

    /// Until when nothing more is read of it, while it is a stranger's.
    fn waits_until(&self) -> Option<Instant> {
        self.places.allowances.waits_until(&home_of(self.from), Instant::now())
    }

    /// Notes what a stranger has sent.
    fn count(&self, bytes: usize) {
        self.places.allowances.take(home_of(self.from), bytes, Instant::now());
    }

    fn send_away(&self) {
        lock(&self.state).is_sent_away = true;
        self.displaced.notify_one();
    }

    /// Whether somebody may still be sending the body of what was answered.
    fn is_sending(&self) -> bool {
        lock(&self.state).is_sending
    }

    /// Whether somebody has shown who they are.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        lock(&self.state).party.is_some()
    }

    /// A handshake, in its time.
    ///
    /// # Errors
    /// Why there is none, for the log.
    pub async fn handshake<T, E: std::fmt::Display>(
        &self,
        handshake: impl Future<Output = Result<T, E>>,
    ) -> Result<T, String> {
        if let Some(until) = self.waits_until() {
            tokio::time::sleep_until(until).await;
        }
        self.count(HANDSHAKE_BYTES);
        timeout(self.places.limits.handshake, handshake)
            .await
            .map_err(|_| "no handshake in time".to_owned())?
            .map_err(|error| error.to_string())
    }

    /// Serves HTTP on `stream` as `server` is set, until the other side ends it, a clock does, or `ending` comes; what is under way
    /// goes to its end unless it is too slow.
    ///
    /// # Errors
    /// Why the connection ended, for the log.
    pub async fn serve<I, S, B>(
        self: &Arc<Self>,
        mut server: auto::Builder<TokioExecutor>,
        stream: I,
        service: S,
        ending: impl Future<Output = ()>,
    ) -> Result<(), String>
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        S: Service<Request<Received>, Response = Response<B>> + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body<Data = Bytes> + Unpin + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        // The clocks here are the ones that count; without this the library would have its own.
        server.http1().timer(hyper_util::rt::TokioTimer::new()).header_read_timeout(None);
        let service = Arc::new(service);
        let metered = service_fn(|request| self.metered(service.clone(), request));
        let mut connection =
            pin!(server.serve_connection(TokioIo::new(Tap::new(stream, self.clone())), metered));
        let mut ending = pin!(ending);
        let mut leaving = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => return ended.map_err(|error| error.to_string()),
                () = &mut ending, if !leaving => {
                    connection.as_mut().graceful_shutdown();
                    self.leave();
                    leaving = true;
                }
                () = tokio::time::sleep(self.look_again()) => {
                    if let Some(why) = self.overdue(Instant::now()) {
                        return Err(why.to_owned());
                    }
                    if !leaving && self.began.elapsed() >= self.clock().life {
                        connection.as_mut().graceful_shutdown();
                        self.leave();
                        leaving = true;
                    }
                }
            }
        }
    }

    /// Counts a request as under way on it, whatever the connection speaks.
    #[must_use]
    pub fn under_way(self: &Arc<Self>) -> UnderWay {
        UnderWay::begin(self)
    }

    /// Comes when it has been there for as long as it may, or asked nothing for too long: why it ends.
    pub async fn time_is_up(&self) -> &'static str {
        loop {
            tokio::time::sleep(self.look_again()).await;
            if let Some(why) = self.overdue(Instant::now()) {
                return why;
            }
            if self.began.elapsed() >= self.clock().life {
                return "it has been there for as long as it may";
            }
        }
    }

    /// It was told to end. Over HTTP/2 the other side has to say that it has heard it, and whoever does not could ask on.
    fn leave(&self) {
        lock(&self.state).takes_until = Some(Instant::now() + self.places.limits.handshake);
    }

    fn metered<S, B>(
        self: &Arc<Self>,
        service: Arc<S>,
        request: Request<hyper::body::Incoming>,
    ) -> impl Future<Output = Result<Response<Sent<B>>, Box<dyn Error + Send + Sync>>> + use<S, B>
    where
        S: Service<Request<Received>, Response = Response<B>>,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let under_way = UnderWay::begin(self);
        async move {
            under_way.find_room().await?;
            // Over HTTP/2 a stream is reset alone.
            let of = (request.version() < Version::HTTP_2).then(|| under_way.connection.clone());
            let mut request = request.map(|body| Received::new(body, under_way.meter.clone(), of));
            request.extensions_mut().insert(under_way.connection.clone());
            let answer = service.call(request).await.map_err(Into::into)?;
            Ok(answer.map(|body| Sent::new(body, under_way)))
        }
    }

    fn clock(&self) -> Clock {
        if self.is_proven() { self.places.limits.known } else { self.places.limits.stranger }
    }

    /// How long until the clocks are looked at again: a stranger's each second, others' less often, since there are many.
    fn look_again(&self) -> Duration {
        let most = Duration::from_secs(if self.is_proven() { 5 } else { 1 });
        most.min(self.clock().idle / 4).max(Duration::from_millis(20))
    }

    /// Why its time is up.
    fn overdue(&self, now: Instant) -> Option<&'static str> {
        let idle = self.clock().idle;
        let state = lock(&self.state);
        let idle = if state.next == 0 { idle.min(self.places.limits.stranger.idle) } else { idle };
        if state.requests.is_empty() && state.takes_until.is_some_and(|until| now >= until) {
            return Some("its time is over");
        }
        if state.requests.is_empty() {
            return (now.duration_since(state.idle_since) >= idle).then_some("it asked nothing for too long");
        }
        let slow = state.requests.values().any(|request| !request.meter.is_kept(now));
        slow.then_some("its bodies moved too slowly")
    }
}

/// A request that is under way, until the last of its answer is handed over.
pub struct UnderWay {
    number: u64,
    meter: Arc<Meter>,
    connection: Arc<Connection>,
    /// Where it counts as its party's.
    of_party: Option<Arc<AtomicUsize>>,
    /// It came when nothing new was taken any more.
    is_late: bool,
}

impl UnderWay {
    fn begin(connection: &Arc<Connection>) -> Self {
        let limits = &connection.places.limits;
        let meter = Arc::new(Meter::new(limits.pace));
        let mut state = lock(&connection.state);
        state.next += 1;
        // Over HTTP/1.1 whatever was sent before has come to its end.
        state.is_sending = false;
        let number = state.next;
        let is_late = state.takes_until.is_some_and(|until| Instant::now() >= until);
        if !is_late {
            state.requests.insert(number, Held { meter: meter.clone(), room: None });
        }
        let of_party = state.party.is_some().then(|| state.asking.clone());
        if let Some(asking) = &of_party {
            let before = asking.fetch_add(1, Ordering::Relaxed);
            // A party that has so many under way has more than it can read: this connection goes.
            if before >= limits.party_requests {
                state.is_sent_away = true;
                connection.displaced.notify_one();
            }
        }
        Self { number, meter, connection: connection.clone(), of_party, is_late }
    }

    /// Waits for room, if it is a stranger's. Until then the request takes next to nothing.
    async fn find_room(&self) -> Result<(), &'static str> {
        let connection = &self.connection;
        let places = &connection.places;
        let mut room = None;
        if self.of_party.is_none() && !connection.is_proven() {
            connection.count(REQUEST_BYTES);
            room = places.room.clone().try_acquire_owned().ok();
            if room.is_none() {
                places.displace_the_busiest(1);
                room = Some(self.wait_for_room().await?);
            }
        }
        let mut state = lock(&connection.state);
        if state.is_sent_away {
            return Err("its place was needed");
        }
        if self.is_late {
            return Err("the connection's time is over");
        }
        // Somebody may have shown who they are while it waited.
        let room = room.filter(|_| state.party.is_none());
        if let Some(held) = state.requests.get_mut(&self.number) {
            held.room = room;
        }
        Ok(())
    }

    async fn wait_for_room(&self) -> Result<OwnedSemaphorePermit, &'static str> {
        let places = &self.connection.places;
        let mut room = pin!(places.room.clone().acquire_owned());
        let began = Instant::now();
        while began.elapsed() < places.limits.handshake {
            if let Ok(found) = timeout(TURN, room.as_mut()).await {
                return found.map_err(|_| "the listener has ended");
            }
            places.displace_the_busiest(0);
        }
        Err("there was no room in time")
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(asking) = &self.of_party {
            asking.fetch_sub(1, Ordering::Relaxed);
        }
        let mut state = lock(&self.connection.state);
        state.requests.remove(&self.number);
        if state.requests.is_empty() {
            state.idle_since = Instant::now();
        }
    }
}

/// What one subscriber has: an IPv4 address, or the first 64 bits of an IPv6 one.
#[must_use]
pub fn home_of(from: SocketAddr) -> IpAddr {
    match from.ip().to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
