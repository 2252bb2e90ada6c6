-- Questions how many values two datasets have in common. state: asked, agreed, counted, ended. agreed_a, agreed_b: whether the owner of either
-- has agreed. zeros: how the sample is taken. entry: JSON, with what was counted.
CREATE TABLE quality_overlap (
    id {KEY} NOT NULL PRIMARY KEY,
    a {KEY} NOT NULL,
    a_field {KEY} NOT NULL,
    a_owner {KEY} NOT NULL,
    agreed_a BIGINT NOT NULL,
    b {KEY} NOT NULL,
    b_field {KEY} NOT NULL,
    b_owner {KEY} NOT NULL,
    agreed_b BIGINT NOT NULL,
    state {KEY} NOT NULL,
    zeros BIGINT NOT NULL,
    asked_at TEXT NOT NULL,
    entry TEXT NOT NULL
){STRICT};
CREATE INDEX quality_overlap_state ON quality_overlap (state, id);

-- What nodes have covered, until it was counted. points: base64.
CREATE TABLE quality_overlap_part (
    question {KEY} NOT NULL REFERENCES quality_overlap (id),
    side {KEY} NOT NULL,
    step {KEY} NOT NULL,
    node {KEY} NOT NULL,
    points TEXT NOT NULL,
    PRIMARY KEY (question, side, step)
){STRICT};
