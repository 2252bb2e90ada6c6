//! Packs and from when they judge. The first version of a family judges from its own day on; a later one is announced a whole period ahead,
//! so that nobody is judged by what they could not know.

use std::collections::BTreeSet;

use assess::period::Period;
use assess::{Pack, pack};
use jiff::Timestamp;
use model::agency::Name;
use model::fault::{Fault, Words};
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::right::Right;
use crate::registry::check::{contradictory, not_there};
use crate::store::{Tx, all, from_json, moment, run, to_json};
use crate::texts;

/// The word for packs in the audit trail.
pub(crate) const KIND: &str = "AssessPack";

/// A pack as the hub knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = KnownAssessPack)]
pub(crate) struct Known {
    /// Name and version.
    pub(crate) id: String,
    /// Its name without its version.
    pub(crate) family: String,
    /// In both languages.
    pub(crate) name: Name,
    /// Where it comes from.
    pub(crate) source: Name,
    /// Whether that is known second-hand only.
    pub(crate) second_hand: bool,
    /// Whether weights and bounds are ours.
    pub(crate) assumed: bool,
    /// How many criteria it has.
    pub(crate) criteria: usize,
    /// How long its periods are.
    pub(crate) cycle: assess::period::Cycle,
    /// The first day that it judges.
    pub(crate) effective_from: jiff::civil::Date,
    /// The day from which on it judges none; null: it goes on until the next version.
    pub(crate) effective_to: Option<jiff::civil::Date>,
    /// When it was announced; null: it came with the program, and is the first of its family.
    #[schema(format = DateTime)]
    pub(crate) announced_at: Option<String>,
    /// SHA-256 over its canonical text.
    pub(crate) sha256: String,
    /// All of it.
    #[serde(skip)]
    pub(crate) pack: Pack,
}

impl Known {
    fn of(pack: Pack, announced_at: Option<String>) -> Self {
        Self {
            id: pack.id.clone(),
            family: pack.family().to_owned(),
            name: pack.name.clone(),
            source: pack.source.clone(),
            second_hand: pack.second_hand,
            assumed: pack.assumed,
            criteria: pack.criteria.len(),
            cycle: pack.cycle,
            effective_from: pack.effective_from,
            effective_to: pack.effective_to,
            announced_at: announced_at.filter(|at| !at.is_empty()),
            sha256: pack.digest(),
            pack,
        }
    }
}

/// All packs, families in order of what is shipped and then of their names, versions from the first.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn all_of(tx: &mut Tx) -> Result<Vec<Known>, Fault> {
    let rows: Vec<(String, String)> =
        all!(tx, "SELECT announced_at, entry FROM assess_pack ORDER BY begins, id")?;
    let mut known = Vec::with_capacity(rows.len());
    for (announced_at, entry) in rows {
        known.push(Known::of(from_json(&entry)?, Some(announced_at)));
    }
    let families: BTreeSet<String> = known.iter().map(|one| one.family.clone()).collect();
    let shipped = Pack::shipped().map_err(|error| Fault::Internal { why: error.to_string() })?;
    known.extend(
        shipped
            .into_iter()
            .filter(|pack| !families.contains(pack.family()))
            .map(|pack| Known::of(pack, None)),
    );
    let place =
        |family: &str| pack::SHIPPED.iter().position(|(name, _)| *name == family).unwrap_or(usize::MAX);
    known.sort_by(|a, b| {
        (place(&a.family), &a.family, a.effective_from).cmp(&(place(&b.family), &b.family, b.effective_from))
    });
    Ok(known)
}

/// The pack that judges a period: of those of the family that do, the one that began last.
pub(crate) fn of_period(packs: &[Known], family: &str, period: Period) -> Option<Known> {
    let judging = packs.iter().filter(|known| known.family == family && known.pack.judges(period));
    judging.max_by_key(|known| known.effective_from).cloned()
}

/// A pack by its id.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn one(tx: &mut Tx, id: &str) -> Result<Known, Fault> {
    all_of(tx).await?.into_iter().find(|known| known.id == id).ok_or_else(|| not_there(KIND, id))
}

/// Keeps a pack that is used or announced, once.
pub(crate) async fn keep(tx: &mut Tx, pack: &Pack, announced_at: &str) -> Result<(), Fault> {
    run!(
        tx,
        "INSERT INTO assess_pack (id, family, begins, announced_at, sha256, entry) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING"
        => &pack.id, pack.family(), pack.effective_from.to_string(), announced_at, pack.digest(), to_json(pack)?
    )?;
    Ok(())
}

/// A pack to announce.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AnnouncingAssessPack)]
pub(crate) struct Announcing {
    /// The pack, as TOML.
    pub(crate) toml: String,
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub(crate) reason: String,
}

/// Announces a pack. A version that is known is not changed, and a later one of a family judges no period that begins before a whole one has
/// gone by.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::BadDocument`], [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn announce(tx: &mut Tx, toml: &str, context: &AuditContext) -> Result<Known, Fault> {
    context.may(Right::Govern)?;
    context.officer.of_the_hub()?;
    let bad = |why: Words| Fault::BadDocument { place: Words::quoted("toml"), why };
    let pack = Pack::read(toml).map_err(|error| bad(error.0))?;
    let packs = all_of(tx).await?;
    let subject = (KIND, pack.id.as_str());
    let family: Vec<&Known> = packs.iter().filter(|known| known.family == pack.family()).collect();
    if family.iter().any(|known| known.id == pack.id) {
        return Err(contradictory(subject, texts::assess_pack_known()));
    }
    if let Some(last) = family.iter().max_by_key(|known| known.effective_from) {
        let today = day_in_viet_nam(context.at);
        let least = Period::of(pack.cycle, today).next().next().first();
        if pack.effective_from < least {
            return Err(contradictory(
                subject,
                texts::assess_pack_early(&least.strftime("%d/%m/%Y").to_string()),
            ));
        }
        if pack.cycle != last.cycle {
            return Err(contradictory(subject, texts::assess_pack_cycle()));
        }
        if family.iter().any(|known| known.effective_from >= pack.effective_from) {
            return Err(contradictory(subject, texts::assess_pack_order()));
        }
        // What came with the program stays the first of its family.
        for known in family {
            keep(tx, &known.pack, known.announced_at.as_deref().unwrap_or_default()).await?;
        }
    }
    keep(tx, &pack, &moment(context.at)).await?;
    let told = json!({ "sha256": pack.digest(), "effective_from": pack.effective_from }).to_string();
    note(tx, context, Act::Created, subject, None, Some(told)).await?;
    Ok(Known::of(pack, Some(moment(context.at))))
}

/// What happens by itself is told of under this name.
pub(crate) fn by_the_hub(now: Timestamp) -> AuditContext {
    AuditContext::of_the_hub("hub", texts::assess_frozen_why().vi(), now)
}
