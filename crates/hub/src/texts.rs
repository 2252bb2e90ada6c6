//! What the hub tells people beside the faults, in both languages: a table for each subject.

mod assess;
mod brief;
mod catalogue;
mod directive;
mod granting;
mod notice;
mod people;
mod quality;
mod registry;
mod reuse;
mod running;

pub(crate) use self::assess::*;
pub(crate) use self::brief::*;
pub(crate) use self::catalogue::*;
pub(crate) use self::directive::*;
pub(crate) use self::granting::*;
pub(crate) use self::notice::*;
pub(crate) use self::people::*;
pub(crate) use self::quality::*;
pub(crate) use self::registry::*;
pub(crate) use self::reuse::*;
pub(crate) use self::running::*;
