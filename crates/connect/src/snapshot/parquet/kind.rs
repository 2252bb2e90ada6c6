//! What a stored value is: its logical type, and the one written form of each.

use arrow_schema::TimeUnit;
use model::column::Class;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit as Unit, Type as Physical};
use parquet::schema::types::Type;

use crate::snapshot::reader::moment;
use crate::value::{Cell, Flaw};

/// The Julian day of 1970-01-01.
const JULIAN: i128 = 2_440_588;
/// Longest decimal, in bytes: 76 digits are what any writer has, in 32.
const DECIMAL: usize = 64;

/// A value as it is stored.
#[derive(Debug, Clone, Copy)]
pub(super) enum Raw<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f32),
    Double(f64),
    Bytes(&'a [u8]),
    /// A Julian day, and nanoseconds.
    Int96(i32, i64),
}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Nothing,
    Boolean,
    /// Of as many bits.
    Signed(i8),
    Unsigned(i8),
    Decimal {
        precision: i32,
        scale: i32,
    },
    Float,
    Double,
    Half,
    Date,
    Time(TimeUnit),
    Moment {
        unit: TimeUnit,
        utc: bool,
    },
    Int96,
    Duration(TimeUnit),
    Interval,
    Uuid,
    Text,
    Enum,
    Json,
    Bson,
    Bytes,
}

impl Kind {
    /// By the type that the file declares.
    pub(super) fn of(declared: &Type) -> Self {
        let basic = declared.get_basic_info();
        let logical = basic.logical_type_ref().and_then(logical);
        let found = logical.or_else(|| converted(basic.converted_type(), declared));
        let physical = declared.get_physical_type();
        // A type that the bytes cannot be is none.
        found.filter(|kind| kind.is_held_by(physical)).unwrap_or(match physical {
            Physical::BOOLEAN => Self::Boolean,
            Physical::INT32 => Self::Signed(32),
            Physical::INT64 => Self::Signed(64),
            Physical::INT96 => Self::Int96,
            Physical::FLOAT => Self::Float,
            Physical::DOUBLE => Self::Double,
            Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => Self::Bytes,
        })
    }

    fn is_held_by(self, physical: Physical) -> bool {
        let whole = matches!(physical, Physical::INT32 | Physical::INT64);
        let bytes = matches!(physical, Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY);
        match self {
            Self::Nothing => true,
            Self::Decimal { .. } => whole || bytes,
            Self::Signed(_) | Self::Unsigned(_) | Self::Date | Self::Time(_) | Self::Moment { .. } => whole,
            Self::Half | Self::Interval | Self::Uuid => bytes,
            Self::Text | Self::Enum | Self::Json | Self::Bson | Self::Bytes => bytes,
            Self::Boolean | Self::Float | Self::Double | Self::Int96 | Self::Duration(_) => false,
        }
    }

    pub(super) fn class(self) -> Class {
        match self {
            Self::Boolean => Class::Boolean,
            Self::Signed(_) | Self::Unsigned(_) => Class::Integer,
            Self::Decimal { .. } => Class::Decimal,
            Self::Float | Self::Double | Self::Half => Class::Real,
            Self::Date => Class::Date,
            Self::Moment { utc: true, .. } => Class::Moment,
            Self::Moment { utc: false, .. } | Self::Int96 => Class::Local,
            Self::Json => Class::Json,
            Self::Bytes | Self::Bson => Class::Bytes,
            Self::Nothing
            | Self::Time(_)
            | Self::Duration(_)
            | Self::Interval
            | Self::Uuid
            | Self::Text
            | Self::Enum => Class::Text,
        }
    }

