//! Packs of reuse: times, thresholds and assumptions, as data. A case ends by the pack that it began with.

use std::collections::HashSet;

use model::directory::Part;
use model::fault::Fault;
use model::scope::ReusePack;

use crate::audit::right::Right;
use crate::registry::check::{Gathered, check_code, check_name, check_text};
use crate::registry::{Subject, Table};
use crate::store::Tx;
use crate::texts;

/// Most reasons of a pack.
const REASONS_MAX: usize = 50;

impl Subject for ReusePack {
    const KIND: &'static str = "ReusePack";
    const TABLE: Table = Table { name: "reuse_pack", ..Table::OF_ENTRIES };
    const COLUMNS: &'static [&'static str] =
        &["id", "name.vi", "name.en", "source", "second_hand", "assumed"];
    const RIGHT: Right = Right::Govern;

    fn name(&self) -> &str {
        &self.id
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part::ReusePacks]
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let mut gathered = Gathered::default();
        gathered.must(is_versioned(&self.id), subject, "id", texts::pack_id);
        gathered.take("name", check_name(subject, &self.name))?;
        gathered.take("source", check_text(subject, "source", &self.source))?;
        let timers = &self.timers;
        let times = [timers.ask_seconds, timers.page_seconds, timers.pending_hours];
        gathered.must(times.iter().all(|time| *time > 0), subject, "timers", texts::pack_times);
        let limits = &self.thresholds;
        let percents = [limits.drop_answered_percent, limits.drop_differing_percent];
        gathered.must(
            percents.iter().all(|percent| *percent <= 100),
            subject,
            "thresholds",
            texts::pack_percent,
        );
        for (place, levels) in [
            ("assumptions.minutes_per_paper", self.assumptions.minutes_per_paper),
            ("assumptions.trips_per_hundred_papers", self.assumptions.trips_per_hundred_papers),
        ] {
            gathered.must(levels.is_sorted(), subject, place, texts::pack_levels);
        }
        let kept = [self.retention.draft_days, self.retention.decided_days];
        gathered.must(kept.iter().all(|days| *days > 0), subject, "retention", texts::pack_times);
        let mut codes = HashSet::new();
        gathered.must(
            !self.reasons.is_empty() && self.reasons.len() <= REASONS_MAX,
            subject,
            "reasons",
            || texts::too_many_in(REASONS_MAX),
        );
        for (at, reason) in self.reasons.iter().enumerate() {
            let place = format!("reasons.{at}");
            gathered.take(&format!("{place}.code"), check_code((Self::KIND, &reason.code)))?;
            gathered.must(codes.insert(&reason.code), subject, &format!("{place}.code"), || {
                texts::twice_in(&reason.code)
            });
            gathered.take(&format!("{place}.name"), check_name(subject, &reason.name))?;
        }
        gathered.done()
    }
}

/// Whether it is a name and a number: `tai-su-dung@1`.
pub(super) fn is_versioned(id: &str) -> bool {
    id.split_once('@').is_some_and(|(name, version)| {
        check_code(("", name)).is_ok()
            && version.parse::<u32>().is_ok_and(|number| number > 0 && number.to_string() == version)
    })
}
