//! Stores of older programs are brought up to date, those of newer ones left alone.

use model::directory::Bin;
use model::fault::Fault;
use model::legal::Purpose;

use super::apply;
use super::world::{context, documents};
use crate::audit::right::Role;
use crate::granting::grant;
use crate::hub::open_store;
use crate::kinds::{Kind, apply as kinds, page};
use crate::registry::{Listing, Subject as _};
use crate::store::{Db, MIGRATIONS, WRITER, run};

pub(super) async fn a_store_of_the_first_version_is_brought_up_to_date(url: &str) {
    let db = Db::connect(url, WRITER).await.unwrap();
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

#[expect(clippy::too_many_lines, reason = "one line for each table")]
pub(super) async fn an_upgrade_that_breaks_off_is_done_whole_the_next_time(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    // As the version before left it.
    let mut tx = db.write().await.unwrap();
    let step = MIGRATIONS.iter().position(|step| step.contains("CREATE TABLE reference")).unwrap();
    run!(tx, "DROP TABLE reference").unwrap();
    run!(tx, "DROP INDEX database_entry_standing").unwrap();
    run!(tx, "DROP INDEX agency_bloc").unwrap();
    run!(tx, "ALTER TABLE usage_node DROP COLUMN reported_until").unwrap();
    run!(tx, "DROP INDEX request_service").unwrap();
    run!(tx, "DROP INDEX request_due").unwrap();
    run!(tx, "ALTER TABLE request DROP COLUMN service").unwrap();
    run!(tx, "ALTER TABLE request DROP COLUMN client").unwrap();
    run!(tx, "ALTER TABLE request_act DROP COLUMN basis").unwrap();
    run!(tx, "DROP INDEX usage_minute_pair").unwrap();
    run!(tx, "DROP INDEX change_kind").unwrap();
    for column in ["calls", "failed", "refused"] {
        run!(tx, sqlx::AssertSqlSafe(format!("ALTER TABLE usage_minute DROP COLUMN {column}"))).unwrap();
    }
    for table in [
        "assess_dispute",
        "assess_waiver",
        "assess_claim",
        "assess_result",
        "assess_period",
        "assess_pack",
        "task_part",
        "task_event",
        "task_evidence",
        "task_extension",
        "task_standing",
        "task",
        "directive",
        "reuse_store",
        "reuse_day",
        "reuse_month",
        "reuse_count",
        "quality_overlap_part",
        "quality_overlap",
        "compiled_grant",
        "procedure_entry",
        "reuse_scope",
        "reuse_pack",
        "quality_defect_told",
        "quality_defect_event",
        "quality_defect",
        "quality_day",
        "quality_node",
        "quality_report",
        "request_paper",
        "trail_growth",
        "usage_total",
        "notice_in_delivery",
        "notice_delivery",
        "notice_setting",
        "notice_mark",
        "notice_cause",
        "notice",
        "brief",
        "incident_event",
        "incident_party",
        "incident_node",
        "incident",
        "maintenance",
        "node_failing",
        "node_sight",
        "hub_pulse",
        "node_presence",
        "service_confirmed",
        "database_confirmed",
        "database_named",
        "usage_pair_day",
    ] {
        run!(tx, sqlx::AssertSqlSafe(format!("DROP TABLE {table}"))).unwrap();
    }
    run!(tx, "DELETE FROM migration WHERE step >= $1" => i64::try_from(step).unwrap()).unwrap();
    tx.commit().await.unwrap();
    drop(db);
    let (broken_off, migrated) = Db::open(url, WRITER, MIGRATIONS).await.unwrap();
    assert!(migrated.is_some(), "the schema is not new before what is derived is");
    drop((migrated, broken_off));
    let db = open_store(url).await.unwrap();
    let mut tx = db.write().await.unwrap();
    for (kind, name) in
        [(Kind::Purpose, "khai-sinh"), (Kind::LegalBasis, "nd-70"), (Kind::Agency, "VN/GOV/G15")]
    {
        let refused = kinds::remove(&mut tx, kind, name, &context("thử")).await;
        assert!(matches!(refused, Err(Fault::Contradictory { .. })), "{name}: {refused:?}");
    }
}

pub(super) async fn a_store_of_a_newer_program_is_left_alone(url: &str) {
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
