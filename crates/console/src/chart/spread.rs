//! Bars of counts: columns that stand side by side for how numbers and days are spread, and the bar of one share in a line of a table.

use std::fmt::Write as _;

use super::{begin, escape};

/// Most columns that are drawn; neighbours are put together beyond that.
const COLUMNS: usize = 48;
const WIDTH: usize = 600;
const HEIGHT: u64 = 120;

/// Columns in the order in which they are given, each with its label and count; the ends and the highest are labelled.
pub(crate) fn columns(title: &str, desc: &str, counts: &[(String, u64)]) -> String {
    let together = counts.len().div_ceil(COLUMNS).max(1);
    let drawn: Vec<(&str, u64)> = counts
        .chunks(together)
        .map(|part| {
            let label = part.first().map_or("", |(label, _)| label.as_str());
            (label, part.iter().map(|(_, count)| count).sum())
        })
        .collect();
    let most = drawn.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let step = WIDTH / drawn.len().max(1);
    let mut svg = begin(title, desc, 640, 160);
    for (at, (label, count)) in drawn.iter().enumerate() {
        // What is there is seen, however little it is.
        let height = (count * HEIGHT / most).max(u64::from(*count > 0));
        let _ = write!(
            svg,
            "<rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{height}\"><title>{}: {count}</title></rect>",
            20 + at * step,
            10 + HEIGHT - height,
            step.saturating_sub(1).clamp(1, 60),
            escape(label)
        );
    }
    let _ = write!(svg, "<path class=\"grid\" d=\"M20 {}h{WIDTH}\"/>", 10 + HEIGHT);
    if let Some((label, _)) = drawn.first() {
        let _ = write!(svg, "<text x=\"20\" y=\"150\">{}</text>", escape(label));
    }
    if let Some((label, _)) = counts.last().filter(|_| drawn.len() > 1) {
        let _ = write!(svg, "<text x=\"620\" y=\"150\" text-anchor=\"end\">{}</text>", escape(label));
    }
    svg + "</svg>"
}

/// The bar of a share, in thousandths; the number stands beside it, so it is for the eye only.
pub(crate) fn share(thousandths: i64, class: &str) -> String {
    format!(
        "<svg class=\"share\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"10\"/>\
         <rect class=\"bar {}\" width=\"{}.{}\" height=\"10\"/></svg>",
        escape(class),
        thousandths.clamp(0, 1_000) / 10,
        thousandths.clamp(0, 1_000) % 10
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_are_too_many_are_put_together_and_none_is_lost() {
        let counts: Vec<(String, u64)> = (0..200).map(|at| (format!("<{at}"), 1)).collect();
        let svg = columns("t", "d", &counts);
        let told: u64 = svg
            .split("</title></rect>")
            .filter_map(|part| part.rsplit(": ").next()?.parse::<u64>().ok())
            .sum();
        assert_eq!(told, 200);
        assert!(svg.matches("class=\"bar\"").count() <= COLUMNS && !svg.contains("<0"));
        // One of a million is seen.
        let svg = columns("t", "d", &[("a".into(), 1_000_000), ("b".into(), 1)]);
        assert!(svg.contains("height=\"1\"><title>b: 1"), "{svg}");
        assert!(columns("t", "d", &[]).ends_with("</svg>"));
        assert!(share(-4, "x").contains("width=\"0.0\"") && share(4_000, "x").contains("width=\"100.0\""));
    }
}
