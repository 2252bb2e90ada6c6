//! People and programs: their accounts, and how they sign in.

pub mod account;
pub(crate) mod credential;
pub(crate) mod device;
pub(crate) mod manage;
pub mod oidc;
pub(crate) mod password;
pub(crate) mod session;
pub(crate) mod store;
pub mod totp;
pub(crate) mod tries;