    /// As a person is told it.
    pub(super) fn declared(self) -> String {
        let unit = |unit: TimeUnit| match unit {
            TimeUnit::Second => "SECONDS",
            TimeUnit::Millisecond => "MILLIS",
            TimeUnit::Microsecond => "MICROS",
            TimeUnit::Nanosecond => "NANOS",
        };
        match self {
            Self::Nothing => "NULL".into(),
            Self::Boolean => "BOOLEAN".into(),
            Self::Signed(bits) => format!("INT{bits}"),
            Self::Unsigned(bits) => format!("UINT{bits}"),
            Self::Decimal { precision, scale } => format!("DECIMAL({precision}, {scale})"),
            Self::Float => "FLOAT".into(),
            Self::Double => "DOUBLE".into(),
            Self::Half => "FLOAT16".into(),
            Self::Date => "DATE".into(),
            Self::Time(of) => format!("TIME({})", unit(of)),
            Self::Moment { unit: of, utc: true } => format!("TIMESTAMP({}, UTC)", unit(of)),
            Self::Moment { unit: of, utc: false } => format!("TIMESTAMP({})", unit(of)),
            Self::Int96 => "INT96".into(),
            Self::Duration(of) => format!("DURATION({})", unit(of)),
            Self::Interval => "INTERVAL".into(),
            Self::Uuid => "UUID".into(),
            Self::Text => "STRING".into(),
            Self::Enum => "ENUM".into(),
            Self::Json => "JSON".into(),
            Self::Bson => "BSON".into(),
            Self::Bytes => "BYTES".into(),
        }
    }

    /// A value in its written form.
    pub(super) fn cell(self, raw: &Raw<'_>) -> Cell {
        match (self, *raw) {
            (Self::Nothing, _) | (_, Raw::Null) => Cell::Null,
            (_, Raw::Bool(yes)) => Cell::Text(yes.to_string()),
            // Its own shortest digits: 0.1 and not 0.10000000149011612.
            (_, Raw::Float(number)) => real(number.to_string().parse().unwrap_or_else(|_| f64::from(number))),
            (_, Raw::Double(number)) => real(number),
            (_, Raw::Int96(day, nanos)) => moment_of_int96(day, nanos),
            (kind, Raw::Int(number)) => kind.of_whole(number),
            (kind, Raw::Bytes(bytes)) => kind.of_bytes(bytes),
        }
    }

    fn of_whole(self, number: i64) -> Cell {
        match self {
            Self::Unsigned(64) if number < 0 => Cell::Text(number.cast_unsigned().to_string()),
            // Stored in 32 bits, so what looks negative is large.
            Self::Unsigned(bits) if number < 0 && bits <= 32 => Cell::Integer(number & 0xffff_ffff),
            Self::Decimal { scale, .. } => Cell::Text(scaled(&number.to_string(), scale)),
            Self::Date => moment::day(number),
            Self::Time(unit) => moment::time(nanos(number, unit)),
            Self::Moment { unit, utc } => moment::moment(nanos(number, unit), if utc { "Z" } else { "" }),
            // Within other columns the library has made microseconds of it.
            Self::Int96 => moment::moment(nanos(number, TimeUnit::Microsecond), ""),
            Self::Duration(unit) => Cell::Text(moment::duration(0, 0, nanos(number, unit))),
            _ => Cell::Integer(number),
        }
    }

    fn of_bytes(self, bytes: &[u8]) -> Cell {
        match self {
            Self::Text | Self::Enum | Self::Json => match std::str::from_utf8(bytes) {
                Err(_) => Cell::broken(Flaw::NotUtf8),
                Ok(text) if text.contains('\0') => Cell::broken(Flaw::Unreadable),
                Ok(text) => Cell::Text(text.to_owned()),
            },
            Self::Decimal { scale, .. } => match digits(bytes) {
                Some(digits) => Cell::Text(scaled(&digits, scale)),
                None => Cell::broken(Flaw::Unreadable),
            },
            Self::Uuid => uuid(bytes).map_or(Cell::broken(Flaw::Unreadable), Cell::Text),
            Self::Interval => interval(bytes).map_or(Cell::broken(Flaw::Unreadable), Cell::Text),
            Self::Half => match bytes {
                [low, high] => half(u16::from_le_bytes([*low, *high])),
                _ => Cell::broken(Flaw::Unreadable),
            },
            _ => Cell::Blob(bytes.to_vec()),
        }
    }
}

