//! Reads a file of a table, CSV, a sheet or Parquet, row by row into a [`Sink`], within limits of its own. What the reader noticed on the
//! way, an encoding that was told by evidence, a title above the head, a sheet that is hidden, is handed back as remarks for a person.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::reader::{Delivery, Done, Options, ReadError, SheetName, Sink};
use super::{Format, csv, parquet, sheet};

/// Reads a file to its end. `Ok` is the only sign of the end: whatever else happens, a panic in a library too, is an error.
///
/// # Errors
/// [`ReadError`]; rows that were handed on before are worth nothing.
pub fn read(path: &Path, format: Format, options: &Options, sink: &mut dyn Sink) -> Result<Done, ReadError> {
    guarded(|| {
        let mut delivery = Delivery::to(sink);
        let remarks = match format {
            Format::Csv => csv::read(path, options, &mut delivery)?,
            Format::Xlsx => sheet::read(path, options, &mut delivery)?,
            Format::Parquet => parquet::read(path, &mut delivery)?,
        };
        Ok(Done { rows: delivery.rows(), remarks })
    })
}

/// The sheets of a workbook, in its order.
///
/// # Errors
/// [`ReadError`].
pub fn sheets(path: &Path) -> Result<Vec<SheetName>, ReadError> {
    guarded(|| sheet::names(path))
}

/// Runs a reader; a panic becomes an error. What it left behind is thrown away, so nothing half done is seen.
fn guarded<T>(run: impl FnOnce() -> Result<T, ReadError>) -> Result<T, ReadError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(ReadError::Panicked(said(panic.as_ref()))))
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".into())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::snapshot::reader::ReadColumn;
    use crate::value::Cell;

    /// What a file holds.
    #[derive(Debug, Default)]
    pub(in crate::snapshot) struct Kept {
        pub(in crate::snapshot) columns: Vec<ReadColumn>,
        pub(in crate::snapshot) rows: Vec<Vec<Cell>>,
        pub(in crate::snapshot) remarks: String,
    }

    impl Kept {
        pub(in crate::snapshot) fn names(&self) -> Vec<&str> {
            self.columns.iter().map(|column| column.name.as_str()).collect()
        }

        /// Rows as text: cells between bars, `-` for nothing.
        pub(in crate::snapshot) fn text(&self) -> Vec<String> {
            let cell = |cell: &Cell| match cell {
                Cell::Null => "-".to_owned(),
                Cell::Broken { flaw, .. } => format!("{flaw:?}"),
                other => other.text().unwrap(),
            };
            self.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join("|")).collect()
        }

        pub(in crate::snapshot) fn column(&self, name: &str) -> &ReadColumn {
            self.columns.iter().find(|column| column.name == name).unwrap_or_else(|| panic!("no {name}"))
        }

        pub(in crate::snapshot) fn cells(&self, name: &str) -> Vec<Cell> {
            let place = self.columns.iter().position(|column| column.name == name).unwrap();
            self.rows.iter().map(|row| row[place].clone()).collect()
        }
    }

    impl Sink for Kept {
        fn begin(&mut self, columns: &[ReadColumn]) -> Result<(), String> {
            assert!(self.columns.is_empty(), "begun twice");
            self.columns = columns.to_vec();
            Ok(())
        }

        fn row(&mut self, cells: Vec<Cell>) -> Result<(), String> {
            assert_eq!(cells.len(), self.columns.len());
            self.rows.push(cells);
            Ok(())
        }
    }

    pub(in crate::snapshot) fn kept(path: &Path, options: &Options) -> Result<Kept, ReadError> {
        let mut kept = Kept::default();
        let done = read(path, Format::of(path).unwrap(), options, &mut kept)?;
        assert_eq!(done.rows, kept.rows.len() as u64);
        kept.remarks = done.remarks.iter().map(|words| format!("{words:?}\n")).collect();
        Ok(kept)
    }

    /// A file of the cases.
    pub(in crate::snapshot) fn case(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/cases").join(name)
    }

    /// A file with this content.
    pub(in crate::snapshot) fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn a_panic_is_an_error_and_never_the_end() {
        struct Panics;
        impl Sink for Panics {
            fn begin(&mut self, _: &[ReadColumn]) -> Result<(), String> {
                Ok(())
            }
            fn row(&mut self, _: Vec<Cell>) -> Result<(), String> {
                panic!("no more")
            }
        }
        let (_folder, path) = written("in.csv", b"a,b\n1,2\n");
        let error = read(&path, Format::Csv, &Options::default(), &mut Panics).unwrap_err();
        assert!(matches!(&error, ReadError::Panicked(why) if why == "no more"), "{error}");
        assert!(format!("{:?}", error.words()).contains("bộ đọc bị dừng"));
    }

    #[test]
    fn a_sink_that_is_full_ends_the_reading() {
        struct Full;
        impl Sink for Full {
            fn begin(&mut self, _: &[ReadColumn]) -> Result<(), String> {
                Ok(())
            }
            fn row(&mut self, _: Vec<Cell>) -> Result<(), String> {
                Err("the disk is full".into())
            }
        }
        let (_folder, path) = written("in.csv", b"a,b\n1,2\n");
        let error = read(&path, Format::Csv, &Options::default(), &mut Full).unwrap_err();
        assert_eq!(error.to_string(), "the rows cannot be kept: the disk is full");
    }
}
