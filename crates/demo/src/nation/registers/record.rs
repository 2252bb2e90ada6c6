//! Rows as types: one list of columns gives the type, the column names and the cells.

/// Makes a row's type. `of`, if given, says what in the truth the row is about and is no column; the first
/// column is the key.
macro_rules! record {
    (
        $(#[$doc:meta])*
        $name:ident $(of $of:ty)?, $database:literal $table:literal, indexes $indexes:expr,
        [$key:ident $($column:ident)*]
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub(in super::super) struct $name {
            $(pub(in super::super) of: $of,)?
            pub(in super::super) $key: super::Cell,
            $(pub(in super::super) $column: super::Cell,)*
        }

        impl $name {
            /// The rows as the table that a database would hold.
            pub(super) fn table(rows: &[Self]) -> super::TableRows {
                super::TableRows {
                    database: $database,
                    name: $table,
                    key: stringify!($key),
                    columns: &[stringify!($key), $(stringify!($column)),*],
                    indexes: &$indexes,
                    rows: rows.iter().map(|row| vec![row.$key.clone(), $(row.$column.clone()),*]).collect(),
                }
            }
        }
    };
}
pub(super) use record;

/// Makes the search for the row about someone, where there is one at most. The rows stand in the order of the people.
macro_rules! found_by_person {
    ($($name:ident)*) => {
        $(impl $name {
            /// The row about `at`.
            pub(super) fn find(rows: &[Self], at: PersonAt) -> Option<&Self> {
                rows.get(rows.binary_search_by_key(&at, |row| row.of).ok()?)
            }

            /// The row about `at`, to be changed.
            pub(super) fn find_mut(rows: &mut [Self], at: PersonAt) -> Option<&mut Self> {
                let found = rows.binary_search_by_key(&at, |row| row.of).ok()?;
                rows.get_mut(found)
            }
        })*
    };
}
pub(super) use found_by_person;
