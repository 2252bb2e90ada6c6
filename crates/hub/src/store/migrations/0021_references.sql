-- What names what: written with each thing, so that nothing goes that another names.
CREATE TABLE reference (
    from_kind {KEY} NOT NULL,
    from_name {KEY} NOT NULL,
    to_kind {KEY} NOT NULL,
    to_name {KEY} NOT NULL,
    PRIMARY KEY (from_kind, from_name, to_kind, to_name)
){STRICT};
CREATE INDEX reference_to ON reference (to_kind, to_name);
-- Of what is in the registry they are derived anew; these are not in it.
INSERT INTO reference SELECT 'Account', name, 'Agency', agency FROM account WHERE agency IS NOT NULL;
INSERT INTO reference SELECT 'Request', id, 'RulePack', pack FROM request;
INSERT INTO reference SELECT 'Grant', id, 'System', client FROM grants WHERE revoked_at IS NOT NULL;
