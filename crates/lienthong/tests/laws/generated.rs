//! Tables that nobody thought of: schemas and rows by chance, from a seed that is told.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _, PgConnection};
use testing::Server;

use super::{Dataset, Matrix, is_whole};

/// Tables on each source: in each run of the tests, and in the whole matrix.
const TABLES: (usize, usize) = (3, 25);
/// Columns beside the key, with the kinds that they are shown by.
const FIELDS: [(&str, &str); 4] = [("v", "text"), ("w", "decimal"), ("x", "date"), ("y", "name")];

/// A value as SQL, for a column that is declared so.
type Made = (&'static str, BoxedStrategy<String>);

pub(super) async fn datasets(matrix: &mut Matrix, folder: &Path, server: &Server) {
    let seed = seed();
    eprintln!("LIENTHONG_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let count = if is_whole() { TABLES.1 } else { TABLES.0 };
    let url = format!("postgres://postgres@127.0.0.1:{}/luat_utf8", server.port);
    let mut postgres = PgConnection::connect(&url).await.unwrap();
    let path = folder.join("ngau-nhien.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut sqlite = SqliteConnection::connect_with(&options).await.unwrap();
    matrix
        .sources
        .push_str(&format!("\n[[sources]]\nname = \"ngau-nhien\"\nurl = \"sqlite:{}\"\n", path.display()));
    for number in 0..count {
        let (made, rows) = table(&mut runner, &on_postgres(), number, |key| {
            format!("convert_from('\\x{}', 'UTF8')", hex(key))
        });
        let done = postgres.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(made.clone()))).await;
        done.unwrap_or_else(|error| panic!("seed {seed}: {made}: {error}"));
        add(matrix, "pg-UTF8", number, rows);
        let (made, rows) =
            table(&mut runner, &on_sqlite(), number, |key| format!("CAST(x'{}' AS TEXT)", hex(key)));
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(made.clone())).execute(&mut sqlite).await;
        done.unwrap_or_else(|error| panic!("seed {seed}: {made}: {error}"));
        add(matrix, "ngau-nhien", number, rows);
    }
    sqlite.close().await.unwrap();
}

/// The seed of each run of the tests: a change is what fails them, not chance.
const SEED: u64 = 28_100;

/// The seed that is asked for; of the whole matrix another each time.
fn seed() -> u64 {
    let asked = std::env::var_os("LIENTHONG_SEED").and_then(|seed| seed.to_str()?.parse().ok());
    asked.unwrap_or_else(|| if is_whole() { u64::from(std::process::id()) } else { SEED })
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Letters of many writings, signs, spaces of all widths, marks that combine; short, so that some are near to one another.
fn texts() -> BoxedStrategy<String> {
    prop_oneof![
        "\\PC{0,6}",
        "[aAáÁàạăâbB ]{0,4}",
        "[a\u{301}\u{323}\u{2060} ]{1,4}",
        "-?[0-9]{1,6}(\\.[0-9]{1,3})?",
        "[0-9]{2}/[0-9]{2}/20[0-9]{2}",
        "20[0-9]{2}-0[1-9]-1[0-9]"
    ]
    .boxed()
}

fn on_postgres() -> Vec<Made> {
    let text = || texts().prop_map(|text| format!("convert_from('\\x{}', 'UTF8')", hex(&text))).boxed();
    vec![
        ("text", text()),
        ("citext", text()),
        ("text COLLATE khong_dau", text()),
        ("bigint", any::<i64>().prop_map(|number| number.to_string()).boxed()),
        ("numeric", "-?[0-9]{1,20}(\\.[0-9]{1,20})?".boxed()),
        ("double precision", any::<f64>().prop_map(|number| format!("'{number}'")).boxed()),
        ("real", any::<f32>().prop_map(|number| format!("'{number}'")).boxed()),
        ("date", (-700_000i32..3_000_000).prop_map(|days| format!("date '2000-01-01' + {days}")).boxed()),
        (
            "timestamptz",
            (-60_000_000_000_000_000i64..200_000_000_000_000_000)
                .prop_map(|micros| format!("timestamptz '2000-01-01' + {micros} * interval '1 microsecond'"))
                .boxed(),
        ),
        (
            "bytea",
            any::<Vec<u8>>()
                .prop_map(|bytes| {
                    format!("'\\x{}'", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
                })
                .boxed(),
        ),
        (
            "interval",
            (any::<i16>(), any::<i32>())
                .prop_map(|(months, seconds)| format!("make_interval(months => {months}, secs => {seconds})"))
                .boxed(),
        ),
    ]
}

fn on_sqlite() -> Vec<Made> {
    let text = || texts().prop_map(|text| format!("CAST(x'{}' AS TEXT)", hex(&text)));
    let mixed = || {
        prop_oneof![
            text(),
            any::<i64>().prop_map(|number| number.to_string()),
            (-100i64..100).prop_map(|number| number.to_string()),
            (-1e9f64..1e9).prop_map(|number| format!("{number:?}")),
            any::<[u8; 3]>().prop_map(|bytes| format!("x'{:02x}{:02x}{:02x}'", bytes[0], bytes[1], bytes[2])),
        ]
        .boxed()
    };
    vec![
        ("TEXT", text().boxed()),
        ("TEXT COLLATE NOCASE", text().boxed()),
        ("", mixed()),
        ("INTEGER", mixed()),
        ("REAL", mixed()),
        ("NUMERIC", mixed()),
        ("BLOB", mixed()),
        ("DATETIME", text().boxed()),
    ]
}

/// The statements that make a table, and how many rows it has.
fn table(
    runner: &mut TestRunner,
    types: &[Made],
    number: usize,
    key_as: impl Fn(&str) -> String,
) -> (String, usize) {
    let mut draw = |strategy: &BoxedStrategy<String>| strategy.new_tree(runner).unwrap().current();
    let keys: BTreeSet<String> = (0..25).map(|_| draw(&texts())).collect();
    let pick = "[0-9]{4}".boxed();
    let columns: Vec<&Made> =
        FIELDS.iter().map(|_| &types[draw(&pick).parse::<usize>().unwrap() % types.len()]).collect();
    let declared: Vec<String> =
        FIELDS.iter().zip(&columns).map(|((name, _), (declared, _))| format!("{name} {declared}")).collect();
    let rows: Vec<String> = keys
        .iter()
        .map(|key| {
            let cells: Vec<String> = columns
                .iter()
                .map(|(_, made)| if draw(&pick).starts_with('0') { "NULL".to_owned() } else { draw(made) })
                .collect();
            format!("({}, {})", key_as(key), cells.join(", "))
        })
        .collect();
    let made = format!(
        "CREATE TABLE g{number} (id text PRIMARY KEY NOT NULL, {}); INSERT INTO g{number} VALUES {}",
        declared.join(", "),
        rows.join(", ")
    );
    (made, rows.len())
}

fn add(matrix: &mut Matrix, source: &str, number: usize, records: usize) {
    matrix.datasets.push(Dataset {
        source: source.to_owned(),
        about: format!("by chance {number}"),
        place: format!("source = \"{source}\"\ntable = \"g{number}\""),
        key: ("id", "text"),
        fields: FIELDS.to_vec(),
        records,
        broken: false,
        json: &[],
    });
}
