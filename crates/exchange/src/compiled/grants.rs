//! Grants as the directory holds them: many, so each is small, and what many have in common is held once.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;

use model::directory::Bin;
use model::endpoint::Endpoint;
use model::grant::{Fields, Grant, RowRule, Use};
use model::id::{Grantee, ServiceId, SystemId};
use model::time::Validity;

use crate::compiled::parties::Parties;

/// A grant. What its members mean is said at [`Grant`]; the four behind one pointer each are shared with all grants that say the same.
#[derive(Debug, Clone)]
pub struct HeldGrant {
    /// Its name in the registry.
    pub id: Box<str>,
    /// Who may call.
    pub client: Grantee,
    /// What may be called.
    pub service: ServiceId,
    /// What for, each with what allows it.
    pub uses: Arc<Vec<Use>>,
    /// Which endpoints of the service; without, all that need not be named.
    pub endpoints: Option<Arc<Vec<Endpoint>>>,
    /// Which fields of an answer.
    pub fields: Arc<Fields>,
    /// Which records.
    pub rows: Arc<Vec<RowRule>>,
    validity: Validity,
    /// Calls a second.
    pub per_second: NonZeroU32,
}

/// The grants of one bin, in an order by which those of a pair are found.
#[derive(Debug)]
pub(super) struct GrantTable {
    /// The marks of their pairs, in the same order: what is searched lies close together.
    marks: Box<[u32]>,
    grants: Box<[Arc<HeldGrant>]>,
}

/// What grants say, each thing once. A nation's half a million grants come from some hundred forms.
#[derive(Debug, Default)]
pub(super) struct Pool {
    uses: HashSet<Arc<Vec<Use>>>,
    endpoints: HashSet<Arc<Vec<Endpoint>>>,
    fields: HashSet<Arc<Fields>>,
    rows: HashSet<Arc<Vec<RowRule>>>,
    /// How many there were when those that nothing holds were last let go.
    kept: usize,
}

/// So few are not looked through.
const POOL_LEAST: usize = 1024;

impl HeldGrant {
    /// Takes in a grant as it was published.
    #[must_use]
    pub(super) fn of(grant: Grant, parties: &Parties, pool: &mut Pool) -> Self {
        let validity = grant.validity();
        let Grant { id, client, service, uses, endpoints, fields, rows, per_second, .. } = grant;
        Self {
            id: id.into(),
            client: known_client(client, parties),
            service: parties.services.get_key_value(&service).map_or(service, |(known, _)| known.clone()),
            uses: once(&mut pool.uses, uses),
            endpoints: endpoints.map(|named| once(&mut pool.endpoints, named)),
            fields: once(&mut pool.fields, fields),
            rows: once(&mut pool.rows, rows.unwrap_or_default()),
            validity,
            per_second,
        }
    }

    /// What calls of a system by this grant are counted by: each system of a class for itself.
    #[must_use]
    pub fn counted_for(&self, client: &SystemId) -> Cow<'_, str> {
        // No name of a grant has a line break in it.
        if self.client.is_class() { format!("{}\n{client}", self.id).into() } else { Cow::Borrowed(&self.id) }
    }

    /// The days on which it holds.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The grant as it was published.
    #[must_use]
    pub fn published(&self) -> Grant {
        Grant {
            id: self.id.to_string(),
            client: self.client.clone(),
            service: self.service.clone(),
            uses: self.uses.to_vec(),
            endpoints: self.endpoints.as_ref().map(|named| named.to_vec()),
            fields: Fields::clone(&self.fields),
            rows: Some(self.rows.to_vec()).filter(|rules| !rules.is_empty()),
            valid_from: self.validity.valid_from,
            valid_to: self.validity.valid_to,
            per_second: self.per_second,
        }
    }
}

impl GrantTable {
    pub(super) fn of(grants: Vec<Grant>, parties: &Parties, pool: &mut Pool) -> Self {
        let held = grants.into_iter().map(|grant| {
            let (_, mark) = Bin::with_mark(&grant.client, &grant.service);
            (mark, Arc::new(HeldGrant::of(grant, parties, pool)))
        });
        let mut held: Vec<_> = held.collect();
        // Stable: those of a pair stay in the order in which they were published.
        held.sort_by(|(a, one), (b, other)| {
            (a, &one.client, &one.service).cmp(&(b, &other.client, &other.service))
        });
        let (marks, grants): (Vec<_>, Vec<_>) = held.into_iter().unzip();
        Self { marks: marks.into(), grants: grants.into() }
    }

    /// The grants of a pair, whose mark is `mark`. Another pair may have the same.
    pub(super) fn of_pair(&self, mark: u32, client: &Grantee, service: &ServiceId) -> &[Arc<HeldGrant>] {
        let fits = |grant: &Arc<HeldGrant>| grant.client == *client && grant.service == *service;
        let same_mark = self.marks.partition_point(|other| *other < mark);
        let from = same_mark
            + self.rest(same_mark).take_while(|(other, grant)| **other == mark && !fits(grant)).count();
        let to = from + self.rest(from).take_while(|(_, grant)| fits(grant)).count();
        self.grants.get(from..to).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.grants.len()
    }

    /// All of them.
    pub(super) fn all(&self) -> &[Arc<HeldGrant>] {
        &self.grants
    }

    fn rest(&self, from: usize) -> impl Iterator<Item = (&u32, &Arc<HeldGrant>)> {
        self.marks.iter().zip(&self.grants).skip(from)
    }
}

impl Pool {
    /// Lets go what no grant says any more, once as much is new as was kept.
    pub(super) fn tidy(&mut self) {
        if self.len() < 2 * self.kept.max(POOL_LEAST) {
            return;
        }
        self.uses.retain(is_held);
        self.endpoints.retain(is_held);
        self.fields.retain(is_held);
        self.rows.retain(is_held);
        self.kept = self.len();
    }

    pub(super) fn len(&self) -> usize {
        self.uses.len() + self.endpoints.len() + self.fields.len() + self.rows.len()
    }
}

/// A system in the text that all have who know it.
fn known_client(client: Grantee, parties: &Parties) -> Grantee {
    let known = client.system().and_then(|system| parties.systems.get_key_value(&system));
    known.map_or(client, |(known, _)| known.clone().into())
}

/// By a grant, of this directory or of one before that is still decided by.
fn is_held<T>(one: &Arc<T>) -> bool {
    Arc::strong_count(one) > 1
}

/// The one that equals `value`: known, or from now on.
fn once<T: Eq + Hash>(known: &mut HashSet<Arc<T>>, value: T) -> Arc<T> {
    if let Some(one) = known.get(&value) {
        return one.clone();
    }
    let one = Arc::new(value);
    known.insert(one.clone());
    one
}
