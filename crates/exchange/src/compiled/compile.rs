//! Compiling a directory, part by part.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use model::directory::{Bin, Charter, Content, Directory, Part, Piece};
use model::fault::Fault;
use trust::certificate::{self, Anchors};
use trust::directory::mirror::{Head, Known, Mirror, Source};

use crate::compiled::CompiledDirectory;
use crate::compiled::grants::{GrantTable, Pool};
use crate::compiled::parties::{AgencyTables, Parties};

#[derive(Clone)]
pub(super) struct CompiledPart {
    sha256: [u8; 32],
    pub(super) contents: Contents,
}

#[derive(Clone)]
pub(super) enum Contents {
    Charter(Arc<Charter>),
    Agency(Arc<AgencyTables>),
    Grants(Arc<GrantTable>),
}

/// A directory on its way into tables, as the difference to the one before. Parts come in their order: the charter, agencies, grants.
struct Compiler<'a> {
    old: &'a CompiledDirectory,
    now: Timestamp,
    vouching: Option<Vouching>,
    parts: BTreeMap<Part, CompiledPart>,
    /// There when all agencies are.
    parties: Option<Arc<Parties>>,
}

/// The charter comes first: its anchors vouch for the keys of all others. When they change, every key is looked at anew.
struct Vouching {
    charter: Arc<Charter>,
    anchors: Anchors,
    as_before: bool,
}

impl CompiledDirectory {
    /// Compiles `directory`, whole or as the difference to this one. Certificates that no anchor vouches for are left out: what
    /// they sign is refused as unknown. Nothing if a part is not there that this one should have had.
    #[must_use]
    pub fn renewed(&self, directory: Directory, now: Timestamp) -> Option<Self> {
        let mut compiler = Compiler::from(self, now);
        for (part, piece) in directory.parts {
            compiler.take(part, piece)?;
        }
        compiler.finish(Head { revision: directory.revision, expires: directory.expires })
    }

    /// Compiles a directory that is whole. Nothing if it has no charter.
    #[must_use]
    pub fn of(directory: Directory, now: Timestamp) -> Option<Self> {
        Self::empty().renewed(directory, now)
    }

    /// The copy of the directory on disk. Each part is compiled as it is read: not all of it is in memory twice.
    ///
    /// # Errors
    /// As [`Mirror::open`].
    pub async fn opened(mirror: &Mirror, now: Timestamp) -> Result<Self, Fault> {
        let empty = Self::empty();
        let mut compiler = Compiler::from(&empty, now);
        let head = mirror.open_by_parts(&mut |part, piece| taken(compiler.take(part, piece))).await?;
        taken(compiler.finish(head))
    }

    /// What is newer than this one, fetched, kept on disk and compiled.
    ///
    /// # Errors
    /// As [`Mirror::fetch`].
    pub async fn fetched(
        &self,
        mirror: &Mirror,
        source: Arc<dyn Source>,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let mut compiler = Compiler::from(self, now);
        let mut take = |part, piece| taken(compiler.take(part, piece));
        let head = mirror.fetch_by_parts(source, &self.known(), &mut take).await?;
        taken(compiler.finish(head))
    }

    /// Before the first directory has come: knows nobody, expired long ago.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            revision: 0,
            expires: Timestamp::MIN,
            parts: BTreeMap::new(),
            parties: Arc::default(),
            grants: Vec::new(),
            bases: HashMap::new(),
            purposes: HashSet::new(),
            anchors: Anchors::new(&[]),
            pool: Arc::default(),
        }
    }

    /// The parts it was compiled from: what need not be read again.
    #[must_use]
    pub fn known(&self) -> Known {
        self.parts.iter().map(|(part, known)| (part.clone(), known.sha256)).collect()
    }

    fn charter(&self) -> Option<&Arc<Charter>> {
        match &self.parts.get(&Part::Charter)?.contents {
            Contents::Charter(charter) => Some(charter),
            _ => None,
        }
    }
}

impl<'a> Compiler<'a> {
    fn from(old: &'a CompiledDirectory, now: Timestamp) -> Self {
        Self { old, now, vouching: None, parts: BTreeMap::new(), parties: None }
    }

    /// Takes a part: compiled, or taken over. Nothing if it should have been there and is not, or comes before the charter.
    fn take(&mut self, part: Part, piece: Piece) -> Option<()> {
        let Piece { sha256, content } = piece;
        let known = || Some(&self.old.parts.get(&part).filter(|known| known.sha256 == sha256)?.contents);
        let contents = match content {
            Some(Content::Charter(charter)) => Contents::Charter(Arc::from(charter)),
            Some(Content::Agency(entry)) => {
                let anchors = &self.vouching.as_ref()?.anchors;
                let tables = AgencyTables::open(*entry, &self.old.parties, anchors, self.now);
                Contents::Agency(Arc::new(tables))
            }
            Some(Content::Grants(grants)) => {
                let parties = self.parties();
                Contents::Grants(Arc::new(GrantTable::of(grants, &parties, &mut lock(&self.old.pool))))
            }
            None => match (known()?, &self.vouching) {
                (Contents::Agency(tables), Some(vouching)) if !vouching.as_before => {
                    Contents::Agency(Arc::new(tables.with_anchors(&vouching.anchors, self.now)))
                }
                (contents, _) => contents.clone(),
            },
        };
        if let Contents::Charter(charter) = &contents {
            let read = charter.anchors.iter().filter_map(|text| certificate::from_base64(text).ok());
            let anchors = Anchors::new(&read.collect::<Vec<_>>());
            let as_before = self.old.charter().is_some_and(|old| old.anchors == charter.anchors);
            self.vouching = Some(Vouching { charter: charter.clone(), anchors, as_before });
        }
        self.parts.insert(part, CompiledPart { sha256, contents });
        Some(())
    }

