//! Made-up persons, with faults at known rates and an account of which rules each fault breaks. No random numbers: row `n` is always the
//! same, so any split of the rows makes the same table.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use serde_json::{Value, json};

/// The fields, the technical name of each one's term, and its type in a contract.
pub(crate) const FIELDS: [(&str, &str, &str); 14] = [
    ("so_dinh_danh", "CaNhan.so_dinh_danh", "string"),
    ("ho_ten", "CaNhan.full_name", "string"),
    ("ngay_sinh", "CaNhan.ngay_sinh", "date"),
    ("gioi_tinh", "CaNhan.gioi_tinh", "string"),
    ("dan_toc", "CaNhan.dan_toc_ma", "string"),
    ("so_cha", "CaNhan.cha_so_dinh_danh", "string"),
    ("ngay_cap", "GiayTo.ngay_cap", "date"),
    ("ngay_mat", "CaNhan.ngay_mat", "date"),
    ("dien_thoai", "CaNhan.dien_thoai", "string"),
    ("xa", "CaNhan.thuong_tru_ma", "string"),
    ("xa_ngay", "CaNhan.thuong_tru_ngay", "date"),
    ("don_vi", "", "string"),
    ("nguon", "BanGhi.nguon", "string"),
    ("cap_nhat", "BanGhi.cap_nhat_luc", "timestamp"),
];

/// The day of the table.
pub(crate) const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 30);

/// A fault: its name, in how many of 10,000 rows, and the rules it breaks.
pub(crate) const FAULTS: [(&str, u64, &[&str]); 27] = [
    ("id missing", 20, &["so_dinh_danh:required"]),
    ("id without its zero", 30, &["so_dinh_danh:format"]),
    ("id of no province", 25, &["so_dinh_danh:province"]),
    ("id of another year", 40, &["so_dinh_danh:birth_year"]),
    ("id of the other sex", 35, &["so_dinh_danh:sex"]),
    ("id of the row before", 20, &["so_dinh_danh:unique", "so_dinh_danh:unique"]),
    ("name in TCVN3", 45, &["ho_ten:encoding", "ho_ten:case"]),
    ("name in VNI", 5, &["ho_ten:encoding"]),
    ("name in parts", 30, &["ho_ten:composed"]),
    ("name with spaces", 60, &["ho_ten:spaces"]),
    ("name with another D", 22, &["ho_ten:letter_d"]),
    ("name in small letters", 18, &["ho_ten:case"]),
    ("name with the other tone", 80, &["ho_ten:tone"]),
    ("name with a digit", 12, &["ho_ten:no_digits"]),
    ("name that is none", 33, &["ho_ten:placeholder"]),
    ("birth that is none", 27, &["ngay_sinh:placeholder"]),
    ("birth written otherwise", 50, &["ngay_sinh:type"]),
    ("sex of no list", 16, &["gioi_tinh:values", "gioi_tinh:code"]),
    ("ethnicity of an old code", 55, &["dan_toc:code"]),
    ("father too young", 23, &["so_cha:older"]),
    ("father himself", 11, &["so_cha:older", "so_cha:differs"]),
    ("issued before birth", 29, &["ngay_cap:after_ngay_sinh"]),
    ("dead before birth", 14, &["ngay_mat:after_ngay_sinh"]),
    ("telephone with letters", 48, &["dien_thoai:format"]),
    ("commune of before", 90, &["xa:code"]),
    ("record long untouched", 36, &["cap_nhat:fresh"]),
    ("record of tomorrow", 9, &["cap_nhat:not_future"]),
];

/// The contract of the table. `term` gives a term's address by its technical name.
pub(crate) fn contract(term: impl Fn(&str) -> Option<String>) -> Value {
    let property = |(name, technical, kind): &(&str, &str, &str)| {
        let mut property =
            json!({ "name": name, "logicalType": kind, "primaryKey": *name == "so_dinh_danh" });
        if let Some(url) = term(technical) {
            property["authoritativeDefinitions"] = json!([{ "url": url, "type": "businessDefinition" }]);
        }
        property
    };
    json!({
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": "nguoi", "version": "1.0.0", "status": "active",
        "schema": [{ "name": "nguoi", "properties": FIELDS.iter().map(property).collect::<Vec<_>>() }],
        "slaProperties": [{ "property": "freshness", "value": 730, "unit": "d", "element": "nguoi.cap_nhat" }],
    })
}

