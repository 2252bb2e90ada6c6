//! Which term of the dictionary a column holds: proposals, each with its reasons, for a human to take or to leave.
//!
//! Names are taken apart into words, without marks: `F_NgaySinh`, `NGAYSINH` and `Ngày sinh` are the same two. Abbreviations that are
//! common in Vietnamese systems are spelt out. A word that few terms have tells more than one that many have. What values look like, and
//! the declared type, speak for a term or against it; the name of the table helps where the column's alone says little.

use model::words::Words;
use std::collections::{BTreeSet, HashMap};

use model::agency::Name;
use model::column::{Class, Profile};
use model::term::{Status, Term, ValueType};
use model::text::search_key;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::texts;

/// Proposals for one column.
const MOST: usize = 3;
/// What is less likely than this is not proposed.
const LEAST: f64 = 0.5;
/// How much a word of the table's name counts beside one of the column's.
const OF_TABLE: f64 = 0.55;

/// What people write for what: the words that they stand for.
const SHORT: &[(&str, &str)] = &[
    ("hoten", "ho ten"),
    ("ht", "ho ten"),
    ("hvt", "ho va ten"),
    ("hodem", "ho dem"),
    ("gt", "gioi tinh"),
    ("gtinh", "gioi tinh"),
    ("phai", "gioi tinh"),
    ("ns", "ngay sinh"),
    ("nsinh", "ngay sinh"),
    ("dob", "ngay sinh"),
    ("ngsinh", "ngay sinh"),
    ("cmnd", "cmnd"),
    ("cmt", "cmnd"),
    ("cccd", "cccd"),
    ("sdt", "so dien thoai"),
    ("dthoai", "dien thoai"),
    ("tel", "dien thoai"),
    ("phone", "dien thoai"),
    ("mobile", "dien thoai"),
    ("mst", "ma so thue"),
    ("dc", "dia chi"),
    ("dchi", "dia chi"),
    ("address", "dia chi"),
    ("xp", "xa phuong"),
    ("px", "phuong xa"),
    ("qh", "quan huyen"),
    ("ttp", "tinh thanh pho"),
    ("tinhtp", "tinh thanh pho"),
    ("dvhc", "don vi hanh chinh"),
    ("hkt", "ho khau thuong tru"),
    ("hktt", "ho khau thuong tru"),
    ("tt", "thuong tru"),
    ("bhyt", "bao hiem y te"),
    ("bhxh", "bao hiem xa hoi"),
    ("gplx", "giay phep lai xe"),
    ("gcn", "giay chung nhan"),
    ("qsdd", "quyen su dung dat"),
    ("dkkd", "dang ky kinh doanh"),
    ("dn", "doanh nghiep"),
    ("qt", "quoc tich"),
    ("tg", "ton giao"),
    ("gks", "giay khai sinh"),
    ("vn", "viet nam"),
    ("dob", "ngay sinh"),
    ("gender", "gioi tinh"),
    ("sex", "gioi tinh"),
    ("ethnic", "dan toc"),
    ("ethnicity", "dan toc"),
    ("religion", "ton giao"),
    ("nationality", "quoc tich"),
    ("birthday", "ngay sinh"),
    ("birthdate", "ngay sinh"),
    ("ward", "xa phuong"),
    ("commune", "xa phuong"),
    ("district", "quan huyen"),
    ("province", "tinh"),
    ("fullname", "ho ten"),
    ("father", "cha"),
    ("mother", "me"),
    ("spouse", "vo chong"),
    ("occupation", "nghe nghiep"),
    ("job", "nghe nghiep"),
    ("mail", "email"),
    ("taxcode", "ma so thue"),
    ("lat", "vi do"),
    ("latitude", "vi do"),
    ("lng", "kinh do"),
    ("lon", "kinh do"),
    ("long", "kinh do"),
    ("longitude", "kinh do"),
];

/// Words that say nothing of what a column holds.
const EMPTY: &[&str] = &[
    "tbl", "tb", "txt", "str", "col", "fld", "f", "c", "t", "n", "s", "d", "dm", "ds", "cua", "va", "cac",
    "theo", "the", "of", "is", "data", "info", "thong", "tin", "id", "hien", "tai",
];

/// A term as it is looked for.
struct Known {
    id: String,
    name: Name,
    names: Vec<Vec<String>>,
    compact: BTreeSet<String>,
    kind: ValueType,
    code_list: bool,
    expects: Looks,
}

/// What values of a term look like, if its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    Anything,
    Twelve,
    Phone,
    Mail,
    Tax,
    Person,
    Place,
    Latitude,
    Longitude,
    Web,
    Sex,
}

