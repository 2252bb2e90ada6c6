//! Columns within columns: lists, maps and structures become JSON, digit for digit.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use model::column::Class;

use super::kind::{Kind, Raw};
use crate::snapshot::reader::{CELL_MAX, ReadError, What, too_many};
use crate::value::{Cell, Flaw};

/// How to read a column.
#[derive(Debug)]
pub(super) enum Plan {
    Leaf(Kind),
    List(Box<Plan>),
    Map(Box<Plan>, Box<Plan>),
    Struct(Vec<(String, Plan)>),
}

/// Why a value cannot be written.
enum Stop {
    /// A part of it is broken, so it is.
    Broken(Flaw),
    Error(ReadError),
}

impl Plan {
    /// The stored columns stand in the order in which the type names them.
    pub(super) fn of(read_as: &DataType, kinds: &mut dyn Iterator<Item = Kind>) -> Option<Self> {
        Some(match read_as {
            DataType::List(of) => Self::List(Box::new(Self::of(of.data_type(), kinds)?)),
            DataType::Map(entries, _) => {
                let DataType::Struct(fields) = entries.data_type() else { return None };
                let [key, value] = fields.as_ref() else { return None };
                let key = Self::of(key.data_type(), kinds)?;
                Self::Map(Box::new(key), Box::new(Self::of(value.data_type(), kinds)?))
            }
            DataType::Struct(fields) => {
                let named: Option<Vec<(String, Self)>> = fields
                    .iter()
                    .map(|field| Some((field.name().clone(), Self::of(field.data_type(), kinds)?)))
                    .collect();
                Self::Struct(named?)
            }
            _ => Self::Leaf(kinds.next()?),
        })
    }

    /// The value in a row.
    pub(super) fn cell(&self, array: &dyn Array, row: usize) -> Result<Cell, ReadError> {
        if let Self::Leaf(kind) = self {
            return Ok(kind.cell(&raw(array, row)));
        }
        if array.is_null(row) {
            return Ok(Cell::Null);
        }
        let mut text = String::new();
        match self.write(array, row, &mut text) {
            Ok(()) => Ok(Cell::Text(text)),
            Err(Stop::Broken(flaw)) => Ok(Cell::broken(flaw)),
            Err(Stop::Error(error)) => Err(error),
        }
    }

    fn write(&self, array: &dyn Array, row: usize, text: &mut String) -> Result<(), Stop> {
        too_many(What::Bytes, text.len() as u64, CELL_MAX as u64, || "a nested value".into())
            .map_err(Stop::Error)?;
        if let Self::Leaf(kind) = self {
            return leaf(*kind, kind.cell(&raw(array, row)), text);
        }
        if array.is_null(row) {
            text.push_str("null");
            return Ok(());
        }
        match self {
            Self::Leaf(_) => {}
            Self::List(of) => {
                let Some(list) = array.as_list_opt::<i32>() else {
                    return Err(Stop::Broken(Flaw::Unreadable));
                };
                let items: ArrayRef = list.value(row);
                joined(text, ['[', ']'], 0..items.len(), |text, item| of.write(items.as_ref(), item, text))?;
            }
            Self::Map(key, value) => {
                let Some(map) = array.as_map_opt() else { return Err(Stop::Broken(Flaw::Unreadable)) };
                let entries = map.value(row);
                let [keys, values] = entries.columns() else { return Err(Stop::Broken(Flaw::Unreadable)) };
                // Keys of text are names of members; others have no place there and stand in pairs.
                let named = matches!(key.as_ref(), Self::Leaf(Kind::Text | Kind::Enum | Kind::Uuid));
                let around = if named { ['{', '}'] } else { ['[', ']'] };
                joined(text, around, 0..keys.len(), |text, entry| {
                    text.push_str(if named { "" } else { "[" });
                    key.write(keys.as_ref(), entry, text)?;
                    text.push(if named { ':' } else { ',' });
                    value.write(values.as_ref(), entry, text)?;
                    text.push_str(if named { "" } else { "]" });
                    Ok(())
                })?;
            }
            Self::Struct(fields) => {
                let Some(parts) = array.as_struct_opt() else { return Err(Stop::Broken(Flaw::Unreadable)) };
                joined(
                    text,
                    ['{', '}'],
                    fields.iter().zip(parts.columns()),
                    |text, ((name, plan), part)| {
                        quoted(name, text);
                        text.push(':');
                        plan.write(part.as_ref(), row, text)
                    },
                )?;
            }
        }
        Ok(())
    }
}

fn joined<T>(
    text: &mut String,
    [opens, closes]: [char; 2],
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut String, T) -> Result<(), Stop>,
) -> Result<(), Stop> {
    text.push(opens);
    for (place, item) in items.enumerate() {
        if place > 0 {
            text.push(',');
        }
        write(text, item)?;
    }
    text.push(closes);
    Ok(())
}

/// A value in JSON: decimals, days and moments are texts there as well, so that no reader makes floats of them.
fn leaf(kind: Kind, cell: Cell, text: &mut String) -> Result<(), Stop> {
    match cell {
        Cell::Null => text.push_str("null"),
        Cell::Integer(number) => text.push_str(&number.to_string()),
        Cell::Real(number) => {
            text.push_str(&serde_json::to_string(&number).unwrap_or_else(|_| "null".into()))
        }
        Cell::Blob(bytes) => quoted(&BASE64_STANDARD.encode(bytes), text),
        Cell::Broken { flaw, .. } => return Err(Stop::Broken(flaw)),
        Cell::Text(value) if matches!(kind.class(), Class::Boolean | Class::Integer) => text.push_str(&value),
        Cell::Text(value)
            if kind == Kind::Json && serde_json::from_str::<serde::de::IgnoredAny>(&value).is_ok() =>
        {
            text.push_str(&value);
        }
        Cell::Text(value) => quoted(&value, text),
    }
    Ok(())
}

fn quoted(value: &str, text: &mut String) {
    // Text has no way not to be JSON.
    text.push_str(&serde_json::to_string(value).unwrap_or_default());
}

/// The stored value in a row.
fn raw(array: &dyn Array, row: usize) -> Raw<'_> {
    if array.is_null(row) {
        return Raw::Null;
    }
    let found = match array.data_type() {
        DataType::Boolean => array.as_boolean_opt().map(|of| Raw::Bool(of.value(row))),
        DataType::Int32 => array.as_primitive_opt::<Int32Type>().map(|of| Raw::Int(of.value(row).into())),
        DataType::Int64 => array.as_primitive_opt::<Int64Type>().map(|of| Raw::Int(of.value(row))),
        DataType::Float32 => array.as_primitive_opt::<Float32Type>().map(|of| Raw::Float(of.value(row))),
        DataType::Float64 => array.as_primitive_opt::<Float64Type>().map(|of| Raw::Double(of.value(row))),
        DataType::BinaryView => array.as_binary_view_opt().map(|of| Raw::Bytes(of.value(row))),
        DataType::FixedSizeBinary(_) => array.as_fixed_size_binary_opt().map(|of| Raw::Bytes(of.value(row))),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            array.as_primitive_opt::<TimestampMicrosecondType>().map(|of| Raw::Int(of.value(row)))
        }
        _ => None,
    };
    found.unwrap_or(Raw::Null)
}
