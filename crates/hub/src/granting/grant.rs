//! Grants in the registry: issued by a document, revoked with a reason.

use std::num::NonZeroU32;

use jiff::Span;
use jiff::civil::Date;
use model::agency::System;
use model::directory::{Bin, Part};
use model::fault::Fault;
use model::grant::{Grant, RowRule};
use model::id::{MemberId, ServiceId, SystemId};
use model::legal::{LegalBasis, Purpose};
use model::service::Service;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use utoipa::ToSchema;

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::right::Right;
use crate::catalogue::service::{OF_DATABASE, check_endpoints, check_rows, check_scope};
use crate::clock;
use crate::registry::check::{Gathered, check_code, check_validity, contradictory, require};
use crate::registry::quota;
use crate::registry::references::{self, Reference};
use crate::registry::row::{Cell, Columns, Row, rows, text, text_if_any};
use crate::registry::write::write;
use crate::registry::{Subject, Table};
use crate::store::{Tx, all, from_json, moment, optional, run, to_json};
use crate::texts;

/// How the names of grants begin that come of requests: they are the requests' own.
pub(crate) const OF_REQUESTS: &str = "YC-";
/// How the names of grants begin that follow from published scopes and procedures: they change and end with those.
pub(crate) const OF_SCOPES: &str = "TSD-";

/// The class that a system is of, as SQL of its identifier: what stands before the member's code, a star, and the system's own code. Both
/// databases cut a text by the characters that it ends with.
macro_rules! class_of_system {
    ($id:literal) => {
        concat!(
            "RTRIM(RTRIM(RTRIM(",
            $id,
            ", REPLACE(",
            $id,
            ", '/', '')), '/'), REPLACE(",
            $id,
            ", '/', '')) || '*/' || SUBSTR(",
            $id,
            ", LENGTH(RTRIM(",
            $id,
            ", REPLACE(",
            $id,
            ", '/', ''))) + 1)"
        )
    };
}

/// The members whose systems a class is of, as SQL of one member's identifier: `VN/LOC/*`.
macro_rules! class_of_member {
    ($id:literal) => {
        concat!("RTRIM(", $id, ", REPLACE(", $id, ", '/', '')) || '*'")
    };
}

pub(crate) use {class_of_member, class_of_system};

impl Subject for Grant {
    const KIND: &'static str = "Grant";
    /// A revoked grant is not there; a document with its name issues it anew.
    const TABLE: Table = Table {
        name: "grants",
        columns: "id, client, service, uses, endpoints, fields, row_rules, valid_from, valid_to, per_second",
        once: &["issued_at"],
        only: "revoked_at IS NULL",
        filters: &[
            ("owner", "provider = ?"),
            ("consumer", concat!("consumer IN (?, ", class_of_member!("?"), ")")),
            ("client", concat!("client IN (?, ", class_of_system!("?"), ")")),
            ("service", "service = ?"),
            ("database", OF_DATABASE),
        ],
        orders: &[
            ("client", "client"),
            ("service", "service"),
            ("valid_from", "valid_from"),
            ("valid_to", "valid_to"),
        ],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "client",
        "service",
        "uses",
        "endpoints",
        "fields",
        "rows",
        "valid_from",
        "valid_to",
        "per_second",
    ];
    const RIGHT: Right = Right::IssueGrants;

