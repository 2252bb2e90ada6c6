//! The day's cases: each of the thirty procedures that is in force, by the engine of the one-stop offices' nodes. `stories` says who comes
//! for what, and what goes wrong; here a case is carried from its opening to its receipt, as an office does it.

mod stories;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use jiff::civil::Date;
use model::case::{Case, DeedState, Done, Item, ItemState, State};
use model::casework::{
    Answers, AskingPaper, Correcting, Deciding, Opening, Previewing, Resulting, Submitting, UsingResult,
};
use model::fault::Fault;
use model::gap::{Gap, GapClass};
use model::person::PersonId;
use model::procedure::{FULL_NAME, Otherwise, Procedure};
use model::words::Words;

use crate::case::{Figures, Played, reason};
use crate::nation::Nation;
use crate::office::Office;
use crate::processes::step;
use crate::tally::milliseconds;
use crate::texts;
use crate::world::World;

use stories::Twist;
pub(crate) use stories::{STORIES, Story};

/// A paper as somebody hands it in: what is in it the day does not need.
const PAPER: &[u8] = b"%PDF-1.7\n% a paper of the demo nation\n";
/// Longest wait for a source that is back, and the pause between two tries.
const BACK: std::time::Duration = std::time::Duration::from_secs(20);
const AGAIN: std::time::Duration = std::time::Duration::from_millis(300);
/// How often what is missing is looked for.
const ROUNDS: usize = 3;
/// How long a slow source stands still.
const SLOW: std::time::Duration = std::time::Duration::from_millis(1_200);

/// The stories whose procedures are in force.
pub(crate) fn in_force(world: &World, today: Date) -> Vec<&'static Story> {
    let holds = |story: &&Story| {
        procedure(world, story.procedure).is_ok_and(|procedure| procedure.valid.holds_on(today))
    };
    STORIES.iter().filter(holds).collect()
}

fn procedure<'w>(world: &'w World, code: &str) -> Result<&'w Procedure, Fault> {
    world.registry.procedure(code).ok_or_else(|| step(code, "no such procedure"))
}

/// Plays a story.
///
/// # Errors
/// [`Fault::DemoStep`] if it goes otherwise than it must.
pub(crate) async fn play(
    world: &mut World,
    nation: &Nation,
    story: &Story,
    number: usize,
) -> Result<Played, Fault> {
    let procedure = procedure(world, story.procedure)?.clone();
    let opening =
        (story.cast)(nation).ok_or_else(|| step(story.procedure, "the nation is too small to cast it"))?;
    let office = world.office(story.desk)?.clone();
    let opening = Opening {
        procedure: procedure.code().to_owned(),
        dossier: Some(format!("{}-{number:04}", agency_code(&office))),
        level: Some(if story.twist == Twist::LowLevel { 1 } else { procedure.assurance }),
        ..opening
    };
    let mut work =
        Work { office, procedure, nation, opening, unanswered: BTreeSet::new(), found_out: Vec::new() };
    let began = Instant::now();
    let case = work.ask(world, story, number).await?;
    let asked_ms = milliseconds(began.elapsed());
    let case = if story.twist == Twist::Withdrawn {
        work.withdraw(case).await?
    } else {
        work.finish(world, case, story).await?
    };
    work.check(&case)?;
    if let (Some(kind), Some(code)) = (story.gives, case.decision.as_ref().and_then(|one| one.result.clone()))
    {
        world.results.insert(kind, code);
    }
    let member = work.office.system.rsplit_once('/').unwrap_or_default().0;
    Ok(Played {
        code: work.procedure.code().to_owned(),
        procedure: Words::from(&work.procedure.name),
        scene: (story.scene)(),
        agency: member
            .parse()
            .map_or_else(|_| Words::quoted(member), |member| Words::from(&world.registry.agency(&member))),
        system: work.office.system.clone(),
        outcome: outcome(&case),
        figures: Figures::of(&case, work.unanswered.len()),
        asked_ms,
        found_out: work.found_out,
        case,
    })
}

/// `H05.101` of an office.
fn agency_code(office: &Office) -> &str {
    office.system.rsplit('/').nth(1).unwrap_or_default()
}

/// Whether nobody has answered for it.
fn is_away(item: &Item) -> bool {
    matches!(item.gap, Some(Gap::SourceDown | Gap::Timeout))
}

/// What came of a case, with the numbers that holders gave.
fn outcome(case: &Case) -> Words {
    let gave: Vec<String> = case.deeds.iter().flat_map(|deed| deed.gave.values().cloned()).collect();
    let gave = gave.join(", ");
    match (&case.decision, gave.is_empty()) {
        (None, _) => texts::case_withdrawn(),
        (Some(decided), _) if !decided.granted => texts::case_not_granted(),
        (Some(_), true) => texts::case_granted(),
        (Some(_), false) => texts::case_granted_with(&gave),
    }
}

/// A case in work.
struct Work<'a> {
    office: Office,
    procedure: Procedure,
    nation: &'a Nation,
    opening: Opening,
    /// Exchanges that nobody answered.
    unanswered: BTreeSet<String>,
    /// Deeds whose answer was lost, and of which their holder told afterwards.
    found_out: Vec<String>,
}

