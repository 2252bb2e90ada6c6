//! Code lists valid in time, and the ways from one list's codes to another's. A code means nothing without a day: its key is code,
//! first day and end.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agency::Name;
use crate::id::MemberId;
use crate::table;
use crate::time::Validity;
use crate::unit::{Share, Units};

/// A code list with all its codes, in force or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeList {
    /// Its code.
    pub id: String,
    /// In both languages.
    pub name: Name,
    /// The agency that keeps it.
    pub owner: MemberId,
    /// Where it comes from.
    pub source: String,
    /// Set where a code was found in no source. Never to be shown as official.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
    /// What to know of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Its codes, in order of code and first day.
    pub codes: Vec<Code>,
}

/// What a code of a list means, for a span of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Code {
    /// The code: text, never a number.
    pub code: String,
    /// What it means, in Vietnamese.
    pub vi: String,
    /// In English, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    /// The code above it in the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The days.
    #[serde(flatten)]
    pub valid: Validity,
}

/// Ways from the codes of one list to those of another; or of one list, from codes that ended to those after them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Crosswalk {
    /// Its code.
    pub id: String,
    /// The list it leads from.
    pub from: String,
    /// The list it leads to.
    pub to: String,
    /// Where it comes from.
    pub source: String,
    /// Its pairs, in order.
    pub pairs: Vec<Pair>,
}

/// One way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CodePair)]
pub struct Pair {
    /// From this code.
    pub from: String,
    /// To this one.
    pub to: String,
    /// How they stand to each other.
    pub relation: Relation,
    /// The source's choice where there are several and nothing more is known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// What to know of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How a code stands to another: what the first means, seen from the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CodeRelation)]
pub enum Relation {
    /// The same.
    Exact,
    /// More.
    Broader,
    /// Less.
    Narrower,
    /// Something else that is near.
    Related,
}

impl CodeList {
    /// What its codes mean on `day`.
    pub fn on(&self, day: Date) -> impl Iterator<Item = &Code> {
        self.codes.iter().filter(move |code| code.valid.holds_on(day))
    }

    /// The first code that has two meanings on one day, or the first out of order.
    #[must_use]
    pub fn first_mistake(&self) -> Option<&Code> {
        let mut spans: HashMap<&str, Vec<Validity>> = HashMap::new();
        let mut last: Option<(&str, Option<Date>)> = None;
        for code in &self.codes {
            let key = (code.code.as_str(), code.valid.valid_from);
            let known = spans.entry(&code.code).or_default();
            if last.is_some_and(|last| last >= key) || known.iter().any(|other| other.overlaps(&code.valid)) {
                return Some(code);
            }
            known.push(code.valid);
            last = Some(key);
        }
        None
    }
}

/// A code list that the program ships; its owner by the agency's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippedList {
    /// Its code.
    pub id: String,
    /// In both languages.
    pub name: Name,
    /// Code of the agency that keeps it, as `data/agencies.tsv` has it.
    pub owner: String,
    /// Where it comes from.
    pub source: String,
    /// Whether a code was found in no source.
    pub assumed: bool,
    /// What to know of it.
    pub note: Option<String>,
    /// As its file in `data/` has them.
    pub codes: Vec<Code>,
}

/// The list of administrative units, and the cross-walk from those of before 01/07/2025.
pub const UNITS: &str = "don-vi-hanh-chinh";

macro_rules! files {
    ($($id:literal)*) => {
        const FILES: &[(&str, &str)] = &[$(($id, include_str!(concat!("../../../data/codelists/", $id, ".tsv"))),)*];
    };
}

files! {
    "bac-trinh-do" "cap-do-an-toan" "dan-toc" "dan-toc-2008" "gioi-tinh" "gioi-tinh-chu" "gioi-tinh-iso" "gioi-tinh-y-te"
    "hang-gplx" "kenh-nop-ho-so" "loai-giay-to" "loai-hinh-doanh-nghiep" "lop-du-lieu" "muc-dich-su-dung-dat" "nhom-cap-hoc"
    "nhom-mau" "nhom-mau-rh" "quan-he-chu-ho" "quoc-tich" "quoc-tich-iso3" "tinh-trang-cu-tru" "tinh-trang-hon-nhan"
    "tinh-trang-hon-nhan-qcvn109" "ton-giao" "trang-thai-ho-so" "trinh-do-hoc-van"
}

