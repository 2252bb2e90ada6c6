//! Rule packs: how requests go, as data. A pack's version is part of its name; what began by one version ends by it.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan as _};
use model::agency::Name;
use model::fault::Fault;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::right::Right;
use crate::registry::check::{check_name, check_text, contradictory};
use crate::registry::references::check_unnamed;
use crate::registry::{Subject, Table};
use crate::store::Tx;
use crate::texts;

/// Most steps, parts, papers and points of a pack.
const PARTS_MAX: usize = 50;

/// A rule pack of onboarding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulePack {
    /// Its name and version: `tiep-nhan@1`.
    pub id: String,
    /// What it is.
    pub name: Name,
    /// Where its rules come from.
    pub source: String,
    /// Whether they are known second-hand only: never to be shown as the text of a law.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_hand: bool,
    /// Days for which a grant for tests holds.
    pub trial_days: u16,
    /// Working days by which a planned outage is announced before it begins (rule CN-13).
    pub announce_working_days: u16,
    /// Days that are no working days, beside Saturdays and Sundays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<Date>,
    /// The types of requests.
    pub types: Vec<RequestType>,
    /// The steps.
    pub steps: Vec<Step>,
    /// The papers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<Paper>,
    /// What must hold before data are synced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checklist: Option<Checklist>,
}

/// A type of request (rule CN-11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestType {
    /// Its code.
    pub id: String,
    /// What it is.
    pub name: Name,
    /// Whether a duty must entitle the applicant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_duty: bool,
    /// Whether it is about a grant that there is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_grant: bool,
    /// Its steps, in order.
    pub steps: Vec<String>,
    /// The papers that must be there before the last step is done.
    #[serde(default)]
    pub papers: Vec<String>,
}

/// A step (rule CN-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RulePackStep)]
pub struct Step {
    /// Its code.
    pub id: String,
    /// What it is.
    pub name: Name,
    /// How long it may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Days>,
    /// Whether the number of days is ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed_days: bool,
    /// Whether a test call must have been seen before it is done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_test_call: bool,
    /// Whether the checklist must be complete before it is done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_checklist: bool,
    /// What is done in it, by whom.
    pub parts: Vec<Part>,
    /// The grant that it ends with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Granted>,
}

/// How long a step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StepDays)]
pub enum Days {
    /// Days of the calendar.
    Calendar(u16),
    /// Working days.
    Working(u16),
}

/// A part of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StepPart)]
pub struct Part {
    /// Its code.
    pub id: String,
    /// Who does it.
    pub by: By,
    /// What they do.
    pub act: PartAct,
    /// What it is.
    pub name: Name,
}

impl Part {
    /// Whether somebody else than the applicant decides in it.
    #[must_use]
    pub fn is_decision_of_others(&self) -> bool {
        self.act == PartAct::Decide && self.by != By::Applicant
    }
}

/// Who acts in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The agency that asks.
    Applicant,
    /// The agency that the service is of.
    Owner,
    /// The hub.
    Hub,
}

impl By {
    /// As rule packs write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::Owner => "owner",
            Self::Hub => "hub",
        }
    }
}

/// What is done in a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartAct {
    /// Yes or no.
    Decide,
    /// It is stated that something is so.
    Attest,
}

/// A grant that a step ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StepGrant)]
pub enum Granted {
    /// For tests only.
    Trial,
    /// As it was asked for.
    Full,
}

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Its code.
    pub id: String,
    /// What it is.
    pub name: Name,
    /// Months for which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<u8>,
}

/// What must hold before data are synced (rule CN-12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// For which ways of sharing.
    pub for_modes: BTreeSet<Mode>,
    /// Its points.
    pub items: Vec<Item>,
}

/// Ways of sharing (rule CN-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// (a) Query through the platform.
    Query,
    /// (b) Sync of a dataset to its user.
    Sync,
    /// (c) Sync up to the integrated database.
    Integrated,
    /// (d) Packaged data.
    Package,
}

