//! What cannot be carried is found, with its place: one sound procedure, and everything that can be wrong with it by itself.

use model::procedure::Procedure;
use model::scope::Scope;
use model::service::Service;
use serde_json::{Value, json};

use super::flow::Flow;
use super::{Finding, in_view_of, of_itself};
use crate::catalogue::contract::{Contract, Shape};
use crate::reuse::bind::{Offered, Offers, bound, published};

const PEOPLE: &str = "VN/GOV/G01/dan-cu/nguoi";
const MARRIAGES: &str = "VN/GOV/G15/ho-tich/ket-hon";
const DEED: &str = "VN/GOV/G15/ho-tich/so-ho-tich";

fn name() -> Value {
    json!({ "vi": "Tên", "en": "Name" })
}

/// The birth of a child whose parents are married: mother first, by the marriage the father.
fn birth() -> Value {
    json!({ "id": "1.001193@1", "name": name(), "owner": "VN/GOV/G15", "levels": ["commune"], "purpose": "khai-sinh", "bases": ["nd-70"],
        "roles": [{ "id": "me", "name": name() }, { "id": "cha", "name": name() }, { "id": "con", "name": name(), "party": "unnumbered" },
            { "id": "giam_ho", "name": name() }],
        "acts_for": [{ "how": "guardian", "proved_by": "me", "role": "giam_ho" }],
        "assurance": 2, "source": "thử",
        "inputs": [{ "fact": "con.ho_ten", "name": name(), "kind": "text" }],
        "requirements": [
            { "id": "me", "name": name(), "role": "me", "otherwise": "field", "alternatives": [{ "asks": [{ "id": "dan-cu-me", "service": PEOPLE,
                "find": { "ndg:ID-001@1.0.0": "me.so_dinh_danh" },
                "claims": [{ "term": "ndg:ID-002@1.0.0", "use": { "fill": "me.ho_ten" } }],
                "identity": { "role": "me", "number": "so_dinh_danh", "name": "ho_ten" } }] }] },
            { "id": "ket-hon", "name": name(), "role": "me", "paper": { "code": "ket-hon", "name": name() }, "otherwise": "paper",
              "when": "me.ho_ten = \"A\" or not exists(me.ho_ten)",
              "alternatives": [{ "asks": [{ "id": "ket-hon", "service": MARRIAGES, "find": { "vo": "me.so_dinh_danh" },
                "claims": [{ "field": "chong", "use": { "fill": "cha.so_dinh_danh" } }, { "field": "tinh_trang", "use": { "test": "it = \"1\"" } }],
                "identity": { "role": "me", "number": "vo" } }] }, { "asks": [] }] },
            { "id": "cha", "name": name(), "role": "cha", "otherwise": "field", "alternatives": [{ "asks": [{ "id": "dan-cu-cha", "service": PEOPLE,
                "find": { "so_dinh_danh": "cha.so_dinh_danh" },
                "claims": [{ "field": "ho_ten", "use": { "fill": "cha.ho_ten" } }],
                "identity": { "role": "cha", "number": "so_dinh_danh" } }] }] },
        ],
        "form": [{ "fact": "me.ho_ten", "name": name(), "kind": "text" }, { "fact": "cha.ho_ten", "name": name(), "kind": "text" },
            { "fact": "con.ho_ten", "name": name(), "kind": "text" }],
        "deeds": [{ "id": "ghi-so", "name": name(), "service": DEED, "path": "/khai-sinh", "body": { "ho_ten": "con.ho_ten" },
            "gives": { "so": "con.so_khai_sinh" } }] })
}

fn read(procedure: Value) -> Procedure {
    serde_json::from_value(procedure).unwrap()
}

fn with(pointer: &str, value: Value) -> Procedure {
    let mut changed = birth();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    match changed.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.insert(member.to_owned(), value)),
        Value::Array(items) => items.push(value),
        other => panic!("{pointer}: {other}"),
    }
    read(changed)
}