/// The lists in `data/codelists`, and the administrative units.
#[must_use]
pub fn shipped() -> Vec<ShippedList> {
    let lists = table::rows(include_str!("../../../data/codelists/lists.tsv"));
    lists.filter_map(|row| ShippedList::read(&row)).chain([units()]).collect()
}

impl ShippedList {
    fn read(row: &table::Row<'_>) -> Option<Self> {
        let id = row.get("id")?;
        let text = FILES.iter().find(|(name, _)| *name == id)?.1;
        let mut codes: Vec<Code> = table::rows(text).filter_map(|row| Code::read(&row)).collect();
        in_order(&mut codes);
        Some(Self {
            id: id.to_owned(),
            name: Name { vi: row.get("name_vi")?.to_owned(), en: row.get("name_en")?.to_owned() },
            owner: row.get("owner")?.to_owned(),
            source: row.get("source")?.to_owned(),
            assumed: row.get("assumed")? == "yes",
            note: row.get("note").map(str::to_owned),
            codes,
        })
    }
}

impl Code {
    fn read(row: &table::Row<'_>) -> Option<Self> {
        let day = |column| row.get(column).map(str::parse).transpose().ok();
        Some(Self {
            code: row.get("code")?.to_owned(),
            vi: row.get("name_vi")?.to_owned(),
            en: row.get("name_en").map(str::to_owned),
            parent: row.get("parent").map(str::to_owned),
            valid: Validity { valid_from: day("valid_from")?, valid_to: day("valid_to")? },
        })
    }
}

fn in_order(codes: &mut [Code]) {
    codes.sort_by(|a, b| (&a.code, a.valid.valid_from).cmp(&(&b.code, b.valid.valid_from)));
}

fn units() -> ShippedList {
    let mut codes: Vec<Code> = Units::shipped()
        .all()
        .map(|unit| Code {
            code: unit.code.to_string(),
            vi: unit.full_name(),
            en: None,
            parent: unit.parent.as_ref().map(ToString::to_string),
            valid: unit.valid,
        })
        .collect();
    in_order(&mut codes);
    ShippedList {
        id: UNITS.to_owned(),
        name: Name { vi: "Đơn vị hành chính".into(), en: "Administrative units".into() },
        owner: "G12.60".into(),
        source: "vietnamadminunits 1.0.4 (MIT), theo mã của cơ quan thống kê | vietnamadminunits 1.0.4 (MIT), by the codes of the statistics office".into(),
        assumed: false,
        note: Some("Mã được dùng lại: 2.145 mã xã từ 01/07/2025 chỉ đơn vị khác trước | Codes are used again: since 01/07/2025 2,145 commune codes name another unit".into()),
        codes,
    }
}

/// The cross-walks in `data/codelists`, and the one of the administrative units.
#[must_use]
pub fn shipped_crosswalks() -> Vec<Crosswalk> {
    let mut walks: Vec<Crosswalk> = Vec::new();
    for row in table::rows(include_str!("../../../data/codelists/crosswalks.tsv")) {
        let cells = (row.get("from_list"), row.get("to_list"), Pair::read(&row));
        let (Some(from), Some(to), Some(pair)) = cells else { continue };
        let id = if from == to { from.to_owned() } else { format!("{from}..{to}") };
        match walks.iter_mut().find(|walk| walk.id == id) {
            Some(walk) => walk.pairs.push(pair),
            None => walks.push(Crosswalk {
                id,
                from: from.to_owned(),
                to: to.to_owned(),
                source: "đối chiếu của chương trình, theo nguồn của từng danh mục | compared by this program, from the sources of either list".into(),
                pairs: vec![pair],
            }),
        }
    }
    walks.push(unit_crosswalk());
    walks
}

impl Pair {
    fn read(row: &table::Row<'_>) -> Option<Self> {
        Some(Self {
            from: row.get("from_code")?.to_owned(),
            to: row.get("to_code")?.to_owned(),
            relation: match row.get("relation")? {
                "exact" => Relation::Exact,
                "broader" => Relation::Broader,
                "narrower" => Relation::Narrower,
                "related" => Relation::Related,
                _ => return None,
            },
            default: false,
            note: row.get("note").map(str::to_owned),
        })
    }
}

