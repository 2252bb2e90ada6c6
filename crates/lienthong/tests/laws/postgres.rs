//! PostgreSQL: every type with its odd values, in databases of three encodings.

use sqlx::{Connection as _, Executor as _, PgConnection};
use testing::Server;

use super::{Dataset, Matrix};

/// A type: how it is declared, the kind that its values have beside text, its values as SQL, and whether it can be a key.
type Type = (&'static str, &'static str, &'static [&'static str], bool);

const SETUP: &str = r"
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TYPE mau AS ENUM ('xanh', 'đỏ', 'a đầu', 'A');
CREATE TYPE doi AS (a int, b text);
CREATE DOMAIN ma_thua AS varchar(20) CHECK (VALUE ~ '^[A-Za-z0-9-]+$');
CREATE DOMAIN tuoi AS int CHECK (VALUE > 0);
CREATE COLLATION khong_dau (provider = icu, locale = 'vi-u-ks-level1', deterministic = false);
";

/// Texts that sources take for one another, or for something else.
const TEXTS: &[&str] = &[
    "'a'",
    "'A'",
    "'á'",
    "'a '",
    "' a'",
    "'HKD00001'",
    "'HKD00001 '",
    "'01'",
    "'1'",
    "'1.0'",
    "'%'",
    "'_'",
    "'\\N'",
    "'NULL'",
    "'x''y'",
    "'a/b'",
    "'a.b'",
    "'..'",
    "'ａ'",
    "U&'a\\0301'",
    "'Nguyễn Thị Hòa'",
    "'Nguyễn Thị Hoà'",
    "'😀'",
    "E'a\\tb'",
    "E'a\\nb'",
    "'\"'",
    "'\\'",
    "'?'",
    "'#'",
    "'&b=1'",
    "'+'",
    "'true'",
    "'{}'",
    "'2020-01-01'",
];

