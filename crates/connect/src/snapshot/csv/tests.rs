//! CSV as people and programs make it.

use proptest::prelude::*;

use super::*;
use crate::snapshot::read::tests::{Kept, case, kept, written};

fn read_of(bytes: &[u8]) -> Result<Kept, ReadError> {
    read_with(bytes, &Options::default())
}

fn read_with(bytes: &[u8], options: &Options) -> Result<Kept, ReadError> {
    let (_folder, path) = written("in.csv", bytes);
    kept(&path, options)
}

fn of_case(name: &str) -> Kept {
    kept(&case(name), &Options::default()).unwrap()
}

#[test]
fn blank_rows_at_the_end_are_left_out() {
    assert_eq!(of_case("blank-tail.csv").text(), ["A1|Một|00004", "A2|Hai|00007"]);
    assert_eq!(of_case("blank-spaces.csv").text(), ["A1|Một", "A2|Hai"]);
}

#[test]
fn separators_are_told_by_the_records() {
    let read = of_case("sep-line.csv");
    assert_eq!((read.names(), read.text()), (vec!["ma", "ten"], vec!["A1|Một".into(), "A2|Hai".to_owned()]));
    let read = of_case("newline-head.csv");
    assert_eq!(
        (read.names(), read.text()),
        (vec!["Mã số", "Tên", "Xã"], vec!["1|A|x".into(), "2|B|y".to_owned()])
    );
    assert_eq!(of_case("pipe.csv").text(), ["1|A, b", "2|B"]);
    let read = of_case("quoted-head.csv");
    assert_eq!(read.names(), ["Họ, chữ đệm, tên", "Mã"]);
    // Decimal commas are no separators, nor is a comma in every text.
    assert_eq!(read_of("tên;giá\nA;1,5\nB;2,5\n".as_bytes()).unwrap().text(), ["A|1,5", "B|2,5"]);
    assert_eq!(read_of("Họ, tên;mã\nNguyễn, A;1\n".as_bytes()).unwrap().text(), ["Nguyễn, A|1"]);
    assert_eq!(read_of(b"ten\nA, b, c\nd\ne\nf\n").unwrap().text(), ["A, b, c", "d", "e", "f"]);
    let comma = Options { delimiter: Some(','), ..Options::default() };
    assert_eq!(read_with(b"a;b,c\n1;2,3\n", &comma).unwrap().names(), ["a;b", "c"]);
    let refused = read_with(b"a\n", &Options { delimiter: Some('đ'), ..Options::default() }).unwrap_err();
    assert_eq!(refused.to_string(), "`delimiter` cannot be đ; it can be one character of ASCII");
}

#[test]
fn line_ends_of_every_system_are_read() {
    assert_eq!(of_case("cr.csv").text(), ["1|Nguyễn Văn A", "2|Đỗ Thị Ổn"]);
    let mixed = of_case("mixed.csv");
    assert_eq!(mixed.names(), ["ma", "ten", "ten_2"]);
    assert_eq!(mixed.text(), ["1|Nguyễn\nVăn A|x", "2|Đỗ Thị Ổn|y", "3|a\"b|z"]);
    assert!(mixed.remarks.contains("column 3 is called ten_2"));
}

#[test]
fn encodings_of_the_cases_are_read() {
    assert_eq!(of_case("utf16le.csv").text(), ["1|Nguyễn Văn A", "2|Đỗ Thị Ổn"]);
    let read = of_case("w1258.csv");
    assert_eq!(read.text(), ["1|Nguyễn Văn A", "2|Đỗ Thị Ổn"]);
    assert!(read.remarks.contains("windows-1258: 5/5 words"), "{}", read.remarks);
    // The head is put together; a cell stays as it is.
    let read = of_case("nfd.csv");
    assert_eq!(read.names(), ["ma", "Họ tên"]);
    assert_eq!(read.text(), ["1|Nguye\u{302}\u{303}n Va\u{306}n A"]);
}

#[test]
fn a_zero_byte_breaks_its_cell_alone() {
    assert_eq!(of_case("nul.csv").text(), ["1|Unreadable", "2|C"]);
}

#[test]
fn a_row_of_another_length_is_refused_with_its_line() {
    let refused = kept(&case("ragged.csv"), &Options::default()).unwrap_err().to_string();
    assert_eq!(refused, "line 3 has 2 cells and the head has 3");
    let refused = |bytes: &[u8]| read_of(bytes).unwrap_err().to_string();
    assert_eq!(refused(b"a;b\r1;\"x\r\ny\"\r2;x;y\r"), "line 4 has 3 cells and the head has 2");
    // Blank ones may be more; columns that are left out may be missing.
    assert_eq!(read_of(b"a;b;;\n1;2;;\n3;4\n5;6; ;;;\n").unwrap().text(), ["1|2", "3|4", "5|6"]);
    assert_eq!(
        refused(b"a;b\n1;\"x\n2;y\n3;z\n"),
        "the quotation mark in line 2 is not closed before the end of the file"
    );
}

