-- Persons at the node: officers, who are enrolled by invitation, and sessions of officers and citizens. Who somebody is at a provider, and
-- citizens' numbers, stand here sealed or as what they are found by.
CREATE TABLE officer (
    id {KEY} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    rights TEXT NOT NULL,
    identity {KEY},
    invited_by TEXT NOT NULL,
    invited_at TEXT NOT NULL,
    enrolled_at TEXT,
    used_at TEXT NOT NULL,
    removed_by TEXT,
    removed_at TEXT
){STRICT};
CREATE UNIQUE INDEX officer_identity ON officer (identity) WHERE removed_at IS NULL;
CREATE TABLE officer_invitation (
    sha256 {KEY} NOT NULL PRIMARY KEY,
    officer {KEY} NOT NULL REFERENCES officer (id),
    number {KEY},
    expires_at TEXT NOT NULL
){STRICT};
CREATE TABLE person_session (
    sha256 {KEY} NOT NULL PRIMARY KEY,
    officer {KEY} REFERENCES officer (id),
    identity {KEY} NOT NULL,
    provider_session {KEY},
    provider TEXT NOT NULL,
    sealed TEXT NOT NULL,
    level BIGINT NOT NULL,
    signed_in_at TEXT,
    guard TEXT NOT NULL,
    agent TEXT,
    used_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
){STRICT};
CREATE INDEX person_session_identity ON person_session (identity);
CREATE INDEX person_session_provider ON person_session (provider_session);
CREATE TABLE person_event (
    number {SERIAL},
    at TEXT NOT NULL,
    act TEXT NOT NULL,
    officer {KEY},
    identity {KEY},
    by_whom TEXT,
    address TEXT
){STRICT};
