//! Terms of the dictionary in the registry.

use model::agency::Agency;
use model::codelist::CodeList;
use model::fault::Fault;
use model::id::MemberId;
use model::term::{Domain, Status, Term, TermVersion};

use crate::audit::right::Right;
use crate::catalogue::contract::folded;
use crate::registry::check::{Gathered, check_name, check_text, contradictory};
use crate::registry::index::Found;
use crate::registry::references::Reference;
use crate::registry::row::{Beside, Columns, text, text_if_any};
use crate::registry::{BY_NAME_EN, BY_NAME_VI, Subject, Table};
use crate::store::{Tx, to_json};
use crate::texts;

impl Subject for Term {
    const KIND: &'static str = "Term";

    const TABLE: Table = Table {
        name: "term",
        filters: &[("owner", "owner = ?"), ("domain", "domain = ?")],
        orders: &[BY_NAME_VI, BY_NAME_EN, ("owned_by", "owner"), ("domain", "domain")],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &["id", "versions"];
    const RIGHT: Right = Right::ApproveTerms;

    fn name(&self) -> &str {
        &self.id
    }

    /// Whoever takes a version beyond its proposal, or ends one that was agreed on, must be allowed to approve.
    fn right(&self, old: Option<&Self>) -> Right {
        let was = |version: &TermVersion| {
            old.and_then(|old| old.versions.iter().find(|before| before.version == version.version))
                .map_or(Status::Proposed, |before| before.status)
        };
        let only_proposes = self.versions.iter().all(|version| {
            version.status == was(version)
                || (was(version) == Status::Proposed && version.status == Status::Retired)
        });
        if only_proposes { Right::ProposeTerms } else { Self::RIGHT }
    }

    async fn owners(&self, _: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        Ok(self.versions.iter().map(|version| version.owned_by.clone()).collect())
    }

    /// By its newest version.
    fn found(&self) -> Vec<Found> {
        let Some(version) = self.versions.last() else { return Vec::new() };
        let also = [
            version.technical_name.clone(),
            version.synonyms.join(" "),
            version.entity.clone().unwrap_or_default(),
        ];
        vec![Found {
            note: version.definition.clone(),
            also: also.join(" "),
            ..Found::thing(self, &version.name)
        }]
    }

    fn references(&self) -> Vec<Reference> {
        let of = |version: &TermVersion| {
            let agencies = [&version.created_by, &version.owned_by].map(Reference::to::<Agency>);
            let related = version.related.iter().map(Reference::to::<Self>);
            let lists = version.code_list.iter().map(Reference::to::<CodeList>);
            agencies.into_iter().chain(related).chain(lists).collect::<Vec<_>>()
        };
        self.versions.iter().flat_map(of).collect()
    }

    fn row(&self) -> Result<Columns, Fault> {
        let newest = self.versions.last();
        Ok(vec![
            ("owner", text_if_any(newest.map(|version| &version.owned_by))),
            ("domain", text_if_any(newest.and_then(|version| version.domain).map(Domain::word))),
        ])
    }

    /// The names that its approved version goes by, folded: its own, its technical one, its synonyms.
    fn beside(&self) -> Vec<Beside> {
        let named = |version: &TermVersion| {
            let technical = version.technical_name.rsplit('.').next().unwrap_or_default();
            let names = [version.name.vi.as_str(), version.name.en.as_str(), technical];
            let names = names.into_iter().chain(version.synonyms.iter().map(String::as_str));
            names.map(|name| vec![text(folded(name)), text(version.version)]).collect()
        };
        let approved = self.versions.iter().rev().find(|version| version.status == Status::Approved);
        let rows = approved.map(named).unwrap_or_default();
        vec![Beside { table: "term_name", key: "term", columns: &["name", "version"], rows }]
    }

    async fn follow(&self, _: &mut Tx, old: Option<&Self>) -> Result<(), Fault> {
        old.map_or(Ok(()), |old| check_history(self, old))
    }

    /// What was agreed on stays; only a proposal may be taken out.
    async fn leave(&self, _: &mut Tx) -> Result<(), Fault> {
        if self.versions.iter().any(|version| version.status != Status::Proposed) {
            return Err(contradictory((Self::KIND, &self.id), texts::term_reviewed()));
        }
        Ok(())
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let mut gathered = Gathered::default();
        gathered.take("id", check_id(subject))?;
        gathered.must(!self.versions.is_empty(), subject, "versions", texts::term_without_version);
        for (at, version) in self.versions.iter().enumerate() {
            gathered.take(&format!("versions.{at}"), check_texts(subject, version))?;
        }
        for (at, (older, newer)) in self.versions.iter().zip(self.versions.iter().skip(1)).enumerate() {
            gathered.take(&format!("versions.{}.version", at + 1), check_step(subject, older, newer))?;
        }
        gathered.done()
    }
}

/// What may become of versions that are there: a step of their life at a time, and no change to what was approved.
fn check_history(new: &Term, old: &Term) -> Result<(), Fault> {
    let subject = (Term::KIND, new.id.as_str());
    for before in &old.versions {
        let version = before.version;
        let Some(after) = new.versions.iter().find(|other| other.version == version) else {
            return Err(contradictory(subject, texts::version_left_out(version)));
        };
        if !before.status.may_become(after.status) {
            let word = |status| to_json(&status).unwrap_or_default();
            let (from, to) = (word(before.status), word(after.status));
            return Err(contradictory(subject, texts::version_step(version, &from, &to)));
        }
        let agreed = before.status >= Status::Approved;
        if agreed && (TermVersion { status: before.status, ..after.clone() }) != *before {
            return Err(contradictory(subject, texts::version_fixed(version)));
        }
    }
    Ok(())
}

/// Versions rise; what breaks users of the one before needs a new major (rule DD-03).
fn check_step(subject: (&str, &str), older: &TermVersion, newer: &TermVersion) -> Result<(), Fault> {
    let (from, to) = (older.version, newer.version);
    if to <= from {
        return Err(contradictory(subject, texts::version_order(to, from)));
    }
    let breaks = newer.breaks(older);
    if !breaks.is_empty() && to.major == from.major {
        let breaks = breaks.join(", ");
        return Err(contradictory(subject, texts::version_breaks(from, to, &breaks)));
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
        _ => Err(contradictory(subject, texts::term_form())),
    }
}

fn check_texts(subject: (&str, &str), version: &TermVersion) -> Result<(), Fault> {
    let mut gathered = Gathered::default();
    gathered.take("name", check_name(subject, &version.name))?;
    let asked = [
        ("definition", &version.definition),
        ("technical_name", &version.technical_name),
        ("format", &version.format),
        ("validation", &version.validation),
        ("source", &version.source),
    ];
    let optional = [
        ("context", &version.context),
        ("entity", &version.entity),
        ("language", &version.language),
        ("business", &version.business),
        ("rdf_type", &version.rdf_type),
        ("relation", &version.relation),
        ("technical", &version.technical),
        ("normalisation", &version.normalisation),
        ("api", &version.api),
        ("mapping", &version.mapping),
    ];
    let lists =
        [("documents", &version.documents), ("synonyms", &version.synonyms), ("values", &version.values)];
    let optional = optional.into_iter().filter_map(|(member, text)| Some((member, text.as_ref()?)));
    let lists = lists.into_iter().flat_map(|(member, texts)| texts.iter().map(move |text| (member, text)));
    for (member, text) in asked.into_iter().chain(optional).chain(lists) {
        gathered.take(member, check_text(subject, member, text))?;
    }
    gathered.done()
}