/// A point of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChecklistItem)]
pub struct Item {
    /// Its code.
    pub id: String,
    /// What it is.
    pub name: Name,
    /// Who ticks it, or what ticks it by itself.
    pub by: Ticked,
}

/// What ticks a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ChecklistTick)]
pub enum Ticked {
    /// The applicant.
    Applicant,
    /// The owner.
    Owner,
    /// The contract in force binds every field.
    ContractBound,
    /// The contract in force has a key that is never empty.
    ContractKeys,
    /// The contract in force has no secret field.
    ContractNoSecret,
    /// The platform sees to it for every exchange.
    Always,
}

impl RulePack {
    /// The type of request called `id`.
    #[must_use]
    pub fn request_type(&self, id: &str) -> Option<&RequestType> {
        self.types.iter().find(|kind| kind.id == id)
    }

    /// The step called `id`.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The paper called `id`.
    #[must_use]
    pub fn paper(&self, id: &str) -> Option<&Paper> {
        self.papers.iter().find(|paper| paper.id == id)
    }

    /// The day so many working days after `day`.
    #[must_use]
    pub fn working_days_after(&self, day: Date, number: u16) -> Date {
        working_days_after(&self.holidays, day, number)
    }

    /// The last day of a step that was entered at `entered`.
    #[must_use]
    pub fn due(&self, step: &Step, entered: Timestamp) -> Option<Date> {
        let day = day_in_viet_nam(entered);
        Some(match step.days? {
            Days::Calendar(days) => day.checked_add(i64::from(days).days()).ok()?,
            Days::Working(days) => self.working_days_after(day, days),
        })
    }
}

impl Subject for RulePack {
    const KIND: &'static str = "RulePack";
    const TABLE: Table = Table { name: "rule_pack", ..Table::OF_ENTRIES };
    const COLUMNS: &'static [&'static str] = &["id", "name.vi", "name.en", "source", "second_hand"];
    const RIGHT: Right = Right::Govern;

    fn name(&self) -> &str {
        &self.id
    }

    async fn follow(&self, tx: &mut Tx, old: Option<&Self>) -> Result<(), Fault> {
        match old {
            Some(_) => check_unnamed(tx, (Self::KIND, &self.id)).await,
            None => Ok(()),
        }
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let named = self.id.split_once('@').is_some_and(|(name, version)| {
            crate::registry::check::check_code((Self::KIND, name)).is_ok() && version.parse::<u32>().is_ok()
        });
        if !named {
            return Err(contradictory(subject, texts::pack_id()));
        }
        check_name(subject, &self.name)?;
        check_text(subject, "source", &self.source)?;
        self.check_references()
    }
}

impl RulePack {
    /// Whether everything that it names is in it.
    fn check_references(&self) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let missing = |what: &str| contradictory(subject, texts::pack_names_nothing(what));
        if self.types.is_empty() || self.types.iter().any(|kind| kind.steps.is_empty()) {
            return Err(missing("types, steps"));
        }
        let counts = [self.types.len(), self.steps.len(), self.papers.len()];
        if counts.iter().any(|count| *count > PARTS_MAX) || self.holidays.len() > 1000 {
            return Err(contradictory(subject, texts::pack_too_large()));
        }
        for kind in &self.types {
            check_name(subject, &kind.name)?;
            if let Some(step) = kind.steps.iter().find(|step| self.step(step).is_none()) {
                return Err(missing(&format!("step {step}")));
            }
            if let Some(paper) = kind.papers.iter().find(|paper| self.paper(paper).is_none()) {
                return Err(missing(&format!("paper {paper}")));
            }
            let last = kind.steps.last().and_then(|step| self.step(step));
            if last.is_none_or(|step| step.grants != Some(Granted::Full)) {
                return Err(contradictory(subject, texts::pack_last_step(&kind.id)));
            }
        }
        for kind in &self.types {
            let mut steps = kind.steps.iter().filter_map(|step| self.step(step));
            let first = steps
                .find(|step| step.grants.is_some() || step.parts.iter().any(Part::is_decision_of_others));
            let seen = first.is_some_and(|step| step.parts.iter().any(Part::is_decision_of_others));
            if !kind.needs_duty && !seen {
                return Err(contradictory(subject, texts::pack_grants_too_early(&kind.id)));
            }
        }
        for step in &self.steps {
            check_name(subject, &step.name)?;
            if step.parts.is_empty() || step.parts.len() > PARTS_MAX {
                return Err(missing(&format!("parts of {}", step.id)));
            }
        }
        Ok(())
    }
}

