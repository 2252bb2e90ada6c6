//! Quality of the datasets behind the node, measured where they lie: a dataset is read in the order of its keys, part by part, all rules of
//! its contract are asked in that one pass, and what comes of it stays in the node's folder. No value leaves the node for it.
//!
//! ```text
//! materials   contract, terms, code lists as the hub had them       (kept: a run needs no hub)
//! pace        so many records a second, and a rest when the source gets slow
//! changes     what changed since a day, onto that day's state, where that is the same as reading the whole
//! kept        states by day, failing keys, how far a run came
//! again       failing records looked at once more: their repairs, which keys stand twice
//! gates       what of a dataset is withheld for its quality
//! schedule    every dataset once a day
//! leaving     what of a measurement the hub is told
//! values      values of one field, for whoever compares them covered
//! ```
//!
//! Each part of so many records is a state of its own and merged to those before it, whether a run is interrupted or not: so a run that goes
//! on where another was broken off comes to the same state, bit by bit.

mod again;
mod changes;
mod gates;
mod kept;
mod leaving;
mod materials;
mod pace;
mod schedule;
mod values;

use std::sync::Arc;
use std::time::{Duration, Instant};

use connect::columnar::{self, Reader};
use connect::{Mark, SourceError};
use jiff::civil::Date;
use model::fault::Fault;
use model::id::ServiceId;
use model::service::{Dataset, Offer};
use model::time::day_in_viet_nam;
use quality::rule::Check;
use quality::{RecordBatch, Rules, Run, State};

use crate::backend::{Backend, DatasetService, open};
use crate::clock;
use crate::compiled::Offered;
use crate::folder::StateFolder;
use crate::settings::{NodeSettings, QualitySettings};

use changes::Records;
use kept::{Partial, Place, Saved};
use pace::Pace;

pub use again::{Checked, check_again, standing_twice};
pub use gates::{FieldGate, Gated};
pub(crate) use gates::{gates, set_gates};
pub(crate) use kept::of as folder_of;
pub use kept::{About, Added, FailingKeys, Kept, RuleKeys, Said};
pub(crate) use leaving::report as leaving;
pub use materials::Materials;
pub use quality::rule::terms_named;
pub(crate) use schedule::schedule;
pub use schedule::{Status, status};
pub(crate) use values::values;

/// Records that are asked for at once: at first, and at most. How many it is depends on how long they turn out to be.
const PAGE: (u64, u64) = (16, 2_000);
/// Bytes of a page, as far as the one before tells.
const PAGE_BYTES: u64 = 16 * 1024 * 1024;
/// Rows without a key that are counted together.
const TOGETHER: u64 = 65_536;
/// What a source says of a value that is not what it should be holds the value.
const BAD_VALUE: &str = "a value is not what its type says, or a view cannot be computed";
/// How often a source that is busy is asked again, each time after a wait twice as long.
const TRIES: u32 = 5;
/// The first wait.
const WAIT: Duration = Duration::from_secs(1);

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// So many records were measured by now.
    pub rows: u64,
    /// Of so many, if the source tells.
    pub of: Option<u64>,
    /// How long it will take from now, by how it went so far.
    pub left: Option<Duration>,
    /// Set when the source is left alone for a while.
    pub rests: bool,
}

/// A dataset of this node, with what it needs to be read.
pub(crate) struct Measurable<'a> {
    pub(crate) dataset: &'a DatasetService,
    pub(crate) offered: &'a Arc<Offered>,
    pub(crate) contract: &'a Dataset,
}

impl<'a> Measurable<'a> {
    /// What is behind the node under this name, if it is a dataset.
    pub(crate) fn of(offered: &'a Arc<Offered>, backend: &'a Backend) -> Option<Self> {
        let (Backend::Dataset(dataset), Offer::Dataset(contract)) = (backend, &offered.service.offer) else {
            return None;
        };
        Some(Self { dataset, offered, contract })
    }
}

/// The datasets behind a node, by its settings and its copy of the directory.
///
/// # Errors
/// As [`StateFolder::read_directory`]; [`Fault::BadSettings`].
pub async fn datasets(folder: &StateFolder, settings: &NodeSettings) -> Result<Vec<ServiceId>, Fault> {
    let directory = folder.compile_directory().await?;
    let backends = open::backends(settings, folder)?;
    let here = backends.iter().filter(|(id, backend)| {
        directory.service(id).is_some_and(|offered| Measurable::of(offered, backend).is_some())
    });
    let mut ids: Vec<ServiceId> = here.map(|(id, _)| id.clone()).collect();
    ids.sort();
    Ok(ids)
}

