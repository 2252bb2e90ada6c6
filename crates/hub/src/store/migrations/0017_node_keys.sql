-- Keys of nodes that were certified, by the SHA-256 of the key. Each is certified once: one that was taken out never comes back. Keys that
-- were certified before this table was there come into it when they are taken out.
CREATE TABLE node_key (
    key_sha256 {KEY} NOT NULL PRIMARY KEY,
    node {KEY} NOT NULL,
    at TEXT NOT NULL
){STRICT};

-- Over which TLS certificate a certificate was renewed: SHA-256 of that one, hexadecimal; none if the node joined with it.
ALTER TABLE node_certificate ADD COLUMN over_sha256 TEXT;