fn contract(service: &str, fields: &[(&str, &str)]) -> Contract {
    let property = |(name, term): &(&str, &str)| {
        json!({ "name": name, "logicalType": "string", "classification": "personal",
            "authoritativeDefinitions": [{ "url": format!("urn:lienthong:term:{term}"), "type": "businessDefinition" }] })
    };
    let properties: Vec<Value> = fields.iter().map(property).collect();
    let odcs = json!({ "apiVersion": "v3.1.0", "kind": "DataContract", "id": "thu", "version": "1.0.0", "status": "active",
        "schema": [{ "name": "t", "properties": properties }] });
    Contract::of(service.parse().unwrap(), odcs).unwrap()
}

fn people(fields: &[(&str, &str)]) -> Offered {
    let of = |(name, _): &(&str, &str)| json!({ "name": name, "label": name_of(name) });
    let fields_of: Vec<Value> = fields.iter().map(of).collect();
    offered(
        PEOPLE,
        json!({ "dataset": { "key": "so_dinh_danh", "fields": fields_of } }),
        Some(contract(PEOPLE, fields).shape()),
    )
}

fn name_of(name: &str) -> Value {
    json!({ "vi": name, "en": name })
}

fn offered(service: &str, offer: Value, shape: Option<Shape>) -> Offered {
    let mut members = json!({ "id": service, "name": name() });
    members.as_object_mut().unwrap().extend(offer.as_object().unwrap().clone());
    let scope = json!({ "id": "thu@1", "name": name(), "owner": "VN/GOV/G01", "database": "x", "service": service,
        "operations": [{ "method": "POST", "path": "/**" }], "fields": ["so_dinh_danh", "ho_ten", "ten", "vo", "chong", "tinh_trang", "so"],
        "procedures": ["1.001193"], "clients": ["VN/LOC/*/mot-cua"], "basis": "nd-70", "per_second": 5, "valid_to": "2027-03-01" });
    Offered {
        service: Some(serde_json::from_value(members).unwrap()),
        shape,
        complete: false,
        scopes: vec![serde_json::from_value(scope).unwrap()],
    }
}

const FIELDS: [(&str, &str); 2] = [("so_dinh_danh", "ndg:ID-001@1.0.0"), ("ho_ten", "ndg:ID-002@1.0.0")];

fn offers(people: Offered) -> Offers {
    let field = |name: &str, filter: bool| json!({ "name": name, "label": name_of(name), "filter": filter });
    let marriages = json!({ "dataset": { "key": "so", "fields": [field("so", false), field("vo", true), field("chong", false), field("tinh_trang", false)] } });
    let shape = contract(
        MARRIAGES,
        &[("so", "a:1@1.0.0"), ("vo", "a:2@1.0.0"), ("chong", "a:3@1.0.0"), ("tinh_trang", "a:4@1.0.0")],
    )
    .shape();
    let deed = json!({ "http": { "endpoints": [{ "method": "POST", "path": "/khai-sinh" }] } });
    Offers::of_these([people, offered(MARRIAGES, marriages, Some(shape)), offered(DEED, deed, None)])
}

fn first(found: &[Finding]) -> String {
    let wrong = found.iter().find(|finding| !finding.warning);
    wrong.map_or_else(|| "nothing".to_owned(), |finding| format!("{}: {}", finding.place, finding.told.en()))
}

#[test]
fn a_sound_procedure_has_nothing_wrong_and_flows_in_waves() {
    let procedure = read(birth());
    assert_eq!(first(&of_itself(&procedure)), "nothing");
    assert_eq!(first(&in_view_of(&procedure, &offers(people(&FIELDS)))), "nothing");
    let flow = Flow::of(&procedure);
    let waves: Vec<_> = flow.asks.iter().map(|(ask, wave)| (ask.as_str(), *wave)).collect();
    assert_eq!(waves, [("dan-cu-cha", 3), ("dan-cu-me", 1), ("ket-hon", 2)]);
}

