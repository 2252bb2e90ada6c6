//! The registry on both databases, and what stands before it: the API.

mod accounts;
mod ahead;
mod api;
mod catalogue;
mod certificates;
mod contracts;
mod described;
mod events;
mod held;
mod intervals;
mod limits;
mod matrix;
mod provider;
mod references;
mod requests;
mod rights;
mod search;
mod store;
mod usage;
mod world;

use model::directory::{Bin, Part};
use model::fault::Fault;
use model::grant::Grant;
use model::legal::Purpose;
use model::term::{Status, Term, ValueType};
use serde_json::{Value, json};

use crate::audit::change;
use crate::audit::right::Role;
use crate::granting::grant;
use crate::hub::open_store;
use crate::kinds::apply;
use crate::kinds::{Document, Kind, load, page};
use crate::registry::write::{Effect, Outcome, Seen};
use crate::registry::{Listing, Subject, tag};
use crate::store::{Db, MIGRATIONS, run};
use ahead::what_is_not_proven_halts_nothing_and_what_is_proven_halts_all_hubs_on_the_store;
use catalogue::{only_what_is_public_is_open_data, the_catalogue_is_a_graph_without_candidates};
use certificates::{
    a_certificate_that_was_taken_out_never_comes_back,
    over_each_pair_one_other_is_given_to_whoever_has_both_its_keys,
};
use contracts::a_contract_binds_every_field_and_keeps_what_was_agreed;
use held::{names_of_requests_are_for_their_grants, rules_of_rows_hold_when_the_service_changes};
use intervals::{
    an_end_that_has_not_come_yet_holds_no_node_up, whatever_nodes_report_each_moment_of_a_node_counts_once,
};
use limits::{
    a_report_is_small_names_what_is_known_and_comes_at_its_pace,
    an_agency_that_grows_too_large_is_refused_and_stops_nobody,
    an_officer_sees_which_nodes_hold_what_was_decided_and_which_do_not,
    histories_are_for_those_concerned_and_name_nobody_of_another_agency,
};
use matrix::nobody_reads_who_acted_at_another_agency_or_from_where;
use references::{
    an_upgrade_that_breaks_off_is_done_whole_the_next_time, what_is_named_must_be_there_and_stays,
};
use requests::{
    a_duty_entitles_to_what_its_holder_has_published_and_to_nothing_more,
    a_renewal_keeps_its_scope_and_needs_its_owner_only, a_request_goes_its_whole_way_and_becomes_a_grant,
    a_request_that_ends_leaves_nothing_behind, a_suspension_is_announced_and_ends,
    a_sync_waits_for_its_checklist, grants_that_nobody_uses_are_pointed_out,
    what_a_duty_entitles_to_needs_no_approval,
};
use rights::{a_role_changes_what_it_is_there_for, an_officer_of_an_agency_changes_what_is_its_own_only};
use search::{a_search_finds_with_and_without_marks, old_names_of_units_lead_to_what_they_became};
use usage::{a_report_is_taken_once_and_from_its_node_only, traffic_shows_how_far_a_database_and_a_duty_are};
use world::{context, documents};

/// The same tests on both databases.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                super::$name(&format!("sqlite:{}", folder.path().join("hub.db").display())).await;
            })*
        }

        mod postgresql {
            $(#[tokio::test]
            async fn $name() {
                let server = testing::Server::shared_postgres();
                super::$name(&server.database(stringify!($name))).await;
            })*
        }
    };
}

