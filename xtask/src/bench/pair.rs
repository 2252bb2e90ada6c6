//! A hub and two nodes, by the commands that an operator would use.

use std::fs;
use std::process::Command;

use crate::bench::processes::{Processes, free_port, pause, program, wait_for};
use crate::tools::capture;

/// What every measurement's registry has; the service and its grant come behind.
const REGISTRY: &str = r#"
{ kind: Agency, id: VN/GOV/G01, name: { vi: A, en: A }, bloc: government }
---
{ kind: Agency, id: VN/LOC/H05, name: { vi: B, en: B }, bloc: local }
---
{ kind: System, id: VN/GOV/G01/dan-cu, name: { vi: A, en: A } }
---
{ kind: System, id: VN/LOC/H05/mot-cua, name: { vi: B, en: B } }
---
{ kind: Node, id: VN/LOC/H05/nut-1, address: "CONSUMER", systems: [VN/LOC/H05/mot-cua] }
---
{ kind: Purpose, code: do, name: { vi: Đo, en: Measurement } }
---
{ kind: LegalBasis, code: do, ground: not_personal, citation: đo tốc độ }
---
"#;

/// Who changes the registry, and why.
const OFFICER: [&str; 4] = ["--officer", "hub/quan-tri.json", "--reason", "bench"];

/// The node of the provider's agency that is measured where there is one.
pub(crate) const PROVIDER: &str = "provider";

/// Starts them as `provider` and `consumer`, with `service` (documents of the registry) behind the provider by `settings`. Returns the
/// port of the consumer's edge; the caller's token is in the file `token`.
pub(crate) fn start(processes: &mut Processes, service: &str, settings: &str) -> Result<u16, String> {
    start_with(processes, service, settings, &[PROVIDER])
}

/// As [`start`], with several nodes at the provider's agency, by their names.
pub(crate) fn start_with(
    processes: &mut Processes,
    service: &str,
    settings: &str,
    providers: &[&str],
) -> Result<u16, String> {
    let [hub, consumer, edge] = [free_port()?, free_port()?, free_port()?];
    let listen = format!("127.0.0.1:{hub}");
    processes.lienthong(&[
        &["hub", "init", "--dir", "hub", "--listen", &listen],
        &["--url", &format!("https://{listen}/")],
    ])?;
    processes.spawn("hub", Command::new(program()).args(["hub", "run", "--dir", "hub"]))?;
    wait_for(hub)?;
    let mut registry = REGISTRY.replace("CONSUMER", &format!("127.0.0.1:{consumer}"));
    let mut peers = Vec::new();
    for (number, name) in providers.iter().enumerate() {
        let (id, port) = (format!("VN/GOV/G01/nut-{}", number + 1), free_port()?);
        registry.push_str(&format!(
            "{{ kind: Node, id: {id}, address: \"127.0.0.1:{port}\", systems: [VN/GOV/G01/dan-cu] }}\n---\n"
        ));
        peers.push((*name, id, port));
    }
    fs::write(processes.folder.join("registry.yaml"), registry + service)
        .map_err(|error| error.to_string())?;
    processes.lienthong(&[&["apply", "-f", "registry.yaml"], &OFFICER])?;
    for (name, id, port) in &peers {
        join(processes, name, id, *port, free_port()?)?;
        let path = processes.folder.join(name).join("node.toml");
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        fs::write(&path, text + settings).map_err(|error| error.to_string())?;
    }
    join(processes, "consumer", "VN/LOC/H05/nut-1", consumer, edge)?;
    processes.lienthong(&[
        &["node", "token", "--dir", "consumer"],
        &["--system", "VN/LOC/H05/mot-cua", "--out", "token"],
    ])?;
    let nodes = peers.iter().map(|(name, _, port)| (*name, *port)).chain([("consumer", edge)]);
    for (name, port) in nodes {
        run(processes, name)?;
        wait_for(port)?;
    }
    Ok(edge)
}

/// Runs the node of that name.
pub(crate) fn run(processes: &mut Processes, name: &str) -> Result<(), String> {
    let mut node = Command::new(program());
    processes.spawn(name, node.args(["node", "run", "--dir", name]).env("RUST_LOG", "warn"))
}

/// Invites a node and has it join.
fn join(processes: &Processes, name: &str, id: &str, peer: u16, edge: u16) -> Result<(), String> {
    let invitation = format!("{name}.json");
    processes.lienthong(&[&["hub", "invite", id, "--out", &invitation], &OFFICER])?;
    processes.lienthong(&[
        &["node", "join", "--dir", name, "--invitation", &invitation],
        &["--peer", &format!("127.0.0.1:{peer}"), "--edge", &format!("127.0.0.1:{edge}")],
    ])?;
    Ok(())
}

/// The headers of the caller, as curl and wrk take them.
pub(crate) fn headers(processes: &Processes) -> Result<[String; 6], String> {
    let token = fs::read_to_string(processes.folder.join("token")).map_err(|error| error.to_string())?;
    let [client, purpose] = ["X-Road-Client: VN/LOC/H05/mot-cua", "Lienthong-Purpose: do"];
    Ok(["-H", client, "-H", purpose, "-H", token.trim()].map(str::to_owned))
}

/// Waits until a call is answered.
pub(crate) fn answered(processes: &Processes, address: &str) -> Result<(), String> {
    let headers = headers(processes)?;
    for _ in 0..1000 {
        let mut curl = Command::new("curl");
        if capture(curl.args(["-s", "-f", "-o", "/dev/null"]).args(&headers).arg(address)).is_ok() {
            return Ok(());
        }
        pause();
    }
    Err("the nodes carry nothing after their start".into())
}
