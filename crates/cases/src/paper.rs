//! Papers: asked for only where a gap allows it, else with a reason that counts (invariants O1, O5); taken in within bounds, and only as what
//! they say they are.

use jiff::Timestamp;
use model::case::{AskedPaper, By, ItemState, State};
use model::casework::AskingPaper;
use model::fault::Fault;
use model::gap::GapClass;
use model::procedure::Procedure;
use model::scope::ReusePack;
use model::text::{is_hidden, nfc};
use model::words::Words;

use crate::case::{Held, HeldItem};
use crate::texts;

/// Largest paper.
pub(crate) const PAPER_MAX: usize = 10 * 1024 * 1024;
/// Papers of a case.
const PAPERS: u32 = 20;
/// Longest name of a file.
const NAME_MAX: usize = 120;
/// What begins as what it is.
pub(crate) const FORMS: [&[u8]; 3] = [b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"];

/// Whether a paper for an item is needed: no answer, for a reason that allows to ask.
pub(crate) fn is_needed(item: &HeldItem) -> bool {
    let gap = matches!(item.state, ItemState::Gap | ItemState::Declined).then_some(item.gap).flatten();
    gap.is_some_and(|gap| gap.class() == GapClass::PaperMayBeAsked)
}

/// Whether no paper of an item was asked for yet.
pub(crate) fn is_not_asked(held: &Held, procedure: &Procedure, id: &str) -> bool {
    let mut all = procedure.requirements.iter().zip(&held.items);
    all.any(|(requirement, item)| requirement.id == id && item.paper.is_none())
}

fn item_of<'h>(held: &'h mut Held, procedure: &Procedure, id: &str) -> Result<&'h mut HeldItem, Fault> {
    let index = procedure.requirements.iter().position(|requirement| requirement.id == id);
    let item = index.and_then(|index| held.items.get_mut(index));
    item.ok_or_else(|| Fault::CaseElsewhere { why: texts::no_item(id) })
}

fn check_step(held: &Held) -> Result<(), Fault> {
    match held.state {
        // After the decision, too: what is asked for late takes back what had counted as reused.
        State::Preview | State::Form | State::Submitted | State::Decided => Ok(()),
        _ => Err(Fault::CaseElsewhere { why: texts::no_papers_now() }),
    }
}

/// The reason as the pack has it.
fn reason(pack: Option<&ReusePack>, item: &str, said: Option<&str>) -> Result<String, Fault> {
    let said = said.map(str::trim).filter(|said| !said.is_empty());
    let said = said.ok_or_else(|| Fault::PaperNotNeeded { item: item.to_owned() })?;
    let known = pack.is_some_and(|pack| pack.reasons.iter().any(|reason| reason.code == said));
    if known {
        Ok(said.to_owned())
    } else {
        Err(Fault::BadDocument { place: Words::quoted("reason"), why: texts::no_reason_of_pack() })
    }
}

/// An officer asks for a paper. Returns whether it was needed; if not, it counts.
///
/// # Errors
/// [`Fault::PaperNotNeeded`], [`Fault::CaseElsewhere`], [`Fault::BadDocument`].
pub(crate) fn ask(
    held: &mut Held,
    procedure: &Procedure,
    pack: Option<&ReusePack>,
    asked: &AskingPaper,
) -> Result<bool, Fault> {
    check_step(held)?;
    let item = item_of(held, procedure, &asked.item)?;
    if let Some(before) = &item.paper {
        return Ok(before.needed);
    }
    let needed = is_needed(item);
    let reason = if needed { None } else { Some(reason(pack, &asked.item, asked.reason.as_deref())?) };
    item.paper = Some(AskedPaper { needed, reason, handed_in: None, number: None, file: None, proves: None });
    Ok(needed)
}

/// An officer says whether the paper of an item proves what it is for.
///
/// # Errors
/// [`Fault::CaseElsewhere`].
pub(crate) fn judge(held: &mut Held, procedure: &Procedure, item: &str, proves: bool) -> Result<(), Fault> {
    check_step(held)?;
    let paper = item_of(held, procedure, item)?.paper.as_mut().filter(|paper| paper.handed_in.is_some());
    let paper = paper.ok_or_else(|| Fault::CaseElsewhere { why: texts::no_paper(item) })?;
    paper.proves = Some(proves);
    Ok(())
}

/// A paper that is handed in.
pub(crate) struct Handed<'a> {
    pub(crate) item: &'a str,
    pub(crate) file: &'a str,
    pub(crate) content: &'a [u8],
    /// Of officers and systems: why, where no gap allows to ask.
    pub(crate) reason: Option<&'a str>,
}

/// Takes a paper. Returns its number in the case, and whether it was needed.
///
/// # Errors
/// [`Fault::PaperNotNeeded`], [`Fault::PaperRefused`], [`Fault::CaseElsewhere`].
pub(crate) fn hand_in(
    held: &mut Held,
    procedure: &Procedure,
    pack: Option<&ReusePack>,
    handed: &Handed<'_>,
    (by, now): (By, Timestamp),
) -> Result<(u32, bool), Fault> {
    check_step(held)?;
    let refused = |why| Fault::PaperRefused { why };
    if !FORMS.iter().any(|form| handed.content.starts_with(form)) {
        return Err(refused(texts::no_form_of_paper()));
    }
    if held.papers >= PAPERS {
        return Err(refused(texts::too_many_papers(PAPERS)));
    }
    let number = held.papers + 1;
    let item = item_of(held, procedure, handed.item)?;
    let needed = is_needed(item);
    match (&mut item.paper, needed, by) {
        (Some(_), ..) => {}
        (paper, true, _) => {
            *paper = Some(AskedPaper {
                needed: true,
                reason: None,
                handed_in: None,
                number: None,
                file: None,
                proves: None,
            })
        }
        // Nobody has asked the person for it, and the State has answered.
        (_, false, By::Citizen) => return Err(Fault::PaperNotNeeded { item: handed.item.to_owned() }),
        (paper, false, _) => {
            let reason = Some(reason(pack, handed.item, handed.reason)?);
            *paper = Some(AskedPaper {
                needed: false,
                reason,
                handed_in: None,
                number: None,
                file: None,
                proves: None,
            });
        }
    }
    let needed = item.paper.as_ref().is_some_and(|paper| paper.needed);
    if let Some(paper) = &mut item.paper {
        paper.handed_in = Some(now);
        paper.number = Some(number);
        paper.file = Some(file_name(handed.file));
        // What was said was said of another.
        paper.proves = None;
    }
    if matches!(item.state, ItemState::Gap | ItemState::Declined) {
        item.state = ItemState::Paper;
    }
    held.papers = number;
    Ok((number, needed))
}

/// A file's name as people read it: no path, nothing hidden.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String =
        nfc(last).chars().filter(|c| !c.is_control() && !is_hidden(*c)).take(NAME_MAX).collect();
    if shown.trim().is_empty() { "giay-to".to_owned() } else { shown }
}
