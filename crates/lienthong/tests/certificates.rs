//! Certificates of nodes: one taken out alone, all renewed by the nodes themselves while exchanges go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use exchange::StateFolder;
use serde_json::Value;
use trust::certificate::fingerprint;

use crate::nation::{Nation, PEOPLE, Plan, read, told, until};
use crate::peer_port::{Message, SignAs, Thief};

const PATH: &str = "/924198000007";

/// Takes a certificate of a node out, by the first digits of its SHA-256.
fn withdraw(nation: &Nation, node: &str, certificate: &std::path::Path) -> String {
    let name = fingerprint(&read(certificate));
    let officer = ["--officer", "hub/quan-tri.json", "--reason", "khoá lộ"];
    nation.run(&[&["node", "withdraw", node, &name[..16]][..], &officer].concat())
}

#[tokio::test]
async fn a_certificate_taken_out_is_refused_everywhere_within_seconds_and_alone() {
    let nation = Nation::start().await;
    let (p1, c1) = (StateFolder(nation.path("p1")), StateFolder(nation.path("c1")));
    for _ in 0..6 {
        assert_eq!(nation.get(PEOPLE, PATH).await.status(), 200);
    }
    let of_client = Thief::of(&nation, SignAs::Own).await;
    let good = Message::get(PEOPLE, PATH).signed(&of_client, exchange::clock::now()).await;
    assert_eq!(of_client.send(&good).await.unwrap().0, 200);
    // The provider's first node loses its TLS certificate: nobody calls it over the connections that are there, and the second one does
    // all the work.
    let said = withdraw(&nation, "VN/GOV/G01/nut-1", &p1.tls_certificate());
    assert!(said.contains("lienthong hub invite VN/GOV/G01/nut-1"), "{said}");
    let before = nation.verify(&["p1"])["ledgers"][0]["entries"].clone();
    for _ in 0..10 {
        assert_eq!(nation.get(PEOPLE, PATH).await.status(), 200);
    }
    assert_eq!(nation.verify(&["p1"])["ledgers"][0]["entries"], before);
    let p1_says = async || nation.health("p1").await.unwrap();
    until("the node says so", async || p1_says().await["fault"] == "LT-6103").await;
    let health = p1_says().await;
    assert_eq!(health["healthy"], false);
    assert!(health["reason"].as_str().unwrap().contains("lienthong hub invite"), "{health}");
    let (second, now) = (nation.address("p2").peer, exchange::clock::now());
    let to_second = Thief::of(&nation, SignAs::Own).await.calling("VN/GOV/G01/nut-2", second);
    let fresh = async || Message::get(PEOPLE, PATH).signed(&to_second, now).await;
    assert_eq!(to_second.send(&fresh().await).await.unwrap().0, 200);
    // What the consumer's key signs from now on counts no more, over its open connection.
    withdraw(&nation, "VN/LOC/H05/nut-1", &c1.signing_certificate());
    let signed_by_it = fresh().await;
    assert_eq!(to_second.send(&signed_by_it).await.unwrap().1, "server.serverproxy.cert_validation LT-3203");
    assert_ne!(nation.get(PEOPLE, PATH).await.status(), 200);
    // And then its TLS certificate: the open connection says nothing any more, and another gets none.
    withdraw(&nation, "VN/LOC/H05/nut-1", &c1.tls_certificate());
    to_second.send(&signed_by_it).await.unwrap_err();
    let again = Thief::of(&nation, SignAs::Own).await.calling("VN/GOV/G01/nut-2", second);
    again.send(&Message::get(PEOPLE, PATH).signed(&again, now).await).await.unwrap_err();
    until("the node is told by its hub", async || {
        let health = nation.health("c1").await.unwrap();
        health["fault"] == "LT-6103" && health["healthy"] == false
    })
    .await;
    // What was signed before stays proven.
    let verified = nation.verify(&["p1", "p2", "c1"]);
    assert_eq!(verified["whole"], true, "{verified}");
}