/// Each thing that can be wrong, planted alone: found, at its place, in these words.
#[test]
#[expect(clippy::too_many_lines, reason = "a table of all that can be wrong")]
fn everything_that_can_be_wrong_is_found_at_its_place() {
    let planted = [
        ("/id", json!("1.001193"), "id: its id is name@number"),
        ("/levels", json!([]), "levels: "),
        ("/assurance", json!(5), "assurance: "),
        ("/bases", json!([]), "bases: "),
        ("/roles/0/id", json!("cha"), "roles.1.id: cha stands twice"),
        ("/roles/0/party", json!("thing"), "roles.0.party: "),
        ("/acts_for/0/proved_by", json!("khac"), "acts_for.0.proved_by: the procedure has no khac"),
        ("/acts_for/0/role", json!("khac"), "acts_for.0.role: "),
        ("/acts_for/0/role", json!("me"), "acts_for.0.role: whoever acts for another has a role other"),
        ("/acts_for/0/role", json!("con"), "acts_for.0.role: whoever acts for another is a person"),
        ("/inputs/0/fact", json!("khac.ten"), "inputs.0.fact: khac.ten: there is no role khac"),
        ("/requirements/0/role", json!("khac"), "requirements.0.role: "),
        ("/requirements/1/id", json!("cha"), "requirements.2.id: cha stands twice"),
        ("/requirements/0/otherwise", json!("paper"), "requirements.0.otherwise: the paper"),
        (
            "/requirements/1/when",
            json!("me.ho_ten = \"A\" and me.ho_ten = \"B\""),
            "requirements.1.when: the condition never holds",
        ),
        (
            "/requirements/1/when",
            json!("me.khong_ai_biet = 1"),
            "requirements.1.when: nothing makes me.khong_ai_biet known",
        ),
        (
            "/requirements/1/alternatives/0/holder",
            json!("VN/GOV/G01"),
            "requirements.1.alternatives.0.holder: ",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/find",
            json!({}),
            "requirements.0.alternatives.0.asks.0.find: ",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/find",
            json!({ "so_dinh_danh": "me.khac" }),
            "requirements.0.alternatives.0.asks.0: nothing makes me.khac known",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/claims",
            json!([]),
            "requirements.0.alternatives.0.asks.0.claims: ",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/claims/-",
            json!({ "field": "ten", "use": { "fill": "me.ten_khac" } }),
            "requirements.0.alternatives.0.asks.0.claims.1: me.ten_khac is taken and used for nothing",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/claims/-",
            json!({ "field": "ten", "use": { "test": "it = 1 and it = 2" } }),
            "requirements.0.alternatives.0.asks.0.claims.1: the condition never holds",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/claims/-",
            json!({ "field": "ten", "use": { "test": "me.ho_ten = 2" } }),
            "requirements.0.alternatives.0.asks.0.claims.1: a test is about",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/claims/-",
            json!({ "use": { "fill": "me.ten" } }),
            "requirements.0.alternatives.0.asks.0.claims.1: it names no term",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/claims/-",
            json!({ "use": "absent" }),
            "requirements.0.alternatives.0.asks.0.claims.1: absent must stand alone",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/claims/-",
            json!({ "field": "ten", "use": { "confirm": "cha.khong_co" } }),
            "requirements.0.alternatives.0.asks.0: nothing makes cha.khong_co known",
        ),
        // The mother waits for the father, who waits for the marriage, which waits for the mother.
        (
            "/requirements/0/alternatives/0/asks/0/find",
            json!({ "so_dinh_danh": "cha.ho_ten" }),
            "requirements.0.alternatives.0.asks.0: it waits for itself: dan-cu-me → dan-cu-cha → ket-hon",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/identity",
            json!(null),
            "requirements.0.alternatives.0.asks.0.identity: ",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/identity",
            json!({ "role": "khac", "number": "x" }),
            "requirements.0.alternatives.0.asks.0.identity.role: ",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/identity",
            json!({ "role": "me", "name": "x" }),
            "requirements.0.alternatives.0.asks.0.identity: it needs the number",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/published",
            json!([]),
            "requirements.0.alternatives.0.asks.0.published: ",
        ),
        (
            "/requirements/0/alternatives/0/asks/0/question",
            json!({ "name": name(), "field": "ndg:ID-001@1.0.0", "kind": "text" }),
            "requirements.0.alternatives.0.asks.0.question.field: ",
        ),
        (
            "/form/-",
            json!({ "fact": "con.can_nang", "name": name(), "kind": "number" }),
            "form.3.fact: nothing makes con.can_nang known",
        ),
        (
            "/form/-",
            json!({ "fact": "con.so_khai_sinh", "name": name(), "kind": "text" }),
            "form.3.fact: nothing makes con.so_khai_sinh known",
        ),
        (
            "/deeds/0/body",
            json!({ "so": "con.so_khai_sinh" }),
            "deeds.0.body: nothing makes con.so_khai_sinh known",
        ),
        ("/deeds/0/path", json!("khai-sinh"), "deeds.0.path: "),
        ("/deeds/0/path", json!("/../x"), "deeds.0.path: "),
        ("/deeds/0/outcome", json!("ket-qua"), "deeds.0.outcome: "),
        ("/deeds/0/outcome", json!("/ket-qua/"), "deeds.0.outcome: "),
    ];
    for (pointer, value, expected) in planted {
        let found = of_itself(&with(pointer, value));
        let told = first(&found);
        assert!(told.starts_with(expected), "{pointer}: {told}");
    }
    // Five waves, one after the other.
    let mut deep = birth();
    for number in 0..4 {
        let fact = |number: i32| format!("cha.so_{number}");
        let find = if number == 0 { "cha.so_dinh_danh".to_owned() } else { fact(number - 1) };
        let requirement = json!({ "id": format!("sau-{number}"), "name": name(), "role": "cha", "otherwise": "field",
            "alternatives": [{ "asks": [{ "id": format!("sau-{number}"), "service": PEOPLE, "find": { "so_dinh_danh": find },
                "claims": [{ "field": "ho_ten", "use": { "fill": fact(number) } }], "identity": { "role": "cha", "number": "so_dinh_danh" } }] }] });
        deep["requirements"].as_array_mut().unwrap().push(requirement);
    }
    deep["form"].as_array_mut().unwrap().push(json!({ "fact": "cha.so_3", "name": name(), "kind": "text" }));
    let told = first(&of_itself(&read(deep)));
    assert!(told.starts_with("requirements.5.alternatives.0.asks.0: it waits for 5 look-ups"), "{told}");
}