const TYPES: &[Type] = &[
    ("smallint", "integer", &["-32768", "0", "-1", "7", "32767"], true),
    ("integer", "integer", &["-2147483648", "0", "12", "120", "2147483647"], true),
    ("bigint", "integer", &["-9223372036854775808", "0", "9007199254740993", "9223372036854775807"], true),
    ("oid", "integer", &["0", "4294967295"], true),
    (
        "numeric",
        "decimal",
        &[
            "1.10",
            "2.0",
            "3",
            "0.5",
            "-0.5",
            "1e40",
            "'NaN'",
            "'Infinity'",
            "'-Infinity'",
            "123456789012345678901234567890.123456789",
            "0.000000000000000000000000000001",
        ],
        true,
    ),
    ("numeric(12,0)", "person_id", &["924090000001", "1198000001", "0"], true),
    ("numeric(4,1)", "integer", &["1.2", "1.0", "-1.5", "999.9"], true),
    (
        "real",
        "decimal",
        &[
            "0.1",
            "16777217",
            "1e20",
            "1e-20",
            "3.4028235e38",
            "'NaN'",
            "'Infinity'",
            "'-Infinity'",
            "0",
            "1000000",
        ],
        true,
    ),
    (
        "double precision",
        "decimal",
        &[
            "0.1",
            "1e300",
            "1e-300",
            "1e15",
            "1e16",
            "123456.789",
            "'NaN'",
            "'Infinity'",
            "'-Infinity'",
            "0",
            "9007199254740993",
        ],
        true,
    ),
    ("boolean", "boolean", &["true", "false"], true),
    ("char(5)", "text", &["'ab'", "'AB'", "'á'", "''", "'abcde'", "'0'"], true),
    ("char(2)", "unit", &["'01'", "'24'", "'99'"], true),
    (
        "varchar(9)",
        "name",
        &["'HKD00001'", "'hkd00001'", "'  A  B '", "'A B'", "'a'", "''", "'01/1999'"],
        true,
    ),
    (
        "varchar(10)",
        "date",
        &[
            "'2020-02-29'",
            "'29/02/2020'",
            "'29-2-2020'",
            "'20200229'",
            "'khoảng'",
            "'2/9/1945'",
            "'1945-09-02'",
        ],
        true,
    ),
    ("varchar(12)", "person_id", &["'001198000001'", "'1198000002'", "'B1234567'", "'001 198 03'"], true),
    ("text", "text", TEXTS, true),
    ("text COLLATE khong_dau", "text", &["'hòa'", "'binh'", "'X'"], true),
    ("citext", "text", &["'DN01'", "'dn02'", "'Đ'"], true),
    ("name", "text", &["'a'", "'A'", "'ab '"], true),
    ("\"char\"", "text", &["'a'", "'b'"], true),
    (
        "uuid",
        "text",
        &["'0b6f6b1e-0000-4000-8000-0000000000aa'", "'00000000-0000-0000-0000-000000000000'"],
        true,
    ),
    ("bytea", "text", &["'\\x00ff'", "'\\x'", "'\\x616263'"], true),
    (
        "date",
        "date",
        &[
            "'2020-02-29'",
            "'0001-01-01'",
            "'9999-12-31'",
            "'12020-01-01'",
            "'0044-03-15 BC'",
            "'infinity'",
            "'-infinity'",
        ],
        true,
    ),
    (
        "timestamp",
        "moment",
        &[
            "'2020-02-29 10:11:12'",
            "'2020-02-29 10:11:12.5'",
            "'2020-02-29 10:11:12.000001'",
            "'2020-02-29'",
            "'0044-03-15 BC'",
            "'infinity'",
            "'-infinity'",
            "'12020-01-01'",
        ],
        true,
    ),
    (
        "timestamptz",
        "moment",
        &[
            "'2020-02-29 10:11:12+07'",
            "'2020-02-29 10:11:12.5+07'",
            "'0001-01-01 00:00+00 BC'",
            "'infinity'",
            "'-infinity'",
        ],
        true,
    ),
    ("timestamp(0)", "date", &["'2020-02-29 00:00:00'", "'2020-02-29 10:00:00'"], true),
    ("time", "text", &["'00:00'", "'23:59:59.999999'", "'24:00'"], true),
    ("timetz", "text", &["'00:00+00'", "'07:00+07'", "'23:59:59+07'"], true),
    (
        "interval",
        "text",
        &["'1 mon'", "'2 days'", "'1 year 2 days'", "'-1 day'", "'0'", "'36:00:00.5'"],
        true,
    ),
    ("inet", "text", &["'10.0.0.1'", "'10.0.0.1/24'", "'::1'"], true),
    ("cidr", "text", &["'10.0.0.0/8'", "'::/0'"], true),
    ("macaddr", "text", &["'08:00:2b:01:02:03'"], true),
    ("money", "text", &["12.34", "-1", "0"], true),
    ("int[]", "text", &["'{1,2}'", "'{{1,2},{3,4}}'", "'{}'", "'{1,NULL}'"], true),
    ("text[]", "text", &["'{\"a,b\"}'", "'{\"\\\"q\\\"\",NULL}'", "'{\"\"}'"], true),
    ("mau", "code", &["'xanh'", "'đỏ'", "'a đầu'", "'A'"], true),
    ("doi", "text", &["ROW(1,'hai')::doi", "ROW(NULL,'')::doi"], true),
    ("ma_thua", "code", &["'T-1'", "'t-1'", "'T-12'"], true),
    ("tuoi", "integer", &["1", "30", "2147483647"], true),
    ("int4range", "text", &["'[1,5)'", "'empty'", "'[1,)'"], true),
    ("daterange", "text", &["'[2020-01-01,infinity)'"], true),
    ("bit(3)", "text", &["'101'", "'001'"], true),
    ("varbit", "text", &["'1'", "'01'", "'001'"], true),
    ("tsvector", "text", &["'mèo chó'", "'a:1'"], true),
    (
        "json",
        "text",
        &[
            "'{\"a\": 12345678901234567890, \"b\": [1.50, null]}'",
            "'{\"a\":1}'",
            "'null'",
            "'\"x\"'",
            "'1.50'",
        ],
        false,
    ),
    ("jsonb", "text", &["'{\"b\": 1.50}'", "'[]'", "'12345678901234567890123'"], false),
    ("xml", "text", &["'<a>&amp;</a>'", "'<a/>'"], false),
    ("point", "text", &["'(1,2)'", "'(0.1,-0)'"], false),
    ("box", "text", &["'(1,1),(0,0)'", "'(2,0.5),(1,-0.5)'"], false),
    ("line", "text", &["'{1,2,3}'"], false),
    ("polygon", "text", &["'((0,0),(1,1))'"], false),
];

/// Types of databases that are not of UTF-8: texts in what they have.
const LATIN: &[Type] = &[
    ("varchar(20)", "name", &["'a'", "'A'", "'é'", "'e'", "'café '"], true),
    ("integer", "integer", &["1", "-7"], true),
    ("timestamptz", "moment", &["'2020-02-29 10:11:12+07'"], true),
];

