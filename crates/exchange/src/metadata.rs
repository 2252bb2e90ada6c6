//! X-Road's services about services.

mod description;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Response, Uri};
use model::endpoint::Endpoint;
use model::fault::Fault;
use model::id::{ServiceId, SystemId};
use model::service::Offer;
use model::time::day_in_viet_nam;
use serde_json::{Value, json};

use crate::backend::{Answer, Backend, dataset};
use crate::body::{self, OutBody};
use crate::clock;
use crate::compiled::{CompiledDirectory, Offered};
use crate::decide::Call;
use crate::failure::{accepted, escape_xml};
use crate::headers;
use crate::metadata::description::Behind;
use crate::node::Node;
use crate::request::Question;
use crate::texts;

/// Largest description.
const DESCRIPTION_MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Answers one of them.
///
/// # Errors
/// [`Fault::UnknownService`], [`Fault::NoDescription`].
pub(crate) async fn answer(
    node: &Node,
    directory: &CompiledDirectory,
    question: Question,
    call: &Call,
    query: Option<&str>,
) -> Result<Answer, Fault> {
    let system = call.service.system();
    match question {
        Question::ListMethods => Ok(methods(directory, &system)),
        Question::AllowedMethods => Ok(allowed(directory, &system, &call.client)),
        Question::GetOpenApi => description(node, directory, &system, query).await,
    }
}

/// All services of a system, with all their endpoints.
fn methods(directory: &CompiledDirectory, system: &SystemId) -> Answer {
    let services = directory.services_of(system);
    let services: Vec<Value> =
        services.into_iter().map(|offered| method(offered, offered.endpoints())).collect();
    Answer::json(200, &json!({ "service": services }))
}

/// The services that a client may use today, with the endpoints that its grants name. A grant that names none
/// allows all but what must be named.
fn allowed(directory: &CompiledDirectory, system: &SystemId, client: &SystemId) -> Answer {
    let today = day_in_viet_nam(clock::now());
    let service = |offered: &Arc<Offered>| {
        let grants = directory.grants(client, &offered.service.id);
        let grants: Vec<_> = grants.filter(|grant| grant.validity().holds_on(today)).collect();
        let mut endpoints: Vec<Endpoint> = Vec::new();
        if grants.iter().any(|grant| grant.endpoints.is_none()) {
            let unnamed = offered.endpoints().iter().filter(|one| offered.service.is_covered_unnamed(one));
            endpoints.extend(unnamed.cloned());
        }
        for endpoint in grants.iter().flat_map(|grant| grant.endpoints.iter().flat_map(|named| named.iter()))
        {
            if !endpoints.contains(endpoint) {
                endpoints.push(endpoint.clone());
            }
        }
        (!grants.is_empty()).then(|| method(offered, &endpoints))
    };
    let services: Vec<Value> = directory.services_of(system).into_iter().filter_map(service).collect();
    Answer::json(200, &json!({ "service": services }))
}

fn method(offered: &Offered, endpoints: &[Endpoint]) -> Value {
    let id = &offered.service.id;
    let [instance, class, member, system, code] = parts(id);
    let endpoints: Vec<Value> =
        endpoints.iter().map(|endpoint| json!({ "method": endpoint.method, "path": format!("/{}", endpoint.path.as_str().trim_start_matches('/')) })).collect();
    let kind = if matches!(offered.service.offer, Offer::Dataset(_)) { "OPENAPI" } else { "REST" };
    json!({
        "object_type": "SERVICE", "xroad_instance": instance, "member_class": class, "member_code": member,
        "subsystem_code": system, "service_code": code, "service_type": kind, "endpoint_list": endpoints,
    })
}

