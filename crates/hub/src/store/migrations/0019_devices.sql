-- Browsers and programs that an account has signed in from, by the digest of what they show: their wrong tries are counted by themselves.
CREATE TABLE device (
    sha256 {KEY} NOT NULL,
    account {KEY} NOT NULL,
    failures BIGINT NOT NULL,
    locked_until TEXT,
    used_at TEXT NOT NULL,
    PRIMARY KEY (sha256, account)
){STRICT};
CREATE INDEX device_account ON device (account, used_at);
