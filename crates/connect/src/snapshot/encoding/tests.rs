//! Encodings, told by evidence.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::snapshot::read::tests::{kept, written};
use crate::value::Cell;

/// Text as an encoding writes it; none if it has no such character.
fn encoded(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
    let table: fn(u8) -> Option<&'static str> = match encoding {
        Encoding::Tcvn3 => legacy::tcvn3,
        Encoding::Vni => legacy::vni,
        Encoding::Utf8 => return Some(text.as_bytes().to_vec()),
        Encoding::Utf16Le => return Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Encoding::Utf16Be => return Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        Encoding::Windows1258 => {
            // Letters whole, tones behind them.
            use unicode_normalization::UnicodeNormalization as _;
            let mut parts = String::new();
            for c in text.chars() {
                let (mut tones, mut letter) = (String::new(), String::new());
                for part in c.to_string().nfd() {
                    let is_tone = matches!(part, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}');
                    if is_tone { tones.push(part) } else { letter.push(part) }
                }
                letter.nfc().chain(tones.chars()).for_each(|c| parts.push(c));
            }
            let (bytes, _, lost) = WINDOWS_1258.encode(&parts);
            return (!lost).then(|| bytes.into_owned());
        }
    };
    let mut bytes = Vec::new();
    for c in text.chars() {
        if c.is_ascii() {
            bytes.push(c as u8);
            continue;
        }
        let whole = c.to_string();
        let one = (0x80..=0xff).filter(|byte| table(*byte) == Some(whole.as_str())).find(|byte| {
            // Capital and small letters have their own marks in VNI.
            encoding == Encoding::Tcvn3 || (*byte >= 0xe0) == c.is_lowercase() || *byte < 0xc0
        });
        if let Some(byte) = one {
            bytes.push(byte);
            continue;
        }
        if encoding == Encoding::Tcvn3 {
            return None;
        }
        let bases = (b'A'..=b'z').map(|byte| (vec![byte], char::from(byte).to_string()));
        let more = [0xd4_u8, 0xd6, 0xf4, 0xf6].map(|byte| (vec![byte], table(byte).unwrap().to_owned()));
        let found = bases.chain(more).find_map(|(base, letter)| {
            let marks = if c.is_uppercase() { 0xc0..=0xdf } else { 0xe0..=0xff };
            marks.clone().find_map(|mark| {
                let joined = model::text::nfc(&format!("{letter}{}", table(mark)?));
                (joined == whole && joined.chars().count() == 1).then(|| [base.clone(), vec![mark]].concat())
            })
        });
        bytes.extend(found?);
    }
    Some(bytes)
}

fn read_back(bytes: &[u8], encoding: Encoding) -> String {
    let mut text = String::new();
    decoded(bytes, encoding).read_to_string(&mut text).unwrap();
    model::text::nfc(&text)
}

const PEOPLE: [&str; 12] = [
    "Nguyễn Văn Anh",
    "Trần Thị Bưởi",
    "Lê Hoàng Đức",
    "Phạm Thuỳ Dương",
    "Huỳnh Ngọc Hiển",
    "Đặng Quốc Khánh",
    "Vũ Thị Mỹ Lệ",
    "Bùi Đình Nghĩa",
    "Đỗ Xuân Quý",
    "Hồ Sĩ Tuấn",
    "Ngô Thị Uyên",
    "xã Yên Phụ, huyện Kỳ Anh",
];

fn table(people: &[&str]) -> String {
    let mut text = "mã;họ tên\r\n".to_owned();
    for (number, name) in people.iter().enumerate() {
        let _ = write!(text, "{number};{name}\r\n");
    }
    text
}

#[test]
fn every_encoding_is_told_by_evidence_and_read_right() {
    for encoding in [
        Encoding::Utf8,
        Encoding::Utf16Le,
        Encoding::Utf16Be,
        Encoding::Windows1258,
        Encoding::Tcvn3,
        Encoding::Vni,
    ] {
        let bytes = encoded(&table(&PEOPLE), encoding).unwrap();
        let (_folder, path) = written("in.csv", &bytes);
        let (found, remarks) = detect(&path, &Options::default()).unwrap();
        assert_eq!(found, encoding, "{remarks:?}");
        assert_eq!(remarks.is_empty(), encoding == Encoding::Utf8);
        let read = kept(&path, &Options::default()).unwrap();
        assert_eq!(read.names(), ["mã", "họ tên"], "{encoding:?}");
        assert_eq!(read.cells("họ tên"), PEOPLE.map(|name| Cell::Text(name.to_owned())), "{encoding:?}");
    }
}

#[test]
fn the_evidence_is_shown_and_can_be_overruled() {
    let bytes = encoded(&table(&PEOPLE), Encoding::Tcvn3).unwrap();
    let (_folder, path) = written("in.csv", &bytes);
    let shown = format!("{:?}", detect(&path, &Options::default()).unwrap().1);
    assert!(shown.contains("encoding: TCVN3. TCVN3: 41/41 words with marks read as Vietnamese, "), "{shown}");
    let options = |name: &str| Options { encoding: Some(name.into()), ..Options::default() };
    assert_eq!(detect(&path, &options("VNI")).unwrap().0, Encoding::Vni);
    let refused = detect(&path, &options("latin1")).unwrap_err().to_string();
    assert_eq!(refused, format!("`encoding` cannot be latin1; it can be {ENCODINGS}"));
}

