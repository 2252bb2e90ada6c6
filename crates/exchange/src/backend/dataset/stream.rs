//! The whole of a dataset, or all that filters and the grant leave of it, as it comes from its database.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use connect::shown::merges;
use connect::tally::Tally;
use connect::{Filter, Lines, Listed, Listing, Mark, Source, SourceError};
use futures::{StreamExt as _, stream};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http_body::Frame;
use http_body_util::Either;
use model::fault::Fault;
use tokio::sync::oneshot;

use crate::backend::dataset::fitted::Fitted;
use crate::backend::dataset::gate::{Gate, beside};
use crate::backend::dataset::trouble::{Trouble, failed};
use crate::backend::dataset::{Ask, DatasetService, PAGE};
use crate::backend::{Answer, AnswerBody};
use crate::body::{self, Parts};

/// Longest wait for whoever reads: a connection to the database is held meanwhile.
const READER: Duration = Duration::from_secs(60);
/// Longest wait for the first piece: the caller's node does not wait longer.
const FIRST: Duration = Duration::from_secs(30);
/// Longest time of a stream.
const LONGEST: Duration = Duration::from_secs(6 * 3600);

impl DatasetService {
    /// One record a line. The first piece is waited for, so that what fails at once is told as any other failure.
    pub(super) async fn stream(&self, fitted: &Arc<Fitted>, asked: &Ask<'_>) -> Result<Answer, Trouble> {
        let filters = self.filters(fitted, asked).await?;
        let fields: Vec<String> = fitted.granted(asked).into_iter().map(str::to_owned).collect();
        let ((parts, fed), (begun, beginning)) = (body::channel(), oneshot::channel());
        let (source, fitted, gate) = (self.source.clone(), fitted.clone(), self.gate());
        let tally = self.tally.clone();
        let pumping = async move {
            let names: Vec<&str> = fields.iter().map(String::as_str).collect();
            let lines = match &gate {
                None => source.stream(&fitted.table, &names, &filters),
                Some(gate) => judged_lines(&*source, &fitted, (&names, &filters), gate, &tally),
            };
            pump(lines, begun, parts).await;
        };
        tokio::spawn(tokio::time::timeout(LONGEST, pumping));
        let gone = |_| SourceError::Failed("it gave nothing".into());
        beginning.await.map_err(gone)??;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
        Ok(Answer { status: 200, headers, body: AnswerBody::Coming(Either::Right(fed)) })
    }
}

/// Some records in order of their keys.
pub(crate) struct Portion {
    /// The fields they have.
    pub(crate) fields: Vec<String>,
    /// Granted fields that the source cannot give.
    pub(crate) unavailable: Vec<String>,
    pub(crate) records: Vec<Listed>,
}

impl DatasetService {
    /// At most `limit` records behind a mark, for whoever takes all of them bit by bit.
    ///
    /// # Errors
    /// As [`DatasetService::answer`]; what the order got wrong as well.
    pub(crate) async fn portion(
        &self,
        asked: &Ask<'_>,
        after: Option<Mark>,
        limit: usize,
    ) -> Result<Portion, Fault> {
        let taken = async {
            let fitted = self.given(self.fit(asked.offered, asked.dataset, false).await?)?;
            let filters = self.filters(&fitted, asked).await?;
            let (fields, gate) = (fitted.granted(asked), self.gate());
            let listing = Listing { filters, sort: None, after, limit };
            let all = beside(gate.as_deref(), &fitted, &fields)?;
            let records = self.source.list(&fitted.table, &all, &listing).await?;
            let records = self.judged(gate.as_deref(), records, &fields)?.listed;
            Ok::<_, Trouble>(Portion {
                fields: fields.into_iter().map(str::to_owned).collect(),
                unavailable: fitted.missing_of(asked).into_iter().map(str::to_owned).collect(),
                records,
            })
        };
        taken.await.map_err(|trouble| match trouble {
            Trouble::Asked(fault) => fault,
            Trouble::Source(error) => failed(error, &asked.offered.service.id),
        })
    }
}

impl DatasetService {
    /// How many records there are to take bit by bit.
    ///
    /// # Errors
    /// As [`DatasetService::answer`].
    pub(crate) async fn portions(&self, asked: &Ask<'_>) -> Result<u64, Fault> {
        let counted = async {
            let fitted = self.fit(asked.offered, asked.dataset, false).await?;
            let filters = self.filters(&fitted, asked).await?;
            Ok::<_, Trouble>(self.source.count(&fitted.table, &filters).await?)
        };
        counted.await.map_err(|trouble| match trouble {
            Trouble::Asked(fault) => fault,
            Trouble::Source(error) => failed(error, &asked.offered.service.id),
        })
    }
}

impl DatasetService {
    /// Whether the key is never empty and never stands twice: by the source's word, or counted.
    ///
    /// # Errors
    /// As [`DatasetService::answer`].
    pub(crate) async fn has_whole_keys(&self, asked: &Ask<'_>) -> Result<bool, Fault> {
        let counted = async {
            let fitted = self.fit(asked.offered, asked.dataset, false).await?;
            let key = fitted.table.fields.get(&fitted.table.key);
            if key.is_some_and(|key| key.column.is_key() && !merges(key)) {
                return Ok((0, 0));
            }
            self.source.doubles(&fitted.table).await
        };
        let counted = counted.await.map_err(|error| failed(error, &asked.offered.service.id))?;
        Ok(counted == (0, 0))
    }
}

/// Records as lines behind a gate: page by page in the order of their keys, since each is looked at before it is given.
fn judged_lines<'a>(
    source: &'a dyn Source,
    fitted: &'a Fitted,
    (fields, filters): (&'a [&'a str], &'a [Filter]),
    gate: &'a Gate,
    tally: &'a Tally,
) -> Lines<'a> {
    let page = move |after: Option<Option<Mark>>| async move {
        let Some(after) = after else { return Ok(None) };
        let listing = Listing { filters: filters.to_vec(), sort: None, after, limit: PAGE };
        let listed = source.list(&fitted.table, &gate.beside(fitted, fields)?, &listing).await?;
        let after = listed.last().filter(|_| listed.len() == PAGE).map(|last| Some(last.mark.clone()));
        let judged = gate.judge(listed, fields)?;
        judged.note(tally);
        let mut lines = Vec::new();
        for one in &judged.listed {
            one.record.write(&mut lines);
            lines.push(b'\n');
        }
        Ok::<_, SourceError>(Some((lines, after)))
    };
    stream::try_unfold(Some(None), page).boxed()
}

/// Hands the lines on until they end, or nobody takes them.
async fn pump(mut lines: Lines<'_>, begun: oneshot::Sender<Result<(), SourceError>>, parts: Parts) {
    let mut next = tokio::time::timeout(FIRST, lines.next()).await.unwrap_or(Some(Err(SourceError::Busy)));
    if let Some(Err(error)) = next {
        let _ = begun.send(Err(error));
        return;
    }
    if begun.send(Ok(())).is_err() {
        return;
    }
    while let Some(piece) = next {
        let broken = piece.is_err();
        let part = piece.map(|lines| Frame::data(Bytes::from(lines))).map_err(std::io::Error::other);
        let taken = tokio::time::timeout(READER, parts.send(part)).await;
        if broken || !matches!(taken, Ok(Ok(()))) {
            return;
        }
        next = lines.next().await;
    }
    // Without this word it has broken off.
    let _ = parts.send(Ok(body::the_end())).await;
}
