//! A provider that lies in every way there is, and whether it is believed.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::certificate::Authority;

const CLIENT: &str = "cong-xa";
const NONCE: &str = "a nonce";
/// The present.
const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// A key of a provider, with its name there.
struct Signer(EcdsaKeyPair, &'static str);

impl Signer {
    fn new(kid: &'static str) -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(), kid)
    }

    fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let part = |from: usize| BASE64_URL_SAFE_NO_PAD.encode(&point[from..from + 32]);
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.1, "x": part(1), "y": part(33) })
    }

    fn header(&self) -> Value {
        json!({ "alg": "ES256", "kid": self.1, "typ": "JWT" })
    }

    fn sign(&self, header: &str, claims: &str) -> String {
        let text =
            format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(claims));
        let signature = self.0.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The two kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Identity,
    Logout,
}

impl Kind {
    fn claims(self, issuer: &str) -> Value {
        match self {
            Self::Identity => {
                json!({ "iss": issuer, "aud": CLIENT, "sub": "lan", "iat": NOW, "exp": NOW + 300, "nonce": NONCE, "auth_time": NOW - 5 })
            }
            Self::Logout => {
                json!({ "iss": issuer, "aud": CLIENT, "sub": "lan", "sid": "phien-1", "iat": NOW, "exp": NOW + 120, "jti": "1", "events": { "http://schemas.openid.net/event/backchannel-logout": {} } })
            }
        }
    }

    fn counts(self, token: &str, keys: &Keys, issuer: &str) -> Result<Claims, Bad> {
        let expected = Expected { issuer, client_id: CLIENT, now: now() };
        match self {
            Self::Identity => token::identity(token, keys, &expected, NONCE),
            Self::Logout => token::logout(token, keys, &expected),
        }
    }
}

fn keys(list: &[Value]) -> Keys {
    Keys::read(json!({ "keys": list }).to_string().as_bytes()).unwrap()
}

const ISSUER: &str = "https://id.example/vn";

/// One change of a claim, or of the header where the name begins with `^`: null takes it away. Whether tokens of the kinds count with it.
fn changes() -> Vec<(&'static str, Value, [bool; 2])> {
    let (both, none, identity, logout) = ([true; 2], [false; 2], [true, false], [false, true]);
    let long = |letters: usize| json!("x".repeat(letters));
    vec![
        // Whose it is.
        ("iss", json!("https://id.example/vn/"), none),
        ("iss", json!("https://evil.example"), none),
        ("iss", json!([ISSUER]), none),
        ("iss", Value::Null, none),
        // For whom.
        ("aud", json!([CLIENT]), both),
        ("aud", json!("cong-tinh"), none),
        ("aud", json!(["cong-tinh"]), none),
        ("aud", json!([CLIENT, "cong-tinh"]), none),
        ("aud", json!([]), none),
        ("aud", json!({ "cong-xa": 1 }), none),
        ("aud", Value::Null, none),
        ("azp", json!(CLIENT), both),
        ("azp", json!("cong-tinh"), none),
        ("azp", json!([CLIENT]), none),
        // Of when, a minute either way.
        ("exp", json!(NOW - 50), both),
        ("exp", json!(NOW as f64 - 50.5), both),
        ("exp", json!(NOW - 70), none),
        ("exp", json!("2100-01-01"), none),
        ("exp", json!(-1e300), none),
        ("exp", Value::Null, none),
        ("nbf", json!(NOW + 50), both),
        ("nbf", json!(NOW + 70), none),
        ("iat", json!(NOW + 50), both),
        ("iat", json!(NOW + 70), none),
        ("iat", json!(NOW - 3000), identity),
        ("iat", Value::Null, identity),
        ("iat", json!("today"), none),
        // Of whom.
        ("sub", Value::Null, logout),
        ("sub", json!(""), none),
        ("sub", json!(7), none),
        ("sub", long(255), both),
        ("sub", long(256), none),
        ("sid", Value::Null, both),
        ("sid", json!(7), identity),
        // What for.
        ("nonce", json!("another's"), none),
        ("nonce", Value::Null, logout),
        ("nonce", json!(NONCE), identity),
        ("auth_time", json!(NOW + 70), logout),
        ("auth_time", json!("now"), logout),
        ("auth_time", json!(NOW * 1000), logout),
        ("events", Value::Null, identity),
        ("events", json!({ "http://schemas.openid.net/event/backchannel-logout": 1 }), none),
        ("events", json!(["http://schemas.openid.net/event/backchannel-logout"]), none),
        ("jti", Value::Null, identity),
        ("jti", json!(""), identity),
        // The header.
        ("^typ", Value::Null, both),
        ("^typ", json!("jwt"), both),
        ("^typ", json!("logout+jwt"), logout),
        ("^typ", json!("at+jwt"), none),
        ("^crit", json!(["exp"]), none),
        ("^kid", Value::Null, both),
        ("^kid", json!("other"), none),
        ("^alg", json!("RS256"), none),
        ("^alg", json!("EdDSA"), none),
        ("^alg", json!("ES384"), none),
    ]
}

