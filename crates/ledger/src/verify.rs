//! Reads a whole ledger and says what it found.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use disk::Disk;
use model::merkle::{GrowingTree, Hash};

use crate::entry::{Entry, Proof};
use crate::segment::{self, Ending, Segment};
use crate::{LedgerError, Side};

/// Problems told one by one; more are only counted.
const TOLD: usize = 100;

/// What a ledger holds and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Segment files.
    pub segments: usize,
    /// All entries.
    pub entries: u64,
    /// Exchanges asked for here.
    pub consumed: u64,
    /// Exchanges answered here.
    pub provided: u64,
    /// Requests that were recorded before what they asked for began.
    pub intents: u64,
    /// Those of them behind which nothing is recorded: under way, or cut off with the node.
    pub unended: u64,
    /// Requests that ended without an answer.
    pub refusals: u64,
    /// Those of them of whose answer a part was sent.
    pub broken: u64,
    /// Signatures that were checked.
    pub signatures: u64,
    /// Root of the tree over all entries.
    pub root: Hash,
    /// A commit at the end that is not whole: one that was cut off, or one that is being written now.
    pub unfinished: bool,
    /// Number of problems.
    pub problems: u64,
    /// The first of them.
    pub told: Vec<Problem>,
}

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Entry's number, or file and offset.
    pub place: String,
    /// What is wrong.
    pub why: String,
}

/// Checks signatures for a verifier. Keys are shown to it in the order of the ledger, before anything signed with them.
pub trait Checker {
    /// A key with its certificate.
    ///
    /// # Errors
    /// Why it can't be trusted.
    fn key(&mut self, keyid: &str, certificate: &[u8]) -> Result<(), String>;

    /// A message: a request, or an answer with the request it belongs to.
    ///
    /// # Errors
    /// What is wrong with its signature.
    fn proof(&mut self, proof: &Proof, request: Option<&Proof>) -> Result<(), String>;
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.problems == 0
    }

    fn tell(&mut self, place: String, why: String) {
        self.problems += 1;
        if self.told.len() < TOLD {
            self.told.push(Problem { place, why });
        }
    }
}

/// Reads the ledger in `folder` from its first entry to its last: sums, numbers, the tree, every signature. It may be in use.
///
/// `seen` is shown every entry that can be read: for those who compare ledgers.
///
/// # Errors
/// [`LedgerError::Disk`] if it can't be read. What is wrong with what can be read stands in the report.
pub fn verify(
    folder: &Path,
    checker: &mut dyn Checker,
    mut seen: impl FnMut(u64, &Entry),
) -> Result<Report, LedgerError> {
    let paths = segment::list(folder)?;
    let mut report = Report {
        segments: paths.len(),
        entries: 0,
        consumed: 0,
        provided: 0,
        intents: 0,
        unended: 0,
        refusals: 0,
        broken: 0,
        signatures: 0,
        root: GrowingTree::default().root(),
        unfinished: false,
        problems: 0,
        told: Vec::new(),
    };
    let (mut tree, mut begun) = (GrowingTree::default(), HashSet::new());
    for path in &paths {
        if report.unfinished {
            report.tell(path.display().to_string(), "the segment before it ends with a broken commit".into());
        }
        let segment = Segment::read(&Disk::default(), path)?;
        let replayed = segment.replay(&mut tree, |number, bytes| match Entry::decode(bytes) {
            Some(entry) => {
                check(&mut report, checker, number, &entry);
                match &entry {
                    Entry::Intent { request, .. } => drop(begun.insert(request.signature.clone())),
                    Entry::Exchange { request, .. } | Entry::Refusal { request: Some(request), .. } => {
                        begun.remove(&request.signature);
                    }
                    Entry::Refusal { request: None, .. } | Entry::Key { .. } => {}
                }
                seen(number, &entry);
            }
            None => report.tell(number.to_string(), "the entry cannot be read".into()),
        });
        match replayed {
            Ok((_, ending)) => report.unfinished = ending != Ending::Clean,
            Err(LedgerError::Damaged { place, why }) => {
                report.tell(place, why);
                break;
            }
            Err(error) => return Err(error),
        }
    }
    report.entries = tree.size();
    report.root = tree.root();
    report.unended = begun.len() as u64;
    Ok(report)
}

fn check(report: &mut Report, checker: &mut dyn Checker, number: u64, entry: &Entry) {
    let mut proofs: Vec<(&Proof, Option<&Proof>)> = Vec::new();
    match entry {
        Entry::Key { keyid, certificate } => {
            if let Err(why) = checker.key(keyid, certificate) {
                report.tell(number.to_string(), why);
            }
        }
        Entry::Intent { request, .. } => {
            report.intents += 1;
            proofs.push((request, None));
        }
        Entry::Exchange { side, request, answer, .. } => {
            *(if *side == Side::Consumer { &mut report.consumed } else { &mut report.provided }) += 1;
            proofs.extend([(request, None), (answer, Some(request))]);
        }
        Entry::Refusal { request, .. } => {
            report.refusals += 1;
            report.broken += u64::from(entry.sent().is_some());
            proofs.extend(request.as_ref().map(|request| (request, None)));
        }
    }
    for (proof, request) in proofs {
        report.signatures += 1;
        if let Err(why) = checker.proof(proof, request) {
            report.tell(number.to_string(), why);
        }
    }
}