fn logical(of: &LogicalType) -> Option<Kind> {
    let unit = |unit: &Unit| match unit {
        Unit::MILLIS => TimeUnit::Millisecond,
        Unit::MICROS => TimeUnit::Microsecond,
        Unit::NANOS => TimeUnit::Nanosecond,
    };
    Some(match of {
        LogicalType::String => Kind::Text,
        LogicalType::Enum => Kind::Enum,
        LogicalType::Decimal(of) => Kind::Decimal { precision: of.precision, scale: of.scale },
        LogicalType::Date => Kind::Date,
        LogicalType::Time(of) => Kind::Time(unit(&of.unit)),
        LogicalType::Timestamp(of) => Kind::Moment { unit: unit(&of.unit), utc: of.is_adjusted_to_u_t_c },
        LogicalType::Integer(of) if of.is_signed => Kind::Signed(of.bit_width),
        LogicalType::Integer(of) => Kind::Unsigned(of.bit_width),
        LogicalType::Unknown => Kind::Nothing,
        LogicalType::Json => Kind::Json,
        LogicalType::Bson => Kind::Bson,
        LogicalType::Uuid => Kind::Uuid,
        LogicalType::Float16 => Kind::Half,
        _ => return None,
    })
}

/// What older files have instead. Their moments are always of UTC: parquet-format, LogicalTypes.md.
fn converted(of: ConvertedType, declared: &Type) -> Option<Kind> {
    Some(match of {
        ConvertedType::UTF8 => Kind::Text,
        ConvertedType::ENUM => Kind::Enum,
        ConvertedType::DECIMAL => {
            Kind::Decimal { precision: declared.get_precision(), scale: declared.get_scale() }
        }
        ConvertedType::DATE => Kind::Date,
        ConvertedType::TIME_MILLIS => Kind::Time(TimeUnit::Millisecond),
        ConvertedType::TIME_MICROS => Kind::Time(TimeUnit::Microsecond),
        ConvertedType::TIMESTAMP_MILLIS => Kind::Moment { unit: TimeUnit::Millisecond, utc: true },
        ConvertedType::TIMESTAMP_MICROS => Kind::Moment { unit: TimeUnit::Microsecond, utc: true },
        ConvertedType::UINT_8 => Kind::Unsigned(8),
        ConvertedType::UINT_16 => Kind::Unsigned(16),
        ConvertedType::UINT_32 => Kind::Unsigned(32),
        ConvertedType::UINT_64 => Kind::Unsigned(64),
        ConvertedType::INT_8 => Kind::Signed(8),
        ConvertedType::INT_16 => Kind::Signed(16),
        ConvertedType::INT_32 => Kind::Signed(32),
        ConvertedType::INT_64 => Kind::Signed(64),
        ConvertedType::JSON => Kind::Json,
        ConvertedType::BSON => Kind::Bson,
        ConvertedType::INTERVAL => Kind::Interval,
        _ => return None,
    })
}

/// What is no number, as PostgreSQL writes it: `SQLite` would make nothing of a NaN.
fn real(number: f64) -> Cell {
    match number {
        number if number.is_nan() => Cell::Text("NaN".into()),
        number if number.is_infinite() => {
            Cell::Text(if number > 0.0 { "Infinity" } else { "-Infinity" }.into())
        }
        number => Cell::Real(number),
    }
}

fn nanos(number: i64, unit: TimeUnit) -> i128 {
    i128::from(number)
        * match unit {
            TimeUnit::Second => 1_000_000_000,
            TimeUnit::Millisecond => 1_000_000,
            TimeUnit::Microsecond => 1000,
            TimeUnit::Nanosecond => 1,
        }
}

fn moment_of_int96(day: i32, nanos: i64) -> Cell {
    moment::moment((i128::from(day) - JULIAN) * 86_400 * moment::SECOND + i128::from(nanos), "")
}

/// Months, days and milliseconds, four bytes each.
fn interval(bytes: &[u8]) -> Option<String> {
    let part = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (months, days, millis) = (part(0)?, part(4)?, part(8)?);
    (bytes.len() == 12).then(|| moment::duration(months.into(), days.into(), i128::from(millis) * 1_000_000))
}

fn uuid(bytes: &[u8]) -> Option<String> {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| digits.get(from..to);
    let parts = [part(0, 8)?, part(8, 12)?, part(12, 16)?, part(16, 20)?, part(20, 32)?];
    (digits.len() == 32).then(|| parts.join("-"))
}

