//! Laws of cases, over generated procedures, answers and faults.

mod crash;
mod elsewhere;
mod engine;
mod faults;
mod form;
mod measures;
mod oots;
mod peers;
mod plan;
mod result;
mod rights;
mod shared;
mod told;
mod wait;
mod world;
