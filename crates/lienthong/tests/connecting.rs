//! Connecting a source by the command line, and tokens that count while a node runs.

use std::path::Path;
use std::process::Output;

use crate::nation::{Nation, PEOPLE, lienthong, told, until};

fn run(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } = lienthong().args(arguments).current_dir(folder).output().unwrap();
    (status.success(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

const PEOPLE_TABLE: &str = "CREATE TABLE nguoi (so_cccd TEXT PRIMARY KEY, ho_ten TEXT, ngay_sinh TEXT, ton_giao TEXT);
    INSERT INTO nguoi VALUES ('924198000001', 'Nguyễn Thị Hòa', '01/02/1980', 'Không'), ('924198000002', 'Trần Văn Bình', '03/04/1981', 'Không');";

fn sqlite(folder: &Path, sql: &str) {
    let done = std::process::Command::new("sqlite3").arg(folder.join("dan-cu.db")).arg(sql).status().unwrap();
    assert!(done.success());
}

#[test]
fn a_source_is_looked_at_drawn_up_and_decided_with_what_comes_next_at_each_step() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sqlite(folder, PEOPLE_TABLE);
    // The only table is taken.
    let (done, said) = run(folder, &["source", "inspect", "sqlite:dan-cu.db", "--out", "draft.yaml"]);
    assert!(
        done && said.contains("Đã ghi draft.yaml") && said.contains("Tiếp: lienthong source bind draft.yaml"),
        "{said}"
    );
    assert!(
        said.lines().count() < 10 && said.contains("sensitive?") && said.contains("so_cccd (khoá)"),
        "{said}"
    );
    // The node runs in another folder: paths are written from the root.
    let draft = std::fs::read_to_string(folder.join("draft.yaml")).unwrap();
    let whole = std::fs::canonicalize(folder).unwrap().join("dan-cu.db");
    assert!(draft.contains(&format!("sqlite:{}", whole.display())), "{draft}");
    // What somebody works on is not written over.
    let (done, said) = run(folder, &["source", "inspect", "sqlite:dan-cu.db", "--out", "draft.yaml"]);
    assert!(!done && said.starts_with("LT-8102"), "{said}");
    // Guesses are decided by a flag, or each.
    let (done, said) = run(
        folder,
        &["source", "decide", "draft.yaml", "--class", "ton_giao=personal", "--without", "ngay_sinh"],
    );
    assert!(done && said.contains("personal?") && !said.contains("ngay_sinh"), "{said}");
    let (done, said) = run(folder, &["source", "decide", "draft.yaml", "--accept-guesses"]);
    assert!(done && !said.contains("personal?"), "{said}");
    let (done, said) = run(
        folder,
        &[
            "source",
            "decide",
            "draft.yaml",
            "--class",
            "khong=public",
            "--class",
            "ho_ten=kin",
            "--lang",
            "en",
        ],
    );
    assert!(
        !done
            && said.contains("\n  - the draft has no field khong")
            && said.contains("\n  - ho_ten: there is no class kin"),
        "{said}"
    );
    // Of several tables one must be named, and it is said how.
    sqlite(folder, "CREATE TABLE ho (so TEXT PRIMARY KEY)");
    let (done, said) = run(folder, &["source", "inspect", "sqlite:dan-cu.db"]);
    assert!(
        done && said.contains("nguoi")
            && said.contains("ho")
            && said.contains("--table BẢNG --out draft.yaml"),
        "{said}"
    );
    let (done, said) =
        run(folder, &["source", "inspect", "sqlite:dan-cu.db", "--table", "nguoi", "--out", "-"]);
    assert!(done && said.contains("fields:") && said.contains("class: personal?"), "{said}");
}

#[tokio::test]
async fn a_token_counts_within_seconds_and_no_longer_when_it_is_taken_out() {
    let nation = Nation::start().await;
    let before = nation.get(PEOPLE, "/924198000007").await;
    assert_eq!(told(&before).0, 200);
    let settings = nation.path("c1/node.toml");
    let old = std::fs::read_to_string(&settings).unwrap();
    nation.run(&["node", "token", "--dir", "c1", "--system", "VN/LOC/H05/mot-cua", "--out", "moi.token"]);
    let token = std::fs::read_to_string(nation.path("moi.token")).unwrap();
    let token = token.trim().strip_prefix("Lienthong-Token: ").unwrap().to_owned();
    let by = async |token: &str| {
        let mut request = nation.request("GET", PEOPLE, "/924198000007");
        request.headers_mut().unwrap().insert("lienthong-token", token.parse().unwrap());
        told(&nation.send(request, "").await)
    };
    until("the new token counts", async || by(&token).await.0 == 200).await;
    assert_eq!(by(nation.token()).await.0, 200, "the old one counts beside it");
    // An auditor's as well.
    nation.run(&["node", "auditor", "--dir", "c1", "--name", "Lan", "--out", "lan.token"]);
    let lan = std::fs::read_to_string(nation.path("lan.token")).unwrap();
    let looks = async || {
        let bearer = lan.trim().strip_prefix("Authorization: ").unwrap();
        let address = format!("http://{}/ledger.json", nation.address("c1").edge);
        let request = http::Request::get(address).header("authorization", bearer);
        told(&nation.send(request, "").await).0
    };
    until("the auditor may look", async || looks().await == 200).await;
    // What cannot be read changes nothing, and is told.
    let good = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, "id = ").unwrap();
    until("it is told", async || nation.log("c1").contains("stay as they were")).await;
    assert_eq!((by(&token).await.0, looks().await), (200, 200));
    // Whoever is taken out is refused as soon.
    std::fs::write(&settings, &old).unwrap();
    until("the token is refused", async || by(&token).await.1 == "LT-1201").await;
    assert_ne!(looks().await, 200);
    assert_eq!(by(nation.token()).await.0, 200);
    std::fs::write(&settings, &good).unwrap();
}
