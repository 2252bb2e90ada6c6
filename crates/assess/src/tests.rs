//! Laws of scores, over packs and evidence made by dice; and what is shipped.

mod bad;
mod bundles;
mod laws;
mod made;
mod ranks;
