-- Contracts, one row a version. entry: JSON as documents have it.
CREATE TABLE contract (
    id {KEY} NOT NULL PRIMARY KEY,
    family {KEY} NOT NULL,
    service {KEY} NOT NULL REFERENCES service (id),
    agency {KEY} NOT NULL,
    status {KEY} NOT NULL,
    entry TEXT NOT NULL
){STRICT};
CREATE INDEX contract_family ON contract (family, id);
CREATE INDEX contract_service ON contract (service, id);
CREATE INDEX contract_agency ON contract (agency, id);
CREATE INDEX contract_status ON contract (status, id);

-- The fields of contracts: what is searched, compared between databases, and bound to terms.
CREATE TABLE contract_field (
    contract {KEY} NOT NULL REFERENCES contract (id),
    place BIGINT NOT NULL,
    service {KEY} NOT NULL,
    name TEXT NOT NULL,
    folded {KEY} NOT NULL,
    title TEXT NOT NULL,
    term {KEY},
    version TEXT,
    class TEXT,
    PRIMARY KEY (contract, place)
){STRICT};
CREATE INDEX contract_field_folded ON contract_field (folded);
CREATE INDEX contract_field_term ON contract_field (term);
CREATE INDEX contract_field_service ON contract_field (service);

-- The names that approved terms go by, folded: their own, their technical one, their synonyms.
CREATE TABLE term_name (
    name {KEY} NOT NULL,
    term {KEY} NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (name, term)
){STRICT};
CREATE INDEX term_name_term ON term_name (term);
