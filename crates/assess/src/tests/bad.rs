//! What is no pack, and what is shipped.

use super::made::DAY;
use crate::evidence::Evidence;
use crate::measure;
use crate::pack::{Pack, SHIPPED};
use crate::quantity::Quantity;

const ONE: &str = r#"
kind = "AssessPack"
id = "thu@1"
name = { vi = "Thử", en = "Try" }
source = { vi = "Thử", en = "Try" }
cycle = "month"
effective_from = "2027-01-01"
factors = { E1 = 100, E2 = 90, E3 = 70, E4 = 30 }

[[levels]]
level = 2
coverage = "40 %"
observed = "0 %"

[[criteria]]
id = "a"
name = { vi = "Đạt", en = "Met" }
citation = "Điều 1"
layer = "data"
measure = "calls_answered"
at_least = "100 %"
zero_at = "0 %"
weight = 1
fresh_days = 30
fix = { vi = "Sửa", en = "Mend" }
"#;

pub(super) fn pack_of(_: &str) -> Pack {
    Pack::read(ONE).unwrap()
}

pub(super) fn evidence() -> Evidence {
    Evidence {
        agency: "VN/GOV/G01".into(),
        period: "2027-03".parse().unwrap(),
        as_of: DAY,
        facts: [].into(),
        measures: [].into(),
        claims: [].into(),
        waivers: [].into(),
    }
}

/// Each is refused, and the reason names what is wrong.
#[test]
fn what_does_not_agree_with_itself_is_no_pack() {
    let wrong = [
        ("\"AssessPack\"", "\"RulePack\"", "no pack of assessments"),
        ("thu@1", "thu", "version"),
        ("thu@1", "thu@01", "version"),
        ("\"2027-01-01\"", "\"2027-01-02\"", "first day"),
        ("E2 = 90", "E2 = 20", "rise"),
        ("E4 = 30", "E4 = 0", "from 1"),
        ("level = 2", "level = 3", "from 2 to 5"),
        ("\"40 %\"", "\"40\"", "Levels"),
        ("\"40 %\"", "\"140 %\"", "no quantity"),
        ("\"calls_answered\"", "\"calls_dropped\"", "not in the list"),
        ("\"100 %\"", "\"30 days\"", "unit"),
        ("\"100 %\"", "\"-1 %\"", "no quantity"),
        ("zero_at = \"0 %\"", "at_most = \"0 %\"", "one bound"),
        ("zero_at = \"0 %\"", "zero_at = \"100 %\"", "failing side"),
        ("weight = 1", "weight = 0", "weights"),
        ("weight = 1", "weight = 1\ngate = 1", "gate"),
        ("fresh_days = 30", "fresh_days = -1", "cannot be read"),
        ("citation = \"Điều 1\"", "citation = \" \"", "citation"),
        ("id = \"a\"", "id = \"A\"", "small letters"),
        ("layer = \"data\"", "layer = \"lop\"", "cannot be read"),
        ("weight = 1", "weight = 1\nweigth = 2", "unknown field"),
    ];
    for (what, instead, why) in wrong {
        let text = ONE.replace(what, instead);
        assert_ne!(text, ONE, "{what}");
        let refused = Pack::read(&text).expect_err(instead);
        assert!(refused.0.en().contains(why), "{instead}: {}", refused.0.en());
    }
    let unseen = ONE
        .replace("calls_answered", "receipts_available")
        .replace("fresh_days = 30", "fresh_days = 30\ngrace = \"2027-01-31\"");
    assert!(Pack::read(&unseen).unwrap_err().0.en().contains("never turns"));
    let (_, criterion) = ONE.split_once("[[criteria]]").unwrap();
    let twice = Pack::read(&format!("{ONE}\n[[criteria]]{criterion}"));
    assert!(twice.unwrap_err().0.en().contains("twice"));
    assert!(Pack::read(&format!("{ONE}#{}", "x".repeat(600_000))).is_err());
}

#[test]
fn what_is_shipped_is_read_and_named_by_its_file() {
    let packs = Pack::shipped().unwrap();
    for ((file, _), pack) in SHIPPED.iter().zip(&packs) {
        assert_eq!(pack.family(), *file);
        assert!(pack.groups.last().is_some_and(|last| last.all.is_empty() && last.any.is_empty()), "{file}");
        // Whatever is known second-hand says so, in the pack or at the criterion.
        let told = pack.second_hand || pack.source.en.contains("ours");
        assert!(told, "{file}");
    }
    assert_eq!(packs[0].criteria.len(), 30);
    let used = packs.iter().flat_map(|pack| pack.criteria.iter().map(|criterion| criterion.measure.as_str()));
    let used: std::collections::BTreeSet<&str> = used.collect();
    let idle: Vec<&str> =
        measure::ALL.iter().map(|measure| measure.name).filter(|name| !used.contains(name)).collect();
    assert!(idle.is_empty(), "no pack asks for {idle:?}");
}

#[test]
fn quantities_are_written_as_they_are_read() {
    for text in ["99.5 %", "0 %", "100 %", "0.01 %", "3", "0", "30 days", "800 ms", "yes", "no"] {
        assert_eq!(text.parse::<Quantity>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "%",
        "1.005 %",
        "100.01 %",
        "1e3",
        "+3",
        "-3",
        "3.5",
        "3 apples",
        "٣",
        "1_000",
        "٩٩ %",
        "days",
        "99999999999999",
    ] {
        assert!(text.parse::<Quantity>().is_err(), "{text}");
    }
    assert_eq!("99.5%".parse::<Quantity>().unwrap().value, 9950);
}

#[test]
fn periods_follow_one_another_without_a_gap() {
    use crate::period::{Cycle, Period};
    for cycle in [Cycle::Month, Cycle::Quarter] {
        let mut period = Period::of(cycle, jiff::civil::date(2026, 1, 15));
        for _ in 0..60 {
            let next = period.next();
            assert_eq!((period.after(), next.before()), (next.first(), period));
            assert_eq!(Period::of(cycle, period.last()), period);
            assert_eq!(period.to_string().parse::<Period>().unwrap(), period);
            period = next;
        }
    }
    for text in [
        "2027",
        "2027-13",
        "2027-00",
        "2027-Q5",
        "2027-Q0",
        "2027-3",
        "27-03",
        "2027-Q",
        "-027-01",
        "2027-03-01",
    ] {
        assert!(text.parse::<Period>().is_err(), "{text}");
    }
}
