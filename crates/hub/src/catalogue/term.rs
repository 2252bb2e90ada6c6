//! Terms of the dictionary in the registry.

use model::agency::Agency;
use model::codelist::CodeList;
use model::fault::Fault;
use model::id::MemberId;
use model::term::{Domain, Edition, Status, Term};

use crate::audit::right::Right;
use crate::catalogue::contract::folded;
use crate::registry::check::{check_name, check_text, contradictory};
use crate::registry::index::Found;
use crate::registry::references::Reference;
use crate::registry::{Subject, Table};
use crate::store::{Tx, from_json, run, to_json};

impl Subject for Term {
    const KIND: &'static str = "Term";

    const TABLE: Table = Table {
        name: "term",
        key: "id",
        columns: "entry",
        only: "",
        filters: &[("owner", "owner"), ("domain", "domain")],
    };
    const COLUMNS: &'static [&'static str] = &["id", "versions"];
    type Row = (String,);

    fn read((entry,): Self::Row) -> Result<Self, Fault> {
        from_json(&entry)
    }

    fn name(&self) -> &str {
        &self.id
    }

    /// Whoever takes an edition beyond its proposal, or ends one that was agreed on, must be allowed to approve.
    fn right(&self, old: Option<&Self>) -> Right {
        let was = |edition: &Edition| {
            old.and_then(|old| old.versions.iter().find(|before| before.version == edition.version))
                .map_or(Status::Proposed, |before| before.status)
        };
        let only_proposes = self.versions.iter().all(|edition| {
            edition.status == was(edition)
                || (was(edition) == Status::Proposed && edition.status == Status::Retired)
        });
        if only_proposes { Right::ProposeTerms } else { Right::ApproveTerms }
    }

    async fn owners(&self, _: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        Ok(self.versions.iter().map(|edition| edition.owned_by.clone()).collect())
    }

    /// By its newest edition.
    fn found(&self) -> Vec<Found> {
        let Some(edition) = self.versions.last() else { return Vec::new() };
        let also = [
            edition.technical_name.clone(),
            edition.synonyms.join(" "),
            edition.entity.clone().unwrap_or_default(),
        ];
        vec![Found {
            note: edition.definition.clone(),
            also: also.join(" "),
            ..Found::thing(self, &edition.name)
        }]
    }

    fn references(&self) -> Vec<Reference> {
        let of = |edition: &Edition| {
            let agencies = [&edition.created_by, &edition.owned_by].map(Reference::to::<Agency>);
            let related = edition.related.iter().map(Reference::to::<Self>);
            let lists = edition.code_list.iter().map(Reference::to::<CodeList>);
            agencies.into_iter().chain(related).chain(lists).collect::<Vec<_>>()
        };
        self.versions.iter().flat_map(of).collect()
    }

    async fn save(&self, tx: &mut Tx) -> Result<(), Fault> {
        if let Some(old) = Self::load(tx, &self.id).await? {
            check_history(self, &old)?;
        }
        run!(
            tx,
            "INSERT INTO term (id, owner, domain, entry) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, domain = excluded.domain, entry = excluded.entry"
            => &self.id, self.versions.last().map(|edition| edition.owned_by.as_str()),
               self.versions.last().and_then(|edition| edition.domain).map(Domain::word), to_json(self)?
        )?;
        run!(tx, "DELETE FROM term_name WHERE term = $1" => &self.id)?;
        let approved = self.versions.iter().rev().find(|edition| edition.status == Status::Approved);
        if let Some(edition) = approved {
            let technical = edition.technical_name.rsplit('.').next().unwrap_or_default();
            let names = [edition.name.vi.as_str(), edition.name.en.as_str(), technical];
            for name in names.into_iter().chain(edition.synonyms.iter().map(String::as_str)) {
                run!(
                    tx,
                    "INSERT INTO term_name (name, term, version) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
                    => folded(name), &self.id, edition.version.to_string()
                )?;
            }
        }
        Ok(())
    }

    /// What was agreed on stays; only a proposal may be taken out.
    async fn remove(&self, tx: &mut Tx) -> Result<(), Fault> {
        if self.versions.iter().any(|edition| edition.status != Status::Proposed) {
            return Err(contradictory(
                (Self::KIND, &self.id),
                "đã qua rà soát nên không xoá được; đặt status: retired",
                "it has been reviewed and cannot be removed; give it status: retired",
            ));
        }
        run!(tx, "DELETE FROM term_name WHERE term = $1" => &self.id)?;
        run!(tx, "DELETE FROM term WHERE id = $1" => &self.id)?;
        Ok(())
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        check_id(subject)?;
        if self.versions.is_empty() {
            return Err(contradictory(subject, "chưa có phiên bản nào", "it has no version"));
        }
        for edition in &self.versions {
            check_texts(subject, edition)?;
        }
        for (older, newer) in self.versions.iter().zip(self.versions.iter().skip(1)) {
            check_step(subject, older, newer)?;
        }
        Ok(())
    }
}