on_both! {
    documents_come_back_as_they_were_applied
    applying_again_changes_nothing
    a_change_is_told_with_who_when_and_why
    what_is_wrong_is_refused_whole
    a_revoked_grant_is_gone_and_can_be_issued_anew
    a_store_of_a_newer_program_is_left_alone
    writers_wait_for_each_other_and_numbers_have_no_gaps
    pages_go_through_everything_in_order
    a_datum_has_one_master_and_may_be_handed_over
    a_store_of_the_first_version_is_brought_up_to_date
    a_term_goes_through_its_life_and_a_breaking_change_needs_a_new_major
    a_trail_that_was_changed_is_noticed
    an_officer_of_an_agency_changes_what_is_its_own_only
    a_role_changes_what_it_is_there_for
    lists_are_filtered_and_each_filter_has_its_column
    whoever_has_seen_an_old_state_is_shown_both
    what_others_name_is_not_removed
    what_is_named_must_be_there_and_stays
    an_upgrade_that_breaks_off_is_done_whole_the_next_time
    a_change_touches_only_its_parts_of_the_directory
    codes_that_were_in_use_stay
    a_contract_binds_every_field_and_keeps_what_was_agreed
    traffic_shows_how_far_a_database_and_a_duty_are
    a_report_is_taken_once_and_from_its_node_only
    a_report_is_small_names_what_is_known_and_comes_at_its_pace
    whatever_nodes_report_each_moment_of_a_node_counts_once
    an_end_that_has_not_come_yet_holds_no_node_up
    an_agency_that_grows_too_large_is_refused_and_stops_nobody
    an_officer_sees_which_nodes_hold_what_was_decided_and_which_do_not
    histories_are_for_those_concerned_and_name_nobody_of_another_agency
    nobody_reads_who_acted_at_another_agency_or_from_where
    what_is_not_proven_halts_nothing_and_what_is_proven_halts_all_hubs_on_the_store
    a_request_goes_its_whole_way_and_becomes_a_grant
    a_request_that_ends_leaves_nothing_behind
    what_a_duty_entitles_to_needs_no_approval
    a_duty_entitles_to_what_its_holder_has_published_and_to_nothing_more
    a_renewal_keeps_its_scope_and_needs_its_owner_only
    a_sync_waits_for_its_checklist
    a_suspension_is_announced_and_ends
    grants_that_nobody_uses_are_pointed_out
    a_search_finds_with_and_without_marks
    old_names_of_units_lead_to_what_they_became
    only_what_is_public_is_open_data
    the_catalogue_is_a_graph_without_candidates
    rules_of_rows_hold_when_the_service_changes
    names_of_requests_are_for_their_grants
    a_certificate_that_was_taken_out_never_comes_back
    over_each_pair_one_other_is_given_to_whoever_has_both_its_keys
}

async fn apply(db: &Db, documents: &[Document]) -> Result<Vec<Effect>, Fault> {
    let mut tx = db.write().await?;
    let effects = apply::apply(&mut tx, documents, &context("nạp thử")).await?;
    tx.commit().await?;
    Ok(effects)
}

async fn documents_come_back_as_they_were_applied(url: &str) {
    let db = open_store(url).await.unwrap();
    let documents = documents();
    let effects = apply(&db, &documents).await.unwrap();
    assert!(effects.iter().all(|effect| effect.outcome == Outcome::Created));
    let mut tx = db.read().await.unwrap();
    for document in &documents {
        let found = load(&mut tx, document.kind(), document.name()).await.unwrap();
        assert_eq!(found.as_ref(), Some(document));
    }
}

async fn applying_again_changes_nothing(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let before = count_changes(&db).await;
    // In any order.
    let reversed: Vec<_> = documents().into_iter().rev().collect();
    let effects = apply(&db, &reversed).await.unwrap();
    assert!(effects.iter().all(|effect| effect.outcome == Outcome::Unchanged));
    assert_eq!(count_changes(&db).await, before);
    // Opened again, it is the same store.
    drop(db);
    assert_eq!(count_changes(&open_store(url).await.unwrap()).await, before);
}

async fn count_changes(db: &Db) -> usize {
    change::list(&mut db.read().await.unwrap(), 0, change::PAGE).await.unwrap().len()
}

async fn a_change_is_told_with_who_when_and_why(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let mut changed = documents();
    for document in &mut changed {
        if let Document::Grant(grant) = document {
            grant.per_second = 7.try_into().unwrap();
        }
    }
    let effects = apply(&db, &changed).await.unwrap();
    let updated: Vec<_> = effects.iter().filter(|effect| effect.outcome == Outcome::Updated).collect();
    assert_eq!(updated.len(), 1);
    assert_eq!(updated[0].differences["per_second"], (json!(50), json!(7)));
    let entries = change::list(&mut db.read().await.unwrap(), 0, change::PAGE).await.unwrap();
    let last = entries.last().unwrap();
    assert_eq!(
        (last.act.as_str(), last.kind.as_str(), last.subject.as_str()),
        ("updated", "Grant", "g-khai-sinh")
    );
    assert_eq!(
        (last.who.as_str(), last.why.as_str(), last.at.as_str()),
        ("can-bo", "nạp thử", "2026-11-23T08:00:00Z")
    );
    let per_second = |value: &Option<Value>| value.as_ref().unwrap()["per_second"].clone();
    assert_eq!((per_second(&last.before), per_second(&last.after)), (json!(50), json!(7)));
}

