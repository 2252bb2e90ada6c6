//! Where everything stands on the page, in points from its upper left corner: the one place that knows the form of Decree 30/2020.

use crate::face::{Face, wrap};
use crate::{Block, Paper, Table, plain};

/// Points of a millimetre.
const MM: f32 = 72.0 / 25.4;
/// A4.
pub(crate) const WIDTH: f32 = 210.0 * MM;
pub(crate) const HEIGHT: f32 = 297.0 * MM;
/// Margins: Decree 30/2020, annex I, part I, section I: above and below 20 to 25 mm, left 30 to 35, right 15 to 20.
const TOP: f32 = 20.0 * MM;
const BOTTOM: f32 = HEIGHT - 20.0 * MM;
const LEFT: f32 = 30.0 * MM;
const RIGHT: f32 = WIDTH - 15.0 * MM;
/// Where the agency's half of the head ends, and the country's begins.
const AGENCY_ENDS: f32 = LEFT + 66.0 * MM;
const COUNTRY_BEGINS: f32 = LEFT + 69.0 * MM;
/// Sizes: of the country's name and the agency's 12 to 13, of the text 13 to 14, of the recipients 12 and 11.
const HEAD: f32 = 12.0;
const TEXT: f32 = 13.0;
const CELL: f32 = 11.0;
const RECIPIENT: f32 = 11.0;
/// Height of a line beside its size, single spaced as Liberation Serif has it.
const LINE: f32 = 1.15;
/// How far the first line of a paragraph is set in: 1 cm.
const INDENT: f32 = 10.0 * MM;
/// By how many ems a space is made wider; a line that needs more is left as it is.
const STRETCH_MAX: f32 = 0.6;
/// What is between a cell's text and its border.
const PAD: f32 = 3.0;
/// Room for signature and seal.
const SEAL: f32 = 16.0 * MM;

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) x: f32,
    /// Of its baseline.
    pub(crate) y: f32,
    pub(crate) face: Face,
    pub(crate) size: f32,
    /// By how many ems its spaces are wider.
    pub(crate) stretch: f32,
    pub(crate) text: String,
}

/// What is drawn and is no text: a rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mark {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

/// A part, for whoever has it read aloud.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    Title(Vec<Line>),
    Heading(Vec<Line>),
    Paragraph(Vec<Line>),
    /// Rows of cells, the heads first.
    Table(Vec<Vec<Vec<Line>>>),
}

/// A page that is laid out.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub(crate) parts: Vec<Part>,
    pub(crate) marks: Vec<Mark>,
    /// Where it ends.
    bottom: f32,
}

impl Layout {
    pub(crate) fn fits(&self) -> bool {
        self.bottom <= BOTTOM
    }
}

/// How a text stands between two edges.
#[derive(Clone, Copy, PartialEq)]
enum Stand {
    Left,
    Centre,
    Right,
    /// From edge to edge, the first line set in, the last as it comes.
    Both,
}

/// A face at a size, between two edges.
#[derive(Clone, Copy)]
struct Set {
    face: Face,
    size: f32,
    edges: (f32, f32),
    stand: Stand,
}

impl Set {
    fn new(face: Face, size: f32, edges: (f32, f32), stand: Stand) -> Self {
        Self { face, size, edges, stand }
    }

    fn line_height(self) -> f32 {
        self.size * LINE
    }

    /// The lines of a text from `top` on, and where they end.
    fn lines(self, text: &str, top: f32) -> (Vec<Line>, f32) {
        let (left, right) = self.edges;
        let first = if self.stand == Stand::Both { INDENT } else { 0.0 };
        let texts = wrap(&plain(text), self.face, self.size, right - left, first);
        let last = texts.len().saturating_sub(1);
        let (mut lines, mut y) = (Vec::new(), top);
        for (number, text) in texts.into_iter().enumerate() {
            let width = self.face.width(&text, self.size);
            let indent = if number == 0 { first } else { 0.0 };
            let spare = right - left - indent - width;
            let x = match self.stand {
                Stand::Left | Stand::Both => left + indent,
                Stand::Centre => left + spare / 2.0,
                Stand::Right => left + spare,
            };
            let spaces = u16::try_from(text.matches(' ').count()).unwrap_or(u16::MAX);
            let stretch = match self.stand {
                Stand::Both if number < last && spaces > 0 => {
                    let stretch = spare / f32::from(spaces) / self.size;
                    if stretch <= STRETCH_MAX { stretch } else { 0.0 }
                }
                _ => 0.0,
            };
            // The baseline stands so far down that marks above and below a letter have their room.
            let baseline = y + self.size * 0.92;
            lines.push(Line { x, y: baseline, face: self.face, size: self.size, stretch, text });
            y += self.line_height();
        }
        (lines, y)
    }
}

/// Lays out a paper.
pub(crate) fn lay_out(paper: &Paper) -> Layout {
    let mut layout = Layout::default();
    let mut y = head(&mut layout, paper) + 12.0;
    let whole = (LEFT, RIGHT);
    let title = Set::new(Face::Bold, TEXT + 1.0, whole, Stand::Centre);
    let (mut lines, end) = title.lines(&paper.kind, y);
    let subject = Set::new(Face::Bold, TEXT, whole, Stand::Centre);
    let (more, end) = subject.lines(&paper.subject, end);
    layout.rule_under(&more, whole, end + 2.0);
    lines.extend(more);
    layout.parts.push(Part::Title(lines));
    y = end + 9.0;
    for block in &paper.body {
        y = match block {
            Block::Heading(text) => {
                let set = Set::new(Face::Bold, TEXT, (LEFT + INDENT, RIGHT), Stand::Left);
                let (lines, end) = set.lines(text, y + 3.0);
                layout.parts.push(Part::Heading(lines));
                end + 1.0
            }
            Block::Paragraph(text) => {
                let (lines, end) = Set::new(Face::Regular, TEXT, whole, Stand::Both).lines(text, y);
                layout.parts.push(Part::Paragraph(lines));
                end + 3.0
            }
            Block::Table(table) => self::table(&mut layout, table, y + 2.0) + 4.0,
        };
    }
    layout.bottom = foot(&mut layout, paper, y + 6.0);
    layout
}

