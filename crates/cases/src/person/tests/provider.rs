//! Signing in, stepping up and signing out through a real identity provider: npm's oidc-provider.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use exchange::PeopleSettings;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use trust::sealed::Sealer;

use super::super::doors;
use super::super::officer::Invited;
use super::super::{People, officer};
use crate::caller::Right;

const OWN: &str = "https://mot-cua.example";
const CLIENT: &str = "cong-xa";
const SECRET: &str = "a secret + of its own%";

struct World {
    process: Child,
    /// It goes on writing.
    _told: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
    issuer: String,
    people: Arc<People>,
    router: Router,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn pem(der: &[u8]) -> String {
    let text = trust::certificate::to_base64(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| -> PathBuf { folder.path().join(name) };
        std::fs::create_dir(at("authority")).unwrap();
        let now = crate::clock::now();
        let authority = trust::certificate::Authority::create(&at("authority"), "provider", now).unwrap();
        let certificate = authority.server(&at("key.pem"), &["127.0.0.1".into()], now).unwrap();
        std::fs::write(at("certificate.pem"), pem(&certificate)).unwrap();
        std::fs::write(at("ca.pem"), pem(authority.certificate())).unwrap();
        std::fs::write(at("secret"), SECRET).unwrap();
        let issuer = format!("https://{}", testing::free_address());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let told_at = format!("http://{}/sign-in/vneid/logout", listener.local_addr().unwrap());
        #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
        let modules = std::env::var("LIENTHONG_TEST_NODE")
            .expect("run `cargo xtask test`, which installs oidc-provider");
        let mut process = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/person/tests/provider.mjs"))
            .args([&modules, &issuer])
            .args([at("certificate.pem"), at("key.pem")])
            .args([CLIENT, SECRET, &format!("{OWN}/sign-in/vneid/return"), &told_at])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut told, mut line) = (BufReader::new(process.stdout.take().unwrap()), String::new());
        told.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready");
        let mut settings = super::settings();
        let own = &mut settings["providers"]["vneid"];
        own["issuer"] = json!(issuer);
        own["scopes"] = json!(["cong-dan"]);
        let settings: PeopleSettings = serde_json::from_value(settings).unwrap();
        let db = super::opened(&format!("sqlite:{}", at("people.db").display())).await;
        let secrets = Sealer::open_or_create(&at("node.key")).unwrap();
        let people = Arc::new(People::open(db, secrets, settings, folder.path()).unwrap());
        let router = Router::from(doors::routes()).with_state(people.clone());
        tokio::spawn(axum::serve(listener, router.clone()).into_future());
        Self { process, _told: told, folder, issuer, people, router }
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, Value) {
        let mut request = Request::builder().method(method).uri(path).header("user-agent", "Firefox");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    fn curl(&self, address: &str, write: &str) -> String {
        let jar = self.folder.path().join("jar");
        let output = Command::new("curl")
            .args(["-s", "-w", write, "--cacert"])
            .arg(self.folder.path().join("ca.pem"))
            .args(["-b".as_ref(), jar.as_os_str(), "-c".as_ref(), jar.as_os_str()])
            .arg(address)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Follows an address through the provider, as a browser does, until it leads back. Returns path and query at the node.
    fn visit(&self, address: &str, who: &str) -> String {
        let _ = std::fs::remove_file(self.folder.path().join("jar"));
        let mut address = format!("{address}&login_hint={}", who.replace('+', "%2B"));
        for _ in 0..10 {
            if let Some(path) = address.strip_prefix(OWN) {
                return path.to_owned();
            }
            let told = self.curl(&address, "\n%{redirect_url}");
            address = told.rsplit('\n').next().unwrap().to_owned();
        }
        panic!("it does not lead back: {address}");
    }

    /// Through the door and back: the answer to coming back.
    async fn sign_in(&self, query: &str, who: &str, session: &str) -> (StatusCode, HeaderMap, Value) {
        let (status, headers, body) =
            self.call("GET", &format!("/sign-in/vneid?{query}"), &[("cookie", session)]).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
        let errand = cookie(&headers, "__Host-lienthong-errand");
        let back = self.visit(headers["location"].to_str().unwrap(), who);
        self.call("GET", &back, &[("cookie", &format!("{errand}; {session}"))]).await
    }

    async fn who(&self, session: &str) -> (StatusCode, Value) {
        let (status, _, body) = self.call("GET", "/api/session", &[("cookie", session)]).await;
        (status, body)
    }
}

fn cookie(headers: &HeaderMap, name: &str) -> String {
    let cookies = headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let found = cookies.filter_map(|text| text.split(';').next()).find(|pair| pair.starts_with(name));
    found.unwrap_or_default().to_owned()
}

fn session(headers: &HeaderMap) -> String {
    cookie(headers, "__Host-lienthong-mot-cua=")
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one visit after another")]
async fn persons_sign_in_step_up_and_are_signed_out_through_a_real_provider() {
    let world = World::start().await;
    let citizen = "lan:001099000001";
    // A citizen at a low level, whose number stands at the provider's userinfo endpoint.
    let (status, headers, body) =
        world.sign_in("as=citizen&next=/ho-so%3Fa%3D1", &format!("{citizen}+muc-1"), "").await;
    assert_eq!(
        (status, headers.get("location").map(|place| place.to_str().unwrap())),
        (StatusCode::SEE_OTHER, Some("/ho-so?a=1")),
        "{body}"
    );
    let low = session(&headers);
    let set = headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap())
        .find(|text| text.starts_with(&low))
        .unwrap();
    assert!(set.ends_with("Path=/; Secure; HttpOnly; SameSite=Lax"), "{set}");
    assert_eq!(headers["cache-control"], "no-store");
    let (_, who) = world.who(&low).await;
    assert_eq!(
        (&who["as"], &who["number"], &who["name"], &who["level"]),
        (&json!("citizen"), &json!("001099000001"), &json!("Người lan"), &json!(1))
    );
    // Stepped up: another session, and the one before is gone.
    let (_, headers, _) =
        world.sign_in("as=citizen&level=3&max_age=60", &format!("{citizen}+muc-3"), &low).await;
    let high = session(&headers);
    assert_eq!(
        (world.who(&high).await.1["level"].clone(), world.who(&low).await.0),
        (json!(3), StatusCode::UNAUTHORIZED)
    );
    // Asked for more than the provider shows: what it shows counts.
    let (_, headers, _) = world.sign_in("as=citizen&level=3", &format!("{citizen}+muc-1"), &high).await;
    let again = session(&headers);
    assert_eq!(world.who(&again).await.1["level"], 1);
    // No number, no citizen.
    let (status, _, body) = world.sign_in("as=citizen", "minh:12+muc-2", "").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    // An officer is who was invited.
    let (status, headers, body) =
        world.sign_in("as=officer&next=/can-bo", &format!("{citizen}+muc-2"), "").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    assert_eq!(
        headers["lienthong-errand"], "as=officer&next=%2Fcan-bo",
        "nobody begins anew as somebody else"
    );
    let invited = Invited {
        name: "Lan".into(),
        unit: "Một cửa".into(),
        rights: [Right::Work, Right::Decide].into(),
        number: None,
    };
    let (_, code) = officer::invite(&world.people, &invited, "quan-tri", crate::clock::now()).await.unwrap();
    let (status, headers, body) =
        world.sign_in(&format!("as=officer&invitation={code}"), &format!("{citizen}+muc-2"), "").await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    let own = session(&headers);
    let (_, who) = world.who(&own).await;
    assert_eq!(
        (&who["as"], &who["unit"], &who["rights"]),
        (&json!("officer"), &json!("Một cửa"), &json!(["work", "decide"]))
    );
    let (_, headers, _) = world.sign_in("as=officer", &format!("{citizen}+muc-2"), "").await;
    let second = session(&headers);
    assert_eq!(world.who(&second).await.0, StatusCode::OK, "the second time without an invitation");
    // What changes something carries the guard.
    let guard = who["guard"].as_str().unwrap();
    assert_eq!(world.call("DELETE", "/api/session", &[("cookie", &own)]).await.0, StatusCode::FORBIDDEN);
    assert_eq!(
        world.call("DELETE", "/api/session", &[("cookie", &own), ("lienthong-guard", "x")]).await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        world.call("DELETE", "/api/session", &[("cookie", &own), ("lienthong-guard", guard)]).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(world.who(&own).await.0, StatusCode::UNAUTHORIZED);
    // Signed out at the provider: that session and no other.
    let tell = |who: &str| world.curl(&format!("{}/play/logout?sub={who}", world.issuer), "");
    assert_eq!((tell("minh").as_str(), world.who(&second).await.0), ("told", StatusCode::OK));
    assert_eq!((tell("lan").as_str(), world.who(&second).await.0), ("told", StatusCode::UNAUTHORIZED));
    assert_eq!(world.who(&again).await.0, StatusCode::OK);
    // What nobody signed signs nobody out.
    for form in ["", "logout_token=", "logout_token=a.b.c"] {
        let request = Request::post("/sign-in/vneid/logout")
            .header("content-type", "application/x-www-form-urlencoded");
        let response = world.router.clone().oneshot(request.body(Body::from(form)).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{form}");
    }
    assert_eq!(world.who(&again).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_led_astray_at_the_doors() {
    let world = World::start().await;
    for next in [
        "//evil.example",
        "https://evil.example",
        "/%5Cevil.example",
        "/%0d%0aset-cookie:x",
        "x",
        "/a%09//evil",
    ] {
        let path = format!("/sign-in/vneid?as=citizen&next={next}");
        assert_eq!(world.call("GET", &path, &[]).await.0, StatusCode::BAD_REQUEST, "{next}");
    }
    for path in [
        "/sign-in/khac?as=citizen",
        "/sign-in/vneid",
        "/sign-in/vneid?as=chu-tich",
        "/sign-in/vneid/return",
        "/sign-in/vneid/return?code=a&state=b",
    ] {
        assert!(world.call("GET", path, &[]).await.0.is_client_error(), "{path}");
    }
    // Another's browser; an errand that was changed; what came back once.
    let (_, headers, _) = world.call("GET", "/sign-in/vneid?as=citizen", &[]).await;
    let errand = cookie(&headers, "__Host-lienthong-errand");
    let back = world.visit(headers["location"].to_str().unwrap(), "lan:001099000001+muc-2");
    assert_eq!(world.call("GET", &back, &[]).await.0, StatusCode::FORBIDDEN);
    assert_eq!(
        world.call("GET", &back, &[("cookie", &errand.replace('=', "=x"))]).await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(world.call("GET", &back, &[("cookie", &errand)]).await.0, StatusCode::SEE_OTHER);
    assert_eq!(world.call("GET", &back, &[("cookie", &errand)]).await.0, StatusCode::FORBIDDEN);
    // Whoever begins again and again does not drown in cookies.
    let many: Vec<String> = (0..9).map(|number| format!("__Host-lienthong-errand-{number}=x")).collect();
    let (_, headers, _) =
        world.call("GET", "/sign-in/vneid?as=citizen", &[("cookie", &many.join("; "))]).await;
    assert_eq!(
        headers
            .get_all("set-cookie")
            .iter()
            .filter(|value| value.to_str().unwrap().contains("Max-Age=0"))
            .count(),
        9
    );
}