async fn what_is_wrong_is_refused_whole(url: &str) {
    let db = open_store(url).await.unwrap();
    let wrong = |kind: &str, member: &str, value: Value| {
        let mut documents: Vec<Value> =
            documents().iter().map(|document| serde_json::to_value(document).unwrap()).collect();
        let first = documents.iter_mut().find(|document| document["kind"] == kind).unwrap();
        first[member] = value;
        serde_json::from_value::<Vec<Document>>(json!(documents)).unwrap()
    };
    // Whatever else names what has a wrong name would be told first.
    let without = |kinds: &[Kind], documents: Vec<Document>| -> Vec<Document> {
        documents.into_iter().filter(|document| !kinds.contains(&document.kind())).collect()
    };
    let cases = [
        ("LT-7103", wrong("Agency", "parent", json!("VN/GOV/G99"))),
        ("LT-7104", wrong("Agency", "parent", json!("VN/GOV/G01"))),
        ("LT-7104", wrong("Agency", "name", json!({ "vi": "", "en": "x" }))),
        ("LT-7104", wrong("Agency", "name", json!({ "vi": "Bo\u{302} Công an", "en": "x" }))),
        ("LT-7103", wrong("System", "id", json!("VN/GOV/G99/dan-cu"))),
        ("LT-7103", wrong("Node", "systems", json!(["VN/GOV/G01/khong-co"]))),
        ("LT-7104", wrong("Node", "address", json!("127.0.0.1"))),
        ("LT-7104", wrong("Service", "dataset", json!({ "key": "khac", "fields": [] }))),
        (
            "LT-7104",
            without(
                &[Kind::Grant, Kind::Contract, Kind::Duty],
                wrong("Service", "id", json!("VN/GOV/G01/dan-cu/listMethods")),
            ),
        ),
        ("LT-7104", wrong("LegalBasis", "valid_to", json!("2020-01-01"))),
        ("LT-7104", without(&[Kind::Grant], wrong("Purpose", "code", json!("khai sinh")))),
        ("LT-7103", wrong("Grant", "client", json!("VN/LOC/H05/khac"))),
        ("LT-7103", wrong("Grant", "uses", json!([{ "purpose": "khac", "basis": "nd-70" }]))),
        ("LT-7104", wrong("Grant", "uses", json!([]))),
        ("LT-7104", wrong("Grant", "fields", json!(["khong_co"]))),
        ("LT-7104", wrong("Grant", "valid_from", json!("2099-01-01"))),
        ("LT-7103", wrong("Database", "owner", json!("VN/GOV/G99"))),
        ("LT-7103", wrong("Database", "systems", json!(["VN/GOV/G01/khong-co"]))),
        ("LT-7103", wrong("Database", "successor", json!("VNDB-999"))),
        ("LT-7104", wrong("Database", "successor", json!("VNDB-013"))),
        ("LT-7104", wrong("Database", "security_level", json!(6))),
        ("LT-7104", wrong("Database", "class", Value::Null)),
        ("LT-7104", wrong("Database", "retention", Value::Null)),
        ("LT-7104", wrong("Database", "standing", json!("sourced"))),
        ("LT-7104", wrong("Database", "scope", json!("Bo\u{302}"))),
        ("LT-7104", wrong("Database", "master_data", json!([]))),
        ("LT-7104", wrong("Term", "id", json!("gioi-tinh"))),
        ("LT-7104", wrong("CodeList", "codes", json!([]))),
        (
            "LT-7104",
            wrong("CodeList", "codes", json!([{ "code": "1", "vi": "Nam" }, { "code": "1", "vi": "Nữ" }])),
        ),
        ("LT-7104", wrong("CodeList", "codes", json!([{ "code": "1", "vi": "Nam", "parent": "9" }]))),
        ("LT-7103", wrong("CodeList", "owner", json!("VN/GOV/G99"))),
        ("LT-7103", wrong("Crosswalk", "to", json!("khac"))),
        ("LT-7104", wrong("Crosswalk", "pairs", json!([{ "from": "1", "to": "9", "relation": "exact" }]))),
        ("LT-7104", wrong("Term", "versions", json!([]))),
        ("LT-7103", wrong("Duty", "basis", json!("khac"))),
        ("LT-7104", wrong("Duty", "datum", json!("khac"))),
        ("LT-7104", wrong("Duty", "receivers", json!([]))),
        ("LT-7104", wrong("Duty", "receivers", json!(["VN/GOV/G01"]))),
        ("LT-7103", wrong("Duty", "service", json!("VN/GOV/G01/dan-cu/khac"))),
        ("LT-7104", documents().into_iter().chain(documents()).collect()),
    ];
    for (number, (code, documents)) in cases.into_iter().enumerate() {
        assert_eq!(apply(&db, &documents).await.unwrap_err().code(), code, "case {number}");
    }
    assert_eq!(count_changes(&db).await, 0, "nothing of any of them stayed");
}

