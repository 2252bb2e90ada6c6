//! `SQLite`: columns of every affinity with values of every kind.

use std::path::Path;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::{Dataset, Matrix};

/// How a column is declared, the kind beside text, values as SQL, and whether it can be a key.
type Type = (&'static str, &'static str, &'static [&'static str], bool);

const MIXED: &[&str] = &[
    "1",
    "'một'",
    "1.5",
    "'1.50'",
    "x'00ff'",
    "'12A'",
    "-7",
    "9223372036854775807",
    "1e300",
    "''",
    "'á'",
    "9e999",
    "-9e999",
    "'2020-01-01'",
];

const TYPES: &[Type] = &[
    (
        "TEXT",
        "text",
        &[
            "'a'",
            "'A'",
            "'á'",
            "'a '",
            "'01'",
            "'1'",
            "'1.0'",
            "'%'",
            "''",
            "'a/b'",
            "'😀'",
            "char(97,0,98)",
            "'2020-02-29'",
        ],
        true,
    ),
    ("TEXT COLLATE NOCASE", "text", &["'Ab'", "'cd'", "'Đ'", "'đ'"], true),
    ("TEXT COLLATE RTRIM", "text", &["'Ab'", "'cd '", "'x'"], true),
    (
        "INTEGER",
        "integer",
        &["1", "'12A'", "'5B'", "12", "-9223372036854775808", "9223372036854775807"],
        true,
    ),
    ("INTEGER", "boolean", &["0", "1"], true),
    ("REAL", "decimal", &["1.5", "2", "'cao'", "0.1", "1e300", "1e-300", "123456789012345678"], true),
    ("NUMERIC", "decimal", MIXED, false),
    ("NUMERIC", "decimal", &["1", "'một'", "1.5", "x'00ff'", "-7", "9e999"], true),
    ("STRING", "text", &["'07867'", "'7868'", "'abc'"], true),
    ("DECIMAL(10,2)", "decimal", &["1.10", "'1,5'", "7"], true),
    ("BLOB", "text", MIXED, true),
    ("", "text", MIXED, true),
    ("BOOLEAN", "boolean", &["0", "1"], true),
    ("DATE", "date", &["'2020-02-29'", "'29/02/2020'", "'không rõ'", "20200229"], true),
    (
        "DATETIME",
        "moment",
        &["'2020-02-29 10:11:12'", "'2020-02-29T10:11:12'", "'2020-02-29'", "1582970000"],
        false,
    ),
    ("TIMESTAMP", "moment", &["'2020-02-29 10:11:12.5'", "'x'"], true),
    ("VARCHAR(3)", "person_id", &["'001198000001'", "'1198000002'", "'ab'"], true),
    ("JSON", "text", &["'{\"a\": 12345678901234567890}'", "'x'"], false),
];

pub(super) async fn datasets(matrix: &mut Matrix, folder: &Path) {
    let path = folder.join("luat.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    matrix
        .sources
        .push_str(&format!("\n[[sources]]\nname = \"sqlite\"\nurl = \"sqlite:{}\"\n", path.display()));
    let mut script = String::new();
    for (number, (declared, kind, values, is_key)) in TYPES.iter().enumerate() {
        let mut rows: Vec<String> = values
            .iter()
            .chain(*values)
            .enumerate()
            .map(|(at, value)| format!("('r{at:03}', {value})"))
            .collect();
        rows.push("('null', NULL)".to_owned());
        script.push_str(&format!("CREATE TABLE f{number} (id TEXT PRIMARY KEY NOT NULL, v {declared}); INSERT INTO f{number} VALUES {};", rows.join(", ")));
        let dataset = |about: &str, table: &str, key, fields, records| Dataset {
            source: "sqlite".to_owned(),
            about: format!("{declared} {kind}{about}"),
            place: format!("source = \"sqlite\"\ntable = \"{table}{number}\"\ncolumns = {{ n = \"v\" }}"),
            key,
            fields,
            records,
            broken: false,
            json: if *declared == "JSON" { &["v", "n"] } else { &[] },
        };
        matrix.datasets.push(dataset(
            "",
            "f",
            ("id", "text"),
            vec![("v", "text"), ("n", *kind)],
            2 * values.len() + 1,
        ));
        if *is_key {
            let rows: Vec<String> =
                values.iter().enumerate().map(|(at, value)| format!("({value}, {at})")).collect();
            script.push_str(&format!(
                "CREATE TABLE k{number} (v {declared} UNIQUE, so INTEGER) ; INSERT INTO k{number} VALUES {};",
                rows.join(", ")
            ));
            // A record without a key is none.
            script.push_str(&format!("INSERT INTO k{number} VALUES (NULL, 99), (NULL, 100);"));
            for kind in ["text", *kind] {
                matrix.datasets.push(dataset(
                    " as key",
                    "k",
                    ("v", kind),
                    vec![("so", "integer")],
                    values.len(),
                ));
            }
        }
    }
    script.push_str("CREATE TABLE bytes (id TEXT PRIMARY KEY NOT NULL, v TEXT); INSERT INTO bytes VALUES ('a', CAST(x'ff41' AS TEXT)), ('b', 'sạch'), ('c', CAST(x'c3' AS TEXT)), ('d', NULL);");
    matrix.datasets.push(Dataset {
        source: "sqlite".to_owned(),
        about: "bytes that are no UTF-8".to_owned(),
        place: "source = \"sqlite\"\ntable = \"bytes\"\ncolumns = { n = \"v\" }".to_owned(),
        key: ("id", "text"),
        fields: vec![("v", "text"), ("n", "name")],
        records: 4,
        broken: true,
        json: &[],
    });
    sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
