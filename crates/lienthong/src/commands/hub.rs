//! `lienthong hub …`.

use std::path::Path;
use std::process::ExitCode;

use hub::running::node::Invitation;
use hub::{Hub, HubSettings};
use model::fault::{Fault, Words};
use operate::client::{HubClient, write_private};
use operate::internal;
use operate::setup::make_hub;
use operate::trouble::Trouble;
use serde_json::json;
use tokio::net::TcpListener;
use trust::directory::publish::Publisher;

use crate::cli::{self, Role};
use crate::commands::{asked_to_end, end_with_stdin};
use crate::descriptors;
use crate::language::Told as _;
use crate::output::{say, say_words};
use crate::texts;

pub(super) async fn run(command: cli::Hub) -> Result<ExitCode, Trouble> {
    match command {
        cli::Hub::Init { dir, instance, listen, url, database } => {
            let accounts = hub::people::account::AccountRules::default();
            make_hub(
                &dir,
                &HubSettings {
                    instance,
                    listen,
                    metrics: None,
                    url,
                    database,
                    directory_days: 7,
                    security_level: hub::people::account::NATIONAL,
                    accounts,
                    oidc: None,
                    mail: None,
                    webhooks: None,
                    sandbox: None,
                    brief: hub::running::brief::BriefSettings::default(),
                },
            )
            .await?;
            tell_what_next(&dir);
        }
        cli::Hub::Run { dir, until_stdin_closes } => {
            if until_stdin_closes {
                end_with_stdin();
            }
            descriptors::raise();
            let hub = Hub::open(&dir).await?;
            let (listen, end) = (hub.listen(), asked_to_end());
            let listener = TcpListener::bind(listen)
                .await
                .map_err(|error| cannot_listen(&listen.to_string(), &error))?;
            tracing::info!(%listen, "hub runs");
            tokio::select! {
                ended = hub.run(listener, console::around) => ended?,
                () = end => {}
            }
        }
        cli::Hub::Invite { officer, node, out, reason } => {
            let client = HubClient::at(&officer.path)?;
            let invitation =
                client.post("api/v1/invitations", &json!({ "node": node, "reason": reason })).await?;
            let invitation: Invitation = serde_json::from_value(invitation).map_err(internal)?;
            write_private(&out, &serde_json::to_vec_pretty(&invitation).unwrap_or_default())?;
            say_words(&texts::invitation(&node, out.display()));
        }
        cli::Hub::Rotate { dir, role, old } => rotate(&dir, role, old.as_deref()).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What to do with a new hub.
fn tell_what_next(dir: &Path) {
    let path = dir.join(format!("{}.json", hub::FIRST_OFFICER));
    let (dir, path) = (dir.display(), path.display());
    say_words(&texts::hub_made(&dir, path));
    say(&format!("{}: lienthong hub run --dir {dir}", texts::next().told()));
}

/// Gives a role a new key. The running hub publishes with it from its next directory on.
async fn rotate(dir: &Path, role: Role, old: Option<&Path>) -> Result<(), Fault> {
    use trust::directory::publish::{ONLINE_ROLES, PublishError};
    let failed = |error: PublishError| Fault::NotRotated { why: error.to_string() };
    let publisher = Publisher::open(&dir.join("directory")).map_err(failed)?;
    let [targets, snapshot, timestamp] = ONLINE_ROLES;
    let now = hub::clock::now();
    match role {
        Role::Root => publisher.rotate_root(old.unwrap_or(Path::new("")), now).await,
        Role::Targets => publisher.rotate(targets, now).await,
        Role::Snapshot => publisher.rotate(snapshot, now).await,
        Role::Timestamp => publisher.rotate(timestamp, now).await,
    }
    .map_err(failed)?;
    say_words(&texts::key_changed());
    Ok(())
}

pub(crate) fn cannot_listen(address: &str, error: &std::io::Error) -> Fault {
    Fault::bad_settings(format_args!("listen {address}"), Words::quoted(error))
}