/// A nation whose processes go by a clock of the test's, with calls that go on all the time.
struct Years {
    nation: Arc<tokio::sync::RwLock<Nation>>,
    ends: Arc<AtomicBool>,
    calls: tokio::task::JoinHandle<(u32, Vec<String>)>,
    day: i64,
}

impl Years {
    async fn begin() -> Self {
        let plan = Plan { one_provider: true, clock: true, ..Plan::default() };
        let nation = Arc::new(tokio::sync::RwLock::new(Nation::start_with(plan).await));
        let ends = Arc::new(AtomicBool::new(false));
        let (called, ended) = (nation.clone(), ends.clone());
        let calls = tokio::spawn(async move {
            let (mut good, mut wrong) = (0, Vec::new());
            while !ended.load(Ordering::Relaxed) {
                let nation = called.read().await;
                // Both nodes run now, and their directory holds, or it is not a certificate that is wanting.
                let (status, fault, body) = told(&nation.get(PEOPLE, PATH).await);
                let other_reason = ["LT-6101", "LT-3205"]
                    .iter()
                    .any(|code| fault == *code || body.to_string().contains(code));
                match status {
                    200 => good += 1,
                    _ if other_reason => {}
                    _ => wrong.push(format!("{status} {fault} {body}")),
                }
                drop(nation);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            (good, wrong)
        });
        Self { nation, ends, calls, day: 0 }
    }

    /// Goes on to a day, with the hub there or not.
    async fn go_to(&mut self, day: i64, hub: bool) {
        let mut nation = self.nation.write().await;
        if nation.runs("hub") {
            nation.kill("hub");
        }
        nation.set_clock(day);
        self.day = day;
        if hub {
            // Its root holds a year. And it signs the directory anew.
            nation.run(&["hub", "rotate", "--dir", "hub", "timestamp"]);
            nation.start_hub().await;
        }
        drop(nation);
        self.all_is_well().await;
    }

    /// A node dies and comes back.
    async fn crash(&self, name: &str) {
        let mut nation = self.nation.write().await;
        nation.kill(name);
        nation.start_node(name);
        until(name, async || nation.health(name).await.is_some()).await;
    }

    /// The hub is there, and not for this node; or for it as well again.
    async fn cut_off(&self, name: &str, off: bool) {
        let mut nation = self.nation.write().await;
        let (there, nowhere) = (format!("https://{}/", nation.hub), "https://127.0.0.1:1/");
        nation.kill(name);
        nation.change_settings(name, |text| match off {
            true => text.replace(&there, nowhere),
            false => text.replace(nowhere, &there),
        });
        nation.start_node(name);
        until(name, async || nation.health(name).await.is_some()).await;
    }

    /// What one node does not know yet is not used towards it.
    async fn hub_is_back_for_one_only(&mut self) {
        self.cut_off("p1", true).await;
        self.go_to(self.day, true).await;
        until("c1: certified", async || self.new_keys("c1").await["from"].is_string()).await;
        // It would have taken them into use by now.
        tokio::time::sleep(Duration::from_secs(6)).await;
        self.all_is_well().await;
        self.cut_off("p1", false).await;
    }

    async fn the_present_certificate_is_taken_out_and_the_new_one_used_at_once(&self) {
        let nation = self.nation.write().await;
        withdraw(&nation, "VN/LOC/H05/nut-1", &StateFolder(nation.path("c1")).tls_certificate());
        let renewal = nation.path("c1/renewal.json");
        until("the new pair is in use", async || !renewal.exists()).await;
        drop(nation);
        self.all_is_well().await;
    }

    async fn all_is_well(&self) {
        let nation = self.nation.read().await;
        for name in ["p1", "c1"] {
            until(&format!("{name} on day {}", self.day), async || {
                nation.health(name).await.is_some_and(|health| {
                    health["healthy"] == true && health["certificates"] == Value::Array(Vec::new())
                })
            })
            .await;
        }
        assert_eq!(nation.get(PEOPLE, PATH).await.status(), 200, "day {}", self.day);
    }

    async fn file(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.nation.read().await.path(name)).ok()
    }

