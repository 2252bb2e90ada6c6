//! `lienthong node …`.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use cases::Right;
use cases::person::{People, officer};
use exchange::{Node, Ports, StateFolder};
use hub::kinds::Kind;
use model::fault::{Fault, Words};
use model::id::{NodeId, encode_part};
use model::person::PersonId;
use operate::client::HubClient;
use operate::file_failed;
use operate::registry::items;
use operate::setup::{join, make_auditor, make_token, read_settings};
use operate::trouble::Trouble;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use trust::batch::Form;

use crate::cli;
use crate::commands::hub::cannot_listen;
use crate::commands::registry::tell_holding;
use crate::commands::{asked_to_end, columns, end_with_stdin, noun, show};
use crate::descriptors;
use crate::output::{print_words, say_words};
use crate::texts;

pub(super) async fn run(command: cli::Node) -> Result<ExitCode, Trouble> {
    match command {
        cli::Node::Verb(verb) => return noun::run(Kind::Node, verb).await,
        cli::Node::Join { dir, invitation, peer, edge, edge_name, hybrid_signatures } => {
            let form = if hybrid_signatures { Form::Hybrid } else { Form::Plain };
            join(&dir, &invitation, peer, edge, &edge_name, form).await?;
            say_words(&texts::node_joined(dir.display()));
        }
        cli::Node::Run { dir, until_stdin_closes } => {
            if until_stdin_closes {
                end_with_stdin();
            }
            descriptors::raise();
            Box::pin(carry(&dir)).await?;
        }
        cli::Node::Certificates { officer, node, output } => {
            let found = items(&HubClient::at(&officer.path)?, &certificates_of(&node)).await?;
            show::list("Certificate", columns::CERTIFICATES, &found, output)?;
        }
        cli::Node::Withdraw { officer, node, certificate, reason } => {
            withdraw(&HubClient::at(&officer.path)?, &node, &certificate, &reason).await?;
        }
        cli::Node::Token { dir, system, out } => {
            make_token(&dir, &system, &out)?;
            say_words(&texts::token_made(&system, out.display()));
        }
        cli::Node::Auditor { dir, name, out } => {
            make_auditor(&dir, &name, &out)?;
            say_words(&texts::auditor_made(&name, out.display()));
        }
        cli::Node::InviteOfficer { dir, name, unit, right, number, by, out } => {
            let rights = right.into_iter().map(Right::from).collect();
            let number = number.map(|number| number.parse::<PersonId>()).transpose();
            let number = number.map_err(|error| unread(&error))?;
            invite(&dir, &officer::Invited { name, unit, rights, number }, &by, &out).await?;
        }
        cli::Node::Officers { dir, output } => {
            let officers = officer::list(&people(&dir).await?).await?;
            let items: Vec<Value> = officers.iter().map(|officer| json!(officer)).collect();
            show::list("Officer", columns::OFFICERS, &items, output)?;
        }
        cli::Node::RemoveOfficer { dir, id, by } => {
            officer::remove(&people(&dir).await?, &id, &by, exchange::clock::now()).await?;
            say_words(&texts::officer_removed(&id));
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl From<cli::OfficerRight> for Right {
    fn from(right: cli::OfficerRight) -> Self {
        match right {
            cli::OfficerRight::Look => Self::Look,
            cli::OfficerRight::Work => Self::Work,
            cli::OfficerRight::Decide => Self::Decide,
        }
    }
}

fn unread(error: &dyn std::fmt::Display) -> Fault {
    Fault::BadParameters { why: Words::quoted(error) }
}

/// Invites an officer to the node in a folder.
async fn invite(dir: &Path, invited: &officer::Invited, by: &str, out: &Path) -> Result<(), Trouble> {
    let people = people(dir).await?;
    let (id, secret) = officer::invite(&people, invited, by, exchange::clock::now()).await?;
    let letter = people.invitation(&secret);
    trust::file::create_private(out, letter.as_bytes()).map_err(|error| file_failed(out, &error))?;
    say_words(&texts::officer_invited(&id, out.display()));
    Ok(())
}

/// What lets persons in to the cases of the node in a folder, which may run meanwhile.
async fn people(dir: &Path) -> Result<People, Fault> {
    let settings = read_settings(dir)?;
    let folder = StateFolder(std::path::absolute(dir).map_err(|error| file_failed(dir, &error))?);
    let both = settings.cases.as_ref().zip(settings.people.clone());
    let (cases, people) =
        both.ok_or_else(|| Fault::bad_settings(folder.settings().display(), texts::no_people()))?;
    People::of_node(&folder.0, cases, people).await
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
    print_words(&texts::withdrawn(&gone, node));
    for one in of("renewed_over_it", "") {
        print_words(&texts::renewed_over_it(&one));
    }
    if of("left", "tls").is_empty() || of("left", "signing").is_empty() {
        print_words(&texts::certificate_lacking(node));
    }
    tell_holding(client, &answer, "").await
}

/// Runs a node until it is asked to end.
async fn carry(dir: &Path) -> Result<(), Fault> {
    let folder = StateFolder(std::path::absolute(dir).map_err(|error| file_failed(dir, &error))?);
    let settings = read_settings(&folder.0)?;
    let listen = async |address: SocketAddr| {
        TcpListener::bind(address).await.map_err(|error| cannot_listen(&address.to_string(), &error))
    };
    let end = asked_to_end();
    let metrics = match settings.metrics {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let ports = Ports { peer: listen(settings.peer).await?, edge: listen(settings.edge).await?, metrics };
    let (node, running) = Node::open(&folder, &settings).await?;
    tracing::info!(node = %settings.id, peer = %settings.peer, edge = %settings.edge, "node runs");
    let desk = match &settings.cases {
        Some(cases) => {
            let listener = listen(cases.listen).await?;
            tracing::info!(listen = %cases.listen, system = %cases.system, "cases are taken");
            let desk = cases::open(&node, &folder.0, cases).await?;
            let people = settings.people.clone().map(|people| cases::person::open(&desk, &folder.0, people));
            Some((desk, people.transpose()?, listener))
        }
        None => None,
    };
    let hub = Arc::new(running.hub_door(&node));
    let every = Duration::from_secs(settings.usage_seconds);
    let desk = async move {
        match desk {
            Some((desk, people, listener)) => {
                let around = |routes| {
                    let host = people.as_ref().and_then(|people| people.host());
                    let routes = match &people {
                        Some(people) => cases::person::doors::around(people, routes),
                        None => routes,
                    };
                    console::around_cases(routes, host)
                };
                Box::pin(desk.run(listener, Some(hub.clone()), Some((hub, every)), around)).await;
            }
            None => std::future::pending().await,
        }
    };
    // What of cases is under way when the node ends is carried on when it runs again.
    tokio::select! {
        () = running.run(node, ports, end) => {}
        () = desk => {}
    }
    Ok(())
}
