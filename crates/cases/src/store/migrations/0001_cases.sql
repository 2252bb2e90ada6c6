-- Procedures as cases began by them. No data of persons.
CREATE TABLE case_procedure (
    digest {KEY} NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    body TEXT NOT NULL
){STRICT};

-- A case. What is said of persons is in its body, sealed by the case's key for this case, column and revision.
CREATE TABLE case_file (
    id {KEY} NOT NULL PRIMARY KEY,
    code {KEY} NOT NULL,
    procedure {KEY} NOT NULL REFERENCES case_procedure (digest),
    state {KEY} NOT NULL,
    revision BIGINT NOT NULL,
    opened {KEY} NOT NULL,
    due {KEY},
    kept_until {KEY} NOT NULL,
    held_by {KEY},
    held_until {KEY},
--lite     body BLOB NOT NULL
--pg     body BYTEA NOT NULL
){STRICT};
CREATE INDEX case_file_state ON case_file (state, id);
CREATE INDEX case_file_opened ON case_file (opened, id);
CREATE INDEX case_file_kept ON case_file (kept_until);

-- Whose case it is, and who acts: by a keyed hash of the number.
CREATE TABLE case_person (
    person {KEY} NOT NULL,
    case_id {KEY} NOT NULL,
    PRIMARY KEY (person, case_id)
){STRICT};
CREATE INDEX case_person_case ON case_person (case_id);

-- What each caller has opened, by the key that it gave.
CREATE TABLE case_opening (
    caller {KEY} NOT NULL,
    name {KEY} NOT NULL,
    digest TEXT NOT NULL,
    case_id {KEY} NOT NULL,
    at {KEY} NOT NULL,
    PRIMARY KEY (caller, name)
){STRICT};
CREATE INDEX case_opening_case ON case_opening (case_id);

-- What happened in a case: no values.
CREATE TABLE case_event (
    case_id {KEY} NOT NULL,
    number BIGINT NOT NULL,
    at {KEY} NOT NULL,
    actor TEXT,
    kind TEXT NOT NULL,
    subject TEXT,
    reason TEXT,
    PRIMARY KEY (case_id, number)
){STRICT};

-- Papers that were handed in, sealed as cases are.
CREATE TABLE case_paper (
    case_id {KEY} NOT NULL,
    number BIGINT NOT NULL,
    item TEXT NOT NULL,
--lite     body BLOB NOT NULL,
--pg     body BYTEA NOT NULL,
    PRIMARY KEY (case_id, number)
){STRICT};

-- Receipts: no values, and the same bytes each time.
CREATE TABLE case_receipt (
    case_id {KEY} NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
){STRICT};

-- Defects on their way to the holder of the data. What they say names the exchange and the field, and nobody.
CREATE TABLE case_outbox (
    id {KEY} NOT NULL PRIMARY KEY,
    case_id {KEY} NOT NULL,
    body TEXT NOT NULL,
    tries BIGINT NOT NULL,
    due {KEY} NOT NULL,
    answer TEXT
){STRICT};
CREATE INDEX case_outbox_due ON case_outbox (due);

-- Counts for the hub: by day, and of nobody.
CREATE TABLE reuse_count (
    day {KEY} NOT NULL,
    procedure {KEY} NOT NULL,
    requirement {KEY} NOT NULL,
    alternative BIGINT NOT NULL,
    counted {KEY} NOT NULL,
    reason {KEY} NOT NULL,
    paper {KEY} NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (day, procedure, requirement, alternative, counted, reason, paper)
){STRICT};
