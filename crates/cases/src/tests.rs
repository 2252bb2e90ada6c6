//! Laws of cases, over generated procedures, answers and faults.

mod crash;
mod engine;
mod faults;
mod peers;
mod plan;
mod rights;
mod shared;
mod world;
