//! A small world in which every call can be tried: two services, some systems, purposes, calls, fields and days.
//!
//! Of each dimension it has what reaches name, and one more that no reach names. Whatever is covered or not is so already for one of these
//! calls: names only ever stand for themselves or, by `*`, for all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use exchange::compiled::CompiledDirectory;
use exchange::decide::{Call, decide};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use model::contain::{Reach, Uncovered};
use model::directory::{Bin, Content, Directory, Part, Piece};
use model::endpoint::CallPath;
use model::grant::{Fields, Grant};
use model::id::Grantee;
use model::time::{Validity, moment_in_viet_nam};
use serde_json::{Value, json};

use crate::names::{DAYS, PURPOSES, SERVICES, day};

/// Who calls: of each class one that is named and one that is not.
const SYSTEMS: [&str; 6] = [
    "VN/LOC/H0/mot-cua",
    "VN/LOC/H1/mot-cua",
    "VN/LOC/H9/mot-cua",
    "VN/GOV/G1/mot-cua",
    "VN/GOV/G9/mot-cua",
    "VN/LOC/H9/khac",
];
const CALLS: [(&str, &str); 9] = [
    ("POST", "/find"),
    ("GET", "/a"),
    ("GET", "/z"),
    ("GET", "/a/b"),
    ("POST", "/z/b"),
    ("POST", "/q/q/q"),
    ("PUT", "/q/q/q"),
    ("get", "/a"),
    ("POST", "/a/"),
];
/// What is seen of an answer: the fields, one that no reach names, and nothing at all.
const SEEN: [Option<&str>; 5] = [Some("f0"), Some("f1"), Some("f2"), Some("khong-ai-neu"), None];

/// One call, with the field that is seen of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The service.
    pub service: &'static str,
    /// Who calls.
    pub system: &'static str,
    /// What for.
    pub purpose: &'static str,
    /// Method and path.
    pub call: (&'static str, &'static str),
    /// On which day.
    pub day: Date,
    /// Which field is seen; none: the call by itself.
    pub field: Option<&'static str>,
}

/// Calls that are let through, a bit each.
type Bits = Vec<u64>;

/// What reaches let through: for each field that may be seen, the calls.
struct Through([Bits; SEEN.len()]);

/// The world, and what has been tried in it.
pub struct World {
    /// Everybody, and no grant.
    bare: CompiledDirectory,
    /// Every call, with the moment at which it is made; and the same as points.
    calls: Vec<(Call, Timestamp)>,
    points: Vec<Point>,
    /// By the grant's text: what `decide` lets through by it.
    tried: HashMap<String, Bits>,
    /// How many decisions were made.
    pub decisions: u64,
}

impl World {
    /// The world, in which nobody may do anything.
    ///
    /// # Panics
    /// Never: all of it is written here.
    #[must_use]
    pub fn new() -> Self {
        let points = points();
        let calls = points.iter().map(|point| (call(point), moment(point))).collect();
        let bare = bare().expect("the directory is written here");
        Self { bare, calls, points, tried: HashMap::new(), decisions: 0 }
    }

    /// The first call that `asked` lets through and `allowed` does not, by trying all of them.
    pub fn uncovered(&mut self, asked: &[Reach], allowed: &[Reach]) -> Option<Point> {
        let (asked, allowed) = (self.through(asked), self.through(allowed));
        let (slot, at) = first(&asked, &allowed, |_| true)?;
        self.points.get(at).map(|point| Point { field: SEEN.get(slot).copied().flatten(), ..point.clone() })
    }

