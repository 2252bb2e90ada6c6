//! Messages that are as they were signed, and others.

use proptest::prelude::*;

use super::*;
use crate::key::SigningKey;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect()
}

fn request() -> HeaderMap {
    headers(&[
        ("x-road-client", "VN/LOC/H05/mot-cua"),
        ("lienthong-purpose", "dang-ky-khai-sinh"),
        ("content-digest", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"),
    ])
}

const START: Start<'_> =
    Start::Request { method: "GET", path: "/r1/VN/GOV/G01/dan-cu/nguoi/001", query: None };

fn params() -> Params {
    Params {
        created: Timestamp::from_second(1_790_000_000).unwrap(),
        nonce: "bm9uY2U".into(),
        keyid: "k1".into(),
        alg: batch::ALONE.into(),
    }
}

fn sign(view: &MessageView<'_>) -> Signed {
    let (base, at) = Base::of(view).with_params(&params());
    let signature = SigningKey::in_memory([1; 32]).sign(base.as_bytes()).to_vec();
    Signed::new((base, at), signature)
}

#[test]
fn the_base_is_as_the_rfc_lays_it_out() {
    let headers = request();
    let signed = sign(&MessageView { start: START, headers: &headers, trailers: None });
    assert_eq!(
        signed.base,
        "\"@method\": GET\n\"@path\": /r1/VN/GOV/G01/dan-cu/nguoi/001\n\"@query\": ?\n\"x-road-client\": VN/LOC/H05/mot-cua\n\
         \"lienthong-purpose\": dang-ky-khai-sinh\n\"content-digest\": sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:\n\
         \"@signature-params\": (\"@method\" \"@path\" \"@query\" \"x-road-client\" \"lienthong-purpose\" \"content-digest\")\
         ;created=1790000000;nonce=\"bm9uY2U\";keyid=\"k1\";alg=\"ed25519\";tag=\"lienthong\""
    );
}

#[test]
fn what_was_signed_verifies_and_what_was_changed_does_not() {
    let key = SigningKey::in_memory([1; 32]).public();
    let mut headers = request();
    sign(&MessageView { start: START, headers: &headers, trailers: None }).put(&mut headers);
    let check = |start, headers: &HeaderMap| {
        let (signed, params) = presented(&MessageView { start, headers, trailers: None })?;
        signed.verify(&params.alg, &key).map(|()| params)
    };
    assert_eq!(check(START, &headers).unwrap(), params());

    let other_path = Start::Request { method: "GET", path: "/r1/VN/GOV/G01/dan-cu/nguoi/002", query: None };
    assert!(matches!(check(other_path, &headers), Err(Fault::BadSignature { .. })));
    for (name, value) in
        [("lienthong-purpose", "khac"), ("x-road-issue", "H05-1"), ("content-type", "text/plain")]
    {
        let mut changed = headers.clone();
        changed.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        assert!(matches!(check(START, &changed), Err(Fault::BadSignature { .. })), "{name}");
    }
    let mut without = headers.clone();
    without.remove("lienthong-purpose");
    assert!(matches!(check(START, &without), Err(Fault::BadSignature { .. })));
    without.remove(SIGNATURE);
    assert_eq!(check(START, &without), Err(Fault::NoSignature {}));
}

#[test]
fn a_field_that_stands_twice_is_refused() {
    for name in ["lienthong-purpose", "x-road-client", "content-digest", SIGNATURE_INPUT, SIGNATURE] {
        let mut headers = request();
        sign(&MessageView { start: START, headers: &headers, trailers: None }).put(&mut headers);
        let again = headers.get(name).unwrap().clone();
        headers.append(HeaderName::from_static(name), again);
        let refused = presented(&MessageView { start: START, headers: &headers, trailers: None });
        assert!(matches!(refused, Err(Fault::BadSignature { .. })), "{name}: {refused:?}");
    }
}

#[test]
fn long_fields_are_refused_before_any_work() {
    let listed: String = (0..3000).map(|number| format!("\"x{number}\" ")).collect();
    let mut headers = request();
    headers.insert(SIGNATURE_INPUT, HeaderValue::from_str(&format!("lt=({listed});created=1")).unwrap());
    headers.insert(SIGNATURE, HeaderValue::from_static("lt=:AAAA:"));
    // The first thing that is looked at: nothing else in it would do either.
    let refused = presented(&MessageView { start: START, headers: &headers, trailers: None });
    let why = texts::field_too_long("signature-input", FIELD_MAX_BYTES);
    assert_eq!(refused.unwrap_err(), Fault::BadSignature { why });
}

#[test]
fn an_answer_is_bound_to_its_request() {
    let key = SigningKey::in_memory([1; 32]).public();
    let mut headers = headers(&[("content-type", "application/json")]);
    let answer = |request_signature| Start::Answer { status: 200, request_signature };
    sign(&MessageView { start: answer(":AAA=:"), headers: &headers, trailers: None }).put(&mut headers);
    for (request_signature, fits) in [(":AAA=:", true), (":BBB=:", false)] {
        let view = MessageView { start: answer(request_signature), headers: &headers, trailers: None };
        let (signed, params) = presented(&view).unwrap();
        assert_eq!(signed.verify(&params.alg, &key).is_ok(), fits);
        assert_eq!(signed.covered("\"@status\""), Some("200"));
    }
}

#[test]
fn a_long_body_is_signed_in_the_trailers() {
    let key = SigningKey::in_memory([1; 32]).public();
    let headers = headers(&[("x-road-client", "VN/LOC/H05/mot-cua")]);
    let mut trailers = self::headers(&[("content-digest", "sha-256=:AAAA:")]);
    sign(&MessageView { start: START, headers: &headers, trailers: Some(&trailers) }).put(&mut trailers);
    let (signed, params) =
        presented(&MessageView { start: START, headers: &headers, trailers: Some(&trailers) }).unwrap();
    signed.verify(&params.alg, &key).unwrap();
    assert_eq!(signed.covered("\"content-digest\";tr"), Some("sha-256=:AAAA:"));
}

#[test]
fn a_refusal_in_the_trailers_is_signed_with_them() {
    let key = SigningKey::in_memory([1; 32]).public();
    let start = Start::Answer { status: 200, request_signature: ":AAAA:" };
    let headers = HeaderMap::new();
    let mut trailers = self::headers(&[("content-digest", "sha-256=:AAAA:"), ("lienthong-fault", "LT-4102")]);
    sign(&MessageView { start, headers: &headers, trailers: Some(&trailers) }).put(&mut trailers);
    let view = MessageView { start, headers: &headers, trailers: Some(&trailers) };
    let (signed, params) = presented(&view).unwrap();
    signed.verify(&params.alg, &key).unwrap();
    assert_eq!(signed.covered("\"lienthong-fault\";tr"), Some("LT-4102"));
    // A fault that somebody put there on the way is not covered.
    trailers.insert("x-road-error", HeaderValue::from_static("x"));
    assert!(presented(&MessageView { start, headers: &headers, trailers: Some(&trailers) }).is_err());
}

#[test]
fn what_was_kept_can_be_checked_again() {
    let headers = request();
    let signed = sign(&MessageView { start: START, headers: &headers, trailers: None });
    let kept = Signed::from_record(signed.base.clone(), signed.signature.clone()).unwrap();
    assert_eq!(kept, signed);
    assert_eq!(kept.params().unwrap(), params());
}

#[test]
fn fields_that_cannot_be_read_are_refused() {
    for input in [
        "",
        "lt",
        "lt=(",
        "lt=(\"@method\")",
        "lt=(\"@method\";sf)",
        "other=(\"@method\");created=1",
        "lt=(\"a\" \"a\")",
    ] {
        let mut headers = request();
        headers.insert(SIGNATURE_INPUT, HeaderValue::from_static(input));
        headers.insert(SIGNATURE, HeaderValue::from_static("lt=:AAAA:"));
        assert!(
            presented(&MessageView { start: START, headers: &headers, trailers: None }).is_err(),
            "{input}"
        );
    }
}

type Presented = (Signed, Params);

/// Both readings of the signature fields among `headers`.
fn read_both_ways(headers: &HeaderMap) -> (Option<Presented>, Result<Presented, Fault>) {
    let view = MessageView { start: START, headers, trailers: None };
    let (input, signature) = (headers.get(SIGNATURE_INPUT).unwrap(), headers.get(SIGNATURE).unwrap());
    (as_we_write_it(&view, input, signature), taken_apart(&view, input, signature))
}

#[test]
fn what_we_write_is_known_by_its_text() {
    for (name, value) in [("x-road-issue", "H05-1"), ("content-type", "text/plain")] {
        let mut headers = request();
        headers.insert(name, HeaderValue::from_static(value));
        sign(&MessageView { start: START, headers: &headers, trailers: None }).put(&mut headers);
        let (known, read) = read_both_ways(&headers);
        assert_eq!(known, Some(read.unwrap()));
    }
}

proptest! {
    /// What is known by its text is what it says when it is taken apart, whatever somebody makes of what we write.
    #[test]
    fn known_by_its_text_it_says_the_same(
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[ -~]{0,2}|[0\\\\\"();=:]|;created=0|;nonce=\"\"", 0usize..3), 0..3),
        in_signature in any::<bool>(),
    ) {
        let mut headers = request();
        sign(&MessageView { start: START, headers: &headers, trailers: None }).put(&mut headers);
        let name = if in_signature { SIGNATURE } else { SIGNATURE_INPUT };
        let mut text = headers.get(name).unwrap().to_str().unwrap().to_owned();
        for (place, put, cut) in changes {
            let from = place.index(text.len());
            let to = (from + cut).min(text.len());
            text.replace_range(from..to, &put);
            if text.is_empty() {
                text.push('l');
            }
        }
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&text).unwrap());
        if let (Some(known), read) = read_both_ways(&headers) {
            prop_assert_eq!(Ok(known), read);
        }
    }
}