#[test]
fn a_token_counts_if_it_is_the_providers_for_this_party_of_now_and_for_this_and_nothing_else() {
    let (own, other) = (Signer::new("own"), Signer::new("other"));
    let known = keys(&[other.jwk(), own.jwk()]);
    for (number, kind) in [Kind::Identity, Kind::Logout].into_iter().enumerate() {
        let good = kind.claims(ISSUER);
        let token = own.sign(&own.header().to_string(), &good.to_string());
        assert_eq!(kind.counts(&token, &known, ISSUER).unwrap().text("sub"), Some("lan"));
        for (name, value, counts) in changes() {
            let (mut header, mut claims) = (own.header(), good.clone());
            let (place, key) = match name.strip_prefix('^') {
                Some(key) => (&mut header, key),
                None => (&mut claims, name),
            };
            let place = place.as_object_mut().unwrap();
            if value.is_null() {
                place.shift_remove(key);
            } else {
                place.insert(key.to_owned(), value.clone());
            }
            // Where a change is what the token had, nothing is changed: a nonce of an ID token, claims that a logout has.
            let token = own.sign(&header.to_string(), &claims.to_string());
            let told = kind.counts(&token, &known, ISSUER);
            assert_eq!(told.is_ok(), counts[number], "{kind:?}: {name} = {value}: {told:?}");
        }
        forged(kind, &own, &other);
    }
    // One kind is not taken for the other.
    let token = |kind: Kind| own.sign(&own.header().to_string(), &kind.claims(ISSUER).to_string());
    assert!(Kind::Logout.counts(&token(Kind::Identity), &known, ISSUER).is_err());
    assert!(Kind::Identity.counts(&token(Kind::Logout), &known, ISSUER).is_err());
}

/// Tokens that the provider has not signed.
fn forged(kind: Kind, own: &Signer, stranger: &Signer) {
    let claims = kind.claims(ISSUER).to_string();
    let known = keys(&[own.jwk()]);
    let good = own.sign(&own.header().to_string(), &claims);
    let parts: Vec<&str> = good.split('.').collect();
    let encoded = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let mut tokens = vec![String::new(), "..".into(), "a.b.c".into(), format!("{good}.x")];
    // No signature, by several names.
    for name in ["none", "None", "NONE", "nOnE", ""] {
        let header = encoded(&json!({ "alg": name, "kid": "own" }).to_string());
        tokens.push(format!("{header}.{}.", encoded(&claims)));
        tokens.push(format!("{header}.{}.{}", encoded(&claims), parts[2]));
        tokens.push(format!("{header}.{}", encoded(&claims)));
    }
    tokens.push(format!("{}.{}.", parts[0], parts[1]));
    // The public key as a shared secret, and the client's own.
    let point = own.0.public_key().as_ref().to_vec();
    for secret in [point.as_slice(), &point[1..], b"secret"] {
        for alg in ["HS256", "HS384", "HS512"] {
            let text =
                format!("{}.{}", encoded(&json!({ "alg": alg, "kid": "own" }).to_string()), encoded(&claims));
            let tag = BASE64_URL_SAFE_NO_PAD.encode(crate::hmac_sha256(secret, text.as_bytes()));
            tokens.push(format!("{text}.{tag}"));
        }
    }
    // Another's key under the provider's name, also where the header brings it along.
    let mut header = own.header();
    tokens.push(stranger.sign(&header.to_string(), &claims));
    header["jwk"] = stranger.jwk();
    tokens.push(stranger.sign(&header.to_string(), &claims));
    header["jku"] = json!("https://evil.example/jwks");
    tokens.push(stranger.sign(&header.to_string(), &claims));
    header["kid"] = json!("other");
    tokens.push(stranger.sign(&header.to_string(), &claims));
    // A signature of other words.
    let other = own.sign(&own.header().to_string(), &claims.replace("lan", "minh"));
    tokens.push(format!("{}.{}", &good[..good.rfind('.').unwrap()], other.rsplit('.').next().unwrap()));
    // What can be read in two ways.
    for name in ["sub", "iss", "aud", "exp", "so_dinh_danh"] {
        let twice = claims.replacen('{', &format!("{{\"{name}\":\"a\",\"{name}\":\"b\","), 1);
        tokens.push(own.sign(&own.header().to_string(), &twice));
    }
    tokens.push(own.sign("{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"own\"}", &claims));
    // Too long.
    let long = claims.replacen('{', &format!("{{\"x\":\"{}\",", "x".repeat(70_000)), 1);
    tokens.push(own.sign(&own.header().to_string(), &long));
    for token in tokens {
        let told = kind.counts(&token, &known, ISSUER);
        assert!(told.is_err(), "{kind:?}: {token}: {told:?}");
    }
    // Keys of other uses and kinds stand beside it, and do not matter.
    let mut encrypting = own.jwk();
    encrypting["use"] = json!("enc");
    assert_eq!(kind.counts(&good, &keys(&[encrypting]), ISSUER), Err(Bad::NoKey));
    let strange = json!({ "kty": "AKP", "alg": "ML-DSA-44", "kid": "new", "pub": "AAAA" });
    assert!(kind.counts(&good, &keys(&[strange, json!(7), stranger.jwk(), own.jwk()]), ISSUER).is_ok());
    assert_eq!(kind.counts(&good, &keys(&[stranger.jwk()]), ISSUER), Err(Bad::NoKey));
}

