//! Judged by another: DuckDB computes the same aggregates over the same Parquet files.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{compiled, settings};
use crate::state::hll::Distinct;
use crate::{Run, State};

/// Made-up tables, and rows of the largest of them.
const TABLES: usize = 48;
const LARGE: usize = 10_000_000;

/// What DuckDB is asked of each file.
const SCRIPT: &str = r#"
import sys, json, duckdb
db = duckdb.connect()
db.execute("SET ieee_floating_point_ops = false; SET error_on_division_by_zero = false; SET threads = 2")
# A text of spaces is no value to our rules; what is not finite is no number in conditions.
fields = {"n": "n", "x": "x", "t": "nullif(trim(t, ' '), '')", "d": "d", "b": "b", "e": "e"}
rules = {
    "n:required": "n IS NOT NULL", "n:contract_range": "n BETWEEN -5 AND 50",
    "x:contract_range": "CASE WHEN x IS NULL THEN NULL WHEN isnan(x) THEN false ELSE x > -1.5 AND x < 10 END",
    "t:required": "@T IS NOT NULL",
    "t:contract_length": "CASE WHEN @T IS NULL THEN NULL ELSE length(t) BETWEEN 2 AND 4 END",
    "t:contract_format": "CASE WHEN @T IS NULL THEN NULL ELSE regexp_matches(t, '[ab]+.?') END",
    "t:danh_muc": "CASE WHEN @T IS NULL THEN NULL ELSE t IN ('a', 'bb', 'Ngọc') END",
    ":c1": "n > 3 AND (@X / n < 2 OR @T = 'bb')",
    ":c2": "NOT (n + 1 = 2 * n) OR d BETWEEN DATE '1990-01-01' AND DATE '2020-12-31'",
    ":c3": "b AND length(@T) > 1",
    ":c4": "(d - DATE '2000-01-01' > n) AND n NOT IN (1, 2, 3)",
}
def one(sql): return db.execute(sql).fetchone()
for path in sys.argv[1:]:
    source = f"(SELECT *, nullif(trim(t, ' '), '') AS \"T_\", CASE WHEN isfinite(x) THEN x END AS \"X_\" FROM read_parquet('{path}'))"
    told = {"rows": one(f"SELECT count(*) FROM {source}")[0], "fields": {}, "rules": {}}
    for name in fields:
        number, text, day = name in "nxe", name == "t", name == "d"
        sql = f"SELECT count({name}), count(*) - count({name}), count(DISTINCT {name})"
        bound = f"CASE WHEN isnan({name}::DOUBLE) THEN NULL ELSE {name}::DOUBLE END" if number else f"{name} - DATE '1970-01-01'" if day else f"length({name})" if text else "NULL"
        sql += f", CAST(min({bound}) AS DOUBLE), CAST(max({bound}) AS DOUBLE)"
        sql += f", quantile_disc({bound}, 0.5)" if number else ", NULL"
        told["fields"][name] = one(sql + f" FROM {source}")
    for rule, sql in rules.items():
        sql = sql.replace("@T", '"T_"').replace("@X", '"X_"')
        told["rules"][rule] = one(f"SELECT count(*) FILTER (({sql}) IS TRUE), count(*) FILTER (({sql}) IS FALSE), count(*) FILTER (({sql}) IS NULL) FROM {source}")
    told["doubles"] = one(f"SELECT coalesce(sum(c), 0)::BIGINT, coalesce(sum(c - 1), 0)::BIGINT FROM (SELECT count(*) AS c FROM {source} WHERE n IS NOT NULL GROUP BY n HAVING count(*) > 1)")
    told["pairs"] = one(f"SELECT coalesce(sum(c), 0)::BIGINT FROM (SELECT count(*) AS c FROM {source} WHERE \"T_\" IS NOT NULL AND d IS NOT NULL GROUP BY t, d HAVING count(*) > 1)")
    told["top"] = db.execute(f"SELECT t, count(*) AS c FROM {source} WHERE t IS NOT NULL GROUP BY t ORDER BY c DESC, t LIMIT 5").fetchall()
    said = lambda v: [said(w) for w in v] if isinstance(v, (list, tuple)) else {k: said(w) for k, w in v.items()} if isinstance(v, dict) else str(v) if isinstance(v, float) and v in (float("inf"), float("-inf")) else v
    print(json.dumps(said(told)))
"#;

