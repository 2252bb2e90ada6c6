//! A paper as DOCX: Office Open XML, the few elements that a page of text needs.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::result::ZipError;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::{Block, Paper, Table, plain};

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>"#;
/// The page of Decree 30/2020 in twentieths of a point: A4, 20 mm above and below, 30 left, 15 right.
const SECTION: &str = r#"<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="850" w:bottom="1134" w:left="1701" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>"#;
/// Between the margins.
const WIDTH: u32 = 11906 - 1701 - 850;

pub(crate) fn write(paper: &Paper) -> Result<Vec<u8>, ZipError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let files = [
        ("[Content_Types].xml", TYPES.to_owned()),
        ("_rels/.rels", RELATIONS.to_owned()),
        ("docProps/core.xml", core(paper)),
        ("word/document.xml", document(paper)),
    ];
    for (name, text) in files {
        // The time of the entry is the form's first day: the same paper is the same bytes.
        archive
            .start_file(name, SimpleFileOptions::default().last_modified_time(zip::DateTime::default()))?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

fn escaped(text: &str) -> String {
    plain(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn core(paper: &Paper) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title><dc:creator>Liên Thông</dc:creator><dc:language>{}</dc:language></cp:coreProperties>"#,
        escaped(&paper.title),
        paper.language
    )
}

/// How a paragraph looks.
#[derive(Clone, Copy, Default)]
struct Look {
    /// `center`, `both`, `right`; empty: left.
    stand: &'static str,
    /// In half points.
    size: u8,
    bold: bool,
    italic: bool,
    /// Whether its first line is set in by 1 cm.
    indent: bool,
    /// Points above and below it, in twentieths.
    space: (u16, u16),
    /// Stays with the paragraph that follows.
    keep: bool,
}

fn paragraph(text: &str, look: Look) -> String {
    let mut properties = String::new();
    if look.keep {
        properties.push_str("<w:keepNext/>");
    }
    let (before, after) = look.space;
    let _ = write!(
        properties,
        r#"<w:spacing w:before="{before}" w:after="{after}" w:line="240" w:lineRule="auto"/>"#
    );
    if look.indent {
        properties.push_str(r#"<w:ind w:firstLine="567"/>"#);
    }
    if !look.stand.is_empty() {
        let _ = write!(properties, r#"<w:jc w:val="{}"/>"#, look.stand);
    }
    let bold = if look.bold { "<w:b/>" } else { "" };
    let italic = if look.italic { "<w:i/>" } else { "" };
    format!(
        r#"<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="Times New Roman" w:cs="Times New Roman"/>{bold}{italic}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>"#,
        size = look.size,
        text = escaped(text)
    )
}

/// A rule, set in from both sides: an empty paragraph with a border above it.
fn rule(inset: u32) -> String {
    format!(
        r#"<w:p><w:pPr><w:pBdr><w:top w:val="single" w:sz="6" w:space="1" w:color="000000"/></w:pBdr><w:spacing w:before="20" w:after="0" w:line="120" w:lineRule="exact"/><w:ind w:left="{inset}" w:right="{inset}"/></w:pPr></w:p>"#
    )
}

fn document(paper: &Paper) -> String {
    let mut text = String::from(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>"#,
    );
    text.push_str(&head(paper));
    let title =
        Look { stand: "center", size: 28, bold: true, space: (240, 0), keep: true, ..Look::default() };
    text.push_str(&paragraph(&paper.kind, title));
    text.push_str(&paragraph(&paper.subject, Look { size: 26, space: (0, 0), ..title }));
    text.push_str(&rule(3400));
    for block in &paper.body {
        text.push_str(&match block {
            Block::Heading(heading) => paragraph(
                heading,
                Look { size: 26, bold: true, indent: true, space: (60, 20), keep: true, ..Look::default() },
            ),
            Block::Paragraph(said) => paragraph(
                said,
                Look { stand: "both", size: 26, indent: true, space: (0, 60), ..Look::default() },
            ),
            Block::Table(table) => self::table(table),
        });
    }
    text.push_str(&paragraph("", Look { size: 8, ..Look::default() }));
    text.push_str(&foot(paper));
    // The last paragraph of a document cannot be left out, and needs room.
    text.push_str(&paragraph("", Look { size: 2, ..Look::default() }));
    let _ = write!(text, "{SECTION}</w:body></w:document>");
    text
}

/// Two cells without borders.
fn beside(widths: [u32; 2], cells: [String; 2]) -> String {
    let [first, second] = cells;
    let [left, right] = widths;
    format!(
        r#"<w:tbl><w:tblPr><w:tblW w:w="{WIDTH}" w:type="dxa"/><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid><w:gridCol w:w="{left}"/><w:gridCol w:w="{right}"/></w:tblGrid><w:tr><w:tc><w:tcPr><w:tcW w:w="{left}" w:type="dxa"/></w:tcPr>{first}</w:tc><w:tc><w:tcPr><w:tcW w:w="{right}" w:type="dxa"/></w:tcPr>{second}</w:tc></w:tr></w:tbl>"#
    )
}

fn head(paper: &Paper) -> String {
    let centre = Look { stand: "center", size: 24, ..Look::default() };
    let bold = Look { bold: true, ..centre };
    let above =
        paper.above.as_ref().map(|above| paragraph(&above.to_uppercase(), centre)).unwrap_or_default();
    let agency = [
        above,
        paragraph(&paper.agency.to_uppercase(), bold),
        rule(1100),
        paragraph(&paper.number, Look { size: 26, ..centre }),
    ];
    let [name, motto] = &paper.country;
    let country = [
        paragraph(name, bold),
        paragraph(motto, Look { size: 26, ..bold }),
        rule(1200),
        paragraph(&paper.place_and_date, Look { size: 26, italic: true, ..centre }),
    ];
    beside([3742, WIDTH - 3742], [agency.concat(), country.concat()])
}

fn foot(paper: &Paper) -> String {
    let mut recipients =
        paragraph(&paper.recipients_title, Look { size: 24, bold: true, italic: true, ..Look::default() });
    for recipient in &paper.recipients {
        recipients.push_str(&paragraph(recipient, Look { size: 22, ..Look::default() }));
    }
    let bold = Look { stand: "center", size: 26, bold: true, ..Look::default() };
    // Room for signature and seal: 16 mm.
    let signature =
        [paragraph(&paper.signer, Look { space: (0, 900), ..bold }), paragraph(&paper.name, bold)];
    beside([WIDTH / 2, WIDTH - WIDTH / 2], [recipients, signature.concat()])
}

fn table(table: &Table) -> String {
    let shares: u32 = table.columns.iter().map(|column| u32::from(column.share)).sum();
    let width = |share: u8| WIDTH * u32::from(share) / shares.max(1);
    let grid: String =
        table.columns.iter().map(|column| format!(r#"<w:gridCol w:w="{}"/>"#, width(column.share))).collect();
    let edge = |side: &str| format!(r#"<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>"#);
    let borders: String = ["top", "left", "bottom", "right", "insideH", "insideV"].map(edge).concat();
    let row = |cells: Vec<&String>, is_head: bool| {
        let cell = |(cell, column): (&&String, &crate::Column)| {
            let stand = match (is_head, column.number) {
                (true, _) => "center",
                (false, true) => "right",
                (false, false) => "",
            };
            let look = Look { stand, size: 22, bold: is_head, ..Look::default() };
            let width = width(column.share);
            format!(
                r#"<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{}</w:tc>"#,
                paragraph(cell, look)
            )
        };
        let head = if is_head { "<w:trPr><w:tblHeader/></w:trPr>" } else { "" };
        format!("<w:tr>{head}{}</w:tr>", cells.iter().zip(&table.columns).map(cell).collect::<String>())
    };
    let head = row(table.columns.iter().map(|column| &column.head).collect(), true);
    let rows: String = table.rows.iter().map(|cells| row(cells.iter().collect(), false)).collect();
    format!(
        r#"<w:tbl><w:tblPr><w:tblW w:w="{WIDTH}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{head}{rows}</w:tbl>"#
    )
}