fn unit_crosswalk() -> Crosswalk {
    let units = Units::shipped();
    let mut old: Vec<_> = units.all().filter(|unit| unit.valid.valid_to.is_some()).collect();
    old.sort_by(|a, b| a.code.cmp(&b.code));
    let pairs = old.iter().flat_map(|unit| {
        units.successors(&unit.code).iter().map(|next| Pair {
            from: unit.code.to_string(),
            to: next.code.to_string(),
            // An old unit that went whole into a larger one means less than it.
            relation: if next.share == Share::Whole { Relation::Narrower } else { Relation::Related },
            default: next.is_default,
            note: next.is_doubtful.then(|| {
                "nguồn có thể nhầm hai xã trùng tên | the source may have confused two communes".into()
            }),
        })
    });
    Crosswalk {
        id: UNITS.to_owned(),
        from: UNITS.to_owned(),
        to: UNITS.to_owned(),
        source: "vietnamadminunits 1.0.4 (MIT): data/units/successors.tsv".into(),
        pairs: pairs.collect(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_shipped_lists_load_whole_and_say_one_thing_on_one_day() {
        let lists = shipped();
        assert_eq!(lists.len(), FILES.len() + 1);
        let agencies = crate::agency::shipped();
        let mut rows = 0;
        for list in lists {
            assert!(
                agencies.iter().any(|agency| agency.code.as_str() == list.owner),
                "{}: {}",
                list.id,
                list.owner
            );
            let owner = "VN/GOV/G01".parse().unwrap();
            let ShippedList { id, name, source, assumed, note, codes, .. } = list;
            rows += if id == UNITS { 0 } else { codes.len() };
            let list = CodeList { id, name, owner, source, assumed, note, codes };
            assert_eq!(list.first_mistake(), None, "{}", list.id);
            let parents = list.codes.iter().filter_map(|code| code.parent.as_ref());
            for parent in parents {
                assert!(list.codes.iter().any(|code| code.code == *parent), "{}: {parent}", list.id);
            }
        }
        assert_eq!(rows, 868);
    }

    #[test]
    fn crosswalks_lead_from_codes_to_codes() {
        let lists: HashMap<String, Vec<String>> = shipped()
            .into_iter()
            .map(|list| (list.id, list.codes.into_iter().map(|code| code.code).collect()))
            .collect();
        let walks = shipped_crosswalks();
        let count = |of_units: bool| {
            walks
                .iter()
                .filter(|walk| (walk.id == UNITS) == of_units)
                .map(|walk| walk.pairs.len())
                .sum::<usize>()
        };
        assert_eq!((count(false), count(true)), (686, 10_665));
        for walk in &walks {
            for pair in &walk.pairs {
                assert!(
                    lists[&walk.from].contains(&pair.from) && lists[&walk.to].contains(&pair.to),
                    "{}: {pair:?}",
                    walk.id
                );
            }
        }
    }

    #[test]
    fn a_code_means_what_it_means_on_the_day() {
        let lists = shipped();
        let licences = lists.iter().find(|list| list.id == "hang-gplx").unwrap();
        let meaning = |code: &str, day| {
            licences
                .codes
                .iter()
                .find(|entry| entry.code == code && entry.valid.holds_on(day))
                .map(|entry| entry.vi.clone())
        };
        let (before, since) = (date(2024, 12, 31), date(2025, 1, 1));
        assert!(meaning("B1", before).is_some() && meaning("B1", since).is_some());
        assert_ne!(meaning("B1", before), meaning("B1", since));
    }

    #[test]
    fn two_meanings_on_one_day_are_a_mistake() {
        let code = |from: Option<Date>, to: Option<Date>| Code {
            code: "1".into(),
            vi: "Một".into(),
            en: None,
            parent: None,
            valid: Validity { valid_from: from, valid_to: to },
        };
        let list = |codes| CodeList {
            id: "thu".into(),
            name: Name { vi: "Thử".into(), en: "Test".into() },
            owner: "VN/GOV/G01".parse().unwrap(),
            source: "thử".into(),
            assumed: false,
            note: None,
            codes,
        };
        let (a, b) = (Some(date(2024, 1, 1)), Some(date(2025, 1, 1)));
        assert!(list(vec![code(None, a), code(a, b), code(b, None)]).first_mistake().is_none());
        assert!(list(vec![code(None, b), code(a, None)]).first_mistake().is_some());
        assert!(list(vec![code(b, None), code(None, b)]).first_mistake().is_some(), "out of order");
    }
}