    /// Whether a counter-example stands: on each of its days there is a call as it says that `asked` lets through and `allowed` does not.
    pub fn stands(&mut self, found: &Uncovered, asked: &[Reach], allowed: &[Reach]) -> bool {
        let (asked, allowed) = (self.through(asked), self.through(allowed));
        let Ok(client) = found.client.parse::<Grantee>() else { return false };
        let fits = |call: &Call| {
            call.service == found.service
                && client.covers(&call.client)
                && found.purpose.as_ref().is_none_or(|purpose| *purpose == call.purpose)
                && found.operation.matches(&call.method, &call.path)
        };
        let is_seen = |slot: usize| match &found.field {
            Some(field) => SEEN.get(slot).copied().flatten() == Some(field.as_str()),
            None => true,
        };
        let days: BTreeSet<Date> = (-1..=DAYS).map(day).filter(|day| found.days.holds_on(*day)).collect();
        !days.is_empty()
            && days.iter().all(|day| {
                (0..SEEN.len()).filter(|slot| is_seen(*slot)).any(|slot| {
                    let calls = self.calls.iter().zip(&self.points).enumerate();
                    calls.filter(|(_, (_, point))| point.day == *day).any(|(at, ((call, _), _))| {
                        fits(call) && asked.has(slot, at) && !allowed.has(slot, at)
                    })
                })
            })
    }

    /// What reaches let through, each operation, purpose and client of them by a grant of its own.
    fn through(&mut self, reaches: &[Reach]) -> Through {
        let none = || vec![0; self.calls.len().div_ceil(64)];
        let mut through = Through(std::array::from_fn(|_| none()));
        for reach in reaches {
            let fields = fields(reach);
            for operation in &reach.operations {
                for purpose in reach.purposes.iter().flatten() {
                    for client in &reach.clients {
                        let one = Reach {
                            operations: vec![operation.clone()],
                            purposes: Some(BTreeSet::from([purpose.clone()])),
                            ..reach.clone()
                        };
                        through.add(&fields, &self.of_grant(&grant(&one, client)));
                    }
                }
            }
        }
        through
    }

    /// Whether reaches let the same through by grants that are split up as by grants that have all of their operations and purposes.
    pub fn is_the_sum_of_its_parts(&mut self, reaches: &[Reach]) -> bool {
        let split = self.through(reaches);
        let mut whole = Through(std::array::from_fn(|_| vec![0; self.calls.len().div_ceil(64)]));
        for reach in reaches {
            for client in &reach.clients {
                let bits = self.decided(&grant(reach, client));
                whole.add(&fields(reach), &bits);
            }
        }
        whole.0 == split.0
    }

    fn of_grant(&mut self, grant: &Value) -> Bits {
        // What fields it shows changes nothing of what may be called.
        let mut named = grant.clone();
        if let Some(members) = named.as_object_mut() {
            members.remove("fields");
        }
        let name = named.to_string();
        if let Some(bits) = self.tried.get(&name) {
            return bits.clone();
        }
        let bits = self.decided(grant);
        self.tried.insert(name, bits.clone());
        bits
    }

