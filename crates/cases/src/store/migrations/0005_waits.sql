-- When the node looks at a case by itself: what it waits for is asked for again.
ALTER TABLE case_file ADD COLUMN wake {KEY};
CREATE INDEX case_file_wake ON case_file (wake);
CREATE INDEX case_file_due ON case_file (due, id);
-- A defect that was taken is told again until it has ended: so the case says how it stands.
ALTER TABLE case_outbox ADD COLUMN ended TEXT;
-- Where somebody came from was never written down.
ALTER TABLE person_event DROP COLUMN address;

-- Results of decided cases, each sealed by a key of its own, found by its code. Why one was revoked is sealed as well.
CREATE TABLE case_result (
    code {KEY} NOT NULL PRIMARY KEY,
    kind {KEY} NOT NULL,
    person {KEY},
    case_id {KEY} NOT NULL,
    kept_until {KEY} NOT NULL,
    revoked_at TEXT,
    revoked_by TEXT,
--lite     revoked_why BLOB,
--pg     revoked_why BYTEA,
    carried BIGINT NOT NULL DEFAULT 0,
--lite     body BLOB NOT NULL
--pg     body BYTEA NOT NULL
){STRICT};
CREATE INDEX case_result_kept ON case_result (kept_until);
CREATE INDEX case_result_revoked ON case_result (carried, revoked_at);

-- Which cases rest on which result.
CREATE TABLE case_result_use (
    code {KEY} NOT NULL,
    case_id {KEY} NOT NULL,
    PRIMARY KEY (code, case_id)
){STRICT};
CREATE INDEX case_result_use_case ON case_result_use (case_id);
