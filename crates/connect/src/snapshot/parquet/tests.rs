//! Parquet files that others wrote.

use super::*;
use crate::snapshot::read::tests::{Kept, case, kept, written};
use crate::snapshot::reader::Options;
use crate::value::Flaw;

fn of_case(name: &str) -> Kept {
    kept(&case(name), &Options::default()).unwrap()
}

fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}

/// Class, declared type and the three cells of a column of `types.parquet`; the third is nothing everywhere.
fn check(read: &Kept, name: &str, class: Class, declared: &str, first: Cell, second: Cell) {
    let column = read.column(name);
    assert_eq!((column.class, column.declared.as_str()), (class, declared), "{name}");
    assert_eq!(read.cells(name), [first, second, Cell::Null], "{name}");
}

#[test]
fn every_type_of_numbers_keeps_its_digits() {
    let read = of_case("types.parquet");
    let check = |name, class, declared, first, second| check(&read, name, class, declared, first, second);
    check("boolean", Class::Boolean, "BOOLEAN", text("true"), text("false"));
    check("int8", Class::Integer, "INT8", Cell::Integer(-128), Cell::Integer(127));
    check("int64", Class::Integer, "INT64", Cell::Integer(i64::MIN), Cell::Integer(i64::MAX));
    check("uint8", Class::Integer, "UINT8", Cell::Integer(0), Cell::Integer(255));
    check("uint32", Class::Integer, "UINT32", Cell::Integer(0), Cell::Integer(4_294_967_295));
    check("uint64", Class::Integer, "UINT64", Cell::Integer(1), text("18446744073709551615"));
    check("half", Class::Real, "FLOAT16", Cell::Real(0.1), Cell::Real(-65500.0));
    check("float", Class::Real, "FLOAT", Cell::Real(0.1), text("NaN"));
    check("double", Class::Real, "DOUBLE", Cell::Real(0.1), Cell::Real(1e300));
    let large = "12345678901234567890123456789012345.67";
    check("decimal", Class::Decimal, "DECIMAL(38, 2)", text("-0.05"), text(large));
    check("decimal_small", Class::Decimal, "DECIMAL(4, 2)", text("1.50"), text("-99.99"));
    let large = format!("{}.123456", "9".repeat(70));
    check("decimal_large", Class::Decimal, "DECIMAL(76, 6)", text(&large), text("-0.000001"));
}

#[test]
fn days_and_moments_are_exact_or_out_of_range() {
    let read = of_case("types.parquet");
    let check = |name, class, declared, first, second| check(&read, name, class, declared, first, second);
    let far = || Cell::broken(Flaw::OutOfRange);
    check("date", Class::Date, "DATE", text("1945-09-02"), text("9999-12-31"));
    check("date_far", Class::Date, "DATE", far(), text("1970-01-01"));
    check("date64", Class::Date, "DATE", text("1945-09-02"), text("2000-02-29"));
    check("time_ms", Class::Text, "TIME(MILLIS)", text("00:00:01.5"), text("23:59:59.999"));
    check("time_ns", Class::Text, "TIME(NANOS)", text("00:00:00"), text("23:59:59.999999999"));
    check(
        "stamp_s",
        Class::Local,
        "TIMESTAMP(MILLIS)",
        text("1970-01-01T00:00:00"),
        text("1969-12-31T23:59:59"),
    );
    check("stamp_ms", Class::Local, "TIMESTAMP(MILLIS)", text("1970-01-01T00:00:00.001"), far());
    check("stamp_us", Class::Local, "TIMESTAMP(MICROS)", text("1970-01-01T00:00:01.5"), far());
    let (first, second) = ("1970-01-01T00:00:00.000000001", "1969-12-31T23:59:59.999999999");
    check("stamp_ns", Class::Local, "TIMESTAMP(NANOS)", text(first), text(second));
    let (first, second) = ("1970-01-01T00:00:00.000000001Z", "2023-11-14T22:13:20.123456789Z");
    check("stamp_utc", Class::Moment, "TIMESTAMP(NANOS, UTC)", text(first), text(second));
    let (first, second) = ("1970-01-01T00:00:00Z", "2023-11-14T22:13:20.123456Z");
    check("stamp_zone", Class::Moment, "TIMESTAMP(MICROS, UTC)", text(first), text(second));
    check("duration", Class::Text, "DURATION(MILLIS)", text("PT4.5S"), text("-PT1H"));
}

