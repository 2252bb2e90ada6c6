-- Directives of those who govern, and the tasks that they order. entry: JSON. way: measure, artefact, review.
CREATE TABLE directive (
    id {KEY} NOT NULL PRIMARY KEY,
    number {KEY} NOT NULL,
    issued {KEY},
    entry TEXT NOT NULL
){STRICT};
CREATE INDEX directive_number ON directive (number, id);

CREATE TABLE task (
    id {KEY} NOT NULL PRIMARY KEY,
    directive {KEY} NOT NULL REFERENCES directive (id),
    lead {KEY},
    deadline {KEY},
    way {KEY} NOT NULL,
    entry TEXT NOT NULL
){STRICT};
CREATE INDEX task_directive ON task (directive, id);
CREATE INDEX task_lead ON task (lead, id);
CREATE INDEX task_deadline ON task (deadline, id);

-- How a task stands: days of Viet Nam. verdict: met, unmet, not_measured. told: the state that its history has told last. times: how often
-- it was opened again. seen_at: the last moment at which anything was seen or done, behind which nothing is written.
CREATE TABLE task_standing (
    task {KEY} NOT NULL PRIMARY KEY REFERENCES task (id),
    accepted_on {KEY},
    claimed_on {KEY},
    done_on {KEY},
    verified_on {KEY},
    dropped_on {KEY},
    verdict {KEY},
    observed TEXT NOT NULL,
    told {KEY} NOT NULL,
    times BIGINT NOT NULL,
    seen_at {KEY} NOT NULL
){STRICT};

-- A deadline is never written over: each later one is a row, with the text that set it.
CREATE TABLE task_extension (
    task {KEY} NOT NULL REFERENCES task (id),
    number BIGINT NOT NULL,
    deadline {KEY} NOT NULL,
    document TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    why TEXT NOT NULL,
    who {KEY} NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (task, number)
){STRICT};

-- sha256, bytes: of the file that was shown, as the hub has computed them; the file itself is not kept.
CREATE TABLE task_evidence (
    task {KEY} NOT NULL REFERENCES task (id),
    number BIGINT NOT NULL,
    agency {KEY} NOT NULL,
    who {KEY} NOT NULL,
    said TEXT NOT NULL,
    sha256 {KEY},
    bytes BIGINT,
    at TEXT NOT NULL,
    PRIMARY KEY (task, number)
){STRICT};

CREATE TABLE task_event (
    task {KEY} NOT NULL REFERENCES task (id),
    number BIGINT NOT NULL,
    at TEXT NOT NULL,
    who {KEY} NOT NULL,
    what TEXT NOT NULL,
    said TEXT NOT NULL,
    PRIMARY KEY (task, number)
){STRICT};

-- What an agency has made of a task for itself.
CREATE TABLE task_part (
    task {KEY} NOT NULL REFERENCES task (id),
    number BIGINT NOT NULL,
    agency {KEY} NOT NULL,
    who {KEY} NOT NULL,
    said TEXT NOT NULL,
    due {KEY},
    done_on {KEY},
    at TEXT NOT NULL,
    PRIMARY KEY (task, number)
){STRICT};