#[test]
fn an_organisation_has_somebody_who_acts_for_it() {
    let mut organisation = birth();
    organisation["roles"][0]["party"] = json!("organisation");
    let told = |document: &Value| first(&of_itself(&read(document.clone())));
    assert!(!told(&organisation).starts_with("acts_for"), "{}", told(&organisation));
    organisation.as_object_mut().unwrap().remove("acts_for");
    assert!(
        told(&organisation).starts_with("acts_for: of an organisation's case"),
        "{}",
        told(&organisation)
    );
}

/// A number alone opens nobody's data: beside it something is said that the answer is compared by.
#[test]
fn somebody_else_is_looked_up_by_more_than_a_number() {
    let input = |fact: &str| json!({ "fact": fact, "name": name(), "kind": "text" });
    let told = |document: &Value| first(&of_itself(&read(document.clone())));
    let mut document = birth();
    assert_eq!(told(&document), "nothing", "the father's number is from a register");
    document["inputs"].as_array_mut().unwrap().push(input("cha.so_dinh_danh"));
    let expected = "requirements.2.alternatives.0.asks.0.identity: where somebody else is looked up";
    assert!(told(&document).starts_with(expected), "{}", told(&document));
    // It is said, and the answer does not have it.
    document["inputs"].as_array_mut().unwrap().push(input("cha.ho_ten"));
    assert!(told(&document).starts_with(expected), "{}", told(&document));
    let identity = "/requirements/2/alternatives/0/asks/0/identity";
    document.pointer_mut(identity).unwrap()["name"] = json!("ho_ten");
    assert_eq!(told(&document), "nothing");
    // It may be left out: then nothing is compared.
    document["inputs"][2]["optional"] = json!(true);
    assert!(told(&document).starts_with(expected), "{}", told(&document));
}

