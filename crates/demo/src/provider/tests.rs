//! The play provider is strict in all but whom it believes, as the real one is.

use super::*;

/// What the node keeps to itself until it turns a code in (RFC 7636).
const VERIFIER: &str = "ban-sao-khong-ai-biet";

fn account(number: &str, name: &str) -> Account {
    Account {
        number: number.into(),
        name: name.into(),
        born: "1990-01-02".into(),
        vi: name.into(),
        en: name.into(),
    }
}

fn provider() -> Provider {
    let settings = Settings {
        listen: "127.0.0.1:9".parse().unwrap(),
        clients: vec![Client {
            id: "xa".into(),
            secret: "s".into(),
            back: "https://127.0.0.1:8/back".parse().unwrap(),
        }],
        people: vec![account("924190000001", "Nguyễn Thị Hòa")],
    };
    Provider { settings, key: SigningKey::in_memory([7; 32]), codes: Mutex::default() }
}

fn asked() -> Asked {
    Asked {
        client_id: "xa".into(),
        redirect_uri: "https://127.0.0.1:8/back".into(),
        response_type: "code".into(),
        scope: "openid cong-dan".into(),
        code_challenge: BASE64_URL_SAFE_NO_PAD.encode(trust::sha256(VERIFIER.as_bytes())),
        code_challenge_method: "S256".into(),
        nonce: "n".into(),
        ..Asked::default()
    }
}

/// Whatever one thing is not as it must be, nobody is sent anywhere, and it is said which.
#[test]
fn what_is_asked_otherwise_than_it_must_be_is_refused() {
    let provider = provider();
    assert!(provider.check(&asked()).is_ok());
    type Change = fn(&mut Asked);
    let changes: [(&str, Change); 8] = [
        ("client_id", |asked| asked.client_id = "tinh".into()),
        ("redirect_uri", |asked| asked.redirect_uri.push('/')),
        ("redirect_uri", |asked| asked.redirect_uri = "https://ke-gian.example/".into()),
        ("response_type", |asked| asked.response_type = "token".into()),
        ("scope", |asked| asked.scope = "openidx".into()),
        ("code_challenge_method", |asked| asked.code_challenge_method = "plain".into()),
        ("code_challenge_method", |asked| asked.code_challenge_method.clear()),
        ("code_challenge", |asked| asked.code_challenge.clear()),
    ];
    for (what, change) in changes {
        let mut asked = asked();
        change(&mut asked);
        assert_eq!(provider.check(&asked).unwrap_err(), what);
    }
    for (shown, known) in [("xa:s", true), ("xa:t", false), ("tinh:s", false), ("xa", false)] {
        let shown = format!("Basic {}", BASE64_STANDARD.encode(shown));
        assert_eq!(provider.client_of(&shown).is_some(), known, "{shown}");
    }
    assert!(provider.client_of("Bearer eGE6cw==").is_none());
}

/// Markup in what is asked or in a name stays text, in both languages, and each page says that it is no real provider.
#[test]
fn the_page_shows_what_it_is_given_as_text() {
    let evil = "\"><script>alert('x')</script>";
    let asked = Asked { state: evil.into(), ..asked() };
    let account = account("1", evil);
    for (language, says) in
        [(model::words::Language::Vi, "không phải"), (model::words::Language::En, "not a real")]
    {
        let page = page::choose(&asked, std::slice::from_ref(&account), language);
        assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"), "{page}");
        assert!(page.contains(says) && page.contains(&format!("lang=\"{}\"", language.name())), "{page}");
    }
}

fn form_of(members: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(members).finish()
}

/// Somebody chooses who they are; gives the code with which they are sent back.
async fn chosen(provider: &Arc<Provider>) -> String {
    let carried = serde_json::to_value(asked()).unwrap();
    let members =
        carried.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    let members: Vec<_> = members.chain([("who", "924190000001"), ("acr", "muc-2")]).collect();
    let answer = choose(State(provider.clone()), form_of(&members)).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let place: Url = answer.headers()[LOCATION].to_str().unwrap().parse().unwrap();
    let said: HashMap<_, _> = place.query_pairs().into_owned().collect();
    assert!(
        place.as_str().starts_with("https://127.0.0.1:8/back?") && said["iss"] == provider.settings.issuer()
    );
    said["code"].clone()
}

async fn turned_in(provider: &Arc<Provider>, client: &str, members: &[(&str, &str)]) -> (StatusCode, Value) {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, format!("Basic {}", BASE64_STANDARD.encode(client)).parse().unwrap());
    let answer = redeem(State(provider.clone()), headers, form_of(members)).await;
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 16).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// A code is good for one token, for whom and by what it was given out; tried in vain, it is gone as well.
#[tokio::test]
async fn a_code_counts_once_and_for_whom_it_was_given_out() {
    let provider = Arc::new(provider());
    let right = |code: &str| {
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", "https://127.0.0.1:8/back"),
            ("code_verifier", VERIFIER),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let code = chosen(&provider).await;
    let members = right(&code);
    let members: Vec<(&str, &str)> =
        members.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (status, told) = turned_in(&provider, "xa:s", &members).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let part = told["id_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    for (name, says) in [
        ("sub", "924190000001"),
        ("ho_ten", "Nguyễn Thị Hòa"),
        ("acr", "muc-2"),
        ("aud", "xa"),
        ("nonce", "n"),
    ] {
        assert_eq!(claims[name], says, "{claims}");
    }
    assert_eq!(turned_in(&provider, "xa:s", &members).await.0, StatusCode::BAD_REQUEST, "twice");
    for wrong in 0..4 {
        let code = chosen(&provider).await;
        let mut members = right(&code);
        members[wrong].1.push('x');
        let wrongly: Vec<(&str, &str)> =
            members.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(turned_in(&provider, "xa:s", &wrongly).await.0, StatusCode::BAD_REQUEST, "{wrong}");
        let members = right(&code);
        let rightly: Vec<(&str, &str)> =
            members.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // Another code was tried in its place: this one still counts.
        let counts = wrong == 1;
        assert_eq!(turned_in(&provider, "xa:s", &rightly).await.0 == StatusCode::OK, counts, "{wrong}");
    }
    assert_eq!(turned_in(&provider, "xa:t", &members).await.0, StatusCode::UNAUTHORIZED);
}

/// A browser that opens a connection and says nothing keeps nobody else waiting.
#[tokio::test]
async fn whoever_says_nothing_keeps_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let listen = crate::processes::free_address().unwrap();
    let settings = Settings { listen, clients: Vec::new(), people: Vec::new() };
    settings.write(&folder.path().join("provider")).unwrap();
    let at = folder.path().join("provider");
    let served = tokio::spawn(async move { serve(&at).await });
    let silent = loop {
        if let Ok(stream) = tokio::net::TcpStream::connect(listen).await {
            break stream;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    let own = std::fs::read(folder.path().join("provider").join(CERTIFICATE)).unwrap();
    let own =
        <rustls::pki_types::CertificateDer<'static> as rustls::pki_types::pem::PemObject>::from_pem_slice(
            &own,
        )
        .unwrap();
    let client = trust::web::client(trust::tls::web_client(&[own]).unwrap());
    let request = http::Request::get(format!("https://{listen}/.well-known/openid-configuration"));
    let request = request.body(exchange::body::whole("")).unwrap();
    let answer =
        trust::web::fetch(&client, request, std::time::Duration::from_secs(5), 1 << 16).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    drop(silent);
    served.abort();
}
