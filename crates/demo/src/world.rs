//! The nation as processes: a hub, nodes, and the agencies' applications, each with its folder below the state folder.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use exchange::backend::http_api::WebClient;
use exchange::{StateFolder, body};
use http::Request;
use hub::HubSettings;
use hub::running::node::Invitation;
use hub::running::sandbox::SandboxSettings;
use model::fault::Fault;
use model::id::{NodeId, SystemId};
use operate::client::{HubClient, Officer, write_private};
use operate::registry::send;
use operate::setup::{join, make_hub, make_token};
use operate::trouble::Trouble;
use serde_json::{Value, json};
use trust::batch::Form;
use trust::web::{client as web_client, fetch};

use crate::Voice;
use crate::confirming;
use crate::databases::{Homes, Servers};
use crate::desk::Desk;
use crate::measuring::Measuring;
use crate::nation::{Nation, TableRows};
use crate::office::Office;
use crate::people::{self, Person};
use crate::processes::{Process, free_address, step};
use crate::registry::{COMMUNE_DESK, EDUCATION, NODES, NodePlan, PROVINCE_DESK, Registry};
use crate::systems::LOSE_NEXT;
use crate::texts;
use crate::visitors::{self, Doors, Visitors};

/// The running nation.
pub(crate) struct World {
    /// Where everything is kept.
    pub(crate) state: PathBuf,
    pub(crate) hub_url: String,
    /// The nodes, as [`NODES`] names them.
    pub(crate) nodes: Vec<RunningNode>,
    pub(crate) registry: Registry,
    /// Who has an account.
    pub(crate) people: Vec<Person>,
    /// Who signs in at the offices.
    pub(crate) visitors: Visitors,
    pub(crate) commune: Desk,
    pub(crate) province: Desk,
    /// The education ministry's system, which nobody has granted anything.
    pub(crate) education: Desk,
    /// The one-stop offices: of the commune, of the province.
    pub(crate) offices: Vec<Office>,
    hub: Process,
    _systems: Process,
    /// Results that cases of the day have given, by their kind.
    pub(crate) results: BTreeMap<&'static str, String>,
    /// Where the agencies' applications are.
    applications: SocketAddr,
    watcher: WebClient,
}

pub(crate) struct RunningNode {
    pub(crate) id: NodeId,
    pub(crate) edge: SocketAddr,
    pub(crate) folder: StateFolder,
    process: Process,
}

impl World {
    /// Sets the nation up in `state` and waits until it answers.
    pub(crate) async fn start(
        state: &Path,
        nation: &Nation,
        servers: &Servers,
        voice: Voice,
    ) -> Result<Self, Trouble> {
        let logs = state.join("logs");
        for folder in [state, &logs] {
            trust::file::create_private_folder(folder)
                .map_err(|error| step("state", &format!("{}: {error}", folder.display())))?;
        }
        let doors = Doors::set_up(state, nation)?;
        let (systems, applications) = start_systems(&logs, &doors)?;
        let addresses = NODES
            .iter()
            .map(|_| Ok((free_address()?, free_address()?)))
            .collect::<Result<Vec<_>, Fault>>()?;
        let sandbox = sandbox(&addresses)?;
        let (hub, hub_address, officer) = start_hub(state, &logs, sandbox).await?;
        let client = HubClient::of(&officer)?;

        let commune = nation.commune().ok_or_else(|| step("nation", "it has no commune"))?;
        let peers: Vec<SocketAddr> = addresses.iter().map(|(peer, _)| *peer).collect();
        let registry = Registry::new(&peers, commune)?;
        send(&client, &registry.documents, &texts::nation_set_up().both(), false).await?;

        voice.say(&format!("  {}", voice.of(&texts::accounts_made())));
        let people = people::hire(state, &officer, &client).await?;
        confirming::confirm(&people).await?;
        voice.say(&format!("  {}", voice.of(&texts::databases_made())));
        let plan = Plan { state, client: &client, applications, doors: &doors };
        let nodes = plan.start_nodes(&nation.tables(), servers, addresses).await?;
        let tls = trust::tls::web_client(&[]).map_err(|error| step("tls", &error.to_string()))?;
        let watcher = web_client(tls);
        let desk = |system: &str| -> Result<Desk, Fault> {
            let node = node_of(&nodes, system)?;
            Desk::new(node.edge, system, &token_path(&node.folder))
        };
        let (commune, province, education) = (desk(COMMUNE_DESK)?, desk(PROVINCE_DESK)?, desk(EDUCATION)?);
        let office = |system: &str| -> Result<Office, Fault> {
            let node = node_of(&nodes, system)?;
            Office::new(&node.folder, doors.cases(system)?, system, &token_path(&node.folder))
        };
        let offices = vec![office(COMMUNE_DESK)?, office(PROVINCE_DESK)?];
        let hub_url = format!("https://{hub_address}/");
        let mut world = Self {
            state: state.to_owned(),
            hub_url,
            nodes,
            registry,
            people,
            visitors: Visitors::default(),
            commune,
            province,
            education,
            offices,
            hub,
            _systems: systems,
            results: BTreeMap::new(),
            applications,
            watcher,
        };
        let revision =
            client.get("health").await?.get("revision").and_then(Value::as_u64).unwrap_or_default();
        world.wait_for_directory(revision).await?;
        world.visitors = visitors::enrol(&world.offices, &doors).await?;
        Ok(world)
    }

