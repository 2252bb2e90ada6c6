//! What every hub can begin with: the agencies, databases, code lists and terms that the program ships. None of it is official; what
//! was found in no source says so.

use hub::kinds::Document;
use jiff::civil::date;
use model::agency::{Agency, Bloc, Name};
use model::codelist::{CodeList, ShippedList};
use model::database::{Database, ShippedDatabase};
use model::fault::Fault;
use model::id::MemberId;
use model::legal::Purpose;

use crate::input;
use crate::texts;

/// Texts that set days, with the tasks that they order.
const DIRECTIVES: [(&str, &str); 4] = [
    ("cd-103-2025.yaml", include_str!("../../../data/directives/cd-103-2025.yaml")),
    ("nghi-quyet.yaml", include_str!("../../../data/directives/nghi-quyet.yaml")),
    ("nghi-dinh-luat.yaml", include_str!("../../../data/directives/nghi-dinh-luat.yaml")),
    ("chi-dao-2026.yaml", include_str!("../../../data/directives/chi-dao-2026.yaml")),
];

/// All of it.
///
/// # Errors
/// [`Fault::BadDocument`] if the program was built with broken data.
pub fn documents() -> Result<Vec<Document>, Fault> {
    let agencies: Vec<Agency> = model::agency::shipped().into_iter().filter_map(agency).collect();
    let member = |code: &str| {
        let found = agencies.iter().find(|agency| agency.id.parts().last().as_deref() == Some(code));
        found.map(|agency| agency.id.clone())
    };
    let lists = model::codelist::shipped().into_iter().filter_map(|list| code_list(list, &member));
    let databases = model::database::shipped().into_iter().map(|shipped| database(shipped, &member));
    let mut documents: Vec<Document> = lists.map(|list| Document::CodeList(Box::new(list))).collect();
    documents.extend(databases.map(|database| Document::Database(Box::new(database))));
    let walks = model::codelist::shipped_crosswalks().into_iter();
    documents.extend(walks.map(|walk| Document::Crosswalk(Box::new(walk))));
    documents.extend(input::documents::<Document>(
        "terms.yaml",
        include_str!("../../../data/dictionary/terms.yaml"),
    )?);
    documents.extend(input::documents::<Document>(
        "tiep-nhan.yaml",
        include_str!("../../../data/packs/tiep-nhan.yaml"),
    )?);
    documents.extend(input::documents::<Document>(
        "tai-su-dung.yaml",
        include_str!("../../../data/packs/tai-su-dung.yaml"),
    )?);
    for (name, text) in DIRECTIVES {
        documents.extend(input::documents::<Document>(name, text)?);
    }
    let name = Name::from(texts::test_of_connection());
    documents.push(Document::Purpose(Box::new(Purpose { code: "kiem-thu".into(), name, test: true })));
    documents.extend(agencies.into_iter().map(|agency| Document::Agency(Box::new(agency))));
    Ok(documents)
}

/// A shipped code list, with its owner as a member.
fn code_list(shipped: ShippedList, member: &impl Fn(&str) -> Option<MemberId>) -> Option<CodeList> {
    let ShippedList { id, name, owner, source, assumed, note, codes } = shipped;
    Some(CodeList { id, name, owner: member(&owner)?, source, assumed, note, codes })
}

/// A shipped agency as a member. The class says the bloc, as the design's identifiers do.
fn agency(shipped: model::agency::ShippedAgency) -> Option<Agency> {
    let id = |code: &str| -> Option<MemberId> { format!("VN/{}/{code}", class(shipped.bloc)).parse().ok() };
    Some(Agency {
        id: id(shipped.code.as_str())?,
        parent: shipped.parent.as_ref().and_then(|parent| id(parent.as_str())),
        name: shipped.name.clone(),
        bloc: shipped.bloc,
        assumed_code: shipped.assumed,
    })
}

/// A database known at the start, as nobody has registered it yet.
fn database(shipped: ShippedDatabase, member: &impl Fn(&str) -> Option<MemberId>) -> Database {
    Database {
        priority: shipped.priority,
        listed: shipped.listed,
        owner: shipped.owner.and_then(|code| member(code.as_str())),
        // Dispatch 103/CĐ-TTg: the eleven are to be finished in the third quarter of 2025.
        deadline: shipped.priority.then(|| date(2025, 9, 30)),
        note: Some(shipped.note),
        ..Database::new(shipped.code.to_owned(), shipped.name, shipped.scale, shipped.standing)
    }
}

fn class(bloc: Bloc) -> &'static str {
    match bloc {
        Bloc::Government => "GOV",
        Bloc::Local => "LOC",
        Bloc::Party => "PTY",
        Bloc::Assembly => "ASM",
        Bloc::President => "PRE",
        Bloc::Court => "COU",
        Bloc::Procuracy => "PRO",
        Bloc::Audit => "AUD",
        Bloc::Front => "FRO",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_is_whole() {
        let documents = documents().unwrap();
        let count = |word: &str| documents.iter().filter(|document| document.subject().0 == word).count();
        assert_eq!((count("Agency"), count("CodeList")), (78, 27));
        assert_eq!(count("Database"), model::database::shipped().len());
        assert!(count("Term") > 100 && count("Crosswalk") > 5);
        assert!(count("Directive") >= 14 && count("Task") >= 50, "{} {}", count("Directive"), count("Task"));
        for order in 1..=19 {
            let of = format!("R{order}");
            let has = |document: &&Document| match document {
                Document::Task(task) => {
                    task.directive == "cd-103-2025" && task.clause.as_deref() == Some(of.as_str())
                }
                _ => false,
            };
            let tasks: Vec<&Document> = documents.iter().filter(has).collect();
            assert_eq!(tasks.len(), if order == 3 { 11 } else { 1 }, "{of}");
        }
        for document in &documents {
            let Document::Database(database) = document else { continue };
            assert_eq!(database.priority, database.deadline.is_some(), "{}", database.id);
        }
    }
}