#[test]
fn what_nothing_reads_is_refused_with_its_bytes() {
    let (_folder, path) = written("in.csv", b"a;b\n1;x\n2;caf\xe9 \xfc\xfe\xff M\xfcller\n");
    let refused = detect(&path, &Options::default()).unwrap_err().to_string();
    assert!(
        refused.starts_with("line 3 is not UTF-8 (bytes E9) and no other encoding is convincing ("),
        "{refused}"
    );
    assert!(
        refused.ends_with("or set `encoding` to one of utf-8, utf-16le, utf-16be, windows-1258, tcvn3, vni")
    );
}

#[test]
fn one_broken_cell_makes_no_other_file_of_it() {
    let mut bytes = table(&PEOPLE).into_bytes();
    bytes.extend(b"12;Nguy\xe1\xbb n\r\n13;B\xc3\xacnh\r\n");
    let (_folder, path) = written("in.csv", &bytes);
    let read = kept(&path, &Options::default()).unwrap();
    assert!(read.remarks.contains("the first in line 14"), "{}", read.remarks);
    let rows = read.text();
    assert_eq!((rows[12].as_str(), rows[13].as_str(), rows.len()), ("12|NotUtf8", "13|Bình", 14));
}

#[test]
fn a_mark_of_utf8_is_believed() {
    let (_folder, path) = written("in.csv", b"\xef\xbb\xbfma;ten\n1;\xb8\xb9\n2;\xe1\n");
    let read = kept(&path, &Options::default()).unwrap();
    assert_eq!(read.text(), ["1|NotUtf8", "2|NotUtf8"]);
    assert!(
        read.remarks.contains("2 of 3 runs of marked letters are broken, the first in line 2"),
        "{}",
        read.remarks
    );
}

#[test]
fn half_a_character_of_utf16_breaks_its_cell_alone() {
    let mut bytes = encoded("ma;ten\n1;", Encoding::Utf16Le).unwrap();
    bytes.extend([0x00, 0xd8]);
    bytes.extend(encoded("x\n2;ổn\n", Encoding::Utf16Le).unwrap());
    let (_folder, path) = written("in.csv", &bytes);
    assert_eq!(kept(&path, &Options::default()).unwrap().text(), ["1|NotUtf8", "2|ổn"]);
}

#[test]
fn tcvn3_is_what_the_standard_says() {
    // From glibc's TCVN, bytes B5 to FE.
    let standard = "àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵ";
    let ours: String = (0xb5..=0xfe).map(|byte| legacy::tcvn3(byte).unwrap()).collect();
    assert_eq!(ours, standard);
}

#[test]
fn vni_is_what_its_fonts_show() {
    for (bytes, text) in [
        (b"Nguye\xe3n Va\xean".as_slice(), "Nguyễn Văn"),
        (b"Tr\xf6\xf4\xf8ng \xf1a\xefi ho\xefc", "Trường đại học"),
        (b"CO\xc4NG HO\xc0A XA\xd5 HO\xc4I", "CỘNG HỒA XÃ HỘI"),
        (b"\xd1o\xe4c la\xe4p - T\xf6\xef do - Ha\xefnh phu\xf9c", "Độc lập - Tự do - Hạnh phúc"),
        (b"th\xf2 tra\xe1n K\xd6", "thị trấn KƯ"),
    ] {
        assert_eq!(read_back(bytes, Encoding::Vni), text);
    }
}

proptest! {
    // Each case tries all bytes for each letter, in all encodings.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_encoded_is_read(text in "[ -~àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđĐĂÂÊÔƠƯ]{0,60}") {
        for encoding in [Encoding::Tcvn3, Encoding::Vni, Encoding::Windows1258, Encoding::Utf16Be] {
            let bytes = encoded(&text, encoding).unwrap();
            prop_assert_eq!(read_back(&bytes, encoding), text.as_str());
        }
    }

    #[test]
    fn some_names_are_enough_to_tell_the_encoding(picked in prop::sample::subsequence(PEOPLE.to_vec(), 3..12)) {
        for encoding in [Encoding::Tcvn3, Encoding::Vni, Encoding::Windows1258] {
            let bytes = encoded(&table(&picked), encoding).unwrap();
            let (_folder, path) = written("in.csv", &bytes);
            prop_assert_eq!(detect(&path, &Options::default()).unwrap().0, encoding);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let (_folder, path) = written("in.csv", &bytes);
        let _ = detect(&path, &Options::default());
        for encoding in [Encoding::Tcvn3, Encoding::Vni, Encoding::Windows1258, Encoding::Utf16Be, Encoding::Utf8] {
            let mut text = Vec::new();
            decoded(bytes.as_slice(), encoding).read_to_end(&mut text).unwrap();
        }
    }
}
