//! `lienthong node …`.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use exchange::{Node, NodeSettings, StateFolder};
use hub::kinds::Kind;
use hub::running::node::{Admission, Invitation, Joining};
use model::fault::Fault;
use model::id::{NodeId, SystemId, encode_part};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use trust::certificate;
use trust::key::SigningKey;
use url::Url;

use crate::cli;
use crate::client::{HubClient, write_private};
use crate::commands::hub::cannot_listen;
use crate::commands::registry::{items, tell_holding};
use crate::commands::{asked_to_end, end_with_stdin, noun, show};
use crate::descriptors;
use crate::output::{Trouble, print, say};

pub(super) async fn run(command: cli::Node) -> Result<ExitCode, Trouble> {
    match command {
        cli::Node::Verb(verb) => return noun::run(Kind::Node, verb).await,
        cli::Node::Join { dir, invitation, peer, edge, edge_name } => {
            join(&dir, &invitation, peer, edge, &edge_name).await?;
            let dir = dir.display();
            say(&format!(
                "Nút đã gia nhập. Khai hệ thống và dịch vụ trong {dir}/node.toml, rồi: lienthong node run --dir {dir}"
            ));
            say(&format!(
                "The node has joined. Name its systems and services in {dir}/node.toml, then: lienthong node run --dir {dir}"
            ));
        }
        cli::Node::Run { dir, until_stdin_closes } => {
            if until_stdin_closes {
                end_with_stdin();
            }
            descriptors::raise();
            carry(&dir).await?;
        }
        cli::Node::Certificates { officer, node, output } => {
            let found = items(&HubClient::at(&officer.path)?, &certificates_of(&node)).await?;
            let columns = ["usage", "sha256", "from", "to", "renewed_over", "admitted_at"];
            show::list("Certificate", &columns, &found, output)?;
        }
        cli::Node::Withdraw { officer, node, certificate, reason } => {
            withdraw(&HubClient::at(&officer.path)?, &node, &certificate, &reason).await?;
        }
        cli::Node::Token { dir, system, out } => make_token(&dir, &system, &out)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn certificates_of(node: &NodeId) -> String {
    format!("api/v1/nodes/{}/certificates", encode_part(node.as_str()))
}

/// Takes a certificate out, and tells what is left and which nodes hold that by now.
async fn withdraw(client: &HubClient, node: &NodeId, name: &str, reason: &str) -> Result<(), Trouble> {
    let path = format!("{}/{}/withdraw", certificates_of(node), encode_part(name));
    let answer = client.post(&path, &json!({ "reason": reason })).await?;
    let of = |list: &str, usage: &str| -> Vec<String> {
        let held = answer.get(list).and_then(Value::as_array).into_iter().flatten();
        let of_usage = held.filter(|held| usage.is_empty() || held.get("usage") == Some(&json!(usage)));
        of_usage
            .filter_map(|held| held.get("sha256")?.as_str())
            .map(|sha256| sha256.chars().take(16).collect())
            .collect()
    };
    let gone = of("withdrawn", "").join(", ");
    print(&format!("Đã rút {gone} của {node}. | Took {gone} of {node} out."));
    for one in of("renewed_over_it", "") {
        print(&format!(
            "Chú ý: {one} được gia hạn trên đó và vẫn dùng được; nếu không phải của nút thì rút luôn. | Note: {one} was renewed over it and still stands; if it is not the node's, take it out as well."
        ));
    }
    if of("left", "tls").is_empty() || of("left", "signing").is_empty() {
        print(&format!(
            "Nút không còn đủ chứng thư: mời lại bằng lienthong hub invite {node}. | The node lacks a certificate now: invite it anew with lienthong hub invite {node}."
        ));
    }
    tell_holding(client, &answer, "").await
}

/// The settings in a node's state folder.
pub(crate) fn read_settings(dir: &Path) -> Result<NodeSettings, Fault> {
    let path = StateFolder(dir.to_owned()).settings();
    let text = fs::read_to_string(&path).map_err(|error| file_failed(&path, &error))?;
    NodeSettings::read(&text, dir)
}

/// Runs a node until it is asked to end.
async fn carry(dir: &Path) -> Result<(), Fault> {
    let folder = StateFolder(absolute(dir)?);
    let settings = read_settings(&folder.0)?;
    let listen = async |address: SocketAddr| {
        TcpListener::bind(address).await.map_err(|error| cannot_listen(&address.to_string(), &error))
    };
    let (peer, edge) = (listen(settings.peer).await?, listen(settings.edge).await?);
    let (node, running) = Node::open(&folder, &settings).await?;
    tracing::info!(node = %settings.id, peer = %settings.peer, edge = %settings.edge, "node runs");
    running.run(node, peer, edge, asked_to_end()).await;
    Ok(())
}

/// Makes a node's keys, has them certified by the hub, and writes its settings.
pub(crate) async fn join(
    dir: &Path,
    invitation: &Path,
    peer: SocketAddr,
    edge: SocketAddr,
    edge_names: &[String],
) -> Result<(), Trouble> {
    let text = fs::read_to_string(invitation).map_err(|error| file_failed(invitation, &error))?;
    let bad = |why: String| Fault::BadSettings { place: invitation.display().to_string(), why };
    let invitation: Invitation = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    let hub: Url = invitation.hub.parse().map_err(|error: url::ParseError| bad(error.to_string()))?;
    let client = HubClient::new(vec![hub.clone()], &invitation.authority, None)?;
    trust::file::create_private_folder(dir).map_err(|error| file_failed(dir, &error))?;
    let folder = StateFolder(absolute(dir)?);
    let key_failed = |error: trust::key::KeyError| {
        let why = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        Fault::FileFailed { path: dir.display().to_string(), why: format!("{error}: {why}") }
    };
    if folder.settings().exists() {
        return Err(Fault::FileFailed {
            path: folder.settings().display().to_string(),
            why: "a node has joined here already".into(),
        }
        .into());
    }
    // Keys without settings are from a try that the hub did not answer.
    for left_over in [folder.tls_key(), folder.signing_key(), folder.edge_key()] {
        let _ = fs::remove_file(left_over);
    }
    let tls = certificate::create_tls_key(&folder.tls_key()).map_err(key_failed)?;
    let (_, signing) = SigningKey::create(&folder.signing_key()).map_err(key_failed)?;
    let mut names = edge_names.to_vec();
    names.extend((!edge.ip().is_unspecified()).then(|| edge.ip().to_string()));
    names.push("localhost".into());
    let edge_certificate =
        certificate::self_signed(&folder.edge_key(), &names, exchange::clock::now()).map_err(key_failed)?;
    let request = |pair| {
        certificate::request(pair, &invitation.node)
            .map_err(|error| Fault::Internal { why: error.to_string() })
    };
    let joining = Joining {
        node: invitation.node.clone(),
        code: invitation.code.clone(),
        tls: request(&tls)?,
        signing: request(&signing)?,
    };
    let admission = client.post("join", &joining).await?;
    let admission: Admission =
        serde_json::from_value(admission).map_err(|error| Fault::Internal { why: error.to_string() })?;
    let der = |text: &str| {
        certificate::from_base64(text)
            .map_err(|error| Fault::Internal { why: format!("a certificate of the hub: {error}") })
    };
    write(&folder.tls_certificate(), &der(&admission.tls)?)?;
    write(&folder.signing_certificate(), &der(&admission.signing)?)?;
    write(&folder.hub_authority(), &der(&invitation.authority)?)?;
    write(&folder.root(), invitation.root.as_bytes())?;
    write(&folder.edge_certificate(), edge_certificate.as_bytes())?;
    write(&folder.settings(), settings(&invitation, &hub, peer, edge).as_bytes())?;
    Ok(())
}

fn settings(invitation: &Invitation, hub: &Url, peer: SocketAddr, edge: SocketAddr) -> String {
    let edge_tls = !edge.ip().is_loopback();
    format!(
        "# Cấu hình của nút | The node's settings. docs/operator.md\n\
         id = \"{}\"\nhub = \"{hub}\"\n\
         # Cổng cho các nút khác | Port for other nodes\npeer = \"{peer}\"\n\
         # Cổng cho hệ thống của cơ quan | Port for the agency's systems\nedge = \"{edge}\"\nedge_tls = {edge_tls}\n\n\
         # Hệ thống gọi qua nút này | Systems that call through this node: lienthong node token\n\
         # [[systems]]\n# id = \"VN/…\"\n# token_sha256 = [\"…\"]\n\n\
         # Dịch vụ đứng sau nút này | Services behind this node\n\
         # [[services]]\n# id = \"VN/…/…/…/…\"\n# sqlite = \"…\"   # hoặc | or: url = \"http://…\"\n",
        invitation.node
    )
}

/// Makes a token for a system: its digest goes into the node's settings, itself into a file for its user.
pub(crate) fn make_token(dir: &Path, system: &SystemId, out: &Path) -> Result<(), Fault> {
    let folder = StateFolder(absolute(dir)?);
    let path = folder.settings();
    let text = fs::read_to_string(&path).map_err(|error| file_failed(&path, &error))?;
    let settings = NodeSettings::read(&text, &folder.0)?;
    let token = trust::hex(&trust::notary::random::<32>());
    let digest = trust::hex(&trust::sha256(token.as_bytes()));
    if settings.systems.iter().any(|known| known.id == *system) {
        let why = format!(
            "{system} is there already: add \"{digest}\" to its token_sha256 and keep the token in {}",
            out.display()
        );
        write_private(out, format!("Lienthong-Token: {token}\n").as_bytes())?;
        return Err(Fault::BadSettings { place: path.display().to_string(), why });
    }
    write_private(out, format!("Lienthong-Token: {token}\n").as_bytes())?;
    let text = format!("{text}\n[[systems]]\nid = \"{system}\"\ntoken_sha256 = [\"{digest}\"]\n");
    write(&path, text.as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    trust::file::replace(path, bytes).map_err(|error| file_failed(path, &error))
}

fn absolute(dir: &Path) -> Result<std::path::PathBuf, Fault> {
    std::path::absolute(dir).map_err(|error| file_failed(dir, &error))
}

pub(crate) fn file_failed(path: &Path, error: &std::io::Error) -> Fault {
    Fault::FileFailed { path: path.display().to_string(), why: error.to_string() }
}
