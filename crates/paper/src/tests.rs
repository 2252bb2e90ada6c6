//! What is written stays what it is, on one page, whatever the names are; others' programs read it.

use std::path::PathBuf;
use std::process::Command;

use proptest::prelude::*;

use super::*;

fn paper(body: Vec<Block>) -> Paper {
    Paper {
        language: "vi",
        title: "Báo cáo tuần".into(),
        country: ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM".into(), "Độc lập - Tự do - Hạnh phúc".into()],
        above: None,
        agency: "Đơn vị vận hành nền tảng điều phối Liên Thông".into(),
        number: "Số:          /BC".into(),
        place_and_date: "Hà Nội, ngày 30 tháng 11 năm 2026".into(),
        kind: "BÁO CÁO".into(),
        subject: "Tình hình kết nối, chia sẻ dữ liệu".into(),
        body,
        recipients_title: "Nơi nhận:".into(),
        recipients: vec!["- Như trên;".into(), "- Lưu: VT.".into()],
        signer: "THỦ TRƯỞNG CƠ QUAN".into(),
        name: String::new(),
    }
}

fn said(text: &str) -> Vec<Block> {
    let column = |head: &str, share, number| Column { head: head.into(), share, number };
    vec![
        Block::Heading("1. Chậm tiến độ".into()),
        Block::Paragraph(format!("Tên: {text}.")),
        Block::Table(Table {
            columns: vec![column("Nội dung", 3, false), column("Ngày", 1, true)],
            rows: vec![vec![text.to_owned(), "12".into()]],
        }),
    ]
}

/// What a program says to a file that has these bytes.
fn asked(name: &str, bytes: &[u8], program: &str, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let arguments = arguments.iter().map(|word| if *word == "FILE" { path.to_str().unwrap() } else { word });
    let output =
        Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Everything but spaces: where lines end is the page's business.
fn letters(text: &str) -> String {
    text.nfc().filter(|c| !c.is_whitespace()).collect()
}

/// What names are made of that somebody would break out with, in whichever language a page might be written.
fn hostile() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "#set page(width: 1cm)",
        "$ x^2 $",
        "[",
        "]",
        "\\",
        "*đậm*",
        "_",
        "@nhãn",
        "<w:p>",
        "</w:t></w:r></w:p>",
        "&",
        "&amp;",
        "\"",
        "'",
        "]]>",
        "(",
        ")",
        "%",
        "\\input{a}",
        "BT",
        "ET",
        "endstream",
        "endobj",
        "{{ v }}",
        "Nguyễn Ánh",
        "Cơ sở dữ liệu",
        "ử",
        " ",
        "=1+1",
        "12",
        "Đ",
    ]);
    prop::collection::vec(bits, 1..20).prop_map(|bits| bits.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever a name is, all of it and nothing else is read back, from both forms, on one page of A4.
    #[test]
    fn names_stay_names_whatever_they_are_made_of(name in hostile()) {
        let paper = paper(said(&name));
        prop_assert!(paper.fits());
        let pdf = paper.pdf().unwrap();
        prop_assert_eq!(&pdf, &paper.pdf().unwrap());
        let told = asked("a.pdf", &pdf, "pdfinfo", &["FILE"]);
        prop_assert!(told.lines().any(|line| line.split_whitespace().eq(["Pages:", "1"])), "{}", told);
        prop_assert!(told.contains("(A4)"), "{}", told);
        let text = letters(&asked("a.pdf", &pdf, "pdftotext", &["-raw", "FILE", "-"]));
        let whole = letters(&format!("Tên: {}.", plain(&name)));
        prop_assert!(text.contains(&whole), "{} is not in {}", whole, text);
        prop_assert!(text.contains(&letters("Độc lập - Tự do - Hạnh phúc")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A text of whatever there is in Unicode is laid out within the page's width, and none of it is lost but what cannot be seen.
    #[test]
    fn no_text_is_wider_than_the_page_and_none_is_lost(text in "\\PC{0,300}") {
        let layout = lay::lay_out(&paper(vec![Block::Paragraph(text.clone())]));
        let mut all = String::new();
        for part in &layout.parts {
            let lay::Part::Paragraph(lines) = part else { continue };
            for line in lines {
                let spaces = line.text.matches(' ').count() as f32;
                let end = line.x + line.face.width(&line.text, line.size) + spaces * line.stretch * line.size;
                prop_assert!(end <= lay::WIDTH - 15.0 * 72.0 / 25.4 + 0.1, "{:?}", line);
                all.push_str(&line.text);
            }
        }
        prop_assert!(letters(&all).contains(&letters(&plain(&text))));
    }
}

#[test]
fn what_is_too_long_is_no_document() {
    let long = paper(said(&"dài ".repeat(3000)));
    assert!(!long.fits());
    assert_eq!(long.pdf(), Err(NotDrawn::TooLong));
    assert_eq!(short("một hai ba", 5), "một…");
    assert_eq!(plain("a\u{202e}b\n\tc\u{200b}  d"), "ab c d");
}

/// With `LIENTHONG_PAPER=FOLDER` the documents stay there, to be looked at.
#[test]
fn others_read_the_document() {
    let hostile = "</w:t> & <b> \u{7}\u{fffe} Đặng #[x]";
    let paper = paper(said(hostile));
    let docx = paper.docx().unwrap();
    if let Some(folder) = variable("LIENTHONG_PAPER") {
        std::fs::write(format!("{folder}/paper.docx"), &docx).unwrap();
        std::fs::write(format!("{folder}/paper.pdf"), paper.pdf().unwrap()).unwrap();
    }
    let python = variable("LIENTHONG_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let script = r"
import sys, docx
d = docx.Document(sys.argv[1])
s = d.sections[0]
print(round(s.page_width.mm), round(s.page_height.mm), *[round(m.mm) for m in (s.top_margin, s.bottom_margin, s.left_margin, s.right_margin)])
print(d.core_properties.title)
for t in d.tables:
    for r in t.rows:
        print('|'.join(c.text.replace('\n', ' ') for c in r.cells))
for p in d.paragraphs:
    print(p.text)
";
    let text = asked("a.docx", &docx, &python, &["-c", script, "FILE"]);
    assert!(text.starts_with("210 297 20 20 30 15\nBáo cáo tuần\n"), "{text}");
    assert!(text.contains("Độc lập - Tự do - Hạnh phúc"), "{text}");
    let name = plain(hostile);
    assert!(text.contains(&format!("{name}|12\n")) && text.contains(&format!("Tên: {name}.\n")), "{text}");
}
