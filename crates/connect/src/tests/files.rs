//! CSV, XLSX, Parquet, and APIs that give JSON.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::TryStreamExt as _;
use model::service::FieldKind;
use serde_json::json;

use super::{records, table, value};
use crate::source::{Address, Fetch, Options, Page};
use crate::{Filter, Listing, Source};

fn open(url: &str, folder: &Path) -> Arc<dyn Source> {
    Address::new(url).open(folder, None).unwrap()
}

#[tokio::test]
async fn a_csv_file_is_served_like_a_database_and_follows_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("học sinh.csv");
    std::fs::write(&path, "\u{feff}Mã;Họ và tên;Ngày sinh;;Ghi chú\n01;Nguyễn Văn A;02/09/2010;x;\"a;\"\"b\"\"\ndòng hai\"\n02;Trần Thị B;;;\n").unwrap();
    let source = open(&path.display().to_string(), folder.path());
    let t = table(&*source, "data", "Mã", &[("Ngày sinh", FieldKind::Date)]).await;
    assert_eq!(
        t.fields.keys().map(String::as_str).collect::<Vec<_>>(),
        ["Ghi chú", "Họ và tên", "Mã", "Ngày sinh", "cot_4"]
    );
    let get = source.look_up(&t, &["Ngày sinh", "Ghi chú", "Họ và tên"], &["01"], &[]).await.unwrap();
    assert_eq!(
        value(&get[0].record),
        json!({ "Ngày sinh": "2010-09-02", "Ghi chú": "a;\"b\"\ndòng hai", "Họ và tên": "Nguyễn Văn A" })
    );
    assert_eq!(source.count(&t, &[]).await.unwrap(), 2);
    // Half of a new file: what was there goes on. The whole of it: it takes its place.
    std::fs::write(&path, "Mã;Họ và tên;Ngày sinh;;Ghi chú\n01;thiếu\n").unwrap();
    tokio::time::sleep(Duration::from_millis(2200)).await;
    assert_eq!(source.count(&t, &[]).await.unwrap(), 2);
    std::fs::write(&path, "Mã;Họ và tên;Ngày sinh;;Ghi chú\n01;A;;;\n02;B;;;\n03;C;;;\n").unwrap();
    tokio::time::sleep(Duration::from_millis(2200)).await;
    assert_eq!(source.count(&t, &[]).await.unwrap(), 3);
    // One snapshot is left, and none when nobody needs it.
    let left = || {
        std::fs::read_dir(folder.path())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "db"))
            .count()
    };
    assert_eq!(left(), 1);
    drop(source);
    assert_eq!(left(), 0);
}

#[tokio::test]
async fn what_is_no_table_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("a.csv", ""),
        ("b.csv", "a,b\n1\n"),
        ("c.xlsx", "PK"),
        ("d.parquet", "PAR1"),
        ("e.csv", "a\n\u{fffd}\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        if name == "e.csv" {
            std::fs::write(&path, [b"a\n" as &[u8], &[0xff, 0xfe, b'\n']].concat()).unwrap();
        }
        let source = open(&path.display().to_string(), folder.path());
        assert!(source.describe().await.is_err(), "{name}");
    }
    assert!(open("/khong/co.csv", folder.path()).describe().await.is_err());
    assert!(Address::new("postgres://a:matkhau@h/x").open(folder.path(), None).is_err());
    assert!(Address::new("la lung").open(folder.path(), None).is_err());
}

#[tokio::test]
async fn sheets_and_parquet_files_that_others_wrote_are_read() {
    #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
    let python = std::env::var("LIENTHONG_TEST_PYTHON").expect("run `cargo xtask test`");
    let folder = tempfile::tempdir().unwrap();
    let script = r#"
import sys, datetime, decimal
import openpyxl, pyarrow as pa, pyarrow.parquet as pq
folder = sys.argv[1]
book = openpyxl.Workbook()
sheet = book.active
sheet.append(["ma", "ten", "ngay", "so", "co"])
sheet.append(["001", "Nguyễn Văn A", datetime.date(2010, 9, 2), 5, True])
sheet.append(["002", None, None, 2.5, False])
other = book.create_sheet("khác")
other.append(["x"]); other.append([1])
book.save(folder + "/a.xlsx")
table = pa.table({
    "id": pa.array(range(50000), pa.int64()), "ten": pa.array([f"Nguyễn {n}" for n in range(50000)]), "ngay": pa.array([datetime.date(2020, 1, 2)] * 50000),
    "luc": pa.array([datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)] * 50000), "so": pa.array([decimal.Decimal("1.50")] * 50000),
    "rong": pa.array([None] * 50000, pa.string()), "co": pa.array([True] * 50000),
})
for codec in ["snappy", "zstd", "gzip", "lz4", "brotli", "none"]:
    pq.write_table(table, f"{folder}/{codec}.parquet", compression=codec)
