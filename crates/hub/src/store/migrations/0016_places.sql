-- Of a node's last report: rows that are still to be taken. A long report is taken in several transactions.
ALTER TABLE usage_node ADD COLUMN rows_left BIGINT NOT NULL DEFAULT 0;

-- Which directory each node decides from, as it said last.
CREATE TABLE node_held (
    node {KEY} NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    at TEXT NOT NULL
){STRICT};

-- Whose a certificate is, that a caller has shown.
CREATE INDEX node_certificate_shown ON node_certificate (certificate);

-- What of the registry is not in the directory, though it should be, and why.
CREATE TABLE directory_left_out (
    part {KEY} NOT NULL,
    subject {KEY} NOT NULL,
    why TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (part, subject)
){STRICT};
