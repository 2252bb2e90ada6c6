//! A dataset as its source has it, for those who measure it: nothing is brought to the form that sharing gives it.

use std::sync::Arc;

use connect::{Source, SourceError, Table};
use model::service::{Dataset, FieldKind};

use crate::backend::dataset::DatasetService;
use crate::compiled::Offered;

impl DatasetService {
    /// The source, the table with all fields that it has, and the contract's fields that it lacks. Codes that the settings translate are
    /// translated, for that is how the source is to be read; days, names and numbers stay as they stand there.
    ///
    /// # Errors
    /// [`SourceError`].
    pub(crate) async fn as_it_is(
        &self,
        offered: &Arc<Offered>,
        dataset: &Dataset,
    ) -> Result<(Arc<dyn Source>, Table, Vec<String>), SourceError> {
        let fitted = self.fit(offered, dataset, true).await?;
        let mut table = fitted.table.clone();
        // What is wrong with its records is measured here, not counted as met on the way.
        table.tally = Arc::default();
        for mapped in table.fields.values_mut() {
            mapped.kind = FieldKind::Text;
            mapped.original = false;
        }
        Ok((self.source.clone(), table, fitted.missing.clone()))
    }
}