"#;
    let done = std::process::Command::new(python).args(["-c", script]).arg(folder.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let path = |name: &str| folder.path().join(name).display().to_string();
    let source = open(&path("a.xlsx"), folder.path());
    let t = table(&*source, "data", "ma", &[("ngay", FieldKind::Date), ("co", FieldKind::Boolean)]).await;
    let all = source
        .list(&t, &["ma", "ten", "ngay", "so", "co"], &Listing { limit: 10, ..Listing::default() })
        .await
        .unwrap();
    assert_eq!(
        value(&all[0].record),
        json!({ "ma": "001", "ten": "Nguyễn Văn A", "ngay": "2010-09-02", "so": "5", "co": true })
    );
    assert_eq!(
        value(&all[1].record),
        json!({ "ma": "002", "ten": null, "ngay": null, "so": "2.5", "co": false })
    );
    let sheet = Options { sheet: Some("khác".into()), ..Options::default() };
    let other = Address { file: sheet, ..Address::new(&path("a.xlsx")) }.open(folder.path(), None).unwrap();
    assert_eq!(other.describe().await.unwrap()[0].columns[0].name, "x");
    for codec in ["snappy", "zstd", "gzip", "lz4", "brotli", "none"] {
        let source = open(&path(&format!("{codec}.parquet")), folder.path());
        let t = table(
            &*source,
            "data",
            "id",
            &[("id", FieldKind::Integer), ("ngay", FieldKind::Date), ("co", FieldKind::Boolean)],
        )
        .await;
        assert_eq!(source.count(&t, &[]).await.unwrap(), 50_000, "{codec}");
        let one =
            source.look_up(&t, &["ten", "ngay", "luc", "so", "rong", "co"], &["49999"], &[]).await.unwrap();
        assert_eq!(
            value(&one[0].record),
            json!({ "ten": "Nguyễn 49999", "ngay": "2020-01-02", "luc": "2020-01-02T03:04:05Z", "so": "1.50", "rong": null, "co": true }),
            "{codec}"
        );
    }
}

/// An API of three pages that counts how often it is asked.
struct Pages(Arc<AtomicUsize>);

#[async_trait]
impl Fetch for Pages {
    async fn page(&self, address: &str) -> Result<Page, String> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let page = match address {
            "http://api/nguoi" => {
                json!({ "data": [{ "id": "1", "ten": "A", "con": [1] }, { "id": "2" }], "next": "/nguoi?trang=2" })
            }
            "http://api/nguoi?trang=2" => {
                json!({ "data": [{ "id": "3", "ten": "C", "them": 1.5 }], "next": null })
            }
            "http://api/noi-khac" => json!({ "data": [{ "id": "1" }], "next": "http://evil/x" }),
            "http://api/vong" => json!({ "data": [{ "id": "1" }], "next": "/vong" }),
            _ => return Err("404".into()),
        };
        Ok(Page { body: page.to_string().into_bytes(), next: None })
    }
}

#[tokio::test]
async fn an_api_that_gives_json_is_read_page_by_page_and_kept_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let api = |path: &str, every: Duration| {
        let address = Address { every, ..Address::new(&format!("http://api/{path}")) };
        address.open(folder.path(), Some(Box::new(Pages(asked.clone())))).unwrap()
    };
    let source = api("nguoi", Duration::from_secs(3600));
    let t = table(&*source, "data", "id", &[]).await;
    let all: Vec<_> =
        records(source.stream(&t, &["id", "ten", "con", "them"], &[])).try_collect().await.unwrap();
    assert_eq!(
        all,
        [
            json!({ "id": "1", "ten": "A", "con": [1], "them": null }),
            json!({ "id": "2", "ten": null, "con": null, "them": null }),
            json!({ "id": "3", "ten": "C", "con": null, "them": "1.5" })
        ]
    );
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    let filters = [Filter { field: "ten".into(), one_of: Arc::new(["A", "C"].map(str::to_owned).into()) }];
    assert_eq!(source.count(&t, &filters).await.unwrap(), 2);
    assert_eq!(asked.load(Ordering::SeqCst), 2, "asked again too soon");
    // What may be no older than this very moment is asked for each time.
    let source = api("nguoi", Duration::ZERO);
    let before = asked.load(Ordering::SeqCst);
    for _ in 0..2 {
        assert_eq!(source.count(&t, &filters).await.unwrap(), 2);
    }
    assert!(asked.load(Ordering::SeqCst) >= before + 4, "never asked again");
    for bad in ["noi-khac", "vong", "khong-co"] {
        assert!(api(bad, Duration::ZERO).describe().await.is_err(), "{bad}");
    }
}
