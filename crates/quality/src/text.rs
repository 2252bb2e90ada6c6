//! Vietnamese text as it should be written: letters, encodings, spaces, names.

pub mod encoding;
pub mod letters;
pub mod name;
pub mod shape;
