//! Files of tables that others wrote, and an API that gives JSON.

use std::path::Path;

use axum::Router;
use axum::routing::get;

use super::{Dataset, Matrix};

/// Writes a workbook and Parquet files, and says of each how many records it has.
const WRITE: &str = r#"
import sys, datetime as d, decimal, uuid
import openpyxl, pyarrow as pa, pyarrow.parquet as pq
folder = sys.argv[1]
book = openpyxl.Workbook()
sheet = book.active
sheet.append(["ma", "so", "chu", "ngay", "luc", "gio", "lau", "co", "lan"])
rows = [
    [1198000001, 1.5, "a", d.date(2010, 9, 2), d.datetime(2010, 9, 2, 10, 11, 12), d.time(10, 30), d.timedelta(hours=36, minutes=5), True, 7],
    [1198000002, 0.125, "A", d.date(1999, 12, 31), d.datetime(2010, 9, 2), d.time(0, 0, 1), d.timedelta(seconds=1), False, "7"],
    [1198000003, 12345678901234, "01/1999", None, None, None, None, None, None],
    [1198000004, -7, " á ", d.date(2024, 2, 29), d.datetime(2024, 2, 29, 23, 59, 59), d.time(23, 59, 59), d.timedelta(days=2), True, "x"],
]
for row in rows: sheet.append(row)
book.save(folder + "/luat.xlsx")
columns = {
    "i8": pa.array([1, -128, None], pa.int8()), "u64": pa.array([0, 18446744073709551615, None], pa.uint64()), "i64": pa.array([-9223372036854775808, 7, None], pa.int64()),
    "f16": pa.array([1.5, -0.25, None], pa.float32()).cast(pa.float16()), "f32": pa.array([0.1, 1e20, None], pa.float32()), "f64": pa.array([0.1, float("inf"), float("nan")], pa.float64()),
    "so": pa.array([decimal.Decimal("1.10"), decimal.Decimal("-0.05"), None], pa.decimal128(38, 2)), "lon": pa.array([decimal.Decimal("1" * 60), decimal.Decimal("-1"), None], pa.decimal256(60, 0)),
    "chu": pa.array(["a", "á ", None]), "co": pa.array([True, False, None]), "anh": pa.array([b"\x00\xff", b"", None]), "ngay": pa.array([d.date(2020, 2, 29), d.date(1, 1, 1), None]),
    "ms": pa.array([1582971072500, -1, None], pa.timestamp("ms")), "us": pa.array([1582971072000001, 0, None], pa.timestamp("us", "UTC")), "ns": pa.array([1582971072000000001, 1, None], pa.timestamp("ns")),
    "gio": pa.array([1, 86399999999, None], pa.time64("us")), "xa": pa.array([9223372036854775807, 0, None], pa.timestamp("ms")),
    "tu_dien": pa.array(["x", "y", None]).dictionary_encode(), "ds": pa.array([[1, None], [], None], pa.list_(pa.int64())), "cay": pa.array([{"a": 1, "b": "x"}, {"a": None, "b": ""}, None]),
}
for codec in ["snappy", "zstd", "gzip", "lz4", "brotli", "none"]:
    pq.write_table(pa.table({"ma": pa.array([1198000001, 1198000002, 1198000003], pa.int64()), **columns}), f"{folder}/{codec}.parquet", compression=codec)
"#;

const API: &str = r#"{ "data": [
  { "id": 1, "so": 18446744073709551615, "le": 123456789012345.6789, "co": true, "ten": "a", "cay": { "x": [1.50, 12345678901234567890] } },
  { "id": 2, "so": 9223372036854775808, "le": 1.50, "co": false, "ten": "á ", "cay": [], "muon": "chỉ ở đây" },
  { "id": 10, "so": -1, "le": 1e3, "co": null, "ten": null },
  { "id": 120, "so": 0, "le": -0.5, "co": true, "ten": "A" }
], "next": "/trang-2" }"#;
const MORE: &str = r#"{ "data": [{ "id": 9007199254740993, "so": 12345678901234567890123, "le": 0.1, "co": false, "ten": "01" }], "next": null }"#;

