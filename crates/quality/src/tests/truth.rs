//! Truth by construction: what was planted is what is measured, rule by rule, and each group of defects has the cause that was planted.

use std::collections::{BTreeMap, HashSet};

use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, RecordBatch};

use super::persons::{self, Table};
use super::{PERSONS, settings};
use crate::defects::{Dimension, causes, export, repair};
use crate::rule::Check;
use crate::run::find;
use crate::{Run, State};

const ROWS: u64 = 60_000;

fn measured(rows: u64) -> (State, Table) {
    let account = Table::rows(0, rows);
    let mut run = Run::new(PERSONS.clone(), settings());
    run.push(&Table::rows(0, rows).batch()).unwrap();
    (run.state(), account)
}

#[test]
fn each_rule_finds_what_was_planted_and_nothing_else() {
    let (state, table) = measured(ROWS);
    assert_eq!(state.rows, ROWS);
    for (name, ..) in persons::FAULTS {
        assert!(table.faults.get(name).is_some_and(|count| *count > 0), "{name} was not planted");
    }
    let mut wrong = Vec::new();
    for (id, measured) in &state.rules {
        let planted = table.account.get(id.as_str()).copied().unwrap_or(0);
        let tally = measured.tally();
        if tally.fail != planted {
            let some: Vec<_> = measured.failing.records().take(3).map(|(_, record)| record.clone()).collect();
            wrong.push(format!("{id}: {} instead of {planted}: {some:?}", tally.fail));
        }
        assert_eq!(tally.rows(), ROWS, "{id}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let known: HashSet<&str> = state.rules.keys().map(String::as_str).collect();
    assert!(table.account.keys().all(|rule| known.contains(rule)), "a planted fault has no rule");
}

#[test]
fn each_group_of_defects_has_the_cause_that_was_planted() {
    let (state, _) = measured(ROWS);
    let found: BTreeMap<String, _> =
        causes(&state).into_iter().map(|cause| (cause.rule.clone(), cause)).collect();
    let check = |rule: &str, dimension: Option<Dimension>, names: &[&str]| {
        let cause = &found[rule];
        assert_eq!(cause.dimension, dimension, "{rule}: {cause:?}");
        let mut groups: Vec<&str> = cause.groups.iter().map(|group| group.name.as_str()).collect();
        groups.sort_unstable();
        assert_eq!(groups, names, "{rule}: {cause:?}");
    };
    check("xa:code", Some(Dimension::Unit), &persons::OLD_UNITS);
    check("dien_thoai:format", Some(Dimension::Source), &[persons::OLD_SYSTEM]);
    check("ho_ten:encoding", Some(Dimension::Day), &[persons::OLD_DAY]);
    check("dan_toc:code", Some(Dimension::Value), &[persons::OLD_CODE]);
    // A pattern tells those that are written day first; their values are all different.
    check("ngay_sinh:type", Some(Dimension::Pattern), &["99/99/9999"]);
    check("so_dinh_danh:birth_year", None, &[]);
    // What repair gains most comes first.
    let order = causes(&state);
    assert!(order.windows(2).all(|pair| pair[0].fails >= pair[1].fails));
    let communes = &found["xa:code"];
    assert_eq!(communes.explained, communes.fails);
    assert!(communes.groups.iter().all(|group| group.lift > 5.0 && group.rows > group.fails));
}

/// The rows of a batch with one of these keys.
fn with_keys(batch: &RecordBatch, keys: &HashSet<String>) -> RecordBatch {
    let ids = batch.column_by_name("so_dinh_danh").unwrap().as_string::<i32>();
    let rows = (0..batch.num_rows()).filter(|row| ids.is_valid(*row) && keys.contains(ids.value(*row)));
    let rows: Vec<usize> = rows.collect();
    let columns = batch.columns().iter().map(|column| {
        let texts = column.as_string::<i32>();
        let kept: arrow_array::StringArray =
            rows.iter().map(|row| texts.is_valid(*row).then(|| texts.value(*row))).collect();
        std::sync::Arc::new(kept) as arrow_array::ArrayRef
    });
    RecordBatch::try_new(batch.schema(), columns.collect()).unwrap()
}

#[test]
fn failing_keys_can_be_fetched_and_fail_when_read_again() {
    let batch = Table::rows(0, 20_000).batch();
    let mut run = Run::new(PERSONS.clone(), settings());
    run.push(&batch).unwrap();
    let state = run.state();
    for (id, measured) in &state.rules {
        let rule = PERSONS.rule(id).unwrap();
        let mut keys: HashSet<String> = measured
            .failing
            .records()
            .map(|(_, record)| record.key.to_string())
            .filter(|key| !key.is_empty())
            .collect();
        if let (Check::Unique { .. }, Some(uniques)) = (&rule.check, &measured.uniques) {
            let wanted: HashSet<u64> = uniques.doubles().map(|(digest, _)| digest).collect();
            keys = find(&PERSONS, &settings(), id, &wanted, &batch)
                .unwrap()
                .into_iter()
                .map(|(_, record)| record.key.to_string())
                .collect();
        }
        let mut again = Run::new(PERSONS.clone(), settings());
        let fetched = with_keys(&batch, &keys);
        again.push(&fetched).unwrap();
        let again = again.state();
        let tally = again.rules[id].tally();
        if id == "so_dinh_danh:required" {
            // No key, so it cannot be named: it is counted, and said not to be kept.
            assert_eq!((measured.failing.not_kept(), tally.fail), (measured.tally().fail, 0));
        } else {
            // A double of a failing record, which is as it should be, has the same key.
            assert!(tally.fail == measured.tally().fail, "{id}: {tally:?} of {:?}", measured.tally());
        }
    }
}

#[test]
fn repairs_make_records_pass_and_leave_what_they_cannot_tell() {
    let (state, _) = measured(20_000);
    let mut seen: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (id, measured) in &state.rules {
        let rule = PERSONS.rule(id).unwrap();
        for (_, record) in measured.failing.records() {
            let counts = seen.entry(id).or_default();
            counts.1 += 1;
            if let Some(repair) = repair(rule, record) {
                counts.0 += 1;
                assert!(
                    repair.new.as_deref() != Some(&repair.old) && (0.0..=1.0).contains(&repair.confidence)
                );
                assert!(!repair.reason.vi().is_empty());
            }
        }
    }
    let all = |rule: &str| {
        let (repaired, records) = seen[rule];
        assert!(records > 0 && repaired == records, "{rule}: {repaired} of {records}");
    };
    for rule in [
        "ho_ten:encoding",
        "ho_ten:composed",
        "ho_ten:spaces",
        "ho_ten:letter_d",
        "ho_ten:tone",
        "ho_ten:placeholder",
        "ngay_sinh:type",
        "so_dinh_danh:format",
        "so_dinh_danh:sex",
        "xa:code",
    ] {
        all(rule);
    }
    for rule in ["so_dinh_danh:birth_year", "so_dinh_danh:province", "so_cha:older", "dan_toc:code"] {
        assert_eq!(seen[rule].0, 0, "{rule}");
    }
    let rule = PERSONS.rule("ngay_sinh:type").unwrap();
    let (_, record) = state.rules["ngay_sinh:type"].failing.records().next().unwrap();
    let one = repair(rule, record).unwrap();
    let sql =
        export::sql(std::slice::from_ref(&one), "public.nguoi", "so_dinh_danh", export::Dialect::Standard);
    let new = one.new.clone().unwrap();
    let expect = format!(
        "UPDATE \"public\".\"nguoi\" SET \"ngay_sinh\" = '{new}' WHERE \"so_dinh_danh\" = '{}' AND \"ngay_sinh\" = '{}'; -- ngay_sinh:type, ",
        one.key, one.old
    );
    assert!(sql.starts_with(&expect), "{sql}");
    let evil = crate::defects::Repair {
        key: "1' OR '1'='1".into(),
        old: "\\'; DROP TABLE x; --".into(),
        field: "a\"b`c".into(),
        new: Some("=HYPERLINK(1)".into()),
        ..one
    };
    let standard = export::sql(std::slice::from_ref(&evil), "t", "k", export::Dialect::Standard);
    assert!(
        standard.contains("\"a\"\"b`c\" = '\\''; DROP TABLE x; --'")
            && standard.contains("'1'' OR ''1''=''1'"),
        "{standard}"
    );
    let maria = export::sql(std::slice::from_ref(&evil), "t", "k", export::Dialect::Mariadb);
    assert!(maria.contains("`a\"b``c` = '\\\\''; DROP TABLE x; --'"), "{maria}");
    assert!(export::csv(&[evil]).contains("\"'=HYPERLINK(1)\""));
}
