//! The description of the API as clients are made from it: what the routes say of themselves, and what is said of all of them here.

use std::collections::BTreeMap;
use std::sync::Arc;

use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{AllOf, Components, Object, ObjectBuilder, Schema};
use utoipa::openapi::{Content, ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder, Type};
use utoipa_axum::router::OpenApiRouter;

use crate::hub::Hub;
use crate::kinds::Kind;
use crate::web::command::KEY_MAX;
use crate::web::page::{page_name, page_of};
use crate::web::problem::ProblemDetails;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Liên Thông: hub",
        version = "1",
        description = "Registry, grants and directory of the exchange. Sign in with an account at /api/v1/session, or send a program's token: Authorization: Bearer. Errors are problem details (RFC 9457) with a stable code; `lienthong explain CODE` tells more."
    ),
    components(schemas(ProblemDetails)),
    modifiers(&Security)
)]
struct Described;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, api: &mut OpenApi) {
        use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
        if let Some(components) = &mut api.components {
            let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
            components.add_security_scheme("token", SecurityScheme::Http(bearer));
        }
        api.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    }
}

/// The description without its operations.
pub(super) fn head() -> OpenApi {
    Described::openapi()
}

/// A room's routes, described under its subject.
pub(super) fn of(subject: &str, mut room: OpenApiRouter<Arc<Hub>>) -> OpenApiRouter<Arc<Hub>> {
    for operation in room.get_openapi_mut().paths.paths.values_mut().flat_map(operations) {
        operation.tags = Some(vec![subject.to_owned()]);
    }
    room
}

/// What is said of all operations at once.
pub(super) fn complete(description: &mut OpenApi) {
    let components = description.components.get_or_insert_default();
    let paths = &mut description.paths.paths;
    tell_kinds_apart(paths, components);
    unite(components);
    components.schemas.iter_mut().for_each(|(name, schema)| name_choices(name, schema));
    components.responses.insert(PROBLEM.to_owned(), problem().into());
    for operation in paths.values_mut().flat_map(operations) {
        for status in ["400", "401", "403", "404", "409", "412", "413", "428", "429", "503"] {
            let problem = || Ref::from_response_name(PROBLEM).into();
            operation.responses.responses.entry(status.to_owned()).or_insert_with(problem);
        }
        if is_command(operation) {
            operation.parameters.get_or_insert_default().push(key().into());
        }
    }
    forget_parts(description);
}

/// What an operation answers that was not done.
const PROBLEM: &str = "Problem";

fn problem() -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemDetails"))).build();
    ResponseBuilder::new().description("problem").content("application/problem+json", content).build()
}

/// Whether an operation is done once under a key: it answers with what a command came to.
fn is_command(operation: &Operation) -> bool {
    let Some(RefOr::T(answer)) = operation.responses.responses.get("200") else { return false };
    let mut schemas = answer.content.values().filter_map(schema);
    schemas.any(|schema| matches!(schema, RefOr::Ref(at) if name_of(at).starts_with("Done")))
}

fn key() -> Parameter {
    let text =
        ObjectBuilder::new().schema_type(Type::String).max_length(Some(KEY_MAX)).pattern(Some(r"^[\t -~]*$"));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "Tells this command from others of the caller: sent again with the same key, it is not done again, and answered as before.",
        ))
        .schema(Some(text))
        .build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten()
}

fn schema(content: &RefOr<Content>) -> Option<&RefOr<Schema>> {
    match content {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    }
}

fn name_of(at: &Ref) -> &str {
    at.ref_location.rsplit('/').next().unwrap_or_default()
}

/// Routes take all kinds, and each kind has its own members and filters: so they are described once for each.
fn tell_kinds_apart(paths: &mut BTreeMap<String, PathItem>, components: &mut Components) {
    let of_all: Vec<(String, PathItem)> = paths.extract_if(.., |path, _| path.contains("/{kind}")).collect();
    let replacement = components.schemas.remove("Replacement");
    for name in ["Thing", "PageOfThing"] {
        components.schemas.remove(name);
    }
    for kind in Kind::ALL {
        let mut schemas = Vec::new();
        let name = kind.describe(&mut schemas);
        components.schemas.extend(schemas);
        components.schemas.insert(page_name(&name), page_of(&name));
        if let Some(RefOr::T(Schema::Object(replacement))) = &replacement {
            let mut replacement = replacement.clone();
            replacement.properties.insert("members".to_owned(), Ref::from_schema_name(&name).into());
            components.schemas.insert(format!("{name}Replacement"), RefOr::T(Schema::Object(replacement)));
        }
        for (path, item) in &of_all {
            let mut item = item.clone();
            operations(&mut item).for_each(|operation| tell(operation, *kind, &name));
            paths.insert(path.replace("{kind}", kind.plural()), item);
        }
    }
}

