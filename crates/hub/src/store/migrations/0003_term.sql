-- The dictionary. entry: JSON as documents have it, with all versions.
CREATE TABLE term (
    id {KEY} NOT NULL PRIMARY KEY,
    entry TEXT NOT NULL
){STRICT};
