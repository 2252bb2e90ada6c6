//! A made-up registry of a nation's size, as files that `lienthong apply` takes, and the questions that are asked of it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

pub(crate) const AGENCIES: usize = 4_000;
pub(crate) const SERVICES: usize = 50_000;
pub(crate) const GRANTS: usize = 500_000;
/// Fields of each service.
pub(crate) const FIELDS: usize = 2;
/// Services and grants of one file.
const SERVICES_A_FILE: usize = 10_000;
const GRANTS_A_FILE: usize = 50_000;
/// Questions of each kind that are asked in turn.
const QUESTIONS: usize = 2_000;

const BODIES: [&str; 6] = ["Ủy ban nhân dân", "Sở", "Cục", "Trung tâm", "Văn phòng", "Chi cục"];
const PLACES: [&str; 24] = [
    "Hòa Bình",
    "Thủy Nguyên",
    "Quảng Yên",
    "Đông Triều",
    "Nghĩa Hưng",
    "Phú Quý",
    "Tân Uyên",
    "Bình Minh",
    "Mỹ Lộc",
    "Sông Cầu",
    "Ngọc Hồi",
    "Kỳ Anh",
    "Đức Thọ",
    "Vĩnh Bảo",
    "Lý Sơn",
    "Gò Dầu",
    "Trảng Bàng",
    "Chợ Mới",
    "Cái Bè",
    "Thới Lai",
    "Hoài Nhơn",
    "Sa Thầy",
    "Yên Khánh",
    "Lộc Bình",
];
const THINGS: [&str; 20] = [
    "hộ tịch",
    "cư trú",
    "đất đai",
    "doanh nghiệp",
    "bảo hiểm xã hội",
    "thuế",
    "giấy phép lái xe",
    "lý lịch tư pháp",
    "người có công",
    "trợ giúp xã hội",
    "giáo dục",
    "khám chữa bệnh",
    "hộ nghèo",
    "xây dựng",
    "môi trường",
    "hải quan",
    "công chức",
    "tiêm chủng",
    "đăng kiểm",
    "trẻ em",
];
const ASPECTS: [&str; 16] = [
    "Tra cứu",
    "Xác nhận",
    "Danh sách",
    "Lịch sử",
    "Tình trạng",
    "Quyết định",
    "Hồ sơ",
    "Chứng nhận",
    "Thống kê",
    "Đối chiếu",
    "Ngày cấp",
    "Nơi cấp",
    "Số định danh",
    "Mã số",
    "Họ tên",
    "Địa chỉ",
];

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        // Knuth's MMIX generator; its high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let at = self.below(words.len());
        words.get(at).copied().unwrap_or_default()
    }
}

pub(crate) fn agency(number: usize) -> String {
    format!("VN/LOC/T{number:04}")
}

fn service(number: usize) -> String {
    format!("{}/s/d{number:05}", agency(number % AGENCIES))
}

pub(crate) fn grant(number: usize) -> String {
    format!("q{number:06}")
}