    fn read(row: &Row) -> Result<Self, Fault> {
        let per_second: i64 = row.get("per_second")?;
        Ok(Self {
            id: row.get("id")?,
            client: row.parsed("client")?,
            service: row.parsed("service")?,
            uses: row.json("uses")?,
            endpoints: in_row(row.json("endpoints")?),
            fields: row.json("fields")?,
            rows: in_row(row.json("row_rules")?),
            valid_from: row.parsed_if_any("valid_from")?,
            valid_to: row.parsed_if_any("valid_to")?,
            per_second: u32::try_from(per_second).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN),
        })
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![
            ("client", text(&self.client)),
            ("service", text(&self.service)),
            ("provider", text(self.service.system().member())),
            ("consumer", text(self.client.members())),
            ("bin", Cell::Number(i64::from(Bin::of(&self.client, &self.service).number()))),
            ("uses", text(to_json(&self.uses)?)),
            ("endpoints", text(to_json(&self.endpoints.as_deref().unwrap_or_default())?)),
            ("fields", text(to_json(&self.fields)?)),
            ("row_rules", text(to_json(&self.rows.as_deref().unwrap_or_default())?)),
            ("valid_from", text_if_any(self.valid_from)),
            ("valid_to", text_if_any(self.valid_to)),
            ("per_second", Cell::Number(i64::from(self.per_second.get()))),
            ("issued_at", text(moment(clock::now()))),
        ])
    }

    fn name(&self) -> &str {
        &self.id
    }

    async fn owners(&self, _: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        Ok(vec![self.service.system().member()])
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part::Grants(Bin::of(&self.client, &self.service))]
    }

    fn references(&self) -> Vec<Reference> {
        let ends = client_of(self).into_iter().chain([Reference::to::<Service>(&self.service)]);
        let used = self.uses.iter().flat_map(|granted| {
            [Reference::to::<Purpose>(&granted.purpose), Reference::to::<LegalBasis>(&granted.basis)]
        });
        ends.chain(used).collect()
    }

    /// A name is issued once, and once more after it was revoked, by the same agency.
    async fn follow(&self, tx: &mut Tx, _: Option<&Self>) -> Result<(), Fault> {
        let revoked: Option<(String,)> = optional!(tx, "SELECT provider FROM grants WHERE id = $1 AND revoked_at IS NOT NULL" => &self.id)?;
        if revoked.is_some_and(|(provider,)| provider != self.service.system().member().as_str()) {
            return Err(contradictory((Self::KIND, &self.id), texts::grant_name_taken()));
        }
        run!(tx, "DELETE FROM grants WHERE id = $1 AND revoked_at IS NOT NULL" => &self.id)?;
        Ok(())
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let mut gathered = Gathered::default();
        gathered.take("id", check_code(subject))?;
        gathered.take("id", check_reserved(tx, self).await)?;
        gathered.take("valid_to", check_validity(subject, self.validity()))?;
        gathered.must(!self.uses.is_empty(), subject, "uses", texts::grant_without_purpose);
        gathered.take("endpoints", check_endpoints(subject, self.endpoints.as_deref()))?;
        // A class is of systems that this hub registers.
        let [instance, ..] = self.client.named();
        let own = self.service.parts().next().unwrap_or_default();
        gathered.must(
            !self.client.is_class() || instance == own,
            subject,
            "client",
            texts::class_of_another_instance,
        );
        if let Some(service) =
            gathered.take("service", require::<Service>(tx, subject, self.service.as_str()).await)?
        {
            gathered.take("", check_scope(subject, &service, &self.fields, self.rows.as_deref()))?;
        }
        gathered.done()
    }

    /// Grants are not removed but revoked, with a reason that stays.
    async fn leave(&self, _: &mut Tx) -> Result<(), Fault> {
        Err(contradictory((Self::KIND, &self.id), texts::grant_not_removed()))
    }
}

/// The system that a grant is for. A class names none: those of its name that are registered later are of it as well.
fn client_of(grant: &Grant) -> Option<Reference> {
    grant.client.system().map(|system| Reference::to::<System>(&system))
}

/// What endpoints or rules of a row say: none at all is how rows have always said that none are named, and no list that is empty gets into
/// one.
pub(crate) fn in_row<T>(named: Vec<T>) -> Option<Vec<T>> {
    Some(named).filter(|named| !named.is_empty())
}

/// Names that requests give to their grants are for those only: whoever took one beforehand would stop the request.
async fn check_reserved(tx: &mut Tx, grant: &Grant) -> Result<(), Fault> {
    if !grant.id.get(..OF_REQUESTS.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(OF_REQUESTS)) {
        return Ok(());
    }
    let asked = asked_by(tx, &grant.id.to_uppercase()).await?;
    if asked.is_some_and(|(client, service)| grant.client == client && grant.service == service) {
        return Ok(());
    }
    Err(contradictory((Grant::KIND, &grant.id), texts::grant_name_of_requests(OF_REQUESTS)))
}

