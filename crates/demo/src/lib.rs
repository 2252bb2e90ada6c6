//! The demo: a small nation on this machine, and a day of its life.
//!
//! ```text
//! nation      people, families and what agencies' databases say of them       (pure, by seed)
//! registry    who is who and who may what
//! world       a hub, ten nodes and the agencies' applications as processes of this binary
//! provider    a play identity provider, among the applications
//! visitors    citizens and officers who sign in by it at the one-stop offices
//! day         each procedure as a case at the desk of a commune or a province
//! trials      what must be refused, and what must go on when something dies
//! people      an account for every role
//! measuring   each node measures its data as soon as it runs
//! confirming  what owners have registered, confirmed by the hub
//! governing   requests in every step of their way
//! report      what came of it
//! ```

mod case;
mod confirming;
mod databases;
mod day;
mod desk;
mod governing;
mod measuring;
mod nation;
mod office;
mod people;
mod processes;
mod provider;
mod registry;
mod report;
mod systems;
mod tally;
mod tamper;
mod texts;
mod trials;
mod visitors;
mod world;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::fault::Fault;
use model::time::day_in_viet_nam;
use model::words::{Language, Words};
use operate::file_failed;
use operate::ledger::verify;
use operate::trouble::Trouble;

use crate::day::Story;
use crate::nation::Nation;
use crate::processes::step;
use crate::report::Report;
use crate::tally::Tally;
use crate::world::World;

pub use crate::databases::Servers;

/// Cases that go on while the hub is dead.
const WITHOUT_HUB: usize = 3;

/// What is to be played.
#[derive(Debug)]
pub struct Plan {
    /// Persons in the nation.
    pub persons: u32,
    /// The same seed makes the same nation.
    pub seed: u64,
    /// End when the day has been played instead of staying up.
    pub once: bool,
    /// Keep the state in this folder, which is empty.
    pub keep: Option<PathBuf>,
    /// Servers for some of the agencies' databases.
    pub servers: Servers,
}

/// How the program that plays it speaks.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    /// A line of results.
    pub print: fn(&str),
    /// A line of progress.
    pub say: fn(&str),
    /// The day is told as one JSON object when it is over, and not for people as it goes.
    pub as_json: bool,
    /// The language in which it speaks.
    pub language: Language,
}

impl Voice {
    fn of(self, words: &Words) -> &str {
        self.language.of(words)
    }

    fn say(self, text: &str) {
        (self.say)(text);
    }

    fn print(self, text: &str) {
        (self.print)(text);
    }

    /// What only people read.
    fn tell(self, text: &str) {
        if !self.as_json {
            self.print(text);
        }
    }
}

/// Serves the agencies' applications at `listen`, and the play identity provider that is set up in a folder.
///
/// # Errors
/// What cannot be listened at or read.
pub async fn serve_systems(listen: SocketAddr, provider: Option<&Path>) -> Result<(), Fault> {
    let identities = async {
        match provider {
            Some(folder) => provider::serve(folder).await,
            None => std::future::pending().await,
        }
    };
    tokio::try_join!(systems::serve(listen), identities).map(drop)
}

