//! The values of one field, as many of them as somebody takes: read as a measurement reads them, at its pace.

use std::collections::BTreeSet;
use std::time::Instant;

use connect::SourceError;
use connect::columnar::{Reader, texts};
use model::fault::Fault;
use model::text::nfc;

use super::pace::Pace;
use super::{Measurable, PAGE, source_failed};
use crate::settings::QualitySettings;

/// What stands for a value that is there and cannot be given.
const BROKEN: &str = "\u{fffd}";

/// Those values of a field that are taken, each once: composed, without spaces around them. None: there are more than there may be.
///
/// # Errors
/// [`Fault::DatabaseFailed`].
pub(crate) async fn values(
    settings: &QualitySettings,
    what: &Measurable<'_>,
    field: &str,
    (most, takes): (usize, impl Fn(&str) -> bool),
) -> Result<Option<BTreeSet<String>>, Fault> {
    let service = &what.offered.service.id;
    let failed = |error: &SourceError, rows: u64| source_failed(service, error, rows);
    let read = what.dataset.as_it_is(what.offered, what.contract).await;
    let (source, table, lacking) = read.map_err(|error| failed(&error, 0))?;
    let mut taken = BTreeSet::new();
    if lacking.iter().any(|lacks| lacks == field) {
        return Ok(Some(taken));
    }
    let fields = [field];
    let mut reader = Reader::as_they_come(source.as_ref(), &table, (&fields, &fields));
    let (mut pace, mut rows) = (Pace::new(settings.rate), 0);
    loop {
        let asked = Instant::now();
        let limit = usize::try_from(PAGE.1).unwrap_or(usize::MAX);
        let page = reader.next(limit).await.map_err(|error| failed(&error, rows))?;
        let got = page.num_rows() as u64;
        rows += got;
        for text in texts(&page, 0).flatten() {
            let value = nfc(text.trim());
            if !value.is_empty() && value != BROKEN && takes(&value) {
                taken.insert(value);
            }
        }
        if taken.len() > most {
            return Ok(None);
        }
        let is_last = got < PAGE.1;
        pace.after(got, asked.elapsed(), is_last).await;
        if is_last {
            return Ok(Some(taken));
        }
    }
}