/// Rows of the table.
#[derive(Default)]
pub(crate) struct Table {
    columns: [Vec<Option<String>>; 14],
    /// How often each rule is broken.
    pub(crate) account: BTreeMap<&'static str, u64>,
    /// Rows of each fault.
    pub(crate) faults: BTreeMap<&'static str, u64>,
}

/// A number that looks like chance, of a row and a purpose.
fn chance(row: u64, purpose: u64) -> u64 {
    let mut z =
        row.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(purpose.wrapping_mul(0xd1b5_4a32_d192_ed03));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn pick<'a>(list: &[&'a str], row: u64, purpose: u64) -> &'a str {
    list[usize::try_from(chance(row, purpose) % list.len() as u64).unwrap()]
}

/// Where the commune codes of before still come from.
pub(crate) const OLD_UNITS: [&str; 3] = ["DV-007", "DV-021", "DV-033"];
/// The system that sends telephones with letters.
pub(crate) const OLD_SYSTEM: &str = "PM-CU";
/// The day on which a file in TCVN3 was loaded.
pub(crate) const OLD_DAY: &str = "2026-03-14";
/// The ethnicity that no list has.
pub(crate) const OLD_CODE: &str = "77";

fn unit(row: u64) -> String {
    format!("DV-{:03}", chance(row, 2) % 50)
}

fn system(row: u64) -> &'static str {
    pick(&["PM-MOI", "PM-CU", "PM-TINH", "PM-BO"], row, 3)
}

fn touched(row: u64) -> String {
    let day = chance(row, 4) % 336;
    format!("2026-{:02}-{:02}", day / 28 % 11 + 1, day % 28 + 1)
}

/// The fault of a row. Those that have a cause come where that is, as often as there are such rows.
fn fault(row: u64) -> Option<usize> {
    let mut draw = chance(row, 1) % 10_000;
    for (at, (name, rate, _)) in FAULTS.iter().enumerate() {
        let (possible, rate) = match *name {
            "commune of before" => (OLD_UNITS.contains(&unit(row).as_str()), rate * 20),
            "telephone with letters" => (system(row) == OLD_SYSTEM, rate * 4),
            "name in TCVN3" => (touched(row) == OLD_DAY, rate * 100),
            _ => (true, *rate),
        };
        if possible && draw < rate {
            // A row can only have the number of one that is as it should be.
            let alone = *name != "id of the row before" || (row > 0 && fault(row - 1).is_none());
            return alone.then_some(at);
        }
        if possible {
            draw -= rate;
        }
    }
    None
}

struct Person {
    id: String,
    birth: (u64, u64, u64),
    male: bool,
}

fn person(row: u64) -> Person {
    let male = chance(row, 5).is_multiple_of(2);
    let birth = (1950 + chance(row, 6) % 60, 1 + chance(row, 7) % 12, 2 + chance(row, 8) % 26);
    let century = if birth.0 < 2000 { 0 } else { 2 } + u64::from(!male);
    let province = pick(&["001", "024", "027", "036", "040", "048", "079", "092"], row, 9);
    // The row's own number: no two are alike below a million; the province and the year make more of them.
    Person { id: format!("{province}{century}{:02}{:06}", birth.0 % 100, row % 1_000_000), birth, male }
}

const FAMILIES: [&str; 12] =
    ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô"];
const MIDDLES: [&str; 6] = ["Văn", "Thị", "Minh", "Ngọc", "Đức", "Thanh"];
const GIVENS: [&str; 12] =
    ["An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Khánh", "Lan", "Mai", "Nam", "Quân", "Sơn"];

impl Table {
    /// Rows `from` to before `to`.
    pub(crate) fn rows(from: u64, to: u64) -> Self {
        let mut table = Self::default();
        (from..to).for_each(|row| table.put(row));
        table
    }