impl Layout {
    fn put(&mut self, set: Set, text: &str, top: f32) -> f32 {
        let (lines, end) = set.lines(text, top);
        if !lines.is_empty() {
            self.parts.push(Part::Paragraph(lines));
        }
        end
    }

    /// A rule in the middle, two fifths as long as the last line above it: between a third and a half, as the decree asks.
    fn rule_under(&mut self, lines: &[Line], edges: (f32, f32), y: f32) {
        let Some(last) = lines.last() else { return };
        let width = last.face.width(&last.text, last.size) * 0.4;
        self.marks.push(Mark { x: (edges.0 + edges.1 - width) / 2.0, y, width, height: 0.6 });
    }
}

/// The agency with its number at the left, the country with place and date at the right. Returns where they end.
fn head(layout: &mut Layout, paper: &Paper) -> f32 {
    let (left, right) = ((LEFT, AGENCY_ENDS), (COUNTRY_BEGINS, RIGHT));
    let centre = |face, size, edges| Set::new(face, size, edges, Stand::Centre);
    let mut agency = TOP;
    if let Some(above) = &paper.above {
        agency = layout.put(centre(Face::Regular, HEAD, left), &above.to_uppercase(), agency);
    }
    let (lines, end) = centre(Face::Bold, HEAD, left).lines(&paper.agency.to_uppercase(), agency);
    layout.rule_under(&lines, left, end + 2.0);
    layout.parts.push(Part::Paragraph(lines));
    agency = layout.put(centre(Face::Regular, TEXT, left), &paper.number, end + 8.0);
    let [name, motto] = &paper.country;
    let mut country = layout.put(centre(Face::Bold, HEAD, right), name, TOP);
    let (lines, end) = centre(Face::Bold, TEXT, right).lines(motto, country);
    if let Some(last) = lines.last() {
        // Under the motto the rule is as long as it.
        let width = last.face.width(&last.text, last.size);
        layout.marks.push(Mark { x: last.x, y: end + 2.0, width, height: 0.6 });
    }
    layout.parts.push(Part::Paragraph(lines));
    country = layout.put(centre(Face::Italic, TEXT, right), &paper.place_and_date, end + 8.0);
    agency.max(country)
}

/// A table with its borders. Returns where it ends.
fn table(layout: &mut Layout, table: &Table, top: f32) -> f32 {
    let shares: f32 = table.columns.iter().map(|column| f32::from(column.share)).sum();
    let mut edges = vec![LEFT];
    for column in &table.columns {
        let before = edges.last().copied().unwrap_or(LEFT);
        edges.push(before + (RIGHT - LEFT) * f32::from(column.share) / shares.max(1.0));
    }
    let heads: Vec<String> = table.columns.iter().map(|column| column.head.clone()).collect();
    let (mut rows, mut y) = (Vec::new(), top);
    layout.marks.push(Mark { x: LEFT, y, width: RIGHT - LEFT, height: 0.5 });
    for (number, row) in std::iter::once(&heads).chain(&table.rows).enumerate() {
        let (mut cells, mut end) = (Vec::new(), y);
        for ((cell, column), edge) in row.iter().zip(&table.columns).zip(edges.windows(2)) {
            let [left, right] = edge else { continue };
            let stand = match (number, column.number) {
                (0, _) => Stand::Centre,
                (_, true) => Stand::Right,
                (_, false) => Stand::Left,
            };
            let face = if number == 0 { Face::Bold } else { Face::Regular };
            let (lines, below) = Set::new(face, CELL, (left + PAD, right - PAD), stand).lines(cell, y + 1.5);
            end = end.max(below + 1.5);
            cells.push(lines);
        }
        rows.push(cells);
        y = end;
        layout.marks.push(Mark { x: LEFT, y, width: RIGHT - LEFT, height: 0.5 });
    }
    layout.marks.extend(edges.iter().map(|x| Mark { x: *x, y: top, width: 0.5, height: y - top + 0.5 }));
    layout.parts.push(Part::Table(rows));
    y
}

/// Those who get it at the left, the signature at the right. Returns where they end.
fn foot(layout: &mut Layout, paper: &Paper, top: f32) -> f32 {
    let left = (LEFT, LEFT + 80.0 * MM);
    let mut end =
        layout.put(Set::new(Face::BoldItalic, HEAD, left, Stand::Left), &paper.recipients_title, top);
    for recipient in &paper.recipients {
        end = layout.put(Set::new(Face::Regular, RECIPIENT, left, Stand::Left), recipient, end);
    }
    let right = (LEFT + 84.0 * MM, RIGHT);
    let bold = Set::new(Face::Bold, TEXT, right, Stand::Centre);
    let signed = layout.put(bold, &paper.signer, top) + SEAL;
    let signed = layout.put(bold, &paper.name, signed);
    end.max(signed)
}