/// The dictionary, ready to be asked.
pub struct Dictionary {
    terms: Vec<Known>,
    /// How much a word tells.
    weight: HashMap<String, f64>,
    syllables: BTreeSet<String>,
}

/// A term that a column may hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The term.
    pub term: String,
    /// Its name.
    pub name: Name,
    /// How likely, from 0 to 1.
    pub score: f64,
    /// Why.
    pub reasons: Vec<Name>,
}

/// A column as it is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The name of the table it is in, without its schema.
    pub table: &'a str,
    /// Its name.
    pub column: &'a str,
    /// What the database's makers say of it.
    pub comment: &'a str,
    /// Its declared type.
    pub declared: &'a str,
    /// What it holds.
    pub profile: &'a Profile,
}

impl Dictionary {
    /// The terms that are not retired.
    #[must_use]
    pub fn of(terms: &[Term]) -> Self {
        let mut known = Vec::new();
        let mut syllables = BTreeSet::new();
        let mut raw: Vec<(&Term, Vec<String>)> = Vec::new();
        for term in terms {
            let Some(last) = term.versions.last().filter(|last| last.status != Status::Retired) else {
                continue;
            };
            let technical = last.technical_name.rsplit('.').next().unwrap_or_default();
            let mut names = vec![last.name.vi.clone(), last.name.en.clone(), technical.to_owned()];
            names.extend(last.synonyms.iter().cloned());
            for name in &names {
                if name.contains(' ') || name.contains('_') {
                    syllables.extend(pieces(name).into_iter().filter(|word| word.len() > 1));
                }
            }
            raw.push((term, names));
        }
        for (_, long) in SHORT {
            syllables.extend(long.split(' ').map(str::to_owned));
        }
        let mut counts: HashMap<String, usize> = HashMap::new();
        for (term, names) in &raw {
            let Some(last) = term.versions.last() else { continue };
            let names: Vec<Vec<String>> =
                names.iter().map(|name| words(name, &syllables)).filter(|name| !name.is_empty()).collect();
            let all: BTreeSet<&String> = names.iter().flatten().collect();
            for word in all {
                *counts.entry(word.clone()).or_default() += 1;
            }
            known.push(Known {
                id: term.id.clone(),
                name: last.name.clone(),
                compact: names.iter().map(|name| name.concat()).collect(),
                expects: expects(&names),
                names,
                kind: last.value_type,
                code_list: last.code_list.is_some(),
            });
        }
        let all = f64::from(u32::try_from(known.len().max(1)).unwrap_or(u32::MAX));
        let weigh = |count: usize| (1.0 + all / f64::from(u32::try_from(count).unwrap_or(u32::MAX))).ln();
        let weight = counts.into_iter().map(|(word, count)| (word, weigh(count))).collect();
        Self { terms: known, weight, syllables }
    }

    /// The terms that a column may hold, the likeliest first.
    #[must_use]
    pub fn propose(&self, asked: &Asked<'_>) -> Vec<Proposal> {
        let column = words(asked.column, &self.syllables);
        let table = words(asked.table, &self.syllables);
        let comment = words(asked.comment, &self.syllables);
        let mut found: Vec<Proposal> = Vec::new();
        for term in &self.terms {
            let by_name =
                self.likeness(term, &column, &table).max(0.95 * self.likeness(term, &comment, &table));
            let (by_values, said) = speak(term, asked);
            if by_name < 0.25 && by_values < 0.3 {
                continue;
            }
            let score = (by_name + by_values).clamp(0.0, 1.0);
            if score < LEAST {
                continue;
            }
            let mut reasons = Vec::new();
            if by_name >= 0.25 {
                let shown = format!("{:.0} %", by_name.min(1.0) * 100.0);
                reasons.push(texts::name_fits(&shown).into());
            }
            reasons.extend(said);
            // Two places say all there is to say.
            let score = (score * 100.0).round() / 100.0;
            found.push(Proposal { term: term.id.clone(), name: term.name.clone(), score, reasons });
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.term.cmp(&b.term)));
        found.truncate(MOST);
        found
    }

    /// How alike a column's words are to the best of a term's names.
    fn likeness(&self, term: &Known, column: &[String], table: &[String]) -> f64 {
        if column.is_empty() {
            return 0.0;
        }
        if term.compact.contains(&column.concat()) {
            // Of two terms with the same name, the one that the table speaks for.
            let spoken = table.iter().any(|word| term.names.iter().flatten().any(|known| known == word));
            return if spoken { 1.02 } else { 0.97 };
        }
        term.names.iter().map(|name| self.overlap(name, column, table)).fold(0.0, f64::max)
    }

    fn overlap(&self, name: &[String], column: &[String], table: &[String]) -> f64 {
        let weigh = |word: &String| self.weight.get(word).copied().unwrap_or(2.0);
        let of_name: f64 = name.iter().map(&weigh).sum();
        let of_column: f64 = column.iter().map(&weigh).sum();
        let both: f64 = name.iter().filter(|word| column.contains(word)).map(&weigh).sum();
        let by_table: f64 = name
            .iter()
            .filter(|word| !column.contains(word) && table.contains(word))
            .map(|word| weigh(word) * OF_TABLE)
            .sum();
        if both == 0.0 {
            return 0.0;
        }
        let held = (both + by_table) / of_name.max(f64::MIN_POSITIVE);
        let told = both / of_column.max(f64::MIN_POSITIVE);
        // Both must fit: a name that says more than the term, and a term that says more than the name, are other things.
        0.95 * (2.0 * held * told / (held + told)).min(1.0)
    }
}