fn parts(id: &ServiceId) -> [String; 5] {
    let mut parts = id.parts().map(std::borrow::Cow::into_owned);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

async fn description(
    node: &Node,
    directory: &CompiledDirectory,
    system: &SystemId,
    query: Option<&str>,
) -> Result<Answer, Fault> {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let code = pairs.find(|(name, _)| name == "serviceCode").map(|(_, code)| code.into_owned());
    let code = code.ok_or_else(|| Fault::BadAddress { why: texts::description_of_what() })?;
    let id: ServiceId = format!("{system}/{}", model::id::encode_part(&code))
        .parse()
        .map_err(|error: model::id::IdError| Fault::BadAddress { why: error.words() })?;
    let offered = directory.service(&id).ok_or_else(|| Fault::UnknownService { service: id.clone() })?;
    if let Offer::Dataset(contract) = &offered.service.offer {
        let service = match node.backends.get(&id).map(AsRef::as_ref) {
            Some(Backend::Dataset(service)) => {
                // What can't be read now is described by its contract alone.
                let _ = service.fit_now(offered, contract).await;
                Some(service)
            }
            _ => None,
        };
        let is_json = |field: &str| service.is_some_and(|service| service.is_json(field));
        return Ok(Answer::json(200, &dataset::describe(&id, offered, contract, is_json)));
    }
    let path = match node.backends.get(&id).map(AsRef::as_ref) {
        Some(Backend::Http(api)) => api.openapi.clone(),
        _ => None,
    };
    let missing = || Fault::NoDescription { service: id.clone() };
    let path = path.ok_or_else(missing)?;
    let length = tokio::fs::metadata(&path).await.map_err(|_| missing())?.len();
    if length > DESCRIPTION_MAX_BYTES {
        return Err(missing());
    }
    let text = tokio::fs::read_to_string(&path).await.map_err(|_| missing())?;
    let behind = Behind::of(node.backends.values().filter_map(|backend| match backend.as_ref() {
        Backend::Http(api) => Some(api.url()),
        Backend::Dataset(_) | Backend::Within(_) => None,
    }));
    let at = format!("/r1/{id}");
    // A large file keeps a processor busy for a while.
    let read = tokio::task::spawn_blocking(move || description::described(&text, &at, &behind)).await;
    let described = read.unwrap_or_else(|error| Err(error.to_string())).map_err(|why| {
        tracing::warn!(service = %id, file = %path.display(), why, "a description is not handed out");
        missing()
    })?;
    Ok(Answer::json(200, &described))
}

/// `listClients`, asked at the edge itself: members and systems of the directory, to anyone there, unsigned.
#[must_use]
pub(crate) fn list_clients(
    directory: &CompiledDirectory,
    uri: &Uri,
    request: &HeaderMap,
) -> Response<OutBody> {
    let mut pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let instance = pairs.find(|(name, _)| name == "xRoadInstance").map(|(_, instance)| instance.into_owned());
    // An empty one means the own one, which all of the directory is of.
    let instance = instance.filter(|instance| !instance.is_empty());
    let mut clients: BTreeMap<String, Client> = BTreeMap::new();
    for agency in directory.agencies() {
        clients.insert(
            agency.id.to_string(),
            Client {
                parts: agency.id.parts().map(Into::into).collect(),
                name: agency.name.vi.clone(),
                system_name: None,
            },
        );
    }
    for party in directory.systems() {
        let id = &party.system.id;
        let name = directory.member_name(&id.member()).map(|name| name.vi.clone()).unwrap_or_default();
        clients.insert(
            id.to_string(),
            Client {
                parts: id.parts().map(Into::into).collect(),
                name,
                system_name: Some(party.system.name.vi.clone()),
            },
        );
    }
    let shown = clients
        .into_values()
        .filter(|client| instance.is_none() || client.parts.first() == instance.as_ref());
    let wanted = accepted(request, &["application/json", "application/xml", "text/xml"]);
    let (content_type, text) = match wanted {
        Some("application/json") => (
            "application/json",
            json!({ "member": shown.map(Client::into_json).collect::<Vec<_>>() }).to_string(),
        ),
        Some("application/xml") => (headers::APPLICATION_XML, clients_xml(shown)),
        _ => (headers::TEXT_XML, clients_xml(shown)),
    };
    let mut response = Response::new(body::whole(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

struct Client {
    parts: Vec<String>,
    name: String,
    system_name: Option<String>,
}

impl Client {
    fn part(&self, at: usize) -> &str {
        self.parts.get(at).map_or("", String::as_str)
    }

    fn into_json(self) -> Value {
        let (instance, class, member) = (self.part(0), self.part(1), self.part(2));
        match &self.system_name {
            None => json!({
                "id": { "object_type": "MEMBER", "xroad_instance": instance, "member_class": class, "member_code": member },
                "name": self.name,
            }),
            Some(system_name) => json!({
                "id": { "object_type": "SUBSYSTEM", "xroad_instance": instance, "member_class": class, "member_code": member, "subsystem_code": self.part(3) },
                "name": self.name, "subsystem_name": system_name,
            }),
        }
    }
}

fn clients_xml(clients: impl Iterator<Item = Client>) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><xrd:clientList xmlns:xrd=\"http://x-road.eu/xsd/xroad.xsd\" xmlns:id=\"http://x-road.eu/xsd/identifiers\">",
    );
    for client in clients {
        let kind = if client.system_name.is_some() { "SUBSYSTEM" } else { "MEMBER" };
        let mut id = String::new();
        for (at, name) in
            ["xRoadInstance", "memberClass", "memberCode", "subsystemCode"].into_iter().enumerate()
        {
            if let Some(part) = client.parts.get(at) {
                // Writing to a string does not fail.
                let _ = write!(id, "<id:{name}>{}</id:{name}>", escape_xml(part));
            }
        }
        let system_name = client
            .system_name
            .as_deref()
            .map(|name| format!("<xrd:subsystemName>{}</xrd:subsystemName>", escape_xml(name)))
            .unwrap_or_default();
        let name = escape_xml(&client.name);
        let _ = write!(
            xml,
            "<xrd:member><xrd:id id:objectType=\"{kind}\">{id}</xrd:id><xrd:name>{name}</xrd:name>{system_name}</xrd:member>"
        );
    }
    xml.push_str("</xrd:clientList>");
    xml
}
