-- Accounts: people and programs that may sign in. entry: JSON as the API has it. Secrets are digests, or sealed with a key that is
-- not in the store.
CREATE TABLE account (
    name {KEY} NOT NULL PRIMARY KEY,
    agency {KEY},
    subject {KEY} UNIQUE,
    entry TEXT NOT NULL,
    state TEXT NOT NULL,
    password TEXT,
    totp TEXT,
    totp_step BIGINT NOT NULL,
    password_at TEXT,
    failures BIGINT NOT NULL,
    locked_until TEXT,
    used_at {KEY} NOT NULL,
    reviewed_at TEXT NOT NULL
){STRICT};
CREATE INDEX account_agency ON account (agency, name);

CREATE TABLE account_password (
    account {KEY} NOT NULL REFERENCES account (name),
    at {KEY} NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (account, at)
){STRICT};

-- What accounts act by: only the SHA-256 of each secret is kept. good_for: invitation, token, session. guard: what a browser's
-- changes must carry beside the cookie.
CREATE TABLE credential (
    sha256 {KEY} NOT NULL PRIMARY KEY,
    account {KEY} NOT NULL REFERENCES account (name),
    good_for TEXT NOT NULL,
    guard TEXT NOT NULL,
    agent TEXT,
    address TEXT,
    created_at TEXT NOT NULL,
    expires_at {KEY} NOT NULL,
    used_at TEXT NOT NULL
){STRICT};
CREATE INDEX credential_account ON credential (account);
CREATE INDEX credential_expires ON credential (expires_at);

-- Officers become accounts with the rights they had. Their tokens hold on for as long as others made on that day would.
INSERT INTO account (name, agency, entry, state, totp_step, failures, used_at, reviewed_at)
SELECT name, agency,
    CASE WHEN agency IS NULL
        THEN '{"name":"' || name || '","person":"' || name || '","type":"service","roles":["administrator","hub_officer","architect","operator"]}'
        ELSE '{"name":"' || name || '","person":"' || name || '","type":"service","agency":"' || agency || '","roles":["data_officer","steward","engineer"]}'
    END,
    CASE WHEN withdrawn_at IS NULL THEN 'active' ELSE 'disabled' END, 0, 0, {NOW}, {NOW}
FROM officer;
INSERT INTO credential (sha256, account, good_for, guard, created_at, expires_at, used_at)
SELECT token_sha256, name, 'token', '', {NOW}, {IN 90 DAYS}, {NOW} FROM officer WHERE withdrawn_at IS NULL;
DROP TABLE officer;

-- From where a change came, and as what.
ALTER TABLE change ADD COLUMN origin TEXT;

-- What was done under a name that its caller gave it, so that it is not done twice. answer: none if it was shown once only.
CREATE TABLE deed (
    account {KEY} NOT NULL,
    name {KEY} NOT NULL,
    path TEXT NOT NULL,
    at {KEY} NOT NULL,
    answer TEXT,
    PRIMARY KEY (account, name)
){STRICT};
CREATE INDEX deed_at ON deed (at);
