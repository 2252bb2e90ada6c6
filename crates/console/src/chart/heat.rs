//! A heat map of things that have no place to be drawn at: a square for each, in the order in which they are given.

use std::fmt::Write as _;

use super::{begin, escape};

/// Squares of a line, and how wide each is: a line is as wide as the page of a telephone.
const ACROSS: usize = 14;
const SIDE: usize = 25;

/// A square: its band, or `not_measured`; and what is said of it.
pub(crate) struct Square {
    pub(crate) state: String,
    pub(crate) said: String,
}

/// Each square says what it stands for to whoever points at it; the table beside it says the same.
pub(crate) fn heat(title: &str, desc: &str, squares: &[Square]) -> String {
    let lines = squares.len().div_ceil(ACROSS);
    let mut svg = begin(title, desc, ACROSS * SIDE, lines.max(1) * SIDE);
    for (at, Square { state, said }) in squares.iter().enumerate() {
        let _ = write!(
            svg,
            "<g class=\"tile {}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect></g>",
            escape(state),
            at % ACROSS * SIDE + 1,
            at / ACROSS * SIDE + 1,
            SIDE - 2,
            SIDE - 2,
            escape(said)
        );
    }
    svg + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_a_square_of_its_own_and_says_what_it_is() {
        let squares: Vec<Square> =
            (0..168).map(|at| Square { state: "red".to_owned(), said: format!("<xã {at}>") }).collect();
        let svg = heat("t", "d", &squares);
        let places: std::collections::BTreeSet<&str> =
            svg.split("<rect x=").skip(1).filter_map(|rect| rect.split(" width").next()).collect();
        assert_eq!((places.len(), svg.matches("&lt;xã ").count()), (168, 168));
        assert!(svg.contains("viewBox=\"0 0 350 300\""));
    }
}
