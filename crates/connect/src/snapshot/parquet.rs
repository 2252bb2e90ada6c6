//! Parquet, of every logical type. The library reads what the file stores, whole numbers, floats and bytes, and we make values of them by
//! the file's own types: so a moment that is too far, bytes that are no text or an interval break their cell and not the reading.

mod kind;
mod nested;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, FieldRef, Fields, Schema, TimeUnit};
use model::column::Class;
use model::fault::Words;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{Int96, Int96Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use self::kind::{Kind, Raw};
use self::nested::Plan;
use super::reader::{COLUMNS_MAX, Delivery, ReadColumn, ReadError, What, head, too_many};
use crate::texts;
use crate::value::Cell;

/// Rows that are decoded at a time.
const BATCH: usize = 1024;
/// Most levels of columns within columns; what people nest has three.
const DEPTH: u64 = 16;
/// Most columns within columns, all together.
const LEAVES: usize = 10_000;
/// Most values of one column in one row group: what is held of a single record that nests is below it.
const VALUES: i64 = 200_000_000;

/// Reads a file.
pub(super) fn read(path: &Path, delivery: &mut Delivery<'_>) -> Result<Vec<Words>, ReadError> {
    let file = File::open(path)?;
    let not_this = |error: ParquetError| ReadError::NotThis { form: "Parquet", why: error.to_string() };
    let metadata = Arc::new(ParquetMetaDataReader::new().parse_and_finish(&file).map_err(not_this)?);
    check(&metadata)?;
    let schema = metadata.file_metadata().schema_descr();
    let plain = plain(&file, schema).map_err(not_this)?;
    let columns = columns(schema, &plain, &durations(&metadata))?;
    let cells: Vec<String> = columns.iter().map(|column| head::one_line(column.root.name())).collect();
    let (names, mut remarks) = head::named(&cells);
    let told = columns.iter().zip(names).map(|(column, name)| ReadColumn {
        name,
        class: column.class(),
        declared: column.declared(),
    });
    delivery.begin(&told.collect::<Vec<_>>())?;
    remarks.extend(nested_int96(schema));
    let flat = SerializedFileReader::new(file.try_clone()?).map_err(not_this)?;
    for group in 0..metadata.num_row_groups() {
        Group { file: &file, flat: &flat, plain: &plain, columns: &columns, number: group }.read(delivery)?;
    }
    let said = metadata.file_metadata().num_rows();
    if u64::try_from(said).ok() != Some(delivery.rows()) {
        return Err(ReadError::RowsDiffer { said, read: delivery.rows() });
    }
    Ok(remarks)
}

/// That it says nothing about itself that is beyond the limits.
fn check(metadata: &ParquetMetaData) -> Result<(), ReadError> {
    let schema = metadata.file_metadata().schema_descr();
    too_many(What::Columns, schema.root_schema().get_fields().len() as u64, COLUMNS_MAX as u64, || {
        "the schema".into()
    })?;
    too_many(What::Columns, schema.num_columns() as u64, LEAVES as u64, || "the schema".into())?;
    for column in schema.columns() {
        let depth = column.path().parts().len() as u64;
        too_many(What::Levels, depth, DEPTH, || column.path().string())?;
    }
    for group in metadata.row_groups() {
        for column in group.columns() {
            let values = u64::try_from(column.num_values()).unwrap_or(u64::MAX);
            let limit = VALUES.unsigned_abs();
            too_many(What::Cells, values, limit, || column.column_path().string())?;
        }
    }
    Ok(())
}

/// The file as if it had no logical types.
fn plain(file: &File, schema: &SchemaDescriptor) -> Result<ArrowReaderMetadata, ParquetError> {
    let stripped = Arc::new(SchemaDescriptor::new(stripped(schema.root_schema())?));
    let options =
        || ArrowReaderOptions::new().with_skip_arrow_metadata(true).with_parquet_schema(stripped.clone());
    let loaded = ArrowReaderMetadata::load(file, options())?;
    // Bytes as views of their pages: a text that stands in a million rows is held once.
    let fields: Vec<FieldRef> = loaded.schema().fields().iter().map(viewed).collect();
    let viewed = Arc::new(Schema::new(fields));
    ArrowReaderMetadata::try_new(loaded.metadata().clone(), options().with_schema(viewed))
}

fn stripped(of: &Type) -> Result<TypePtr, ParquetError> {
    let basic = of.get_basic_info();
    let built = if let Type::PrimitiveType { physical_type, type_length, .. } = of {
        Type::primitive_type_builder(of.name(), *physical_type)
            .with_repetition(basic.repetition())
            .with_length(*type_length)
            .build()?
    } else {
        // Lists and maps stay: they say how columns within columns belong together.
        let (logical, converted) = match (basic.logical_type_ref(), basic.converted_type()) {
            (Some(LogicalType::List), _) | (_, ConvertedType::LIST) => {
                (Some(LogicalType::List), ConvertedType::LIST)
            }
            (Some(LogicalType::Map), _) | (_, ConvertedType::MAP) => {
                (Some(LogicalType::Map), ConvertedType::MAP)
            }
            (_, ConvertedType::MAP_KEY_VALUE) => (None, ConvertedType::MAP_KEY_VALUE),
            _ => (None, ConvertedType::NONE),
        };
        let fields: Result<Vec<TypePtr>, ParquetError> =
            of.get_fields().iter().map(|field| stripped(field)).collect();
        let builder = Type::group_type_builder(of.name())
            .with_fields(fields?)
            .with_converted_type(converted)
            .with_logical_type(logical);
        if basic.has_repetition() {
            builder.with_repetition(basic.repetition()).build()?
        } else {
            builder.build()?
        }
    };
    Ok(Arc::new(built))
}

fn viewed(field: &FieldRef) -> FieldRef {
    let kind = match field.data_type() {
        DataType::Binary => DataType::BinaryView,
        // INT96 within other columns: its nanoseconds reach from 1677 to 2262 only.
        DataType::Timestamp(TimeUnit::Nanosecond, None) => DataType::Timestamp(TimeUnit::Microsecond, None),
        DataType::List(of) => DataType::List(viewed(of)),
        DataType::Map(of, sorted) => DataType::Map(viewed(of), *sorted),
        DataType::Struct(of) => DataType::Struct(of.iter().map(viewed).collect::<Fields>()),
        other => other.clone(),
    };
    Arc::new(field.as_ref().clone().with_data_type(kind))
}

/// Durations stand in the file as plain numbers; only what Arrow left beside the schema says what they are.
fn durations(metadata: &Arc<ParquetMetaData>) -> Vec<Option<TimeUnit>> {
    let written = ArrowReaderMetadata::try_new(metadata.clone(), ArrowReaderOptions::new());
    let unit = |field: &FieldRef| match field.data_type() {
        DataType::Duration(unit) => Some(*unit),
        _ => None,
    };
    written.map(|written| written.schema().fields().iter().map(unit).collect()).unwrap_or_default()
}

/// A column of the table.
struct Column {
    root: TypePtr,
    plan: Plan,
    /// Its number among those that are stored, if it is an INT96 by itself: these are read apart, with all their digits.
    int96: Option<usize>,
}

impl Column {
    fn class(&self) -> Class {
        match &self.plan {
            Plan::Leaf(kind) => kind.class(),
            Plan::List(_) | Plan::Map(..) | Plan::Struct(_) => Class::Json,
        }
    }

    fn declared(&self) -> String {
        match &self.plan {
            Plan::Leaf(kind) => kind.declared(),
            Plan::List(_) => "LIST".into(),
            Plan::Map(..) => "MAP".into(),
            Plan::Struct(_) => "STRUCT".into(),
        }
    }
}

fn columns(
    schema: &SchemaDescriptor,
    plain: &ArrowReaderMetadata,
    durations: &[Option<TimeUnit>],
) -> Result<Vec<Column>, ReadError> {
    let mut leaves = schema.columns().iter().enumerate().peekable();
    let roots = schema.root_schema().get_fields().iter();
    let fields = roots.zip(plain.schema().fields()).enumerate();
    fields
        .map(|(number, (root, field))| {
            let first = leaves.peek().map(|(place, _)| *place);
            let mut kinds = std::iter::from_fn(|| leaves.next().map(|(_, leaf)| Kind::of(leaf.self_type())));
            let mut plan = Plan::of(field.data_type(), &mut kinds).ok_or_else(|| ReadError::NotThis {
                form: "Parquet",
                why: format!("{}: {}", root.name(), field.data_type()),
            })?;
            if let (Plan::Leaf(Kind::Signed(64)), Some(Some(unit))) = (&plan, durations.get(number)) {
                plan = Plan::Leaf(Kind::Duration(*unit));
            }
            let int96 = matches!(plan, Plan::Leaf(Kind::Int96)).then_some(first).flatten();
            Ok(Column { root: root.clone(), plan, int96 })
        })
        .collect()
}

fn nested_int96(schema: &SchemaDescriptor) -> Option<Words> {
    let mut leaves = schema.columns().iter();
    leaves
        .any(|leaf| leaf.path().parts().len() > 1 && leaf.physical_type() == Physical::INT96)
        .then(texts::int96_in_nested)
}

/// A row group, which is read by itself.
struct Group<'a> {
    file: &'a File,
    flat: &'a SerializedFileReader<File>,
    plain: &'a ArrowReaderMetadata,
    columns: &'a [Column],
    number: usize,
}

