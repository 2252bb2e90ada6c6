-- What lists are filtered by, each with an index in the order of the list.
CREATE INDEX agency_parent ON agency (parent, id);
CREATE INDEX system_agency_id ON system (agency, id);
CREATE INDEX node_agency_id ON node (agency, id);

ALTER TABLE service ADD COLUMN agency {KEY};
UPDATE service SET agency = (SELECT agency FROM system WHERE system.id = service.system);
CREATE INDEX service_agency_id ON service (agency, id);
CREATE INDEX service_system_id ON service (system, id);

ALTER TABLE grants ADD COLUMN provider {KEY};
ALTER TABLE grants ADD COLUMN consumer {KEY};
UPDATE grants SET provider = (SELECT agency FROM service WHERE service.id = grants.service),
    consumer = (SELECT agency FROM system WHERE system.id = grants.client);
CREATE INDEX grants_provider ON grants (provider, id);
CREATE INDEX grants_consumer ON grants (consumer, id);
-- Filled in by the program, which knows how bins are told apart.
ALTER TABLE grants ADD COLUMN bin BIGINT;
CREATE INDEX grants_bin ON grants (bin, id);

ALTER TABLE database_entry ADD COLUMN owner {KEY};
ALTER TABLE database_entry ADD COLUMN standing {KEY};
UPDATE database_entry SET owner = {TEXT entry.owner}, standing = {TEXT entry.standing};
CREATE INDEX database_entry_owner ON database_entry (owner, id);

ALTER TABLE duty ADD COLUMN holder {KEY};
UPDATE duty SET holder = (SELECT d.owner FROM database_entry d JOIN master_datum m ON m.database_id = d.id WHERE m.datum = duty.datum);
CREATE INDEX duty_holder ON duty (holder, id);

ALTER TABLE term ADD COLUMN owner {KEY};
ALTER TABLE term ADD COLUMN domain {KEY};
UPDATE term SET owner = {TEXT entry.versions.0.owned_by}, domain = {TEXT entry.versions.0.domain};
CREATE INDEX term_owner ON term (owner, id);
CREATE INDEX term_domain ON term (domain, id);

-- The parts of the directory that differ from what was published last. Written in the transaction of the change.
CREATE TABLE directory_touched (
    part {KEY} NOT NULL PRIMARY KEY
){STRICT};

-- The directory as it is published. Of a part: its digest and the shelf it stands on. Of files that nothing names any more: since when.
CREATE TABLE directory_part (
    name {KEY} NOT NULL PRIMARY KEY,
    shelf BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    length BIGINT NOT NULL
){STRICT};
CREATE INDEX directory_part_shelf ON directory_part (shelf, name);

CREATE TABLE directory_shelf (
    shelf BIGINT NOT NULL PRIMARY KEY,
    sha256 TEXT NOT NULL,
    length BIGINT NOT NULL
){STRICT};

CREATE TABLE directory_file (
    path {KEY} NOT NULL PRIMARY KEY,
    content TEXT NOT NULL,
    retired_at {KEY}
){STRICT};
CREATE INDEX directory_file_retired ON directory_file (retired_at);

CREATE TABLE directory_state (
    id BIGINT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    signed_at TEXT NOT NULL
){STRICT};