#[test]
fn whoever_has_a_card_is_not_asked_for_what_is_on_it() {
    let found =
        of_itself(&with("/inputs/-", json!({ "fact": "me.ngay_sinh", "name": name(), "kind": "date" })));
    let told: Vec<_> = found.iter().map(|finding| (finding.place.as_str(), finding.warning)).collect();
    assert_eq!(told, [("inputs.1", true)], "a newborn's name is asked for");
}

#[test]
fn a_procedure_follows_a_column_that_is_renamed_and_is_broken_by_one_that_is_dropped() {
    let procedure = read(birth());
    let renamed =
        [("so_dinh_danh", "ndg:ID-001@1.2.0"), ("ho_ten", "x:9@1.0.0"), ("ten", "ndg:ID-002@1.0.0")];
    let (now, unbound) = bound(&procedure, &offers(people(&renamed)));
    assert_eq!(unbound, Vec::new());
    let ask = &now.requirements[0].alternatives[0].asks[0];
    assert_eq!(
        (ask.claims[0].field.as_deref(), ask.find.keys().next().unwrap().as_str()),
        (Some("ten"), "so_dinh_danh")
    );
    for (fields, expected) in [
        (
            vec![FIELDS[0], ("ho_ten", "x:9@1.0.0")],
            "no field of the contract in force is bound to the term ndg:ID-002@1.0.0",
        ),
        (vec![FIELDS[0], ("ho_ten", "ndg:ID-002@2.0.0")], "no field of the contract in force"),
        (
            vec![FIELDS[0], FIELDS[1], ("ten", "ndg:ID-002@1.0.0")],
            "the term ndg:ID-002@1.0.0 is bound to several fields: ho_ten, ten",
        ),
    ] {
        let told = first(&in_view_of(&procedure, &offers(people(&fields))));
        assert!(
            told.starts_with("requirements.0.alternatives.0.asks.0.claims.0: ") && told.contains(expected),
            "{told}"
        );
    }
}

#[test]
fn what_is_not_offered_or_not_published_is_told_and_refused_where_nothing_is_done_otherwise() {
    let procedure = read(birth());
    let days = |offers: &Offers| {
        let published = published(&procedure, offers);
        let ask = &published.requirements[0].alternatives[0].asks[0];
        ask.published
            .clone()
            .unwrap()
            .into_iter()
            .map(|one| (one.clients, one.valid.valid_to.map(|day| day.to_string())))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        days(&offers(people(&FIELDS))),
        [("VN/LOC/*/mot-cua".to_owned(), Some("2027-03-01".to_owned()))]
    );
    let mut unpublished = people(&FIELDS);
    unpublished.scopes.clear();
    assert_eq!(days(&offers(unpublished)), []);
    let lacking = |change: fn(&mut Offered)| {
        let mut people = people(&FIELDS);
        change(&mut people);
        offers(people)
    };
    type Spoil = fn(&mut Offered);
    let cases: [(Spoil, &str); 4] = [
        (|people| people.scopes.clear(), "no published scope"),
        (|people| people.scopes[0].fields.retain(|field| field != "ho_ten"), "no published scope"),
        (|people| people.scopes[0].operations.clear(), "no published scope"),
        (|people| people.shape = None, "has no contract in force"),
    ];
    for (change, expected) in cases {
        let found = in_view_of(&procedure, &lacking(change));
        let told = found.iter().find(|finding| finding.warning && finding.place == "requirements.0");
        assert!(told.is_some_and(|finding| finding.told.en().contains(expected)), "{expected}: {found:?}");
        let silent = with("/requirements/0/otherwise", json!("nothing"));
        let refused = first(&in_view_of(&silent, &lacking(change)));
        assert!(
            refused.starts_with("requirements.0: no way of it can be met") && refused.contains(expected),
            "{refused}"
        );
    }
}