    /// What has become of a node's new keys.
    async fn new_keys(&self, name: &str) -> Value {
        let bytes = self.file(&format!("{name}/renewal.json")).await;
        bytes.map_or(Value::Null, |bytes| serde_json::from_slice(&bytes).unwrap())
    }

    async fn until_new_keys(&self, what: &str, holds: impl Fn(&Value) -> bool) {
        for name in ["p1", "c1"] {
            until(&format!("{name}: {what}"), async || holds(&self.new_keys(name).await)).await;
        }
    }
}

#[tokio::test]
async fn nodes_renew_their_keys_whatever_is_away_and_no_exchange_fails_for_want_of_a_certificate() {
    let mut years = Years::begin().await;
    // Each round other processes die at other steps. Days count from the beginning of the pair in use.
    for (round, crashes) in [["", "c1", "c1"], ["p1", "c1", "p1"]].into_iter().enumerate() {
        let start = years.day;
        let crash = async |years: &Years, step: usize| {
            if !crashes[step].is_empty() {
                years.crash(crashes[step]).await;
            }
        };
        let old = [years.file("p1/tls.der").await.unwrap(), years.file("c1/signing.der").await.unwrap()];
        // In the first round the test's own clock is right: somebody has the keys, and a connection that stays.
        let thief = match round {
            0 => Some(Thief::of(&*years.nation.read().await, SignAs::Own).await),
            _ => None,
        };
        let stolen =
            async |thief: &Thief| Message::get(PEOPLE, PATH).signed(thief, exchange::clock::now()).await;
        if let Some(thief) = &thief {
            assert_eq!(thief.send(&stolen(thief).await).await.unwrap().0, 200);
        }
        years.go_to(start + 482, true).await;
        assert_eq!(years.new_keys("c1").await, Value::Null, "it is early");
        // Two thirds are over, and the hub is away: new keys are on disk, and survive.
        years.go_to(start + 488, false).await;
        years.until_new_keys("new keys", |new| new["tls_key"].is_string()).await;
        let made = years.new_keys("c1").await["tls_key"].clone();
        crash(&years, 0).await;
        if round == 1 {
            years.hub_is_back_for_one_only().await;
        }
        // They are certified, and wait until everybody knows them.
        years.go_to(start + 488, true).await;
        years.until_new_keys("certified", |new| new["from"].is_string()).await;
        assert_eq!(years.new_keys("c1").await["tls_key"], made);
        assert_eq!(
            years.file("p1/tls.der").await.as_deref(),
            Some(&old[0][..]),
            "the old pair is used still"
        );
        crash(&years, 1).await;
        if round == 1 {
            years.the_present_certificate_is_taken_out_and_the_new_one_used_at_once().await;
        }
        years.go_to(start + 493, false).await;
        years.all_is_well().await;
        // They are taken into use while everything runs.
        years.go_to(start + 496, true).await;
        years.until_new_keys("in use", Value::is_null).await;
        assert_ne!(years.file("p1/tls.der").await.as_deref(), Some(&old[0][..]));
        assert_ne!(years.file("c1/signing.der").await.as_deref(), Some(&old[1][..]));
        crash(&years, 2).await;
        years.all_is_well().await;
        // The old pair ends; nothing is left on it, not even over a connection that was there.
        years.go_to(start + 731, true).await;
        if let Some(thief) = &thief {
            let said = thief.send(&stolen(thief).await).await;
            assert!(said.is_err(), "{said:?}");
        }
        // The pair that is in use now was made on this day.
        years.day = start + 488;
    }
    years.ends.store(true, Ordering::Relaxed);
    let Years { nation, calls, .. } = years;
    let (good, wrong) = calls.await.unwrap();
    assert!(good > 100 && wrong.is_empty(), "{good} good; {wrong:#?}");
    let verified = nation.read().await.verify(&["p1", "c1"]);
    assert_eq!(verified["whole"], true, "{verified}");
}
