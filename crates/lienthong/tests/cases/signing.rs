//! Persons who sign in at the office's node by a real identity provider: npm's oidc-provider, on HTTPS.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use http::Request;
use serde_json::{Value, json};
use testing::free_address;

use super::office::Office;

const OWN: &str = "https://mot-cua.example";
const CLIENT: &str = "cong-xa";
const SECRET: &str = "a secret of its own";

/// The provider.
pub(super) struct Provider {
    process: Child,
    /// It goes on writing.
    _told: BufReader<ChildStdout>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody who has signed in.
pub(super) struct Visitor<'a> {
    office: &'a Office,
    cookie: String,
    guard: String,
}

fn pem(der: &[u8]) -> String {
    let text = trust::certificate::to_base64(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

impl Provider {
    /// Starts it, and has the office's node know it.
    pub(super) async fn start(office: &mut Office) -> Self {
        let at = |name: &str| office.nation.path(name);
        std::fs::create_dir(at("provider")).unwrap();
        let now = exchange::clock::now();
        let authority = trust::certificate::Authority::create(&at("provider"), "provider", now).unwrap();
        let certificate = authority.server(&at("provider/key.pem"), &["127.0.0.1".into()], now).unwrap();
        std::fs::write(at("provider/certificate.pem"), pem(&certificate)).unwrap();
        std::fs::write(at("c1/vneid.pem"), pem(authority.certificate())).unwrap();
        std::fs::write(at("c1/vneid-secret"), SECRET).unwrap();
        let issuer = format!("https://{}", free_address());
        #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
        let modules = std::env::var("LIENTHONG_TEST_NODE")
            .expect("run `cargo xtask test`, which installs oidc-provider");
        let mut process = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../cases/src/person/tests/provider.mjs"))
            .args([&modules, &issuer])
            .args([at("provider/certificate.pem"), at("provider/key.pem")])
            .args([CLIENT, SECRET, &format!("{OWN}/sign-in/vneid/return"), &format!("{OWN}/logout")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut told, mut line) = (BufReader::new(process.stdout.take().unwrap()), String::new());
        told.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready");
        office.nation.kill("c1");
        office.nation.change_settings("c1", |text| {
            format!(
                "{text}\n[people]\nurl = \"{OWN}/\"\n\n[people.providers.vneid]\ntitle = {{ vi = \"VNeID thử\", en = \"Play VNeID\" }}\n\
                 issuer = \"{issuer}\"\nclient_id = \"{CLIENT}\"\nsecret_file = \"vneid-secret\"\nauthority = \"vneid.pem\"\n\
                 scopes = [\"cong-dan\"]\nnumber_claim = \"so_dinh_danh\"\nname_claim = \"ho_ten\"\nplay = true\n\
                 levels = {{ muc-1 = 1, muc-2 = 2, muc-3 = 3 }}\n"
            )
        });
        office.start().await;
        Self { process, _told: told }
    }
}

fn curl(office: &Office, address: &str) -> String {
    let jar = office.nation.path("provider/jar");
    let output = Command::new("curl")
        .args(["-s", "-w", "\n%{redirect_url}", "--cacert"])
        .arg(office.nation.path("c1/vneid.pem"))
        .args(["-b".as_ref(), jar.as_os_str(), "-c".as_ref(), jar.as_os_str()])
        .arg(address)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn cookie(headers: &http::HeaderMap, name: &str) -> String {
    let cookies = headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let found = cookies.filter_map(|text| text.split(';').next()).find(|pair| pair.starts_with(name));
    found.unwrap().to_owned()
}

impl<'a> Visitor<'a> {
    /// A citizen signs in.
    pub(super) async fn citizen(office: &'a Office, number: &str, acr: &str) -> Self {
        let visitor =
            Self::back(office, "/sign-in/vneid?as=citizen&next=/ho-so", (number, acr), "/ho-so").await;
        let (_, who) = visitor.get("/api/session").await;
        assert_eq!((who["as"].as_str(), who["number"].as_str()), (Some("citizen"), Some(number)), "{who}");
        visitor
    }

    /// An officer signs in at the address of their invitation.
    pub(super) async fn officer(office: &'a Office, address: &str, number: &str) -> Self {
        let path = address.strip_prefix(OWN).unwrap_or_else(|| panic!("{address}"));
        let visitor = Self::back(office, path, (number, "muc-2"), "/can-bo").await;
        let (_, who) = visitor.get("/api/session").await;
        assert_eq!((who["as"].as_str(), who["unit"].as_str()), (Some("officer"), Some("Một cửa")), "{who}");
        visitor
    }

    /// Goes through the provider and back, as a browser does.
    async fn back(office: &'a Office, path: &str, (number, acr): (&str, &str), next: &str) -> Self {
        let answer = office.answered(office.asked("GET", path), String::new()).await;
        assert_eq!(answer.status(), 303, "{answer:?}");
        let errand = cookie(answer.headers(), "__Host-lienthong-errand");
        let _ = std::fs::remove_file(office.nation.path("provider/jar"));
        let place = answer.headers()["location"].to_str().unwrap();
        let mut address = format!("{place}&login_hint=nguoi-{number}:{number}%2B{acr}");
        for _ in 0..10 {
            if address.starts_with(OWN) {
                break;
            }
            address = curl(office, &address).rsplit('\n').next().unwrap().to_owned();
        }
        let back = address.strip_prefix(OWN).unwrap_or_else(|| panic!("it does not lead back: {address}"));
        let answer = office.answered(office.asked("GET", back).header("cookie", errand), String::new()).await;
        assert_eq!(answer.status(), 303, "{answer:?}");
        assert_eq!(answer.headers()["location"], next);
        let cookie = cookie(answer.headers(), "__Host-lienthong-mot-cua=");
        let mut visitor = Self { office, cookie, guard: String::new() };
        let (_, who) = visitor.get("/api/session").await;
        visitor.guard = who["guard"].as_str().unwrap().to_owned();
        visitor
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        self.office.asked(method, path).header("cookie", &self.cookie)
    }

    async fn body(&self, request: http::request::Builder, sent: String) -> (u16, String) {
        let answer = self.office.answered(request, sent).await;
        (answer.status().as_u16(), String::from_utf8(answer.body().to_vec()).unwrap())
    }

    /// What they are shown as data.
    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        let (status, text) = self.body(self.request("GET", path), String::new()).await;
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// The page that they are shown.
    pub(super) async fn page(&self, path: &str) -> (u16, String) {
        self.body(self.request("GET", path).header("accept", "text/html"), String::new()).await
    }

    /// Sends something as a program of a page does.
    pub(super) async fn send(&self, path: &str, said: &Value) -> (u16, Value) {
        let request = self.request("POST", path).header("lienthong-guard", &self.guard);
        let request = request.header("content-type", "application/json").header("idempotency-key", "k-1");
        let (status, text) = self.body(request, said.to_string()).await;
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Opens a case of their own.
    pub(super) async fn begin(&self) -> String {
        let opening = json!({ "procedure": "9.000001", "inputs": { "con.ho_ten": "Bé Mai" } });
        let (status, case) = self.send("/cases", &opening).await;
        assert_eq!(status, 200, "{case}");
        case["id"].as_str().unwrap().to_owned()
    }
}

impl Office {
    /// A request to the listener by whoever it is.
    fn asked(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(self.address(path)).header("user-agent", "Firefox")
    }
}