/// Compares ledgers of one nation: what one node's ledger says of an exchange must be what the other's says.
pub struct Comparison {
    /// The nodes whose ledgers are read.
    read: HashSet<String>,
    /// By the answer's signature: where each side has the exchange.
    sides: HashMap<Vec<u8>, [Option<Held>; 2]>,
    /// By the request's signature: answers that broke off at the provider, and whether the consumer holds anything of the request.
    broken: HashMap<Vec<u8>, (Option<BrokenOff>, bool)>,
}

/// An answer of which a part was sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BrokenOff {
    /// The ledger and the number of the provider's entry.
    pub place: (String, u64),
    /// The node that asked.
    pub peer: String,
    /// The most bytes that left.
    pub sent: u64,
    /// Whether the ledger of that node, if it was read, holds the request.
    pub at_consumer: Option<bool>,
}

/// Where a ledger has an exchange, and with which node it was.
struct Held {
    place: (String, u64),
    other: String,
}

impl Comparison {
    /// Compares the ledgers of the nodes `read`, by identifier.
    #[must_use]
    pub fn of(read: HashSet<String>) -> Self {
        Self { read, sides: HashMap::new(), broken: HashMap::new() }
    }

    /// Takes an entry of the ledger called `name`. `signer` tells which node signed a message.
    pub fn take(&mut self, name: &str, number: u64, entry: &Entry, signer: impl Fn(&Proof) -> String) {
        if let Entry::Exchange { side, request, answer, .. } = entry {
            let [consumer, provider] = self.sides.entry(answer.signature.clone()).or_default();
            let (mine, theirs) = match side {
                Side::Consumer => (consumer, answer),
                Side::Provider => (provider, request),
            };
            *mine = Some(Held { place: (name.to_owned(), number), other: signer(theirs) });
        }
        match entry {
            Entry::Refusal { side: Side::Provider, request: Some(request), .. } => {
                if let Some(sent) = entry.sent() {
                    let (place, peer) = ((name.to_owned(), number), signer(request));
                    let broken = BrokenOff { place, peer, sent, at_consumer: None };
                    self.broken.entry(request.signature.clone()).or_default().0 = Some(broken);
                }
            }
            Entry::Refusal { side: Side::Consumer, request: Some(request), .. } => {
                self.broken.entry(request.signature.clone()).or_default().1 = true;
            }
            // What was refused behind its beginning says so in its trailers.
            Entry::Exchange { side: Side::Consumer, request, answer, .. }
                if answer.base.contains("\"lienthong-fault\";tr") =>
            {
                self.broken.entry(request.signature.clone()).or_default().1 = true;
            }
            _ => {}
        }
    }

    /// Answers that broke off behind their beginning, as the providers' ledgers tell it.
    #[must_use]
    pub fn broken_off(&self) -> Vec<BrokenOff> {
        let told = self.broken.values().filter_map(|(broken, at_consumer)| {
            let broken = broken.clone()?;
            let at_consumer = self.read.contains(&broken.peer).then_some(*at_consumer);
            Some(BrokenOff { at_consumer, ..broken })
        });
        let mut told: Vec<_> = told.collect();
        told.sort_unstable();
        told
    }

    /// Exchanges that both sides hold.
    #[must_use]
    pub fn in_both(&self) -> usize {
        self.sides.values().filter(|sides| sides.iter().all(Option::is_some)).count()
    }

    /// Answers that a consumer holds and the provider's ledger, though read, does not: the provider's entry was taken away.
    #[must_use]
    pub fn only_at_consumer(&self) -> Vec<(String, u64)> {
        self.only_at(Side::Consumer)
    }

    /// Answers that a provider holds and the consumer's ledger, though read, does not: they never arrived, or the consumer's
    /// entry was taken away.
    #[must_use]
    pub fn only_at_provider(&self) -> Vec<(String, u64)> {
        self.only_at(Side::Provider)
    }

    fn only_at(&self, side: Side) -> Vec<(String, u64)> {
        let alone = self.sides.values().filter_map(|sides| match (side, sides) {
            (Side::Consumer, [Some(held), None]) | (Side::Provider, [None, Some(held)]) => Some(held),
            _ => None,
        });
        let mut places: Vec<_> =
            alone.filter(|held| self.read.contains(&held.other)).map(|held| held.place.clone()).collect();
        places.sort_unstable();
        places
    }
}
