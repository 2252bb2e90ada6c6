//! Workbooks that others wrote.

use std::io::Write as _;

use model::column::Class;

use super::*;
use crate::snapshot::read::tests::{Kept, case, kept, written};

fn of_case(name: &str) -> Kept {
    kept(&case(name), &Options::default()).unwrap()
}

fn refused(name: &str) -> String {
    kept(&case(name), &Options::default()).unwrap_err().to_string()
}

/// A workbook of one sheet with this content.
fn book(sheet: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut part = |name: &str, text: &str| {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    part(
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    );
    part(
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
    );
    part(
        "xl/workbook.xml",
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>"#,
    );
    let sheet = format!(
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{sheet}</sheetData></worksheet>"#
    );
    part("xl/worksheets/sheet1.xml", &sheet);
    zip.finish().unwrap().into_inner()
}

fn of_book(sheet: &str) -> Result<Kept, ReadError> {
    let (_folder, path) = written("in.xlsx", &book(sheet));
    kept(&path, &Options::default())
}

#[test]
fn far_cells_are_refused_by_their_address_or_cost_nothing() {
    assert_eq!(refused("far-right.xlsx"), "it is too large: 16384 columns at XFD2; up to 1000 are read");
    // A blank in the far corner is nothing; a value far below is a record.
    assert_eq!(of_case("far-corner.xlsx").text(), ["A1|một", "A2|hai"]);
    assert_eq!(of_case("far-low.xlsx").text(), ["A1|một|-", "A2|hai|-", "-|-|x"]);
}

#[test]
fn every_kind_of_cell_has_its_form() {
    let read = of_case("kinds.xlsx");
    assert_eq!(
        read.text(),
        [
            "001|1945-09-02|2020-01-02T03:04:05.678|12:00:00|PT30H15M|0.125|1500000|001198000001|-|true|a",
            "002|1900-01-01|2020-01-02T00:00:00|18:00:00|PT12H|1|0.1|079198000001|-|false|123",
        ]
    );
    let classes: Vec<Class> = read.columns.iter().map(|column| column.class).collect();
    use Class::{Boolean, Date, Local, Real, Text};
    assert_eq!(classes, [Text, Date, Local, Text, Text, Real, Real, Text, Text, Boolean, Text]);
    assert_eq!(read.column("làm").declared, "duration");
    assert_eq!(read.cells("tiền"), [Cell::Integer(1_500_000), Cell::Real(0.1)]);
    assert!(
        read.remarks.contains("1 cells hold an error (#N/A, #DIV/0! …), the first at I2"),
        "{}",
        read.remarks
    );
    assert!(read.remarks.contains("2 numbers are read with the leading zeros"), "{}", read.remarks);
}

#[test]
fn the_calendar_of_1904_and_other_forms_are_read() {
    assert_eq!(of_case("epoch-1904.xlsx").text(), ["1|1945-09-02"]);
    let old = of_case("old.xls");
    assert_eq!(
        (old.text(), old.column("ngày").class),
        (vec!["001|1945-09-02|0.125".to_owned()], Class::Date)
    );
    let open = of_case("open.ods");
    assert_eq!(
        (open.names(), open.text()),
        (vec!["ma", "ngày", "giờ", "tỷ lệ"], vec!["001|1945-09-02|PT10H30M00S|0.125".to_owned()])
    );
}

#[test]
fn the_first_sheet_that_people_see_is_read_and_the_others_are_named() {
    let read = of_case("title.xlsx");
    assert!(
        read.remarks.contains("sheet Dữ liệu is read; there are 2: Bìa (hidden), Dữ liệu"),
        "{}",
        read.remarks
    );
    assert!(!read.rows.is_empty());
    let of = |sheet: &str| {
        kept(&case("merged.xlsx"), &Options { sheet: Some(sheet.into()), ..Options::default() })
    };
    assert_eq!(of("Ghi chú").unwrap().names(), ["x"]);
    assert_eq!(of("Ho\u{323}\u{302} nghe\u{300}o").unwrap().rows.len(), 2);
    let refused = of("Hộ").unwrap_err().to_string();
    assert_eq!(
        refused,
        "it has no sheet Hộ that can be read; there are: Bìa (hidden), Trống, Hộ nghèo, Ghi chú"
    );
    let sheets = crate::snapshot::read::sheets(&case("title.xlsx")).unwrap();
    assert_eq!(
        sheets.iter().map(|sheet| (sheet.name.as_str(), sheet.hidden)).collect::<Vec<_>>(),
        [("Bìa", true), ("Dữ liệu", false)]
    );
}

#[test]
fn a_head_of_two_rows_below_a_title_is_joined() {
    let read = of_case("merged.xlsx");
    assert_eq!(read.names(), ["STT", "Họ tên", "Nơi ở Xã", "Nơi ở Thôn", "Thu nhập"]);
    assert_eq!(
        read.text(),
        ["1|Nguyễn Văn A|Kỳ Phú|Phú Lợi|900000", "2|Trần Thị B|Kỳ Anh|Tân Giang|1200000.5"]
    );
    for told in [
        "the head is of two rows, 3 and 4",
        "the head is row 4; left out above it: DANH SÁCH",
        "row 5 below the head is left out",
    ] {
        assert!(read.remarks.contains(told), "{told}: {}", read.remarks);
    }
    let asked = Options { head: Some(3), ..Options::default() };
    assert_eq!(kept(&case("merged.xlsx"), &asked).unwrap().names(), read.names());
}

#[test]
fn formulas_give_their_results_or_are_told() {
    assert_eq!(of_case("formula.xlsx").text().len(), 1);
    let read = of_case("formula-no-cache.xlsx");
    assert_eq!(read.text()[0], "1|Unreadable|Unreadable");
    assert!(
        read.remarks.contains("3 formulas have no result in the file, the first at B2"),
        "{}",
        read.remarks
    );
}

#[test]
fn lost_zeros_and_digits_are_told() {
    let read = of_case("cccd.xlsx");
    assert!(
        read.remarks
            .contains("column so_dinh_danh: 6 cells are numbers, the first at A2, that may have lost"),
        "{}",
        read.remarks
    );
    assert_eq!(
        read.cells("so_dinh_danh")[5..],
        [Cell::Integer(1_198_000_006), Cell::Text("001198000007".into())]
    );
    assert_eq!(of_case("stt.xlsx").columns[0].class, Class::Integer);
    let read = of_book(r#"<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="A2"><v>12345678901234567</v></c></row>"#).unwrap();
    assert!(read.remarks.contains("1 numbers have more than 15 digits, the first at A2"), "{}", read.remarks);
}

#[test]
fn days_that_no_calendar_has_break_their_cell() {
    for (days, is_1904, text) in [
        (60.0, false, None),
        (59.0, false, Some("1900-02-28")),
        (61.0, false, Some("1900-03-01")),
        (1.0, false, Some("1900-01-01")),
        (0.0, true, Some("1904-01-01")),
        (-1.0, false, None),
        (1e9, false, None),
        (f64::NAN, false, None),
        (2_958_465.0, false, Some("9999-12-31")),
        (0.999_999_999_9, false, None),
        (45_292.999_999_999_9, false, Some("2024-01-02")),
    ] {
        let cell = Value::Moment(days, is_1904).cell(false);
        match text {
            Some(text) => assert_eq!(cell, Cell::Text(text.into()), "{days}"),
            None => assert!(!matches!(&cell, Cell::Text(text) if text.len() == 10), "{days}: {cell:?}"),
        }
    }
}

#[test]
fn bombs_and_other_files_are_refused() {
    let refused = |name: &str, bytes: &[u8]| {
        let (_folder, path) = written(name, bytes);
        kept(&path, &Options::default()).unwrap_err().to_string()
    };
    assert!(refused("in.xls", b"<html><table>").contains("it begins with <html><table>"));
    assert!(refused("in.xlsx", b"PK\x03\x04 broken").starts_with("it is not XLSX, XLS or ODS"));
    let cut = std::fs::read(case("kinds.xlsx")).unwrap();
    assert!(refused("in.xlsx", &cut[..3000]).starts_with("it is not XLSX, XLS or ODS"));
    let bomb = |name: &str, text: &[u8], times: usize| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        let many = text.repeat(1024);
        (0..times).for_each(|_| zip.write_all(&many).unwrap());
        zip.finish().unwrap().into_inner()
    };
    let long = bomb("xl/worksheets/sheet1.xml", &[b'x'; 1024], 17);
    assert!(refused("in.xlsx", &long).contains("bytes at xl/worksheets/sheet1.xml; up to 16777216 are read"));
    let row = br#"<table:table table:name="a"><table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384" office:value-type="float"/></table:table-row>"#;
    assert!(refused("in.ods", &bomb("content.xml", row, 1)).contains("cells at content.xml, row 1048576"));
}

#[test]
fn rows_out_of_order_are_refused() {
    let row = |number: u32| format!(r#"<row r="{number}"><c r="A{number}"><v>{number}</v></c></row>"#);
    let error = of_book(&[row(1), row(3), row(2)].concat()).unwrap_err().to_string();
    assert_eq!(error, "it is broken at A2: rows out of order");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn no_sheet_makes_it_panic(sheet in r#"(<row r="[0-9]{1,3}">|</row>|<c r="[A-C][0-9]" s="[0-9]" t="[snbed]">|<c>|</c>|<v>[0-9.eE-]{0,5}</v>|<f>A1</f>|<is><t>x</t></is>){0,20}"#) {
        proptest::prop_assert!(!matches!(of_book(&sheet), Err(ReadError::Panicked(_))));
    }
}