impl Group<'_> {
    fn broken(&self, error: &dyn std::error::Error) -> ReadError {
        ReadError::Broken { place: format!("row group {}", self.number + 1), why: error.to_string() }
    }

    fn read(&self, delivery: &mut Delivery<'_>) -> Result<(), ReadError> {
        let broken = |error: ParquetError| self.broken(&error);
        let roots = self.columns.iter().enumerate().filter(|(_, column)| column.int96.is_none());
        let mask = ProjectionMask::roots(self.plain.parquet_schema(), roots.map(|(root, _)| root));
        let batches =
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.try_clone()?, self.plain.clone())
                .with_row_groups(vec![self.number])
                .with_projection(mask)
                .with_batch_size(BATCH)
                .build()
                .map_err(broken)?;
        let flat = self.flat.get_row_group(self.number).map_err(broken)?;
        let mut moments = Vec::new();
        for leaf in self.columns.iter().filter_map(|column| column.int96) {
            let optional = flat.metadata().column(leaf).column_descr().max_def_level() > 0;
            if let ColumnReader::Int96ColumnReader(reader) = flat.get_column_reader(leaf).map_err(broken)? {
                moments.push(Moments { reader, optional });
            }
        }
        for batch in batches {
            let batch = batch.map_err(|error| self.broken(&error))?;
            let read: Result<Vec<_>, ReadError> =
                moments.iter_mut().map(|column| column.next(batch.num_rows()).map_err(broken)).collect();
            self.deliver(&batch, read?, delivery)?;
        }
        Ok(())
    }

    fn deliver(
        &self,
        batch: &RecordBatch,
        mut moments: Vec<std::vec::IntoIter<Raw<'static>>>,
        delivery: &mut Delivery<'_>,
    ) -> Result<(), ReadError> {
        for row in 0..batch.num_rows() {
            let (mut arrays, mut apart) = (batch.columns().iter(), moments.iter_mut());
            let mut cells = Vec::with_capacity(self.columns.len());
            for column in self.columns {
                let cell = match (&column.plan, column.int96) {
                    (Plan::Leaf(kind), Some(_)) => {
                        apart.next().and_then(Iterator::next).map_or(Cell::Null, |raw| kind.cell(&raw))
                    }
                    (plan, _) => match arrays.next() {
                        Some(array) => plan.cell(array.as_ref(), row)?,
                        None => Cell::Null,
                    },
                };
                cells.push(cell);
            }
            delivery.row(cells)?;
        }
        Ok(())
    }
}

