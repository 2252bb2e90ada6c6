//! Who signs in at the one-stop offices, and where: some of the nation's citizens, and officers who are invited at the offices' nodes and
//! take their invitations as anybody does, with a browser, by the play provider.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use exchange::backend::http_api::WebClient;
use exchange::{CasesSettings, PeopleSettings, ProviderSettings, body};
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request, Response};
use model::agency::Name;
use model::fault::Fault;
use model::person::PersonId;
use model::words::Words;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Serialize;
use tokio::process::Command;
use trust::web::{client as web_client, fetch};
use url::Url;

use crate::nation::Nation;
use crate::office::Office;
use crate::processes::{free_address, step};
use crate::provider::{Account, BORN, CERTIFICATE, Client, LEVELS, NAME, NUMBER, Settings};
use crate::registry::{COMMUNE_DESK, NodePlan, PROVINCE_DESK};
use crate::texts;

/// What the provider is called in addresses.
const PROVIDER: &str = "vneid-thu";
const SECRET_FILE: &str = "vneid-thu.secret";
/// Longest wait for a page.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);
const PAGE_MAX_BYTES: usize = 1024 * 1024;

/// Where persons come in: the offices' addresses, and the provider.
pub(crate) struct Doors {
    /// The provider's folder.
    pub(crate) folder: PathBuf,
    provider: Settings,
    /// Of each one-stop system, where its node takes cases.
    cases: BTreeMap<&'static str, SocketAddr>,
    /// Who signs in where.
    citizens: Vec<(&'static str, Account)>,
    officers: Vec<(&'static str, &'static [&'static str], Account)>,
}

/// Who can sign in.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Visitors {
    pub(crate) citizens: Vec<Visitor>,
    pub(crate) officers: Vec<Visitor>,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Visitor {
    pub(crate) number: String,
    pub(crate) name: String,
    /// The office where they have something to do.
    pub(crate) url: String,
    /// What they may try there.
    pub(crate) tries: Words,
}

impl Doors {
    /// Sets the provider up, for the nodes that are to be.
    pub(crate) fn set_up(state: &Path, nation: &Nation) -> Result<Self, Fault> {
        let cases = [COMMUNE_DESK, PROVINCE_DESK]
            .into_iter()
            .map(|system| Ok((system, free_address()?)))
            .collect::<Result<BTreeMap<_, _>, Fault>>()?;
        let back = |(system, address): (&&'static str, &SocketAddr)| {
            let back = format!("https://{address}/sign-in/{PROVIDER}/return")
                .parse()
                .map_err(|_| step("provider", system))?;
            Ok(Client { id: client_id(system), secret: trust::hex(&trust::signer::random::<32>()), back })
        };
        let clients = cases.iter().map(back).collect::<Result<Vec<_>, Fault>>()?;
        let too_small = || step("nation", "it is too small");
        let citizens = citizens(nation).ok_or_else(too_small)?;
        let officers = officers(nation).ok_or_else(too_small)?;
        let people =
            citizens.iter().map(|(_, account)| account).chain(officers.iter().map(|(_, _, account)| account));
        let people = people.cloned().collect();
        let provider = Settings { listen: free_address()?, clients, people };
        let folder = state.join("provider");
        provider.write(&folder)?;
        Ok(Self { folder, provider, cases, citizens, officers })
    }

    /// Where the node of a one-stop system takes cases.
    pub(crate) fn cases(&self, system: &str) -> Result<SocketAddr, Fault> {
        self.cases.get(system).copied().ok_or_else(|| step("office", system))
    }

    /// What the settings of a node say of cases and of persons, if a one-stop system calls through it.
    pub(crate) fn settings(&self, plan: &NodePlan) -> Result<String, Fault> {
        #[derive(Serialize)]
        struct Both {
            cases: CasesSettings,
            people: PeopleSettings,
        }
        let Some((system, listen)) = self.cases.iter().find(|(system, _)| plan.systems.contains(system))
        else {
            return Ok(String::new());
        };
        let bad = |why: String| step(system, &why);
        let both = serde_json::json!({
            "cases": { "listen": listen, "tls": true, "system": system },
            "people": {
                "url": format!("https://{listen}/"),
                "providers": { PROVIDER: self.registration(system) },
            },
        });
        let read = |part: &str| both.get(part).cloned().unwrap_or_default();
        let cases = serde_json::from_value(read("cases")).map_err(|error| bad(error.to_string()))?;
        let people = serde_json::from_value(read("people")).map_err(|error| bad(error.to_string()))?;
        let text = toml::to_string(&Both { cases, people }).map_err(|error| bad(error.to_string()))?;
        Ok(format!("\n{text}"))
    }

    /// What a node is at the provider.
    fn registration(&self, system: &str) -> ProviderSettings {
        let levels: BTreeMap<&str, u8> = LEVELS.into_iter().collect();
        ProviderSettings {
            title: Name::from(texts::play_title()),
            issuer: self.provider.issuer(),
            client_id: client_id(system),
            secret_file: PathBuf::from(SECRET_FILE),
            authority: self.folder.join(CERTIFICATE),
            scopes: Vec::new(),
            number_claim: NUMBER.to_owned(),
            name_claim: Some(NAME.to_owned()),
            birth_claim: Some(BORN.to_owned()),
            levels: serde_json::from_value(serde_json::json!(levels)).unwrap_or_default(),
            play: true,
        }
    }

    /// The secret of a node at the provider, into its folder.
    pub(crate) fn write_secret(&self, plan: &NodePlan, folder: &Path) -> Result<(), Fault> {
        let system = self.cases.keys().find(|system| plan.systems.contains(system));
        let client = system
            .and_then(|system| self.provider.clients.iter().find(|client| client.id == client_id(system)));
        match client {
            Some(client) => {
                operate::client::write_private(&folder.join(SECRET_FILE), client.secret.as_bytes())
            }
            None => Ok(()),
        }
    }
}

/// `H05.101` at the provider.
fn client_id(system: &str) -> String {
    system.rsplit('/').nth(1).unwrap_or_default().to_owned()
}

/// Citizens who have something to do, and the office where they do it.
fn citizens(nation: &Nation) -> Option<Vec<(&'static str, Account)>> {
    let (couple, grader, others) = (nation.expecting_couple()?, nation.first_grader()?, nation.applicants()?);
    let ([owner, ..], [mandated, .., representative, _, _, _]) = (&others.landowners, &others.adults);
    let child = nation.person(&grader.child)?;
    let (ward, seeker) =
        (nation.person(&others.guardian.other)?, nation.person(&nation.extract_seeker()?.person)?);
    let all = [
        (couple.mother, COMMUNE_DESK, texts::tries_birth()),
        (couple.father, COMMUNE_DESK, texts::tries_birth()),
        (grader.mother, COMMUNE_DESK, texts::tries_child(&child.name, child.id)),
        (nation.single_adult()?.person, COMMUNE_DESK, texts::tries_marital()),
        (owner.person, COMMUNE_DESK, texts::tries_residence(&owner.commune)),
        (nation.licence_holder()?.person, PROVINCE_DESK, texts::tries_licence()),
        (*representative, PROVINCE_DESK, texts::tries_company()),
        (others.guardian.person, COMMUNE_DESK, texts::tries_ward(&ward.name, ward.id)),
        (
            *mandated,
            COMMUNE_DESK,
            texts::tries_mandate(&seeker.name, seeker.id, &nation.extract_seeker()?.birth),
        ),
    ];
    all.into_iter().map(|(id, desk, tries)| Some((desk, account(nation, &id, &tries)?))).collect()
}

/// Officers, with their offices and what they may do beside looking.
fn officers(nation: &Nation) -> Option<Vec<(&'static str, &'static [&'static str], Account)>> {
    let [.., one, two, three] = nation.applicants()?.adults;
    let all: [(PersonId, &str, &[&str]); 3] = [
        (one, COMMUNE_DESK, &["look", "work", "decide"]),
        (two, COMMUNE_DESK, &["look", "work"]),
        (three, PROVINCE_DESK, &["look", "work", "decide"]),
    ];
    let officer = |(id, desk, rights): (PersonId, &'static str, &'static [&'static str])| {
        let tries =
            if rights.contains(&"decide") { texts::officer_decides() } else { texts::officer_works() };
        Some((desk, rights, account(nation, &id, &tries)?))
    };
    all.into_iter().map(officer).collect()
}

fn account(nation: &Nation, id: &PersonId, tries: &Words) -> Option<Account> {
    let person = nation.person(id)?;
    let (vi, en) = (tries.vi().to_owned(), tries.en().to_owned());
    Some(Account { number: id.to_string(), name: person.name.clone(), born: person.born.to_string(), vi, en })
}

/// Invites officers at their nodes, and has them take their invitations.
pub(crate) async fn enrol(offices: &[Office], doors: &Doors) -> Result<Visitors, Fault> {
    let office = |system: &str| {
        offices.iter().find(|office| office.system == system).ok_or_else(|| step("office", system))
    };
    let visitor = |account: &Account, url: String| Visitor {
        number: account.number.clone(),
        name: account.name.clone(),
        url,
        tries: Words::new(&account.vi, &account.en),
    };
    let mut visitors = Visitors::default();
    for (system, account) in &doors.citizens {
        visitors.citizens.push(visitor(account, office(system)?.url.clone()));
    }
    for (system, rights, account) in &doors.officers {
        let office = office(system)?;
        let address = invite(office, account, rights).await?;
        Browser::new(doors, office)?.sign_in(&address, &account.number).await?;
        visitors.officers.push(visitor(account, format!("{}can-bo", office.url)));
    }
    Ok(visitors)
}

/// Invites an officer by the command that stands beside each node; gives the address at which they sign in for the first time.
async fn invite(office: &Office, account: &Account, rights: &[&str]) -> Result<String, Fault> {
    let failed = |why: String| step("invite-officer", &why);
    let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
    let letter = office.folder.join(format!("{}.invitation", account.number));
    let mut command = Command::new(program);
    command.args(["node", "invite-officer", "--dir"]).arg(&office.folder);
    command
        .args(["--name", &account.name, "--unit", texts::one_stop_unit().vi(), "--by", "demo", "--out"])
        .arg(&letter);
    command.args(rights.iter().flat_map(|right| ["--right", right]));
    let done = command.output().await.map_err(|error| failed(error.to_string()))?;
    if !done.status.success() {
        return Err(failed(String::from_utf8_lossy(&done.stderr).into_owned()));
    }
    let text = std::fs::read_to_string(&letter).map_err(|error| failed(error.to_string()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// What goes from an office to the provider and back, as a browser does.
struct Browser {
    client: WebClient,
}

impl Browser {
    fn new(doors: &Doors, office: &Office) -> Result<Self, Fault> {
        let failed = |why: String| step("sign-in", &why);
        let own = CertificateDer::from_pem_file(doors.folder.join(CERTIFICATE))
            .map_err(|error| failed(error.to_string()))?;
        let tls = trust::tls::web_client(&[own, office.certificate.clone()])
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self { client: web_client(tls) })
    }

    /// Somebody opens an address that leads to the provider, says there who they are, and is led back.
    async fn sign_in(&self, address: &str, number: &str) -> Result<(), Fault> {
        let sent_off = self.send("GET", address, "", None).await?;
        let cookies = cookies(sent_off.headers());
        let provider = location(&sent_off)?;
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(provider.query_pairs()).append_pair("who", number).append_pair("acr", "muc-2");
        let mut place = provider.clone();
        place.set_query(None);
        let back = location(&self.send("POST", place.as_str(), &form.finish(), None).await?)?;
        self.send("GET", back.as_str(), "", Some(&cookies)).await.map(drop)
    }

    /// Sends something that is answered by leading on.
    async fn send(
        &self,
        method: &str,
        address: &str,
        form: &str,
        cookies: Option<&str>,
    ) -> Result<Response<bytes::Bytes>, Fault> {
        let failed = |why: String| step("sign-in", &why);
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(cookies) = cookies {
            request = request.header(COOKIE, cookies);
        }
        let request =
            request.body(body::whole(form.to_owned())).map_err(|error| failed(error.to_string()))?;
        let answer = fetch(&self.client, request, PATIENCE, PAGE_MAX_BYTES).await.map_err(failed)?;
        if !answer.status().is_redirection() {
            return Err(failed(format!(
                "{address}: {} {}",
                answer.status(),
                String::from_utf8_lossy(answer.body())
            )));
        }
        Ok(answer)
    }
}

fn location(answer: &Response<bytes::Bytes>) -> Result<Url, Fault> {
    let place = answer
        .headers()
        .get(LOCATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok());
    place.ok_or_else(|| step("sign-in", "it leads nowhere"))
}

fn cookies(headers: &HeaderMap) -> String {
    let all = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()?.split(';').next());
    all.collect::<Vec<_>>().join("; ")
}