/// Plays the day; unless it is to be played once, the nation then stays up for ever.
///
/// # Errors
/// What went otherwise than it must, first of all [`Fault::DemoStep`].
pub async fn play(plan: &Plan, voice: Voice) -> Result<(), Trouble> {
    let scratch = tempfile::Builder::new()
        .prefix("lienthong-demo-")
        .tempdir()
        .map_err(|error| step("state", &error.to_string()))?;
    let state = match &plan.keep {
        Some(folder) => empty_folder(folder)?,
        None => scratch.path().join("state"),
    };
    voice.say(voice.of(&texts::making_nation()));
    let today = day_in_viet_nam(exchange::clock::now());
    let nation = Nation::generate(plan.seed, usize::try_from(plan.persons).unwrap_or(usize::MAX), today);
    voice.tell(&report::nation_text(&nation, plan.persons, plan.seed, voice.language));
    voice.say(voice.of(&texts::starting()));
    let mut world = World::start(&state, &nation, &plan.servers, voice).await?;
    let mut tally = Tally::default();
    let mut report = Report::default();
    live_through(&mut world, &nation, today, &mut tally, &mut report, voice).await?;

    voice.tell(&report::cases_text(&report, voice.language));
    voice.say(voice.of(&texts::verifying()));
    let folders: Vec<_> = world.nodes.iter().map(|node| node.folder.0.clone()).collect();
    let checked = verify(&folders).await?;
    voice.tell(&report::numbers_text(&world, &tally, &report, &checked, voice.language));
    if voice.as_json {
        voice.print(&report::to_json(&world, &nation, &tally, &report, &checked).to_string());
    }
    if !checked.is_whole() {
        return Err(
            step("ledger verify", "a ledger is damaged, or an exchange is missing on one side").into()
        );
    }
    if tally.failed > 0 {
        return Err(step("day", &format!("{} calls failed", tally.failed)).into());
    }
    if !plan.once {
        let stay = report::invitation_text(&world, &nation, voice.language);
        if voice.as_json {
            voice.say(&stay)
        } else {
            voice.print(&stay)
        }
        voice.say(voice.of(&texts::staying()));
        std::future::pending::<()>().await;
    }
    Ok(())
}

/// The day: cases in quiet, trials, a node's death, the hub's death with cases going on, a revocation.
async fn live_through(
    world: &mut World,
    nation: &Nation,
    today: jiff::civil::Date,
    tally: &mut Tally,
    report: &mut Report,
    voice: Voice,
) -> Result<(), Trouble> {
    voice.say(voice.of(&texts::day_begins()));
    governing::brief(world).await?;
    let stories = day::in_force(world, today);
    // The last cases are played while the hub is dead.
    let (quiet, last) = stories.split_at(stories.len().saturating_sub(WITHOUT_HUB));
    play_cases(world, nation, quiet, report, voice).await?;

    let mut trials = trials::outside_grants(world, nation, tally).await?;
    trials.push(trials::field_absent(world, nation, tally).await?);
    trials.push(trials::tampered(world, nation, tally).await?);
    let (killed, failover_ms) = trials::node_killed(world, nation, tally).await?;
    trials.push(killed);
    report.failover_ms = failover_ms;
    trials.iter().for_each(|trial| voice.tell(&report::trial_text(trial, voice.language)));
    report.trials = trials;

    voice.tell(&format!("\n▲ {}", voice.of(&texts::hub_killed_cases_go_on())));
    world.kill_hub().await?;
    play_cases(world, nation, last, report, voice).await?;
    report.trials.push(trials::Trial { tried: texts::hub_killed(), outcome: texts::cases_went_on() });
    world.restart_hub().await?;

    let (revoked, revocation_ms) = trials::revoked(world, nation, tally).await?;
    voice.tell(&report::trial_text(&revoked, voice.language));
    report.trials.push(revoked);
    report.revocation_ms = revocation_ms;
    voice.say(voice.of(&texts::requests_go()));
    report.requests = governing::play(world, tally).await?;
    voice.tell(&report::requests_text(report, voice.language));
    governing::figures(world).await?;
    governing::quality(world).await?;
    governing::assess(world).await?;
    governing::brief(world).await?;
    // What was on its way when something was killed comes to rest before the ledgers are read.
    tokio::time::sleep(Duration::from_millis(300)).await;
    Ok(())
}

async fn play_cases(
    world: &mut World,
    nation: &Nation,
    stories: &[&Story],
    report: &mut Report,
    voice: Voice,
) -> Result<(), Fault> {
    for story in stories {
        let number = report.cases.len() + 1;
        let case = day::play(world, nation, story, number).await?;
        voice.say(&format!("  {number} {} {}", case.code, voice.of(&case.procedure)));
        voice.tell(&report::case_text(&case, voice.language));
        report.cases.push(case);
    }
    Ok(())
}

/// A folder for the state: made, or there and empty.
fn empty_folder(folder: &Path) -> Result<PathBuf, Fault> {
    let failed = |error: &std::io::Error| file_failed(folder, error);
    let is_empty = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(failed(&error)),
    };
    if is_empty {
        std::path::absolute(folder).map_err(|error| failed(&error))
    } else {
        Err(failed(&std::io::Error::other("it is not empty")))
    }
}