fn contract() -> Value {
    let condition = |name: &str, condition: &str| json!({ "name": name, "type": "custom", "engine": "lienthong", "implementation": condition });
    json!({ "id": "thu", "version": "1.0.0", "schema": [{ "name": "t", "properties": [
        { "name": "n", "logicalType": "integer", "required": true, "unique": true, "logicalTypeOptions": { "minimum": -5, "maximum": 50 } },
        { "name": "x", "logicalType": "number", "logicalTypeOptions": { "exclusiveMinimum": -1.5, "exclusiveMaximum": 10 } },
        { "name": "t", "required": true, "logicalTypeOptions": { "minLength": 2, "maxLength": 4, "pattern": "[ab]+.?" },
          "quality": [{ "name": "danh_muc", "metric": "invalidValues", "arguments": { "validValues": ["a", "bb", "Ngọc"] } }] },
        { "name": "d", "logicalType": "date" }, { "name": "b", "logicalType": "boolean" }, { "name": "e", "logicalType": "number" },
    ], "quality": [
        condition("c1", "n > 3 and (x / n < 2 or t = 'bb')"),
        condition("c2", "not (n + 1 = 2 * n) or d between date '1990-01-01' and date '2020-12-31'"),
        condition("c3", "b and length(t) > 1"),
        condition("c4", "d - date '2000-01-01' > n and n not in (1, 2, 3)"),
        { "name": "cap", "metric": "duplicateValues", "arguments": { "properties": ["t", "d"] } },
    ] }] })
}

#[derive(Debug, Clone)]
struct Row {
    n: Option<i64>,
    x: Option<f64>,
    t: Option<String>,
    d: Option<i32>,
    b: Option<bool>,
    e: Option<i128>,
}

fn row() -> impl Strategy<Value = Row> {
    let x = prop_oneof![
        4 => -5.0..20.0f64, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(f64::NEG_INFINITY), 1 => Just(-0.0), 1 => Just(0.0), 1 => Just(1e300),
    ];
    let t = prop_oneof![4 => "[ab]{0,4}", 1 => " {0,2}", 1 => Just("Ngọc".to_owned()), 1 => "\\PC{0,6}", 1 => Just("bb".to_owned())];
    (
        prop::option::weighted(0.9, -10i64..60),
        prop::option::weighted(0.9, x),
        prop::option::weighted(0.9, t),
        prop::option::weighted(0.9, -20_000i32..25_000),
        prop::option::weighted(0.8, any::<bool>()),
        prop::option::weighted(0.9, -1_000_000_000i128..1_000_000_000),
    )
        .prop_map(|(n, x, t, d, b, e)| Row { n, x, t, d, b, e })
}

fn batch(rows: &[Row]) -> RecordBatch {
    fn column<'a, A: FromIterator<Option<T>> + arrow_array::Array + 'static, T: 'a>(
        rows: &'a [Row],
        of: impl Fn(&'a Row) -> Option<T>,
    ) -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<A>())
    }
    let e: Decimal128Array = rows.iter().map(|row| row.e).collect();
    let columns: [(&str, ArrayRef); 6] = [
        ("n", column::<Int64Array, _>(rows, |row| row.n)),
        ("x", column::<Float64Array, _>(rows, |row| row.x)),
        ("t", column::<StringArray, _>(rows, |row| row.t.as_deref())),
        ("d", column::<Date32Array, _>(rows, |row| row.d)),
        ("b", column::<BooleanArray, _>(rows, |row| row.b)),
        ("e", Arc::new(e.with_precision_and_scale(18, 3).unwrap())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
}

fn write(path: &Path, batches: impl Iterator<Item = RecordBatch>) -> State {
    let mut run = Run::new(Arc::new(compiled(&contract())), settings());
    let mut batches = batches.peekable();
    let schema = batches.peek().map_or_else(|| batch(&[]).schema(), RecordBatch::schema);
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, None).unwrap();
    for batch in batches {
        writer.write(&batch).unwrap();
        run.push(&batch).unwrap();
    }
    writer.close().unwrap();
    run.state()
}