    /// Every call, decided with this grant and no other.
    fn decided(&mut self, grant: &Value) -> Bits {
        let grant: Grant = serde_json::from_value(grant.clone()).expect("a grant");
        let part = Part::Grants(Bin::of(&grant.client, &grant.service));
        let piece = Piece { sha256: [1; 32], content: Some(Content::Grants(vec![grant])) };
        let mut parts: BTreeMap<Part, Piece> = self
            .bare
            .known()
            .into_iter()
            .map(|(part, sha256)| (part, Piece { sha256, content: None }))
            .collect();
        parts.insert(part, piece);
        let directory = Directory { revision: 2, expires: Timestamp::MAX, parts };
        let directory = self.bare.renewed(directory, moment_of(day(0))).expect("a charter");
        let mut bits = vec![0_u64; self.calls.len().div_ceil(64)];
        for (at, (call, now)) in self.calls.iter().enumerate() {
            if decide(&directory, call, *now).is_ok()
                && let Some(word) = bits.get_mut(at / 64)
            {
                *word |= 1 << (at % 64);
            }
        }
        self.decisions += self.calls.len() as u64;
        bits
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Through {
    fn add(&mut self, fields: &Fields, bits: &Bits) {
        for (slot, seen) in SEEN.iter().zip(&mut self.0) {
            if slot.is_none_or(|field| fields.allow(field)) {
                seen.iter_mut().zip(bits).for_each(|(all, one)| *all |= one);
            }
        }
    }

    fn has(&self, slot: usize, at: usize) -> bool {
        let word = self.0.get(slot).and_then(|bits| bits.get(at / 64)).copied().unwrap_or_default();
        word >> (at % 64) & 1 == 1
    }
}

/// The first field and call that the one has and the other has not.
fn first(asked: &Through, allowed: &Through, is_seen: impl Fn(usize) -> bool) -> Option<(usize, usize)> {
    let slots = asked.0.iter().zip(&allowed.0).enumerate().filter(|(slot, _)| is_seen(*slot));
    for (slot, (asked, allowed)) in slots {
        for (at, (asked, allowed)) in asked.iter().zip(allowed).enumerate() {
            let only = asked & !allowed;
            if only != 0 {
                return Some((slot, at * 64 + usize::try_from(only.trailing_zeros()).unwrap_or_default()));
            }
        }
    }
    None
}

fn points() -> Vec<Point> {
    let mut all = Vec::new();
    for service in SERVICES {
        for system in SYSTEMS {
            for purpose in PURPOSES {
                for call in CALLS {
                    for number in -1..=DAYS {
                        all.push(Point { service, system, purpose, call, day: day(number), field: None });
                    }
                }
            }
        }
    }
    all
}

fn call(point: &Point) -> Call {
    Call {
        client: point.system.parse().expect("a system"),
        service: point.service.parse().expect("a service"),
        purpose: point.purpose.to_owned(),
        method: point.call.0.to_owned(),
        path: CallPath::parse(point.call.1).expect("a path"),
    }
}

/// When a call is made: some in the first second of their day in Viet Nam, some in the last.
fn moment(point: &Point) -> Timestamp {
    let first = moment_of(point.day);
    if (point.system.len() + point.call.1.len()).is_multiple_of(2) { first } else { first + LAST_SECOND }
}

/// From the first second of a day to the last.
const LAST_SECOND: SignedDuration = SignedDuration::from_secs(24 * 3600 - 1);

fn moment_of(day: Date) -> Timestamp {
    moment_in_viet_nam(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MIN)
}

fn fields(reach: &Reach) -> Fields {
    reach.fields.clone().map_or(Fields::All, Fields::Only)
}

/// The grant that is a reach, for one of its clients.
fn grant(reach: &Reach, client: &str) -> Value {
    let uses: Vec<Value> = reach
        .purposes
        .iter()
        .flatten()
        .map(|purpose| json!({ "purpose": purpose, "basis": "nd-70" }))
        .collect();
    let Validity { valid_from, valid_to } = reach.valid;
    json!({
        "id": "g", "client": client, "service": reach.service, "uses": uses, "endpoints": reach.operations,
        "fields": fields(reach), "per_second": 1, "valid_from": valid_from, "valid_to": valid_to,
    })
}

/// The directory with everybody, and no grant.
fn bare() -> Option<CompiledDirectory> {
    let name = json!({ "vi": "a", "en": "a" });
    let piece = |content| Piece { sha256: [0; 32], content: Some(content) };
    let charter = json!({ "instance": "VN", "purposes": [], "anchors": [],
        "bases": [{ "code": "nd-70", "ground": "state_activity", "citation": "NĐ 70" }] });
    let charter = Content::Charter(Box::new(serde_json::from_value(charter).ok()?));
    let mut parts = BTreeMap::from([(Part::Charter, piece(charter))]);
    for agency in ["VN/GOV/G0", "VN/GOV/G1", "VN/GOV/G9", "VN/LOC/H0", "VN/LOC/H1", "VN/LOC/H9"] {
        let systems: Vec<Value> = ["s", "mot-cua", "khac"]
            .iter()
            .map(|code| json!({ "id": format!("{agency}/{code}"), "name": name }))
            .collect();
        let http = json!({ "endpoints": [{ "method": "*", "path": "/**" }] });
        let offered = SERVICES.iter().filter(|id| id.starts_with(agency));
        let services: Vec<Value> =
            offered.map(|id| json!({ "id": id, "name": name, "http": http })).collect();
        let entry = json!({ "agency": { "id": agency, "name": name, "bloc": "local" }, "systems": systems, "services": services });
        let entry = Content::Agency(Box::new(serde_json::from_value(entry).ok()?));
        parts.insert(Part::Agency(agency.parse().ok()?), piece(entry));
    }
    CompiledDirectory::of(Directory { revision: 1, expires: Timestamp::MAX, parts }, moment_of(day(0)))
}
