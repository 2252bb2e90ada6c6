-- The list of databases by their standing.
CREATE INDEX database_entry_standing ON database_entry (standing, id);
