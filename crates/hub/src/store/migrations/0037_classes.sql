-- A grant may be for a class of systems, which is no row of theirs. What it names is kept in `reference`, as of all kinds.
CREATE TABLE grants_for_any (
    id {KEY} NOT NULL PRIMARY KEY,
    client {KEY} NOT NULL,
    service {KEY} NOT NULL REFERENCES service (id),
    provider {KEY},
    consumer {KEY},
    bin BIGINT,
    uses TEXT NOT NULL,
    endpoints TEXT NOT NULL,
    fields TEXT NOT NULL,
    row_rules TEXT NOT NULL DEFAULT '[]',
    valid_from TEXT,
    valid_to TEXT,
    per_second BIGINT NOT NULL,
    issued_at {KEY},
    revoked_at TEXT
){STRICT};
INSERT INTO grants_for_any (id, client, service, provider, consumer, bin, uses, endpoints, fields, row_rules, valid_from, valid_to, per_second, issued_at, revoked_at)
    SELECT id, client, service, provider, consumer, bin, uses, endpoints, fields, row_rules, valid_from, valid_to, per_second, issued_at, revoked_at FROM grants;
DROP TABLE grants;
ALTER TABLE grants_for_any RENAME TO grants;
CREATE INDEX grants_service ON grants (service, id);
CREATE INDEX grants_client ON grants (client, id);
CREATE INDEX grants_provider ON grants (provider, id);
CREATE INDEX grants_consumer ON grants (consumer, id);
CREATE INDEX grants_bin ON grants (bin, id);
CREATE INDEX grants_valid_to ON grants (valid_to, id);