/// A column of INT96, which the library would make nanoseconds of that wrap around.
struct Moments {
    reader: ColumnReaderImpl<Int96Type>,
    optional: bool,
}

impl Moments {
    fn next(&mut self, rows: usize) -> Result<std::vec::IntoIter<Raw<'static>>, ParquetError> {
        let (mut levels, mut values) = (Vec::new(), Vec::new());
        let mut records = 0;
        while records < rows {
            let (more, ..) =
                self.reader.read_records(rows - records, Some(&mut levels), None, &mut values)?;
            if more == 0 {
                return Err(ParquetError::General("a column of INT96 ends before the others".into()));
            }
            records += more;
        }
        let mut values = values.into_iter().map(|value| int96(&value));
        let cells: Vec<Raw<'static>> = if self.optional {
            levels
                .iter()
                .map(|level| if *level > 0 { values.next().unwrap_or(Raw::Null) } else { Raw::Null })
                .collect()
        } else {
            values.collect()
        };
        Ok(cells.into_iter())
    }
}

/// A Julian day, and nanoseconds within it.
fn int96(value: &Int96) -> Raw<'static> {
    match value.data() {
        [low, high, day] => {
            let nanos = (u64::from(*high) << 32 | u64::from(*low)).cast_signed();
            Raw::Int96(day.cast_signed(), nanos)
        }
        _ => Raw::Null,
    }
}

#[cfg(test)]
mod tests;
