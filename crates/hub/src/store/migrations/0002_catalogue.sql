-- The catalogue: databases, the data they are master of, and the duties to share them.

-- entry: JSON as documents have it.
CREATE TABLE database_entry (
    id {KEY} NOT NULL PRIMARY KEY,
    entry TEXT NOT NULL
){STRICT};

CREATE TABLE database_system (
    database_id {KEY} NOT NULL REFERENCES database_entry (id),
    system {KEY} NOT NULL REFERENCES system (id),
    PRIMARY KEY (database_id, system)
){STRICT};
CREATE INDEX database_system_system ON database_system (system);

-- One master for each datum: the key says so.
CREATE TABLE master_datum (
    datum {KEY} NOT NULL PRIMARY KEY,
    database_id {KEY} NOT NULL REFERENCES database_entry (id)
){STRICT};
CREATE INDEX master_datum_database ON master_datum (database_id);

CREATE TABLE duty (
    id {KEY} NOT NULL PRIMARY KEY,
    datum {KEY} NOT NULL,
    entry TEXT NOT NULL
){STRICT};
CREATE INDEX duty_datum ON duty (datum);
