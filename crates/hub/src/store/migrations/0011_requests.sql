-- Rule packs, and requests that go by them.
CREATE TABLE rule_pack (
    id {KEY} NOT NULL PRIMARY KEY,
    entry TEXT NOT NULL
){STRICT};

-- asking: JSON of what is asked for. waits_for: applicant, owner, hub, joined by commas. due: last day of the step.
CREATE TABLE request (
    id {KEY} NOT NULL PRIMARY KEY,
    asking TEXT NOT NULL,
    applicant {KEY} NOT NULL,
    owner {KEY} NOT NULL,
    state {KEY} NOT NULL,
    pack {KEY} NOT NULL REFERENCES rule_pack (id),
    step TEXT NOT NULL,
    entered_at TEXT NOT NULL,
    entered_after BIGINT NOT NULL,
    opened_at TEXT NOT NULL,
    grant_id {KEY},
    due {KEY},
    waits_for TEXT NOT NULL
){STRICT};
CREATE INDEX request_applicant ON request (applicant, id);
CREATE INDEX request_owner ON request (owner, id);
CREATE INDEX request_state ON request (state, id);

CREATE TABLE request_act (
    request {KEY} NOT NULL REFERENCES request (id),
    number BIGINT NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    act TEXT NOT NULL,
    step TEXT NOT NULL,
    part TEXT,
    said TEXT NOT NULL,
    PRIMARY KEY (request, number)
){STRICT};

-- Suspensions. ends_at: for comparing; an open end is 9999.
CREATE TABLE suspension (
    id {KEY} NOT NULL PRIMARY KEY,
    owner {KEY} NOT NULL,
    ends_at {KEY} NOT NULL,
    entry TEXT NOT NULL
){STRICT};
CREATE INDEX suspension_owner ON suspension (owner, ends_at);
CREATE INDEX suspension_ends ON suspension (ends_at);

-- When a grant was issued; none: by an older program.
ALTER TABLE grants ADD COLUMN issued_at {KEY};
CREATE INDEX grants_valid_to ON grants (valid_to, id);

-- Answered calls of the day: what says whether a grant is used.
ALTER TABLE usage_day ADD COLUMN answered BIGINT NOT NULL DEFAULT 0;
