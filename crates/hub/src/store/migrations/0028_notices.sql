-- What people are told, each thing once to each of them. agency: empty for the hub. cause: what happened, one key for it. about_kind,
-- about: the thing. until: the last day. why: why this person. vi, en: what is said. read_at: since when it is read.
CREATE TABLE notice (
    id {SERIAL},
    account {KEY} NOT NULL,
    agency {KEY} NOT NULL,
    cause {KEY} NOT NULL,
    kind {KEY} NOT NULL,
    about_kind {KEY} NOT NULL,
    about {KEY} NOT NULL,
    at {KEY} NOT NULL,
    until TEXT,
    why {KEY} NOT NULL,
    vi TEXT NOT NULL,
    en TEXT NOT NULL,
    read_at TEXT,
    UNIQUE (account, cause)
){STRICT};
CREATE INDEX notice_read ON notice (account, agency, read_at);
CREATE INDEX notice_at ON notice (at);

-- What has been told of, whomever it was told to.
CREATE TABLE notice_cause (
    cause {KEY} NOT NULL PRIMARY KEY,
    at {KEY} NOT NULL
){STRICT};
CREATE INDEX notice_cause_at ON notice_cause (at);

-- Up to which entry the audit trail was looked through.
CREATE TABLE notice_mark (
    trail {KEY} NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL
){STRICT};
INSERT INTO notice_mark (trail, seq) SELECT 'change', COALESCE(MAX(seq), 0) FROM change;

-- How somebody wants to be told: JSON. The secrets in it are sealed.
CREATE TABLE notice_setting (
    account {KEY} NOT NULL PRIMARY KEY,
    entry TEXT NOT NULL
){STRICT};

-- What goes out: a letter or a call, with the number that it keeps over all tries. channel: mail, webhook. digest: the day that it gathers,
-- or empty. next_at: not before. done_at: since when nothing more is tried. outcome: sent, not_needed, given_up.
CREATE TABLE notice_delivery (
    id {KEY} NOT NULL PRIMARY KEY,
    account {KEY} NOT NULL,
    channel {KEY} NOT NULL,
    digest {KEY} NOT NULL,
    created_at {KEY} NOT NULL,
    next_at {KEY} NOT NULL,
    tries BIGINT NOT NULL,
    done_at {KEY},
    outcome {KEY},
    why TEXT
){STRICT};
CREATE INDEX notice_delivery_next ON notice_delivery (channel, done_at, next_at);
CREATE INDEX notice_delivery_account ON notice_delivery (account, channel, digest);

CREATE TABLE notice_in_delivery (
    delivery {KEY} NOT NULL REFERENCES notice_delivery (id),
    notice BIGINT NOT NULL,
    PRIMARY KEY (delivery, notice)
){STRICT};
