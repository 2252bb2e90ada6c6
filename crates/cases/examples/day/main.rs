//! What `cargo xtask bench cases` runs: cases over sources that are played, a holder of deeds, and callers.
//!
//! `serve FOLDER PORT [hang]`: the engine alone, its sources played in the process with stated delays and faults. `hold PORT FILE`: a holder of
//! deeds behind a provider's node. `drive URL HEADERS CASES RATE AT_ONCE [open]`: callers, so many a second or so many at once.

#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]

mod drive;
mod play;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use cases::Desk;
use model::fault::Fault;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use play::{CLIENT, Fate, Holder, Played};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["serve", folder, port, how @ ..] => Box::pin(serve(Path::new(folder), port, how == ["hang"])).await,
        ["hold", port, file] => hold(port, PathBuf::from(file)).await,
        ["drive", url, headers, rest @ ..] => drive::run(url, Path::new(headers), rest).await,
        _ => Err("serve, hold or drive?".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("day: {why}");
            ExitCode::FAILURE
        }
    }
}

fn address(port: &str) -> Outcome<SocketAddr> {
    Ok(format!("127.0.0.1:{port}").parse()?)
}

/// The engine, until it is asked to end; then what its holder has done is written down.
async fn serve(folder: &Path, port: &str, hang: bool) -> Outcome<()> {
    let played = Arc::new(Played::new(hang)?);
    let url = |name: &str| format!("sqlite:{}", folder.join(name).display());
    let client = CLIENT.parse()?;
    let own = CLIENT.parse()?;
    let prover = move |parts: &http::request::Parts| match parts.headers.contains_key("x-road-client") {
        true => Ok(model::id::SystemId::clone(&own)),
        false => Err(Fault::NobodyKnown {}),
    };
    let (store, keys, key) = (url("cases.db"), url("keys.db"), folder.join("cases.key"));
    let desk = Desk::over(played.clone(), client, (&store, &keys, &key), Arc::new(prover)).await?;
    let listener = TcpListener::bind(address(port)?).await?;
    let mut end = signal(SignalKind::terminate())?;
    tokio::select! {
        () = desk.run(listener, None, None, |router| router) => {}
        _ = end.recv() => {}
    }
    std::fs::write(folder.join("holder.txt"), played.holder.told())?;
    Ok(())
}

/// A holder of deeds by HTTP, until it is asked to end.
async fn hold(port: &str, file: PathBuf) -> Outcome<()> {
    async fn enter(State(holder): State<Arc<Holder>>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
        let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match holder.does(said("x-road-id"), said("x-road-issue")) {
            Fate::Done => (StatusCode::CREATED, Json(json!({ "so_khai_sinh": "12/2026" }))),
            // Nobody learns by this status whether it was done.
            Fate::Lost | Fate::Failed => (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({}))),
        }
    }
    let holder = Arc::new(Holder::default());
    let router = axum::Router::new().route("/khai-sinh", post(enter)).with_state(holder.clone());
    let listener = TcpListener::bind(address(port)?).await?;
    let mut end = signal(SignalKind::terminate())?;
    tokio::select! {
        served = axum::serve(listener, router) => served?,
        _ = end.recv() => {}
    }
    std::fs::write(file, holder.told())?;
    Ok(())
}
