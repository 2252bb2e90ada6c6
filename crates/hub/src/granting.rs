//! From asking to a grant, by rule packs; and what stands still for a while.

pub mod grant;
pub mod pack;
pub mod request;
pub mod suspension;