async fn a_datum_has_one_master_and_may_be_handed_over(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let with = |id: &str, data: Value| {
        let mut database =
            serde_json::to_value(documents().into_iter().find(|document| document.subject().0 == "Database"))
                .unwrap();
        database["id"] = json!(id);
        database["master_data"] = data;
        serde_json::from_value::<Document>(database).unwrap()
    };
    let datum = json!([{ "code": "ngay-sinh", "name": { "vi": "Ngày sinh", "en": "Date of birth" } }]);
    let Err(Fault::Contradictory { subject, why }) = apply(&db, &[with("VNDB-099", datum.clone())]).await
    else {
        panic!("a second master")
    };
    assert_eq!(subject, "Database VNDB-099");
    assert!(format!("{why:?}").contains("VNDB-013 (VN/GOV/G01)"), "{why:?}");
    // A duty stands on it.
    let Err(Fault::Contradictory { subject, .. }) = apply(&db, &[with("VNDB-013", json!([]))]).await else {
        panic!("a duty without a master")
    };
    assert_eq!(subject, "Duty dan-cu-ngay-sinh");
    // Handed over in one go, whichever is named first.
    apply(&db, &[with("VNDB-099", datum.clone()), with("VNDB-013", json!([]))]).await.unwrap();
    apply(&db, &[with("VNDB-099", json!([])), with("VNDB-013", datum)]).await.unwrap();
}

async fn a_trail_that_was_changed_is_noticed(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let read = async || {
        let mut trail = change::Trail::default();
        for entry in change::list(&mut db.read().await.unwrap(), 0, change::PAGE).await.unwrap() {
            trail.take(&entry);
        }
        trail
    };
    let before = read().await;
    assert_eq!((before.broken_at, before.unchained, before.entries), (None, 0, documents().len() as u64));
    let spoil = async |sql: &'static str| {
        let mut tx = db.write().await.unwrap();
        run!(tx, sql).unwrap();
        tx.commit().await.unwrap();
        read().await.broken_at
    };
    assert_eq!(spoil("UPDATE change SET who = 'khac' WHERE seq = 3").await, Some(3));
    assert_eq!(spoil("UPDATE change SET who = 'can-bo' WHERE seq = 3").await, None);
    assert_eq!(spoil("UPDATE change SET chain = NULL WHERE seq = 5").await, Some(5));
    assert_eq!(spoil("DELETE FROM change WHERE seq = 5").await, Some(6), "the next no longer follows");
}

async fn a_term_goes_through_its_life_and_a_breaking_change_needs_a_new_major(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let found = documents().into_iter().find(|document| document.kind() == Kind::Term);
    let Some(Document::Term(term)) = found else { panic!() };
    let refused = async |term: &Term, expect: &str| {
        let Err(Fault::Contradictory { why, .. }) =
            apply(&db, &[Document::Term(Box::new(term.clone()))]).await
        else {
            panic!("{expect}")
        };
        assert!(format!("{why:?}").contains(expect), "{why:?}");
    };
    // What was approved stays as it is, and stays.
    let mut changed = term.clone();
    changed.versions[0].definition = "Khác".into();
    refused(&changed, "is approved and cannot be changed").await;
    let mut changed = term.clone();
    changed.versions[0].version = "1.0.1".parse().unwrap();
    refused(&changed, "may not be left out").await;
    // A breaking change under the same major.
    let mut next = term.clone();
    next.versions.push(term.versions[0].clone());
    next.versions[1].status = Status::Proposed;
    next.versions[1].value_type = ValueType::Text;
    refused(&next, "stands behind").await;
    next.versions[1].version = "1.1.0".parse().unwrap();
    refused(&next, "the change in value_type breaks its users").await;
    next.versions[1].version = "2.0.0".parse().unwrap();
    apply(&db, &[Document::Term(next.clone())]).await.unwrap();
    // Step by step.
    let mut leap = next.clone();
    leap.versions[1].status = Status::Approved;
    refused(&leap, "a step at a time").await;
    for status in [Status::Reviewed, Status::Consulted, Status::Approved] {
        next.versions[1].status = status;
        apply(&db, &[Document::Term(next.clone())]).await.unwrap();
    }
    next.versions[0].status = Status::Retired;
    apply(&db, &[Document::Term(next.clone())]).await.unwrap();
    let found = Term::load(&mut db.read().await.unwrap(), &term.id).await.unwrap().unwrap();
    assert_eq!(found.versions.len(), 2, "both are there");
}

