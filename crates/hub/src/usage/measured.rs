//! Since when nodes have reported on services: where one has, no calls are zero calls; where none has, nothing is known.

use std::collections::BTreeMap;

use model::fault::Fault;

use crate::store::{Tx, all};
use crate::usage::Of;

/// Of each service that is asked about and whose node has ever reported, since when. What a client calls is others'.
pub(crate) async fn measured_since(tx: &mut Tx, of: &Of<'_>) -> Result<BTreeMap<String, String>, Fault> {
    macro_rules! where_ {
        ($condition:literal) => {
            concat!(
                "SELECT s.id, MIN(u.since) FROM service s JOIN node_system n ON n.system = s.system
                 JOIN usage_node u ON u.node = n.node WHERE ",
                $condition,
                " GROUP BY s.id"
            )
        };
    }
    let (sql, name) = match of {
        Of::Service(service) => (where_!("s.id = $1"), service),
        Of::Database(database) => (
            where_!("s.system IN (SELECT d.system FROM database_system d WHERE d.database_id = $1)"),
            database,
        ),
        Of::Client(_) => return Ok(BTreeMap::new()),
    };
    let rows: Vec<(String, String)> = all!(tx, sql => *name)?;
    Ok(rows.into_iter().collect())
}