/// Writes the files. Returns their names in the order in which they are applied, each with what it holds.
pub(crate) fn write(folder: &Path) -> Result<Vec<(String, String)>, String> {
    let mut dice = Dice(1);
    let mut files = Vec::new();
    let mut file = |name: String, holds: String, text: &str| {
        fs::write(folder.join(&name), text).map_err(|error| error.to_string())?;
        files.push((name, holds));
        Ok::<_, String>(())
    };
    let mut text = "{ kind: Purpose, code: do, name: { vi: Đo, en: Measurement } }\n---\n\
        { kind: LegalBasis, code: do, ground: not_personal, citation: đo tốc độ }\n"
        .to_owned();
    for number in 0..AGENCIES {
        let parent = if number < 34 { String::new() } else { format!("parent: {}, ", agency(number % 34)) };
        let (id, name) = (agency(number), format!("{} {} {number}", dice.of(&BODIES), dice.of(&PLACES)));
        let _ = write!(
            text,
            "---\n{{ kind: Agency, id: {id}, {parent}name: {{ vi: {name}, en: Agency {number} }}, bloc: local }}\n\
             ---\n{{ kind: System, id: {id}/s, name: {{ vi: Hệ thống {number}, en: System {number} }} }}\n"
        );
    }
    let _ = write!(
        text,
        "---\n{{ kind: Node, id: {0}/nut-1, address: \"127.0.0.1:1\", systems: [{0}/s] }}\n",
        agency(0)
    );
    file("agencies.yaml".into(), format!("{AGENCIES} agencies, {AGENCIES} systems"), &text)?;
    for (part, from) in (0..SERVICES).step_by(SERVICES_A_FILE).enumerate() {
        let mut text = String::new();
        for number in from..(from + SERVICES_A_FILE).min(SERVICES) {
            let mut fields = String::new();
            for field in 0..FIELDS {
                let _ = write!(
                    fields,
                    "{}{{ name: f{field}, label: {{ vi: {} {} {}, en: Field {number} {field} }} }}",
                    if field == 0 { "" } else { ", " },
                    dice.of(&ASPECTS),
                    dice.of(&THINGS),
                    dice.below(1000)
                );
            }
            let _ = write!(
                text,
                "---\n{{ kind: Service, id: {}, name: {{ vi: {} {} {} {number}, en: Service {number} }}, dataset: {{ key: f0, fields: [{fields}] }} }}\n",
                service(number),
                dice.of(&ASPECTS),
                dice.of(&THINGS),
                dice.of(&PLACES)
            );
        }
        file(format!("services-{part}.yaml"), format!("{SERVICES_A_FILE} services"), &text)?;
    }
    for (part, from) in (0..GRANTS).step_by(GRANTS_A_FILE).enumerate() {
        let mut text = String::new();
        for number in from..(from + GRANTS_A_FILE).min(GRANTS) {
            let _ = write!(
                text,
                "---\n{{ kind: Grant, id: {}, client: {}/s, service: {}, uses: [{{ purpose: do, basis: do }}], fields: all, per_second: 100 }}\n",
                grant(number),
                agency(dice.below(AGENCIES)),
                service(dice.below(SERVICES))
            );
        }
        file(format!("grants-{part}.yaml"), format!("{GRANTS_A_FILE} grants"), &text)?;
    }
    Ok(files)
}

/// What is asked, by name: addresses of the API in turn.
pub(crate) fn questions() -> Vec<(&'static str, Vec<String>)> {
    let mut dice = Dice(2);
    let mut many = |ask: &dyn Fn(&mut Dice) -> String| (0..QUESTIONS).map(|_| ask(&mut dice)).collect();
    vec![
        (
            "agencies, page of 100",
            many(&|dice| format!("registry/agencies?after={}", part(&agency(dice.below(AGENCIES))))),
        ),
        (
            "services, page of 100",
            many(&|dice| format!("registry/services?after={}", part(&service(dice.below(SERVICES))))),
        ),
        (
            "services of an agency",
            many(&|dice| format!("registry/services?owner={}", part(&agency(dice.below(AGENCIES))))),
        ),
        ("grants, page of 100", many(&|dice| format!("registry/grants?after={}", grant(dice.below(GRANTS))))),
        (
            "grants, page of 500",
            many(&|dice| format!("registry/grants?limit=500&after={}", grant(dice.below(GRANTS)))),
        ),
        (
            "grants of a provider",
            many(&|dice| format!("registry/grants?owner={}", part(&agency(dice.below(AGENCIES))))),
        ),
        (
            "grants of a consumer",
            many(&|dice| format!("registry/grants?consumer={}", part(&agency(dice.below(AGENCIES))))),
        ),
        (
            "grants of two filters",
            many(&|dice| {
                format!(
                    "registry/grants?owner={}&consumer={}",
                    part(&agency(dice.below(AGENCIES))),
                    part(&agency(dice.below(AGENCIES)))
                )
            }),
        ),
        (
            "conspicuous grants of one",
            many(&|dice| format!("grants/conspicuous?agency={}", part(&agency(dice.below(AGENCIES))))),
        ),
        ("one service", many(&|dice| format!("registry/services/{}", part(&service(dice.below(SERVICES)))))),
        ("audit trail, a page", many(&|dice| format!("changes?after={}", dice.below(GRANTS)))),
        (
            "search: two words",
            many(&|dice| {
                format!("search?q={}", part(&format!("{} {}", dice.of(&ASPECTS), dice.of(&THINGS))))
            }),
        ),
        (
            "search: without marks",
            many(&|dice| {
                format!(
                    "search?q={}",
                    part(&format!("{} {}", plain(dice.of(&THINGS)), plain(dice.of(&PLACES))))
                )
            }),
        ),
        (
            "search: while one types",
            many(&|dice| {
                let word: String = dice.of(&ASPECTS).chars().take(1 + dice.below(4)).collect();
                format!("search?q={}", part(&word))
            }),
        ),
        ("search: a number", many(&|dice| format!("search?q={}", dice.below(SERVICES)))),
        ("search: of one kind", many(&|dice| format!("search?kind=Field&q={}", part(dice.of(&THINGS))))),
        ("search: nothing fits", many(&|dice| format!("search?q=qwx{}", dice.below(1000)))),
    ]
}

