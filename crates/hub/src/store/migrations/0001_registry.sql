-- The registry: who is who and who may what. Tokens in braces are put in by the store for each database.

CREATE TABLE agency (
    id {KEY} NOT NULL PRIMARY KEY,
    parent {KEY},
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    bloc TEXT NOT NULL,
    assumed_code {BOOL} NOT NULL
){STRICT};

CREATE TABLE system (
    id {KEY} NOT NULL PRIMARY KEY,
    agency {KEY} NOT NULL REFERENCES agency (id),
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL
){STRICT};
CREATE INDEX system_agency ON system (agency);

CREATE TABLE node (
    id {KEY} NOT NULL PRIMARY KEY,
    agency {KEY} NOT NULL REFERENCES agency (id),
    address TEXT NOT NULL
){STRICT};
CREATE INDEX node_agency ON node (agency);

CREATE TABLE node_system (
    node {KEY} NOT NULL REFERENCES node (id),
    system {KEY} NOT NULL REFERENCES system (id),
    PRIMARY KEY (node, system)
){STRICT};
CREATE INDEX node_system_system ON node_system (system);

-- usage: tls, signing. certificate: DER in base64.
CREATE TABLE node_certificate (
    node {KEY} NOT NULL REFERENCES node (id),
    usage TEXT NOT NULL,
    certificate TEXT NOT NULL,
    admitted_at TEXT NOT NULL,
    PRIMARY KEY (node, usage, certificate)
){STRICT};

-- offer: JSON of the service's kind and shape.
CREATE TABLE service (
    id {KEY} NOT NULL PRIMARY KEY,
    system {KEY} NOT NULL REFERENCES system (id),
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    offer TEXT NOT NULL
){STRICT};
CREATE INDEX service_system ON service (system);

CREATE TABLE purpose (
    code {KEY} NOT NULL PRIMARY KEY,
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL
){STRICT};

CREATE TABLE legal_basis (
    code {KEY} NOT NULL PRIMARY KEY,
    ground TEXT NOT NULL,
    citation TEXT NOT NULL,
    valid_from TEXT,
    valid_to TEXT
){STRICT};

-- uses, endpoints, fields: JSON as documents have them.
CREATE TABLE grants (
    id {KEY} NOT NULL PRIMARY KEY,
    client {KEY} NOT NULL REFERENCES system (id),
    service {KEY} NOT NULL REFERENCES service (id),
    uses TEXT NOT NULL,
    endpoints TEXT NOT NULL,
    fields TEXT NOT NULL,
    valid_from TEXT,
    valid_to TEXT,
    per_second BIGINT NOT NULL,
    revoked_at TEXT
){STRICT};
CREATE INDEX grants_service ON grants (service, id);
CREATE INDEX grants_client ON grants (client, id);

-- Who changed what, when and why. Written in the transaction of the change, never changed itself.
CREATE TABLE change (
    seq {SERIAL},
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    act TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject {KEY} NOT NULL,
    before TEXT,
    after TEXT
){STRICT};
CREATE INDEX change_subject ON change (kind, subject, seq);

-- Codes by which nodes join. Only their SHA-256 is kept.
CREATE TABLE invitation (
    code_sha256 {KEY} NOT NULL PRIMARY KEY,
    node {KEY} NOT NULL REFERENCES node (id),
    expires_at TEXT NOT NULL,
    used_at TEXT
){STRICT};

-- Those who may change the registry. Only the SHA-256 of their tokens is kept.
CREATE TABLE officer (
    name {KEY} NOT NULL PRIMARY KEY,
    token_sha256 {KEY} NOT NULL UNIQUE
){STRICT};