    fn put(&mut self, row: u64) {
        let fault = fault(row).and_then(|at| FAULTS.get(at));
        let name = fault.map_or("", |fault| fault.0);
        if let Some((name, _, rules)) = fault {
            *self.faults.entry(name).or_default() += 1;
            for rule in *rules {
                *self.account.entry(rule).or_default() += 1;
            }
        }
        let who = person(if name == "id of the row before" { row - 1 } else { row });
        let (year, month, day) = who.birth;
        let issued = year + 15;
        let father =
            format!("001{}{:02}{:06}", u64::from(year - 30 >= 2000) * 2, (year - 30) % 100, row % 1_000_000);
        let full =
            format!("{} {} {}", pick(&FAMILIES, row, 10), pick(&MIDDLES, row, 11), pick(&GIVENS, row, 12));
        let mut cells: [Option<String>; 14] = [
            Some(who.id.clone()),
            Some(full),
            Some(format!("{year}-{month:02}-{day:02}")),
            Some(if who.male { "1" } else { "2" }.into()),
            Some(pick(&["01", "02", "03", "04", "05"], row, 13).into()),
            (!chance(row, 14).is_multiple_of(4)).then_some(father),
            Some(format!("{issued}-06-01")),
            chance(row, 15).is_multiple_of(20).then(|| format!("{}-01-02", year + 16)),
            (!chance(row, 16).is_multiple_of(3)).then(|| format!("09{:08}", chance(row, 17) % 100_000_000)),
            Some(pick(&["00004", "00008", "00025"], row, 18).into()),
            Some("2025-08-01".into()),
            Some(unit(row)),
            Some(system(row).into()),
            Some(format!("{}T08:00:00", touched(row))),
        ];
        Self::spoil(name, &mut cells, &who, row);
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell);
        }
    }

    fn spoil(fault: &str, cells: &mut [Option<String>; 14], who: &Person, row: u64) {
        let [id, name, birth, sex, ethnicity, father, issued, died, telephone, commune, _, _, _, touched] =
            cells;
        let (year, month, day) = who.birth;
        match fault {
            "id missing" => *id = None,
            "id without its zero" => *id = Some(who.id[1..].to_owned()),
            "id of no province" => *id = Some(format!("003{}", &who.id[3..])),
            "id of another year" => {
                *id = Some(format!("{}{:02}{}", &who.id[..4], (year + 1) % 100, &who.id[6..]));
                // From 1999 and 2009 the century, too, would be another: those are another year all the same.
            }
            "id of the other sex" => *sex = Some(if who.male { "2" } else { "1" }.into()),
            "name in TCVN3" => {
                let family = pick(&["NguyÔn", "TrÇn", "§ç"], row, 21);
                let rest = (pick(&["V¨n", "ThÞ"], row, 22), pick(&["B×nh", "Dòng", "Quúnh", "H¶i"], row, 23));
                *name = Some(format!("{family} {} {}", rest.0, rest.1));
            }
            "name in VNI" => *name = Some("Nguyeãn Vaên An".into()),
            "name in parts" => *name = Some("Nguye\u{302}\u{303}n Văn An".into()),
            "name with spaces" => *name = Some("Nguyễn  Văn An ".into()),
            "name with another D" => *name = Some("\u{d0}ỗ Văn An".into()),
            "name in small letters" => *name = Some("nguyễn văn an".into()),
            "name with the other tone" => *name = Some("Nguyễn Thị Hoà".into()),
            "name with a digit" => *name = Some("Nguyễn Văn A4".into()),
            "name that is none" => *name = Some(pick(&["Không rõ", "N/A", "-", "..."], row, 20).into()),
            "birth that is none" => *birth = Some("1900-01-01".into()),
            "birth written otherwise" => *birth = Some(format!("{day:02}/{month:02}/{year}")),
            "sex of no list" => *sex = Some("3".into()),
            "ethnicity of an old code" => *ethnicity = Some(OLD_CODE.into()),
            "father too young" => {
                let born = year - 5;
                *father = Some(format!("001{}{:02}000001", u64::from(born >= 2000) * 2, born % 100));
            }
            "father himself" => *father = Some(who.id.clone()),
            "issued before birth" => *issued = Some("1940-01-01".into()),
            "dead before birth" => *died = Some("1940-01-01".into()),
            "telephone with letters" => *telephone = Some(format!("09o{:07}", row % 10_000_000)),
            "commune of before" => *commune = Some("00001".into()),
            "record long untouched" => *touched = Some("2019-01-01T08:00:00".into()),
            "record of tomorrow" => *touched = Some("2030-01-01T08:00:00".into()),
            _ => {}
        }
    }

    /// As Arrow has it.
    pub(crate) fn batch(self) -> RecordBatch {
        let columns = FIELDS.iter().zip(self.columns);
        let arrays =
            columns.map(|((name, ..), cells)| (*name, Arc::new(StringArray::from(cells)) as ArrayRef));
        RecordBatch::try_from_iter_with_nullable(arrays.map(|(name, array)| (name, array, true))).unwrap()
    }
}
