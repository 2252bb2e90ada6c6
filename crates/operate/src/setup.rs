//! A hub is made, a node joins it, and a system gets its token.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use exchange::{Hubs, NodeSettings, StateFolder};
use hub::running::node::{Admission, Invitation, Joining};
use hub::{Hub, HubSettings};
use model::fault::{Fault, Words};
use model::id::SystemId;
use trust::batch::Form;
use trust::certificate::{self, Authority};
use trust::key::SigningKey;
use url::Url;

use crate::client::{HubClient, Officer, write_private};
use crate::texts;
use crate::trouble::Trouble;
use crate::{file_failed, internal};

/// Makes a hub and the file of its first officer.
pub async fn make_hub(dir: &Path, settings: &HubSettings) -> Result<(), Fault> {
    let token = Hub::create(dir, settings).await?;
    let authority = Authority::load(&dir.join("authority")).map_err(internal)?;
    let path = dir.join(format!("{}.json", hub::FIRST_OFFICER));
    let authority = certificate::to_base64(authority.certificate());
    let hub = Hubs::One(settings.url.clone());
    let account = Some(hub::FIRST_OFFICER.to_owned());
    Officer { hub, authority, token: Some(token), account, device: None, invitation: None }.write(&path)
}

/// Makes a node's keys, has them certified by the hub, and writes its settings.
pub async fn join(
    dir: &Path,
    invitation: &Path,
    peer: SocketAddr,
    edge: SocketAddr,
    edge_names: &[String],
    form: Form,
) -> Result<(), Trouble> {
    let text = fs::read_to_string(invitation).map_err(|error| file_failed(invitation, &error))?;
    let bad = |why| Fault::bad_settings(invitation.display(), why);
    let invitation: Invitation = serde_json::from_str(&text).map_err(|error| bad(Words::quoted(error)))?;
    let hub: Url = invitation.hub.parse().map_err(|error: url::ParseError| bad(Words::quoted(error)))?;
    let client = HubClient::new(vec![hub.clone()], &invitation.authority, None)?;
    trust::file::create_private_folder(dir).map_err(|error| file_failed(dir, &error))?;
    let folder = StateFolder(absolute(dir)?);
    let key_failed = |error: trust::key::KeyError| Fault::FileFailed {
        path: dir.display().to_string(),
        why: error.words(),
    };
    if folder.settings().exists() {
        return Err(Fault::FileFailed {
            path: folder.settings().display().to_string(),
            why: texts::joined_already(),
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
    let signing = match form {
        Form::Plain => certificate::request(&signing, &invitation.node),
        Form::Hybrid => certificate::hybrid_request(&signing, &invitation.node),
    };
    let joining = Joining {
        node: invitation.node.clone(),
        code: invitation.code.clone(),
        tls: certificate::request(&tls, &invitation.node).map_err(internal)?,
        signing: signing.map_err(internal)?,
    };
    let admission = client.post("join", &joining).await?;
    let admission: Admission = serde_json::from_value(admission).map_err(internal)?;
    let der = |text: &str| {
        certificate::from_base64(text)
            .map_err(|error| Fault::Internal { why: format!("a certificate of the hub: {error}") })
    };
    write(&folder.tls_certificate(), &der(&admission.tls)?)?;
    write(&folder.signing_certificate(), &der(&admission.signing)?)?;
    write(&folder.hub_authority(), &der(&invitation.authority)?)?;
    write(&folder.root(), invitation.root.as_bytes())?;
    write(&folder.edge_certificate(), edge_certificate.as_bytes())?;
    write(&folder.settings(), settings(&invitation, &hub, peer, edge, form).as_bytes())?;
    Ok(())
}

fn settings(invitation: &Invitation, hub: &Url, peer: SocketAddr, edge: SocketAddr, form: Form) -> String {
    let edge_tls = !edge.ip().is_loopback();
    let hybrid = match form {
        Form::Plain => "",
        Form::Hybrid => {
            "# Ký thêm bằng khoá hậu lượng tử | Signed by a post-quantum key as well\nhybrid_signatures = true\n"
        }
    };
    format!(
        "# Cấu hình của nút | The node's settings. docs/operator.md\n\
         id = \"{}\"\nhub = \"{hub}\"\n\
         # Cổng cho các nút khác | Port for other nodes\npeer = \"{peer}\"\n\
         # Cổng cho hệ thống của cơ quan | Port for the agency's systems\nedge = \"{edge}\"\nedge_tls = {edge_tls}\n{hybrid}\n\
         # Hệ thống gọi qua nút này | Systems that call through this node: lienthong node token\n\
         # [[systems]]\n# id = \"VN/…\"\n# token_sha256 = [\"…\"]\n\n\
         # Dịch vụ đứng sau nút này | Services behind this node\n\
         # [[services]]\n# id = \"VN/…/…/…/…\"\n# sqlite = \"…\"   # hoặc | or: url = \"http://…\"\n",
        invitation.node
    )
}

/// The settings in a node's state folder.
pub fn read_settings(dir: &Path) -> Result<NodeSettings, Fault> {
    let path = StateFolder(dir.to_owned()).settings();
    let text = fs::read_to_string(&path).map_err(|error| file_failed(&path, &error))?;
    NodeSettings::read(&text, dir)
}

/// Makes a token for a system: its digest goes into the node's settings, itself into a file for its user.
pub fn make_token(dir: &Path, system: &SystemId, out: &Path) -> Result<(), Fault> {
    let folder = StateFolder(absolute(dir)?);
    let path = folder.settings();
    let text = fs::read_to_string(&path).map_err(|error| file_failed(&path, &error))?;
    let settings = NodeSettings::read(&text, &folder.0)?;
    let token = trust::hex(&trust::signer::random::<32>());
    let digest = trust::hex(&trust::sha256(token.as_bytes()));
    let text = if settings.systems.iter().any(|known| known.id == *system) {
        let Some(text) = with_token(&text, &settings, system, &digest, &folder) else {
            write_private(out, format!("Lienthong-Token: {token}\n").as_bytes())?;
            let why = texts::system_there(system, &digest, out.display());
            return Err(Fault::bad_settings(path.display(), why));
        };
        text
    } else {
        format!("{text}\n[[systems]]\nid = \"{system}\"\ntoken_sha256 = [\"{digest}\"]\n")
    };
    write_private(out, format!("Lienthong-Token: {token}\n").as_bytes())?;
    write(&path, text.as_bytes())
}

/// The settings with one more token of a system that is there, all else in them as it stands; none if they are written in a way that
/// this does not know.
fn with_token(
    text: &str,
    settings: &NodeSettings,
    system: &SystemId,
    digest: &str,
    folder: &StateFolder,
) -> Option<String> {
    let mut wanted = settings.clone();
    wanted.systems.iter_mut().find(|known| known.id == *system)?.token_sha256.insert(0, digest.to_owned());
    let lists = text.match_indices("token_sha256").map(|(at, _)| at);
    // Whichever of the lists it is: read back, the settings must say just what is wanted.
    lists.into_iter().find_map(|at| {
        let (before, list) = text.split_at(at);
        let written = format!("{before}{}", list.replacen('[', &format!("[\"{digest}\", "), 1));
        (NodeSettings::read(&written, &folder.0).ok()? == wanted).then_some(written)
    })
}

/// Makes a token for somebody who may look exchanges up in the node's ledger: its digest goes into the node's settings, itself into a file
/// for them.
pub fn make_auditor(dir: &Path, name: &str, out: &Path) -> Result<(), Fault> {
    let folder = StateFolder(absolute(dir)?);
    let path = folder.settings();
    let text = fs::read_to_string(&path).map_err(|error| file_failed(&path, &error))?;
    let token = trust::hex(&trust::signer::random::<32>());
    let digest = trust::hex(&trust::sha256(token.as_bytes()));
    // TOML reads JSON's strings as they are meant.
    let name = serde_json::Value::from(name);
    let text = format!("{}\n\n[[auditors]]\nname = {name}\ntoken_sha256 = [\"{digest}\"]\n", text.trim_end());
    // As the node will read it, before anything is written.
    NodeSettings::read(&text, &folder.0)?;
    write_private(out, format!("Authorization: Bearer {token}\n").as_bytes())?;
    write(&path, text.as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    trust::file::replace(path, bytes).map_err(|error| file_failed(path, &error))
}

fn absolute(dir: &Path) -> Result<PathBuf, Fault> {
    std::path::absolute(dir).map_err(|error| file_failed(dir, &error))
}
