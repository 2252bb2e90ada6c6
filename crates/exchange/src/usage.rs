//! Figures of the node's traffic since the last report.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use http::StatusCode;
use http::header::HeaderMap;
use model::fault::Fault;
use model::id::{ServiceId, SystemId};
use model::usage::{Counted, Figures, Outcome, Row};

use crate::compiled::CompiledDirectory;
use crate::headers;
use crate::request::Request;
use crate::totals::Totals;

/// What stands for a purpose that the directory does not name.
const UNKNOWN: &str = "?";

/// What was counted since the last report, and in all.
#[derive(Default)]
pub(crate) struct Usage {
    counted: Mutex<HashMap<Key, Vec<(String, Figures)>>>,
    totals: Totals,
}

type Key = (Counted, SystemId, ServiceId);

impl Usage {
    /// Counts how a call ended; questions about services are not counted. One short lock and no allocation for what was counted before.
    /// What the directory does not know is not reported: strangers could make as many names as they like.
    pub(crate) fn count(
        &self,
        counted: Counted,
        directory: &CompiledDirectory,
        request: &Request,
        ended: Result<(StatusCode, &HeaderMap), &Fault>,
        began: Instant,
    ) {
        let Request::Service(call) = request else { return };
        let (outcome, code) = match ended {
            Err(fault) => (Outcome::of_code(fault.code()), Some(fault.code())),
            Ok((status, headers)) => match headers::last(headers, &headers::FAULT) {
                Some(code) if !code.is_empty() => (Outcome::of_code(code), Some(code)),
                _ => (Outcome::of_status(status.as_u16()), None),
            },
        };
        let (took, service) = (began.elapsed(), directory.service(&call.service).map(|_| &call.service));
        self.totals.count(counted, service, (outcome, code), took);
        if service.is_none() || directory.system(&call.client).is_none() {
            return;
        }
        let purpose = if directory.has_purpose(&call.purpose) { call.purpose.as_str() } else { UNKNOWN };
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut all = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let by_purpose = all.entry((counted, call.client.clone(), call.service.clone())).or_default();
        let figures = match by_purpose.iter_mut().position(|(known, _)| known == purpose) {
            Some(place) => by_purpose.get_mut(place),
            None => {
                by_purpose.push((purpose.to_owned(), Figures::default()));
                by_purpose.last_mut()
            }
        };
        if let Some((_, figures)) = figures {
            figures.count(outcome, code, micros);
        }
    }

    /// What was counted since the node began.
    pub(crate) fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Takes what was counted, so that it is counted once.
    pub(crate) fn take(&self) -> Vec<Row> {
        let all = std::mem::take(&mut *self.counted.lock().unwrap_or_else(PoisonError::into_inner));
        let mut rows = Vec::new();
        for ((counted, client, service), by_purpose) in all {
            rows.extend(by_purpose.into_iter().map(|(purpose, figures)| Row {
                counted,
                client: client.clone(),
                service: service.clone(),
                purpose,
                figures,
            }));
        }
        rows
    }

    /// Puts rows back that were not reported.
    pub(crate) fn put_back(&self, rows: Vec<Row>) {
        let mut all = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            let by_purpose = all.entry((row.counted, row.client, row.service)).or_default();
            match by_purpose.iter_mut().find(|(known, _)| *known == row.purpose) {
                Some((_, figures)) => figures.merge(&row.figures),
                None => by_purpose.push((row.purpose, row.figures)),
            }
        }
    }
}