async fn a_store_of_the_first_version_is_brought_up_to_date(url: &str) {
    let db = Db::connect(url).await.unwrap();
    db.migrate(&MIGRATIONS[..1]).await.unwrap().unwrap().commit().await.unwrap();
    let mut tx = db.write().await.unwrap();
    let old = [
        "INSERT INTO purpose (code, name_vi, name_en) VALUES ('cu', 'Cũ', 'Old')",
        "INSERT INTO officer (name, token_sha256) VALUES ('cu', 'abc')",
        "INSERT INTO agency (id, name_vi, name_en, bloc, assumed_code) VALUES ('VN/GOV/G09', 'Cũ', 'Old', '\"government\"', 1 = 1)",
        "INSERT INTO system (id, agency, name_vi, name_en) VALUES ('VN/GOV/G09/a', 'VN/GOV/G09', 'Cũ', 'Old')",
        "INSERT INTO service (id, system, name_vi, name_en, offer) VALUES ('VN/GOV/G09/a/b', 'VN/GOV/G09/a', 'Cũ', 'Old', '{\"http\":{\"endpoints\":[]}}')",
        "INSERT INTO grants (id, client, service, uses, endpoints, fields, per_second) VALUES ('cu', 'VN/GOV/G09/a', 'VN/GOV/G09/a/b', '[]', '[]', '\"all\"', 1)",
    ];
    for sql in old {
        run!(tx, sql).unwrap();
    }
    tx.commit().await.unwrap();
    db.migrate(&MIGRATIONS[..5]).await.unwrap().unwrap().commit().await.unwrap();
    let mut tx = db.write().await.unwrap();
    let old = [
        "INSERT INTO officer (name, token_sha256, agency) VALUES ('cua-nganh', 'def', 'VN/GOV/G09')",
        "INSERT INTO database_entry (id, entry) VALUES ('CU', '{\"id\":\"CU\",\"name\":{\"vi\":\"Sổ cũ\",\"en\":\"Old book\"},\"scale\":\"sectoral\",\"standing\":\"registered\",\"owner\":\"VN/GOV/G09\",\"master_data\":[{\"code\":\"cu\",\"name\":{\"vi\":\"Cũ\",\"en\":\"Old\"}}]}')",
        "INSERT INTO master_datum (datum, database_id) VALUES ('cu', 'CU')",
        "INSERT INTO term (id, entry) VALUES ('cu:1', '{\"id\":\"cu:1\",\"versions\":[{\"version\":\"1.0.0\",\"status\":\"approved\",\"name\":{\"vi\":\"Cũ\",\"en\":\"Old\"},\"definition\":\"Cũ\",\"domain\":\"person\",\"created_by\":\"VN/GOV/G09\",\"owned_by\":\"VN/GOV/G09\",\"technical_name\":\"A.cu\",\"value_type\":\"text\",\"format\":\"1\",\"validation\":\"1\",\"source\":\"1\"}]}')",
    ];
    for sql in old {
        run!(tx, sql).unwrap();
    }
    tx.commit().await.unwrap();
    drop(db);
    let db = open_store(url).await.unwrap();
    let mut tx = db.read().await.unwrap();
    assert!(Purpose::load(&mut tx, "cu").await.unwrap().is_some());
    let filtered = |name: &str, value: &str| Listing {
        filters: vec![(name.into(), value.into())],
        ..Listing::default()
    };
    let of = filtered("owner", "VN/GOV/G09");
    assert_eq!(page(&mut tx, Kind::Service, &of).await.unwrap().len(), 1);
    assert_eq!(page(&mut tx, Kind::Grant, &of).await.unwrap().len(), 1);
    let term: Option<(String, String)> =
        crate::store::optional!(tx, "SELECT owner, domain FROM term WHERE id = 'cu:1'").unwrap();
    assert_eq!(term, Some(("VN/GOV/G09".into(), "person".into())));
    let bin = Bin::of(&"VN/GOV/G09/a".parse().unwrap(), &"VN/GOV/G09/a/b".parse().unwrap());
    assert_eq!(grant::of_bin(&mut tx, bin).await.unwrap().0.len(), 1);
    assert!(crate::catalogue::duty::master(&mut tx, "cu").await.unwrap().is_some());
    let (found, _) = crate::catalogue::search::find(&mut tx, "so cu", None, 9).await.unwrap();
    assert_eq!(found[0].id, "CU");
    // Officers have accounts with the rights they had.
    let hub = crate::people::manage::existing(&mut tx, "cu").await.unwrap();
    assert!(hub.account.agency.is_none() && hub.account.roles.contains(&Role::HubOfficer));
    let of_agency = crate::people::manage::existing(&mut tx, "cua-nganh").await.unwrap();
    assert!(of_agency.account.agency.is_some() && of_agency.account.roles.contains(&Role::DataOfficer));
    drop(tx);
    let mut tx = db.write().await.unwrap();
    run!(tx, "DELETE FROM term").unwrap();
    tx.commit().await.unwrap();
    apply(&db, &documents()).await.unwrap();
}

