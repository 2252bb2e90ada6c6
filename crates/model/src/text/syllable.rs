//! Whether a word could be a Vietnamese syllable: an onset, a rime, a tone. No dictionary: of the ways that letters can stand together
//! Vietnamese knows some thousands, and what the wrong encoding makes of a word is hardly ever one of them.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

/// The tones' marks: huyền, sắc, ngã, hỏi, nặng.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];
/// The two that a syllable may have that ends with a stop.
const STOPPED: [char; 2] = ['\u{301}', '\u{323}'];

/// Longer ones first, so that none hides another.
const ONSETS: [&str; 28] = [
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", "b", "c", "d", "đ", "g", "h", "k",
    "l", "m", "n", "p", "r", "s", "t", "v", "x", "",
];

/// All rimes without their tones, and those that names of places in the Central Highlands bring.
const RIMES: &str = "a ac ach ai am an ang anh ao ap at au ay ăc ăk ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et ê êch \
    êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm \
    oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uênh \
    ui um un ung uơ uôc uôi uôm uôn uông uôt up ut uy uya uych uyên uyêt uynh uyt uyu ư ưa ưc ưi ưm ưng ươ ươc ươi ươm ươn ương ươp ươt ươu \
    ưt ưu y yêm yên yêng yêt yêu ynh yt";

static KNOWN: LazyLock<std::collections::HashSet<&str>> =
    LazyLock::new(|| RIMES.split_whitespace().collect());

/// Of the words with marks: those that are syllables, and all.
#[must_use]
pub fn count(text: &str) -> (usize, usize) {
    let is_between = |c: char| {
        !(c.is_ascii_alphabetic() || (!c.is_ascii() && !matches!(c, '\u{a0}' | '\u{2010}'..='\u{2026}')))
    };
    let marked = text.split(is_between).filter(|word| !word.is_ascii());
    let judged = marked.filter_map(is_syllable);
    judged.fold((0, 0), |(read, words), good| (read + usize::from(good), words + 1))
}

/// Nothing if it has no vowel: an abbreviation, `QĐ`, says nothing.
fn is_syllable(word: &str) -> Option<bool> {
    // Without a limit a column of something else would be taken apart letter by letter for nothing.
    if word.chars().count() > 12 {
        return Some(false);
    }
    let (mut tones, mut letters) = (Vec::new(), String::new());
    for c in word.nfd().flat_map(char::to_lowercase) {
        if TONES.contains(&c) { tones.push(c) } else { letters.push(c) }
    }
    let letters: String = letters.nfc().collect();
    if letters.chars().all(|c| c.is_ascii_alphabetic() || c == 'đ')
        && !letters.contains(['a', 'e', 'i', 'o', 'u', 'y'])
    {
        return None;
    }
    let stopped = letters.ends_with(['c', 'p', 't', 'k']) || letters.ends_with("ch");
    let tone = match tones.as_slice() {
        [] => !stopped,
        [tone] => !stopped || STOPPED.contains(tone),
        _ => false,
    };
    let built =
        ONSETS.iter().any(|onset| letters.strip_prefix(onset).is_some_and(|rime| KNOWN.contains(rime)));
    Some(tone && built)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_known() {
        for good in [
            "Nguyễn",
            "Văn",
            "ĐỖ",
            "Thị",
            "Ổn",
            "giếng",
            "gì",
            "quyết",
            "quý",
            "thuở",
            "khuỷu",
            "nghiêng",
            "Đắk",
            "yếu",
            "ưu",
            "ướt",
            "Huỳnh",
            "Phường",
            "giường",
            "xã",
            "Bình",
            "thuế",
            "ngoằng",
        ] {
            assert_eq!(is_syllable(good), Some(true), "{good}");
        }
        for bad in ["NguyÔn", "Vãnn", "ñoã", "café", "cưc", "cằc", "hộầ", "Müller", "thàch"] {
            assert_eq!(is_syllable(bad), Some(false), "{bad}");
        }
        assert_eq!(is_syllable("QĐ"), None);
        assert_eq!(count("Số 5/QĐ-UBND, Nguyễn Văn A; café"), (3, 4));
    }
}
