//! The hub's API before another's eyes: schemathesis makes up requests from the description and judges the answers.

use std::path::Path;
use std::process::Command;

use exchange::body;
use http::Request;
use hub::kinds::Kind;
use trust::web::{client as web_client, fetch};

use crate::nation::{Nation, Plan};

/// Whoever comes back from an identity provider without luck is a person with a browser.
#[tokio::test]
async fn a_return_that_signs_nobody_in_is_a_page_for_browsers() {
    let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let anchor = trust::certificate::from_base64(&nation.first_officer("authority")).unwrap();
    let client = web_client(trust::tls::web_client(&[anchor]).unwrap());
    for path in ["sign-in/return?code=x&state=y", "sign-in/return", "sign-in/provider"] {
        for (accept, kind) in [("text/html", "text/html"), ("application/json", "application/problem+json")] {
            let url = format!("{}{path}", nation.first_officer("hub"));
            let request = Request::get(url).header("accept", accept).body(body::whole("")).unwrap();
            let answer = fetch(&client, request, std::time::Duration::from_secs(30), 1 << 20).await.unwrap();
            let told = answer.headers()["content-type"].to_str().unwrap();
            assert!(answer.status() == 403 && told.starts_with(kind), "{path} {accept}: {told}");
            let text = String::from_utf8_lossy(answer.body());
            assert!(text.contains("LT-7126"), "{text}");
            // From the page one begins anew.
            assert_eq!(text.contains("<form"), kind == "text/html", "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_in_the_api() {
    let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    nation.run(&["seed", "--officer", "hub/quan-tri.json", "--reason", "thử"]);
    #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
    let python =
        std::env::var("LIENTHONG_TEST_PYTHON").expect("run `cargo xtask test`, which installs schemathesis");
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify/schemathesis.toml");
    let output = Command::new(Path::new(&python).with_file_name("schemathesis"))
        .arg("--config-file")
        .arg(settings)
        .args(["run", &format!("{}api/openapi.json", nation.first_officer("hub"))])
        // The token is one of this test alone.
        .args(["-H", &format!("Authorization: Bearer {}", nation.first_officer("token"))])
        .arg("--tls-verify")
        .arg(nation.write_authority())
        // Signing out would end the session that asks; a stream of events does not end.
        .args(["--exclude-path", "/api/v1/session", "--exclude-path", "/api/v1/events"])
        .args([
            "--phases",
            "coverage,fuzzing,stateful",
            "-n",
            "10",
            "--seed",
            "1",
            "--continue-on-failure",
            "--warnings",
            "off",
        ])
        .current_dir(nation.path(""))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("generated"), "{told}");
}

/// A path, as each kind of thing has it.
fn of_kinds(path: &str) -> Vec<String> {
    if path.contains("{kind}") {
        Kind::ALL.iter().map(|kind| path.replace("{kind}", kind.plural())).collect()
    } else {
        vec![path.to_owned()]
    }
}

/// Every operation of the API, and the command that does it; or why none does.
const COMMANDS: &[(&str, &str, &str)] = &[
    ("get", "/api/v1/registry/{kind}", "db list"),
    ("get", "/api/v1/registry/{kind}/{id}", "term get"),
    ("put", "/api/v1/registry/{kind}/{id}", "codelist put"),
    ("delete", "/api/v1/registry/{kind}/{id}", "service remove"),
    ("get", "/api/v1/registry/{kind}/{id}/history", "agency history"),
    // Told after what an officer decides.
    ("get", "/api/v1/directory/holding", "grant revoke"),
    ("get", "/api/v1/directory", "directory status"),
    ("post", "/api/v1/directory/go-on", "directory go-on"),
    ("get", "/api/v1/endings", "status"),
    ("get", "/api/v1/nodes/{id}/certificates", "node certificates"),
    ("post", "/api/v1/nodes/{id}/certificates/{sha256}/withdraw", "node withdraw"),
    ("post", "/renewal", "node run"),
    ("post", "/api/v1/apply", "apply"),
    ("get", "/api/v1/changes", "audit"),
    ("get", "/api/v1/procedures", "procedure show"),
    ("get", "/api/v1/procedures/{id}", "procedure show"),
    ("post", "/api/v1/procedures/{id}/check", "procedure check"),
    ("get", "/api/v1/procedure-book", "procedure export"),
    ("post", "/api/v1/procedure-book", "procedure import"),
    ("get", "/api/v1/publications", "procedure published"),
    ("get", "/api/v1/dictionary", "dictionary export"),
    ("post", "/api/v1/dictionary", "dictionary import"),
    ("post", "/api/v1/contracts", "contract import"),
    ("get", "/api/v1/contracts/{id}", "contract export"),
    ("get", "/api/v1/contracts/{id}/differences", "contract diff"),
    ("get", "/api/v1/services/{id}/contract-draft", "contract draft"),
    ("post", "/api/v1/drafts/bind", "source bind"),
    ("post", "/api/v1/drafts/publish", "source publish"),
    ("get", "/api/v1/codelists/{id}/codes", "codelist codes"),
    ("get", "/api/v1/crosswalks/{id}/follow", "crosswalk follow"),
    ("get", "/api/v1/databases", "db status"),
    ("get", "/api/v1/claims", "db claims"),
    ("post", "/api/v1/databases/{id}/confirm", "db confirm"),
    ("post", "/api/v1/databases/{id}/take-back", "db take-back"),
    ("get", "/api/v1/official-lists", "db lists"),
    ("post", "/api/v1/official-lists/{list}", "db import"),
    ("get", "/api/v1/databases/{id}", "db status"),
    ("get", "/api/v1/overview", "overview"),
    ("get", "/api/v1/duties/{id}", "duty status"),
    ("get", "/api/v1/duties", "duty status"),
    ("get", "/api/v1/overlaps", "db overlap"),
    ("get", "/api/v1/names", "grant list"),
    ("get", "/api/v1/catalogue", "db catalogue"),
    ("get", "/api/v1/catalogue/quality", "db catalogue-quality"),
    ("get", "/api/v1/open-data", "db open-data"),
    ("get", "/api/v1/search", "search"),
    ("get", "/api/v1/usage", "usage days"),
    ("get", "/api/v1/usage/live", "usage live"),
    ("get", "/api/v1/usage/pairs", "usage pairs"),
    ("get", "/api/v1/usage/monthly", "usage month"),
    ("get", "/api/v1/requests", "request list"),
    ("post", "/api/v1/requests", "request open"),
    ("post", "/api/v1/requests/preview", ""),
    ("get", "/api/v1/requests/{id}", "request get"),
    ("post", "/api/v1/requests/{id}/acts", "request do"),
    ("post", "/api/v1/requests/{id}/papers", "request paper"),
    ("get", "/api/v1/requests/{id}/papers/{number}", "request file"),
    ("get", "/api/v1/suspensions", "suspension list"),
    ("post", "/api/v1/suspensions", "suspension announce"),
    ("post", "/api/v1/suspensions/{id}/end", "suspension end"),
    ("get", "/api/v1/situation", "brief now"),
    ("get", "/api/v1/briefs", "brief list"),
    ("post", "/api/v1/briefs", "brief make"),
    ("get", "/api/v1/briefs/{id}", "brief get"),
    ("get", "/api/v1/incidents", "incident list"),
    ("get", "/api/v1/incidents/{id}", "incident show"),
    ("post", "/api/v1/incidents/{id}/take", "incident take"),
    ("post", "/api/v1/incidents/{id}/comments", "incident comment"),
    ("post", "/api/v1/incidents/{id}/close", "incident close"),
    ("get", "/api/v1/quality", "quality list"),
    ("get", "/api/v1/quality/datasets/{id}", "quality show"),
    ("get", "/api/v1/quality/datasets/{id}/changes", "quality diff"),
    ("get", "/api/v1/quality/history", "quality history"),
    ("get", "/api/v1/quality/explain", "quality explain"),
    ("get", "/api/v1/quality/scorecards/{id}", "quality scorecard"),
    ("get", "/api/v1/quality/units/{province}", "quality units"),
    ("get", "/api/v1/tasks", "task status"),
    ("get", "/api/v1/tasks/{id}", "task show"),
    ("get", "/api/v1/measures", "task measures"),
    ("post", "/api/v1/tasks/{id}/accept", "task accept"),
    ("post", "/api/v1/tasks/{id}/claim", "task claim"),
    ("post", "/api/v1/tasks/{id}/evidence", "task evidence"),
    ("post", "/api/v1/tasks/{id}/review", "task review"),
    ("post", "/api/v1/tasks/{id}/extend", "task extend"),
    ("post", "/api/v1/tasks/{id}/drop", "task drop"),
    ("post", "/api/v1/tasks/{id}/parts", "task part"),
    ("post", "/api/v1/tasks/{id}/parts/end", "task part-done"),
    ("get", "/api/v1/quality/defects", "defect list"),
    ("post", "/api/v1/quality/defects", "defect report"),
    ("get", "/api/v1/quality/defects/{id}", "defect show"),
    ("post", "/api/v1/quality/defects/{id}/correct", "defect correct"),
    ("post", "/api/v1/quality/defects/{id}/dispute", "defect dispute"),
    ("post", "/api/v1/quality/defects/{id}/comments", "defect comment"),
    ("get", "/api/v1/quality/overlaps", "quality overlap list"),
    ("post", "/api/v1/quality/overlaps", "quality overlap ask"),
    ("post", "/api/v1/quality/overlaps/{id}/agree", "quality overlap agree"),
    ("post", "/api/v1/quality/overlaps/{id}/end", "quality overlap end"),
    ("get", "/quality/overlaps", "node run"),
    ("post", "/quality/overlaps", "node run"),
    ("post", "/quality", "node run"),
    ("get", "/api/v1/reuse", "reuse list"),
    ("get", "/api/v1/reuse/papers", "reuse papers"),
    ("get", "/api/v1/reuse/owners/{id}", "reuse show"),
    ("post", "/reuse", "node run"),
    ("post", "/defects", "node run"),
    ("get", "/api/v1/assessments", "assess list"),
    ("get", "/api/v1/assessments/periods", "assess periods"),
    ("get", "/api/v1/assessments/agencies/{id}", "assess show"),
    ("get", "/api/v1/assessments/agencies/{id}/criteria/{criterion}", "assess explain"),
    ("get", "/api/v1/assessments/bundle", "assess bundle"),
    ("get", "/api/v1/assessments/packs", "assess packs"),
    ("get", "/api/v1/assessments/packs/{id}", "assess packs"),
    ("post", "/api/v1/assessments/packs", "assess announce"),
    ("post", "/api/v1/assessments/run", "assess run"),
    ("post", "/api/v1/assessments/claims", "assess claim"),
    ("post", "/api/v1/assessments/waivers", "assess waive"),
    ("post", "/api/v1/assessments/waivers/{id}/end", "assess end-waiver"),
    ("post", "/api/v1/assessments/disputes", "assess dispute"),
    ("post", "/api/v1/assessments/disputes/{id}/answer", "assess answer"),
    ("get", "/api/v1/work", "work"),
    ("get", "/api/v1/notices", "notice list"),
    ("post", "/api/v1/notices/read", "notice read"),
    ("get", "/api/v1/maintenance", "maintenance list"),
    ("post", "/api/v1/maintenance", "maintenance announce"),
    ("post", "/api/v1/maintenance/{id}/withdraw", "maintenance withdraw"),
    ("post", "/sight", "node run"),
    ("get", "/api/v1/grants/conspicuous", "grant conspicuous"),
    ("post", "/api/v1/grants/{id}/revoke", "grant revoke"),
    ("get", "/api/v1/accounts", "user list"),
    ("post", "/api/v1/accounts", "user add"),
    ("get", "/api/v1/accounts/{name}", "user roles"),
    ("put", "/api/v1/accounts/{name}", "user roles"),
    ("post", "/api/v1/accounts/{name}/disable", "user disable"),
    ("post", "/api/v1/accounts/{name}/renew", "user renew"),
    ("post", "/api/v1/accounts/{name}/review", "user review"),
    ("post", "/api/v1/enrolment", "user enrol"),
    ("put", "/api/v1/enrolment", "user enrol"),
    ("put", "/api/v1/password", "user password"),
    ("post", "/api/v1/session", "login"),
    ("get", "/api/v1/session", "whoami"),
    ("delete", "/api/v1/session", "logout"),
    ("post", "/api/v1/invitations", "hub invite"),
    ("post", "/join", "node join"),
    ("post", "/usage", "node run"),
    ("get", "/directory/revision", "node run"),
    ("post", "/directory/shown", "node run"),
    ("get", "/directory/{folder}/{file}", "node run"),
    // For browsers and for those who watch over machines.
    ("get", "/sign-in/provider", ""),
    ("get", "/sign-in/return", ""),
    ("get", "/health", ""),
    ("get", "/api/v1/events", ""),
    ("put", "/api/v1/notices/settings", ""),
    ("get", "/api/v1/notices/settings", ""),
    ("put", "/api/v1/notices/mail", ""),
    ("post", "/api/v1/notices/mail/confirm", ""),
    ("put", "/api/v1/notices/webhook", ""),
    ("get", "/api/v1/practice", ""),
    ("post", "/api/v1/practice", ""),
    ("get", "/api/v1/agencies", "agency list"),
    ("get", "/api/v1/codelists", "codelist list"),
    ("get", "/api/openapi.json", ""),
];

#[tokio::test]
async fn the_command_line_does_all_that_the_api_does() {
    let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let (_, description) = nation.hub("GET", "/api/openapi.json", "").await;
    for (path, operations) in description["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let known =
                COMMANDS.iter().any(|(how, known, _)| of_kinds(known).contains(path) && how == method);
            assert!(known, "no command does {method} {path}");
        }
    }
    for (method, path, command) in COMMANDS {
        for path in of_kinds(path) {
            assert!(description["paths"][&path].get(method).is_some(), "there is no {method} {path}");
        }
        if !command.is_empty() {
            let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
            nation.run(&words);
        }
    }
    let told = nation.run(&["whoami", "--officer", "hub/quan-tri.json"]);
    assert!(told.contains("quan-tri") && told.contains("hub_officer"), "{told}");
}