proptest! {
    #[test]
    fn whatever_is_changed_in_a_token_it_counts_no_more(at: prop::sample::Index, letter in "[A-Za-z0-9_.=-]") {
        static TOKEN: std::sync::LazyLock<(Keys, String)> = std::sync::LazyLock::new(|| {
            let own = Signer::new("own");
            (keys(&[own.jwk()]), own.sign(&own.header().to_string(), &Kind::Identity.claims(ISSUER).to_string()))
        });
        let (known, token) = &*TOKEN;
        let at = at.index(token.len());
        let changed = format!("{}{letter}{}", &token[..at], &token[at + 1..]);
        prop_assert!(changed == *token || Kind::Identity.counts(&changed, known, ISSUER).is_err());
        prop_assert!(Kind::Identity.counts(&token[..at], known, ISSUER).is_err());
    }
}

/// What a provider does, and was asked.
#[derive(Default)]
struct Behaviour {
    /// Members that it says of itself, in the place of the usual.
    about: Vec<(&'static str, Value)>,
    keys: Vec<Value>,
    id_token: String,
    userinfo: Value,
    /// `path: body`, or what stood in `Authorization`.
    asked: Vec<String>,
}

/// A provider on HTTPS.
struct Fake {
    issuer: String,
    folder: tempfile::TempDir,
    behaviour: Arc<Mutex<Behaviour>>,
}

impl Fake {
    async fn start(signer: &Signer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("authority")).unwrap();
        #[expect(clippy::disallowed_methods, reason = "certificates are of the real present")]
        let present = Timestamp::now();
        let authority = Authority::create(&at("authority"), "provider", present).unwrap();
        let certificate = authority.server(&at("key.pem"), &["127.0.0.1".into()], present).unwrap();
        let text = crate::certificate::to_base64(authority.certificate());
        std::fs::write(
            at("ca.pem"),
            format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"),
        )
        .unwrap();
        std::fs::write(at("secret"), "a secret+of its own%\n").unwrap();
        let key = std::fs::read_to_string(at("key.pem")).unwrap();
        let identity = tls::Identity::new(certificate, &key).unwrap();
        let mut config = tls::web_server(identity, None).unwrap();
        config.alpn_protocols.clear();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("https://{}", listener.local_addr().unwrap());
        let behaviour = Arc::new(Mutex::new(Behaviour { keys: vec![signer.jwk()], ..Behaviour::default() }));
        let (own, behave) = (issuer.clone(), behaviour.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, own, behave) = (acceptor.clone(), own.clone(), behave.clone());
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let service = service_fn(|request| answer(request, own.clone(), behave.clone()));
                    let server = hyper::server::conn::http1::Builder::new();
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { issuer, folder, behaviour }
    }

    fn provider(&self, claims: &[&str]) -> Provider {
        let own = Registration {
            issuer: self.issuer.clone(),
            client_id: CLIENT.into(),
            secret_file: "secret".into(),
            authority: "ca.pem".into(),
            scopes: vec!["cong-dan".into()],
            claims: claims.iter().map(|&name| name.to_owned()).collect(),
        };
        assert!(own.mistakes("people").is_empty());
        Provider::open(own, self.folder.path()).unwrap()
    }

    fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.behaviour.lock().unwrap());
    }

    fn asked(&self, path: &str) -> Vec<String> {
        let behaviour = self.behaviour.lock().unwrap();
        behaviour.asked.iter().filter_map(|line| line.strip_prefix(path).map(str::to_owned)).collect()
    }
}

async fn answer(
    request: http::Request<hyper::body::Incoming>,
    own: String,
    behave: Arc<Mutex<Behaviour>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let secret = parts.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap()).unwrap_or_default();
    let mut behave = behave.lock().unwrap();
    behave.asked.push(format!("{}: {secret} {}", parts.uri.path(), String::from_utf8_lossy(&body)));
    let said = match parts.uri.path() {
        "/.well-known/openid-configuration" => {
            let mut about = json!({ "issuer": own, "authorization_endpoint": format!("{own}/authorize"), "token_endpoint": format!("{own}/token"), "jwks_uri": format!("{own}/jwks"), "userinfo_endpoint": format!("{own}/me") });
            for (name, value) in &behave.about {
                about[*name] = value.clone();
            }
            about
        }
        "/jwks" => json!({ "keys": behave.keys }),
        // It gives out whatever code is shown, also twice.
        "/token" => json!({ "id_token": behave.id_token, "access_token": "a", "token_type": "Bearer" }),
        "/me" => behave.userinfo.clone(),
        _ => Value::Null,
    };
    let mut answer = Response::new(Full::from(said.to_string()));
    if said.is_null() {
        *answer.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(answer)
}

fn back() -> Url {
    "https://cong.example/sign-in/return".parse().unwrap()
}