/// Measures a dataset behind a node, which may be running. `see` hears how far it came.
///
/// # Errors
/// As [`StateFolder::read_directory`]; [`Fault::NotInRegistry`] for a service that is no dataset of this node or has no contract;
/// [`Fault::DatabaseFailed`] says how far it came: the next run goes on there.
pub async fn run(
    folder: &StateFolder,
    settings: &NodeSettings,
    service: &ServiceId,
    materials: &Materials,
    see: impl FnMut(Progress) + Send,
) -> Result<Kept, Fault> {
    let directory = folder.compile_directory().await?;
    let backends = open::backends(settings, folder)?;
    let unknown = || Fault::NotInRegistry { subject: service.to_string() };
    let offered = directory.service(service).ok_or_else(unknown)?;
    let backend = backends.get(service).ok_or_else(unknown)?;
    let what = Measurable::of(offered, backend).ok_or_else(unknown)?;
    Box::pin(measure(folder, &settings.quality, &what, materials, see)).await
}

/// Measures what is there.
pub(crate) async fn measure(
    folder: &StateFolder,
    settings: &QualitySettings,
    what: &Measurable<'_>,
    materials: &Materials,
    see: impl FnMut(Progress) + Send,
) -> Result<Kept, Fault> {
    let service = &what.offered.service.id;
    let place = Place::open(folder, service)?;
    let failed = |error: &SourceError, rows: u64| source_failed(service, error, rows);
    let read = what.dataset.as_it_is(what.offered, what.contract).await;
    let (source, table, lacking) = read.map_err(|error| failed(&error, 0))?;
    // In the order of its keys only where its source holds that no two are alike, by an index. Else each part would cost the source a look
    // at every row, and of two records with one key the second could be left out.
    let in_order = table.fields.get(&table.key).is_some_and(|mapped| mapped.column.unique);
    // Whatever else is read or asked in another way than before makes another measurement of it.
    let shape = format!("{:?} {}", (&table.name, &table.key, &table.fields), materials.digest());
    let (now, began) = (clock::now(), Instant::now());
    let Begun { rules, settings: run_settings, partial: begun } =
        Begun::of(&place, materials, service, (settings, &shape), (in_order, day_in_viet_nam(now)))?;
    let resumed_at = begun.as_ref().map(|partial| partial.rows);
    let of = source.count(&table, &[]).await.ok();
    let names: Vec<&str> = rules.fields.iter().map(|field| field.name.as_str()).collect();
    let present: Vec<&str> = names.iter().copied().filter(|name| table.fields.contains_key(*name)).collect();
    let mut records = Records {
        source: source.as_ref(),
        table: &table,
        fields: (&names, &present),
        in_order,
        after: begun.as_ref().and_then(|partial| partial.mark.clone()),
        changed: what.dataset.changed().filter(|field| in_order && present.contains(field)),
        plan: plan(&rules, (settings, &shape), &run_settings, false),
        newest: None,
    };
    records.newest = records.newest().await.map_err(|error| failed(&error, 0))?;
    let mut pass = Pass {
        plan: plan(&rules, (settings, &shape), &run_settings, true),
        rules: rules.clone(),
        settings: run_settings,
        segment: settings.segment.max(1),
        place: &place,
        rows: resumed_at.unwrap_or(0),
        state: begun.map(|partial| partial.state),
        from: resumed_at.unwrap_or(0),
        most: None,
        saving: Duration::ZERO,
        saved: Instant::now(),
        pace: Pace::new(settings.rate),
        began,
        of,
        see,
    };
    let then = |day: Date| materials.rules(service, day).ok();
    let ended = pass.records(&records, settings.whole, then).await;
    let ended = ended.map_err(|error| error.told(service, pass.rows))?;
    let keyless = source.keyless(&table).await.map_err(|error| failed(&error, pass.rows))?;
    let rests = pass.pace.rests;
    let state = pass.whole(keyless).map_err(|error| Fault::Internal { why: error.to_string() })?;
    let about = About {
        service: service.clone(),
        day: state.as_of,
        began: now,
        ended: clock::now(),
        rows: state.rows,
        keyless,
        lacking,
        refused: rules.refused.iter().map(Said::of).collect(),
        in_order,
        resumed_at,
        added: ended.added,
        whole_because: ended.whole_because.as_ref().map(Said::of),
        rests,
        materials_of: materials.fetched_at,
        contract: format!("{}@{}", rules.dataset, rules.version),
    };
    place.put(&state, about)
}

