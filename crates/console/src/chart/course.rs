//! How a score went, measurement by measurement: a line between the bounds of the bands, each point with what it can be at least and at most.
//! A day on which it was not measured breaks the line. Where the rule pack became another one, a mark says that the scale did.

use std::fmt::Write as _;

use super::{begin, escape};

/// A measurement.
pub(crate) struct Point {
    /// Its day, as people read it.
    pub(crate) day: String,
    /// Hundredths of the score; none: not measured.
    pub(crate) hundredths: Option<i64>,
    /// The score as people read it.
    pub(crate) number: String,
    /// The bounds of the score as an estimate, in hundredths.
    pub(crate) interval: Option<(i64, i64)>,
    /// By which rule pack.
    pub(crate) pack: String,
}

const LEFT: i64 = 56;
const WIDTH: i64 = 520;
const TOP: i64 = 12;
const HEIGHT: i64 = 120;

/// The line. `bounds`: where bands begin, of a hundred.
pub(crate) fn course(title: &str, desc: &str, points: &[Point], bounds: &[i64]) -> String {
    // From a ten below the worst, so that small changes are seen; never less than the yellow band.
    let lowest = points.iter().filter_map(|point| point.hundredths).min().unwrap_or(0).min(7_000);
    let bottom = lowest / 1_000 * 1_000;
    let y = |hundredths: i64| {
        TOP + HEIGHT - (hundredths.clamp(bottom, 10_000) - bottom) * HEIGHT / (10_000 - bottom).max(1)
    };
    let steps = i64::try_from(points.len()).unwrap_or(1).max(2) - 1;
    let mut svg = begin(title, desc, 640, 168);
    for at in bounds.iter().map(|bound| bound * 100).chain([bottom, 10_000]) {
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M{LEFT} {y}h{WIDTH}\"/><text class=\"scale\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            LEFT - 8,
            y(at) + 4,
            at / 100,
            y = y(at),
        );
    }
    let (mut path, mut broken, mut pack) = (String::new(), true, None);
    for (at, point) in (0i64..).zip(points) {
        let x = LEFT + at * WIDTH / steps;
        if pack.is_some_and(|pack| pack != point.pack.as_str()) {
            let _ = write!(
                svg,
                "<path class=\"change\" d=\"M{x} {TOP}v{HEIGHT}\"><title>{}</title></path>",
                escape(&point.pack)
            );
        }
        pack = Some(point.pack.as_str());
        let Some(hundredths) = point.hundredths else {
            broken = true;
            continue;
        };
        let _ = write!(path, "{}{x} {}", if broken { 'M' } else { 'L' }, y(hundredths));
        broken = false;
        if let Some((low, high)) = point.interval {
            let _ = write!(svg, "<path class=\"whisker\" d=\"M{x} {}V{}\"/>", y(low), y(high));
        }
        let _ = write!(
            svg,
            "<circle class=\"point\" cx=\"{x}\" cy=\"{}\" r=\"4\"><title>{}: {}</title></circle>",
            y(hundredths),
            escape(&point.day),
            escape(&point.number)
        );
    }
    let ends = points.first().map(|first| (first, LEFT, "start")).into_iter();
    let ends = ends.chain(points.last().filter(|_| points.len() > 1).map(|last| (last, LEFT + WIDTH, "end")));
    for (point, x, anchor) in ends {
        let _ = write!(
            svg,
            "<text x=\"{x}\" y=\"158\" text-anchor=\"{anchor}\">{}: {}</text>",
            escape(&point.day),
            escape(&point.number)
        );
    }
    let _ = write!(svg, "<path class=\"trend\" d=\"{path}\"/></svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_breaks_the_line_and_another_pack_is_marked() {
        let point = |hundredths: Option<i64>, pack: &str| Point {
            day: "30/11/2026".into(),
            hundredths,
            number: "x".into(),
            interval: hundredths.map(|number| (number - 100, number + 100)),
            pack: pack.into(),
        };
        let svg = course(
            "t",
            "d",
            &[point(Some(9_000), "a@1"), point(None, "a@1"), point(Some(9_500), "a@2")],
            &[75, 90],
        );
        let line = svg.split("class=\"trend\" d=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!((line.matches('M').count(), line.matches('L').count()), (2, 0), "{line}");
        assert_eq!(
            (svg.matches("class=\"change\"").count(), svg.matches("class=\"whisker\"").count()),
            (1, 2)
        );
        for points in
            [vec![], vec![point(None, "a")], vec![point(Some(10_000), "a")], vec![point(Some(-5), "a")]]
        {
            assert!(course("t", "d", &points, &[]).ends_with("</svg>"));
        }
    }
}
