//! Looks at everything that keeps a hub or a node from working, in its folder and around it. It changes nothing, and what it looks at may be
//! running.

pub(crate) mod hub;
mod node;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use exchange::clock;
use jiff::SignedDuration;
use model::ending::{Ending, Tense};
use trust::replay::SKEW_SECONDS;

use crate::finding::{Finding, Level};
use crate::texts;
use crate::watched::{self, Watched, reached_at};

/// Below so many bytes a disk is nearly full, and full: a ledger takes 8 MB at a time, and bodies and
/// snapshots lie there as well.
const DISK_BYTES: (u64, u64) = (2 * 1024 * 1024 * 1024, 256 * 1024 * 1024);
/// A disk that takes longer to make something durable holds up each exchange by it. Measured: 0.4 ms.
const SYNC: Duration = Duration::from_millis(50);
/// Clocks that differ by more are on their way to where messages are refused.
const CLOCK: SignedDuration = SignedDuration::from_secs(5);
/// Longest wait for a port of this machine.
const PORT: Duration = Duration::from_secs(2);

/// Open files that a process may have, and should.
#[derive(Debug, Clone, Copy)]
pub struct Descriptors {
    /// What it may have at most; none: as many as it likes.
    pub most: Option<u64>,
    /// What a hub or node should have.
    pub wanted: u64,
}

/// Looks at the hub or the node in a folder.
pub async fn examine(dir: &Path, descriptors: Descriptors) -> Vec<Finding> {
    let mut found = vec![Finding::ok("version", texts::this_program(env!("CARGO_PKG_VERSION")))];
    let watched = match Watched::open(dir) {
        Ok(watched) => watched,
        Err(fault) => {
            found.push(Finding::fault("settings", &fault));
            return found;
        }
    };
    found.push(Finding::ok("settings", texts::settings_read(dir.display())));
    found.push(files(descriptors));
    found.extend(certificates(&watched));
    found.push(disk(&watched));
    match &watched {
        Watched::Node(folder, settings) => node::examine(&watched, folder, settings, &mut found).await,
        Watched::Hub(dir, settings) => hub::examine(&watched, dir, settings, &mut found).await,
    }
    found
}

fn files(Descriptors { most, wanted }: Descriptors) -> Finding {
    match most {
        Some(most) if most < wanted => {
            Finding::bad(Level::Warning, "descriptors", texts::few_files(most, wanted), texts::raise_files())
        }
        Some(most) => Finding::ok("descriptors", texts::files_allowed(most)),
        None => Finding::ok("descriptors", texts::files_unlimited()),
    }
}

fn certificates(watched: &Watched) -> Vec<Finding> {
    let certificates = match watched.certificates() {
        Ok(certificates) => certificates,
        Err(fault) => return vec![Finding::fault("certificate", &fault)],
    };
    let now = clock::now();
    let of = |(kind, name, at)| match Ending::of(kind, None, at, now) {
        // It names what to do itself.
        Some(Ending { tense, vi, en, .. }) => {
            let level = if tense == Tense::Ended { Level::Critical } else { Level::Warning };
            let said = model::fault::Words::new(vi, en);
            Finding { level, about: "certificate", said, next: None }
        }
        None => Finding::ok("certificate", texts::certificate_holds(name, day(at))),
    };
    certificates.into_iter().map(of).collect()
}

fn day(at: jiff::Timestamp) -> impl std::fmt::Display {
    model::time::day_in_viet_nam(at).strftime("%d/%m/%Y").to_string()
}

fn disk(watched: &Watched) -> Finding {
    let folder = watched.written_to();
    let place = folder.display();
    match watched::disk(&folder) {
        Err(error) => {
            Finding::bad(Level::Critical, "disk", texts::not_written(place, error), texts::mend_disk())
        }
        Ok((free, took)) => {
            let millis = took.as_millis();
            let free_mb = free / 1_000_000;
            let said = texts::disk_is(place, free_mb, millis);
            let level = if free < DISK_BYTES.1 { Level::Critical } else { Level::Warning };
            match (free < DISK_BYTES.0, took > SYNC) {
                (true, _) => Finding::bad(level, "disk", said, texts::make_room()),
                (_, true) => Finding::bad(Level::Warning, "disk", said, texts::faster_disk()),
                _ => Finding::ok("disk", said),
            }
        }
    }
}

/// How our clock is beside another's.
fn clocks(ahead: SignedDuration) -> Finding {
    let off = ahead.abs();
    let half = SignedDuration::from_millis(if ahead.is_negative() { -500 } else { 500 });
    let seconds = (ahead + half).as_secs();
    if off <= CLOCK {
        return Finding::ok("clock", texts::clock_right(ahead.as_secs_f64().abs().ceil()));
    }
    let level = if off.as_secs() * 2 > SKEW_SECONDS { Level::Critical } else { Level::Warning };
    Finding::bad(level, "clock", texts::clock_off(seconds), texts::set_clock(SKEW_SECONDS))
}

/// A port, which should be open if whatever it belongs to `runs`, and free if it does not.
fn port(name: &'static str, address: SocketAddr, runs: bool) -> Finding {
    if runs {
        return match TcpStream::connect_timeout(&reached_at(address), PORT) {
            Ok(_) => Finding::ok("port", texts::port_open(name, address)),
            Err(error) => {
                let said = texts::port_closed(name, address, error);
                Finding::bad(Level::Critical, "port", said, texts::see_the_log())
            }
        };
    }
    match TcpListener::bind(address) {
        Ok(_) => Finding::ok("port", texts::port_free(name, address)),
        Err(error) => {
            let said = texts::port_taken(name, address, error);
            Finding::bad(Level::Critical, "port", said, texts::who_has_the_port(address.port()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_told_of_before_messages_are_refused_for_it() {
        let level = |seconds: i64| clocks(SignedDuration::from_secs(seconds)).level;
        for (seconds, expected) in [
            (0, Level::Ok),
            (5, Level::Ok),
            (-5, Level::Ok),
            (6, Level::Warning),
            (-30, Level::Warning),
            (31, Level::Critical),
            (-3600, Level::Critical),
        ] {
            assert_eq!(level(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn a_port_is_free_or_taken() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(port("edge", address, true).level, Level::Ok);
        assert_eq!(port("edge", address, false).level, Level::Critical);
        drop(listener);
        assert_eq!(port("edge", address, true).level, Level::Critical);
        assert_eq!(port("edge", address, false).level, Level::Ok);
    }
}
