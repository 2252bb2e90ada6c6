//! Charts as SVG, each with a title and a description for those who do not see it. What was not measured is hatched, never zero.

pub(crate) mod course;
pub(crate) mod dial;
pub(crate) mod heat;
pub(crate) mod spread;

use std::fmt::Write as _;

pub(crate) struct Bar {
    /// The name of the count, for machines.
    pub(crate) figure: String,
    /// What it stands for.
    pub(crate) label: String,
    /// How many.
    pub(crate) count: i64,
    /// Whether that was measured; if not, the bar counts what was not, and is hatched.
    pub(crate) measured: bool,
}

/// A cell of a strip.
pub(crate) struct Cell {
    /// Which.
    pub(crate) label: String,
    /// The share that went well, in percent; none: nothing was counted.
    pub(crate) share: Option<i64>,
}

/// A text inside of markup.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn begin(title: &str, desc: &str, width: usize, height: usize) -> String {
    format!(
        "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\"><title>{title}</title><desc>{desc}</desc>\
         <defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <rect width=\"6\" height=\"6\" class=\"paper\"/><rect width=\"2\" height=\"6\" class=\"line\"/></pattern></defs>",
        title = escape(title),
        desc = escape(desc),
    )
}

/// Bars from zero, each with its label and its number.
pub(crate) fn bars(title: &str, desc: &str, rows: &[Bar]) -> String {
    const ROW: usize = 30;
    let most = rows.iter().map(|row| row.count).max().unwrap_or(0).max(1);
    let mut svg = begin(title, desc, 640, rows.len() * ROW);
    for (at, row) in rows.iter().enumerate() {
        let (y, length) = (at * ROW, row.count.max(0) * 340 / most);
        let class = if row.measured { "bar" } else { "bar unmeasured" };
        let _ = write!(
            svg,
            "<text x=\"210\" y=\"{}\" text-anchor=\"end\">{}</text><rect class=\"{class}\" x=\"220\" y=\"{}\" width=\"{length}\" height=\"20\"/>\
             <text data-figure=\"{}\" data-of=\"\" data-value=\"{}\" x=\"{}\" y=\"{}\">{}</text>",
            y + 20,
            escape(&row.label),
            y + 5,
            escape(&row.figure),
            row.count,
            228 + length,
            y + 20,
            row.count
        );
    }
    svg + "</svg>"
}

/// How a count went, from the first day to the last: a line from zero up, with the first and the last count beside it.
pub(crate) fn trend(title: &str, desc: &str, points: &[(String, i64)]) -> String {
    const WIDTH: i64 = 240;
    const HEIGHT: i64 = 60;
    let most = points.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let steps = i64::try_from(points.len()).unwrap_or(1).max(2) - 1;
    let mut svg = begin(title, desc, 320, 80);
    let mut path = String::new();
    for (at, (day, count)) in (0i64..).zip(points) {
        let (x, y) = (40 + at * WIDTH / steps, 10 + HEIGHT - count.max(&0) * HEIGHT / most);
        let _ = write!(path, "{}{x} {y}", if at == 0 { 'M' } else { 'L' });
        let _ = write!(
            svg,
            "<circle class=\"point\" cx=\"{x}\" cy=\"{y}\" r=\"3\"><title>{}: {count}</title></circle>",
            escape(day)
        );
        if at == 0 {
            let _ = write!(svg, "<text x=\"32\" y=\"{}\" text-anchor=\"end\">{count}</text>", y + 5);
        } else if at == steps {
            let _ = write!(svg, "<text x=\"{}\" y=\"{}\">{count}</text>", x + 8, y + 5);
        }
    }
    let _ = write!(svg, "<path class=\"trend\" d=\"{path}\"/>");
    svg + "</svg>"
}

/// A strip of cells: how well each went. Beside colour, a cell that went badly has a mark, one that was not counted is hatched.
pub(crate) fn heat_strip(title: &str, desc: &str, cells: &[Cell]) -> String {
    const CELL: usize = 10;
    let mut svg = begin(title, desc, cells.len().max(1) * CELL, 32);
    for (at, cell) in cells.iter().enumerate() {
        let (class, told) = match cell.share {
            None => ("none", "–".to_owned()),
            Some(share @ 99..) => ("good", format!("{share} %")),
            Some(share @ 90..) => ("fair", format!("{share} %")),
            Some(share) => ("bad", format!("{share} %")),
        };
        let x = at * CELL;
        let _ = write!(
            svg,
            "<g><title>{}: {told}</title><rect class=\"cell {class}\" x=\"{x}\" y=\"0\" width=\"{}\" height=\"28\"/>",
            escape(&cell.label),
            CELL - 1
        );
        if class == "bad" {
            let _ = write!(svg, "<path class=\"mark\" d=\"M{} 9l5 10m0 -10l-5 10\"/>", x + 2);
        }
        svg.push_str("</g>");
    }
    svg + "</svg>"
}

