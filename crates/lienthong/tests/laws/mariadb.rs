//! MariaDB: every type with its odd values, in several encodings and collations, whatever mode its server is in.

use sqlx::{Connection as _, Executor as _, MySqlConnection};
use testing::Server;

use super::{Dataset, Matrix};

/// A type: how it is declared, the kind that its values have beside text, its values as SQL, and whether it can be a key.
type Type = (&'static str, &'static str, &'static [&'static str], bool);

const TEXTS: &[&str] = &[
    "'a'", "'A'", "'á'", "'a '", "' a'", "'ạ'", "'01'", "'1'", "'1.0'", "'%'", "'_'", "'NULL'", "'x''y'",
    "'a/b'", "'ａ'", "'hòa'", "'hoà'", "'😀'", "'𠮷'", "'a\\tb'", "'a\\nb'", "'\"'", "'\\\\'", "'?'",
    "'a\\0b'", "'ß'", "'ss'",
];
/// Keys that a collation without case and accents tells apart.
const APART: &[&str] = &["'DN01'", "'DN02'", "'hòa'", "'binh'", "'Z '"];

const TYPES: &[Type] = &[
    ("tinyint", "integer", &["-128", "0", "127"], true),
    ("boolean", "boolean", &["true", "false"], true),
    ("int", "integer", &["-2147483648", "0", "12", "120", "2147483647"], true),
    ("int(6) zerofill", "text", &["42", "0", "123456"], true),
    ("bigint", "integer", &["-9223372036854775808", "9007199254740993", "9223372036854775807"], true),
    ("bigint unsigned", "integer", &["0", "9223372036854775808", "18446744073709551615"], true),
    ("decimal(10,2)", "decimal", &["1.10", "-0.05", "12345678.90", "0"], true),
    ("decimal(12,0)", "person_id", &["924090000001", "1198000001"], true),
    (
        "decimal(65,0)",
        "decimal",
        &["12345678901234567890123456789012345678901234567890123456789012345", "-1"],
        true,
    ),
    ("decimal(38,38)", "decimal", &["0.12345678901234567890123456789012345678"], true),
    ("float", "decimal", &["0.1", "16777216", "1e20", "1e-20", "123456.7", "0"], true),
    ("double", "decimal", &["0.1", "1e300", "1e-300", "9007199254740992", "123456.789", "0"], true),
    ("bit(8)", "text", &["b'0'", "b'1010'", "b'11111111'"], true),
    (
        "bit(64)",
        "text",
        &["b'1111111111111111111111111111111111111111111111111111111111111111'", "b'1'"],
        true,
    ),
    ("char(5)", "text", &["'ab'", "'á'", "''", "'abcde'", "'01'"], true),
    ("varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", "text", APART, true),
    ("varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "name", &["'𠮷'", "'B'", "'c d'"], true),
    ("varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "text", APART, true),
    ("varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_vietnamese_ci", "name", APART, true),
    ("varchar(20) CHARACTER SET utf8mb3", "text", &["'DN01'", "'hòa'", "'Đ'"], true),
    ("varchar(20) CHARACTER SET latin1", "text", &["'DN01'", "'café'", "'Z'"], true),
    (
        "varchar(300)",
        "text",
        &["'a'", "CONCAT(REPEAT('x', 280), 'a')", "CONCAT(REPEAT('x', 280), 'b')", "'b'"],
        true,
    ),
    ("varchar(20) COLLATE utf8mb4_unicode_ci", "text", TEXTS, false),
    ("text", "text", TEXTS, false),
    (
        "longtext",
        "text",
        &["CONCAT(REPEAT('ă', 1500), 'a')", "CONCAT(REPEAT('ă', 1500), 'b')", "'ngắn'"],
        false,
    ),
    ("binary(4)", "text", &["x'00ff'", "x'00ff00'", "x'61626364'", "x'20'"], false),
    ("binary(16)", "text", &["x'00112233445566778899aabbccddeeff'", "x'ff'"], true),
    ("varbinary(10)", "text", &["x''", "x'00ff'", "x'00ff00'", "x'2020'"], true),
    ("blob", "text", &["x'00ff'", "x''"], false),
    ("date", "date", &["'2020-02-29'", "'0000-00-00'", "'2020-00-00'", "'0001-01-01'", "'9999-12-31'"], true),
    (
        "datetime",
        "moment",
        &["'2020-02-29 10:11:12'", "'0000-00-00 00:00:00'", "'9999-12-31 23:59:59'"],
        true,
    ),
    (
        "datetime(3)",
        "moment",
        &["'2020-02-29 10:11:12.5'", "'2020-02-29 10:11:12'", "'2020-02-29 00:00:00'"],
        true,
    ),
    ("datetime(6)", "date", &["'2020-02-29 00:00:00'", "'2020-02-29 10:11:12.000001'"], true),
    (
        "timestamp(6) NULL",
        "moment",
        &["'2020-02-29 10:11:12.000001'", "'2020-02-29 10:11:12'", "'1970-01-01 07:00:01'"],
        false,
    ),
    ("time(3)", "text", &["'00:00:00'", "'-838:59:59'", "'838:59:59'", "'10:11:12.5'"], true),
    ("year", "text", &["2020", "1901", "2155", "0"], true),
    (
        "enum('moi','dang_xu_ly','cho_bo_sung','xong','1','0')",
        "code",
        &["'moi'", "'dang_xu_ly'", "'cho_bo_sung'", "'xong'", "'1'"],
        true,
    ),
    ("set('a','b','c')", "text", &["''", "'a'", "'a,b'", "'c'"], true),
    ("json", "text", &["'{\"a\": 12345678901234567890}'", "'[1.50]'"], false),
    (
        "uuid",
        "text",
        &["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "'00000000-0000-0000-0000-000000000001'"],
        true,
    ),
    ("inet6", "text", &["'::1'", "'::ffff:1.2.3.4'"], true),
    ("point", "text", &["POINT(1, 2)", "POINT(0.1, -3)"], false),
];

pub(super) async fn datasets(matrix: &mut Matrix, server: &Server) {
    let url = format!("mysql://root@127.0.0.1:{}", server.port);
    let mut admin = MySqlConnection::connect(&format!("{url}/")).await.unwrap();
    // What others see of the server's mode must not matter.
    for (name, mode) in [
        ("luat_chat", "STRICT_ALL_TABLES"),
        ("luat_long", "PAD_CHAR_TO_FULL_LENGTH,ANSI_QUOTES,NO_BACKSLASH_ESCAPES"),
    ] {
        for statement in [
            format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
            format!("USE {name}"),
            "SET SESSION sql_mode = ''".to_owned(),
            "SET time_zone = '+07:00'".to_owned(),
        ] {
            admin.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement))).await.unwrap();
        }
        let source = name.replace('_', "-");
        matrix.sources.push_str(&format!("\n[[sources]]\nname = \"{source}\"\nurl = \"mariadb://root@127.0.0.1:{}/{name}\"\nconnections = 16\n", server.port));
        let few = if name == "luat_long" { 16..19 } else { 0..TYPES.len() };
        for number in few {
            tables(matrix, &mut admin, &source, number).await;
        }
        admin
            .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(format!("SET GLOBAL sql_mode = '{mode}'"))))
            .await
            .unwrap();
    }
}