#[test]
fn a_column_without_a_name_stays_if_it_has_a_value() {
    let read = read_of(b"a;;b;\n1;;2;\n3;x;4;\n").unwrap();
    assert_eq!(
        (read.names(), read.text()),
        (vec!["a", "cot_2", "b"], vec!["1|-|2".to_owned(), "3|x|4".into()])
    );
    assert!(read.remarks.contains("column 2 has no name and is called cot_2"));
}

#[test]
fn a_head_below_titles_is_found_and_said() {
    let text = "UBND HUYỆN KỲ ANH;;;\nDANH SÁCH HỘ NGHÈO;;;\n\nSTT;Họ tên;Xã;Thu nhập\n;;;(đồng)\n1;Nguyễn Văn A;Kỳ Phú;100\n2;Trần Thị B;;200\n";
    let read = read_of(text.as_bytes()).unwrap();
    assert_eq!(read.names(), ["STT", "Họ tên", "Xã", "Thu nhập"]);
    assert_eq!(read.text(), ["1|Nguyễn Văn A|Kỳ Phú|100", "2|Trần Thị B|-|200"]);
    assert!(
        read.remarks.contains("the head is row 4; left out above it: UBND HUYỆN KỲ ANH"),
        "{}",
        read.remarks
    );
    assert!(read.remarks.contains("row 5 below the head is left out"), "{}", read.remarks);
    let second = Options { head: Some(2), ..Options::default() };
    assert_eq!(read_with(b"x;y\na;b\n1;2\n", &second).unwrap().names(), ["a", "b"]);
    let none = Options { head: Some(9), ..Options::default() };
    assert_eq!(
        read_with(b"x;y\n1;2\n", &none).unwrap_err().to_string(),
        "there is nothing in row 9, which should be the head"
    );
    // Numbers of columns are no record, a record of numbers is one.
    let read = read_of("STT,Tên,Xã,Ghi chú\n1,2,3,4\n1,An,Kỳ Phú,mới\n2,Bé,Kỳ Anh,cũ\n".as_bytes()).unwrap();
    assert_eq!(read.rows.len(), 2);
    assert_eq!(read_of(b"a,b,c,d\n1,2,3,4\n5,6,7,8\n").unwrap().rows.len(), 2);
    // Few values below a name make no title of it.
    assert_eq!(read_of(b"ma;\n1;x\n2;y\n").unwrap().names(), ["ma", "cot_2"]);
}

#[test]
fn an_empty_file_has_no_head() {
    for bytes in [b"".as_slice(), b"\xef\xbb\xbf", b"\r\n\r\n", b";;\n", b"sep=;\n"] {
        assert!(matches!(read_of(bytes), Err(ReadError::Empty)), "{bytes:?}");
    }
    assert_eq!(read_of(b"a;b").unwrap().rows.len(), 0);
}

#[test]
fn wide_and_endless_records_are_refused() {
    let refused = |bytes: &[u8]| read_of(bytes).unwrap_err().to_string();
    let wide: Vec<u8> = (0..2000).flat_map(|number| format!("c{number};").into_bytes()).collect();
    assert_eq!(refused(&wide), "it is too large: 2000 columns at line 1; up to 1000 are read");
    assert!(refused(&b";".repeat(20_000)).contains("too large: 16385 columns at line 1"));
    let endless = [b"a\n\"".as_slice(), &vec![b'x'; 70 * 1024 * 1024]].concat();
    assert!(refused(&endless).contains("bytes at line"));
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        cells in prop::collection::vec("[ -~àđệ\r\n;|,\t\"]{0,12}", 3..30),
        delimiter in prop::sample::select(DELIMITERS.to_vec()),
        crlf in any::<bool>(),
    ) {
        let width = 3;
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).terminator(terminator).from_writer(Vec::new());
        writer.write_record(["ma", "ho_ten", "xa"]).unwrap();
        let rows: Vec<&[String]> = cells.chunks_exact(width).collect();
        rows.iter().for_each(|row| writer.write_record(*row).unwrap());
        let bytes = writer.into_inner().unwrap();
        let asked = Options { delimiter: Some(char::from(delimiter)), head: Some(1), ..Options::default() };
        let read = read_with(&bytes, &asked).unwrap();
        let kept = rows.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty()));
        // Brackets alone below the head are units.
        let text = |cell: &String| if cell.is_empty() { Cell::Null } else { Cell::Text(cell.clone()) };
        let expected: Vec<Vec<Cell>> = kept.map(|row| row.iter().map(text).collect()).collect();
        let units = expected.len() - read.rows.len();
        prop_assert!(units <= 1);
        prop_assert_eq!(&read.rows, &expected[units..]);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(prop_oneof![Just(b';'), Just(b'"'), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..200)) {
        prop_assert!(!matches!(read_of(&bytes), Err(ReadError::Panicked(_))));
    }
}
