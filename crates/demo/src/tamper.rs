//! A message changed on its way. The demo holds the keys of its nodes, so it can do what a thief in one of them could:
//! sign a request, change it, and send it over a connection of the node's own.

use std::sync::Arc;

use arc_swap::ArcSwap;
use exchange::StateFolder;
use exchange::body;
use exchange::budget::Budget;
use exchange::compiled::CompiledDirectory;
use exchange::failure::ErrorBody;
use exchange::headers;
use exchange::peers::{Peers, Sent};
use exchange::sign::{self, FirstLine};
use http::Request;
use http::header::HeaderMap;
use model::fault::Fault;
use model::id::{NodeId, ServiceId};
use rustls::pki_types::CertificateDer;
use trust::directory::mirror::Mirror;
use trust::key::SigningKey;
use trust::signer::Signer;
use trust::tls::{self, Identity};

use crate::processes::step;

/// Signs a read of `key` for `client` by the node in `folder`, changes the key it asks for, and sends it. Returns what the
/// provider's node says.
pub(crate) async fn send_tampered(
    folder: &StateFolder,
    node: &NodeId,
    client: &str,
    service: &ServiceId,
    purpose: &str,
    keys: [&str; 2],
) -> Result<ErrorBody, Fault> {
    let failed = |why: String| step("tamper", &why);
    let read = |path: std::path::PathBuf| {
        std::fs::read(&path).map_err(|error| failed(format!("{}: {error}", path.display())))
    };
    let scratch = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
    trust::file::copy_folder(&folder.directory(), scratch.path())
        .map_err(|error| failed(error.to_string()))?;
    let directory = Mirror::new(scratch.path(), read(folder.root())?).open().await?;
    let directory = CompiledDirectory::of(directory, exchange::clock::now());
    let directory = Arc::new(ArcSwap::from_pointee(directory.unwrap_or_else(CompiledDirectory::empty)));
    let tls_key = String::from_utf8(read(folder.tls_key())?).unwrap_or_default();
    let identity = Identity::new(CertificateDer::from(read(folder.tls_certificate())?), &tls_key)
        .map_err(|error| failed(error.to_string()))?;
    let peers = Arc::new(Peers::new(
        tls::peer_client(identity, directory.clone()).map_err(|error| failed(error.to_string()))?,
        directory.clone(),
    ));
    let signing = SigningKey::load(&folder.signing_key()).map_err(|error| failed(error.to_string()))?;
    let keyid = trust::key_id(node, &read(folder.signing_certificate())?);
    let signer = Signer::new(signing, keyid.into());

    let [signed_key, other_key] = keys.map(|key| format!("/r1/{service}/{key}"));
    let mut sent = HeaderMap::new();
    headers::set(&mut sent, headers::CLIENT, client);
    headers::set(&mut sent, headers::PURPOSE, purpose);
    headers::set(&mut sent, headers::ID, "VN-gia-mao");
    headers::set(&mut sent, headers::REQUEST_ID, "VN-gia-mao");
    let line = FirstLine::Request { method: "GET".into(), path: signed_key, query: None };
    sign::whole(&line, &mut sent, b"", &signer, exchange::clock::now()).await?.put(&mut sent);

    let reach = directory
        .load()
        .reach(&service.system())
        .into_iter()
        .next()
        .ok_or_else(|| failed("no node".into()))?;
    let mut request = Request::get(format!("https://{}{other_key}", reach.address))
        .body(body::whole(""))
        .map_err(|error| failed(error.to_string()))?;
    *request.headers_mut() = sent;
    match peers.send(&reach, request).await {
        Sent::Answered(answer, _) => {
            let limits = body::Limits { bytes: 1024 * 1024, idle: std::time::Duration::from_secs(10) };
            let budget = Budget::new(limits.bytes);
            let room = body::Room { spool: scratch.path(), budget: &budget, party: node.as_str() };
            let received = body::receive(answer.into_body(), limits, room)
                .await
                .map_err(|error| failed(format!("{error:?}")))?;
            let body::Kept::Memory(bytes) = received.body else { return Err(failed("a long answer".into())) };
            serde_json::from_slice(&bytes)
                .map_err(|_| failed(format!("it was answered: {}", String::from_utf8_lossy(&bytes))))
        }
        Sent::NotSent(why) | Sent::Lost(why) => Err(failed(why)),
    }
}
