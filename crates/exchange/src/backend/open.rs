//! Opening what stands behind the node, as its settings have it. Nothing is connected to yet.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use connect::care::{Careful, Limits};
use connect::source::{Address, Fetch, Options, Reading};
use connect::{Source, TableName};
use model::casework::results_of;
use model::fault::Fault;
use trust::tls;

use crate::backend::pages::Pages;
use crate::backend::within::Within;
use crate::backend::{Backend, Backends, DatasetService, HttpApi, TableMapping};
use crate::folder::{StateFolder, read_certificates, tls_failed};
use crate::settings::{NodeSettings, ServiceSettings, SourceSettings};
use crate::texts;

/// What makes this program read a file for a node, as [`connect::snapshot::read_in_a_child`] does, and do nothing else.
pub const READ_FILE: &str = "read-file-for-node";

/// The services behind a node.
pub(crate) fn backends(settings: &NodeSettings, folder: &StateFolder) -> Result<Backends, Fault> {
    let timeout = Duration::from_secs(settings.service_seconds);
    let open = |source: &'_ SourceSettings| {
        Ok((source.name.clone(), (open_source(source, &folder.snapshots())?, source.connections)))
    };
    let sources: Sources = settings.sources.iter().map(open).collect::<Result<_, Fault>>()?;
    let here = settings.services.iter().filter(|service| service.is_here());
    let opened =
        here.map(|service| Ok((service.id.clone(), Arc::new(backend(service, &sources, folder, timeout)?))));
    let mut backends: Backends = opened.collect::<Result<_, Fault>>()?;
    if let Some(service) = settings.cases.as_ref().and_then(|cases| results_of(&cases.system)) {
        backends.entry(service).or_insert_with(|| Arc::new(Backend::Within(Within::default())));
    }
    Ok(backends)
}

/// A source.
///
/// # Errors
/// [`Fault::BadSettings`].
pub fn open_source(settings: &SourceSettings, snapshots: &Path) -> Result<Arc<dyn Source>, Fault> {
    let address = Address {
        url: settings.url.clone(),
        password: settings.password()?,
        file: Options {
            sheet: settings.sheet.clone(),
            head: settings.head,
            encoding: settings.encoding.clone(),
            delimiter: settings.delimiter,
        },
        reading: reading(),
        items: settings.items.clone(),
        every: Duration::from_secs(settings.refresh_seconds),
        limits: Limits {
            connections: settings.connections,
            statement: Duration::from_secs(settings.statement_seconds),
        },
    };
    let anchors = settings.ca.as_deref().map(read_certificates).transpose()?.unwrap_or_default();
    let client: Box<dyn Fetch> = Box::new(Pages::new(address.password.clone(), &anchors)?);
    let bad = |why| Fault::bad_settings(format_args!("sources.{}", settings.name), why);
    address.open(snapshots, Some(client)).map_err(bad)
}

/// Files are read by another process of this program: one that asks for too much takes only that process down.
fn reading() -> Reading {
    // The program that runs, even when another lies in its place meanwhile.
    let own = Path::new("/proc/self/exe");
    let program = if own.exists() { Ok(own.to_owned()) } else { std::env::current_exe() };
    program.map_or(Reading::Here, |program| Reading::Child { program, arguments: vec![READ_FILE.to_owned()] })
}

/// Sources by name, with how many connections each has.
type Sources = HashMap<String, (Arc<dyn Source>, u32)>;

fn backend(
    service: &ServiceSettings,
    sources: &Sources,
    folder: &StateFolder,
    timeout: Duration,
) -> Result<Backend, Fault> {
    if let Some(url) = &service.url {
        let anchors = service.ca.as_deref().map(read_certificates).transpose()?.unwrap_or_default();
        let tls = tls::web_client(&anchors).map_err(|error| tls_failed(&error))?;
        let api = HttpApi::new(url.clone(), tls, timeout, service.openapi.clone());
        let api = api.map_err(|why| Fault::bad_settings(&service.id, why))?;
        return Ok(Backend::Http(Box::new(api)));
    }
    let name = service.table.clone().unwrap_or_else(|| service.id.code().into_owned());
    let mapping = TableMapping {
        table: TableName { schema: service.schema.clone(), name },
        columns: service.columns.clone(),
        values: service.values.clone(),
        digits: service.digits.clone(),
        changed: service.changed.clone(),
    };
    let (source, connections) = match (&service.source, &service.sqlite) {
        (Some(name), _) => sources
            .get(name)
            .cloned()
            .ok_or_else(|| Fault::bad_settings(&service.id, texts::no_such_source(name)))?,
        (None, path) => {
            let limits = Limits::default();
            let file = connect::sqlite::open(&path.clone().unwrap_or_default(), limits);
            let source: Arc<dyn Source> = Arc::new(Careful::new(file, limits));
            (source, limits.connections)
        }
    };
    let dataset = DatasetService::new(source, mapping, connections)
        .kept_in(folder.streams(&service.id), Duration::from_secs(service.round_seconds));
    Ok(Backend::Dataset(Box::new(dataset)))
}
