//! The day's cases: real procedures, each with data of two to four agencies.

mod birth;
mod civil;
mod family;
mod land;
mod licence;
mod residence;
mod school;

use model::fault::{Fault, Words};

use crate::desk::Desk;
use crate::dossier::{Case, Dossier, Tally};
use crate::nation::{Commune, Nation};
use crate::processes::step;
use crate::registry::Registry;

/// What a case is played with.
pub(crate) struct Stage<'a> {
    /// The nation: who plays.
    pub(crate) nation: &'a Nation,
    pub(crate) registry: &'a Registry,
    pub(crate) commune_desk: &'a Desk,
    pub(crate) province_desk: &'a Desk,
    pub(crate) tally: &'a mut Tally,
    pub(crate) today: jiff::civil::Date,
    /// Number of the last dossier.
    pub(crate) number: u32,
}

impl Stage<'_> {
    fn open(&mut self, at_commune: bool, purpose: &'static str, procedure: Words) -> Dossier<'_> {
        self.number += 1;
        let desk = if at_commune { self.commune_desk } else { self.province_desk };
        Dossier::open(desk, self.registry, self.tally, self.number, purpose, procedure)
    }

    fn commune(&self) -> Result<Commune, Fault> {
        self.nation.commune().cloned().ok_or_else(|| step("nation", "it has no commune"))
    }
}

/// Somebody whom the nation should have cast.
fn cast<T: Clone>(part: Option<&T>, what: &str) -> Result<T, Fault> {
    part.cloned().ok_or_else(|| step(what, "the nation is too small to cast it"))
}

/// How many cases a day has.
pub(crate) const COUNT: usize = 11;

/// Plays case `number`, from 0.
pub(crate) async fn play(stage: &mut Stage<'_>, number: usize) -> Result<Case, Fault> {
    match number {
        0 => birth::register(stage).await,
        1 => residence::register(stage).await,
        2 => school::enrol(stage).await,
        3 => land::sell(stage).await,
        4 => land::stop(stage).await,
        5 => civil::confirm_single(stage).await,
        6 => civil::find_married(stage).await,
        7 => civil::copy_extract(stage).await,
        8 => family::allow_survivors(stage).await,
        9 => licence::change(stage).await,
        _ => family::find_by_old_number(stage).await,
    }
}
