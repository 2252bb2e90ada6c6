//! Made-up records with faults at known rates, and an account of which rule each breaks. Row `n` is always the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use serde_json::{Value, json};

/// Rows of the table.
pub(super) const ROWS: u64 = 3000;
/// Stands in values of persons, and must stand nowhere else.
pub(super) const MARKER: &str = "zyxwvutmarker";
/// One row in so many has a fault of each kind.
const PERIOD: u64 = 60;
/// A row without a key.
const KEYLESS: u64 = 14;

/// Fields, the term of each if it has one, and its type in the contract.
const FIELDS: [(&str, &str, &str); 11] = [
    ("so_dinh_danh", "ndg:ID-001@1.0.0", "string"),
    ("ho_ten", "ndg:ID-002@1.0.0", "string"),
    ("ngay_sinh", "ndg:ID-003@1.0.0", "date"),
    ("gioi_tinh", "ndg:ID-004@2.0.0", "string"),
    ("dien_thoai", "ndg:ID-050@1.0.0", "string"),
    ("xa", "ndg:ID-035@1.0.0", "string"),
    ("xa_ngay", "ndg:ID-036@1.0.0", "date"),
    ("nguon", "ndg:GEN-005@1.0.0", "string"),
    ("cap_nhat", "ndg:GEN-004@1.0.0", "timestamp"),
    ("so_ho", "", "string"),
    ("ghi_chu", "", "string"),
];

/// A fault by the place of its rows in the period: the rules that it breaks.
const FAULTS: [(u64, &[&str]); 15] = [
    (0, &["ho_ten:spaces"]),
    (1, &["ho_ten:composed"]),
    (2, &["ho_ten:letter_d"]),
    (3, &["ho_ten:no_digits"]),
    (4, &["ho_ten:placeholder"]),
    (5, &["ngay_sinh:placeholder"]),
    (6, &["ngay_sinh:type"]),
    (7, &["gioi_tinh:values", "gioi_tinh:code"]),
    (8, &["so_dinh_danh:format"]),
    (9, &["so_dinh_danh:province"]),
    (10, &["so_dinh_danh:sex"]),
    (11, &["xa:code"]),
    (12, &["dien_thoai:format"]),
    (13, &["cap_nhat:fresh"]),
    (15, &["ho_ten:required"]),
];

/// By rule, the keys of the rows that break it.
pub(super) type Account = BTreeMap<String, BTreeSet<String>>;

/// The table, as rows of cells.
pub(super) struct Table {
    pub(super) rows: Vec<[Option<String>; 11]>,
    pub(super) account: Account,
    pub(super) keyless: u64,
}

/// A table. `with_keyless`: some rows have no key.
pub(super) fn table(with_keyless: bool) -> Table {
    let mut table = Table { rows: Vec::new(), account: Account::new(), keyless: 0 };
    for n in 0..ROWS {
        if n % PERIOD == KEYLESS && !with_keyless {
            continue;
        }
        let row = row(n);
        match &row[0] {
            None => table.keyless += 1,
            Some(key) => {
                let broken = FAULTS.iter().filter(|(place, _)| n % PERIOD == *place);
                let mut rules: Vec<&str> = broken.flat_map(|(_, rules)| rules.iter().copied()).collect();
                if [20, 21].contains(&(n % PERIOD)) {
                    rules.push("so_ho:unique");
                }
                for rule in rules {
                    table.account.entry(rule.to_owned()).or_default().insert(key.clone());
                }
            }
        }
        table.rows.push(row);
    }
    table
}

fn pick<'a>(list: &[&'a str], n: u64) -> &'a str {
    list[usize::try_from(n).unwrap() % list.len()]
}