async fn lists_are_filtered_and_each_filter_has_its_column(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let mut tx = db.read().await.unwrap();
    for kind in Kind::ALL {
        for filter in kind.filters() {
            let listing =
                Listing { filters: vec![(filter.into(), "không có".into())], ..Listing::default() };
            assert!(page(&mut tx, *kind, &listing).await.unwrap().is_empty(), "{kind:?} {filter}");
        }
        let listing = Listing { limit: 1, ..Listing::default() };
        assert_eq!(page(&mut tx, *kind, &listing).await.unwrap().len(), 1, "{kind:?}");
    }
    let count = async |tx: &mut _, kind, name: &str, value: &str| {
        let listing = Listing { filters: vec![(name.into(), value.into())], ..Listing::default() };
        page(tx, kind, &listing).await.unwrap().len()
    };
    assert_eq!(count(&mut tx, Kind::System, "owner", "VN/GOV/G01").await, 2);
    assert_eq!(count(&mut tx, Kind::Grant, "consumer", "VN/GOV/G01").await, 1);
    assert_eq!(count(&mut tx, Kind::Duty, "owner", "VN/GOV/G01").await, 1);
    assert_eq!(count(&mut tx, Kind::Database, "standing", "registered").await, 1);
    assert_eq!(count(&mut tx, Kind::Term, "owner", "VN/GOV/G15").await, 1);
    assert_eq!(count(&mut tx, Kind::Term, "khac", "VN/GOV/G15").await, 0);
}

async fn whoever_has_seen_an_old_state_is_shown_both(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let seen = load(&mut db.read().await.unwrap(), Kind::Agency, "VN/GOV/G15").await.unwrap().unwrap();
    let tag_seen = tag(&seen.members().unwrap());
    let put = async |name: &str, seen: &Seen| {
        let mut members = json!({ "id": "VN/GOV/G15", "bloc": "government", "name": { "en": "x" } });
        members["name"]["vi"] = json!(name);
        let document = Document::read(Kind::Agency, members).unwrap();
        let mut tx = db.write().await?;
        let effect = apply::replace(&mut tx, document, seen, &context("sửa")).await?;
        tx.commit().await?;
        Ok::<_, Fault>(effect)
    };
    let first = put("Của An", &Seen::Tag(tag_seen.clone())).await.unwrap();
    let Err(Fault::ChangedMeanwhile { theirs, yours, .. }) = put("Của Bình", &Seen::Tag(tag_seen)).await
    else {
        panic!("the second was not told")
    };
    assert!(theirs.contains("Của An") && yours.contains("Của Bình"), "{theirs} {yours}");
    assert!(matches!(put("Của Bình", &Seen::Nothing).await, Err(Fault::ChangedMeanwhile { .. })));
    put("Của cả hai", &Seen::Tag(first.tag)).await.unwrap();
    // The audit trail has what each of them wrote.
    let entries = change::history(&mut db.read().await.unwrap(), ("Agency", "VN/GOV/G15")).await.unwrap();
    let names: Vec<_> =
        entries.iter().map(|entry| entry.after.as_ref().unwrap()["name"]["vi"].clone()).collect();
    assert_eq!(names, ["Của cả hai", "Của An", "Tên tiếng Việt"]);
}