    /// Where a node is among them.
    pub(crate) fn index_of(id: &str) -> Result<usize, Fault> {
        NODES.iter().position(|plan| plan.id == id).ok_or_else(|| step("node", id))
    }

    /// The office of a one-stop system.
    pub(crate) fn office(&self, system: &str) -> Result<&Office, Fault> {
        self.offices.iter().find(|office| office.system == system).ok_or_else(|| step("office", system))
    }

    /// Has the node at `index` stand still for a while.
    pub(crate) fn pause_node(&mut self, index: usize, time: std::time::Duration) -> Result<(), Fault> {
        self.node(index)?.process.pause(time)
    }

    /// The next deed that an application does is done, and its answer breaks off.
    pub(crate) async fn lose_next_answer(&self) -> Result<(), Fault> {
        let failed = |why: String| step("systems", &why);
        let request = Request::post(format!("http://{}{LOSE_NEXT}", self.applications)).body(body::whole(""));
        let request = request.map_err(|error| failed(error.to_string()))?;
        let answer = fetch(&self.watcher, request, std::time::Duration::from_secs(2), 1024).await;
        let status = answer.map_err(failed)?.status();
        if status.is_success() { Ok(()) } else { Err(failed(status.to_string())) }
    }

    /// Waits until every node decides from directory `revision` or a later one.
    pub(crate) async fn wait_for_directory(&mut self, revision: u64) -> Result<(), Fault> {
        for node in &mut self.nodes {
            let (edge, watcher) = (node.edge, &self.watcher);
            node.process
                .ready(async || health(watcher, edge).await.is_some_and(|found| found >= revision))
                .await?;
        }
        Ok(())
    }

    /// Kills the node at `index` as a crash would.
    pub(crate) async fn kill_node(&mut self, index: usize) -> Result<(), Fault> {
        self.node(index)?.process.kill().await
    }

    /// Starts a node that was killed.
    pub(crate) async fn restart_node(&mut self, index: usize) -> Result<(), Fault> {
        let logs = self.state.join("logs");
        let node = self.node(index)?;
        node.process = run_node(&node.folder, &node.id, &logs)?;
        let (edge, watcher) = (node.edge, self.watcher.clone());
        self.node(index)?.process.ready(async || health(&watcher, edge).await.is_some()).await
    }

    /// Kills the hub as a crash would.
    pub(crate) async fn kill_hub(&mut self) -> Result<(), Fault> {
        self.hub.kill().await
    }

    pub(crate) async fn restart_hub(&mut self) -> Result<(), Trouble> {
        self.hub = run_hub(&self.state, &self.state.join("logs")).await?;
        Ok(())
    }

    /// The hub, in its first officer's name.
    pub(crate) fn officer(&self) -> Result<HubClient, Fault> {
        HubClient::of(&Officer::read(&officer_path(&self.state))?)
    }

    /// The file with the token of the desk at a node.
    pub(crate) fn token_file(&self, desk: &Desk) -> PathBuf {
        node_of(&self.nodes, &desk.system).map(|node| token_path(&node.folder)).unwrap_or_default()
    }