#[test]
fn texts_bytes_and_nested_values_have_one_form() {
    let read = of_case("types.parquet");
    let check = |name, class, declared, first, second| check(&read, name, class, declared, first, second);
    check("text", Class::Text, "STRING", text("Nguyễn"), text(""));
    check("dictionary", Class::Text, "STRING", text("a"), text("b"));
    check("bytes", Class::Bytes, "BYTES", Cell::Blob(vec![0, 255]), Cell::Blob(vec![]));
    check("fixed", Class::Bytes, "BYTES", Cell::Blob(b"abcd".into()), Cell::Blob(b"efgh".into()));
    let (first, second) = ("00010203-0405-0607-0809-0a0b0c0d0e0f", "ffffffff-ffff-ffff-ffff-ffffffffffff");
    check("uuid", Class::Text, "UUID", text(first), text(second));
    check("json", Class::Json, "JSON", text("{\"a\": 12345678901234567890.10}"), text("1"));
    check("nothing", Class::Text, "NULL", Cell::Null, Cell::Null);
    check("list", Class::Json, "LIST", text("[1,null,4611686018427387904]"), text("[]"));
    check("map", Class::Json, "MAP", text("{\"a\":\"1.50\"}"), text("{}"));
    check("map_numbers", Class::Json, "MAP", text("[[1,\"x\"]]"), text("[]"));
    let (first, second) = ("{\"ngày\":\"2020-01-02\",\"ds\":[{\"x\":0.1}]}", "{\"ngày\":null,\"ds\":null}");
    check("struct", Class::Json, "STRUCT", text(first), text(second));
    check("list_large", Class::Json, "LIST", text("[\"a\"]"), text("[]"));
    check("list_fixed", Class::Json, "LIST", text("[1,2]"), text("[3,4]"));
}

#[test]
fn every_codec_is_read_over_all_row_groups() {
    for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"] {
        let read = of_case(&format!("codec-{codec}.parquet"));
        assert_eq!(read.rows.len(), 60, "{codec}");
        assert_eq!(read.rows[59], [text("00059"), Cell::Integer(59)], "{codec}");
    }
    assert_eq!(of_case("pages-v2.parquet").rows[59], [text("00059"), Cell::Integer(59)]);
}

#[test]
fn old_moments_keep_their_nanoseconds_and_their_distance() {
    let read = of_case("int96.parquet");
    assert_eq!(read.names(), ["moment", "ma", "far"]);
    assert_eq!(read.column("moment").class, Class::Local);
    assert_eq!(
        read.text(),
        [
            "2023-11-14T22:13:20.123456789|1|9999-12-31T00:00:00",
            "1969-12-31T23:59:59.999999999|2|0001-01-01T00:00:00",
            "-|3|-"
        ]
    );
}

#[test]
fn a_value_that_cannot_be_breaks_its_cell_alone() {
    assert_eq!(of_case("not-utf8.parquet").text(), ["1|An", "2|NotUtf8", "3|Bé"]);
    for name in ["day", "forever"] {
        let read = of_case(&format!("{name}.parquet"));
        assert_eq!(read.rows.len(), 10, "{name}");
        let broken = read
            .rows
            .iter()
            .flatten()
            .filter(|cell| matches!(cell, Cell::Broken { flaw: Flaw::OutOfRange, .. }));
        assert_eq!(broken.count(), 1, "{name}: {:?}", read.text());
    }
    let read = of_case("interval.parquet");
    let interval = read.columns.iter().find(|column| column.declared == "INTERVAL").unwrap();
    assert_eq!(interval.class, Class::Text);
    let cells = read.cells(&interval.name);
    assert!(cells.iter().all(|cell| cell.text().is_none_or(|text| text.starts_with('P'))), "{cells:?}");
    assert!(
        cells.iter().any(|cell| *cell != Cell::Null)
            && !cells.iter().any(|cell| matches!(cell, Cell::Broken { .. }))
    );
    assert_eq!(of_case("id.parquet").rows.len(), 12);
}

#[test]
fn a_file_that_is_cut_is_an_error() {
    let whole = std::fs::read(case("codec-none.parquet")).unwrap();
    for length in [0, 4, 100, whole.len() - 1] {
        let (_folder, path) = written("in.parquet", &whole[..length]);
        let error = kept(&path, &Options::default()).unwrap_err();
        assert!(matches!(error, ReadError::NotThis { .. }), "{error}");
    }
    // Damage anywhere is an error or shows in no more than values, and never ends the process.
    for at in (4..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        let (_folder, path) = written("in.parquet", &bytes);
        if let Ok(read) = kept(&path, &Options::default()) {
            assert_eq!(read.rows.len(), 60, "{at}");
        }
    }
}
