-- Measurements of datasets, as their nodes report them. number: the end, in milliseconds. report: JSON, as far as the registry knows what it
-- names. state, pooled: what was counted, as `quality` writes it, in base64: under the dataset's own names, and under those of the dictionary.
-- scores: JSON, as they were made of it then.
CREATE TABLE quality_report (
    service {KEY} NOT NULL,
    number BIGINT NOT NULL,
    node {KEY} NOT NULL,
    day {KEY} NOT NULL,
    ended_at TEXT NOT NULL,
    report TEXT NOT NULL,
    state TEXT NOT NULL,
    pooled TEXT NOT NULL,
    scores TEXT NOT NULL,
    PRIMARY KEY (service, number, node)
){STRICT};
CREATE INDEX quality_report_day ON quality_report (day, service, node);

-- Until when a node has measured a dataset: what begins before that counts nothing. last: the number of that report.
CREATE TABLE quality_node (
    node {KEY} NOT NULL,
    service {KEY} NOT NULL,
    last BIGINT NOT NULL,
    until TEXT NOT NULL,
    PRIMARY KEY (node, service)
){STRICT};

-- Scores of what is above datasets, by day. level: nation, bloc, province, agency, database. scores: JSON.
CREATE TABLE quality_day (
    level {KEY} NOT NULL,
    name {KEY} NOT NULL,
    day {KEY} NOT NULL,
    scores TEXT NOT NULL,
    PRIMARY KEY (level, name, day)
){STRICT};
CREATE INDEX quality_day_day ON quality_day (day);

-- Defects. origin: measured, or reported by a consumer. rule: of what was measured. state: open, correcting, closed. check_by, due: last days.
-- fails: rows, as they were counted last; gain: points of the dataset's score, in thousandths. entry: JSON. ended_at: when a measurement
-- passed.
CREATE TABLE quality_defect (
    id {KEY} NOT NULL PRIMARY KEY,
    service {KEY} NOT NULL,
    owner {KEY} NOT NULL,
    reporter {KEY} NOT NULL,
    origin {KEY} NOT NULL,
    rule {KEY} NOT NULL,
    field {KEY} NOT NULL,
    kind {KEY} NOT NULL,
    severity {KEY} NOT NULL,
    state {KEY} NOT NULL,
    opened_at TEXT NOT NULL,
    check_by {KEY} NOT NULL,
    due {KEY} NOT NULL,
    fails BIGINT NOT NULL,
    gain BIGINT NOT NULL,
    times BIGINT NOT NULL,
    ended_at TEXT,
    entry TEXT NOT NULL
){STRICT};
CREATE INDEX quality_defect_service ON quality_defect (service, rule);
CREATE INDEX quality_defect_owner ON quality_defect (owner, state);
CREATE INDEX quality_defect_reporter ON quality_defect (reporter, state);
CREATE INDEX quality_defect_state ON quality_defect (state, due);

-- What happened in a defect, in order. who: an account, or empty for the hub by itself.
CREATE TABLE quality_defect_event (
    defect {KEY} NOT NULL REFERENCES quality_defect (id),
    number BIGINT NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    what {KEY} NOT NULL,
    said TEXT NOT NULL,
    PRIMARY KEY (defect, number)
){STRICT};
