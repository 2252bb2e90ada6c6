//! Which parts of the directory differ from what was published last.

use model::directory::Part;
use model::fault::Fault;

use crate::store::{Tx, run};

/// Notes that parts of the directory differ from what was published. They are published after the transaction's end.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn touch(tx: &mut Tx, parts: &[Part]) -> Result<(), Fault> {
    for part in parts {
        run!(
            tx,
            "INSERT INTO directory_touched (part) VALUES ($1) ON CONFLICT DO NOTHING" => part.to_string()
        )?;
    }
    Ok(())
}
