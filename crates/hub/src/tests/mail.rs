//! Letters and calls as those whom they reach get them: a real mail server, Python's reader of letters, and the checker of Standard
//! Webhooks.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use axum::http::StatusCode;
use jiff::{SignedDuration, Span, Timestamp};
use model::time::day_in_viet_nam;
use serde_json::{Value, json};

use super::apply;
use super::world::{World, documents};
use crate::clock;
use crate::notice::hook::WebhookSettings;
use crate::notice::letter::Letter;
use crate::notice::mail::{Encryption, Failed, MailSettings, Mailer};
use crate::notice::post::Came;
use crate::notice::setting::Channel;
use crate::notice::tell::{Memory, look};
use crate::store::run;

const USER: &str = "lienthong";
const PASSWORD: &str = "rat-bi-mat-90";
const ADDRESS: &str = "do.thi@bo.gov.vn";
/// Somebody with a name that is made to end a header.
const PERSON: &str = "Đỗ \"Thị\" <x@evil.com>, Bcc: y@evil.com";

struct Server {
    process: Child,
    told: BufReader<ChildStdout>,
    orders: ChildStdin,
    folder: tempfile::TempDir,
    ports: Value,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("authority")).unwrap();
        let now = clock::now();
        let authority = trust::certificate::Authority::create(&at("authority"), "mail", now).unwrap();
        let certificate = authority.server(&at("key.pem"), &["127.0.0.1".into()], now).unwrap();
        std::fs::write(at("certificate.pem"), super::provider::pem("CERTIFICATE", &certificate)).unwrap();
        std::fs::write(at("authority.pem"), super::provider::pem("CERTIFICATE", authority.certificate()))
            .unwrap();
        std::fs::write(at("password"), format!("{PASSWORD}\n")).unwrap();
        std::fs::write(at("wrong"), "sai-mat-khau-91").unwrap();
        #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
        let python =
            std::env::var("LIENTHONG_TEST_PYTHON").expect("run `cargo xtask test`, which installs aiosmtpd");
        let mut process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/mail.py"))
            .args([at("certificate.pem"), at("key.pem")])
            .args([USER, PASSWORD])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let told = BufReader::new(process.stdout.take().unwrap());
        let orders = process.stdin.take().unwrap();
        let mut server = Self { process, told, orders, folder, ports: Value::Null };
        server.ports = server.hear("ready");
        server
    }

    fn hear(&mut self, what: &str) -> Value {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(told["what"], what, "{told}");
        told
    }

    fn order(&mut self, name: &str, value: &str) {
        writeln!(self.orders, "{name} {value}").unwrap();
        self.hear("set");
    }

    fn port(&self, name: &str) -> u16 {
        self.ports[name].as_u64().unwrap().try_into().unwrap()
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn settings(&self, encryption: Encryption, port: u16) -> MailSettings {
        let open = encryption == Encryption::None;
        MailSettings {
            server: "127.0.0.1".into(),
            port: Some(port),
            encryption,
            user: (!open).then(|| USER.into()),
            password_file: (!open).then(|| self.at("password")),
            authority: (!open).then(|| self.at("authority.pem")),
            from: "hub@lienthong.gov.vn".into(),
            domains: vec!["gov.vn".into()],
        }
    }
}

