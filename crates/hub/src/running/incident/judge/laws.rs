//! The law of incidents over made-up histories: nodes end and come back in every way, hubs begin anew, and one incident tells of each.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// How a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Well,
    /// Killed, and so many agencies call it.
    Killed(usize),
    /// Cut from the hub, and so many agencies have connections to it.
    CutFromHub(usize),
    /// Cut from so many others.
    CutFromPeers(usize),
    /// Cut from the hub and from some.
    CutFromSome,
    CertificateEnded,
    SourceDown,
    /// Its certificates were taken out.
    TakenOut,
}

const WAYS: [Way; 12] = [
    Way::Well,
    Way::Killed(0),
    Way::Killed(1),
    Way::Killed(3),
    Way::CutFromHub(1),
    Way::CutFromHub(2),
    Way::CutFromPeers(1),
    Way::CutFromPeers(2),
    Way::CutFromSome,
    Way::CertificateEnded,
    Way::SourceDown,
    Way::TakenOut,
];

impl Way {
    /// What is seen of it.
    fn signs(self) -> Signs {
        let well = Signs { heard: true, admitted: true, ..Signs::default() };
        match self {
            Self::Well => well,
            Self::Killed(unreached_by) => Signs { heard: false, unreached_by, ..well },
            Self::CutFromHub(reached_by) => Signs { heard: false, reached_by, ..well },
            Self::CutFromPeers(unreached_by) => Signs { unreached_by, ..well },
            Self::CutFromSome => Signs { heard: false, reached_by: 1, unreached_by: 1, ..well },
            Self::CertificateEnded => {
                Signs { heard: false, certificate_ended: true, unreached_by: 2, ..well }
            }
            Self::SourceDown => Signs { failing: true, ..well },
            Self::TakenOut => Signs { heard: false, admitted: false, ..well },
        }
    }

    /// What must be told of it.
    fn cause(self) -> Option<Cause> {
        match self {
            // One agency's word against a node that the hub hears.
            Self::Well | Self::TakenOut | Self::CutFromPeers(0 | 1) => None,
            Self::Killed(0) => Some(Cause::Silent),
            Self::Killed(_) => Some(Cause::Down),
            Self::CutFromHub(_) => Some(Cause::WayToHub),
            Self::CutFromPeers(_) => Some(Cause::Unreachable),
            Self::CutFromSome => Some(Cause::Between),
            Self::CertificateEnded => Some(Cause::CertificateEnded),
            Self::SourceDown => Some(Cause::SourceDown),
        }
    }
}

/// Incidents as they are kept, in memory.
#[derive(Default)]
struct Kept {
    live: Vec<Live>,
    opened: usize,
}

impl Kept {
    fn look(&mut self, seen: &Seen) -> Vec<Step> {
        let steps = judge(seen, &self.live);
        for step in &steps {
            self.take(step.clone());
        }
        for node in seen.nodes.keys() {
            let told = self.live.iter().filter(|one| one.nodes.contains(node)).count();
            assert!(told <= 1, "{node} stands in {told} incidents: {:?}", self.live);
        }
        steps
    }

    fn at(&mut self, id: &str) -> &mut Live {
        self.live.iter_mut().find(|one| one.id == id).unwrap()
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Open { subject, cause, nodes } => {
                assert!(self.live.iter().all(|one| one.subject != subject), "{subject} is open");
                self.opened += 1;
                let id = self.opened.to_string();
                self.live.push(Live { id, subject, cause, nodes, is_young: true });
            }
            Step::Turn { id, cause } => self.at(&id).cause = cause,
            Step::Join { id, node } => assert!(self.at(&id).nodes.insert(node)),
            Step::Leave { id, node } => assert!(self.at(&id).nodes.remove(&node)),
            Step::End { id } | Step::Merge { id } => {
                self.at(&id);
                self.live.retain(|one| one.id != id);
            }
        }
    }

    fn age(&mut self) {
        self.live.iter_mut().for_each(|one| one.is_young = false);
    }

    /// Cause by node, as incidents tell it.
    fn told(&self) -> BTreeMap<&str, Cause> {
        self.live.iter().flat_map(|one| one.nodes.iter().map(|node| (node.as_str(), one.cause))).collect()
    }
}

fn seen(ways: &BTreeMap<&'static str, Way>) -> Seen {
    let nodes = ways.iter().map(|(node, way)| ((*node).to_owned(), way.signs())).collect();
    Seen { nodes, known: ways.len(), ..Seen::default() }
}

/// Numbers that look like chance and come the same each time.
fn chance(state: &mut u64) -> usize {
    // Knuth's multiplier (MMIX).
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 40).unwrap()
}

const NODES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

#[test]
fn whatever_way_a_node_ends_one_incident_tells_it_with_its_cause_and_closes_when_it_is_over() {
    for way in WAYS {
        for before in WAYS {
            let mut ways: BTreeMap<&'static str, Way> = NODES.iter().map(|node| (*node, Way::Well)).collect();
            let mut kept = Kept::default();
            assert_eq!(kept.look(&seen(&ways)), []);
            for now in [before, way] {
                ways.insert("a", now);
                kept.look(&seen(&ways));
                assert_eq!(kept.told().get("a").copied(), now.cause(), "{before:?} {way:?}");
                assert_eq!(kept.look(&seen(&ways)), [], "said once: {before:?} {way:?}");
                kept.age();
                // A hub that begins anew knows nothing yet: it neither opens nor closes.
                let anew = Seen { unknown: NODES.map(str::to_owned).into(), ..seen(&ways) };
                assert_eq!(kept.look(&anew), [], "{before:?} {way:?}");
            }
            // One incident for one trouble, whatever it turned out to be.
            let troubles = usize::from(before.cause().is_some())
                + usize::from(way.cause().is_some() && before.cause().is_none());
            assert_eq!(kept.opened, troubles, "{before:?} {way:?}");
            ways.insert("a", Way::Well);
            kept.look(&seen(&ways));
            assert_eq!(kept.live, [], "{before:?} {way:?}");
        }
    }
}