#[expect(clippy::too_many_lines, reason = "one line per column of the files")]
pub(super) async fn datasets(matrix: &mut Matrix, folder: &Path) {
    csv(matrix, folder).await;
    #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
    let python = std::env::var("LIENTHONG_TEST_PYTHON").expect("run `cargo xtask test`");
    let done = tokio::process::Command::new(python).args(["-c", WRITE]).arg(folder).output().await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let dataset =
        |source: &str, about: &str, key, fields: &[(&'static str, &'static str)], records, broken, json| {
            Dataset {
                source: source.to_owned(),
                about: about.to_owned(),
                place: format!("source = \"{source}\"\ntable = \"data\""),
                key,
                fields: fields.to_vec(),
                records,
                broken,
                json,
            }
        };
    let mut source = |name: &str, url: String| {
        matrix.sources.push_str(&format!("\n[[sources]]\nname = \"{name}\"\nurl = \"{url}\"\n"));
    };
    source("xlsx", folder.join("luat.xlsx").display().to_string());
    for codec in ["snappy", "zstd", "gzip", "lz4", "brotli", "none"] {
        source(&format!("parquet-{codec}"), folder.join(format!("{codec}.parquet")).display().to_string());
    }
    source("api", format!("http://{}/", serve().await));
    for kind in ["text", "integer", "person_id"] {
        let fields = [
            ("so", "decimal"),
            ("chu", "text"),
            ("ngay", "date"),
            ("luc", "moment"),
            ("gio", "text"),
            ("lau", "text"),
            ("co", "boolean"),
            ("lan", "text"),
        ];
        matrix.datasets.push(dataset("xlsx", kind, ("ma", kind), &fields, 4, false, &[]));
    }
    for codec in ["snappy", "zstd", "gzip", "lz4", "brotli", "none"] {
        let fields = [
            ("i8", "integer"),
            ("u64", "integer"),
            ("i64", "integer"),
            ("f16", "decimal"),
            ("f32", "decimal"),
            ("f64", "decimal"),
            ("so", "decimal"),
            ("lon", "decimal"),
            ("chu", "text"),
            ("co", "boolean"),
            ("anh", "text"),
            ("ngay", "date"),
            ("ms", "moment"),
            ("us", "moment"),
            ("ns", "moment"),
            ("gio", "text"),
            ("xa", "moment"),
            ("tu_dien", "code"),
            ("ds", "text"),
            ("cay", "text"),
        ];
        let about = format!("every logical type, {codec}");
        matrix.datasets.push(dataset(
            &format!("parquet-{codec}"),
            &about,
            ("ma", "person_id"),
            &fields,
            3,
            true,
            &["ds", "cay"],
        ));
    }
    for kind in ["text", "integer"] {
        let fields = [
            ("so", "integer"),
            ("le", "decimal"),
            ("co", "boolean"),
            ("ten", "text"),
            ("cay", "text"),
            ("muon", "text"),
        ];
        matrix.datasets.push(dataset(
            "api",
            &format!("JSON, {kind}"),
            ("id", kind),
            &fields,
            5,
            false,
            &["cay"],
        ));
    }
}

async fn csv(matrix: &mut Matrix, folder: &Path) {
    let texts = [
        "a",
        "A",
        "á",
        "01",
        "1",
        "1.0",
        "1.10",
        "%",
        "NULL",
        "NA",
        "1E5",
        "007",
        "x;y",
        "2020-02-29",
        "29/02/2020",
        "😀",
        "a/b",
        "dòng\nhai",
        "\"nháy\"",
    ];
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let rows: Vec<String> =
        texts.iter().enumerate().map(|(at, text)| format!("{},{at},", quoted(text))).collect();
    let path = folder.join("luat.csv");
    tokio::fs::write(&path, format!("ma,so,rong\r\n{}\r\n,,\r\n", rows.join("\r\n"))).await.unwrap();
    matrix.sources.push_str(&format!("\n[[sources]]\nname = \"csv\"\nurl = \"{}\"\n", path.display()));
    for kind in ["text", "date", "name", "integer", "person_id", "boolean"] {
        matrix.datasets.push(Dataset {
            source: "csv".to_owned(),
            about: format!("text as key, {kind}"),
            place: "source = \"csv\"\ntable = \"data\"".to_owned(),
            key: ("ma", kind),
            fields: vec![("so", "integer"), ("rong", "text")],
            records: texts.len(),
            broken: false,
            json: &[],
        });
    }
}

/// An API of two pages.
async fn serve() -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(|| async { API })).route("/trang-2", get(|| async { MORE }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