async fn office(server: &Server) -> (World, String, String) {
    let world = World::with(None, |settings| {
        settings.mail = Some(server.settings(Encryption::Starttls, server.port("starttls")));
        settings.webhooks = Some(WebhookSettings {
            authority: server.at("authority.pem"),
            private_hosts: ["hook", "silent"].map(|name| format!("127.0.0.1:{}", server.port(name))).to_vec(),
        });
    })
    .await;
    let mut all = documents();
    let more = json!([{ "kind": "System", "id": "VN/GOV/G15/ho-tich", "name": { "vi": "Hộ tịch", "en": "Civil status" } }]);
    all.extend(serde_json::from_value::<Vec<_>>(more).unwrap());
    apply(&world.hub.db, &all).await.unwrap();
    // Far away, whenever the test runs.
    let mut tx = world.hub.db.write().await.unwrap();
    run!(tx, "UPDATE grants SET valid_to = '2099-01-01'").unwrap();
    tx.commit().await.unwrap();
    let account = json!({ "name": "chu", "person": PERSON, "type": "service", "agency": "VN/GOV/G01", "roles": ["data_officer"] });
    let body = json!({ "account": account, "reason": "phân công" });
    let (status, answer) = world.send("POST", "/api/v1/accounts", Some(&world.token), body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let owner = format!("Bearer {}", answer["token"].as_str().unwrap());
    let asker = world.account_of("xin", Some("VN/GOV/G15"), "engineer").await;
    (world, owner, asker)
}

/// A request is opened, and people are told.
async fn happen(world: &World, asker: &str, memory: &mut Memory, now: Timestamp) {
    let asking = json!({ "asking": {
        "type": "on_request", "mode": "query", "client": "VN/GOV/G15/ho-tich", "service": "VN/GOV/G01/dan-cu/nguoi", "per_second": 5,
        "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "volume": "200 lượt mỗi ngày",
        "valid_to": day_in_viet_nam(clock::now()) + Span::new().years(1), "statement": "Công dân Trần Thị B, 001099000001",
    } });
    let (status, answer) = world.send("POST", "/api/v1/requests", Some(asker), asking).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    look(&world.hub.db, &[], memory, now).await.unwrap();
}

async fn send(world: &World, channel: Channel, now: Timestamp) -> Came {
    world.hub.post.one(&world.hub.db, &world.hub.people.secrets, channel, now).await.unwrap()
}

#[tokio::test]
async fn letters_reach_a_real_server_whole_and_are_tried_until_they_do() {
    let mut server = Server::start();
    let (world, owner, asker) = office(&server).await;
    let ask =
        async |method: &str, path: &str, body: Value| world.send(method, path, Some(&owner), body).await;
    // Nothing but a code goes to an address that nobody has confirmed, and only to official ones.
    let (_, refused) = ask("PUT", "/api/v1/notices/mail", json!({ "address": "a@example.com" })).await;
    assert_eq!(refused["title"], "LT-7166", "{refused}");
    let (status, set) = ask("PUT", "/api/v1/notices/mail", json!({ "address": ADDRESS })).await;
    assert_eq!((status, &set["mail"]["confirmed"]), (StatusCode::OK, &json!(false)), "{set}");
    let letter = server.hear("letter");
    let code: String =
        letter["body"].as_str().unwrap().chars().filter(char::is_ascii_digit).take(8).collect();
    let mut memory = Memory::default();
    let mut now = clock::now();
    happen(&world, &asker, &mut memory, now).await;
    assert_eq!(send(&world, Channel::Mail, now).await, Came::Nothing);
    let (_, wrong) = ask("POST", "/api/v1/notices/mail/confirm", json!({ "code": "00000000" })).await;
    assert_eq!(wrong["title"], "LT-7167", "{wrong}");
    let (_, right) = ask("POST", "/api/v1/notices/mail/confirm", json!({ "code": code })).await;
    assert_eq!(right["mail"]["confirmed"], true, "{right}");
    // A letter, as its reader has it.
    happen(&world, &asker, &mut memory, now).await;
    assert_eq!(send(&world, Channel::Mail, now).await, Came::Done);
    let letter = server.hear("letter");
    whole(&letter, now);
    // It is not taken for a while, and comes then under one number, once.
    server.order("mail", "451 4.3.0 try again later");
    happen(&world, &asker, &mut memory, now).await;
    assert_eq!(send(&world, Channel::Mail, now).await, Came::Failed);
    server.hear("refused");
    assert_eq!(send(&world, Channel::Mail, now).await, Came::Nothing, "it waits");
    server.order("mail", "250 OK");
    now += SignedDuration::from_mins(2);
    assert_eq!(send(&world, Channel::Mail, now).await, Came::Done);
    let again = server.hear("letter");
    assert_ne!(again["number"], letter["number"]);
    assert_eq!(send(&world, Channel::Mail, now).await, Came::Nothing);
    // English, and several in one.
    let english = json!({ "language": "en", "hour": 8, "when": {} });
    assert_eq!(ask("PUT", "/api/v1/notices/settings", english).await.0, StatusCode::OK);
    happen(&world, &asker, &mut memory, now).await;
    happen(&world, &asker, &mut memory, now).await;
    assert_eq!(send(&world, Channel::Mail, now).await, Came::Done);
    let several = server.hear("letter");
    assert_eq!(several["subject"], "[Liên Thông] 2 notices", "{several}");
    assert!(several["body"].as_str().unwrap().contains("It is for you to act."), "{several}");
    // A mailbox that is not there gets nothing more, and its person sees it.
    server.order("mail", "550 5.1.1 <do.thi@bo.gov.vn> unknown");
    happen(&world, &asker, &mut memory, now).await;
    assert_eq!(send(&world, Channel::Mail, now).await, Came::Done);
    server.hear("refused");
    let (_, shown) = ask("GET", "/api/v1/notices/settings", Value::Null).await;
    assert_eq!(shown["mail"]["confirmed"], false, "{shown}");
    let why = shown["trouble"]["why"].as_str().unwrap();
    assert!(why.contains("550") && !why.contains(ADDRESS), "{why}");
    let (_, notices) = ask("GET", "/api/v1/notices", Value::Null).await;
    assert_eq!(notices["items"].as_array().unwrap().len(), 6, "none is lost");
    // Codes are no toy: five a day.
    server.order("mail", "250 OK");
    for _ in 0..4 {
        assert_eq!(ask("PUT", "/api/v1/notices/mail", json!({ "address": ADDRESS })).await.0, StatusCode::OK);
        server.hear("letter");
    }
    let (status, _) = ask("PUT", "/api/v1/notices/mail", json!({ "address": ADDRESS })).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
}

/// A letter of one notice is what a letter of ours must be.
fn whole(letter: &Value, now: Timestamp) {
    let subject = letter["subject"].as_str().unwrap();
    assert!(
        subject.starts_with("[Liên Thông] Đề nghị YC-") && subject.contains("Thống nhất nội dung"),
        "{letter}"
    );
    // One mailbox, whatever the name is made of. Where a long name is folded its reader may see a space more.
    let close = |text: &str| text.replace(' ', "");
    let named = letter["to"][0][0].as_str().unwrap();
    assert_eq!(
        (letter["to"].as_array().unwrap().len(), &letter["to"][0][1]),
        (1, &json!(ADDRESS)),
        "{letter}"
    );
    assert_eq!(close(named), close(PERSON), "{letter}");
    assert_eq!(
        (&letter["envelope"], &letter["sender"]),
        (&json!([ADDRESS]), &json!(["hub@lienthong.gov.vn"]))
    );
    let names: Vec<&str> =
        letter["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for name in
        ["from", "to", "subject", "date", "message-id", "auto-submitted", "list-unsubscribe", "mime-version"]
    {
        assert_eq!(names.iter().filter(|known| **known == name).count(), 1, "{name}: {names:?}");
    }
    assert!(!names.contains(&"bcc") && !names.contains(&"cc"), "{names:?}");
    assert_eq!((&letter["automatic"], &letter["defects"]), (&json!("auto-generated"), &json!([])));
    assert_eq!(
        (&letter["kind"], &letter["charset"], &letter["tls"]),
        (&json!("text/plain"), &json!("utf-8"), &json!(true))
    );
    assert!(
        letter["stop"].as_str().unwrap().contains("https://127.0.0.1:7443/thong-bao/cach-nhan"),
        "{letter}"
    );
    let date: Timestamp = letter["date"].as_str().unwrap().parse().unwrap();
    assert!(date.duration_since(now).abs() < SignedDuration::from_secs(2), "{letter}");
    let body = letter["body"].as_str().unwrap();
    assert!(body.contains("https://127.0.0.1:7443/yeu-cau/YC-") && body.contains("Hạn: "), "{body}");
    assert!(!body.contains("Trần Thị B") && !body.contains("001099000001"), "no citizen is named: {body}");
    assert!(letter["number"].as_str().unwrap().ends_with("@127.0.0.1>"), "{letter}");
}

#[tokio::test]
async fn a_way_that_is_not_secret_is_not_taken() {
    let mut server = Server::start();
    let letter =
        Letter { subject: "Thử".into(), body: "Thử\n.\n".into(), settings: "https://hub/".into() };
    let send = async |settings: &MailSettings| {
        let mailer = Mailer::open(settings, Path::new("/"), "hub.test").unwrap();
        mailer.send(("Người nhận", ADDRESS), &letter, "n1", clock::now()).await
    };
    for (encryption, port) in
        [(Encryption::Starttls, "starttls"), (Encryption::Tls, "tls"), (Encryption::None, "plain")]
    {
        assert_eq!(send(&server.settings(encryption, server.port(port))).await, Ok(()), "{encryption:?}");
        let got = server.hear("letter");
        assert_eq!(
            (&got["body"], &got["tls"]),
            (&json!("Thử\n.\n"), &json!(encryption != Encryption::None)),
            "{got}"
        );
    }
    // A server that offers no STARTTLS, as one would look that somebody in between has cut: nothing is sent, the password least of all.
    let cut = send(&server.settings(Encryption::Starttls, server.port("plain"))).await;
    assert!(matches!(&cut, Err(Failed::Later(why)) if !why.contains(PASSWORD)), "{cut:?}");
    // An authority that is not the server's; a wrong password; a machine that is not there.
    let other = Server::start();
    let mut foreign = server.settings(Encryption::Starttls, server.port("starttls"));
    foreign.authority = Some(other.at("authority.pem"));
    let mut wrong = server.settings(Encryption::Tls, server.port("tls"));
    wrong.password_file = Some(server.at("wrong"));
    let nobody = server.settings(Encryption::Tls, testing::free_address().port());
    for settings in [foreign, wrong, nobody] {
        let failed = send(&settings).await;
        assert!(matches!(&failed, Err(Failed::Later(why)) if !why.contains("sai-mat-khau")), "{failed:?}");
    }
    // Only what was sent over a secret way, or on this machine, has arrived.
    server.order("mail", "250 OK");
}

#[tokio::test]
async fn a_webhook_is_called_signed_until_it_has_taken_what_it_was_told() {
    let mut server = Server::start();
    let (world, owner, asker) = office(&server).await;
    let ask =
        async |method: &str, path: &str, body: Value| world.send(method, path, Some(&owner), body).await;
    let at = |port: u16| format!("https://127.0.0.1:{port}/nhan?a=1");
    let server_port = server.port("hook");
    for bad in ["http://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://a:b@127.0.0.1/", "x"]
    {
        let (_, refused) = ask("PUT", "/api/v1/notices/webhook", json!({ "url": bad })).await;
        assert_eq!(refused["title"], "LT-7166", "{bad}: {refused}");
    }
    let (_, set) = ask("PUT", "/api/v1/notices/webhook", json!({ "url": at(server.port("hook")) })).await;
    server.order("secret", set["secret"].as_str().unwrap());
    let (_, shown) = ask("GET", "/api/v1/notices/settings", Value::Null).await;
    assert!(shown["webhook"]["url"].is_string() && !shown.to_string().contains("whsec_"), "{shown}");
    let (mut memory, mut now) = (Memory::default(), clock::now());
    happen(&world, &asker, &mut memory, now).await;
    assert_eq!(send(&world, Channel::Webhook, now).await, Came::Done);
    let call = server.hear("call");
    let told = &call["read"]["data"];
    assert_eq!((&call["path"], &told["account"]), (&json!("/nhan?a=1"), &json!("chu")), "{call}");
    assert_eq!(told["notices"][0]["kind"], "request_waits", "{call}");
    assert!(!call.to_string().contains("001099000001"), "{call}");
    // What is not taken comes again under its number; a redirection is not followed.
    happen(&world, &asker, &mut memory, now).await;
    let mut numbers = Vec::new();
    for (answer, came) in [("500", Came::Failed), ("302", Came::Failed), ("204", Came::Done)] {
        server.order("hook", answer);
        assert_eq!(send(&world, Channel::Webhook, now).await, came, "{answer}");
        let call = server.hear("call");
        assert_eq!(call["read"]["data"]["notices"].as_array().unwrap().len(), 1, "{call}");
        numbers.push(call["number"].clone());
        // Later than the pause; its checker takes no call of another time than its own.
        now += SignedDuration::from_secs(61 * numbers.len() as i64);
    }
    assert!(numbers.iter().all(|number| *number == numbers[0] && number.is_string()), "{numbers:?}");
    assert_eq!(send(&world, Channel::Webhook, now).await, Came::Nothing);
    // What an older one says is not said of the one that was set while it was called.
    server.order("hook", "410");
    server.order("pause", "4");
    happen(&world, &asker, &mut memory, now).await;
    let anew = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        ask("PUT", "/api/v1/notices/webhook", json!({ "url": at(server_port) })).await.1
    };
    let (came, set) = tokio::join!(send(&world, Channel::Webhook, now), anew);
    // Nor is what it was told lost: the new one gets it.
    assert_eq!(came, Came::Failed, "{set}");
    server.hear("call");
    server.order("pause", "0");
    server.order("secret", set["secret"].as_str().unwrap());
    assert_eq!(ask("GET", "/api/v1/notices/settings", Value::Null).await.1["webhook"]["gone"], false);
    server.order("hook", "204");
    now += SignedDuration::from_secs(61);
    assert_eq!(send(&world, Channel::Webhook, now).await, Came::Done);
    assert_eq!(server.hear("call")["status"], 204);
    server.order("hook", "410");
    // One that wants no more gets nothing more.
    happen(&world, &asker, &mut memory, now).await;
    assert_eq!(send(&world, Channel::Webhook, now).await, Came::Done);
    server.hear("call");
    happen(&world, &asker, &mut memory, now).await;
    assert_eq!(send(&world, Channel::Webhook, now).await, Came::Nothing);
    assert_eq!(ask("GET", "/api/v1/notices/settings", Value::Null).await.1["webhook"]["gone"], true);
    // A receiver that says nothing holds its call up for a while, and nothing else.
    let (_, set) = ask("PUT", "/api/v1/notices/webhook", json!({ "url": at(server.port("silent")) })).await;
    assert!(set["secret"].is_string(), "{set}");
    happen(&world, &asker, &mut memory, now).await;
    let (came, listed) =
        tokio::join!(send(&world, Channel::Webhook, now), ask("GET", "/api/v1/notices", Value::Null));
    assert_eq!((came, listed.0), (Came::Failed, StatusCode::OK));
    assert_eq!(listed.1["items"].as_array().unwrap().len(), 6, "none is lost");
}
