//! The reference tables in `data/`: tab-separated text with `#` comments and one header line.

/// One row, its cells found by the header's names.
pub(crate) struct Row<'a> {
    header: &'a str,
    line: &'a str,
}

impl<'a> Row<'a> {
    /// The cell under `column`; `None` if there is no such column or the cell is empty.
    pub(crate) fn get(&self, column: &str) -> Option<&'a str> {
        let at = self.header.split('\t').position(|name| name == column)?;
        self.line.split('\t').nth(at).filter(|cell| !cell.is_empty())
    }
}

/// All rows of a table.
pub(crate) fn rows(text: &str) -> impl Iterator<Item = Row<'_>> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let header = lines.next().unwrap_or_default();
    lines.map(move |line| Row { header, line })
}
