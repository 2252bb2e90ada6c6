//! `lienthong quality`: the quality of a node's datasets, measured where they lie, and what the numbers are made of.

mod asking;
mod compare;
mod defects;
mod scores;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use exchange::measure::{self, Gated, Kept, Materials, Progress};
use exchange::{NodeSettings, StateFolder};
use jiff::civil::Date;
use model::fault::Fault;
use model::id::ServiceId;
use operate::client::HubClient;
use operate::setup::read_settings;
use operate::trouble::Trouble;
use operate::{file_failed, internal};
use quality::RulePack;
use serde_json::{Value, json};

use crate::cli::{Format, Measured, Quality};

use crate::language::Told as _;
use crate::output::{print, say, say_words};
use crate::texts::quality as texts;
pub(super) use asking::defect;

/// How often it is said how far a run has come.
const PROGRESS: Duration = Duration::from_secs(2);

/// Runs one command.
pub(super) async fn run(command: Quality) -> Result<ExitCode, Trouble> {
    match command {
        Quality::Run { node, services, officer, rate, whole, output } => {
            let (folder, mut settings) = node_at(&node.dir)?;
            settings.quality.rate = rate.unwrap_or(settings.quality.rate);
            settings.quality.whole |= whole;
            return run_all(&folder, &settings, &services, officer.as_deref(), output).await;
        }
        Quality::List { officer, level, agency, band, sort, output } => {
            return asking::list(
                &officer,
                &level,
                [("agency", agency), ("band", band), ("sort", sort)],
                output,
            )
            .await;
        }
        Quality::History { officer, level, id, output } => {
            return asking::history(&officer, (&level, &id), output).await;
        }
        Quality::Overlap(command) => return asking::overlap(command).await,
        Quality::Units { officer, province, output } => {
            return asking::units(&officer, &province, output).await;
        }
        Quality::Scorecard { officer, agency, format, out } => {
            return asking::scorecard(&officer, &agency, format, out.as_deref()).await;
        }
        Quality::Show { measured } if measured.dir.is_none() => return asking::show(&measured).await,
        Quality::Explain { measured, number } if measured.dir.is_none() => {
            return asking::explain(&measured, number.as_deref()).await;
        }
        Quality::Diff { measured, with } if measured.dir.is_none() => {
            return asking::diff(&measured, with).await;
        }
        Quality::Show { measured } => {
            let at = At::of(&measured)?;
            // Where there is no contract of it nothing is withheld by one.
            let gated = at.materials.as_ref();
            let gated = gated.and_then(|of| Gated::of(&at.folder, of, &measured.service).ok());
            let shown = scores::Shown::of(&at.kept, &at.pack).behind(gated);
            output(&measured, &shown.json(), || shown.told());
        }
        Quality::Explain { measured, number } => {
            let at = At::of(&measured)?;
            let explained = scores::explain(&at, number.as_deref())?;
            output(&measured, &explained, || scores::told(&explained));
        }
        Quality::Diff { measured, with } => {
            let at = At::of(&measured)?;
            let days = Kept::days(&at.folder, &measured.service);
            let before = with.or_else(|| days.into_iter().rfind(|day| *day < at.kept.about.day));
            let before = before.ok_or_else(|| nothing_measured(&measured.service))?;
            let before = Kept::read(&at.folder, &measured.service, before)?;
            let differences = compare::compare(&before, &at.kept, &at.pack);
            output(&measured, &differences, || compare::told(&differences));
        }
        Quality::Defects { measured, rule, keys, again, limit, sql, csv } => {
            let at = At::of(&measured)?;
            let asked = defects::Asked { rule, keys, again, limit, sql, csv };
            let found = defects::find(&at, &measured.service, &asked).await?;
            output(&measured, &found, || defects::told(&found));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn output(measured: &Measured, value: &Value, told: impl FnOnce() -> String) {
    match measured.output {
        Format::Json => print(&value.to_string()),
        Format::Text => print(&told()),
    }
}

/// A measurement with what belongs to it.
pub(super) struct At {
    pub(super) folder: StateFolder,
    pub(super) settings: NodeSettings,
    pub(super) kept: Kept,
    pub(super) pack: RulePack,
    /// None if nothing was fetched: then counts are told, and no rules.
    pub(super) materials: Option<Materials>,
}

impl At {
    fn of(measured: &Measured) -> Result<Self, Trouble> {
        // Keys of records and proposals of repair are nowhere else.
        let dir = measured.dir.as_deref();
        let dir = dir.ok_or_else(|| Fault::bad_settings("--dir", texts::only_at_the_node()))?;
        let (folder, settings) = node_at(dir)?;
        let days = Kept::days(&folder, &measured.service);
        let day: Option<Date> = measured.day.or_else(|| days.last().copied());
        let day = day.filter(|day| days.contains(day)).ok_or_else(|| nothing_measured(&measured.service))?;
        let kept = Kept::read(&folder, &measured.service, day)?;
        let materials = Materials::read(&folder).ok();
        Ok(Self { folder, settings, kept, pack: pack()?, materials })
    }
}

/// Puts a member into an object.
fn set(object: &mut Value, member: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
}

fn pack() -> Result<RulePack, Fault> {
    RulePack::shipped().map_err(internal)
}

fn nothing_measured(service: &ServiceId) -> Fault {
    Fault::NotInRegistry { subject: texts::measurement_of(service).both() }
}

fn node_at(dir: &Path) -> Result<(StateFolder, NodeSettings), Fault> {
    let folder = StateFolder(std::path::absolute(dir).map_err(|error| file_failed(dir, &error))?);
    let settings = read_settings(&folder.0)?;
    Ok((folder, settings))
}

/// What rules are made of: fetched if there is a hub to ask, else as it was fetched last.
async fn materials(
    folder: &StateFolder,
    officer: Option<&Path>,
    services: &[ServiceId],
) -> Result<Materials, Trouble> {
    let Some(officer) = officer else {
        return Materials::read(folder)
            .map_err(|_| Fault::bad_settings("--officer", texts::nothing_fetched()).into());
    };
    match operate::quality::fetch(&HubClient::at(officer)?, services).await {
        Ok(fetched) => {
            fetched.write(folder)?;
            Ok(fetched)
        }
        Err(Trouble::Fault(fault @ Fault::HubUnreachable { .. })) => {
            let Ok(known) = Materials::read(folder) else { return Err(fault.into()) };
            say_words(&texts::hub_not_asked(known.fetched_at));
            Ok(known)
        }
        Err(trouble) => Err(trouble),
    }
}

async fn run_all(
    folder: &StateFolder,
    settings: &NodeSettings,
    asked: &[ServiceId],
    officer: Option<&Path>,
    output: Format,
) -> Result<ExitCode, Trouble> {
    let here = measure::datasets(folder, settings).await?;
    if let Some(unknown) = asked.iter().find(|service| !here.contains(service)) {
        return Err(Fault::NotInRegistry { subject: unknown.to_string() }.into());
    }
    let materials = materials(folder, officer, &here).await?;
    let pack = pack()?;
    let services = if asked.is_empty() { &here } else { asked };
    let (mut items, mut failed) = (Vec::new(), false);
    for service in services {
        let mut said = Instant::now();
        let see = |progress: Progress| {
            if progress.rests || said.elapsed() > PROGRESS {
                said = Instant::now();
                say(&format!("{service}: {}", told(progress)));
            }
        };
        match measure::run(folder, settings, service, &materials, see).await {
            Ok(kept) => {
                let gated = Gated::of(folder, &materials, service).ok();
                let shown = scores::Shown::of(&kept, &pack).behind(gated);
                if output == Format::Text {
                    print(&shown.told());
                }
                items.push(shown.json());
            }
            // One that cannot be measured does not keep the others from it.
            Err(fault) => {
                failed = true;
                say(&format!("{service}: {} {}", fault.code(), fault.words().told()));
                items.push(json!({
                    "service": service, "measured": false, "fault": fault.code(),
                    "reason_vi": fault.vi(), "reason": fault.en(),
                }));
            }
        }
    }
    if output == Format::Json {
        print(&json!({ "items": items }).to_string());
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// How far a run has come.
fn told(progress: Progress) -> String {
    if progress.rests {
        return texts::rests(progress.rows).told();
    }
    match (progress.of, progress.left) {
        (Some(of), Some(left)) if of >= progress.rows => {
            let minutes = left.as_secs().div_ceil(60);
            texts::progress(progress.rows, of, minutes).told()
        }
        _ => crate::texts::records(progress.rows).told(),
    }
}