/// Pages of the console, as a browser asks for them.
pub(crate) fn pages() -> Vec<(&'static str, Vec<String>)> {
    let mut dice = Dice(3);
    let mut many = |ask: &dyn Fn(&mut Dice) -> String| (0..QUESTIONS).map(|_| ask(&mut dice)).collect();
    let one = |path: &str| vec![path.to_owned()];
    let databases: Vec<&str> = include_str!("../../../data/databases.tsv")
        .lines()
        .filter(|line| line.starts_with("VNDB-"))
        .filter_map(|line| line.split('\t').next())
        .collect();
    vec![
        ("page: overview", one("/")),
        ("page: databases", one("/co-so-du-lieu")),
        ("page: a database", many(&|dice| format!("/co-so-du-lieu/{}", dice.of(&databases)))),
        ("page: priority databases", one("/uu-tien")),
        ("page: duties", one("/nghia-vu")),
        ("page: services", many(&|dice| format!("/dich-vu?after={}", part(&service(dice.below(SERVICES)))))),
        ("page: a service", many(&|dice| format!("/dich-vu/{}", part(&service(dice.below(SERVICES)))))),
        ("page: dictionary", one("/tu-dien")),
        ("page: agencies and their tree", one("/co-quan")),
        ("page: an agency", many(&|dice| format!("/co-quan/{}", part(&agency(dice.below(AGENCIES)))))),
        ("page: requests", one("/yeu-cau")),
        ("page: grants", many(&|dice| format!("/quyen?after={}", grant(dice.below(GRANTS))))),
        ("page: a grant", many(&|dice| format!("/quyen/{}", grant(dice.below(GRANTS))))),
        ("page: live exchange", one("/giam-sat")),
        ("page: quality", one("/chat-luong")),
        ("page: audit trail", many(&|dice| format!("/vet?before={}", 1 + dice.below(GRANTS)))),
        ("page: accounts", one("/tai-khoan")),
        ("page: registry", one("/so-dang-ky")),
        (
            "page: the form of a service",
            many(&|dice| format!("/so-dang-ky/services/{}", part(&service(dice.below(SERVICES))))),
        ),
        (
            "page: search",
            many(&|dice| format!("/tim?q={}", part(&format!("{} {}", dice.of(&ASPECTS), dice.of(&THINGS))))),
        ),
        ("page: my work", one("/toi")),
        ("page: status", one("/trang-thai")),
    ]
}

/// A text as part of an address.
fn part(text: &str) -> String {
    text.bytes().fold(String::new(), |mut part, byte| {
        if byte.is_ascii_alphanumeric() {
            part.push(char::from(byte));
        } else {
            let _ = write!(part, "%{byte:02X}");
        }
        part
    })
}

/// As somebody writes who leaves the marks out. Only what the words above need.
fn plain(text: &str) -> String {
    const MARKED: [(&str, char); 12] = [
        ("áàảãạăắằẳẵặâấầẩẫậ", 'a'),
        ("éèẻẽẹêếềểễệ", 'e'),
        ("íìỉĩị", 'i'),
        ("óòỏõọôốồổỗộơớờởỡợ", 'o'),
        ("úùủũụưứừửữự", 'u'),
        ("ýỳỷỹỵ", 'y'),
        ("đ", 'd'),
        ("ÁÀẢÃẠĂẮẰẲẴẶÂẤẦẨẪẬ", 'A'),
        ("ÓÒỎÕỌÔỐỒỔỖỘƠỚỜỞỠỢ", 'O'),
        ("ÚÙỦŨỤƯỨỪỬỮỰ", 'U'),
        ("ÝỲỶỸỴ", 'Y'),
        ("Đ", 'D'),
    ];
    text.chars()
        .map(|c| MARKED.iter().find(|(marked, _)| marked.contains(c)).map_or(c, |(_, plain)| *plain))
        .collect()
}