/// What of a request says whose it is.
#[derive(Deserialize)]
struct Asked {
    client: SystemId,
    service: ServiceId,
}

/// Which system's use of which service a request is about, if there is one of that number.
async fn asked_by(tx: &mut Tx, id: &str) -> Result<Option<(SystemId, ServiceId)>, Fault> {
    let asking: Option<(String,)> = optional!(tx, "SELECT asking FROM request WHERE id = $1" => id)?;
    let asked = asking.map(|(asking,)| from_json::<Asked>(&asking)).transpose()?;
    Ok(asked.map(|asked| (asked.client, asked.service)))
}

/// Whether a service still holds the rules of rows of all grants on it: one that became another would let them see everything.
pub(crate) async fn check_held(tx: &mut Tx, service: &Service) -> Result<(), Fault> {
    let rows: Vec<(String, String)> = all!(
        tx,
        "SELECT id, row_rules FROM grants WHERE service = $1 AND revoked_at IS NULL AND row_rules <> '[]' ORDER BY id"
        => service.id.as_str()
    )?;
    for (id, rules) in rows {
        check_rows((Grant::KIND, &id), service, &from_json::<Vec<RowRule>>(&rules)?)?;
    }
    Ok(())
}

/// Takes a grant back.
///
/// # Errors
/// [`Fault::NotInRegistry`] if there is none that holds, [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::StoreFailed`].
pub async fn revoke(tx: &mut Tx, id: &str, context: &AuditContext) -> Result<(), Fault> {
    let grant = existing(tx, id).await?;
    context.may(Right::IssueGrants)?;
    context.covers((Grant::KIND, id), &grant.owners(tx).await?)?;
    if follows_from_a_scope(id) {
        return Err(contradictory((Grant::KIND, id), texts::grant_name_of_scopes(OF_SCOPES)));
    }
    take_back(tx, &grant, context).await
}

/// Whether a grant's name is one of those that follow from scopes.
pub(crate) fn follows_from_a_scope(id: &str) -> bool {
    id.get(..OF_SCOPES.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(OF_SCOPES))
}

/// Puts a grant into the registry that a request has come to. Those who decide have decided.
pub(crate) async fn issue(tx: &mut Tx, grant: &Grant, context: &AuditContext) -> Result<(), Fault> {
    let old = Grant::load(tx, &grant.id).await?;
    write(tx, old, grant, context, true).await?;
    grant.check(tx).await?;
    quota::check_size((Grant::KIND, &grant.id), grant)?;
    quota::check_parts(tx, &grant.parts()).await
}

/// Takes a grant back. Whether the officer may do so was asked before.
pub(crate) async fn take_back(tx: &mut Tx, grant: &Grant, context: &AuditContext) -> Result<(), Fault> {
    let id = grant.id.as_str();
    run!(tx, "UPDATE grants SET revoked_at = $2 WHERE id = $1" => id, context.at.to_string())?;
    // Its row stays for as long as the service is there, and with it whose it was.
    let named: Vec<Reference> = client_of(grant).into_iter().collect();
    references::keep(tx, (Grant::KIND, id), &named).await?;
    crate::registry::parts::touch(tx, &grant.parts()).await?;
    note(tx, context, Act::Revoked, (Grant::KIND, id), Some(to_json(grant)?), None).await
}

/// A grant that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Conspicuous {
    /// The grant.
    pub(crate) grant: Grant,
    /// When it was issued; none: an older program did not write it down.
    pub(crate) issued_at: Option<String>,
    /// When it ends, if that is soon or was.
    pub(crate) ends: Option<Date>,
    /// Whether nobody used it.
    pub(crate) unused: Use,
}

/// Whether a grant is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
#[schema(as = GrantIsUsed)]
pub(crate) enum Use {
    /// It is, or it is too young to say.
    Used,
    /// Nobody called by it for as long as was asked.
    Unused {
        /// The last day on which a call was answered.
        last: Option<Date>,
    },
    /// The provider's node has not reported for long enough.
    NotMeasured,
}

/// Rows that are looked at for one page: a page may so be shorter than was asked for, and yet not the last.
const LOOKED_AT: i64 = 500;