/// Says of an operation of all kinds what it is of one.
fn tell(operation: &mut Operation, kind: Kind, name: &str) {
    let parameters = operation.parameters.get_or_insert_default();
    parameters.retain(|parameter| !matches!(parameter, RefOr::T(parameter) if parameter.name == "kind"));
    let id = operation.operation_id.get_or_insert_default();
    if id == "list_things" {
        parameters.extend(kind.filters().into_iter().map(|filter| filtering(filter).into()));
    }
    *id = id.replace("things", &kind.plural().replace('-', "_")).replace("thing", &in_snake_case(name));
    let asked = operation.request_body.iter_mut().filter_map(|body| match body {
        RefOr::T(body) => Some(body.content.values_mut()),
        RefOr::Ref(_) => None,
    });
    let answered = operation.responses.responses.values_mut().filter_map(|answer| match answer {
        RefOr::T(answer) => Some(answer.content.values_mut()),
        RefOr::Ref(_) => None,
    });
    for content in asked.flatten().chain(answered.flatten()) {
        if let RefOr::T(Content { schema: Some(RefOr::Ref(at)), .. }) = content {
            let of_kind = match name_of(at) {
                "Thing" => name.to_owned(),
                "PageOfThing" => page_name(name),
                "Replacement" => format!("{name}Replacement"),
                _ => continue,
            };
            *at = Ref::from_schema_name(of_kind);
        }
    }
}

fn filtering(name: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .description(Some(format!("Only those of which this is the `{name}`.")))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

/// `LegalBasis` as `legal_basis`.
fn in_snake_case(name: &str) -> String {
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

/// What is put together of several objects is described as the one object that it is: many who make clients read nothing else.
fn unite(components: &mut Components) {
    let united: Vec<(String, Object)> = components
        .schemas
        .iter()
        .filter_map(|(name, schema)| match schema {
            RefOr::T(Schema::AllOf(parts)) => Some((name.clone(), united(parts, components)?)),
            _ => None,
        })
        .collect();
    for (name, object) in united {
        components.schemas.insert(name, RefOr::T(Schema::Object(object)));
    }
}

/// What only stood within others, and is whole in them now, is described no more.
fn forget_parts(description: &mut OpenApi) {
    let text = serde_json::json!(description).to_string();
    if let Some(components) = &mut description.components {
        components.schemas.retain(|name, _| text.contains(&format!("\"#/components/schemas/{name}\"")));
    }
}

/// One of several gets a title of its own, by the one word that it has or the one member: those who make clients number them else.
fn name_choices(name: &str, schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::OneOf(several)) = schema else { return };
    for one in &mut several.items {
        let RefOr::T(Schema::Object(one)) = one else { continue };
        let of = |object: &Object| object.enum_values.as_ref()?.first()?.as_str().map(str::to_owned);
        let tag = one.properties.values().find_map(|member| match member {
            RefOr::T(Schema::Object(member)) => of(member),
            _ => None,
        });
        let word = of(one).or(tag).or_else(|| one.properties.keys().next().cloned());
        if let Some(word) = word {
            one.title = Some(format!("{name}{}", in_camel_case(&word)));
        }
    }
}

/// `not_measured` as `NotMeasured`.
fn in_camel_case(word: &str) -> String {
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
            .unwrap_or_default()
    };
    word.split('_').map(capital).collect()
}

fn united(parts: &AllOf, components: &Components) -> Option<Object> {
    let mut whole =
        ObjectBuilder::new().schema_type(Type::Object).description(parts.description.clone()).build();
    // Its own members stand before those that it shares with others.
    let is_own = |part: &&RefOr<Schema>| matches!(part, RefOr::T(Schema::Object(_)));
    let (own, shared): (Vec<_>, Vec<_>) = parts.items.iter().partition(is_own);
    own.into_iter().chain(shared).try_for_each(|part| add(part, components, true, &mut whole))?;
    Some(whole)
}

/// Adds the members of a part, whose own must be there only if the part `must`. Nothing: it is no object.
fn add(part: &RefOr<Schema>, components: &Components, must: bool, whole: &mut Object) -> Option<()> {
    match part {
        RefOr::Ref(at) => add(components.schemas.get(name_of(at))?, components, must, whole),
        RefOr::T(Schema::Object(part)) => {
            whole.properties.extend(part.properties.clone());
            if must {
                whole.required.extend(part.required.iter().cloned());
            }
            if part.additional_properties.is_some() {
                whole.additional_properties.clone_from(&part.additional_properties);
            }
            Some(())
        }
        RefOr::T(Schema::AllOf(parts)) => {
            parts.items.iter().try_for_each(|part| add(part, components, must, whole))
        }
        // One of several: which, is seen by its members.
        RefOr::T(Schema::OneOf(parts)) => {
            parts.items.iter().try_for_each(|part| add(part, components, false, whole))
        }
        RefOr::T(_) => None,
    }
}