/// The day so many working days after `day`: neither at a weekend nor on one of the holidays.
pub(crate) fn working_days_after(holidays: &[Date], day: Date, number: u16) -> Date {
    let (mut day, mut left) = (day, number);
    while left > 0 {
        // The calendar of the library ends in the year 9999.
        let Ok(next) = day.checked_add(1.day()) else { return day };
        day = next;
        let is_off = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) || holidays.contains(&day);
        left -= u16::from(!is_off);
    }
    day
}

/// The pack that new requests go by: the one with the highest number.
pub(crate) async fn newest(tx: &mut Tx) -> Result<RulePack, Fault> {
    let packs = crate::registry::every::<RulePack>(tx, &[]).await?;
    let number = |pack: &RulePack| pack.id.split_once('@').and_then(|(_, number)| number.parse::<u32>().ok());
    packs
        .into_iter()
        .max_by_key(number)
        .ok_or_else(|| Fault::NotInRegistry { subject: RulePack::KIND.into() })
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::civil::date;

    use super::*;

    /// The pack that the program ships.
    pub(crate) fn shipped() -> RulePack {
        let text = include_str!("../../../../data/packs/tiep-nhan.yaml");
        let mut members: serde_json::Value = serde_saphyr::from_str(text).unwrap();
        members.as_object_mut().unwrap().remove("kind");
        serde_json::from_value(members).unwrap()
    }

    #[test]
    fn the_shipped_pack_names_only_what_it_has() {
        let pack = shipped();
        pack.check_references().unwrap();
        let types: Vec<_> = pack.types.iter().map(|kind| kind.id.as_str()).collect();
        assert_eq!(types, ["automatic", "on_request", "special", "renewal"]);
        assert_eq!(pack.request_type("on_request").unwrap().steps.len(), 5);
        assert_eq!(pack.checklist.unwrap().items.len(), 11);
    }

    #[test]
    fn clocks_count_days_and_working_days() {
        let pack = shipped();
        let entered: Timestamp = "2026-12-28T17:30:00Z".parse().unwrap();
        // It is the 29th in Viet Nam already.
        assert_eq!(pack.due(pack.step("appraise").unwrap(), entered), Some(date(2027, 1, 12)));
        assert_eq!(pack.due(pack.step("live").unwrap(), entered), None);
        // Friday, then New Year's Day and a week-end.
        assert_eq!(pack.working_days_after(date(2026, 12, 30), 1), date(2026, 12, 31));
        assert_eq!(pack.working_days_after(date(2026, 12, 31), 1), date(2027, 1, 4));
        assert_eq!(pack.working_days_after(date(2026, 11, 25), 7), date(2026, 12, 4));
        assert_eq!(pack.working_days_after(date(2026, 11, 25), 0), date(2026, 11, 25));
    }

    #[test]
    fn a_pack_that_names_what_it_lacks_is_refused() {
        let broken = |change: fn(&mut RulePack)| {
            let mut pack = shipped();
            change(&mut pack);
            pack.check_references().unwrap_err().en()
        };
        assert!(broken(|pack| pack.types[0].steps[0] = "khac".into()).contains("step khac"));
        assert!(broken(|pack| pack.types[0].papers[0] = "khac".into()).contains("paper khac"));
        assert!(broken(|pack| pack.steps[0].parts.clear()).contains("parts of agree"));
        assert!(broken(|pack| pack.types[1].steps.truncate(2)).contains("must grant"));
        assert!(broken(|pack| pack.types[0].needs_duty = false).contains("before anybody but the applicant"));
    }
}
