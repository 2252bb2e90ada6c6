-- What datasets cannot give at present, as their nodes report it. fields: JSON; empty where the database cannot be read at all.
CREATE TABLE usage_gap (
    service {KEY} NOT NULL,
    node {KEY} NOT NULL,
    fields TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (service, node)
){STRICT};
