-- Rule packs of assessments, each version by itself. entry: JSON, of which sha256 is the digest. begins: the first day that it judges.
CREATE TABLE assess_pack (
    id {KEY} NOT NULL PRIMARY KEY,
    family {KEY} NOT NULL,
    begins {KEY} NOT NULL,
    announced_at TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    entry TEXT NOT NULL
){STRICT};
CREATE INDEX assess_pack_family ON assess_pack (family, begins);

-- Periods that were assessed. first: its first day, by which they stand in order. frozen_at: since when nothing of it changes any more; none:
-- the period lasts. sha256: over the digests of all its evidence. summary: JSON.
CREATE TABLE assess_period (
    family {KEY} NOT NULL,
    period {KEY} NOT NULL,
    first {KEY} NOT NULL,
    pack {KEY} NOT NULL REFERENCES assess_pack (id),
    as_of {KEY} NOT NULL,
    frozen_at TEXT,
    sha256 TEXT NOT NULL,
    summary TEXT NOT NULL,
    PRIMARY KEY (family, period)
){STRICT};
CREATE INDEX assess_period_first ON assess_period (family, first);

-- Agencies in a period: evidence, JSON, and what it came to. What is below can be computed from it anew at any time, to the same digits.
CREATE TABLE assess_result (
    family {KEY} NOT NULL,
    period {KEY} NOT NULL,
    agency {KEY} NOT NULL,
    evidence TEXT NOT NULL,
    evidence_sha256 TEXT NOT NULL,
    result_sha256 TEXT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (family, period, agency)
){STRICT};
CREATE INDEX assess_result_agency ON assess_result (agency, family, period);

-- What agencies say of themselves now, in the unit of the criterion's measure.
CREATE TABLE assess_claim (
    family {KEY} NOT NULL,
    criterion {KEY} NOT NULL,
    agency {KEY} NOT NULL,
    value BIGINT NOT NULL,
    day {KEY} NOT NULL,
    PRIMARY KEY (family, criterion, agency)
){STRICT};

-- Criteria that are not asked of an agency for a while. until: the last day.
CREATE TABLE assess_waiver (
    id {KEY} NOT NULL PRIMARY KEY,
    family {KEY} NOT NULL,
    criterion {KEY} NOT NULL,
    agency {KEY} NOT NULL,
    who TEXT NOT NULL,
    basis TEXT NOT NULL,
    why TEXT NOT NULL,
    since {KEY} NOT NULL,
    until {KEY} NOT NULL
){STRICT};
CREATE INDEX assess_waiver_agency ON assess_waiver (agency, family, criterion);
CREATE INDEX assess_waiver_family ON assess_waiver (family, until);

-- What agencies dispute. due: the last day for an answer. answer: none: there is none yet.
CREATE TABLE assess_dispute (
    id {KEY} NOT NULL PRIMARY KEY,
    family {KEY} NOT NULL,
    period {KEY} NOT NULL,
    criterion {KEY} NOT NULL,
    agency {KEY} NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    due {KEY} NOT NULL,
    answer TEXT,
    answered_at TEXT
){STRICT};
CREATE INDEX assess_dispute_agency ON assess_dispute (agency, family, period);