/// What may become of editions that are there: a step of their life at a time, and no change to what was approved.
fn check_history(new: &Term, old: &Term) -> Result<(), Fault> {
    let subject = (Term::KIND, new.id.as_str());
    for before in &old.versions {
        let version = before.version;
        let Some(after) = new.versions.iter().find(|edition| edition.version == version) else {
            return Err(contradictory(
                subject,
                format!("phiên bản {version} không được bỏ đi; đặt status: retired nếu thôi dùng"),
                format!(
                    "the version {version} may not be left out; give it status: retired if it is no longer used"
                ),
            ));
        };
        if !before.status.may_become(after.status) {
            let word = |status| to_json(&status).unwrap_or_default();
            let (from, to) = (word(before.status), word(after.status));
            return Err(contradictory(
                subject,
                format!(
                    "phiên bản {version} không đi từ {from} sang {to}: đề xuất, rà soát, lấy ý kiến, phê duyệt, từng bước một"
                ),
                format!(
                    "the version {version} cannot go from {from} to {to}: proposed, reviewed, consulted, approved, a step at a time"
                ),
            ));
        }
        let agreed = before.status >= Status::Approved;
        if agreed && (Edition { status: before.status, ..after.clone() }) != *before {
            return Err(contradictory(
                subject,
                format!("phiên bản {version} đã phê duyệt nên không sửa được; thêm phiên bản mới"),
                format!("the version {version} is approved and cannot be changed; add a new version"),
            ));
        }
    }
    Ok(())
}

/// Versions rise; what breaks users of the one before needs a new major (rule DD-03).
fn check_step(subject: (&str, &str), older: &Edition, newer: &Edition) -> Result<(), Fault> {
    let (from, to) = (older.version, newer.version);
    if to <= from {
        return Err(contradictory(
            subject,
            format!("phiên bản {to} đứng sau {from}; xếp từ cũ tới mới"),
            format!("the version {to} stands behind {from}; put the oldest first"),
        ));
    }
    let breaks = newer.breaks(older);
    if !breaks.is_empty() && to.major == from.major {
        let breaks = breaks.join(", ");
        return Err(contradictory(
            subject,
            format!(
                "từ {from} sang {to} thay đổi không tương thích ở {breaks}: cần phiên bản chính mới (DD-03)"
            ),
            format!(
                "from {from} to {to} the change in {breaks} breaks its users: it needs a new major version (DD-03)"
            ),
        ));
    }
    Ok(())
}

/// A prefix, a colon, and letters a-z, digits, hyphens: `ndg:ID-001`.
fn check_id(subject: (&str, &str)) -> Result<(), Fault> {
    let plain = |part: &str| {
        !part.is_empty()
            && part.len() <= 50
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    match subject.1.split_once(':') {
        Some((prefix, rest)) if plain(prefix) && plain(rest) => Ok(()),
        _ => Err(contradictory(
            subject,
            "mã thuật ngữ có dạng ndg:ID-001",
            "the identifier of a term has the form ndg:ID-001",
        )),
    }
}

fn check_texts(subject: (&str, &str), edition: &Edition) -> Result<(), Fault> {
    check_name(subject, &edition.name)?;
    let asked = [
        ("definition", &edition.definition),
        ("technical_name", &edition.technical_name),
        ("format", &edition.format),
        ("validation", &edition.validation),
        ("source", &edition.source),
    ];
    let optional = [
        ("context", &edition.context),
        ("entity", &edition.entity),
        ("language", &edition.language),
        ("business", &edition.business),
        ("rdf_type", &edition.rdf_type),
        ("relation", &edition.relation),
        ("technical", &edition.technical),
        ("normalisation", &edition.normalisation),
        ("api", &edition.api),
        ("mapping", &edition.mapping),
    ];
    let lists =
        [("documents", &edition.documents), ("synonyms", &edition.synonyms), ("values", &edition.values)];
    let optional = optional.into_iter().filter_map(|(member, text)| Some((member, text.as_ref()?)));
    let lists = lists.into_iter().flat_map(|(member, texts)| texts.iter().map(move |text| (member, text)));
    for (member, text) in asked.into_iter().chain(optional).chain(lists) {
        check_text(subject, member, text)?;
    }
    Ok(())
}
