//! Defects that wait to be corrected, by dataset: told to those who correct data at its owner; what is late also above them.

use jiff::civil::Date;
use model::fault::Fault;

use super::{Cause, Said, To, Which, key, owner_of};
use crate::audit::right::{Right, Role};
use crate::notice::{Kind, Why};
use crate::store::{Tx, all, from_text};
use crate::texts;

/// Who corrects data.
const CORRECT: &[Right] = &[Right::ChangeCatalogue, Right::ProposeTerms];
/// Most datasets that are looked at.
const MOST: i64 = 10_000;

type Row = (String, String, i64, String, String, String, i64);

/// What stands of it; of all, or of an agency's.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(super) async fn standing(
    tx: &mut Tx,
    (all, agency): (i64, String),
    today: Date,
) -> Result<Vec<Cause>, Fault> {
    let rows: Vec<Row> = all!(
        tx,
        "SELECT service, owner, COUNT(*), MAX(opened_at), MIN(due), MAX(CASE WHEN due < $3 THEN due ELSE '' END),
             COUNT(CASE WHEN due < $3 THEN 1 END)
         FROM quality_defect WHERE state IN ('open', 'correcting') AND ($1 = 1 OR owner = $2) GROUP BY service, owner ORDER BY service LIMIT $4"
        => all, &agency, today.to_string(), MOST
    )?;
    let mut causes = Vec::new();
    for (service, owner, open, opened_at, due, late_since, late) in rows {
        let owner = owner_of(&owner);
        let cause = |parts: &[&str], kind, to, count: i64, text| {
            Ok::<_, Fault>(Cause {
                key: key(&[&["defects", &service], parts].concat()),
                kind,
                about: ("Quality", service.clone()),
                since: Some(opened_at.clone()),
                until: Some(from_text(&due)?),
                to,
                but: [].into(),
                said: Said::Named(count.to_string(), service.clone(), text),
                in_hand: false,
            })
        };
        let act = To::new(owner.clone(), Which::May(CORRECT), Why::Act);
        // Told again when another one comes, not each time that one is corrected.
        causes.push(cause(&[&opened_at], Kind::DefectWaits, vec![act], open, texts::notice_defects)?);
        if late > 0 {
            let heads = [Role::DataOfficer, Role::ComplianceOfficer, Role::Leader];
            let mut to: Vec<To> =
                heads.map(|role| To::new(owner.clone(), Which::Are(role), Why::Late)).into_iter().collect();
            to.push(To::new(None, Which::Are(Role::HubOfficer), Why::Late));
            causes.push(cause(
                &["late", &late_since],
                Kind::DefectLate,
                to,
                late,
                texts::notice_defects_late,
            )?);
        }
    }
    Ok(causes)
}
