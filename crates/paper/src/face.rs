//! Faces: Liberation Serif, which has the widths of Times New Roman, and how wide a text is in one.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};

/// One of the faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Regular,
    Bold,
    Italic,
    BoldItalic,
}

/// A face as it was read.
struct Loaded {
    font: Font,
    data: &'static [u8],
    per_em: f32,
    /// Glyphs that were looked up, with their widths in ems.
    known: Mutex<HashMap<char, (u32, f32)>>,
}

macro_rules! loaded {
    ($name:ident, $file:literal) => {
        // The fonts are in the program; a test reads all four.
        static $name: LazyLock<Option<Loaded>> = LazyLock::new(|| load(include_bytes!($file)));
    };
}

loaded!(REGULAR, "../fonts/LiberationSerif-Regular.ttf");
loaded!(BOLD, "../fonts/LiberationSerif-Bold.ttf");
loaded!(ITALIC, "../fonts/LiberationSerif-Italic.ttf");
loaded!(BOLD_ITALIC, "../fonts/LiberationSerif-BoldItalic.ttf");

fn load(data: &'static [u8]) -> Option<Loaded> {
    let font = Font::new(data.into(), 0)?;
    let per_em = font.units_per_em();
    Some(Loaded { font, data, per_em, known: Mutex::default() })
}

impl Face {
    fn loaded(self) -> Option<&'static Loaded> {
        match self {
            Self::Regular => REGULAR.as_ref(),
            Self::Bold => BOLD.as_ref(),
            Self::Italic => ITALIC.as_ref(),
            Self::BoldItalic => BOLD_ITALIC.as_ref(),
        }
    }

    /// The font, to draw with.
    pub(crate) fn font(self) -> Option<Font> {
        self.loaded().map(|loaded| loaded.font.clone())
    }

    /// The glyph of a letter, and its width in ems. What the font does not have is an empty box.
    fn glyph(self, letter: char) -> (u32, f32) {
        let Some(loaded) = self.loaded() else { return (0, 0.5) };
        let mut known = loaded.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&letter) {
            return *found;
        }
        let found = FontRef::new(loaded.data).map_or((0, 0.5), |font| {
            let glyph = font.charmap().map(letter).unwrap_or_default();
            let widths = font.glyph_metrics(Size::unscaled(), LocationRef::default());
            (glyph.to_u32(), widths.advance_width(glyph).unwrap_or_default() / loaded.per_em)
        });
        // What strangers write must not fill the memory: Vietnamese needs some two hundred.
        if known.len() < 2000 {
            known.insert(letter, found);
        }
        found
    }

    /// How wide a text is at a size.
    pub(crate) fn width(self, text: &str, size: f32) -> f32 {
        text.chars().map(|letter| self.glyph(letter).1).sum::<f32>() * size
    }

    /// The glyphs of a text, each space wider by `stretch` ems.
    pub(crate) fn glyphs(self, text: &str, stretch: f32) -> Vec<KrillaGlyph> {
        let glyph = |(at, letter): (usize, char)| {
            let (id, width) = self.glyph(letter);
            let width = if letter == ' ' { width + stretch } else { width };
            KrillaGlyph::new(GlyphId::new(id), width, 0.0, 0.0, 0.0, at..at + letter.len_utf8(), None)
        };
        text.char_indices().map(glyph).collect()
    }
}

/// A text in lines that are no wider than `width`, the first of them by `indent` narrower.
pub(crate) fn wrap(text: &str, face: Face, size: f32, width: f32, indent: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let room = |lines: &Vec<String>| if lines.is_empty() { width - indent } else { width };
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if face.width(&longer, size) <= room(&lines) {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        // A word that is wider than a line is broken where the line ends.
        for letter in word.chars() {
            line.push(letter);
            if face.width(&line, size) > room(&lines) && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, letter.to_string()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_vietnamese_has_a_glyph_in_every_face() {
        let letters = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ";
        for face in [Face::Regular, Face::Bold, Face::Italic, Face::BoldItalic] {
            for letter in letters.chars().chain(letters.to_uppercase().chars()).chain("0123456789…–·".chars())
            {
                assert_ne!(face.glyph(letter).0, 0, "{face:?} {letter}");
            }
        }
    }
}
