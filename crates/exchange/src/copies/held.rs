//! What a copy holds, as sums: in a file beside the node, made anew from the copy when the node begins, every so often, and whenever it is
//! not of the copy's place. So what somebody has changed in it by hand is found out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use connect::target::{Copied, Target, TargetError};
use sync::feed::{Images as _, Place};
use sync::follow::Position;
use sync::held::{Held, Sums};
use sync::line::{Cell, Key};
use sync::view::Difference;
use tokio::task::block_in_place;

use crate::backend::dataset::Kept;
use crate::copies::{Trouble, write};

/// What it is called in its file.
const VIEW: &str = "view";
/// Records of a copy that are read at a time.
const PAGE: u32 = 1000;

/// What a copy holds, at a place.
pub(super) struct Image {
    kept: Kept,
    place: Place,
    /// When the copy was read.
    read: Instant,
}

impl Image {
    /// Reads the copy.
    pub(super) async fn open(
        folder: &Path,
        was: &Position,
        (target, copied, name): (&Target, &Copied, &str),
    ) -> Result<Self, Trouble> {
        let failed = |error: std::io::Error| Trouble::Answer(format!("{}: {error}", folder.display()));
        std::fs::create_dir_all(folder).map_err(failed)?;
        let kept = Kept::open(&folder.join("held.db"), was.secret.clone()).await?;
        let mut image = Self { kept, place: was.place.clone(), read: Instant::now() };
        image.read(was, (target, copied, name)).await?;
        Ok(image)
    }

    /// Reads the copy, with what is held of it in its place.
    async fn read(
        &mut self,
        was: &Position,
        (target, copied, name): (&Target, &Copied, &str),
    ) -> Result<(), Trouble> {
        let mut reading = target.begin().await?;
        let held = write::read(reading.held(name).await?, copied.fields.len())?;
        let instead: BTreeSet<&Key> = held.values().filter_map(|parked| parked.before.as_ref()).collect();
        let cleared = Difference { cleared: true, ..Difference::default() };
        block_in_place(|| self.kept.apply(VIEW, &cleared))?;
        let mut behind: Option<String> = None;
        loop {
            let page = reading.records(copied, behind.as_deref(), PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            behind = Some(last.clone());
            let is_own = |key: &Key| !held.contains_key(key) && !instead.contains(key);
            let records = page.into_iter().filter(|(key, _)| is_own(key)).map(|(key, values)| {
                let cells = values.into_iter().map(|value| value.map_or(Cell::Empty, Cell::Text));
                (key, cells.collect::<Vec<_>>())
            });
            self.add(was, records)?;
        }
        let parked = held.iter().filter_map(|(key, parked)| Some((key.clone(), parked.now.clone()?)));
        self.add(was, parked)?;
        self.close(&was.place)
    }

    fn add(
        &mut self,
        was: &Position,
        records: impl Iterator<Item = (Key, Vec<Cell>)>,
    ) -> Result<(), Trouble> {
        let mut difference = Difference::default();
        for (key, cells) in records {
            let held = was.secret.held(&key, &cells, None);
            let held = held.map_err(|_| TargetError::Failed("a copy lacks a value".into()))?;
            difference.sum = difference.sum.wrapping_add(held.sum);
            difference.records.push((key, Some(held)));
        }
        Ok(block_in_place(|| self.kept.apply(VIEW, &difference))?)
    }

    fn close(&mut self, place: &Place) -> Result<(), Trouble> {
        self.place = place.clone();
        Ok(block_in_place(|| self.kept.commit(place.commit))?)
    }

    /// Whether it is of the copy at a place, and was read less than that long ago.
    pub(super) fn is_of(&self, place: &Place, again: Duration) -> bool {
        self.place == *place && self.read.elapsed() < again
    }

    pub(super) fn of(&mut self, keys: &BTreeSet<Key>) -> Result<BTreeMap<Key, Option<Held>>, Trouble> {
        Ok(block_in_place(|| self.kept.held(VIEW, keys))?)
    }

    /// The sum of all, once a difference is taken in.
    pub(super) fn sum_with(&mut self, difference: &Difference) -> Result<u128, Trouble> {
        let sum = if difference.cleared { 0 } else { block_in_place(|| self.kept.sum(VIEW))? };
        Ok(sum.wrapping_add(difference.sum))
    }

    pub(super) fn heaps(&mut self) -> Result<BTreeMap<u16, u128>, Trouble> {
        Ok(block_in_place(|| self.kept.heaps(VIEW))?)
    }

    pub(super) fn of_heap(&mut self, heap: u16) -> Result<Sums, Trouble> {
        Ok(block_in_place(|| self.kept.of_heap(VIEW, heap))?)
    }

    pub(super) fn take(&mut self, difference: &Difference, place: &Place) -> Result<(), Trouble> {
        block_in_place(|| self.kept.apply(VIEW, difference))?;
        self.close(place)
    }
}