pub(super) async fn datasets(matrix: &mut Matrix, server: &Server) {
    let admin = format!("postgres://postgres@127.0.0.1:{}", server.port);
    let mut postgres = PgConnection::connect(&format!("{admin}/postgres")).await.unwrap();
    for (encoding, types) in [("UTF8", TYPES), ("LATIN1", LATIN), ("SQL_ASCII", LATIN)] {
        let name = format!("luat_{}", encoding.to_lowercase());
        let make = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'");
        postgres.execute(sqlx::AssertSqlSafe(make)).await.unwrap();
        let url = format!("{admin}/{name}");
        matrix.sources.push_str(&format!(
            "\n[[sources]]\nname = \"pg-{encoding}\"\nurl = \"{url}\"\nconnections = 16\n"
        ));
        let mut connection = PgConnection::connect(&url).await.unwrap();
        if encoding == "UTF8" {
            connection.execute(SETUP).await.unwrap();
        }
        for (number, one) in types.iter().enumerate() {
            tables(matrix, &mut connection, &format!("pg-{encoding}"), number, *one).await;
        }
        if encoding == "SQL_ASCII" {
            bytes_that_are_no_text(matrix, &mut connection).await;
        }
    }
}

/// Two tables of a type: one that has it as a field, each value twice and once nothing, and one that has it as the key.
async fn tables(
    matrix: &mut Matrix,
    connection: &mut PgConnection,
    source: &str,
    number: usize,
    (declared, kind, values, is_key): Type,
) {
    let mut rows: Vec<String> = Vec::new();
    for (at, value) in values.iter().chain(values).enumerate() {
        rows.push(format!("('r{at:03}', {value})"));
    }
    rows.push("('null', NULL)".to_owned());
    let made = format!(
        "SET client_encoding = 'UTF8'; CREATE TABLE f{number} (id varchar(10) PRIMARY KEY, v {declared}); INSERT INTO f{number} VALUES {}",
        rows.join(", ")
    );
    connection
        .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(made)))
        .await
        .unwrap_or_else(|error| panic!("{declared}: {error}"));
    matrix.datasets.push(Dataset {
        source: source.to_owned(),
        about: declared.to_owned(),
        place: format!("source = \"{source}\"\ntable = \"f{number}\"\ncolumns = {{ n = \"v\" }}"),
        key: ("id", "text"),
        fields: vec![("v", "text"), ("n", kind)],
        records: 2 * values.len() + 1,
        broken: false,
        json: if declared.starts_with("json") { &["v", "n"] } else { &[] },
    });
    if !is_key {
        return;
    }
    let rows: Vec<String> = values.iter().enumerate().map(|(at, value)| format!("({value}, {at})")).collect();
    for (name, kind) in [("t", "text"), ("n", kind)] {
        let made = format!(
            "CREATE TABLE k{name}{number} (v {declared} PRIMARY KEY, so int); INSERT INTO k{name}{number} VALUES {}",
            rows.join(", ")
        );
        let done = connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(made))).await;
        done.unwrap_or_else(|error| panic!("{declared}: {error}"));
        matrix.datasets.push(Dataset {
            source: source.to_owned(),
            about: format!("{declared} as key"),
            place: format!("source = \"{source}\"\ntable = \"k{name}{number}\""),
            key: ("v", kind),
            fields: vec![("so", "integer")],
            records: values.len(),
            broken: false,
            json: &[],
        });
    }
}

/// A database without an encoding holds what it is given.
async fn bytes_that_are_no_text(matrix: &mut Matrix, connection: &mut PgConnection) {
    let made = r"SET client_encoding = 'SQL_ASCII'; CREATE TABLE bytes (id varchar(10) PRIMARY KEY, v text);
        INSERT INTO bytes VALUES ('a', E'caf\351'), ('b', E'\377\376'), ('c', 'sạch'), ('d', E'\303'), ('e', NULL)";
    connection.execute(sqlx::raw_sql(made)).await.unwrap();
    matrix.datasets.push(Dataset {
        source: "pg-SQL_ASCII".to_owned(),
        about: "bytes that are no UTF-8".to_owned(),
        place: "source = \"pg-SQL_ASCII\"\ntable = \"bytes\"\ncolumns = { n = \"v\" }".to_owned(),
        key: ("id", "text"),
        fields: vec![("v", "text"), ("n", "name")],
        records: 5,
        broken: true,
        json: &[],
    });
}
