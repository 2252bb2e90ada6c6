//! Accounts: invited, signed in, locked, idle, withdrawn; and what a stolen cookie is good for.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use serde_json::{Value, json};

use super::apply;
use super::world::{World, documents};
use crate::audit::change;
use crate::clock;
use crate::people::account::AccountRules;
use crate::people::credential::Use;
use crate::people::session::{self, Credentials};
use crate::people::tries::Visitor;
use crate::people::{manage, totp};

const PASSWORD: &str = "bốn con sẻ nâu ngoài hiên";

impl World {
    async fn act(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        self.send(method, path, Some(&self.token), body).await
    }

    /// Makes an account; returns its invitation, or its token.
    async fn account(&self, account: Value) -> String {
        let (status, answer) =
            self.act("POST", "/api/v1/accounts", json!({ "account": account, "reason": "phân công" })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let secret = answer.get("invitation").or(answer.get("token")).unwrap();
        secret.as_str().unwrap().to_owned()
    }

    /// Makes the account of a data officer at a ministry and sets its password.
    async fn data_officer(&self) {
        apply(&self.hub.db, &documents()).await.unwrap();
        let account = json!({ "name": "lan", "person": "Nguyễn Thị Lan", "type": "operator", "agency": "VN/GOV/G15", "roles": ["data_officer"] });
        let invitation = self.account(account).await;
        let set = json!({ "invitation": invitation, "password": PASSWORD });
        assert_eq!(self.send("PUT", "/api/v1/enrolment", None, set).await.0, StatusCode::OK);
    }

    async fn sign_in(&self, body: Value) -> (StatusCode, Value) {
        self.send("POST", "/api/v1/session", None, body).await
    }
}

/// The code that an authenticator shows which has read `address`.
fn code(address: &str, at: Timestamp) -> String {
    totp::code(address, at).unwrap()
}

#[tokio::test]
async fn somebody_is_invited_and_signs_in() {
    let world = World::new().await;
    world.data_officer().await;
    let (status, problem) = world.sign_in(json!({ "name": "lan", "password": "sai mật khẩu rồi" })).await;
    assert_eq!((status, problem["title"].as_str()), (StatusCode::UNAUTHORIZED, Some("LT-7114")));
    let (status, answer) = world.sign_in(json!({ "name": "lan", "password": PASSWORD, "token": true })).await;
    assert_eq!((status, &answer["agency"]), (StatusCode::OK, &json!("VN/GOV/G15")));
    let token = format!("Bearer {}", answer["token"].as_str().unwrap());
    let (_, who) = world.send("GET", "/api/v1/session", Some(&token), Value::Null).await;
    assert_eq!((&who["name"], &who["roles"]), (&json!("lan"), &json!(["data_officer"])));
    // Signed out, the token is nobody's.
    world.send("DELETE", "/api/v1/session", Some(&token), Value::Null).await;
    assert_eq!(
        world.send("GET", "/api/v1/session", Some(&token), Value::Null).await.0,
        StatusCode::UNAUTHORIZED
    );
    // All of it stands in the trail, with where it came from.
    let trail = change::list(&mut world.hub.db.read().await.unwrap(), 0, change::PAGE).await.unwrap();
    let acts: Vec<&str> =
        trail.iter().filter(|entry| entry.subject == "lan").map(|entry| entry.act.as_str()).collect();
    assert_eq!(acts, ["created", "updated", "refused", "signed_in"]);
    assert_eq!(trail.last().unwrap().origin.as_ref().unwrap()["account"], "operator");
}

#[tokio::test]
async fn an_administrator_shows_a_code_each_time_once() {
    let world = World::new().await;
    let account =
        json!({ "name": "minh", "person": "Trần Văn Minh", "type": "admin", "roles": ["administrator"] });
    let invitation = world.account(account).await;
    let (_, welcome) =
        world.send("POST", "/api/v1/enrolment", None, json!({ "invitation": invitation })).await;
    assert_eq!(welcome["needs_code"], true);
    let address = welcome["totp"].as_str().unwrap().to_owned();
    let set = async |body: Value| {
        let (status, problem) = world.send("PUT", "/api/v1/enrolment", None, body).await;
        (status, problem["title"].as_str().unwrap_or_default().to_owned())
    };
    let with = |password: &str, code: Option<String>| json!({ "invitation": invitation, "password": password, "code": code });
    assert_eq!(set(with("8 chữ số", None)).await, (StatusCode::UNAUTHORIZED, "LT-7118".into()));
    assert_eq!(set(with("ngắn", Some(code(&address, clock::now())))).await.1, "LT-7119");
    assert_eq!(set(with("8 chữ số", Some("000000".into()))).await.1, "LT-7114");
    assert_eq!(set(with("8 chữ số", Some(code(&address, clock::now())))).await.0, StatusCode::OK);
    assert_eq!(set(with("8 chữ số", Some(code(&address, clock::now())))).await.1, "LT-7107", "used up");
    let at = |now: Timestamp, code: Option<String>| {
        let hub = world.hub.clone();
        async move {
            let shown =
                Credentials { name: "minh", password: "8 chữ số", code: code.as_deref(), device: None };
            session::sign_in(&hub.people, &shown, &Visitor::default(), Use::Token, now)
                .await
                .map(|begun| begun.secret)
        }
    };
    let later = clock::now() + SignedDuration::from_secs(120);
    assert_eq!(at(later, None).await.unwrap_err(), Fault::CodeNeeded {});
    at(later, Some(code(&address, later))).await.unwrap();
    assert_eq!(
        at(later, Some(code(&address, later))).await.unwrap_err(),
        Fault::BadCredentials {},
        "a code counts once"
    );
    // Nor does it for two who show it at the same moment.
    let both = later + SignedDuration::from_secs(60);
    let code_of_both = code(&address, both);
    let (one, other) = tokio::join!(at(both, Some(code_of_both.clone())), at(both, Some(code_of_both)));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");
    // Two months later the password is too old, and the ten last ones do not come again.
    let old = later + SignedDuration::from_hours(24 * 40);
    at(old, Some(code(&address, old))).await.unwrap();
    let old = later + SignedDuration::from_hours(24 * 62);
    assert_eq!(at(old, Some(code(&address, old))).await.unwrap_err(), Fault::PasswordTooOld { days: 61 });
    let change = async |new: &str, at: Timestamp| {
        let code = code(&address, at);
        let shown = Credentials { name: "minh", password: "8 chữ số", code: Some(&code), device: None };
        session::change_password(&world.hub.people, &shown, new, &Visitor::default(), at).await
    };
    let refused = change("8 chữ số", old + SignedDuration::from_secs(60)).await;
    assert!(matches!(refused, Err(Fault::PasswordRefused { .. })), "{refused:?}");
    change("9 chữ số", old + SignedDuration::from_secs(120)).await.unwrap();
}

#[tokio::test]
async fn an_account_is_locked_after_too_many_tries() {
    let world = World::new().await;
    world.data_officer().await;
    let now = clock::now();
    let try_at = async |password: &str, now: Timestamp| {
        let shown = Credentials { name: "lan", password, code: None, device: None };
        session::sign_in(&world.hub.people, &shown, &Visitor::default(), Use::Token, now).await.map(drop)
    };
    for _ in 0..5 {
        assert_eq!(try_at("sai sai sai sai", now).await, Err(Fault::BadCredentials {}));
    }
    assert!(matches!(try_at(PASSWORD, now).await, Err(Fault::TooManyTries { seconds: 1..=60 })));
    let minute = now + SignedDuration::from_secs(61);
    assert_eq!(try_at("sai sai sai sai", minute).await, Err(Fault::BadCredentials {}));
    let refused = try_at(PASSWORD, minute + SignedDuration::from_secs(61)).await;
    assert!(matches!(refused, Err(Fault::TooManyTries { .. })), "twice as long the next time");
    assert_eq!(try_at(PASSWORD, minute + SignedDuration::from_secs(121)).await, Ok(()));
    assert_eq!(try_at("ai đó không có ở đây", now).await, Err(Fault::BadCredentials {}));
}

#[tokio::test]
async fn wrong_tries_of_strangers_lock_only_strangers_out() {
    let world = World::new().await;
    world.data_officer().await;
    let from = async |cookie: Option<&str>, password: &str| {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(cookie.map(|cookie| ("cookie", cookie)));
        let body = json!({ "name": "lan", "password": password }).to_string();
        let (status, headers, _) = world.exchange("POST", "/api/v1/session", &headers, body).await;
        let given = headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let device = given.filter_map(|text| text.split(';').next()).find(|text| text.contains("device="));
        (status, device.map(str::to_owned))
    };
    let (status, known) = from(None, PASSWORD).await;
    assert_eq!(status, StatusCode::OK);
    let known = known.expect("a browser is known from then on");
    for _ in 0..5 {
        assert_eq!(from(None, "sai sai sai sai").await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(from(None, PASSWORD).await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(from(Some("__Host-lienthong-device=bia-ra"), PASSWORD).await.0, StatusCode::TOO_MANY_REQUESTS);
    // Whoever has signed in from there before comes in, and keeps what they are known by; strangers stay out.
    assert_eq!(from(Some(&known), PASSWORD).await, (StatusCode::OK, Some(known.clone())));
    assert_eq!(from(None, PASSWORD).await.0, StatusCode::TOO_MANY_REQUESTS);
    // A program is known in the same way.
    let by_token = async |device: Value, password: &str| {
        let body = json!({ "name": "lan", "password": password, "token": true, "device": device });
        world.sign_in(body).await
    };
    let device = known.split_once('=').unwrap().1;
    let (status, answer) = by_token(json!(device), PASSWORD).await;
    assert_eq!((status, &answer["device"]), (StatusCode::OK, &json!(device)));
    // It has tries of its own, and no more than others.
    for _ in 0..5 {
        assert_eq!(from(Some(&known), "sai sai sai sai").await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(from(Some(&known), PASSWORD).await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(by_token(json!(device), PASSWORD).await.0, StatusCode::TOO_MANY_REQUESTS);
    // Where another account has signed in says nothing of this one.
    let (_, renewed) = world.act("POST", "/api/v1/accounts/lan/renew", json!({ "reason": "mất máy" })).await;
    let set = json!({ "invitation": renewed["invitation"], "password": "năm con sẻ nâu ngoài hiên" });
    assert_eq!(world.send("PUT", "/api/v1/enrolment", None, set).await.0, StatusCode::OK);
    let (status, next) = from(Some(&known), "năm con sẻ nâu ngoài hiên").await;
    assert!(
        status == StatusCode::OK && next.as_ref() != Some(&known),
        "what was known is forgotten: {next:?}"
    );
}

#[tokio::test]
async fn who_comes_to_a_role_with_codes_needs_one() {
    let world = World::new().await;
    world.data_officer().await;
    let account = json!({ "name": "lan", "person": "Nguyễn Thị Lan", "type": "operator", "agency": "VN/GOV/G15", "roles": ["administrator"] });
    let (status, _) =
        world.act("PUT", "/api/v1/accounts/lan", json!({ "account": account, "reason": "thăng chức" })).await;
    assert_eq!(status, StatusCode::OK);
    let (status, problem) = world.sign_in(json!({ "name": "lan", "password": PASSWORD })).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(problem["detail"].as_str().unwrap().contains("a new invitation"), "{problem}");
}

#[tokio::test]
async fn another_site_cannot_sign_anybody_in() {
    let world = World::new().await;
    world.data_officer().await;
    let body = json!({ "name": "lan", "password": PASSWORD }).to_string();
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let headers: Vec<_> = kind.map(|kind| ("content-type", kind)).into_iter().collect();
        let (status, _, _) = world.exchange("POST", "/api/v1/session", &headers, body.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{kind:?}");
    }
    for next in ["//evil.example", "/\\evil.example", "/%09/evil.example", "https://evil.example"] {
        let (status, _) =
            world.send("GET", &format!("/sign-in/provider?next={next}"), None, Value::Null).await;
        assert_ne!(status, StatusCode::SEE_OTHER, "{next}");
    }
}

#[tokio::test]
async fn an_account_that_idles_is_disabled_and_can_be_renewed() {
    let world = World::new().await;
    world.data_officer().await;
    let (_, answer) = world.sign_in(json!({ "name": "lan", "password": PASSWORD, "token": true })).await;
    let token = answer["token"].as_str().unwrap().to_owned();
    let rules = AccountRules::default();
    let late = clock::now() + SignedDuration::from_hours(24 * 46);
    // The last administrator may idle and still come in: nobody else could let anybody in.
    let first = world.token.trim_start_matches("Bearer ").to_owned();
    let visitor = Visitor::default();
    session::recognise(&world.hub.people, &first, Use::Token, &visitor, late).await.unwrap();
    let mut tx = world.hub.db.write().await.unwrap();
    let idle = manage::disable_idle(&mut tx, late, &rules).await.unwrap();
    assert_eq!(idle, ["lan"], "the last administrator stays");
    tx.commit().await.unwrap();
    let (status, problem) =
        world.send("GET", "/api/v1/session", Some(&format!("Bearer {token}")), Value::Null).await;
    assert_eq!((status, problem["title"].as_str()), (StatusCode::UNAUTHORIZED, Some("LT-7101")));
    let (status, problem) = world.sign_in(json!({ "name": "lan", "password": PASSWORD })).await;
    assert_eq!((status, problem["title"].as_str()), (StatusCode::FORBIDDEN, Some("LT-7115")));
    let last =
        change::list(&mut world.hub.db.read().await.unwrap(), 0, change::PAGE).await.unwrap().pop().unwrap();
    assert!(last.who == "hub" && last.why.contains("SEC-02"), "{last:?}");
    let (_, renewed) = world.act("POST", "/api/v1/accounts/lan/renew", json!({ "reason": "trở lại" })).await;
    let set = json!({ "invitation": renewed["invitation"], "password": "năm con sẻ nâu ngoài hiên" });
    assert_eq!(world.send("PUT", "/api/v1/enrolment", None, set).await.0, StatusCode::OK);
    let (status, _) = world.sign_in(json!({ "name": "lan", "password": "năm con sẻ nâu ngoài hiên" })).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_cookie_changes_nothing_without_its_guard_and_ends_when_it_moves() {
    let world = World::new().await;
    world.data_officer().await;
    let agent = ("user-agent", "Firefox/140");
    let body = json!({ "name": "lan", "password": PASSWORD }).to_string();
    let (_, headers, answer) =
        world.exchange("POST", "/api/v1/session", &[agent, ("content-type", "application/json")], body).await;
    let set = headers["set-cookie"].to_str().unwrap().to_owned();
    for word in ["__Host-", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(set.contains(word), "{set}");
    }
    let cookie = ("cookie", set.split(';').next().unwrap());
    let guard = answer["guard"].as_str().unwrap();
    assert!(!set.contains(guard));
    let change = json!({ "members": { "id": "VNDB-050", "name": { "vi": "Mới", "en": "New" }, "scale": "sectoral", "standing": "registered", "owner": "VN/GOV/G15",
        "legal_basis": "x", "scope": "x", "class": "other", "retention": "permanent", "security_level": 1, "personal_data": "none" }, "reason": "thử" }).to_string();
    let put = async |headers: &[(&str, &str)]| {
        let headers = [&[("if-none-match", "*")], headers].concat();
        let (status, _, answer) =
            world.exchange("PUT", "/api/v1/registry/databases/VNDB-050", &headers, change.clone()).await;
        (status, answer["title"].as_str().unwrap_or_default().to_owned())
    };
    // A form on another site sends the cookie and knows no guard.
    assert_eq!(put(&[agent, cookie]).await, (StatusCode::FORBIDDEN, "LT-7120".into()));
    assert_eq!(put(&[agent, cookie, ("lienthong-guard", "đoán")]).await.1, "LT-7120");
    assert_eq!(put(&[agent, cookie, ("lienthong-guard", guard)]).await.0, StatusCode::OK);
    // A cookie is no token, and a token no cookie.
    let secret = format!("Bearer {}", cookie.1.split_once('=').unwrap().1);
    assert_eq!(put(&[agent, ("authorization", &secret)]).await.0, StatusCode::UNAUTHORIZED);
    let token = world.token.trim_start_matches("Bearer ");
    let as_cookie = format!("__Host-lienthong={token}");
    assert_eq!(put(&[("cookie", &as_cookie)]).await.0, StatusCode::UNAUTHORIZED);
    // In another program the session ends, for the owner, too.
    let thief = ("user-agent", "curl/8");
    let read = async |headers: &[(&str, &str)]| {
        world.exchange("GET", "/api/v1/session", headers, String::new()).await.0
    };
    assert_eq!(read(&[agent, cookie]).await, StatusCode::OK);
    assert_eq!(read(&[thief, cookie]).await, StatusCode::UNAUTHORIZED);
    assert_eq!(read(&[agent, cookie]).await, StatusCode::UNAUTHORIZED);
    let last =
        change::list(&mut world.hub.db.read().await.unwrap(), 0, change::PAGE).await.unwrap().pop().unwrap();
    assert_eq!((last.act.as_str(), last.subject.as_str()), ("refused", "lan"));
}

#[tokio::test]
async fn an_agencys_administrator_manages_its_own_people_only() {
    let world = World::new().await;
    apply(&world.hub.db, &documents()).await.unwrap();
    let token = world
        .account(json!({ "name": "quan-tri-bo", "person": "Máy của Bộ", "type": "service", "agency": "VN/GOV/G15", "roles": ["administrator"] }))
        .await;
    let token = format!("Bearer {token}");
    let make = async |account: Value| {
        let body = json!({ "account": account, "reason": "phân công" });
        let (status, answer) = world.send("POST", "/api/v1/accounts", Some(&token), body).await;
        (status, answer["title"].as_str().unwrap_or_default().to_owned())
    };
    let person = |name: &str, agency: Option<&str>, roles: &[&str]| json!({ "name": name, "person": "Một người", "type": "operator", "agency": agency, "roles": roles });
    assert_eq!(make(person("a", Some("VN/GOV/G15"), &["data_officer", "steward"])).await.0, StatusCode::OK);
    assert_eq!(make(person("a", Some("VN/GOV/G15"), &["steward"])).await.1, "LT-7104", "a name is used once");
    assert_eq!(make(person("b", Some("VN/GOV/G01"), &["steward"])).await.1, "LT-7111");
    assert_eq!(make(person("b", None, &["hub_officer"])).await.1, "LT-7111");
    assert_eq!(make(person("b", Some("VN/GOV/G15"), &["administrator"])).await.1, "LT-7111");
    assert_eq!(make(person("b", Some("VN/GOV/G15"), &["compliance_officer"])).await.1, "LT-7111");
    assert_eq!(make(person("b", Some("VN/GOV/G15"), &["architect"])).await.1, "LT-7104");
    // The hub's administrator appoints who watches, and nobody else's hat goes with that one (DD-05).
    let by_hub = async |account: Value| {
        world.act("POST", "/api/v1/accounts", json!({ "account": account, "reason": "bổ nhiệm" })).await
    };
    let both = person("c", Some("VN/GOV/G15"), &["compliance_officer", "data_officer"]);
    assert_eq!(by_hub(both).await.1["title"], "LT-7104");
    assert_eq!(by_hub(person("c", Some("VN/GOV/G15"), &["compliance_officer"])).await.0, StatusCode::OK);
    // Nor does an agency's administrator dismiss who watches.
    let (_, refused) =
        world.send("POST", "/api/v1/accounts/c/disable", Some(&token), json!({ "reason": "x" })).await;
    assert_eq!(refused["title"], "LT-7111");
    let (_, refused) = world
        .send("POST", "/api/v1/accounts/quan-tri-bo/review", Some(&token), json!({ "reason": "x" }))
        .await;
    assert_eq!(refused["title"], "LT-7104", "nobody reviews their own account");
    // Nobody changes their own account; the list shows the own agency's only.
    let (_, own) = world
        .send("POST", "/api/v1/accounts/quan-tri-bo/renew", Some(&token), json!({ "reason": "x" }))
        .await;
    assert_eq!(own["title"], "LT-7104");
    let (_, list) = world.send("GET", "/api/v1/accounts", Some(&token), Value::Null).await;
    let names: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|item| item["account"]["name"].clone()).collect();
    assert_eq!(names, ["a", "c", "quan-tri-bo"]);
    let (status, _) = world.send("GET", "/api/v1/accounts/quan-tri", Some(&token), Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, refused) =
        world.send("POST", "/api/v1/accounts/quan-tri/disable", Some(&token), json!({ "reason": "x" })).await;
    assert_eq!(refused["title"], "LT-7111");
}

#[tokio::test]
async fn an_account_is_withdrawn_at_once_and_the_last_administrator_stays() {
    let world = World::new().await;
    let second =
        json!({ "name": "hai", "person": "Người thứ hai", "type": "service", "roles": ["administrator"] });
    let token = format!("Bearer {}", world.account(second).await);
    let disable = async |name: &str, by: &str| {
        let path = format!("/api/v1/accounts/{name}/disable");
        world.send("POST", &path, Some(by), json!({ "reason": "chuyển việc" })).await
    };
    assert_eq!(disable("hai", &world.token).await.0, StatusCode::OK);
    assert_eq!(
        world.send("GET", "/api/v1/session", Some(&token), Value::Null).await.0,
        StatusCode::UNAUTHORIZED
    );
    let third =
        json!({ "name": "ba", "person": "Người thứ ba", "type": "service", "roles": ["administrator"] });
    let third = format!("Bearer {}", world.account(third).await);
    assert_eq!(disable("quan-tri", &third).await.0, StatusCode::OK);
    // Only one is left, and nobody to disable it but itself.
    assert_eq!(disable("ba", &third).await.1["title"], "LT-7104");
}

#[tokio::test]
async fn what_is_asked_twice_under_one_name_is_done_once() {
    let world = World::new().await;
    apply(&world.hub.db, &documents()).await.unwrap();
    let send = async |path: &str, key: &str, body: Value| {
        let headers = [("authorization", world.token.as_str()), ("idempotency-key", key)];
        let (status, _, answer) = world.exchange("POST", path, &headers, body.to_string()).await;
        (status, answer)
    };
    let revoke = json!({ "reason": "thôi dùng" });
    let first = send("/api/v1/grants/g-khai-sinh/revoke", "k1", revoke.clone()).await;
    assert_eq!(first.0, StatusCode::OK);
    let again = send("/api/v1/grants/g-khai-sinh/revoke", "k1", revoke.clone()).await;
    assert_eq!(again, first, "with the number of the directory as well");
    let other = send("/api/v1/grants/g-khai-sinh/revoke", "k1", json!({ "reason": "việc khác" })).await;
    assert_eq!((other.0, &other.1["title"]), (StatusCode::BAD_REQUEST, &json!("LT-7104")), "{}", other.1);
    assert_eq!(send("/api/v1/grants/g-khai-sinh/revoke", "k2", revoke.clone()).await.1["title"], "LT-7105");
    assert_eq!(send("/api/v1/grants/khac/revoke", "k1", revoke.clone()).await.1["title"], "LT-7104");
    // What cannot be kept as it is would stand for another deed, or for none.
    let long = "k".repeat(101);
    for key in [long.as_str(), "khoá"] {
        let told = send("/api/v1/grants/khac/revoke", key, revoke.clone()).await;
        assert_eq!((told.0, &told.1["title"]), (StatusCode::BAD_REQUEST, &json!("LT-7123")), "{}", told.1);
    }
    // What is shown once is not shown again.
    let account = json!({ "account": { "name": "may", "person": "Máy", "type": "service", "roles": [] }, "reason": "x" });
    assert_eq!(send("/api/v1/accounts", "k3", account.clone()).await.0, StatusCode::OK);
    assert_eq!(send("/api/v1/accounts", "k3", account).await.1["title"], "LT-7122");
    let trail = change::list(&mut world.hub.db.read().await.unwrap(), 0, change::PAGE).await.unwrap();
    assert_eq!(trail.iter().filter(|entry| entry.act == "revoked").count(), 1);
}

#[tokio::test]
async fn names_that_lead_elsewhere_or_to_somebody_else_are_refused() {
    let world = World::new().await;
    let account = async |name: &str, subject: Option<&str>| {
        let account = json!({ "name": name, "person": "Ai đó", "type": "operator", "roles": ["auditor"], "subject": subject });
        let body = json!({ "account": account, "reason": "thử" });
        world.send("POST", "/api/v1/accounts", Some(&world.token), body).await
    };
    assert_eq!(account("giang", Some("sub-giang")).await.0, StatusCode::OK);
    for (name, subject) in [("..", None), (".", None), ("GIANG", None), ("dung", Some("sub-giang"))] {
        let (status, problem) = account(name, subject).await;
        assert_eq!(
            (status, &problem["title"]),
            (StatusCode::BAD_REQUEST, &json!("LT-7104")),
            "{name}: {problem}"
        );
    }
    for hidden in ["\u{200b}", "a\u{202e}b", "\u{feff}", "\u{3164}"] {
        let purpose = json!({ "kind": "Purpose", "code": "p", "name": { "vi": hidden, "en": "x" } });
        let body = json!({ "documents": [purpose], "reason": "thử" });
        let (_, problem) = world.send("POST", "/api/v1/apply", Some(&world.token), body).await;
        assert_eq!(problem["title"], "LT-7104", "{hidden:?}: {problem}");
    }
    let small = world.token.replace("Bearer", "bearer");
    assert_eq!(world.send("GET", "/api/v1/agencies", Some(&small), Value::Null).await.0, StatusCode::OK);
}

#[tokio::test]
async fn pages_of_the_audit_trail_show_each_entry_once_in_either_order() {
    let world = World::new().await;
    apply(&world.hub.db, &documents()).await.unwrap();
    let trail = change::list(&mut world.hub.db.read().await.unwrap(), 0, change::PAGE).await.unwrap();
    let all: Vec<i64> = trail.iter().map(|entry| entry.seq).collect();
    assert!(all.len() > 7);
    for (newest, behind) in [(false, "after"), (true, "before")] {
        for limit in [1, 2, 7, all.len(), all.len() + 1, 500] {
            let (mut seen, mut next): (Vec<i64>, Option<i64>) = (Vec::new(), None);
            loop {
                let place = next.map(|next| format!("&{behind}={next}")).unwrap_or_default();
                let path = format!("/api/v1/changes?newest={newest}&limit={limit}{place}");
                let (_, page) = world.send("GET", &path, Some(&world.token), Value::Null).await;
                let items = page["items"].as_array().unwrap();
                assert!(items.len() <= limit, "{path}");
                seen.extend(items.iter().map(|entry| entry["seq"].as_i64().unwrap()));
                next = page["next"].as_i64();
                if next.is_none() {
                    break;
                }
            }
            if newest {
                seen.reverse();
            }
            assert_eq!(seen, all, "newest={newest} limit={limit}");
        }
    }
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_and_an_administrators_sooner() {
    let world = World::new().await;
    world.data_officer().await;
    let account =
        json!({ "name": "minh", "person": "Trần Văn Minh", "type": "admin", "roles": ["administrator"] });
    let invitation = world.account(account).await;
    let (_, welcome) =
        world.send("POST", "/api/v1/enrolment", None, json!({ "invitation": invitation })).await;
    let address = welcome["totp"].as_str().unwrap().to_owned();
    let first = code(&address, clock::now());
    let set = json!({ "invitation": invitation, "password": PASSWORD, "code": first });
    assert_eq!(world.send("PUT", "/api/v1/enrolment", None, set).await.0, StatusCode::OK);
    let people = &world.hub.people;
    let begin = clock::now() + SignedDuration::from_secs(120);
    for (name, lasts, code) in [("lan", 15, None), ("minh", 5, Some(code(&address, begin)))] {
        let shown = Credentials { name, password: PASSWORD, code: code.as_deref(), device: None };
        let visitor = Visitor::default();
        let session = session::sign_in(people, &shown, &visitor, Use::Session, begin).await.unwrap().secret;
        let used = begin + SignedDuration::from_mins(lasts - 1);
        session::recognise(people, &session, Use::Session, &visitor, used).await.unwrap();
        // It was noted as used then.
        let still = used + SignedDuration::from_mins(lasts - 1);
        session::recognise(people, &session, Use::Session, &visitor, still).await.unwrap();
        let over = still + SignedDuration::from_mins(lasts + 1);
        let ended = session::recognise(people, &session, Use::Session, &visitor, over).await;
        assert_eq!(ended.err(), Some(Fault::NotSignedIn {}), "{name}");
    }
}