/// What a run begins with: the rules of its day, and how far one came that was broken off.
struct Begun {
    rules: Arc<Rules>,
    settings: quality::Settings,
    partial: Option<Partial>,
}

impl Begun {
    fn of(
        place: &Place,
        materials: &Materials,
        service: &ServiceId,
        (settings, shape): (&QualitySettings, &str),
        (in_order, today): (bool, Date),
    ) -> Result<Self, Fault> {
        let key = place.key()?;
        let at = |day: Date| -> Result<(Arc<Rules>, quality::Settings), Fault> {
            let rules = Arc::new(materials.rules(service, day)?);
            let run_settings = materials::settings(&rules, key);
            Ok((rules, run_settings))
        };
        // What was broken off is asked about its own day, if that is not long ago.
        let is_near = |day: Date| today.since(day).is_ok_and(|span| (0..=1).contains(&span.get_days()));
        if let Some(partial) = place.partial().filter(|partial| in_order && is_near(partial.day)) {
            let (rules, run_settings) = at(partial.day)?;
            if partial.plan == plan(&rules, (settings, shape), &run_settings, true) {
                return Ok(Self { rules, settings: run_settings, partial: Some(partial) });
            }
        }
        let (rules, settings) = at(today)?;
        Ok(Self { rules, settings, partial: None })
    }
}

/// What is the same when a run goes on: rules in their versions with their terms and code lists, the table and how its columns are mapped, the
/// length of parts, the key of digests; and the day, unless another day's state is to be gone on with.
fn plan(
    rules: &Rules,
    (settings, shape): (&QualitySettings, &str),
    run: &quality::Settings,
    of_day: bool,
) -> String {
    let day = if of_day { rules.today.to_string() } else { String::new() };
    let mut text = format!("{day}\n{}\n{:x}\n{shape}\n", settings.segment, run.digest("plan"));
    for rule in &rules.rules {
        // What a rule says of today changes with the day; whether that changes what it comes to is asked by itself.
        let said = if of_day { rule.text.en() } else { "" };
        text.push_str(&format!("{}@{} {said}\n", rule.id, rule.version));
    }
    for field in &rules.fields {
        text.push_str(&format!("{} {}\n", field.name, field.public));
    }
    trust::hex(&trust::sha256(text.as_bytes()))
}

/// Why a source was not read to its end, and how far that was.
fn source_failed(service: &ServiceId, error: &SourceError, rows: u64) -> Fault {
    let said = match error {
        SourceError::Data(_) => BAD_VALUE.to_owned(),
        error => error.to_string(),
    };
    let why = if rows == 0 { said } else { format!("{said}; {rows} records were measured before that") };
    Fault::DatabaseFailed { service: service.clone(), why }
}

enum Stopped {
    Source(SourceError),
    Column(model::fault::Words),
    File(Fault),
    /// More records than there should be.
    More,
}

impl Stopped {
    fn told(self, service: &ServiceId, rows: u64) -> Fault {
        match self {
            Self::Source(error) => source_failed(service, &error, rows),
            Self::Column(why) => Fault::DatabaseFailed { service: service.clone(), why: why.en().to_owned() },
            Self::File(fault) => fault,
            Self::More => Fault::Internal { why: "more was read than there is".to_owned() },
        }
    }
}

/// A run under way.
struct Pass<'a, See> {
    plan: String,
    rules: Arc<Rules>,
    settings: quality::Settings,
    segment: u64,
    place: &'a Place,
    rows: u64,
    state: Option<State>,
    /// Rows that were measured before this run went on.
    from: u64,
    /// No more records than these in all; none: as many as there are.
    most: Option<u64>,
    /// How long it took last to save how far it came, and when that was.
    saving: Duration,
    saved: Instant,
    pace: Pace,
    began: Instant,
    of: Option<u64>,
    see: See,
}

