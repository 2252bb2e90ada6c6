//! What reaches name in the small world.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

/// Days that a reach may begin or end on; calls are made on these, on the day before and on the last again.
pub const DAYS: i64 = 3;
/// The services.
pub const SERVICES: [&str; 2] = ["VN/GOV/G0/s/d0", "VN/GOV/G0/s/d1"];
/// Whom reaches name.
pub const CLIENTS: [&str; 6] = [
    "VN/LOC/*/mot-cua",
    "VN/LOC/H0/mot-cua",
    "VN/LOC/H1/mot-cua",
    "VN/GOV/*/mot-cua",
    "VN/GOV/G1/mot-cua",
    "VN/LOC/*/khac",
];
/// The operations that reaches name.
pub const OPERATIONS: [(&str, &str); 8] = [
    ("POST", "/find"),
    ("GET", "/a"),
    ("GET", "/*"),
    ("*", "/**"),
    ("GET", "/a/b"),
    ("POST", "/*/b"),
    ("POST", "/**"),
    ("get", "/a"),
];
/// The fields that reaches name.
pub const FIELDS: [&str; 3] = ["f0", "f1", "f2"];
/// The purposes: a grant names those that it is for, and there is no way to mean all.
pub const PURPOSES: [&str; 2] = ["khai-sinh", "ket-hon"];

/// A day of the world.
#[must_use]
pub fn day(number: i64) -> Date {
    date(2027, 1, 1).saturating_add(number.days())
}
