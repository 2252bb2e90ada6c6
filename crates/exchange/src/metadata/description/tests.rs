//! Tests: an address of ours in every notation, planted everywhere.

use proptest::prelude::*;

use super::*;

const OURS: [&str; 4] = [
    "http://dan-cu.bca.example.vn:8080/v1",
    "http://203.113.0.9/",
    "http://[2001:db8::5]:81/",
    "http://may-chu:9000",
];
const AT: &str = "/r1/VN/GOV/G01/dan-cu/api";

fn behind(urls: &[&str]) -> Behind {
    let urls: Vec<Url> = urls.iter().map(|url| url.parse().unwrap()).collect();
    Behind::of(&urls)
}

fn shown(text: &str, urls: &[&str]) -> Value {
    described(text, AT, &behind(urls)).unwrap()
}

#[test]
fn servers_are_replaced_at_the_top_and_gone_elsewhere() {
    let text = r#"
openapi: 3.1.0
servers:
  - url: http://10.0.0.5/secret
  # a comment
  - {url: "https://{host}/x", variables: {host: {default: ben-trong.example.vn}}}
paths:
  /a:
    servers: [{url: /noi-bo}]
    get:
      servers: [{url: /noi-bo}]
      responses:
        200: {description: ok, links: {tiep: {operationId: b, server: {url: /noi-bo}}}}
      callbacks:
        xong:
          '{$request.body#/url}': {post: {servers: [{url: /noi-bo}], responses: {}}}
webhooks: {w: {servers: [{url: /noi-bo}]}}
components:
  pathItems: {p: {servers: [{url: /noi-bo}]}}
  links: {l: {operationId: b, server: {url: /noi-bo}}}
  schemas:
    may: {type: object, properties: {servers: {type: array}, server: {type: object, properties: {url: {type: string}}}}}
"#;
    let shown = shown(text, &["http://ben-trong.example.vn"]);
    assert_eq!(shown["servers"], json!([{ "url": AT }]));
    assert_eq!(shown["paths"]["/a"]["get"]["responses"]["200"]["description"], "ok");
    assert!(shown["paths"]["/a"]["get"]["callbacks"]["xong"]["{$request.body#/url}"]["post"].is_object());
    let properties = shown["components"]["schemas"]["may"]["properties"].as_object().unwrap();
    assert_eq!(properties.len(), 2, "fields of schemas may be called so");
    let text = shown.to_string();
    assert!(!text.contains("noi-bo") && !text.contains("secret") && !text.contains("ben-trong"), "{text}");
}

#[test]
fn what_the_version_before_says_of_places_is_replaced_too() {
    let shown = shown(
        r#"{"swagger":"2.0","host":"10.0.0.5:80","basePath":"/secret","schemes":["http"],"paths":{}}"#,
        &[],
    );
    assert_eq!(shown["basePath"], AT);
    assert!(shown.get("host").is_none() && shown.get("schemes").is_none());
}

#[test]
fn an_address_is_known_in_any_notation() {
    let behind = behind(&OURS);
    for text in [
        "http://dan-cu.bca.example.vn:8080/v1/x",
        "DAN-CU.BCA.EXAMPLE.VN",
        "xem dan-cu.bca.example.vn. nhé",
        "dan-cu.bca.example.vn:8080",
        "dan-cu%2Ebca.example%2Evn",
        "http%3A%2F%2Fdan-cu.bca.example.vn%2F",
        "http%253A%252F%252F203.113.0.9",
        "//203.113.0.9/x",
        "203.113.0.9",
        "http://3413180425/",
        "3413180425",
        "0xcb710009",
        "http://0313.0161.0.011/",
        "http://203.7405577/",
        "http:\\\\203.113.0.9\\x",
        "http:\\/\\/203.113.0.9\\/x",
        "２０３．１１３．０．９",
        "http://ai:mat-khau@203.113.0.9/",
        "203.113.\u{ad}0.9",
        "http://[2001:db8::5]/",
        "http://[2001:DB8:0:0::5]:81",
        "2001:db8:0:0:0:0:0:5",
        "[2001:db8::5]:81",
        "http://may-chu:9000/x",
        "may-chu:9000",
        "http://may-chu/",
        "{scheme}://10.1.2.3:{port}/x",
        "jdbc:oracle:thin:@//10.1.2.3:1521/x",
        "http://[::ffff:10.0.0.1]/",
        "http://[::1]:80/",
        "::1",
        "http://localhost:3000",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://api/",
        "http://api.noi-bo.internal/v1",
        "wss://db.svc.cluster.local:80",
        "file:///srv/openapi.yaml",
        "192.168.1.7",
        "169.254.169.254",
        "a=http://10.0.0.5",
        "%2525252525252525252531",
    ] {
        assert!(behind.shows(text), "{text}");
    }
}

#[test]
fn what_is_no_address_of_ours_is_not_taken_for_one() {
    let behind = behind(&OURS);
    for text in [
        "https://spec.openapis.org/oas/3.1/schema",
        "http://json-schema.org/draft-07/schema#",
        "lienhe@bca.example.vn",
        "/nguoi/{id}",
        "nguoi//x",
        "1.10.2",
        "10.5",
        "phiên bản 3.0.3",
        "2026-11-29T10:00:00Z",
        "may-chu của bên cung cấp",
        "status:200",
        "#/components/schemas/Nguoi",
        "std::vector",
        "001198000001",
        "100%",
        "50%25",
        "https://{may}.vn/x",
        "8.8.8.8",
        "urn:oid:1.2.840.10008",
    ] {
        assert!(!behind.shows(text), "{text}");
    }
}

