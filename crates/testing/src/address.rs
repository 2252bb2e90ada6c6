//! Addresses for what a test starts.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that the system gives to outgoing connections and above those of the demo, so that nobody takes one before whoever it
/// is meant for does.
const PORTS: Range<u16> = 20_000..32_000;

/// An address that nobody listens at, never the same twice.
///
/// # Panics
/// If somebody listens at every port.
#[must_use]
pub fn free_address() -> SocketAddr {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    // Two runs at a time begin at different ports, and not side by side.
    let ports = u32::from(PORTS.end - PORTS.start);
    let first = std::process::id().wrapping_mul(31) % ports;
    for _ in PORTS {
        let number = (first + u32::from(TAKEN.fetch_add(1, Ordering::Relaxed))) % ports;
        let port = PORTS.start + u16::try_from(number).unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("all ports of {PORTS:?} are taken");
}
