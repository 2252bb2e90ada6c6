//! `lienthong ledger list`, `find`, `show` and `export`: look exchanges up in a node's state folder, beside the node that may be running.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;

use exchange::compiled::CompiledDirectory;
use exchange::look::asked::Asked;
use exchange::look::row::{Lang, Row, csv_begin, heads};
use exchange::look::seen::{By, Look, What, note};
use exchange::look::{self, Found, Lookup, Which};
use exchange::{StateFolder, clock};
use model::fault::Fault;
use model::id::NodeId;
use operate::file_failed;
use operate::setup::read_settings;
use operate::trouble::Trouble;
use serde_json::json;
use trust::tls::PeerBook as _;

use crate::cli::{Conditions, ExportFormat, Format, LedgerAt, Told};
use crate::commands::show::table;
use crate::language;
use crate::output::{print, print_words, say_words};
use crate::texts;

/// Rows that are read at a time while all are written.
const AT_A_TIME: usize = 1000;

/// A ledger that is looked in.
struct At {
    folder: StateFolder,
    lookup: Lookup,
    node: NodeId,
    lang: Lang,
}

impl At {
    fn open(at: &LedgerAt) -> Result<Self, Fault> {
        let dir = std::path::absolute(&at.dir).map_err(|error| file_failed(&at.dir, &error))?;
        let node = read_settings(&dir)?.id;
        let folder = StateFolder(dir);
        let which = if at.packages { Which::Packages } else { Which::Network };
        Ok(Self { lookup: look::lookup(&folder, which), folder, node, lang: language::chosen() })
    }

    /// Notes who looks for what. Whoever reads a folder that they cannot write to, a copy of it, is told that nothing was noted.
    fn note(&self, what: What<'_>) {
        let who = format!("uid {}", rustix::process::getuid().as_raw());
        let look = Look { at: clock::now(), who: &who, by: By::Command, from: None, what };
        if let Err(fault) = note(&self.folder, &look) {
            say_words(&texts::looked_unseen(&fault.words()));
        }
    }

    fn find(
        &self,
        asked: &Asked,
        directory: Option<&CompiledDirectory>,
        limit: usize,
    ) -> Result<Found, Fault> {
        let of = directory.map(|directory| (directory, &self.node));
        look::find(&self.lookup, asked, of, limit, || true)
    }
}

pub(super) async fn list(at: &LedgerAt, told: &Told) -> Result<ExitCode, Trouble> {
    tell(at, Asked::default(), told).await
}

pub(super) async fn found(at: &LedgerAt, conditions: &Conditions, told: &Told) -> Result<ExitCode, Trouble> {
    tell(at, asked(conditions)?, told).await
}

/// A page of what is asked.
async fn tell(at: &LedgerAt, asked: Asked, told: &Told) -> Result<ExitCode, Trouble> {
    let (at, asked) = (At::open(at)?, Asked { before: told.before, ..asked });
    at.note(What::Asked(&asked));
    // A nation's directory takes longer to open than the ledger to look in.
    let directory = if asked.basis.is_empty() { None } else { Some(at.folder.compile_directory().await?) };
    let limit = usize::try_from(told.limit).unwrap_or(AT_A_TIME);
    let found = at.find(&asked, directory.as_ref(), limit)?;
    match told.output {
        Format::Json => print(&json!(found).to_string()),
        Format::Text => {
            let heads = heads(false);
            let heads = heads.iter().map(|head| at.lang.of(head)).collect();
            print(&table(heads, found.items.iter().map(|row| row.cells(at.lang, false)).collect()));
            if let Some(next) = found.next {
                print_words(&texts::older(next));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One exchange, its signatures checked.
pub(super) async fn show(at: &LedgerAt, number: u64, output: Format) -> Result<ExitCode, Trouble> {
    let at = At::open(at)?;
    at.note(What::Entry(number));
    let directory = at.folder.compile_directory().await?;
    let shown = look::show(&at.lookup, number, directory.anchors(), Some(&directory))?;
    let shown = shown.ok_or(Fault::NoExchange { number })?;
    match output {
        Format::Json => print(&json!(shown).to_string()),
        Format::Text => {
            for (head, cell) in heads(true).iter().zip(shown.row.cells(at.lang, true)) {
                if !cell.is_empty() {
                    print(&format!("{}: {cell}", at.lang.of(head)));
                }
            }
            shown.told().iter().for_each(|words| print(at.lang.of(words)));
        }
    }
    Ok(if shown.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All that is asked, into a file that must not be there yet.
pub(super) async fn export(
    at: &LedgerAt,
    conditions: &Conditions,
    format: ExportFormat,
    out: &Path,
) -> Result<ExitCode, Trouble> {
    let (at, asked) = (At::open(at)?, asked(conditions)?);
    at.note(What::Asked(&asked));
    let directory = at.folder.compile_directory().await?;
    let failed = |error: std::io::Error| file_failed(out, &error);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out).map_err(failed)?;
    let mut writer = BufWriter::new(file);
    let written = write_all(&at, asked, &directory, format, &mut writer, out);
    let written = written.and_then(|count| {
        let file = writer.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        Ok(count)
    });
    match written {
        Ok(count) => {
            say_words(&texts::exported(count, out.display()));
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            // A part of it would be taken for all.
            let _ = std::fs::remove_file(out);
            Err(fault.into())
        }
    }
}

fn write_all(
    at: &At,
    mut asked: Asked,
    directory: &CompiledDirectory,
    format: ExportFormat,
    writer: &mut impl Write,
    out: &Path,
) -> Result<u64, Fault> {
    let failed = |error: std::io::Error| file_failed(out, &error);
    if format == ExportFormat::Csv {
        writer.write_all(csv_begin(at.lang).as_bytes()).map_err(failed)?;
    }
    let line = |row: &Row| match format {
        ExportFormat::Csv => row.csv(at.lang),
        ExportFormat::Jsonl => format!("{}\n", json!(row)),
    };
    let mut count = 0;
    loop {
        let found = at.find(&asked, Some(directory), AT_A_TIME)?;
        for row in &found.items {
            writer.write_all(line(row).as_bytes()).map_err(failed)?;
            count += 1;
        }
        let Some(next) = found.next else { return Ok(count) };
        asked.before = Some(next);
    }
}

fn asked(conditions: &Conditions) -> Result<Asked, Fault> {
    let Conditions {
        from,
        to,
        system,
        client,
        service,
        purpose,
        basis,
        officer,
        case,
        id,
        outcome,
        code,
        side,
    } = conditions;
    let pairs = [
        ("from", from),
        ("to", to),
        ("system", system),
        ("client", client),
        ("service", service),
        ("purpose", purpose),
        ("basis", basis),
        ("officer", officer),
        ("case", case),
        ("id", id),
        ("outcome", outcome),
        ("code", code),
        ("side", side),
    ];
    Asked::read(pairs.map(|(name, value)| (name, value.as_str())))
}
