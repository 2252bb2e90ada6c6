//! Failing records looked at once more, at their owner's node: which still fail, and what would repair them. Values are read anew; none was
//! kept.

use std::collections::HashSet;
use std::sync::Arc;

use connect::SourceError;
use connect::columnar::{self, Reader};
use jiff::civil::Date;
use model::fault::Fault;
use model::id::ServiceId;
use quality::defects::{Repair, repair};
use quality::{Run, run};

use crate::backend::open;
use crate::folder::StateFolder;
use crate::measure::{Materials, Measurable, PAGE, kept, materials, pace::Pace, source_failed};
use crate::settings::NodeSettings;

/// Keys that are looked up at once.
const KEYS: usize = 500;

/// What became of records that failed a rule.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// Keys whose records fail still.
    pub failing: Vec<String>,
    /// Keys whose records pass now, or have gone.
    pub others: Vec<String>,
    /// What would repair those that fail, where the data tell.
    pub repairs: Vec<Repair>,
}

/// Reads the records of these keys once more and asks a rule of them, as of a day.
///
/// # Errors
/// As [`super::run`]; [`Fault::NotInRegistry`] for a rule that there is not.
pub async fn check_again(
    folder: &StateFolder,
    settings: &NodeSettings,
    service: &ServiceId,
    materials: &Materials,
    (rule, day): (&str, Date),
    keys: &[String],
) -> Result<Checked, Fault> {
    let directory = folder.compile_directory().await?;
    let backends = open::backends(settings, folder)?;
    let unknown = || Fault::NotInRegistry { subject: service.to_string() };
    let offered = directory.service(service).ok_or_else(unknown)?;
    let backend = backends.get(service).ok_or_else(unknown)?;
    let what = Measurable::of(offered, backend).ok_or_else(unknown)?;
    let failed = |error: SourceError| source_failed(service, &error, 0);
    let (source, table, _) = what.dataset.as_it_is(offered, what.contract).await.map_err(failed)?;
    let rules = Arc::new(materials.rules(service, day)?);
    let asked = rules.rule(rule).ok_or_else(|| Fault::NotInRegistry { subject: rule.to_owned() })?;
    let mut run_settings = materials::settings(&rules, kept::key_of(folder)?);
    run_settings.kept = keys.len().max(1);
    let mut run = Run::new(rules.clone(), run_settings);
    let names: Vec<&str> = rules.fields.iter().map(|field| field.name.as_str()).collect();
    let present: Vec<&str> = names.iter().copied().filter(|name| table.fields.contains_key(*name)).collect();
    let mut batches = Vec::new();
    for some in keys.chunks(KEYS) {
        let some: Vec<&str> = some.iter().map(String::as_str).collect();
        let found = source.look_up(&table, &present, &some, &[]).await.map_err(failed)?;
        let batch = columnar::batch_of(&names, &found).map_err(failed)?;
        run.push(&batch).map_err(|error| unread(service, &error))?;
        batches.push(batch);
    }
    let state = run.state();
    let mut checked = Checked::default();
    let Some(measured) = state.rules.get(rule) else { return Ok(checked) };
    if measured.uniques.is_some() {
        // All records that have a value twice were asked for together: those fail still whose value stands twice among them.
        let twice: HashSet<u64> =
            measured.uniques.iter().flat_map(|uniques| uniques.doubles()).map(|(digest, _)| digest).collect();
        let again = materials::settings(&rules, kept::key_of(folder)?);
        for batch in &batches {
            let found =
                run::find(&rules, &again, rule, &twice, batch).map_err(|error| unread(service, &error))?;
            checked.failing.extend(found.into_iter().map(|(_, record)| record.key.to_string()));
        }
    }
    for (_, record) in measured.failing.records().filter(|_| measured.uniques.is_none()) {
        checked.failing.push(record.key.to_string());
        checked.repairs.extend(repair(asked, record));
    }
    let failing: HashSet<&String> = checked.failing.iter().collect();
    checked.others = keys.iter().filter(|key| !failing.contains(key)).cloned().collect();
    Ok(checked)
}

fn unread(service: &ServiceId, error: &run::PushError) -> Fault {
    Fault::DatabaseFailed { service: service.clone(), why: error.words().en().to_owned() }
}

/// The keys of the records whose value, by a rule about uniqueness, stands twice: a second look at every record, at the same pace as the
/// first, since which they are is only known when all were read.
///
/// # Errors
/// As [`super::run`].
pub async fn standing_twice(
    folder: &StateFolder,
    settings: &NodeSettings,
    service: &ServiceId,
    materials: &Materials,
    (rule, day): (&str, Date),
    digests: &[u64],
) -> Result<Vec<String>, Fault> {
    let directory = folder.compile_directory().await?;
    let backends = open::backends(settings, folder)?;
    let unknown = || Fault::NotInRegistry { subject: service.to_string() };
    let offered = directory.service(service).ok_or_else(unknown)?;
    let backend = backends.get(service).ok_or_else(unknown)?;
    let what = Measurable::of(offered, backend).ok_or_else(unknown)?;
    let failed = |error: SourceError| source_failed(service, &error, 0);
    let (source, table, _) = what.dataset.as_it_is(offered, what.contract).await.map_err(failed)?;
    let rules = Arc::new(materials.rules(service, day)?);
    let run_settings = materials::settings(&rules, kept::key_of(folder)?);
    let names: Vec<&str> = rules.fields.iter().map(|field| field.name.as_str()).collect();
    let present: Vec<&str> = names.iter().copied().filter(|name| table.fields.contains_key(*name)).collect();
    let wanted: HashSet<u64> = digests.iter().copied().collect();
    let in_order = table.fields.get(&table.key).is_some_and(|mapped| mapped.column.unique);
    let fields = (names.as_slice(), present.as_slice());
    let mut reader = match in_order {
        true => Reader::in_order(source.as_ref(), &table, fields, None),
        false => Reader::as_they_come(source.as_ref(), &table, fields),
    };
    let mut pace = Pace::new(settings.quality.rate);
    let mut keys = Vec::new();
    loop {
        let asked = std::time::Instant::now();
        let batch = reader.next(usize::try_from(PAGE.1).unwrap_or(usize::MAX)).await.map_err(failed)?;
        let (got, took) = (batch.num_rows() as u64, asked.elapsed());
        let found = run::find(&rules, &run_settings, rule, &wanted, &batch)
            .map_err(|error| unread(service, &error))?;
        keys.extend(found.into_iter().map(|(_, record)| record.key.to_string()));
        if got < PAGE.1 {
            return Ok(keys);
        }
        pace.after(got, took, false).await;
    }
}