    /// The tables over all agencies: those of the directory before, if all agencies are as they were.
    fn parties(&mut self) -> Arc<Parties> {
        if let Some(parties) = &self.parties {
            return parties.clone();
        }
        let as_before = agencies(&self.parts).count() == agencies(&self.old.parts).count()
            && agencies(&self.parts).zip(agencies(&self.old.parts)).all(|(new, old)| Arc::ptr_eq(new, old));
        let parties =
            if as_before { self.old.parties.clone() } else { Arc::new(Parties::over(agencies(&self.parts))) };
        self.parties.insert(parties).clone()
    }

    /// The directory, when all parts were taken. Nothing if the charter was not among them.
    fn finish(mut self, head: Head) -> Option<CompiledDirectory> {
        let parties = self.parties();
        let Vouching { charter, anchors, .. } = self.vouching?;
        let mut grants = vec![None; usize::from(Bin::COUNT)];
        for (part, known) in &self.parts {
            if let (Part::Grants(bin), Contents::Grants(table)) = (part, &known.contents)
                && let Some(place) = grants.get_mut(usize::from(bin.number()))
            {
                *place = Some(table.clone());
            }
        }
        lock(&self.old.pool).tidy();
        Some(CompiledDirectory {
            revision: head.revision,
            expires: head.expires,
            parts: self.parts,
            parties,
            grants,
            bases: charter.bases.iter().map(|basis| (basis.code.clone(), basis.clone())).collect(),
            purposes: charter.purposes.iter().map(|purpose| purpose.code.clone()).collect(),
            anchors,
            pool: self.old.pool.clone(),
        })
    }
}

fn agencies(parts: &BTreeMap<Part, CompiledPart>) -> impl Iterator<Item = &Arc<AgencyTables>> {
    parts.values().filter_map(|known| match &known.contents {
        Contents::Agency(tables) => Some(tables),
        _ => None,
    })
}

fn lock(pool: &Mutex<Pool>) -> MutexGuard<'_, Pool> {
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}

fn taken<T>(done: Option<T>) -> Result<T, Fault> {
    done.ok_or_else(|| Fault::DirectoryRefused { why: "a part is missing".into() })
}

#[cfg(test)]
mod tests {
    use model::directory::Bin;
    use model::grant::Grant;
    use serde_json::json;

    use super::*;

    fn piece(salt: u8, content: Option<Content>) -> Piece {
        Piece { sha256: [salt; 32], content }
    }

    fn charter() -> Content {
        let charter = json!({ "instance": "VN", "purposes": [], "bases": [], "anchors": [] });
        Content::Charter(Box::new(serde_json::from_value(charter).unwrap()))
    }

    fn agency(code: &str) -> (Part, Content) {
        let id = format!("VN/GOV/{code}");
        let name = json!({ "vi": "Tên", "en": "Name" });
        let entry = json!({ "agency": { "id": id, "name": name, "bloc": "government" }, "systems": [{ "id": format!("{id}/a"), "name": name }] });
        (Part::Agency(id.parse().unwrap()), Content::Agency(Box::new(serde_json::from_value(entry).unwrap())))
    }

    fn granted(client: &str, service: &str) -> (Part, Grant) {
        let grant = json!({ "id": "g", "client": client, "service": service, "uses": [], "fields": "all", "per_second": 1 });
        let grant: Grant = serde_json::from_value(grant).unwrap();
        (Part::Grants(Bin::of(&grant.client, &grant.service)), grant)
    }

    #[test]
    fn a_compiled_directory_takes_over_what_did_not_change() {
        let directory = |revision, parts: Vec<(Part, Piece)>| Directory {
            revision,
            expires: Timestamp::MAX,
            parts: parts.into_iter().collect(),
        };
        let now: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        let ((one, first), (two, second)) = (agency("G01"), agency("G15"));
        let (client, service) = ("VN/GOV/G15/a", "VN/GOV/G01/a/b");
        let (bin, grant) = granted(client, service);
        let ids = (client.parse().unwrap(), service.parse().unwrap());
        let compiled = CompiledDirectory::of(
            directory(
                1,
                vec![
                    (Part::Charter, piece(1, Some(charter()))),
                    (one.clone(), piece(2, Some(first))),
                    (bin.clone(), piece(3, Some(Content::Grants(vec![grant])))),
                ],
            ),
            now,
        )
        .unwrap();
        assert_eq!((compiled.agencies().count(), compiled.grants(&ids.0, &ids.1).count()), (1, 1));
        // The next one adds an agency and empties the bin.
        let unchanged = |part: &Part, salt| (part.clone(), piece(salt, None));
        let next =
            vec![unchanged(&Part::Charter, 1), unchanged(&one, 2), (two.clone(), piece(4, Some(second)))];
        let next = compiled.renewed(directory(2, next), now).unwrap();
        assert_eq!((next.agencies().count(), next.grants(&ids.0, &ids.1).count()), (2, 0));
        assert!(next.system(&"VN/GOV/G01/a".parse().unwrap()).is_some());
        assert_eq!(next.known().len(), 3);
        // One that leaves out what the one before never had is no directory.
        let (three, _) = agency("G99");
        let broken = vec![unchanged(&Part::Charter, 1), unchanged(&three, 9)];
        assert!(next.renewed(directory(3, broken), now).is_none());
        // Nor is one whose part has another digest and no content.
        assert!(
            next.renewed(directory(3, vec![unchanged(&Part::Charter, 1), unchanged(&one, 7)]), now).is_none()
        );
    }
}
