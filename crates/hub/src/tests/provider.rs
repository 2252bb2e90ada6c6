//! Signing in through a real identity provider: npm's oidc-provider.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::world::World;

const CLIENT: &str = "lienthong";
const SECRET: &str = "a secret + of its own%";
const BACK: &str = "https://127.0.0.1:7443/sign-in/return";

struct Provider {
    process: Child,
    /// It goes on writing.
    _told: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
    issuer: String,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let text = trust::certificate::to_base64(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

impl Provider {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("authority")).unwrap();
        let now = crate::clock::now();
        let authority = trust::certificate::Authority::create(&at("authority"), "provider", now).unwrap();
        let certificate = authority.server(&at("key.pem"), &["127.0.0.1".into()], now).unwrap();
        std::fs::write(at("certificate.pem"), pem("CERTIFICATE", &certificate)).unwrap();
        std::fs::write(at("authority.pem"), pem("CERTIFICATE", authority.certificate())).unwrap();
        std::fs::write(at("secret"), SECRET).unwrap();
        let issuer = format!("https://{}", testing::free_address());
        #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
        let modules = std::env::var("LIENTHONG_TEST_NODE")
            .expect("run `cargo xtask test`, which installs oidc-provider");
        let mut process = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/provider.mjs"))
            .args([&modules, &issuer])
            .args([at("certificate.pem"), at("key.pem")])
            .args([CLIENT, SECRET, BACK])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut told, mut line) = (BufReader::new(process.stdout.take().unwrap()), String::new());
        told.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready");
        Self { process, _told: told, folder, issuer }
    }

    fn settings(&self, acr: Option<&str>) -> Value {
        let at = |name: &str| -> PathBuf { self.folder.path().join(name) };
        json!({ "issuer": self.issuer, "client_id": CLIENT, "secret_file": at("secret"), "authority": at("authority.pem"), "acr": acr })
    }

    /// Follows an address through the provider, as a browser does, until it leads back. Returns the path and query at the hub.
    fn visit(&self, address: &str, who: &str) -> String {
        let jar = self.folder.path().join("jar");
        let _ = std::fs::remove_file(&jar);
        let mut address = format!("{address}&login_hint={}", who.replace('+', "%2B"));
        for _ in 0..10 {
            if let Some(path) = address.strip_prefix("https://127.0.0.1:7443") {
                return path.to_owned();
            }
            address = self.curl(&jar, &address);
        }
        panic!("it does not lead back: {address}");
    }

    fn curl(&self, jar: &Path, address: &str) -> String {
        let output = Command::new("curl")
            .args(["-s", "-o", "/dev/null", "-w", "%{redirect_url}", "--cacert"])
            .arg(self.folder.path().join("authority.pem"))
            .args(["-b".as_ref(), jar.as_os_str(), "-c".as_ref(), jar.as_os_str()])
            .arg(address)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

fn cookie(headers: &HeaderMap, name: &str) -> String {
    let cookies = headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let found = cookies.filter_map(|text| text.split(';').next()).find(|pair| pair.starts_with(name));
    found.unwrap_or_default().to_owned()
}

impl World {
    /// Begins at the hub: where it leads, and the cookie it leaves.
    async fn send_off(&self, next: &str) -> (String, String) {
        let (status, headers, body) =
            self.exchange("GET", &format!("/sign-in/provider?next={next}"), &[], String::new()).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
        (headers["location"].to_str().unwrap().to_owned(), cookie(&headers, "__Host-lienthong-errand"))
    }

    async fn come_back(&self, path: &str, state_cookie: &str) -> (StatusCode, HeaderMap, String) {
        let (status, headers, body) =
            self.exchange("GET", path, &[("cookie", state_cookie)], String::new()).await;
        (status, headers, body["detail"].as_str().unwrap_or_default().to_owned())
    }

    async fn account_with(&self, name: &str, subject: &str, agency: Option<&str>, role: &str) {
        let account = json!({ "name": name, "person": name, "type": "operator", "agency": agency, "roles": [role], "subject": subject });
        let body = json!({ "account": account, "reason": "phân công" });
        let (status, answer) = self.send("POST", "/api/v1/accounts", Some(&self.token), body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_through_a_real_provider() {
    let provider = Provider::start();
    let world = World::with(None, |settings| {
        settings.oidc = Some(serde_json::from_value(provider.settings(None)).unwrap())
    })
    .await;
    super::apply(&world.hub.db, &super::world::documents()).await.unwrap();
    world.account_with("lan", "lan@id", Some("VN/GOV/G15"), "data_officer").await;
    world.account_with("minh", "minh@id", None, "hub_officer").await;
    let (address, state_cookie) = world.send_off("/requests%3Fwaiting%3Dtrue").await;
    assert!(
        address.starts_with(&provider.issuer) && address.contains("code_challenge_method=S256"),
        "{address}"
    );
    let back = provider.visit(&address, "lan@id");
    let (status, headers, why) = world.come_back(&back, &state_cookie).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{why} {back}");
    assert_eq!(
        (status, &headers["location"]),
        (StatusCode::SEE_OTHER, &"/requests?waiting=true".parse().unwrap()),
        "{why}"
    );
    let session = cookie(&headers, "__Host-lienthong=");
    let (_, _, who) = world.exchange("GET", "/api/v1/session", &[("cookie", &session)], String::new()).await;
    assert_eq!((&who["name"], &who["agency"]), (&json!("lan"), &json!("VN/GOV/G15")));
    // What has come back once is good for nothing more.
    let (status, _, why) = world.come_back(&back, &state_cookie).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{why}");
    assert!(why.contains("does not accept the code"), "{why}");
    // Another's browser, another state, nothing at all.
    let (address, state_cookie) = world.send_off("/").await;
    let back = provider.visit(&address, "lan@id");
    let (_, other) = world.send_off("/").await;
    assert!(world.come_back(&back, &other).await.2.contains("the state does not match"));
    assert!(world.come_back(&back, "").await.2.contains("brought nothing along"));
    assert!(
        world.come_back(&back, &state_cookie.replace('=', "=x")).await.2.contains("brought nothing along")
    );
    assert!(
        world
            .come_back(&back.replace("iss=", "iss=https%3A%2F%2Fevil.example%26"), &state_cookie)
            .await
            .2
            .contains("iss is another's")
    );
    // Two tabs are on their way at once, and come back in any order.
    let ((first, one), (second, two)) = (world.send_off("/a").await, world.send_off("/b").await);
    let jar = format!("{one}; {two}");
    for (address, next) in [(second, "/b"), (first, "/a")] {
        let (status, headers, why) = world.come_back(&provider.visit(&address, "lan@id"), &jar).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{why}");
        assert_eq!(headers["location"], next);
    }
    // Somebody the provider knows and the hub does not; somebody who says no; somebody who needs two factors.
    let try_as = async |who: &str| {
        let (address, state_cookie) = world.send_off("/").await;
        let (status, _, why) = world.come_back(&provider.visit(&address, who), &state_cookie).await;
        (status.as_u16(), why)
    };
    assert!(try_as("stranger").await.1.contains("no account here is tied to this identity"));
    assert!(try_as("nobody").await.1.contains("the provider answered access_denied"));
    assert!(try_as("minh@id").await.1.contains("needs two factors"));
    // Only to the hub itself.
    for next in ["//evil.example", "https://evil.example", "/%5Cevil.example", "/%0d%0aset-cookie:x"] {
        let (status, ..) =
            world.exchange("GET", &format!("/sign-in/provider?next={next}"), &[], String::new()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_needs_two_factors_shows_them_to_the_provider() {
    let provider = Provider::start();
    let world = World::with(None, |settings| {
        settings.oidc = Some(serde_json::from_value(provider.settings(Some("two-factors"))).unwrap());
    })
    .await;
    world.account_with("minh", "minh@id", None, "hub_officer").await;
    let try_as = async |who: &str| {
        let (address, state_cookie) = world.send_off("/").await;
        let (status, _, why) = world.come_back(&provider.visit(&address, who), &state_cookie).await;
        (status.as_u16(), why)
    };
    let (_, why) = try_as("minh@id").await;
    assert!(why.contains("not strong enough (acr)"), "{why}");
    assert_eq!(try_as("minh@id+two-factors").await, (303, String::new()));
    // An account that was disabled stays out.
    let disable = json!({ "reason": "nghỉ việc" });
    world.send("POST", "/api/v1/accounts/minh/disable", Some(&world.token), disable).await;
    assert_eq!(try_as("minh@id+two-factors").await.0, 403);
    drop(provider);
    let (status, _, problem) =
        World::new().await.exchange("GET", "/sign-in/provider", &[], String::new()).await;
    assert_eq!((status, problem["title"].as_str()), (StatusCode::FORBIDDEN, Some("LT-7126")));
}