#[test]
fn a_record_is_found_by_what_the_service_filters_by_and_nothing_follows_from_its_absence_unless_the_contract_says_so()
 {
    let found = in_view_of(
        &with("/requirements/1/alternatives/0/asks/0/find", json!({ "tinh_trang": "me.so_dinh_danh" })),
        &offers(people(&FIELDS)),
    );
    assert!(first(&found).starts_with("requirements.1.alternatives.0.asks.0.find.tinh_trang: "), "{found:?}");
    let absent = with("/requirements/2/alternatives/0/asks/0/claims", json!([{ "use": "absent" }]));
    let told = first(&in_view_of(&absent, &offers(people(&FIELDS))));
    assert!(
        told.starts_with("requirements.2.alternatives.0.asks.0.claims.0: no record is no proof"),
        "{told}"
    );
    let mut complete = people(&FIELDS);
    complete.complete = true;
    assert_eq!(first(&in_view_of(&absent, &offers(complete))), "nothing");
}

/// The demo nation's services with their contracts, and the scopes that are shipped.
fn demo() -> Offers {
    let documents = |text: &str| -> Vec<Value> {
        let mut all: Vec<Value> = serde_saphyr::from_multiple(text).unwrap();
        all.iter_mut().for_each(|document| drop(document.as_object_mut().unwrap().remove("kind")));
        all
    };
    let bindings = include_str!("../../../../demo/src/registry/bindings.tsv");
    let scopes = documents(include_str!("../../../../../data/procedures/pham-vi.yaml"));
    let scopes: Vec<Scope> = scopes.into_iter().map(|scope| serde_json::from_value(scope).unwrap()).collect();
    let of = |document: Value| {
        let service: Service = serde_json::from_value(document).unwrap();
        let id = service.id.to_string();
        let fields: Vec<(&str, String)> = bindings
            .lines()
            .map(|line| line.split('\t').collect::<Vec<_>>())
            .filter(|cells| cells[0] == id)
            .map(|cells| (cells[1], format!("{}@{}", cells[2], cells[3])))
            .collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(field, term)| (*field, term.as_str())).collect();
        Offered {
            scopes: scopes.iter().filter(|scope| scope.service == service.id).cloned().collect(),
            shape: Some(contract(&id, &fields).shape()),
            complete: ["ho-tich/ket-hon", "giao-duc/hoc-sinh", "bao-tro/doi-tuong", "ho-kinh-doanh/dang-ky"]
                .iter()
                .any(|complete| id.ends_with(complete)),
            service: Some(service),
        }
    };
    Offers::of_these(
        documents(include_str!("../../../../demo/src/registry/services.yaml")).into_iter().map(of),
    )
}

#[test]
fn every_shipped_procedure_is_sound_beside_the_demos_services() {
    let (thirty, offers) = (crate::reuse::sheet::tests::shipped(), demo());
    let enrolment = thirty.iter().find(|one| one.code() == "n.tuyen-sinh-lop-1").unwrap();
    assert_eq!((enrolment.roles[0].id.as_str(), enrolment.acts_for[0].role.as_str()), ("con", "nguoi"));
    let (mut asks, mut open) = (0, 0);
    for procedure in &thirty {
        assert_eq!(first(&of_itself(procedure)), "nothing", "{}", procedure.id);
        assert_eq!(first(&in_view_of(procedure, &offers)), "nothing", "{}", procedure.id);
        for (_, ask) in published(procedure, &offers).asks() {
            asks += 1;
            open += usize::from(ask.published.as_ref().is_some_and(|days| !days.is_empty()));
        }
        assert!(procedure.second_hand && procedure.assumed, "{}: none of it is official", procedure.id);
    }
    assert!(asks > 80 && open == asks, "{open} of {asks} asks may be asked");
    let purposes: std::collections::BTreeSet<&str> = thirty.iter().map(|one| one.purpose.as_str()).collect();
    assert_eq!(purposes.len(), thirty.len(), "each has a purpose of its own");
}
