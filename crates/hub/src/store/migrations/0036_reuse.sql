-- Reuse in administrative procedures: packs, what ministries have published for it, and procedures, each version by itself.
CREATE TABLE reuse_pack (
    id {KEY} NOT NULL PRIMARY KEY,
    entry TEXT NOT NULL
){STRICT};

CREATE TABLE reuse_scope (
    id {KEY} NOT NULL PRIMARY KEY,
    owner {KEY} NOT NULL,
    service {KEY} NOT NULL REFERENCES service (id),
    database_id {KEY} NOT NULL REFERENCES database_entry (id),
    entry TEXT NOT NULL
){STRICT};
CREATE INDEX reuse_scope_owner ON reuse_scope (owner, id);
CREATE INDEX reuse_scope_service ON reuse_scope (service, id);
CREATE INDEX reuse_scope_database ON reuse_scope (database_id, id);

CREATE TABLE procedure_entry (
    id {KEY} NOT NULL PRIMARY KEY,
    code {KEY} NOT NULL,
    owner {KEY} NOT NULL,
    purpose {KEY} NOT NULL,
    entry TEXT NOT NULL
){STRICT};
CREATE INDEX procedure_code ON procedure_entry (code, id);
CREATE INDEX procedure_owner ON procedure_entry (owner, id);
CREATE INDEX procedure_purpose ON procedure_entry (purpose, code);

-- Which grants follow from which scope and procedure: they change and end with both.
CREATE TABLE compiled_grant (
    grant_id {KEY} NOT NULL PRIMARY KEY,
    scope {KEY} NOT NULL,
    procedure_id {KEY} NOT NULL
){STRICT};
CREATE INDEX compiled_grant_scope ON compiled_grant (scope, grant_id);
CREATE INDEX compiled_grant_procedure ON compiled_grant (procedure_id, grant_id);
