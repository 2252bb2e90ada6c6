//! Laws of cases, over generated procedures, answers and faults.

mod crash;
mod engine;
mod faults;
mod form;
mod measures;
mod peers;
mod plan;
mod result;
mod rights;
mod shared;
mod told;
mod wait;
mod world;
