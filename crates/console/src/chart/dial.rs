//! A dial: one score of a hundred as a ring, with its number and the word of its band in the middle, so that nothing is said by colour alone.

use std::fmt::Write as _;

use super::{begin, escape};

/// What a dial shows.
pub(crate) struct Dial {
    /// What the score is of.
    pub(crate) label: String,
    /// Hundredths of a point of the score, rounded down; none: it was not measured.
    pub(crate) hundredths: Option<i64>,
    /// The number as people read it.
    pub(crate) number: String,
    /// `green`, `yellow`, `red`; none: it is not judged.
    pub(crate) band: Option<String>,
    /// That in words.
    pub(crate) word: String,
    /// From where a band begins, of a hundred.
    pub(crate) bounds: Vec<i64>,
    /// The name of the figure and what it is of, for machines.
    pub(crate) figure: [String; 2],
}

const RADIUS: i64 = 50;
const MIDDLE: i64 = 60;

/// The ring, from twelve o'clock on.
pub(crate) fn dial(dial: &Dial) -> String {
    let told = format!("{}: {} {}", dial.label, dial.number, dial.word);
    let mut svg = begin(told.trim_end(), &dial.label, 120, 120);
    let track = if dial.hundredths.is_some() { "track" } else { "track unmeasured" };
    let _ = write!(svg, "<circle class=\"{track}\" cx=\"{MIDDLE}\" cy=\"{MIDDLE}\" r=\"{RADIUS}\"/>");
    if let Some(hundredths) = dial.hundredths {
        let _ = write!(
            svg,
            "<circle class=\"arc {}\" cx=\"{MIDDLE}\" cy=\"{MIDDLE}\" r=\"{RADIUS}\" pathLength=\"10000\" stroke-dasharray=\"{} 10000\" \
             transform=\"rotate(-90 {MIDDLE} {MIDDLE})\"/>",
            dial.band.as_deref().unwrap_or("plain"),
            hundredths.clamp(0, 10_000),
        );
        for bound in &dial.bounds {
            let _ = write!(
                svg,
                "<path class=\"bound\" d=\"M{MIDDLE} 3v14\" transform=\"rotate({} {MIDDLE} {MIDDLE})\"/>",
                bound * 360 / 100
            );
        }
    }
    let [name, of] = &dial.figure;
    let _ = write!(
        svg,
        "<text data-figure=\"{}\" data-of=\"{}\" data-value=\"{}\" class=\"{}\" x=\"{MIDDLE}\" y=\"62\" text-anchor=\"middle\">{}</text>\
         <text class=\"word\" x=\"{MIDDLE}\" y=\"82\" text-anchor=\"middle\">{}</text></svg>",
        escape(name),
        escape(of),
        dial.hundredths.map(|number| number.to_string()).unwrap_or_default(),
        if dial.hundredths.is_some() { "number" } else { "word" },
        escape(&dial.number),
        escape(&dial.word),
    );
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dial_says_its_number_and_band_in_words_and_what_was_not_measured_has_no_arc() {
        let of = |hundredths: Option<i64>, band: Option<&str>| Dial {
            label: "Đúng <b>".into(),
            hundredths,
            number: "96,21".into(),
            band: band.map(str::to_owned),
            word: "xanh".into(),
            bounds: vec![75, 90],
            figure: ["quality.accurate".into(), "VNDB-001".into()],
        };
        let svg = dial(&of(Some(9621), Some("green")));
        assert!(svg.contains("aria-label=\"Đúng &lt;b&gt;: 96,21 xanh\"") && svg.contains("arc green"));
        assert!(svg.contains("stroke-dasharray=\"9621 10000\"") && svg.contains("data-value=\"9621\""));
        assert_eq!(svg.matches("class=\"bound\"").count(), 2);
        let svg = dial(&of(None, None));
        assert!(
            !svg.contains("class=\"arc")
                && svg.contains("track unmeasured")
                && svg.contains("data-value=\"\"")
        );
    }
}