/// What values and type say for a term, or against it.
fn speak(term: &Known, asked: &Asked<'_>) -> (f64, Vec<Name>) {
    let profile = asked.profile;
    let class = Class::of(asked.declared);
    let (mut score, mut reasons) = (0.0, Vec::new());
    let mut say = |more: f64, reason: Option<Words>| {
        score += more;
        reasons.extend(reason.map(Name::from));
    };
    let is_day = class == Class::Date || profile.days >= 0.8;
    let is_moment = matches!(class, Class::Local | Class::Moment) || profile.moments >= 0.8;
    match term.kind {
        ValueType::Date if is_day || is_moment => say(0.1, Some(texts::values_days())),
        ValueType::Date if profile.filled > 0 && profile.digits < 0.8 && profile.years < 0.8 => {
            say(-0.3, None)
        }
        ValueType::Date if profile.filled > 0 && profile.lengths.1 < 6 => say(-0.2, None),
        ValueType::Moment if is_moment => say(0.1, Some(texts::values_moments())),
        ValueType::Text | ValueType::Code | ValueType::Boolean if is_day || is_moment => say(-0.4, None),
        ValueType::Integer | ValueType::Decimal if is_day => say(-0.4, None),
        ValueType::Boolean if profile.flags >= 0.9 => say(0.08, Some(texts::values_flags())),
        ValueType::Code if term.code_list && profile.filled > 0 && profile.lengths.1 > 40 => say(-0.1, None),
        _ => {}
    }
    let looks = [
        (Looks::Twelve, profile.twelve, texts::twelve_digits()),
        (Looks::Phone, profile.phones, texts::like_telephones()),
        (Looks::Mail, profile.mails, texts::like_mail_addresses()),
        (Looks::Tax, profile.tax, texts::like_tax_codes()),
        (Looks::Person, profile.people, texts::like_names()),
        (Looks::Place, profile.places, texts::words_of_addresses()),
        (Looks::Latitude, profile.latitudes, texts::latitudes()),
        (Looks::Longitude, profile.longitudes, texts::longitudes()),
        (Looks::Web, profile.webs, texts::web_addresses()),
        (Looks::Sex, profile.sexes, texts::words_for_sex()),
    ];
    for (look, share, words) in looks {
        let telling =
            matches!(look, Looks::Mail | Looks::Phone | Looks::Sex | Looks::Latitude | Looks::Longitude);
        if term.expects == look && share >= 0.6 {
            say(if telling { 0.35 } else { 0.12 }, Some(words));
        } else if share >= 0.8 && telling && term.expects != look {
            say(-0.25, None);
        }
    }
    let needs_digits = matches!(term.expects, Looks::Twelve | Looks::Tax | Looks::Phone);
    if needs_digits && profile.filled > 0 && profile.people >= 0.6 {
        say(-0.4, None);
    }
    if term.expects == Looks::Person && profile.filled > 0 && profile.digits >= 0.8 {
        say(-0.4, None);
    }
    (score, reasons)
}

fn expects(names: &[Vec<String>]) -> Looks {
    let has = |wanted: &[&str]| {
        names.iter().any(|name| wanted.iter().all(|word| name.iter().any(|known| known == word)))
    };
    let table: [(Looks, &[&[&str]]); 10] = [
        (Looks::Mail, &[&["email"], &["thu", "dien", "tu"]]),
        (Looks::Phone, &[&["dien", "thoai"]]),
        (Looks::Tax, &[&["ma", "so", "thue"]]),
        (Looks::Latitude, &[&["vi", "do"]]),
        (Looks::Longitude, &[&["kinh", "do"]]),
        (Looks::Sex, &[&["gioi", "tinh"]]),
        (Looks::Web, &[&["website"], &["trang", "web"]]),
        (Looks::Twelve, &[&["dinh", "danh", "ca", "nhan"], &["cccd"]]),
        (Looks::Person, &[&["ho", "ten"], &["ho", "va", "ten"]]),
        (Looks::Place, &[&["dia", "chi"], &["noi", "thuong", "tru"], &["noi", "o"]]),
    ];
    let found = table.into_iter().find(|(_, ways)| ways.iter().any(|way| has(way)));
    found.map_or(Looks::Anything, |(looks, _)| looks)
}