async fn what_others_name_is_not_removed(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let remove = async |kind: Kind, name: &str| {
        let mut tx = db.write().await?;
        apply::remove(&mut tx, kind, name, &context("thừa")).await?;
        tx.commit().await
    };
    for document in documents() {
        let stays = !matches!(document.kind(), Kind::Node | Kind::Duty | Kind::Crosswalk | Kind::RulePack);
        if stays {
            let refused = remove(document.kind(), document.name()).await;
            assert!(
                matches!(refused, Err(Fault::Contradictory { .. })),
                "{:?}: {refused:?}",
                document.subject()
            );
        }
    }
    assert!(matches!(remove(Kind::Duty, "khac").await, Err(Fault::NotInRegistry { .. })));
    // From the outside in.
    let mut ended = documents();
    ended.retain(|document| document.kind() == Kind::Contract);
    if let Some(Document::Contract(contract)) = ended.first_mut() {
        contract.odcs["status"] = json!("retired");
    }
    apply(&db, &ended).await.unwrap();
    let mut tx = db.write().await.unwrap();
    grant::revoke(&mut tx, "g-khai-sinh", &context("thôi dùng")).await.unwrap();
    tx.commit().await.unwrap();
    for (kind, name) in [
        (Kind::Duty, "dan-cu-ngay-sinh"),
        (Kind::Database, "VNDB-013"),
        (Kind::Service, "VN/GOV/G01/dan-cu/nguoi"),
        (Kind::Node, "VN/GOV/G01/nut-1"),
        (Kind::System, "VN/GOV/G01/mot-cua"),
        (Kind::System, "VN/GOV/G01/dan-cu"),
        (Kind::Purpose, "khai-sinh"),
        (Kind::LegalBasis, "nd-70"),
    ] {
        remove(kind, name).await.unwrap_or_else(|fault| panic!("{kind:?} {name}: {fault}"));
    }
    let last = change::list(&mut db.read().await.unwrap(), 0, change::PAGE).await.unwrap().pop().unwrap();
    assert_eq!((last.act.as_str(), last.subject.as_str(), last.after), ("removed", "nd-70", None));
}