#[test]
fn in_any_history_each_node_in_trouble_stands_in_one_incident_with_its_cause_and_no_other_does() {
    for seed in 0..300_u64 {
        let (mut state, mut kept) = (seed, Kept::default());
        let mut ways: BTreeMap<&'static str, Way> = NODES.iter().map(|node| (*node, Way::Well)).collect();
        for turn in 0..60 {
            // Mostly one at a time, sometimes many at once.
            let changed = if chance(&mut state).is_multiple_of(8) { 6 } else { 1 };
            let many = WAYS[chance(&mut state) % WAYS.len()];
            for _ in 0..changed {
                let way = if changed > 1 { many } else { WAYS[chance(&mut state) % WAYS.len()] };
                ways.insert(NODES[chance(&mut state) % NODES.len()], way);
            }
            kept.look(&seen(&ways));
            if chance(&mut state).is_multiple_of(2) {
                kept.age();
            }
            let told = kept.told();
            for (node, way) in &ways {
                let one = told.get(node).copied();
                // Many that fell silent are told of as one; which cause that is, is said there.
                let as_one = one == Some(Cause::HubNetwork) && way.cause() == Some(Cause::Silent);
                assert!(
                    as_one || one == way.cause(),
                    "seed {seed}, turn {turn}: {node} {way:?} is told as {one:?}"
                );
            }
        }
    }
}

#[test]
fn many_that_fall_silent_together_are_one_incident_of_the_hub_and_those_that_others_miss_are_not() {
    let mut ways: BTreeMap<&'static str, Way> = NODES.iter().map(|node| (*node, Way::Well)).collect();
    let mut kept = Kept::default();
    // One after the other, as their questions run out.
    for node in ["a", "b", "c", "d", "e", "f"] {
        ways.insert(node, Way::Killed(0));
        kept.look(&seen(&ways));
    }
    let hub: Vec<&Live> = kept.live.iter().collect();
    assert!(hub.len() == 1 && hub[0].subject == HUB && hub[0].nodes.len() == 6, "{:?}", kept.live);
    // Others miss one of them: that one is down by itself.
    ways.insert("a", Way::Killed(2));
    kept.look(&seen(&ways));
    assert_eq!((kept.live.len(), kept.told()["a"], kept.told()["b"]), (2, Cause::Down, Cause::HubNetwork));
    // They come back, but for some, which are what they are then.
    for node in ["b", "c"] {
        ways.insert(node, Way::Well);
    }
    kept.look(&seen(&ways));
    let told: Vec<_> = kept.told().into_iter().collect();
    assert_eq!(told, [("a", Cause::Down), ("d", Cause::Silent), ("e", Cause::Silent), ("f", Cause::Silent)]);
    // An incident that somebody has in hand is not taken into another.
    kept.age();
    for node in ["b", "c", "g", "h", "i"] {
        ways.insert(node, Way::Killed(0));
    }
    kept.look(&seen(&ways));
    assert_eq!((kept.told()["d"], kept.told()["g"]), (Cause::Silent, Cause::HubNetwork));
}

#[test]
fn a_node_within_its_announced_maintenance_is_no_incident_and_one_that_was_before_stays_one() {
    for way in WAYS.into_iter().filter(|way| way.cause().is_some()) {
        let of = |way, maintained: bool| {
            let maintained = maintained.then(|| "a".to_owned()).into_iter().collect();
            Seen { maintained, ..seen(&BTreeMap::from([("a", way), ("b", Way::Well)])) }
        };
        let mut kept = Kept::default();
        assert_eq!(kept.look(&of(way, true)), [], "{way:?}");
        // Its time is over and it is not back.
        kept.look(&of(way, false));
        assert_eq!(kept.told().get("a").copied(), way.cause());
        // What is wrong already is not announced away.
        assert_eq!(kept.look(&of(way, true)), [], "{way:?}");
        kept.look(&of(Way::Well, true));
        assert_eq!((kept.live.len(), kept.opened), (0, 1));
    }
}

#[test]
fn a_node_that_left_the_registry_leaves_no_incident_behind() {
    let mut kept = Kept::default();
    kept.look(&seen(&BTreeMap::from([("a", Way::Killed(0)), ("b", Way::Well)])));
    assert_eq!(kept.live.len(), 1);
    kept.look(&seen(&BTreeMap::from([("b", Way::Well)])));
    assert_eq!(kept.live, []);
}

#[test]
fn what_is_unknown_of_a_group_stays_in_it() {
    let mut kept = Kept::default();
    let mut ways: BTreeMap<&'static str, Way> = NODES.iter().map(|node| (*node, Way::Killed(0))).collect();
    kept.look(&seen(&ways));
    ways.insert("a", Way::Well);
    let unknown: BTreeSet<String> = ["b".to_owned()].into();
    let steps = kept.look(&Seen { unknown, ..seen(&ways) });
    assert_eq!(steps, [Step::Leave { id: "1".into(), node: "a".into() }]);
}