/// What DuckDB says of files, one after another.
fn judged(paths: &[std::path::PathBuf]) -> Vec<Value> {
    #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
    let python =
        std::env::var("LIENTHONG_TEST_PYTHON").expect("run `cargo xtask test`, which installs DuckDB");
    let done = Command::new(python).args(["-c", SCRIPT]).args(paths).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let lines = String::from_utf8(done.stdout).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn compare(state: &State, told: &Value, what: &str) {
    assert_eq!(told["rows"], state.rows, "{what}");
    for (name, profile) in &state.fields {
        let of = &told["fields"][name];
        assert_eq!((&of[0], &of[1]), (&json!(profile.filled), &json!(profile.nulls)), "{what}: {name}");
        let (distinct, found) = (of[2].as_f64().unwrap(), profile.distinct.estimate());
        // -0.0 and 0.0 are one number to DuckDB.
        let bound = (5.0 * Distinct::ERROR * distinct).max(if name == "x" { 1.5 } else { 0.5 });
        assert!((distinct - found).abs() <= bound, "{what}: {name}: {found} instead of {distinct}");
        let bounds = match name.as_str() {
            "t" => profile
                .lengths
                .keys()
                .next()
                .zip(profile.lengths.keys().last())
                .map(|(a, b)| (f64::from(*a), f64::from(*b))),
            "d" => profile.days.map(|(a, b)| (f64::from(a), f64::from(b))),
            "b" => None,
            _ => profile.numbers,
        };
        let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
        let theirs = number(&of[3]).zip(number(&of[4]));
        assert_eq!(bounds, theirs, "{what}: {name}");
        if let (Some(wanted), Some(found)) = (of[5].as_f64(), profile.spread.quantile(0.5))
            && name == "n"
        {
            // Both choose one of two numbers in the middle.
            assert!(
                (wanted - found).abs() <= 1.0 + wanted.abs() / 100.0 || state.rows < 100,
                "{what}: {name}: {found} instead of {wanted}"
            );
        }
    }
    for (rule, of) in told["rules"].as_object().unwrap() {
        let tally = state.rules[rule].tally();
        let ours = (tally.pass, tally.fail, tally.null + tally.not_applicable);
        let theirs = (of[0].as_u64().unwrap(), of[1].as_u64().unwrap(), of[2].as_u64().unwrap());
        assert_eq!(ours, theirs, "{what}: {rule}");
    }
    let uniques = state.rules["n:unique"].uniques.as_ref().unwrap();
    assert_eq!(told["doubles"], json!([uniques.double_rows(), uniques.surplus_rows()]), "{what}");
    assert_eq!(told["pairs"][0], state.rules[":cap"].tally().fail, "{what}");
    let values = &state.fields["t"].values;
    for top in told["top"].as_array().unwrap() {
        let (text, count) = (top[0].as_str().unwrap(), top[1].as_u64().unwrap());
        let ours = values.of(text);
        assert!(
            ours <= count && count <= ours + values.error(),
            "{what}: {text:?}: {ours} instead of {count}"
        );
    }
}

#[test]
fn duckdb_computes_the_same_over_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let (mut paths, mut states) = (Vec::new(), Vec::new());
    for table in 0..TABLES {
        let size = match table {
            0 => 0..=0,
            1..=3 => 1..=1,
            4 => 9000..=9000,
            _ => 2..=300,
        };
        let mut rows = prop::collection::vec(row(), size).new_tree(&mut runner).unwrap().current();
        match table {
            5 => rows
                .iter_mut()
                .for_each(|row| *row = Row { n: None, x: None, t: None, d: None, b: None, e: None }),
            6 => rows = vec![rows[0].clone(); 77],
            7 => rows.iter_mut().for_each(|row| row.x = Some(f64::NAN)),
            _ => {}
        }
        let path = folder.path().join(format!("t{table}.parquet"));
        let middle = rows.len() / 2;
        states.push((rows.len(), write(&path, [batch(&rows[..middle]), batch(&rows[middle..])].into_iter())));
        paths.push(path);
    }
    let told = judged(&paths);
    assert_eq!(told.len(), TABLES);
    for (table, ((rows, state), told)) in states.iter().zip(&told).enumerate() {
        compare(state, told, &format!("table {table} of {rows} rows"));
    }
}

/// `cargo xtask laws` has this one, too: ten million rows.
#[test]
fn duckdb_computes_the_same_over_ten_million_rows() {
    let rows = if std::env::var_os("LIENTHONG_LAWS").is_some() { LARGE } else { 50_000 };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.parquet");
    let row = |at: usize| {
        let mixed = at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        Row {
            // Most are alone, some stand there several times.
            n: (!mixed.is_multiple_of(50)).then_some(if mixed.is_multiple_of(7) {
                (mixed % 40) as i64
            } else {
                at as i64
            }),
            x: (!mixed.is_multiple_of(11)).then_some((mixed % 3000) as f64 / 100.0 - 5.0),
            t: (!mixed.is_multiple_of(13))
                .then(|| ["a", "bb", "Ngọc", "abab", "b", ""][mixed % 6].to_owned()),
            d: (!mixed.is_multiple_of(17)).then_some(i32::try_from(mixed % 25_000).unwrap()),
            b: (!mixed.is_multiple_of(3)).then_some(mixed.is_multiple_of(2)),
            e: Some(mixed as i128 % 1_000_000),
        }
    };
    let piece = 65_536;
    let batches = (0..rows)
        .step_by(piece)
        .map(|from| batch(&(from..rows.min(from + piece)).map(row).collect::<Vec<_>>()));
    let state = write(&path, batches);
    compare(&state, &judged(&[path])[0], "the large one");
}