/// A name taken apart at marks and where capitals begin, in lower case without marks.
fn pieces(name: &str) -> Vec<String> {
    let mut spaced = String::new();
    let mut before: Option<char> = None;
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let next_is_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = before.is_some_and(|before| {
            (before.is_lowercase() && letter.is_uppercase())
                || (before.is_uppercase() && letter.is_uppercase() && next_is_small)
                || (before.is_alphabetic() && letter.is_ascii_digit())
        });
        if begins {
            spaced.push(' ');
        }
        spaced.push(if letter.is_alphanumeric() { *letter } else { ' ' });
        before = Some(*letter);
    }
    search_key(&spaced).split_whitespace().map(str::to_owned).collect()
}

/// The words of a name: taken apart, spelt out, without those that say nothing.
fn words(name: &str, syllables: &BTreeSet<String>) -> Vec<String> {
    let mut words = Vec::new();
    for piece in pieces(name) {
        if let Some((_, long)) = SHORT.iter().find(|(short, _)| *short == piece) {
            words.extend(long.split(' ').map(str::to_owned));
        } else if syllables.contains(&piece) || piece.len() < 4 {
            words.push(piece);
        } else {
            words.extend(segmented(&piece, syllables).unwrap_or_else(|| vec![piece]));
        }
    }
    let full: Vec<String> = words.iter().filter(|word| !EMPTY.contains(&word.as_str())).cloned().collect();
    if full.is_empty() { words } else { full }
}

/// A word written together, `sodienthoai`, as its syllables, the fewest that make it up; nothing if it is not made of known ones.
fn segmented(word: &str, syllables: &BTreeSet<String>) -> Option<Vec<String>> {
    if !word.is_ascii() || word.len() > 60 {
        return None;
    }
    // For each place, the fewest pieces up to it, and where the last of them began.
    let mut best: Vec<Option<(usize, usize)>> = vec![None; word.len() + 1];
    if let Some(first) = best.first_mut() {
        *first = Some((0, 0));
    }
    for end in 1..=word.len() {
        for begin in end.saturating_sub(12)..end {
            let Some(Some((count, _))) = best.get(begin).copied() else { continue };
            let Some(piece) = word.get(begin..end) else { continue };
            let known = syllables.contains(piece)
                || SHORT.iter().any(|(short, _)| short.len() > 2 && *short == piece);
            if known
                && best.get(end).copied().flatten().is_none_or(|(fewest, _)| count + 1 < fewest)
                && let Some(place) = best.get_mut(end)
            {
                *place = Some((count + 1, begin));
            }
        }
    }
    let mut pieces = Vec::new();
    let mut end = word.len();
    while end > 0 {
        let (_, begin) = best.get(end).copied().flatten()?;
        let piece = word.get(begin..end)?;
        match SHORT.iter().find(|(short, _)| *short == piece) {
            Some((_, long)) => pieces.extend(long.split(' ').rev().map(str::to_owned)),
            None => pieces.push(piece.to_owned()),
        }
        end = begin;
    }
    pieces.reverse();
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary() -> Dictionary {
        let text = include_str!("../../../../../data/dictionary/terms.yaml");
        let documents: Vec<serde_json::Value> = serde_saphyr::from_multiple(text).unwrap();
        let terms: Vec<Term> = documents
            .into_iter()
            .map(|mut document| {
                document.as_object_mut().unwrap().remove("kind");
                serde_json::from_value(document).unwrap()
            })
            .collect();
        Dictionary::of(&terms)
    }

    #[test]
    fn names_are_taken_apart_however_they_are_written() {
        let dictionary = dictionary();
        let of = |name: &str| words(name, &dictionary.syllables).join(" ");
        for name in
            ["NgaySinh", "NGAYSINH", "ngay_sinh", "Ngày sinh", "F_NgaySinh", "ngaySinh", "txtNgaySinh", "dob"]
        {
            assert_eq!(of(name), "ngay sinh", "{name}");
        }
        assert_eq!(of("SDT"), "so dien thoai");
        assert_eq!(of("sodienthoai"), "so dien thoai");
        assert_eq!(of(""), "");
        assert_eq!(of("---"), "");
    }
}