    fn node(&mut self, index: usize) -> Result<&mut RunningNode, Fault> {
        self.nodes.get_mut(index).ok_or_else(|| step("node", &index.to_string()))
    }
}

/// The node through which a system calls.
fn node_of<'n>(nodes: &'n [RunningNode], system: &str) -> Result<&'n RunningNode, Fault> {
    let at = NODES.iter().position(|plan| plan.systems.contains(&system));
    at.and_then(|at| nodes.get(at)).ok_or_else(|| step("node", system))
}

/// Starts the agencies' applications, and tells where they are.
fn start_systems(logs: &Path, doors: &Doors) -> Result<(Process, SocketAddr), Fault> {
    let applications = free_address()?;
    let provider = doors.folder.display().to_string();
    let arguments = ["demo", "--systems", &applications.to_string(), "--provider", &provider];
    Ok((Process::start("systems", logs, &arguments)?, applications))
}

fn officer_path(state: &Path) -> PathBuf {
    state.join("hub").join(format!("{}.json", hub::FIRST_OFFICER))
}

fn token_path(folder: &StateFolder) -> PathBuf {
    folder.0.join("system.token")
}

/// Calls are tried in the name of the province's desk, at its own node.
fn sandbox(addresses: &[(SocketAddr, SocketAddr)]) -> Result<SandboxSettings, Fault> {
    let bad = |why: &str| step("practice", why);
    let plan = NODES.iter().zip(addresses).find(|(plan, _)| plan.systems.contains(&PROVINCE_DESK));
    let (plan, (_, edge)) = plan.ok_or_else(|| bad("no node serves it"))?;
    let id: NodeId = plan.id.parse().map_err(|_| bad(plan.id))?;
    let node = StateFolder(PathBuf::from("../nodes").join(name_of(&id)));
    Ok(SandboxSettings {
        edge: format!("http://{edge}/").parse().map_err(|_| bad("its address"))?,
        client: PROVINCE_DESK.parse().map_err(|_| bad(PROVINCE_DESK))?,
        token_file: token_path(&node),
    })
}

async fn start_hub(
    state: &Path,
    logs: &Path,
    sandbox: SandboxSettings,
) -> Result<(Process, SocketAddr, Officer), Trouble> {
    let listen = free_address()?;
    let url = format!("https://{listen}/")
        .parse()
        .map_err(|error: url::ParseError| step("hub", &error.to_string()))?;
    let settings = HubSettings {
        instance: "VN".into(),
        listen,
        metrics: None,
        url,
        database: "sqlite:hub.db".into(),
        directory_days: 7,
        security_level: hub::people::account::NATIONAL,
        accounts: hub::people::account::AccountRules::default(),
        oidc: None,
        mail: None,
        webhooks: None,
        sandbox: Some(sandbox),
        brief: hub::running::brief::BriefSettings::default(),
    };
    make_hub(&state.join("hub"), &settings).await?;
    let officer = Officer::read(&officer_path(state))?;
    Ok((run_hub(state, logs).await?, listen, officer))
}

async fn run_hub(state: &Path, logs: &Path) -> Result<Process, Trouble> {
    let folder = state.join("hub");
    let client = HubClient::of(&Officer::read(&officer_path(state))?)?;
    let mut process = Process::start("hub", logs, &["hub", "run", "--dir", &folder.display().to_string()])?;
    process.ready(async || client.get("health").await.is_ok()).await?;
    Ok(process)
}

/// What nodes are started with.
#[derive(Clone, Copy)]
struct Plan<'a> {
    state: &'a Path,
    client: &'a HubClient,
    applications: SocketAddr,
    doors: &'a Doors,
}

impl Plan<'_> {
    /// Starts all of them, each with its agency's database.
    async fn start_nodes(
        self,
        tables: &[TableRows],
        servers: &Servers,
        addresses: Vec<(SocketAddr, SocketAddr)>,
    ) -> Result<Vec<RunningNode>, Trouble> {
        let measuring = Measuring::fetch(self.client).await?;
        let (mut nodes, mut homes) = (Vec::new(), Homes::new(self.state, tables, servers));
        for (plan, (peer, edge)) in NODES.iter().zip(addresses) {
            let mut settings = String::new();
            if let Some((database, services)) = plan.database {
                settings = homes.home(database).await?.settings(services)?;
                settings.push_str(Measuring::settings(plan));
            }
            let node = Planned { plan, addresses: [peer, edge], settings, measuring: &measuring };
            nodes.push(node.start(self).await?);
        }
        Ok(nodes)
    }
}