/// A page of the grants that end within `ending` days or were not used for `unused` days, of an agency as provider or consumer or of
/// all; and behind which name the next begins, if one may.
pub(crate) async fn conspicuous(
    tx: &mut Tx,
    agency: Option<&str>,
    (unused, ending): (u16, u16),
    after: &str,
    today: Date,
) -> Result<(Vec<Conspicuous>, Option<String>), Fault> {
    let since = (today - Span::new().days(unused)).to_string();
    let until = today + Span::new().days(ending);
    // By the two indexes where one agency is asked about, and before anything else: an OR over both would read them all.
    let of = match agency {
        Some(_) => {
            concat!(
                "SELECT id FROM grants WHERE provider = $2 AND id > $1 UNION SELECT id FROM grants WHERE consumer IN ($2, ",
                class_of_member!("$2"),
                ") AND id > $1"
            )
        }
        None => "SELECT id FROM grants WHERE $2 = '' AND id > $1 AND revoked_at IS NULL ORDER BY id LIMIT $3",
    };
    type Row = (String, Option<String>, Option<String>, Option<String>, Option<String>);
    let class = class_of_system!("d.client");
    let sql = format!(
        "WITH own AS MATERIALIZED ({of}) SELECT g.id, g.issued_at, g.valid_to,
            CASE WHEN g.client LIKE '%/*/%'
                THEN (SELECT MAX(d.day) FROM usage_day d WHERE d.service = g.service AND {class} = g.client AND d.counted = 'provider' AND d.answered > 0)
                ELSE (SELECT MAX(d.day) FROM usage_day d WHERE d.service = g.service AND d.client = g.client AND d.counted = 'provider' AND d.answered > 0)
            END,
            (SELECT MIN(u.since) FROM usage_node u JOIN node_system n ON n.node = u.node JOIN service s ON s.system = n.system WHERE s.id = g.service)
         FROM own JOIN grants g ON g.id = own.id WHERE g.revoked_at IS NULL ORDER BY g.id LIMIT $3"
    );
    // Put together from words of this program; values are bound.
    let rows: Vec<Row> = all!(tx, AssertSqlSafe(sql) => after, agency.unwrap_or_default(), LOOKED_AT)?;
    let next = rows.last().filter(|_| rows.len() as i64 == LOOKED_AT).map(|(id, ..)| id.clone());
    let mut found = Vec::new();
    for (id, issued_at, valid_to, last, reporting) in rows {
        let young = issued_at.as_deref().is_some_and(|at| *at > *since);
        let used = last.as_deref().is_some_and(|last| *last >= *since);
        let unused = match reporting {
            _ if young || used => Use::Used,
            Some(reporting) if *reporting < *since => {
                Use::Unused { last: last.and_then(|day| day.parse().ok()) }
            }
            _ => Use::NotMeasured,
        };
        let ends = valid_to.and_then(|to| to.parse().ok()).filter(|to| *to <= until);
        if (ends.is_some() || unused != Use::Used)
            && let Some(grant) = Grant::load(tx, &id).await?
        {
            found.push(Conspicuous { grant, issued_at, ends, unused });
        }
    }
    Ok((found, next))
}

/// The grants of a bin that hold or will hold, in order of names; and the names of those that cannot be read.
pub(crate) async fn of_bin(tx: &mut Tx, bin: Bin) -> Result<(Vec<Grant>, Vec<String>), Fault> {
    let columns = Grant::TABLE.columns;
    let sql = format!("SELECT {columns} FROM grants WHERE bin = $1 AND revoked_at IS NULL ORDER BY id");
    // Put together from words of this program; values are bound.
    let rows = rows!(tx, AssertSqlSafe(sql) => i64::from(bin.number()))?;
    let (mut grants, mut spoilt) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        match Grant::read(row) {
            Ok(grant) => grants.push(grant),
            Err(_) => spoilt.push(row.get("id")?),
        }
    }
    Ok((grants, spoilt))
}

/// The grant of that name, if it holds.
pub(crate) async fn existing(tx: &mut Tx, id: &str) -> Result<Grant, Fault> {
    let found = Grant::load(tx, id).await?;
    found.ok_or_else(|| crate::registry::check::not_there(Grant::KIND, id))
}
