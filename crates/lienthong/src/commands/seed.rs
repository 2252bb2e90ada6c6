//! `lienthong seed`: gives a hub what it can begin with.

use std::collections::{BTreeSet, HashMap};
use std::process::ExitCode;

use hub::kinds::{Document, Kind};
use model::database::{Database, Standing};
use model::official::Evidence;
use operate::client::HubClient;
use operate::registry::{items, send};
use operate::seed::documents;
use operate::trouble::Trouble;

use crate::cli;
use crate::commands::registry::tell;
use crate::output::print;

/// What is there already stays as it is: somebody may have registered it. With `--refresh`, databases that nobody has are brought to what
/// this program knows.
pub(super) async fn run(seed: &cli::Seed) -> Result<ExitCode, Trouble> {
    let client = HubClient::at(&seed.officer.path)?;
    let mut documents = documents()?;
    let kinds: BTreeSet<Kind> = documents.iter().map(Document::kind).collect();
    for kind in kinds {
        let path = format!("api/v1/registry/{}?limit=500", kind.plural());
        let there: HashMap<String, Document> = items(&client, &path)
            .await?
            .into_iter()
            .filter_map(|members| Document::read(kind, members).ok())
            .map(|document| (document.name().to_owned(), document))
            .collect();
        documents = documents
            .into_iter()
            .filter_map(|shipped| match there.get(shipped.name()) {
                Some(there) if shipped.kind() == kind => renewed(shipped, there).filter(|_| seed.refresh),
                _ => Some(shipped),
            })
            .collect();
    }
    let answer = send(&client, &documents, &seed.reason, seed.dry_run).await?;
    match seed.output {
        cli::Format::Json => print(&answer.to_string()),
        cli::Format::Text => print(&tell(&answer, seed.dry_run)?),
    }
    Ok(ExitCode::SUCCESS)
}

/// What a database that nobody has registered becomes; of all else nothing. Marks that rest on more than what ships stay, and what only the
/// registry knows.
fn renewed(shipped: Document, there: &Document) -> Option<Document> {
    let (Document::Database(mut shipped), Document::Database(there)) = (shipped, there) else { return None };
    if there.standing == Standing::Registered {
        return None;
    }
    for loaded in there.listed.iter().filter(|listing| listing.evidence != Evidence::Implied) {
        shipped.listed.retain(|listing| listing.list != loaded.list);
        shipped.listed.push(loaded.clone());
    }
    // A list names it: it is no candidate any more.
    if shipped.standing == Standing::Candidate {
        shipped.standing = there.standing;
    }
    let known = Database { owner: shipped.owner.clone().or_else(|| there.owner.clone()), ..*shipped };
    let deadline = there.deadline.or(known.deadline);
    let legal_basis = there.legal_basis.clone();
    Some(Document::Database(Box::new(Database { deadline, legal_basis, ..known })))
}

#[cfg(test)]
mod tests {
    use model::agency::Name;
    use model::database::Scale;
    use model::official::Listing;

    use super::*;

    fn database(standing: Standing, evidence: Option<Evidence>) -> Document {
        let name = Name { vi: "Tên".into(), en: "Name".into() };
        let listing = |evidence| Listing {
            list: "nq-71-2025".into(),
            act: "Nghị quyết".into(),
            evidence,
            number: None,
            source: None,
            due: Vec::new(),
        };
        let listed = evidence.map(listing).into_iter().collect();
        let new = Database::new("VNDB-001".into(), name, Scale::National, standing);
        Document::Database(Box::new(Database { listed, ..new }))
    }

    fn refreshed(shipped: Document, there: &Document) -> Option<(Standing, Vec<Evidence>)> {
        let Document::Database(database) = renewed(shipped, there)? else { return None };
        let evidence = database.listed.iter().map(|listing| listing.evidence).collect();
        Some((database.standing, evidence))
    }

    #[test]
    fn what_others_know_better_stays() {
        use Evidence::{Annex, Implied};
        use Standing::{Candidate, Registered, Sourced};
        // A newer program has found it in a source.
        let newer = || database(Sourced, Some(Implied));
        assert_eq!(refreshed(newer(), &database(Candidate, None)), Some((Sourced, vec![Implied])));
        // Its owner has registered it: it is theirs.
        assert_eq!(refreshed(newer(), &database(Registered, None)), None);
        // The annex was loaded: that is more than what a source implies, and than a candidate.
        assert_eq!(refreshed(newer(), &database(Sourced, Some(Annex))), Some((Sourced, vec![Annex])));
        let candidate = database(Candidate, None);
        assert_eq!(refreshed(candidate, &database(Sourced, Some(Annex))), Some((Sourced, vec![Annex])));
        // What was implied once and is not any more goes.
        assert_eq!(
            refreshed(database(Sourced, None), &database(Sourced, Some(Implied))),
            Some((Sourced, vec![]))
        );
    }
}
