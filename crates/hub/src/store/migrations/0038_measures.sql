-- Reuse as nodes count it: totals by office, store of cases and day, by words of the registry, and of nobody. counted, reason, paper: words.
CREATE TABLE reuse_count (
    office {KEY} NOT NULL,
    store {KEY} NOT NULL,
    day {KEY} NOT NULL,
    procedure {KEY} NOT NULL,
    requirement {KEY} NOT NULL,
    alternative BIGINT NOT NULL,
    counted {KEY} NOT NULL,
    reason {KEY} NOT NULL,
    paper {KEY} NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (office, store, day, procedure, requirement, alternative, counted, reason)
){STRICT};
CREATE INDEX reuse_count_day ON reuse_count (day);

-- The same by month and code of the procedure, over stores, versions and days: what is looked at. counted also: covered.
CREATE TABLE reuse_month (
    month {KEY} NOT NULL,
    office {KEY} NOT NULL,
    procedure {KEY} NOT NULL,
    paper {KEY} NOT NULL,
    counted {KEY} NOT NULL,
    reason {KEY} NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (month, office, procedure, paper, counted, reason)
){STRICT};

-- The same by day, over all offices: by it papers are judged.
CREATE TABLE reuse_day (
    day {KEY} NOT NULL,
    procedure {KEY} NOT NULL,
    paper {KEY} NOT NULL,
    counted {KEY} NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (day, procedure, paper, counted)
){STRICT};

-- Which stores of cases of an office report: since when, and when last.
CREATE TABLE reuse_store (
    office {KEY} NOT NULL,
    store {KEY} NOT NULL,
    node {KEY} NOT NULL,
    since TEXT NOT NULL,
    reported_at TEXT NOT NULL,
    PRIMARY KEY (office, store)
){STRICT};
