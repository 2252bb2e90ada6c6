//! A made-up nation: agencies with a system and a node each, ten services and a hundred and twenty-five grants by agency.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use exchange::clock::now;
use jiff::SignedDuration;
use model::directory::{Bin, Part};
use model::grant::Grant;
use serde_json::{Value, json};
use trust::certificate::{self, Authority, Usage};
use trust::directory::publish::{Named, Publisher};
use trust::directory::{IndexedPart, PartIndex, file_name, index_name, index_of};
use trust::key::SigningKey;

use crate::Outcome;

/// Grants of an agency, on average.
const GRANTS_BY_AGENCY: usize = 125;
/// Services of an agency, on average.
const SERVICES_BY_AGENCY: usize = 12;
/// Calls that are asked about.
const SAMPLE: usize = 10_000;
const PURPOSES: usize = 60;
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
const FIELDS: [&str; 12] = [
    "so_dinh_danh",
    "ho_ten",
    "ngay_sinh",
    "gioi_tinh",
    "dan_toc",
    "quoc_tich",
    "noi_thuong_tru",
    "noi_o_hien_tai",
    "nghe_nghiep",
    "so_dien_thoai",
    "ngay_cap",
    "noi_cap",
];

/// A hub that has published, and the grants that are called by and revoked.
pub(crate) struct Hub {
    folder: PathBuf,
    pub(crate) publisher: Publisher,
    pub(crate) sample: Vec<Grant>,
    indexes: BTreeMap<u8, PartIndex>,
    revision: u64,
}

impl Hub {
    /// Makes up all of it, and publishes it.
    pub(crate) async fn make(folder: &Path, grants: usize) -> Outcome<Self> {
        fs::create_dir_all(folder.join("targets"))?;
        let publisher = Publisher::create(folder, now()).await?;
        let mut hub = Self {
            folder: folder.to_owned(),
            publisher,
            sample: Vec::new(),
            indexes: BTreeMap::new(),
            revision: 1,
        };
        let authority = Authority::create(folder, "bench", now())?;
        hub.put(&Part::Charter, &charter(&authority))?;
        let agencies = (grants / GRANTS_BY_AGENCY).max(10);
        let pairs = [
            certificate::create_tls_key(&folder.join("tls.key"))?,
            SigningKey::create(&folder.join("signing.key"))?.1,
        ];
        for number in 0..agencies {
            let id = agency(number);
            let node = format!("{id}/nut-1").parse()?;
            let admitted = |usage, pair| -> Outcome<String> {
                let request = certificate::request(pair, &node)?;
                Ok(certificate::to_base64(&authority.admit(&node, usage, &request, now())?))
            };
            let [tls, signing] = &pairs;
            let services: Vec<Value> = (0..SERVICES_BY_AGENCY).map(|code| service(number, code)).collect();
            let entry = json!({
                "agency": { "id": id, "name": { "vi": format!("Ủy ban nhân dân xã {number}"), "en": format!("Commune {number}") }, "bloc": "local" },
                "systems": [{ "id": format!("{id}/s"), "name": { "vi": format!("Hệ thống {number}"), "en": format!("System {number}") } }],
                "nodes": [{
                    "id": node, "address": format!("10.0.{}.{}:7443", number / 250, number % 250), "systems": [format!("{id}/s")],
                    "tls": [admitted(Usage::Tls, tls)?], "signing": [admitted(Usage::Signing, signing)?],
                }],
                "services": services,
            });
            hub.put(&Part::Agency(id.parse()?), &entry)?;
        }
        let mut dice = Dice(1);
        let mut bins: BTreeMap<Bin, Vec<Grant>> = BTreeMap::new();
        for number in 0..grants {
            let grant: Grant = serde_json::from_value(grant(number, agencies, &mut dice))?;
            if number % (grants / SAMPLE).max(1) == 0 {
                hub.sample.push(grant.clone());
            }
            bins.entry(Bin::of(&grant.client, &grant.service)).or_default().push(grant);
        }
        for (bin, grants) in &bins {
            hub.put(&Part::Grants(*bin), grants)?;
        }
        hub.publish().await?;
        Ok(hub)
    }

    /// One that was made before.
    pub(crate) fn open(folder: &Path) -> Outcome<Self> {
        let (revision, indexes, sample) = serde_json::from_slice(&fs::read(folder.join("state.json"))?)?;
        Ok(Self { folder: folder.to_owned(), publisher: Publisher::open(folder)?, sample, indexes, revision })
    }

    /// Revokes a grant of the sample, which is in it no longer, and publishes what is left.
    pub(crate) async fn revoke(&mut self) -> Outcome<Grant> {
        let grant = self.sample.pop().ok_or("too few grants")?;
        let part = Part::Grants(Bin::of(&grant.client, &grant.service));
        let index = self.indexes.get(&index_of(&part)).ok_or("no such index")?;
        let indexed = index.parts.get(&part.to_string()).ok_or("no such part")?;
        let file = self.folder.join("targets").join(format!("{}.{part}", indexed.sha256));
        let mut grants: Vec<Grant> = serde_json::from_slice(&fs::read(file)?)?;
        grants.retain(|other| other.id != grant.id);
        self.put(&part, &grants)?;
        self.revision += 1;
        self.publish().await?;
        Ok(grant)
    }

