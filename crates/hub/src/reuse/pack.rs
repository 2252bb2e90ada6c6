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

/// Most holidays of a pack: of many years.
const HOLIDAYS_MAX: usize = 500;
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
        gathered.must(self.holidays.len() <= HOLIDAYS_MAX, subject, "holidays", || {
            texts::too_many_in(HOLIDAYS_MAX)
        });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::granting::pack::RulePack;

    /// One country has one list of holidays, whichever clock counts by it.
    #[test]
    fn packs_of_requests_and_of_reuse_have_the_same_holidays() {
        let read = |text| serde_saphyr::from_str::<serde_json::Value>(text).unwrap();
        let reuse = read(include_str!("../../../../data/packs/tai-su-dung.yaml"));
        let requests = read(include_str!("../../../../data/packs/tiep-nhan.yaml"));
        assert_eq!(reuse["holidays"], requests["holidays"]);
        assert!(reuse["holidays"].as_array().is_some_and(|days| days.len() > 20));
        let _: (ReusePack, RulePack) = (
            crate::members::read(without_kind(reuse).as_bytes()).unwrap(),
            crate::members::read(without_kind(requests).as_bytes()).unwrap(),
        );
    }

    fn without_kind(mut document: serde_json::Value) -> String {
        document.as_object_mut().unwrap().remove("kind");
        document.to_string()
    }
}
