//! The catalogue for others: databases and services in DCAT-AP 3.0.1, and the list of open data.
//!
//! Every term of a vocabulary and every linked thing stands in the graph with its class, so that the profile's published shapes can be
//! run on the graph alone. Candidates, which nobody has named, are left out. See `docs/catalogue.md`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::agency::{Agency, Bloc, Name};
use model::database::{Database, PersonalData, Standing, Update};
use model::fault::{Fault, Words};
use model::id::encode_part;
use model::service::Service;
use model::time::day_in_viet_nam;

use crate::catalogue::open;
use crate::catalogue::rdf::{Graph, Object};
use crate::registry::{Subject as _, every};
use crate::store::{Tx, all, from_text};
use crate::texts;

const PREFIXES: &[(&str, &str)] = &[
    ("adms", "http://www.w3.org/ns/adms#"),
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dcatap", "http://data.europa.eu/r5r/"),
    ("dct", "http://purl.org/dc/terms/"),
    ("eli", "http://data.europa.eu/eli/ontology#"),
    ("eu", "http://publications.europa.eu/resource/authority/"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("geo", "http://www.opengis.net/ont/geosparql#"),
    ("iana", "http://www.iana.org/assignments/media-types/"),
    ("purl", "http://purl.org/adms/"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("vcard", "http://www.w3.org/2006/vcard/ns#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];
/// The profile.
const PROFILE: &str = "https://semiceu.github.io/DCAT-AP/releases/3.0.1/";
/// What services are described by.
const STANDARD: &str = "https://bitol-io.github.io/open-data-contract-standard/v3.1.0/";
/// The sea extent of Viet Nam's territory with Hoàng Sa and Trường Sa; from school geography, to be confirmed by an official source.
const BOX: &str = "POLYGON((101 6.83,117.34 6.83,117.34 23.4,101 23.4,101 6.83))";
const CENTRE: &str = "POINT(109.17 15.115)";

/// Terms of the vocabularies that the profile asks for: term, class beside `skos:Concept`, scheme, label.
const TERMS: &[(&str, Option<&str>, &str, &str)] = &[
    ("eu:access-right/PUBLIC", Some("dct:RightsStatement"), "eu:access-right", "public"),
    ("eu:access-right/RESTRICTED", Some("dct:RightsStatement"), "eu:access-right", "restricted"),
    ("eu:access-right/NON_PUBLIC", Some("dct:RightsStatement"), "eu:access-right", "non-public"),
    ("eu:language/VIE", Some("dct:LinguisticSystem"), "eu:language", "Vietnamese"),
    ("eu:language/ENG", Some("dct:LinguisticSystem"), "eu:language", "English"),
    ("eu:data-theme/GOVE", None, "eu:data-theme", "Government and public sector"),
    ("eu:data-theme/SOCI", None, "eu:data-theme", "Population and society"),
    ("eu:file-type/JSON", Some("dct:MediaTypeOrExtent"), "eu:file-type", "JSON"),
    ("eu:file-type/CSV", Some("dct:MediaTypeOrExtent"), "eu:file-type", "CSV"),
    ("eu:file-type/JSON_LD", Some("dct:MediaTypeOrExtent"), "eu:file-type", "JSON-LD"),
    ("eu:file-type/RDF_TURTLE", Some("dct:MediaTypeOrExtent"), "eu:file-type", "RDF Turtle"),
    ("eu:planned-availability/AVAILABLE", None, "eu:planned-availability", "available"),
    ("eu:frequency/UPDATE_CONT", Some("dct:Frequency"), "eu:frequency", "continuously updated"),
    ("eu:frequency/DAILY", Some("dct:Frequency"), "eu:frequency", "daily"),
    ("eu:frequency/WEEKLY", Some("dct:Frequency"), "eu:frequency", "weekly"),
    ("eu:frequency/MONTHLY", Some("dct:Frequency"), "eu:frequency", "monthly"),
    ("eu:frequency/QUARTERLY", Some("dct:Frequency"), "eu:frequency", "quarterly"),
    ("eu:frequency/ANNUAL", Some("dct:Frequency"), "eu:frequency", "annual"),
    ("eu:frequency/IRREG", Some("dct:Frequency"), "eu:frequency", "irregular"),
    ("purl:publishertype/NationalAuthority", None, "purl:publishertype/1.0", "National authority"),
    ("purl:publishertype/RegionalAuthority", None, "purl:publishertype/1.0", "Regional authority"),
    ("purl:licencetype/Attribution", None, "purl:licencetype/1.0", "Attribution"),
    ("purl:licencetype/OtherRestrictiveClauses", None, "purl:licencetype/1.0", "Other restrictive clauses"),
    ("purl:changetype/created", None, "purl:changetype/1.0", "created"),
    ("purl:changetype/updated", None, "purl:changetype/1.0", "updated"),
];
const SCHEMES: &[(&str, &str)] = &[
    ("eu:access-right", "Access right"),
    ("eu:country", "Country"),
    ("eu:data-theme", "Data theme"),
    ("eu:file-type", "File type"),
    ("eu:frequency", "Frequency"),
    ("eu:language", "Language"),
    ("eu:planned-availability", "Planned availability"),
    ("purl:changetype/1.0", "ADMS change type"),
    ("purl:licencetype/1.0", "ADMS licence type"),
    ("purl:publishertype/1.0", "ADMS publisher type"),
];

/// When a thing came into the registry and was changed last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dates {
    issued: Date,
    modified: Date,
}

/// The catalogue as a graph. `base` is the hub's address, ending in a slash.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn graph(tx: &mut Tx, base: &str, today: Date) -> Result<Graph, Fault> {
    let mut databases = every::<Database>(tx, &[]).await?;
    databases.retain(|database| database.standing != Standing::Candidate);
    let agencies: BTreeMap<String, Agency> =
        every::<Agency>(tx, &[]).await?.into_iter().map(|agency| (agency.id.to_string(), agency)).collect();
    let dates = (dates(tx, Database::KIND).await?, dates(tx, Service::KIND).await?);
    let mut writer = Writer { graph: Graph::new(PREFIXES), base, today, agencies, begun: today };
    writer.begun = dates.0.values().map(|dates| dates.issued).min().unwrap_or(today);
    writer.vocabulary();
    writer.catalogue();
    for database in &databases {
        let services = services_of(tx, database).await?;
        let open = open::sets_of(tx, database).await?;
        let of = |list: &BTreeMap<String, Dates>, name: &str| {
            list.get(name).copied().unwrap_or(Dates { issued: today, modified: today })
        };
        writer.dataset(database, &services, of(&dates.0, &database.id));
        for set in &open {
            writer.open_set(database, set, of(&dates.0, &database.id));
        }
        for (service, contract) in &services {
            writer.service(database, service, contract.as_deref(), of(&dates.1, service.id.as_str()));
        }
    }
    Ok(writer.graph)
}

/// The services of a database's systems, each with the name of its contract in force.
async fn services_of(tx: &mut Tx, database: &Database) -> Result<Vec<(Service, Option<String>)>, Fault> {
    let mut services = Vec::new();
    for system in &database.systems {
        let rows: Vec<(String,)> =
            all!(tx, "SELECT id FROM service WHERE system = $1 ORDER BY id" => system.as_str())?;
        for (id,) in rows {
            let Some(service) = Service::load(tx, &id).await? else { continue };
            let contract = crate::catalogue::contract::in_force(tx, &service.id).await?;
            services.push((service, contract.map(|contract| contract.id)));
        }
    }
    Ok(services)
}

async fn dates(tx: &mut Tx, kind: &str) -> Result<BTreeMap<String, Dates>, Fault> {
    let rows: Vec<(String, String, String)> =
        all!(tx, "SELECT subject, MIN(at), MAX(at) FROM change WHERE kind = $1 GROUP BY subject" => kind)?;
    let day = |at: &str| Ok::<_, Fault>(day_in_viet_nam(from_text(at)?));
    rows.into_iter()
        .map(|(subject, first, last)| Ok((subject, Dates { issued: day(&first)?, modified: day(&last)? })))
        .collect()
}

struct Writer<'a> {
    graph: Graph,
    base: &'a str,
    today: Date,
    agencies: BTreeMap<String, Agency>,
    /// The day of the first entry.
    begun: Date,
}

impl Writer<'_> {
    fn text(&mut self, subject: &str, predicate: &str, words: Words) {
        self.graph.name(subject, predicate, &words.into());
    }

    /// A thing of which the profile asks its class only.
    fn thing(&mut self, iri: &str, classes: &[&str]) {
        for class in classes {
            self.graph.is_a(iri, class);
        }
    }

    fn id(&self, kind: &str, name: &str) -> String {
        format!("{}id/{kind}/{}", self.base, encode_part(name))
    }

    fn vocabulary(&mut self) {
        for (scheme, title) in SCHEMES {
            let iri = self.graph.long(scheme);
            self.graph.is_a(&iri, "skos:ConceptScheme");
            self.graph.add(&iri, "dct:title", Object::In("en", (*title).to_owned()));
        }
        for (term, class, scheme, label) in TERMS {
            let iri = self.graph.long(term);
            self.graph.is_a(&iri, "skos:Concept");
            if let Some(class) = class {
                self.graph.is_a(&iri, class);
            }
            self.graph.add(&iri, "skos:prefLabel", Object::In("en", (*label).to_owned()));
            self.graph.link(&iri, "skos:inScheme", scheme);
        }
        let country = self.graph.long("eu:country/VNM");
        self.thing(&country, &["skos:Concept", "dct:Location"]);
        self.text(&country, "skos:prefLabel", texts::viet_nam());
        self.graph.link(&country, "skos:inScheme", "eu:country");
        let wkt = self.graph.long("geo:wktLiteral");
        self.graph.add(&country, "dcat:bbox", Object::Typed(BOX.into(), wkt.clone()));
        self.graph.add(&country, "dcat:centroid", Object::Typed(CENTRE.into(), wkt));
        for media in ["application/json", "application/ld+json", "text/turtle", "text/csv"] {
            let iri = self.graph.long(&format!("iana:{media}"));
            self.thing(&iri, &["dct:MediaType"]);
        }
        for (standard, title) in [(PROFILE, "DCAT-AP 3.0.1"), (STANDARD, "Open Data Contract Standard 3.1.0")]
        {
            self.thing(standard, &["dct:Standard"]);
            self.graph.add(standard, "dct:title", Object::In("en", title.to_owned()));
        }
        let (open, closed) = (self.id("licence", "open"), self.id("licence", "state-agencies"));
        for (iri, kind, words) in [
            (&open, "purl:licencetype/Attribution", texts::open_licence()),
            (&closed, "purl:licencetype/OtherRestrictiveClauses", texts::only_with_grant()),
        ] {
            self.thing(iri, &["dct:LicenseDocument"]);
            self.graph.link(iri, "dct:type", kind);
            self.text(iri, "dct:title", words);
        }
    }

    fn catalogue(&mut self) {
        let catalogue = self.id("catalogue", "dcat");
        let publisher = self.id("agency", "hub");
        self.thing(&publisher, &["foaf:Agent"]);
        self.text(&publisher, "foaf:name", texts::hub_name());
        self.graph.link(&publisher, "dct:type", "purl:publishertype/NationalAuthority");
        self.thing(&catalogue, &["dcat:Catalog", "dcat:Resource"]);
        self.text(&catalogue, "dct:title", texts::catalogue_title());
        self.text(&catalogue, "dct:description", texts::catalogue_description());
        self.graph.link(&catalogue, "dct:publisher", &publisher);
        self.contact(&catalogue, "hub", &texts::hub_name().into());
        self.common(&catalogue, &[texts::catalogue_keyword()]);
        self.graph.link(&catalogue, "dcat:themeTaxonomy", "eu:data-theme");
        self.graph.link(&catalogue, "dct:license", &self.id("licence", "state-agencies"));
        let (begun, today) = (self.begun, self.today);
        self.graph.day(&catalogue, "dct:issued", begun);
        self.graph.day(&catalogue, "dct:modified", today);
        let home = self.base.to_owned();
        self.thing(&home, &["foaf:Document"]);
        self.graph.link(&catalogue, "foaf:homepage", &home);
        self.period(&catalogue, begun, today);
        for (format, file, media, name) in [
            ("turtle", "RDF_TURTLE", "text/turtle", "Turtle"),
            ("jsonld", "JSON_LD", "application/ld+json", "JSON-LD"),
        ] {
            let distribution = format!("{catalogue}/{format}");
            let address = format!("{}api/v1/catalogue?format={format}", self.base);
            self.distribution(
                &catalogue,
                &distribution,
                &texts::catalogue_as(name).into(),
                &address,
                file,
                media,
            );
            self.graph.link(&distribution, "dct:license", &self.id("licence", "state-agencies"));
        }
    }

    /// What a catalogue, a dataset and a service have in common.
    fn common(&mut self, subject: &str, keywords: &[Words]) {
        self.graph.link(subject, "dct:language", "eu:language/VIE");
        self.graph.link(subject, "dct:spatial", "eu:country/VNM");
        self.graph.link(subject, "dcat:theme", "eu:data-theme/GOVE");
        for keyword in keywords {
            self.text(subject, "dcat:keyword", keyword.clone());
        }
    }

    fn period(&mut self, subject: &str, from: Date, to: Date) {
        let period = format!("{subject}/period");
        self.thing(&period, &["dct:PeriodOfTime"]);
        self.graph.day(&period, "dcat:startDate", from);
        self.graph.day(&period, "dcat:endDate", to.max(from));
        self.graph.link(subject, "dct:temporal", &period);
    }

    fn contact(&mut self, subject: &str, who: &str, name: &Name) {
        let contact = self.id("contact", who);
        self.thing(&contact, &["vcard:Kind", "vcard:Organization"]);
        self.graph.name(&contact, "vcard:fn", name);
        self.graph.link(
            &contact,
            "vcard:hasURL",
            &format!("{}api/v1/registry/agencies/{}", self.base, encode_part(who)),
        );
        self.graph.link(subject, "dcat:contactPoint", &contact);
    }

    /// The agency that answers for a thing.
    fn publisher(&mut self, subject: &str, database: &Database) {
        let owner = database.owner.as_ref().and_then(|owner| self.agencies.get(owner.as_str())).cloned();
        let (who, name, local) = match &owner {
            Some(agency) => (agency.id.to_string(), agency.name.clone(), agency.bloc == Bloc::Local),
            None => ("unknown".to_owned(), texts::owner_unknown().into(), false),
        };
        let agent = self.id("agency", &who);
        self.thing(&agent, &["foaf:Agent"]);
        self.graph.name(&agent, "foaf:name", &name);
        let kind = if local {
            "purl:publishertype/RegionalAuthority"
        } else {
            "purl:publishertype/NationalAuthority"
        };
        self.graph.link(&agent, "dct:type", kind);
        self.graph.link(subject, "dct:publisher", &agent);
        self.contact(subject, &who, &name);
    }

    fn law(&mut self, subject: &str, text: &str) {
        let law = self.id("law", text);
        self.thing(&law, &["eli:LegalResource"]);
        self.graph.add(&law, "dct:title", Object::In("vi", text.to_owned()));
        self.graph.link(subject, "dcatap:applicableLegislation", &law);
    }

    fn page(&mut self, path: &str) -> String {
        let page = format!("{}{path}", self.base);
        self.thing(&page, &["foaf:Document", "rdfs:Resource"]);
        page
    }

    fn distribution(
        &mut self,
        of: &str,
        distribution: &str,
        name: &Name,
        address: &str,
        file: &str,
        media: &str,
    ) {
        self.thing(distribution, &["dcat:Distribution"]);
        self.graph.name(distribution, "dct:title", name);
        self.graph.name(distribution, "dct:description", name);
        self.thing(address, &["rdfs:Resource"]);
        self.graph.link(distribution, "dcat:accessURL", address);
        self.graph.link(distribution, "dct:format", &format!("eu:file-type/{file}"));
        self.graph.link(distribution, "dcat:mediaType", &format!("iana:{media}"));
        self.graph.link(distribution, "dcatap:availability", "eu:planned-availability/AVAILABLE");
        self.graph.link(of, "dcat:distribution", distribution);
    }

    /// The entry of the catalogue that tells of a thing.
    fn record(&mut self, kind: &str, name: &str, of: &str, dates: Dates) {
        let catalogue = self.id("catalogue", "dcat");
        let record = self.id(&format!("record/{kind}"), name);
        self.thing(&record, &["dcat:CatalogRecord"]);
        self.graph.link(&record, "foaf:primaryTopic", of);
        self.graph.day(&record, "dct:issued", dates.issued);
        self.graph.day(&record, "dct:modified", dates.modified);
        let state = if dates.issued == dates.modified { "created" } else { "updated" };
        self.graph.link(&record, "adms:status", &format!("purl:changetype/{state}"));
        self.graph.link(&record, "dct:conformsTo", PROFILE);
        self.graph.link(&record, "dct:language", "eu:language/VIE");
        self.graph.link(&catalogue, "dcat:record", &record);
    }

    fn dataset(&mut self, database: &Database, services: &[(Service, Option<String>)], dates: Dates) {
        let dataset = self.id("database", &database.id);
        self.thing(&dataset, &["dcat:Dataset", "dcat:Resource"]);
        self.graph.link(&self.id("catalogue", "dcat"), "dcat:dataset", &dataset);
        self.graph.add(&dataset, "dct:identifier", Object::Plain(database.id.clone()));
        self.graph.name(&dataset, "dct:title", &database.name);
        match &database.scope {
            Some(scope) => self.graph.add(&dataset, "dct:description", Object::In("vi", scope.clone())),
            None => self.graph.name(&dataset, "dct:description", &database.name),
        }
        self.publisher(&dataset, database);
        let keywords: Vec<Words> =
            database.master_data.iter().map(|datum| Words::from(&datum.name)).collect();
        let own = [Words::from(&database.name)];
        self.common(&dataset, if keywords.is_empty() { &own } else { &keywords });
        let personal = !matches!(database.personal_data, Some(PersonalData::None));
        if personal && database.personal_data.is_some() {
            self.graph.link(&dataset, "dcat:theme", "eu:data-theme/SOCI");
        }
        // What is not known to hold no personal data is treated as if it did.
        let access = if personal { "NON_PUBLIC" } else { "RESTRICTED" };
        self.graph.link(&dataset, "dct:accessRights", &format!("eu:access-right/{access}"));
        let begun = database.declared.as_ref().map_or(dates.issued, |declared| declared.since);
        self.period(&dataset, begun, dates.modified);
        self.graph.day(&dataset, "dct:issued", begun.min(dates.issued));
        self.graph.day(&dataset, "dct:modified", dates.modified);
        if let Some(basis) = &database.legal_basis {
            self.law(&dataset, basis);
        }
        let page = self.page(&format!("api/v1/databases/{}", encode_part(&database.id)));
        self.graph.link(&dataset, "dcat:landingPage", &page);
        let closed = self.id("licence", "state-agencies");
        for (service, _) in services {
            let name = texts::through_service(&Words::from(&service.name)).into();
            let distribution = self.id("distribution", service.id.as_str());
            self.distribution(&dataset, &distribution, &name, &page, "JSON", "application/json");
            self.graph.link(&distribution, "dct:license", &closed);
            let service = self.id("service", service.id.as_str());
            self.graph.link(&distribution, "dcat:accessService", &service);
        }
        if services.is_empty() {
            let name = texts::no_service_yet().into();
            let distribution = format!("{dataset}/description");
            self.distribution(&dataset, &distribution, &name, &page, "JSON", "application/json");
            self.graph.link(&distribution, "dct:license", &closed);
        }
        self.record("database", &database.id, &dataset, dates);
    }

    fn open_set(&mut self, database: &Database, set: &open::Listed, dates: Dates) {
        let name = format!("{}/{}", database.id, set.code);
        let dataset = self.id("open", &name);
        self.thing(&dataset, &["dcat:Dataset", "dcat:Resource"]);
        self.graph.link(&self.id("catalogue", "dcat"), "dcat:dataset", &dataset);
        self.graph.add(&dataset, "dct:identifier", Object::Plain(name.clone()));
        self.graph.name(&dataset, "dct:title", &set.name);
        let fields = set.fields.join(", ");
        self.text(&dataset, "dct:description", texts::public_fields(&fields));
        self.publisher(&dataset, database);
        self.common(&dataset, &[texts::open_data_keyword()]);
        self.graph.link(&dataset, "dct:accessRights", "eu:access-right/PUBLIC");
        self.graph.link(
            &dataset,
            "dct:accrualPeriodicity",
            &format!("eu:frequency/{}", frequency(set.update)),
        );
        self.period(&dataset, dates.issued, dates.modified);
        self.graph.day(&dataset, "dct:issued", dates.issued);
        self.graph.day(&dataset, "dct:modified", dates.modified);
        let page = self.page(&format!("api/v1/databases/{}", encode_part(&database.id)));
        self.graph.link(&dataset, "dcat:landingPage", &page);
        let distribution = format!("{dataset}/distribution");
        self.distribution(&dataset, &distribution, &set.name, &page, "JSON", "application/json");
        self.graph.link(&distribution, "dct:license", &self.id("licence", "open"));
        self.graph.link(&distribution, "dcat:accessService", &self.id("service", &set.service));
        self.record("open", &name, &dataset, dates);
    }

    fn service(&mut self, database: &Database, service: &Service, contract: Option<&str>, dates: Dates) {
        let iri = self.id("service", service.id.as_str());
        self.thing(&iri, &["dcat:DataService", "dcat:Resource"]);
        self.graph.link(&self.id("catalogue", "dcat"), "dcat:service", &iri);
        self.graph.add(&iri, "dct:identifier", Object::Plain(service.id.to_string()));
        self.graph.name(&iri, "dct:title", &service.name);
        self.graph.name(&iri, "dct:description", &service.name);
        self.publisher(&iri, database);
        self.graph.link(&iri, "dcat:theme", "eu:data-theme/GOVE");
        self.graph.name(&iri, "dcat:keyword", &service.name);
        // It is called through the caller's own node, so its address is a name that every node knows.
        let endpoint = format!("urn:lienthong:service:{}", service.id);
        let described = match contract {
            Some(contract) => format!("api/v1/contracts/{}", encode_part(contract)),
            None => format!("api/v1/registry/services/{}", encode_part(service.id.as_str())),
        };
        let described = self.page(&described);
        self.thing(&endpoint, &["rdfs:Resource"]);
        self.graph.link(&iri, "dcat:endpointURL", &endpoint);
        self.graph.link(&iri, "dcat:endpointDescription", &described);
        if contract.is_some() {
            self.graph.link(&iri, "dct:conformsTo", STANDARD);
        }
        self.graph.link(&iri, "dcat:servesDataset", &self.id("database", &database.id));
        self.graph.link(&iri, "dct:accessRights", "eu:access-right/RESTRICTED");
        self.graph.link(&iri, "dct:license", &self.id("licence", "state-agencies"));
        self.graph.link(&iri, "dct:format", "eu:file-type/JSON");
        self.record("service", service.id.as_str(), &iri, dates);
    }
}

fn frequency(update: Update) -> &'static str {
    match update {
        Update::Continuous => "UPDATE_CONT",
        Update::Daily => "DAILY",
        Update::Weekly => "WEEKLY",
        Update::Monthly => "MONTHLY",
        Update::Quarterly => "QUARTERLY",
        Update::Annual => "ANNUAL",
        Update::Irregular => "IRREG",
    }
}