    /// Puts a part in its place.
    fn put<T: serde::Serialize>(&mut self, part: &Part, content: &T) -> Outcome<()> {
        let bytes = serde_json::to_vec(content)?;
        let sha256 = self.write(&part.to_string(), &bytes)?;
        let indexed = IndexedPart { sha256: trust::hex(&sha256), length: bytes.len() as u64 };
        self.indexes.entry(index_of(part)).or_default().parts.insert(part.to_string(), indexed);
        Ok(())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Outcome<[u8; 32]> {
        let sha256 = trust::sha256(bytes);
        fs::write(self.folder.join("targets").join(file_name(&sha256, name)), bytes)?;
        Ok(sha256)
    }

    async fn publish(&self) -> Outcome<()> {
        let mut named = Vec::new();
        for (number, index) in &self.indexes {
            let (name, bytes) = (index_name(*number), serde_json::to_vec(index)?);
            let sha256 = self.write(&name, &bytes)?.to_vec();
            named.push(Named { name, sha256, length: bytes.len() as u64 });
        }
        for (name, bytes) in self.publisher.sign(self.revision, &named, now(), WEEK).await? {
            fs::write(self.folder.join("metadata").join(name), bytes)?;
        }
        let state = serde_json::to_vec(&(self.revision, &self.indexes, &self.sample))?;
        Ok(fs::write(self.folder.join("state.json"), state)?)
    }
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        // Knuth's MMIX generator; its high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most
    }
}

fn agency(number: usize) -> String {
    format!("VN/LOC/H{:02}.{number:04}", number % 34)
}

fn charter(authority: &Authority) -> Value {
    let name = json!({ "vi": "Mục đích", "en": "Purpose" });
    let purposes: Vec<Value> =
        (0..PURPOSES).map(|number| json!({ "code": format!("muc-dich-{number}"), "name": name })).collect();
    let bases: Vec<Value> = (0..2 * PURPOSES)
        .map(|number| json!({ "code": format!("nd-{number}-2025"), "ground": "state_activity", "citation": format!("Nghị định {number}/2025/NĐ-CP Điều 7 khoản 2") }))
        .collect();
    let anchor = certificate::to_base64(authority.certificate());
    json!({ "instance": "VN", "purposes": purposes, "bases": bases, "anchors": [anchor] })
}

fn service(agency_number: usize, code: usize) -> Value {
    let label =
        |number: usize| json!({ "vi": format!("Trường số {number}"), "en": format!("Field {number}") });
    json!({
        "id": format!("{}/s/dich-vu-{code}", agency(agency_number)),
        "name": { "vi": format!("Tra cứu hộ tịch {agency_number} {code}"), "en": format!("Civil status {agency_number} {code}") },
        "dataset": { "key": FIELDS[0], "fields": [{ "name": FIELDS[0], "label": label(0) }, { "name": FIELDS[1], "kind": "name", "label": label(1) }] },
    })
}

/// One or two purposes, some of the fields, a province's records, until some quarter of the coming years: most grants have their terms with
/// few others in common, and the pieces of them with many.
fn grant(number: usize, agencies: usize, dice: &mut Dice) -> Value {
    let first = dice.below(PURPOSES);
    let second = (dice.below(3) == 0).then(|| (first + 1 + dice.below(3)) % PURPOSES);
    let uses: Vec<Value> = [Some(first), second]
        .into_iter()
        .flatten()
        .map(|purpose| json!({ "purpose": format!("muc-dich-{purpose}"), "basis": format!("nd-{}-2025", 2 * purpose + dice.below(2)) }))
        .collect();
    let fields = match dice.below(5) {
        0 => json!("all"),
        _ => {
            let (from, every) = (dice.below(4), 1 + dice.below(3));
            json!(FIELDS.iter().skip(from).step_by(every).collect::<Vec<_>>())
        }
    };
    let rows = match dice.below(3) {
        0 => json!([{ "field": FIELDS[0], "one_of": [format!("{:02}", dice.below(34))] }]),
        _ => json!([]),
    };
    json!({
        "id": format!("q{number:06}"), "client": format!("{}/s", agency(dice.below(agencies))),
        "service": format!("{}/s/dich-vu-{}", agency(dice.below(agencies)), dice.below(SERVICES_BY_AGENCY)), "uses": uses, "fields": fields,
        "valid_from": "2026-01-01", "valid_to": format!("{}-{:02}-01", 2030 + dice.below(6), 1 + 3 * dice.below(4)),
        "per_second": 5 * (1 + dice.below(20)), "rows": rows,
    })
}
