//! The demo: a small nation on this machine, and a day of its life.
//!
//! ```text
//! nation      people, families and what agencies' databases say of them       (pure, by seed)
//! registry    who is who and who may what
//! world       a hub, eight nodes and the agencies' applications as processes of this binary
//! cases       eleven real procedures at the desks of a commune and a province
//! trials      what must be refused, and what must go on when something dies
//! people      an account for every role
//! governing   requests in every step of their way
//! report      what came of it
//! ```

mod cases;
mod databases;
mod desk;
mod dossier;
mod governing;
mod nation;
mod people;
mod processes;
mod registry;
mod report;
mod systems;
mod tamper;
mod trials;
mod world;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use model::fault::Fault;
use model::time::day_in_viet_nam;
use operate::ledger::verify;
use operate::trouble::Trouble;

use crate::cli::{self, Format};
use crate::commands::{asked_to_end, end_with_stdin};
use crate::demo::cases::Stage;
use crate::demo::databases::Servers;
use crate::demo::dossier::Tally;
use crate::demo::nation::Nation;
use crate::demo::processes::step;
use crate::demo::report::Report;
use crate::demo::world::World;
use crate::output::{print, say};

/// Runs the demo.
pub(crate) async fn run(demo: &cli::Demo) -> Result<ExitCode, Trouble> {
    if let Some(listen) = demo.systems {
        end_with_stdin();
        systems::serve(listen).await?;
        return Ok(ExitCode::SUCCESS);
    }
    tokio::select! {
        played = play(demo) => played,
        () = asked_to_end() => {
            say("Kết thúc. | Ended.");
            Ok(ExitCode::from(130))
        }
    }
}

async fn play(demo: &cli::Demo) -> Result<ExitCode, Trouble> {
    let scratch = tempfile::Builder::new()
        .prefix("lienthong-demo-")
        .tempdir()
        .map_err(|error| step("state", &error.to_string()))?;
    let state = match &demo.keep {
        Some(folder) => empty_folder(folder)?,
        None => scratch.path().join("state"),
    };
    say("Dựng quốc gia thử… | Making the nation…");
    let today = day_in_viet_nam(exchange::clock::now());
    let nation = Nation::generate(demo.seed, usize::try_from(demo.persons).unwrap_or(usize::MAX), today);
    let tell = |text: &str| {
        if demo.output == Format::Text {
            print(text)
        }
    };
    tell(&report::nation_text(&nation, demo.persons, demo.seed));
    say("Khởi động trung tâm và các nút… | Starting the hub and the nodes…");
    let servers = Servers { postgres: demo.postgres.clone(), mariadb: demo.mariadb.clone() };
    let mut world = World::start(&state, &nation, &servers).await?;
    let mut tally = Tally::default();
    let mut report = Report::default();
    live_through(&mut world, &nation, today, &mut tally, &mut report, &tell).await?;

    say("Kiểm các sổ trao đổi… | Verifying the ledgers…");
    let folders: Vec<_> = world.nodes.iter().map(|node| node.folder.0.clone()).collect();
    let checked = verify(&folders).await?;
    tell(&report::numbers_text(&world, &tally, &report, &checked));
    if demo.output == Format::Json {
        print(&report::to_json(&world, &nation, &tally, &report, &checked).to_string());
    }
    if !checked.is_whole() {
        return Err(
            step("ledger verify", "a ledger is damaged, or an exchange is missing on one side").into()
        );
    }
    if tally.failed > 0 {
        return Err(step("day", &format!("{} calls failed", tally.failed)).into());
    }
    if !demo.once {
        let stay = report::invitation_text(&world, &nation);
        if demo.output == Format::Text {
            print(&stay)
        } else {
            say(&stay)
        }
        say("Ở lại cho tới Ctrl-C. | Staying up until Ctrl-C.");
        std::future::pending::<()>().await;
    }
    Ok(ExitCode::SUCCESS)
}

/// The day: cases in quiet, trials, a node's death, the hub's death with cases going on, a revocation.
async fn live_through(
    world: &mut World,
    nation: &Nation,
    today: jiff::civil::Date,
    tally: &mut Tally,
    report: &mut Report,
    tell: &impl Fn(&str),
) -> Result<(), Trouble> {
    say("Một ngày bắt đầu… | The day begins…");
    // The last cases are played while the hub is dead.
    let quiet = cases::COUNT - 3;
    play_cases(world, nation, today, tally, report, 0..quiet, tell).await?;

    let mut trials = trials::outside_grants(world, nation, tally).await?;
    trials.push(trials::field_absent(world, nation, tally).await?);
    trials.push(trials::tampered(world, nation, tally).await?);
    let (killed, failover_ms) = trials::node_killed(world, nation, tally).await?;
    trials.push(killed);
    report.failover_ms = failover_ms;
    trials.iter().for_each(|trial| tell(&report::trial_text(trial)));
    report.trials = trials;

    tell("\n▲ Trung tâm bị kill -9; các hồ sơ vẫn chạy | The hub is killed (-9); the cases go on");
    world.kill_hub().await?;
    play_cases(world, nation, today, tally, report, quiet..cases::COUNT, tell).await?;
    report.trials.push(trials::Trial {
        tried: dossier::said("Trung tâm bị kill -9", "The hub is killed (-9)"),
        outcome: dossier::said(
            "3 hồ sơ vẫn xong, không lượt nào hỏng.",
            "3 cases went on to their end, no call failed.",
        ),
    });
    world.restart_hub().await?;

    let (revoked, revocation_ms) = trials::revoked(world, nation, tally).await?;
    tell(&report::trial_text(&revoked));
    report.trials.push(revoked);
    report.revocation_ms = revocation_ms;
    say("Các yêu cầu khai thác đi từng bước… | Requests go their way, step by step…");
    report.requests = governing::play(world, tally).await?;
    tell(&report::requests_text(report));
    governing::figures(world).await?;
    // What was on its way when something was killed comes to rest before the ledgers are read.
    tokio::time::sleep(Duration::from_millis(300)).await;
    Ok(())
}

async fn play_cases(
    world: &World,
    nation: &Nation,
    today: jiff::civil::Date,
    tally: &mut Tally,
    report: &mut Report,
    numbers: std::ops::Range<usize>,
    tell: &impl Fn(&str),
) -> Result<(), Fault> {
    let mut stage = Stage {
        nation,
        registry: &world.registry,
        commune_desk: &world.commune,
        province_desk: &world.province,
        tally,
        today,
        number: u32::try_from(numbers.start).unwrap_or_default(),
    };
    for number in numbers {
        let case = cases::play(&mut stage, number).await?;
        say(&format!("  {}/{} {}", number + 1, cases::COUNT, case.procedure.vi));
        tell(&report::case_text(&case));
        report.cases.push(case);
    }
    Ok(())
}

/// A folder for the state: made, or there and empty.
fn empty_folder(folder: &Path) -> Result<std::path::PathBuf, Fault> {
    let failed = |why: String| Fault::FileFailed { path: folder.display().to_string(), why };
    let is_empty = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(failed(error.to_string())),
    };
    if is_empty {
        std::path::absolute(folder).map_err(|error| failed(error.to_string()))
    } else {
        Err(failed("it is not empty".into()))
    }
}
