-- What officers of the hub have confirmed: that a database is what its owner has registered, and the one database that a service belongs to.
-- Figures count that and nothing else.
CREATE TABLE database_confirmed (
    database_id {KEY} NOT NULL PRIMARY KEY REFERENCES database_entry (id),
    at TEXT NOT NULL
){STRICT};

CREATE TABLE service_confirmed (
    service {KEY} NOT NULL PRIMARY KEY REFERENCES service (id),
    database_id {KEY} NOT NULL REFERENCES database_confirmed (database_id)
){STRICT};
CREATE INDEX service_confirmed_database ON service_confirmed (database_id);

-- Databases that a source names, as the hub's officers have it. Whether their owners have registered them since does not matter.
CREATE TABLE database_named (
    database_id {KEY} NOT NULL PRIMARY KEY
){STRICT};
INSERT INTO database_named SELECT id FROM database_entry
    WHERE standing = 'sourced' OR entry LIKE '%"listed":[{%'
       OR EXISTS (SELECT 1 FROM change WHERE kind = 'Database' AND subject = database_entry.id AND after LIKE '%"standing":"sourced"%');

-- What agencies called of a service on a day, as both sides counted it. at_provider, at_consumer: JSON of figures and of the nodes that
-- reported them. answers: calls that had an answer, an empty one as well. own: both belong to one agency's tree. trial: JSON, by purpose:
-- calls that the hub itself has made for somebody who tried. eve, morrow: the days beside it.
CREATE TABLE usage_pair_day (
    service {KEY} NOT NULL,
    consumer {KEY} NOT NULL,
    test {BOOL} NOT NULL,
    day {KEY} NOT NULL,
    eve {KEY} NOT NULL,
    morrow {KEY} NOT NULL,
    provider {KEY} NOT NULL,
    own {BOOL} NOT NULL,
    trial TEXT NOT NULL,
    at_provider TEXT NOT NULL,
    at_consumer TEXT NOT NULL,
    provider_answers BIGINT NOT NULL,
    consumer_answers BIGINT NOT NULL,
    PRIMARY KEY (service, consumer, test, day)
){STRICT};
CREATE INDEX usage_pair_day_day ON usage_pair_day (day, service, consumer);
CREATE INDEX usage_pair_day_service ON usage_pair_day (service, day);
CREATE INDEX usage_pair_day_provider ON usage_pair_day (provider, day);
CREATE INDEX usage_pair_day_consumer ON usage_pair_day (consumer, day);
CREATE INDEX usage_pair_day_differs ON usage_pair_day (day, service, consumer) WHERE provider_answers <> consumer_answers AND NOT own;
