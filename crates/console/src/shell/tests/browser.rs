//! The shells' pages in a real browser: every state of a case on a phone and on a desk, both languages, before axe.

use std::process::Command;

use axum::Router;
use serde_json::{Value, json};

use super::{STATES, World, case, item};

/// Cases in every state, with an item in every state of its own.
fn cases() -> Vec<Value> {
    let items = || {
        vec![
            item(0, "found", None, "Nguyễn Văn Đúng"),
            item(1, "accepted", None, "Trần Thị Bé"),
            item(2, "gap", Some("source_down"), "x"),
            item(3, "gap", Some("no_grant"), "x"),
            item(4, "gap", Some("low_level"), "x"),
            item(5, "declined", Some("declined"), "x"),
            item(6, "asking", None, "x"),
            item(7, "paper", None, "x"),
        ]
    };
    let of = |state: &&str| {
        let mut one = case(state, items());
        one["id"] = json!(state);
        if *state == "submitted" {
            one["items"][1]["asked_paper"] = json!({ "needed": false, "reason": "ban-goc" });
        }
        one
    };
    STATES.iter().map(of).collect()
}

async fn serve(pages: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, pages).await });
    format!("http://{address}")
}

#[tokio::test]
async fn the_shells_serve_phones_desks_and_whoever_hears_them() {
    #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
    let modules = std::env::var("LIENTHONG_TEST_NODE")
        .expect("LIENTHONG_TEST_NODE names the folder of the packages: run `cargo xtask test`");
    let cases = cases();
    let mut asked = Vec::new();
    for who in ["citizen", "officer"] {
        let base = serve(World::of(&cases, who).pages).await;
        let own = STATES.iter().map(|state| {
            if who == "citizen" { format!("/ho-so/{state}") } else { format!("/can-bo/{state}") }
        });
        let mut paths: Vec<String> = own.collect();
        match who {
            "citizen" => paths.extend(
                [
                    "/",
                    "/thu-tuc/1.001193",
                    "/thu-tuc/1.001193/bat-dau",
                    "/ho-so",
                    "/ai-da-hoi",
                    "/ly-do",
                    "/ly-do/not_found",
                    "/ho-so/form/dien/con.noi_kham",
                    "/ho-so/form/sua/con.ngay_sinh",
                    "/ho-so/form/giay-to/m-2",
                    "/ho-so/submitted/bien-nhan",
                    "/dang-nhap?next=/ho-so",
                    "/khong-co",
                ]
                .map(str::to_owned),
            ),
            _ => paths.push("/can-bo".to_owned()),
        }
        asked.push(json!({ "base": base, "paths": paths, "who": who }));
    }
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = own.join("../../test-output/shell");
    std::fs::create_dir_all(&out).unwrap();
    let script = own.join("../lienthong/tests/browser/shell.mjs");
    let browsing = tokio::task::spawn_blocking(move || {
        Command::new("node")
            .arg(script)
            .arg(json!(asked).to_string())
            .arg(out)
            .env("LIENTHONG_TEST_NODE", modules)
            .output()
            .unwrap()
    });
    let told = browsing.await.unwrap();
    let said = [&told.stdout[..], &told.stderr[..]].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(told.status.success(), "{}\n{}", said[0], said[1]);
}
