-- What names what: written with each thing, so that nothing goes that another names.
CREATE TABLE reference (
    from_kind {KEY} NOT NULL,
    from_name {KEY} NOT NULL,
    to_kind {KEY} NOT NULL,
    to_name {KEY} NOT NULL,
    PRIMARY KEY (from_kind, from_name, to_kind, to_name)
){STRICT};
CREATE INDEX reference_to ON reference (to_kind, to_name);
