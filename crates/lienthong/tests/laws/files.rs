//! Files of tables.

use std::path::Path;

use super::{Dataset, Matrix};

pub(super) async fn datasets(matrix: &mut Matrix, folder: &Path) {
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
    tokio::fs::write(&path, format!("ma,so,rong\r\n{}\r\n", rows.join("\r\n"))).await.unwrap();
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
        });
    }
}