impl<See: FnMut(Progress) + Send> Pass<'_, See> {
    /// Reads to the end.
    async fn read(&mut self, reader: &mut Reader<'_>, in_order: bool) -> Result<(), Stopped> {
        let mut page = PAGE.0;
        loop {
            let mut run = Run::new(self.rules.clone(), self.settings.clone());
            let mut is_last = false;
            while !is_last && run.rows() < self.segment {
                let limit = page.min(self.segment - run.rows());
                let asked = Instant::now();
                let read = self.page(reader, limit).await?;
                let got = read.num_rows() as u64;
                let took = asked.elapsed();
                if got > 0 {
                    run.push(&read).map_err(|error| Stopped::Column(error.words()))?;
                }
                if self.most.is_some_and(|most| self.rows + run.rows() > most) {
                    return Err(Stopped::More);
                }
                is_last = got < limit;
                page = (PAGE_BYTES * got / (reader.bytes() as u64).max(1)).clamp(1, PAGE.1);
                self.tell(self.rows + run.rows(), false);
                if !is_last && self.pace.is_slow(took) {
                    self.tell(self.rows + run.rows(), true);
                }
                self.pace.after(got, took, is_last).await;
            }
            self.take(run.state())?;
            if is_last {
                return Ok(());
            }
            if in_order {
                self.save(reader.mark())?;
            }
        }
    }

    /// A page; of a source that is busy once more after a wait.
    async fn page(&mut self, reader: &mut Reader<'_>, limit: u64) -> Result<RecordBatch, Stopped> {
        let mut wait = WAIT;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        for tried in 0.. {
            match reader.next(limit).await {
                Ok(read) => return Ok(read),
                Err(error) if tried < TRIES && reader.can_ask_again(&error) => {
                    self.tell(self.rows, true);
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                Err(error) => return Err(Stopped::Source(error)),
            }
        }
        Err(Stopped::Source(SourceError::Busy))
    }

    fn tell(&mut self, rows: u64, rests: bool) {
        let done = rows.saturating_sub(self.from);
        let left = self.of.filter(|_| done > 0).map(|of| {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            let share = of.saturating_sub(rows) as f64 / done as f64;
            // Not longer than a year, so that it is a time at all.
            self.began.elapsed().mul_f64(share.min(1e6)).min(Duration::from_secs(31_536_000))
        });
        (self.see)(Progress { rows, of: self.of, left, rests });
    }

    /// Merges a part. Of the part that is done only what a node keeps stays.
    fn take(&mut self, part: State) -> Result<(), Stopped> {
        self.rows += part.rows;
        let part = part.kept();
        self.state = Some(match self.state.take() {
            None => part,
            Some(state) => state
                .merge(&part)
                .map_err(|error| Stopped::File(Fault::Internal { why: error.to_string() }))?,
        });
        Ok(())
    }

    /// Saves how far it came, unless that took longer than a twentieth of the time since.
    fn save(&mut self, mark: Option<&Mark>) -> Result<(), Stopped> {
        if self.saved.elapsed() < self.saving * 20 {
            return Ok(());
        }
        let (Some(mark), Some(state)) = (mark, &self.state) else { return Ok(()) };
        let began = Instant::now();
        let saved =
            Saved { plan: &self.plan, day: self.rules.today, rows: self.rows, mark: Some(mark), state };
        self.place.save(&saved).map_err(Stopped::File)?;
        (self.saving, self.saved) = (began.elapsed(), Instant::now());
        Ok(())
    }

    /// All of it, with rows that have no key: they are in no list, and fail the rule that there be one.
    fn whole(self, keyless: u64) -> Result<State, quality::state::MergeError> {
        let none = || Run::new(self.rules.clone(), self.settings.clone()).state();
        let state = self.state.unwrap_or_else(none);
        if keyless == 0 {
            return Ok(state);
        }
        let mut only = Rules::clone(&self.rules);
        only.fields.retain(|field| field.key);
        only.rules.retain(|rule| matches!(rule.check, Check::Required));
        let known: Vec<String> = only.fields.iter().map(|field| field.name.clone()).collect();
        only.rules.retain(|rule| rule.field.as_ref().is_some_and(|field| known.contains(field)));
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let mut run = Run::new(Arc::new(only), self.settings.clone());
        let mut left = keyless;
        while left > 0 {
            let rows = usize::try_from(left.min(TOGETHER)).unwrap_or_default();
            // Columns that are empty are of every type.
            let _ = run.push(&columnar::nothing(&names, rows));
            left -= left.min(TOGETHER);
        }
        state.merge(&run.state().kept())
    }
}