fn row(n: u64) -> [Option<String>; 11] {
    let (year, male, place) = (1950 + n % 60, n.is_multiple_of(2), n % PERIOD);
    let century = if year < 2000 { 0 } else { 2 } + u64::from(!male);
    let province = pick(&["001", "024", "027", "036", "040"], n);
    let id = format!("{province}{century}{:02}{n:06}", year % 100);
    let name = pick(&["Nguyễn Văn An", "Trần Thị Bình", "Lê Minh Châu"], n);
    let mut cells = [
        Some(id.clone()),
        Some(name.to_owned()),
        Some(format!("{year}-{:02}-{:02}", 1 + n % 12, 2 + n % 26)),
        Some(if male { "1" } else { "2" }.to_owned()),
        Some(format!("09{:08}", n * 7919 % 100_000_000)),
        Some(pick(&["00004", "00008", "00025"], n).to_owned()),
        Some("2025-08-01".to_owned()),
        Some("PM-MOI".to_owned()),
        Some(format!(
            "{}T08:00:00",
            model::time::day_in_viet_nam(exchange::clock::now())
                - Span::new().days(1 + i64::try_from(n % 300).unwrap())
        )),
        // Of two neighbours one has the other's.
        Some(format!("HO-{:06}", if place == 21 { n - 1 } else { n })),
        Some(format!("{MARKER} {n}")),
    ];
    let [key, name, birth, sex, telephone, commune, _, source, touched, ..] = &mut cells;
    match place {
        0 => *name = Some("Nguyễn  Văn An ".into()),
        1 => *name = Some("Nguye\u{302}\u{303}n Văn An".into()),
        2 => *name = Some("\u{d0}ỗ Văn An".into()),
        3 => *name = Some(format!("Nguyễn Z{} A4", &MARKER[1..])),
        4 => *name = Some("Không rõ".into()),
        5 => *birth = Some("1900-01-01".into()),
        6 => *birth = Some(format!("{:02}/{:02}/{year}", 2 + n % 26, 1 + n % 12)),
        7 => *sex = Some("3".into()),
        8 => *key = Some(id[1..].to_owned()),
        9 => *key = Some(format!("003{}", &id[3..])),
        10 => *sex = Some(if male { "2" } else { "1" }.into()),
        11 => *commune = Some("00001".into()),
        12 => (*telephone, *source) = (Some(format!("09{MARKER}")), Some("PM-CU".into())),
        13 => *touched = Some("2019-01-01T08:00:00".into()),
        KEYLESS => *key = None,
        15 => *name = None,
        _ => {}
    }
    cells
}

/// The dataset as the registry has it.
pub(super) fn service(id: &str) -> String {
    let fields = FIELDS.iter().map(|(name, ..)| {
        let kind = match *name {
            "so_dinh_danh" => "person_id",
            "ho_ten" => "name",
            "ngay_sinh" | "xa_ngay" => "date",
            "xa" => "unit",
            "cap_nhat" => "moment",
            _ => "text",
        };
        json!({ "name": name, "kind": kind, "label": { "vi": name, "en": name } })
    });
    json!({ "kind": "Service", "id": id, "name": { "vi": "Người", "en": "Person" },
        "dataset": { "key": "so_dinh_danh", "fields": fields.collect::<Vec<_>>() } })
    .to_string()
}

/// Its contract.
pub(super) fn contract(id: &str) -> Value {
    let property = |(name, term, kind): &(&str, &str, &str)| {
        let mut property = json!({ "name": name, "logicalType": kind });
        match *name {
            "so_dinh_danh" => property["primaryKey"] = json!(true),
            "ho_ten" => property["required"] = json!(true),
            "so_ho" => property["unique"] = json!(true),
            _ => {}
        }
        if !term.is_empty() {
            let url = format!("urn:lienthong:term:{term}");
            property["authoritativeDefinitions"] = json!([{ "url": url, "type": "businessDefinition" }]);
        }
        property
    };
    json!({
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": id, "version": "1.0.0", "status": "draft",
        "schema": [{ "name": "nguoi", "properties": FIELDS.iter().map(property).collect::<Vec<_>>() }],
        "slaProperties": [{ "property": "freshness", "value": 730, "unit": "d", "element": "nguoi.cap_nhat" }],
    })
}

/// Statements that make the table.
pub(super) fn statements(table: &Table) -> Vec<String> {
    let columns: Vec<String> = FIELDS
        .iter()
        .map(|(name, ..)| format!("{name} TEXT{}", if *name == "so_dinh_danh" { " PRIMARY KEY" } else { "" }))
        .collect();
    let mut all =
        vec!["DROP TABLE IF EXISTS nguoi".to_owned(), format!("CREATE TABLE nguoi ({})", columns.join(", "))];
    for rows in table.rows.chunks(500) {
        let cell = |cell: &Option<String>| {
            cell.as_ref().map_or_else(|| "NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
        };
        let rows =
            rows.iter().map(|row| format!("({})", row.iter().map(cell).collect::<Vec<_>>().join(", ")));
        all.push(format!("INSERT INTO nguoi VALUES {}", rows.collect::<Vec<_>>().join(", ")));
    }
    all
}