/// What stands in an address.
fn said(address: &Url, name: &str) -> String {
    address
        .query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Somebody who is sent off and comes back with a token that says this beside the usual.
async fn comes_back(
    fake: &Fake,
    provider: &Provider,
    signer: &Signer,
    more: Value,
) -> (Url, AuthorizationState, Returned) {
    let (address, errand) = provider.send_off(&back(), "/", &[], None, now()).await.unwrap();
    let mut claims = Kind::Identity.claims(&fake.issuer);
    claims["nonce"] = json!(said(&address, "nonce"));
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    fake.set(|behaviour| behaviour.id_token = signer.sign(&signer.header().to_string(), &claims.to_string()));
    let returned = Returned {
        code: Some("c".into()),
        state: Some(said(&address, "state")),
        error: None,
        iss: Some(fake.issuer.clone()),
    };
    (address, errand, returned)
}

fn why(told: Result<Proven, Fault>) -> String {
    match told {
        Err(Fault::SignInRefused { why }) => why.en().to_owned(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn who_comes_back_is_who_was_sent_off_once_and_by_the_provider_they_went_to() {
    let signer = Signer::new("own");
    let (fake, evil) = (Fake::start(&signer).await, Fake::start(&signer).await);
    let (provider, other) = (fake.provider(&[]), evil.provider(&[]));
    let (address, errand, returned) =
        comes_back(&fake, &provider, &signer, json!({ "acr": "muc-2", "sid": "s" })).await;
    assert_eq!(
        (said(&address, "scope"), said(&address, "code_challenge_method")),
        ("openid cong-dan".into(), "S256".into())
    );
    // Everything that can be another's.
    let with = |change: &dyn Fn(&mut Returned)| {
        let mut returned = returned.clone();
        change(&mut returned);
        returned
    };
    let refusals = [
        (with(&|returned| returned.state = None), "the state does not match"),
        (with(&|returned| returned.state = Some("x".into())), "the state does not match"),
        (with(&|returned| returned.iss = Some(evil.issuer.clone())), "iss is another's"),
        (
            with(&|returned| returned.error = Some("access_denied\r\nx".into())),
            "the provider answered access_deniedx",
        ),
        (with(&|returned| returned.code = None), "the code is missing"),
    ];
    for (returned, expected) in refusals {
        assert_eq!(why(provider.welcome_back(&errand, &returned, &back(), now()).await), expected);
    }
    let late = now() + AWAY + SignedDuration::from_secs(1);
    assert_eq!(why(provider.welcome_back(&errand, &returned, &back(), late).await), "it took too long");
    // Mixed up: the code of one provider is not shown to the other, whether the answer says whose it is or not (RFC 9700, section 4.4).
    for iss in [None, Some(fake.issuer.clone()), Some(evil.issuer.clone())] {
        let told = other.welcome_back(&errand, &Returned { iss, ..returned.clone() }, &back(), now()).await;
        assert_eq!(why(told), "iss is another's");
    }
    assert!(
        evil.asked("/token").is_empty() && fake.asked("/token").is_empty(),
        "no code was shown to anybody"
    );
    // A provider that says who it is must say so (RFC 9207).
    fake.set(|behaviour| {
        behaviour.about = vec![("authorization_response_iss_parameter_supported", json!(true))]
    });
    let fresh = fake.provider(&[]);
    let silent = Returned { iss: None, ..returned.clone() };
    assert_eq!(why(fresh.welcome_back(&errand, &silent, &back(), now()).await), "iss is another's");
    // The one who was sent off.
    let proven = provider.welcome_back(&errand, &silent, &back(), now()).await.unwrap();
    assert_eq!((proven.subject.as_str(), proven.acr(), proven.session()), ("lan", Some("muc-2"), Some("s")));
    assert_eq!(proven.signed_in, Timestamp::from_second(NOW - 5).ok());
    let shown = fake.asked("/token").pop().unwrap();
    assert!(shown.contains("code=c&") && shown.contains("Basic "), "{shown}");
    let verifier = shown.split("code_verifier=").nth(1).unwrap();
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(crate::sha256(verifier.as_bytes()));
    assert_eq!(said(&address, "code_challenge"), challenge);
    // A second time, though this provider would give out for the code again.
    let twice = provider.welcome_back(&errand, &returned, &back(), now()).await;
    assert_eq!((why(twice), fake.asked("/token").len()), ("the provider does not accept the code".into(), 1));
    // The token of another's errand.
    let (_, errand, returned) = comes_back(&fake, &provider, &signer, json!({ "nonce": NONCE })).await;
    assert_eq!(
        why(provider.welcome_back(&errand, &returned, &back(), now()).await),
        "the nonce does not match"
    );
}

#[tokio::test]
async fn what_a_provider_lacks_or_changes_is_found_out() {
    let (signer, next) = (Signer::new("own"), Signer::new("next"));
    let fake = Fake::start(&signer).await;
    // The number stands at its userinfo endpoint only; it is taken of the same person only; what the token says is not said otherwise.
    let provider = fake.provider(&["so_dinh_danh"]);
    for (who, acr, number) in [
        ("lan", json!("muc-1"), Some("001099000001")),
        ("lan", Value::Null, Some("001099000001")),
        ("minh", json!("muc-1"), None),
    ] {
        fake.set(|behaviour| {
            behaviour.userinfo =
                json!({ "sub": who, "so_dinh_danh": "001099000001", "acr": "muc-4", "sid": "another" });
        });
        let (_, errand, returned) = comes_back(&fake, &provider, &signer, json!({ "acr": acr })).await;
        let told = provider.welcome_back(&errand, &returned, &back(), now()).await;
        let said = |proven: &Proven| {
            (
                proven.claims.text("so_dinh_danh").map(str::to_owned),
                proven.acr() == acr.as_str(),
                proven.session().is_none(),
            )
        };
        let expected = number.map(|number| (Some(number.to_owned()), true, true));
        assert_eq!(told.as_ref().ok().map(said), expected, "{told:?}");
    }
    assert!(fake.asked("/me")[0].contains("Bearer a"));
    // It signs with a new key: it is asked again, though not each time that somebody names a key that it has not.
    fake.set(|behaviour| behaviour.keys = vec![next.jwk()]);
    let later = now() + SignedDuration::from_secs(11);
    let (_, errand, returned) = comes_back(&fake, &provider, &next, json!({ "so_dinh_danh": "1" })).await;
    provider.welcome_back(&errand, &returned, &back(), later).await.unwrap();
    let before = fake.asked("/jwks").len();
    let made_up = Signer::new("made up");
    for _ in 0..20 {
        let token =
            made_up.sign(&made_up.header().to_string(), &Kind::Logout.claims(&fake.issuer).to_string());
        assert!(provider.logged_out(&token, later).await.is_err());
    }
    assert_eq!(fake.asked("/jwks").len(), before);
    // A clock that is set back does not keep it from asking.
    let earlier = now() - SignedDuration::from_hours(48);
    let _ = provider.send_off(&back(), "/", &[], None, earlier).await.unwrap();
    assert_eq!(fake.asked("/jwks").len(), before + 1);
    // The secret goes as the provider takes it.
    fake.set(|behaviour| {
        behaviour.about =
            vec![("token_endpoint_auth_methods_supported", json!(["private_key_jwt", "client_secret_post"]))];
    });
    let provider = fake.provider(&[]);
    let (_, errand, returned) = comes_back(&fake, &provider, &next, json!({})).await;
    provider.welcome_back(&errand, &returned, &back(), now()).await.unwrap();
    let shown = fake.asked("/token").pop().unwrap();
    assert!(!shown.contains("Basic") && shown.contains("client_secret=a+secret%2Bof+its+own%25"), "{shown}");
    // One that is another, or not secret, is not asked for anybody.
    for (name, value) in [
        ("issuer", json!("https://evil.example")),
        ("token_endpoint", json!("http://127.0.0.1/token")),
        ("jwks_uri", json!("http://127.0.0.1/jwks")),
        ("userinfo_endpoint", json!("http://127.0.0.1/me")),
    ] {
        fake.set(|behaviour| behaviour.about = vec![(name, value)]);
        let told = fake.provider(&[]).send_off(&back(), "/", &[], None, now()).await;
        assert!(matches!(told, Err(Fault::ProviderFailed { .. })), "{name}");
    }
}

#[tokio::test]
async fn a_logout_counts_once_and_only_in_its_time() {
    let signer = Signer::new("own");
    let fake = Fake::start(&signer).await;
    let provider = fake.provider(&[]);
    let logout = |id: &str, more: Value| {
        let mut claims = Kind::Logout.claims(&fake.issuer);
        claims["jti"] = json!(id);
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        signer.sign(&signer.header().to_string(), &claims.to_string())
    };
    let token = logout("1", json!({ "exp": NOW + 3000 }));
    let told = provider.logged_out(&token, now()).await.unwrap();
    assert_eq!(told, LoggedOut { subject: Some("lan".into()), session: Some("phien-1".into()) });
    for seconds in [0, 1, 300, 361, 400] {
        let told = provider.logged_out(&token, now() + SignedDuration::from_secs(seconds)).await;
        assert!(told.is_err(), "{seconds} s later");
    }
    provider.logged_out(&logout("2", json!({})), now()).await.unwrap();
    assert!(provider.logged_out(&logout("3", json!({ "aud": "cong-tinh" })), now()).await.is_err());
}

#[test]
fn the_level_is_what_the_token_says_and_the_age_what_the_provider_says() {
    let levels: Levels =
        serde_json::from_value(json!({ "muc-1": 1, "the": 3, "vneid-2": 2, "sinh-trac": 3 })).unwrap();
    assert!(levels.mistakes("people").is_empty());
    for wrong in
        [json!({ "a": 0 }), json!({ "a": 5 }), json!({ "a b": 1 }), json!({ "a\"": 1 }), json!({ "": 1 })]
    {
        assert_eq!(serde_json::from_value::<Levels>(wrong).unwrap().mistakes("people").len(), 1);
    }
    let acrs = [
        (None, 0),
        (Some("muc-9"), 0),
        (Some(""), 0),
        (Some("MUC-1"), 0),
        (Some("muc-1"), 1),
        (Some("vneid-2"), 2),
        (Some("the"), 3),
    ];
    let ages = [None, Some(0), Some(290), Some(359), Some(361), Some(-30)];
    for ((acr, level), age) in acrs.into_iter().flat_map(|acr| ages.map(|age| (acr, age))) {
        let signed_in = age.map(|age| now() - SignedDuration::from_secs(age));
        assert_eq!(levels.of(acr), level);
        for (least, most) in (0..=HIGHEST).flat_map(|least| [None, Some(300)].map(|most| (least, most))) {
            let demand = Demand { level: least, max_age: most.map(SignedDuration::from_secs) };
            let fresh = most.is_none() || age.is_some_and(|age| age < 361);
            assert_eq!(
                demand.is_met(level, signed_in, now()),
                level >= least && fresh,
                "{acr:?} {age:?} {demand:?}"
            );
        }
    }
    assert_eq!(levels.at_least(2), ["vneid-2", "sinh-trac", "the"]);
    let demand = Demand { level: 3, max_age: Some(SignedDuration::from_mins(5)) };
    assert_eq!(
        demand.challenge(&levels),
        "Bearer error=\"insufficient_user_authentication\", acr_values=\"sinh-trac the\", max_age=\"300\""
    );
    assert_eq!(
        Demand { level: 4, max_age: None }.challenge(&levels),
        "Bearer error=\"insufficient_user_authentication\""
    );
}