#[test]
fn texts_keep_what_is_no_address() {
    let text = r#"{"openapi":"3.0.0","info":{"description":"Gọi [tại đây](http://10.0.0.5/x?a=b) hoặc `curl http://10.0.0.5/y`, không phải https://dich-vu.gov.vn."},
      "externalDocs":{"url":"http://10.0.0.5/docs"},"x-noi":{"10.0.0.5":1,"con":["10.0.0.5:80",5,null,true,1.50]},
      "components":{"securitySchemes":{"o":{"flows":{"a":{"tokenUrl":"HTTP://10.0.0.5/token","refreshUrl":"http://10.0.0.5"}}}}}}"#;
    let shown = shown(text, &["http://10.0.0.5"]);
    assert_eq!(
        shown["info"]["description"],
        format!("Gọi [tại đây]({AT}) hoặc `curl {AT}`, không phải https://dich-vu.gov.vn.")
    );
    assert_eq!(shown["externalDocs"]["url"], AT);
    assert_eq!(shown["x-noi"], json!({ "con": [AT, 5, null, true, 1.5] }));
    assert!(!shown.to_string().contains("10.0.0.5"));
}

#[test]
fn yaml_is_read_with_its_anchors_and_texts_stay_texts() {
    let text = "openapi: 3.0.0\nx-c: &c {type: string, enum: [no, yes, 001, 1_000]}\nx-d: {<<: *c, title: t}\npaths: {/a: {get: {responses: {404: *c}}}}\n";
    let shown = shown(text, &[]);
    assert_eq!(shown["openapi"], "3.0.0");
    assert_eq!(
        shown["x-d"],
        json!({ "type": "string", "enum": ["no", "yes", "001", "1_000"], "title": "t" })
    );
    assert_eq!(shown["paths"]["/a"]["get"]["responses"]["404"], shown["x-c"]);
}

#[test]
fn what_cannot_be_read_in_one_way_is_not_shown() {
    let bomb = {
        let mut text = String::from("a0: &a0 [\"0123456789012345678901234567890123456789\"]\n");
        for level in 1..12 {
            let below = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(", ")));
        }
        text
    };
    let long = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(1_000_000), vec!["*a"; 1000].join(","));
    for text in [
        "",
        "[]",
        "\"x\"",
        "openapi: [",
        "{\"openapi\":\"3.0.0\",\"a\":1,\"a\":2}",
        "openapi: 3.0.0\na: 1\na: 2\n",
        "openapi: 3.0.0\n---\nopenapi: 3.0.0\n",
        "openapi: 3.0.0\nx: .inf\n",
        &"[".repeat(100_000),
        &format!("{{\"a\":{}{}}}", "[".repeat(500), "]".repeat(500)),
        &bomb,
        &long,
    ] {
        let found = described(text, AT, &Behind::default());
        assert!(found.is_err(), "{}: {found:?}", text.chars().take(60).collect::<String>());
    }
}

/// An address of ours in some notation, inside some text.
fn planted() -> impl Strategy<Value = String> {
    let notation = prop::sample::select(vec![
        "http://dan-cu.bca.example.vn:8080/v1",
        "dan-cu.bca.example.vn",
        "DAN-cu.BCA.example.vn:8080",
        "https%3A%2F%2Fdan-cu.bca.example.vn",
        "http://ai@dan-cu.bca.example.vn./",
        "10.20.30.40",
        "http://10.20.30.40/",
        "//10.20.30.40:80",
        "http:\\/\\/10.20.30.40",
    ]);
    ("[a-z \"'(<,;=]{0,6}", notation, "[a-z \"')>,;?/]{0,6}").prop_map(|(a, b, c)| format!("{a}{b}{c}"))
}

fn any_description() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![planted(), "[a-z0-9 /.:]{0,8}"].prop_map(Value::from);
    let name = prop_oneof![
        4 => prop::sample::select(vec![
            "servers", "server", "url", "host", "basePath", "schemes", "paths", "x-a", "description", "example", "$ref",
            "tokenUrl", "callbacks", "links", "properties",
        ]).prop_map(str::to_owned),
        1 => planted(),
    ];
    let value = leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((name.clone(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop::collection::vec(("[a-z-]{1,8}", value), 0..6)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

proptest! {
    #[test]
    fn the_address_is_nowhere_whatever_the_description(document in any_description()) {
        let behind = behind(&["http://dan-cu.bca.example.vn:8080/v1", "http://10.20.30.40"]);
        let shown = described(&document.to_string(), AT, &behind).unwrap();
        let text = shown.to_string().to_lowercase();
        prop_assert!(!text.contains("bca.example.vn") && !text.contains("10.20.30.40"), "{text}");
        // The same as YAML.
        let again = described(&serde_saphyr::to_string(&document).unwrap(), AT, &behind).unwrap();
        prop_assert!(!again.to_string().to_lowercase().contains("bca.example.vn"));
    }

    #[test]
    fn no_text_makes_it_fall(text in any::<String>(), name in "[a-z.]{1,9}") {
        let behind = behind(&[&format!("http://x{name}")]);
        let _ = behind.shows(&text);
        let _ = cleaned_text(&text, AT, &behind);
        let _ = described(&text, AT, &behind);
    }
}