/// A node that is about to be.
struct Planned<'a> {
    plan: &'a NodePlan,
    /// Of its peer port and its client edge.
    addresses: [SocketAddr; 2],
    /// Of its databases and how it measures them.
    settings: String,
    measuring: &'a Measuring,
}

impl Planned<'_> {
    /// Joins, and runs.
    async fn start(self, with: Plan<'_>) -> Result<RunningNode, Trouble> {
        let Plan { state, client, applications, doors } = with;
        let (plan, [peer, edge]) = (self.plan, self.addresses);
        let bad = |why: String| step(plan.id, &why);
        let id: NodeId = plan.id.parse().map_err(|_| bad("its identifier".into()))?;
        let name = name_of(&id);
        let folder = StateFolder(state.join("nodes").join(&name));
        let invitation: Value = client
            .post("api/v1/invitations", &json!({ "node": id, "reason": texts::demo_nation().both() }))
            .await?;
        let invitation: Invitation =
            serde_json::from_value(invitation).map_err(|error| bad(error.to_string()))?;
        let path = state.join(format!("{name}.invitation"));
        write_private(&path, &serde_json::to_vec(&invitation).unwrap_or_default())?;
        join(&folder.0, &path, peer, edge, &[], Form::Plain).await?;
        let mut settings =
            std::fs::read_to_string(folder.settings()).map_err(|error| bad(error.to_string()))?;
        // A day of the demo is short: the hub hears of its traffic every second.
        settings.insert_str(0, "usage_seconds = 1\n");
        let desk =
            plan.systems.iter().find(|system| [PROVINCE_DESK, COMMUNE_DESK, EDUCATION].contains(system));
        if desk.is_some_and(|system| *system != EDUCATION) {
            settings.insert_str(0, "procedures = true\n");
        }
        settings.push_str(&self.settings);
        for (service, path) in plan.http {
            settings.push_str(&format!(
                "\n[[services]]\nid = \"{service}\"\nurl = \"http://{applications}/{path}\"\n"
            ));
        }
        std::fs::write(folder.settings(), settings).map_err(|error| bad(error.to_string()))?;
        if plan.database.is_some() {
            self.measuring.materials.write(&folder)?;
        }
        doors.write_secret(plan, &folder.0)?;
        if let Some(system) = desk {
            let system: SystemId = system.parse().map_err(|_| bad("its system".into()))?;
            make_token(&folder.0, &system, &token_path(&folder))?;
        }
        // Cases are of a system that the settings name by now.
        let more = doors.settings(plan)?;
        let mut file = std::fs::File::options()
            .append(true)
            .open(folder.settings())
            .map_err(|error| bad(error.to_string()))?;
        file.write_all(more.as_bytes()).map_err(|error| bad(error.to_string()))?;
        let process = run_node(&folder, &id, &state.join("logs"))?;
        Ok(RunningNode { id, edge, folder, process })
    }
}

fn run_node(folder: &StateFolder, id: &NodeId, logs: &Path) -> Result<Process, Fault> {
    Process::start(&name_of(id), logs, &["node", "run", "--dir", &folder.0.display().to_string()])
}

/// A node's name among files: `G01.nut-1`.
fn name_of(id: &NodeId) -> String {
    format!("{}.{}", id.member().code(), id.code())
}

/// The number of the directory that the node at `edge` decides from; `None` if it is not healthy.
async fn health(client: &WebClient, edge: SocketAddr) -> Option<u64> {
    let request = Request::get(format!("http://{edge}/health")).body(body::whole("")).ok()?;
    let answer = fetch(client, request, std::time::Duration::from_secs(2), 64 * 1024).await.ok()?;
    let report: Value = serde_json::from_slice(answer.body()).ok()?;
    report.get("directory")?.get("revision")?.as_u64().filter(|_| answer.status().is_success())
}