async fn a_change_touches_only_its_parts_of_the_directory(url: &str) {
    let db = open_store(url).await.unwrap();
    let touched = async || {
        let mut tx = db.write().await.unwrap();
        let rows: Vec<(String,)> =
            crate::store::all!(tx, "SELECT part FROM directory_touched ORDER BY part").unwrap();
        run!(tx, "DELETE FROM directory_touched").unwrap();
        tx.commit().await.unwrap();
        rows.into_iter().map(|(part,)| part.parse::<Part>().unwrap().to_string()).collect::<Vec<_>>()
    };
    apply(&db, &documents()).await.unwrap();
    let first = touched().await;
    let bin = first.last().unwrap().clone();
    assert_eq!(first[..3], ["agency~VN~GOV~G01", "agency~VN~GOV~G15", "charter"]);
    assert!(bin.starts_with("grants~") && first.len() == 4, "{first:?}");
    let mut changed = documents();
    for document in &mut changed {
        match document {
            Document::Grant(grant) => grant.per_second = 9.try_into().unwrap(),
            Document::Term(term) => term.versions[0].status = Status::Retired,
            Document::Duty(duty) => duty.standard = Some("REST".into()),
            Document::Database(database) => database.note = Some("Ghi chú".into()),
            _ => {}
        }
    }
    apply(&db, &changed).await.unwrap();
    assert_eq!(touched().await, std::slice::from_ref(&bin));
    let mut tx = db.write().await.unwrap();
    grant::revoke(&mut tx, "g-khai-sinh", &context("thử")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(touched().await, [bin]);
}

async fn a_revoked_grant_is_gone_and_can_be_issued_anew(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let revoke = async |reason| {
        let mut tx = db.write().await?;
        grant::revoke(&mut tx, "g-khai-sinh", &context(reason)).await?;
        tx.commit().await
    };
    revoke("dùng sai mục đích").await.unwrap();
    assert!(matches!(revoke("lần nữa").await, Err(Fault::NotInRegistry { .. })));
    // Its name stays its agency's.
    let taken = serde_json::json!([
        { "kind": "System", "id": "VN/GOV/G15/ho-tich", "name": { "vi": "Hộ tịch", "en": "Civil status" } },
        { "kind": "Service", "id": "VN/GOV/G15/ho-tich/x", "name": { "vi": "X", "en": "X" }, "http": { "endpoints": [{ "method": "GET", "path": "/*" }] } },
        { "kind": "Grant", "id": "g-khai-sinh", "client": "VN/GOV/G01/mot-cua", "service": "VN/GOV/G15/ho-tich/x",
          "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": "all", "per_second": 1 },
    ]);
    let refused = apply(&db, &serde_json::from_value::<Vec<_>>(taken).unwrap()).await;
    assert!(matches!(refused, Err(Fault::Contradictory { .. })), "{refused:?}");
    let mut tx = db.read().await.unwrap();
    assert_eq!(Grant::load(&mut tx, "g-khai-sinh").await.unwrap(), None);
    let bin = Bin::of(&"VN/GOV/G01/mot-cua".parse().unwrap(), &"VN/GOV/G01/dan-cu/nguoi".parse().unwrap());
    assert!(grant::of_bin(&mut tx, bin).await.unwrap().0.is_empty());
    let last = change::list(&mut tx, 0, change::PAGE).await.unwrap().pop().unwrap();
    assert_eq!((last.act.as_str(), last.why.as_str()), ("revoked", "dùng sai mục đích"));
    drop(tx);
    let effects = apply(&db, &documents()).await.unwrap();
    assert_eq!(effects.iter().filter(|effect| effect.outcome == Outcome::Created).count(), 1);
}

async fn a_store_of_a_newer_program_is_left_alone(url: &str) {
    let db = open_store(url).await.unwrap();
    let mut tx = db.write().await.unwrap();
    run!(tx, "INSERT INTO migration (step, script) VALUES ($1, $2)" => 99i64, "ALTER TABLE later").unwrap();
    tx.commit().await.unwrap();
    let Err(Fault::StoreFailed { why }) = open_store(url).await.map(drop) else { panic!() };
    assert!(why.contains("newer"), "{why}");
    let mut tx = db.write().await.unwrap();
    run!(tx, "DELETE FROM migration WHERE step = $1" => 99i64).unwrap();
    run!(tx, "UPDATE migration SET script = $1" => "edited").unwrap();
    tx.commit().await.unwrap();
    assert!(open_store(url).await.is_err());
}

async fn writers_wait_for_each_other_and_numbers_have_no_gaps(url: &str) {
    // Two hubs on one store.
    let stores = [open_store(url).await.unwrap(), open_store(url).await.unwrap()];
    apply(&stores[0], &documents()).await.unwrap();
    let before = count_changes(&stores[0]).await;
    let writers: Vec<_> = (0..20u32)
        .map(|number| {
            let db = stores[number as usize % 2].clone();
            tokio::spawn(async move {
                let mut changed = documents();
                for document in &mut changed {
                    if let Document::Grant(grant) = document {
                        grant.per_second = (100 + number).try_into().unwrap();
                    }
                }
                apply(&db, &changed).await.unwrap();
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let entries = change::list(&mut stores[1].read().await.unwrap(), 0, change::PAGE).await.unwrap();
    assert_eq!(entries.len(), before + 20);
    assert!(entries.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
    // Each saw what the one before it left.
    for pair in entries[before..].windows(2) {
        assert_eq!(pair[1].before, pair[0].after);
    }
}

async fn pages_go_through_everything_in_order(url: &str) {
    let db = open_store(url).await.unwrap();
    let agency = |number: u32| {
        // Capitals and small letters: both databases sort by bytes.
        let id = format!("VN/LOC/{}{number}", if number.is_multiple_of(2) { "H" } else { "h" });
        serde_json::from_value::<Document>(
            json!({ "kind": "Agency", "id": id, "name": { "vi": "Xã", "en": "Commune" }, "bloc": "local" }),
        )
        .unwrap()
    };
    let agencies: Vec<_> = (0..1201).map(agency).collect();
    apply(&db, &agencies).await.unwrap();
    let mut tx = db.read().await.unwrap();
    let mut seen: Vec<String> = Vec::new();
    loop {
        let listing = Listing::after(seen.last().map_or("", String::as_str));
        let page = page(&mut tx, Kind::Agency, &listing).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page.iter().map(|agency| agency.name().to_owned()));
    }
    assert_eq!(seen.len(), 1201);
    assert!(seen.is_sorted());
}

#[test]
fn unknown_members_are_mistakes() {
    for document in documents() {
        let mut json = serde_json::to_value(&document).unwrap();
        json["khac"] = json!(1);
        assert!(serde_json::from_value::<Document>(json).is_err(), "{:?}", document.subject());
    }
}

async fn codes_that_were_in_use_stay(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let with = |codes: Value| {
        let list = documents().into_iter().find(|document| document.kind() == Kind::CodeList).unwrap();
        let mut members = list.members().unwrap();
        members["codes"] = codes;
        Document::read(Kind::CodeList, members).unwrap()
    };
    let left_out = with(json!([{ "code": "1", "vi": "Nam" }]));
    let Err(Fault::Contradictory { why, .. }) = apply(&db, &[left_out]).await else { panic!() };
    assert!(format!("{why:?}").contains("AU-02"), "{why:?}");
    // They end, and mean something else from then on.
    let again =
        with(json!([{ "code": "1", "vi": "Nam" }, { "code": "2", "vi": "Nữ", "valid_to": "2026-01-01" },
        { "code": "2", "vi": "Nghĩa mới", "valid_from": "2026-01-01" }]));
    apply(&db, &[again]).await.unwrap();
}