impl Work<'_> {
    /// Opens the case and has the databases asked, with what goes wrong while they are.
    async fn ask(&mut self, world: &mut World, story: &Story, number: usize) -> Result<Case, Fault> {
        let key = format!("{}-{number}", self.procedure.code());
        match story.twist {
            Twist::Down(node) | Twist::Back(node) => world.kill_node(World::index_of(node)?).await?,
            Twist::Slow(node) => world.pause_node(World::index_of(node)?, SLOW)?,
            _ => {}
        }
        let mut case = self.settle(self.office.open(&key, &self.opening).await?).await?;
        if let Twist::Down(node) | Twist::Back(node) = story.twist {
            world.restart_node(World::index_of(node)?).await?;
        }
        if let Twist::Back(_) = story.twist {
            case = self.ask_again(case).await?;
        }
        if story.twist == Twist::LowLevel {
            let level = Some(self.procedure.assurance);
            case = self
                .settle(self.office.act(&case, "answers", &Answers { level, ..Answers::default() }).await?)
                .await?;
        }
        Ok(case)
    }

    /// Asks again what had no answer, until it has one or it is clear that it stays away.
    async fn ask_again(&mut self, mut case: Case) -> Result<Case, Fault> {
        let began = Instant::now();
        while case.items.iter().any(is_away) && began.elapsed() < BACK {
            tokio::time::sleep(AGAIN).await;
            let again = Answers { again: true, ..Answers::default() };
            case = self.settle(self.office.act(&case, "answers", &again).await?).await?;
        }
        Ok(case)
    }

    /// Waits until nothing is under way, and notes what nobody has answered.
    async fn settle(&mut self, case: Case) -> Result<Case, Fault> {
        let case = self.office.settled(case).await?;
        let away = case.items.iter().filter(|item| is_away(item)).flat_map(|item| &item.exchanges);
        self.unanswered.extend(away.map(|exchange| exchange.id.clone()));
        Ok(case)
    }

    /// What was found is looked at, what is missing is handed in or said, and the case is submitted and decided.
    async fn finish(&mut self, world: &World, case: Case, story: &Story) -> Result<Case, Fault> {
        let mut case = self.look_through(case, story).await?;
        case = self.correct(case, story).await?;
        // By what persons say some are asked anew, and what they answer is looked at like the rest.
        for _ in 0..ROUNDS {
            case = self.use_result(world, case, story).await?;
            case = self.hand_in(case).await?;
            case = self.say(case).await?;
            case = self.look_through(case, story).await?;
            if case.missing.is_empty() {
                break;
            }
        }
        if story.twist == Twist::Lost {
            world.lose_next_answer().await?;
        }
        case = self.settle(self.office.act(&case, "submit", &Submitting::default()).await?).await?;
        if story.twist == Twist::Lost {
            case = self.find_out(case).await?;
        }
        if case.state != State::Submitted {
            return Err(self.failed(&case));
        }
        // The receipt is there for whoever submitted.
        self.office.receipt(&case).await?;
        let granted = story.twist != Twist::Refused;
        let result = story.gives.map(|kind| self.result(kind));
        self.office.act(&case, "decide", &Deciding { granted, mark: case.mark.clone(), result }).await
    }

    /// What comes of the case, under a kind by which a later one finds it.
    fn result(&self, kind: &str) -> Resulting {
        let lines = self.procedure.form.iter().map(|line| line.fact.clone());
        Resulting {
            kind: kind.to_owned(),
            name: self.procedure.name.clone(),
            fields: BTreeMap::new(),
            lines: lines.filter(|fact| fact.ends_with(FULL_NAME)).collect(),
            valid_to: None,
        }
    }

    /// A result of an earlier case stands in the place of a paper: of this office, or of another, which is asked.
    async fn use_result(&self, world: &World, case: Case, story: &Story) -> Result<Case, Fault> {
        let Some((item, kind)) = story.uses else { return Ok(case) };
        if case.items.iter().any(|known| known.id == item && known.result.is_some()) {
            return Ok(case);
        }
        let code = world.results.get(kind).ok_or_else(|| step(kind, "no earlier case gave it"))?.clone();
        self.office.act(&case, "results", &UsingResult { item: item.to_owned(), code }).await
    }

    /// A deed was done, and its answer is lost: the office has its holder asked by the exchange, and sends nothing a second time.
    async fn find_out(&mut self, case: Case) -> Result<Case, Fault> {
        let unknown = case.deeds.iter().find(|deed| deed.state == DeedState::OutcomeUnknown);
        let unknown = unknown.ok_or_else(|| self.failed(&case))?.clone();
        let ask = Submitting { ask: true, ..Submitting::default() };
        let case = self.settle(self.office.act(&case, "submit", &ask).await?).await?;
        let is_same = |deed: &Done| deed.id == unknown.id && deed.exchange == unknown.exchange;
        let deed = case.deeds.iter().find(|deed| is_same(deed) && deed.state == DeedState::Done);
        let deed = deed.ok_or_else(|| self.failed(&case))?;
        self.found_out.push(deed.id.clone());
        Ok(case)
    }

    async fn look_through(&mut self, mut case: Case, story: &Story) -> Result<Case, Fault> {
        while case.state == State::Preview {
            let found =
                case.items.iter().filter(|item| item.state == ItemState::Found).map(|item| item.id.clone());
            let (decline, accept) =
                found.partition(|id| matches!(story.twist, Twist::Declined(item) if item == id));
            let said = Previewing { accept, decline };
            case = self.settle(self.office.act(&case, "preview", &said).await?).await?;
        }
        Ok(case)
    }

    /// The person says that a value is wrong; both stay, and an officer decides that theirs counts.
    async fn correct(&mut self, case: Case, story: &Story) -> Result<Case, Fault> {
        let Twist::Corrected(fact, value) = story.twist else { return Ok(case) };
        let (value, why) = (Some(value.to_owned()), Some(texts::said_by_person().vi().to_owned()));
        let said = Correcting { fact: fact.to_owned(), value, why, counts: None };
        let case = self.office.act(&case, "corrections", &said).await?;
        let counts = Correcting { fact: fact.to_owned(), value: None, why: None, counts: Some(true) };
        self.settle(self.office.act(&case, "corrections", &counts).await?).await
    }

    /// Hands in each paper that a reason allows to ask for; what proves that somebody may act for another an officer reads first.
    async fn hand_in(&mut self, mut case: Case) -> Result<Case, Fault> {
        while let Some(item) = self.wanted(&case) {
            case = self.office.hand_in(&case, &item, PAPER).await?;
            if self.procedure.acts_for.iter().any(|acts| acts.proved_by == item) {
                let proves = AskingPaper { item, reason: None, proves: Some(true) };
                case = self.settle(self.office.act(&case, "papers", &proves).await?).await?;
            }
        }
        Ok(case)
    }

    /// The next item for which a paper is to be handed in.
    fn wanted(&self, case: &Case) -> Option<String> {
        let by_paper = |item: &&Item| {
            let rule = self.procedure.requirements.iter().find(|requirement| requirement.id == item.id);
            let allowed = item.class == Some(GapClass::PaperMayBeAsked);
            let open = matches!(item.state, ItemState::Gap | ItemState::Declined)
                && item.gap != Some(Gap::Unrepresented);
            allowed
                && open
                && rule.is_some_and(|rule| rule.paper.is_some() && rule.otherwise == Otherwise::Paper)
        };
        case.items.iter().find(by_paper).map(|item| item.id.clone())
    }

    /// Says what no database has said: of persons what they know of themselves.
    async fn say(&mut self, mut case: Case) -> Result<Case, Fault> {
        if case.missing.is_empty() {
            return Ok(case);
        }
        let open = case
            .form
            .iter()
            .filter(|line| !line.optional && line.value.is_none() && line.correction.is_none());
        let lines: Vec<String> = open.map(|line| line.fact.clone()).collect();
        for fact in lines {
            let Some(value) = self.known(&case, &fact) else { continue };
            let said = Correcting { fact, value: Some(value), why: None, counts: None };
            case = self.settle(self.office.act(&case, "corrections", &said).await?).await?;
        }
        Ok(case)
    }

    /// What the person of a role knows of themselves.
    fn known(&self, case: &Case, fact: &str) -> Option<String> {
        let (role, member) = fact.split_once('.')?;
        let number = format!("{role}.so_dinh_danh");
        let found = || case.items.iter().find_map(|item| Some(item.values.get(&number)?.value.clone()));
        let id: PersonId = self.opening.inputs.get(&number).cloned().or_else(found)?.parse().ok()?;
        self.nation.says(&id, member)
    }

    async fn withdraw(&mut self, case: Case) -> Result<Case, Fault> {
        self.office.act(&case, "close", &BTreeMap::<String, String>::new()).await
    }

    /// That each item has ended with a reason where it has no answer, and each deed of a case that was submitted was done.
    fn check(&self, case: &Case) -> Result<(), Fault> {
        let is_submitted = case.decision.is_some();
        let is_told = |item: &Item| match item.state {
            ItemState::Accepted | ItemState::NotApplicable => true,
            ItemState::Found => !is_submitted,
            ItemState::Waiting | ItemState::Asking => false,
            _ => reason(item).is_some(),
        };
        let wanted = if is_submitted { DeedState::Done } else { DeedState::Waiting };
        let is_whole = case.items.iter().all(is_told) && case.deeds.iter().all(|deed| deed.state == wanted);
        if is_whole { Ok(()) } else { Err(self.failed(case)) }
    }

    fn failed(&self, case: &Case) -> Fault {
        let missing: Vec<&str> = case.missing.iter().map(|name| name.en.as_str()).collect();
        step(
            &self.procedure.id,
            &format!("{:?}: {}; {}", case.state, missing.join("; "), serde_json::json!(case)),
        )
    }
}
