//! Figures of several turns: their spread, as JSON and as bars.

use std::fmt;
use std::process::Command;

use crate::root;
use crate::tools::capture;

/// The median of some turns, with the least and the most of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// None if something was not measured.
    pub(crate) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let median = *values.get(values.len() / 2)?;
        let (least, most) = (*values.first()?, *values.last()?);
        (least.is_finite() && most.is_finite()).then_some(Self { least, median, most })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.median >= 100.0 { 0 } else { 2 };
        f.pad(&format!("{:.digits$} ({:.digits$}–{:.digits$})", self.median, self.least, self.most))
    }
}

/// A figure in JSON; null if it was not measured.
pub(crate) fn json(value: f64) -> String {
    if value.is_finite() { format!("{value:.3}") } else { "null".into() }
}

/// The commit that is measured, marked if something was changed since.
pub(crate) fn commit() -> String {
    let git = |arguments: &[&str]| capture(Command::new("git").args(arguments).current_dir(root()));
    let name = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_default();
    let changed = git(&["status", "--porcelain"]).is_ok_and(|changed| !changed.trim().is_empty());
    format!("{}{}", name.trim(), if changed { "+" } else { "" })
}

/// Bars in groups, each with a line from the least to the most.
pub(crate) struct Chart {
    title: String,
    bars: Vec<(String, String, Spread)>,
}

/// Colours that are told apart without seeing red and green.
const COLOURS: [&str; 4] = ["#999999", "#0072b2", "#d55e00", "#009e73"];
const ROW: usize = 22;
const LEFT: usize = 230;
const WIDTH: f64 = 420.0;

impl Chart {
    pub(crate) fn new(title: &str) -> Self {
        Self { title: title.to_owned(), bars: Vec::new() }
    }

    pub(crate) fn bar(&mut self, group: &str, name: &str, spread: Spread) {
        self.bars.push((group.to_owned(), name.to_owned(), spread));
    }

    pub(crate) fn svg(&self) -> String {
        let most = self.bars.iter().map(|(_, _, spread)| spread.most).fold(f64::MIN_POSITIVE, f64::max);
        let mut names: Vec<&str> = Vec::new();
        let (mut drawn, mut top, mut before) = (String::new(), 40, "");
        for (group, name, spread) in &self.bars {
            if group != before {
                top += if before.is_empty() { 0 } else { ROW / 2 };
                drawn.push_str(&format!("<text x=\"8\" y=\"{}\">{group}</text>\n", top + 14));
                before = group;
            }
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
            let place = names.iter().position(|known| known == name).unwrap_or_default();
            let colour = COLOURS.get(place % COLOURS.len()).copied().unwrap_or_default();
            #[expect(clippy::cast_precision_loss, reason = "a picture's place")]
            let at = |value: f64| LEFT as f64 + value / most * WIDTH;
            let (middle, end) = (top + ROW / 2 - 2, at(spread.median));
            drawn.push_str(&format!(
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>\n<rect x=\"{LEFT}\" y=\"{}\" width=\"{:.1}\" height=\"14\" fill=\"{colour}\"/>\n\
                 <path d=\"M{:.1} {middle}H{:.1}\" stroke=\"#000\"/>\n<text x=\"{:.1}\" y=\"{}\">{spread}</text>\n",
                LEFT - 6,
                top + 14,
                top + 2,
                end - at(0.0),
                at(spread.least),
                at(spread.most),
                at(spread.most) + 6.0,
                top + 14
            ));
            top += ROW;
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 {}\" font-family=\"sans-serif\" font-size=\"12\">\n<title>{title}</title>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text x=\"8\" y=\"20\" font-weight=\"bold\">{title}</text>\n{drawn}</svg>\n",
            top + 12,
            title = self.title
        )
    }
}
