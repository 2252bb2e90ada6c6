//! Laws of cases, over generated procedures, answers and faults.

mod crash;
mod engine;
mod measures;
mod plan;
mod rights;
mod shared;
mod world;