/// IEEE 754 binary16: a sign, five bits of exponent, ten of fraction.
fn half(bits: u16) -> Cell {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2_f32.powi(exponent - 15),
    };
    let number = if bits >> 15 == 1 { -size } else { size };
    real(shortest_half(number))
}

/// The shortest digits that are nearer to it than to any other half.
fn shortest_half(number: f32) -> f64 {
    let exact = f64::from(number);
    if !number.is_finite() || number == 0.0 {
        return exact;
    }
    // As far as the neighbours are apart: ten bits below the first, and 2^-24 where numbers are smallest.
    let mut first = 2_f64.powi(-14);
    while first * 2.0 <= exact.abs() {
        first *= 2.0;
    }
    let apart = first / 1024.0;
    // Below a power of two the neighbour is nearer.
    let is_near = |short: f64| {
        let nearer = short.abs() < exact.abs() && exact.abs() <= first;
        (short - exact).abs() < apart / if nearer { 4.0 } else { 2.0 }
    };
    let texts = (0..6).map(|places| format!("{number:.places$e}"));
    texts.filter_map(|text| text.parse::<f64>().ok()).find(|short| is_near(*short)).unwrap_or(exact)
}

/// A number of any length in two's complement, the highest byte first, as its digits.
fn digits(bytes: &[u8]) -> Option<String> {
    if bytes.is_empty() || bytes.len() > DECIMAL {
        return None;
    }
    let negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
    let mut size: Vec<u8> = bytes.iter().map(|byte| if negative { !byte } else { *byte }).collect();
    if negative {
        let mut carry = true;
        for byte in size.iter_mut().rev() {
            (*byte, carry) = byte.overflowing_add(u8::from(carry));
        }
        if carry {
            return None;
        }
    }
    let mut digits = Vec::new();
    while size.iter().any(|byte| *byte != 0) {
        let mut rest = 0_u16;
        for byte in &mut size {
            let value = rest << 8 | u16::from(*byte);
            *byte = u8::try_from(value / 10).unwrap_or(u8::MAX);
            rest = value % 10;
        }
        digits.push(char::from(b'0' + u8::try_from(rest).unwrap_or(0)));
    }
    let size: String = if digits.is_empty() { "0".into() } else { digits.iter().rev().collect() };
    Some(if negative { format!("-{size}") } else { size })
}

/// Digits with as many places: `-1234` and 2 is `-12.34`.
fn scaled(digits: &str, scale: i32) -> String {
    let Some(places) = usize::try_from(scale).ok().filter(|places| *places > 0) else {
        return digits.to_owned();
    };
    let (sign, size) = digits.strip_prefix('-').map_or(("", digits), |size| ("-", size));
    let size = format!("{size:0>width$}", width = places + 1);
    let (whole, rest) = size.split_at(size.len() - places);
    format!("{sign}{whole}.{rest}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_have_their_own_shortest_digits() {
        for (bits, text) in [
            (0x2e66, "0.1"),
            (0x3c00, "1"),
            (0x7bff, "65500"),
            (0x0001, "6e-8"),
            (0xc248, "-3.14"),
            (0x7c00, "Infinity"),
            (0x7e00, "NaN"),
        ] {
            assert_eq!(half(bits).text().as_deref(), Some(text), "{bits:x}");
        }
    }

    proptest! {
        #[test]
        fn decimals_keep_every_digit(number in any::<i128>(), scale in 0_i32..40) {
            let text = digits(&number.to_be_bytes()).unwrap();
            prop_assert_eq!(&text, &number.to_string());
            prop_assert_eq!(scaled(&text, scale).replace('.', "").parse::<i128>().unwrap(), number);
        }

        #[test]
        fn floats_keep_their_own_digits(number in any::<f32>()) {
            match Kind::Float.cell(&Raw::Float(number)) {
                Cell::Real(real) => prop_assert_eq!(real.to_string(), number.to_string()),
                other => prop_assert!(!number.is_finite(), "{:?}", other),
            }
        }
    }
}