/// A tile of a map.
pub(crate) struct Tile {
    /// What it stands for.
    pub(crate) label: String,
    /// Where it is.
    pub(crate) column: usize,
    /// Where it is.
    pub(crate) row: usize,
    /// `measured`, `not_measured`, `no_node`, `absent`.
    pub(crate) state: String,
    /// The state in words.
    pub(crate) told: String,
    /// What was measured, in percent.
    pub(crate) share: Option<i64>,
    /// Whether it is an archipelago, which belongs to a province and is drawn apart.
    pub(crate) island: bool,
}

/// A map of tiles, all of one size.
pub(crate) fn tile_map(title: &str, desc: &str, tiles: &[Tile]) -> String {
    const WIDTH: usize = 88;
    const HEIGHT: usize = 44;
    let columns = tiles.iter().map(|tile| tile.column + 1).max().unwrap_or(1);
    let rows = tiles.iter().map(|tile| tile.row + 1).max().unwrap_or(1);
    let mut svg = begin(title, desc, columns * WIDTH, rows * HEIGHT);
    for tile in tiles {
        let shade = match (tile.state.as_str(), tile.share) {
            ("measured", Some(75..)) => "shade4".to_owned(),
            ("measured", Some(50..)) => "shade3".to_owned(),
            ("measured", Some(25..)) => "shade2".to_owned(),
            ("measured", Some(1..)) => "shade1".to_owned(),
            ("measured", _) => "shade0".to_owned(),
            (state, _) => state.to_owned(),
        };
        let (x, y) = (tile.column * WIDTH, tile.row * HEIGHT);
        let shown = tile.share.map_or_else(|| "–".to_owned(), |share| format!("{share} %"));
        let _ = write!(
            svg,
            "<g class=\"tile {shade}{}\"><title>{label}: {told}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\
             <text x=\"{center}\" y=\"{}\" text-anchor=\"middle\">{label}</text><text x=\"{center}\" y=\"{}\" text-anchor=\"middle\">{shown}</text></g>",
            if tile.island { " island" } else { "" },
            x + 1,
            y + 1,
            WIDTH - 2,
            HEIGHT - 2,
            y + 18,
            y + 35,
            label = escape(&tile.label),
            told = escape(&tile.told),
            center = x + WIDTH / 2,
        );
    }
    svg + "</svg>"
}

/// A QR code: for those who cannot see it, the text stands beside it on the page. Nothing for what is too long for one.
pub(crate) fn square_code(text: &str) -> Option<String> {
    let code = qrcode::QrCode::new(text).ok().filter(|_| !text.is_empty())?;
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == qrcode::Color::Dark {
            let _ = write!(path, "M{} {}h1v1h-1z", at % width + 4, at / width + 4);
        }
    }
    let side = width + 8;
    Some(format!(
        "<svg class=\"square\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"QR\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_says_what_it_is_and_hatches_what_was_not_measured() {
        let row = |label: &str, measured| Bar { figure: "f".into(), label: label.into(), count: 3, measured };
        let svg = bars("Tiêu đề <b>", "Mô tả", &[row("a & b", true), row("c", false)]);
        assert!(svg.contains("<title>Tiêu đề &lt;b&gt;</title><desc>Mô tả</desc>"));
        assert!(svg.contains("a &amp; b") && svg.contains("bar unmeasured"));
        assert!(svg.contains("data-figure=\"f\" data-of=\"\" data-value=\"3\"") && !svg.contains("<b>"));
        let cell = |share| Cell { label: "m".into(), share };
        let svg = heat_strip("t", "d", &[cell(None), cell(Some(100)), cell(Some(0))]);
        assert!(svg.contains("cell none") && svg.contains("cell good") && svg.contains("cell bad"));
        assert!(bars("t", "d", &[]).ends_with("</svg>") && heat_strip("t", "d", &[]).ends_with("</svg>"));
    }
}