async fn tables(matrix: &mut Matrix, admin: &mut MySqlConnection, source: &str, number: usize) {
    let (declared, kind, values, is_key) = TYPES[number];
    let mut rows: Vec<String> = Vec::new();
    for (at, value) in values.iter().chain(values).enumerate() {
        rows.push(format!("('r{at:03}', {value})"));
    }
    rows.push("('null', NULL)".to_owned());
    let mut made = vec![
        format!("CREATE TABLE f{number} (id varchar(10) PRIMARY KEY, v {declared})"),
        format!("INSERT INTO f{number} VALUES {}", rows.join(", ")),
    ];
    let about = |what: &str| format!("{declared}{what}");
    matrix.datasets.push(Dataset {
        source: source.to_owned(),
        about: about(""),
        place: format!("source = \"{source}\"\ntable = \"f{number}\"\ncolumns = {{ n = \"v\" }}"),
        key: ("id", "text"),
        fields: vec![("v", "text"), ("n", kind)],
        records: 2 * values.len() + 1,
        broken: false,
        json: &[],
    });
    // Days of zeros in a column that is never empty are not taken for empty.
    if declared.starts_with("date") {
        let rows: Vec<String> =
            values.iter().enumerate().map(|(at, value)| format!("({at}, {value})")).collect();
        made.push(format!("CREATE TABLE n{number} (id int PRIMARY KEY, v {declared} NOT NULL)"));
        made.push(format!("INSERT INTO n{number} VALUES {}", rows.join(", ")));
        matrix.datasets.push(Dataset {
            source: source.to_owned(),
            about: about(" never empty"),
            place: format!("source = \"{source}\"\ntable = \"n{number}\""),
            key: ("id", "integer"),
            fields: vec![("v", kind)],
            records: values.len(),
            broken: false,
            json: &[],
        });
    }
    if is_key {
        let rows: Vec<String> =
            values.iter().enumerate().map(|(at, value)| format!("({value}, {at})")).collect();
        made.push(format!("CREATE TABLE k{number} (v {declared} PRIMARY KEY, so int)"));
        made.push(format!("INSERT INTO k{number} VALUES {}", rows.join(", ")));
        for (about_kind, kind) in [("", "text"), (" by its kind", kind)] {
            matrix.datasets.push(Dataset {
                source: source.to_owned(),
                about: about(&format!(" as key{about_kind}")),
                place: format!("source = \"{source}\"\ntable = \"k{number}\""),
                key: ("v", kind),
                fields: vec![("so", "integer")],
                records: values.len(),
                broken: false,
                json: &[],
            });
        }
    }
    for statement in made {
        let done = admin.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement))).await;
        done.unwrap_or_else(|error| panic!("{declared}: {error}"));
    }
}
