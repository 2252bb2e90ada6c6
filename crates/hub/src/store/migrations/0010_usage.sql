-- Figures of the traffic. Each row is one node's, so nodes side by side never write the same one. figures: JSON.
CREATE TABLE usage_node (
    node {KEY} NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    reported_at TEXT NOT NULL,
    since TEXT NOT NULL,
    version TEXT NOT NULL
){STRICT};

CREATE TABLE usage_day (
    day {KEY} NOT NULL,
    node {KEY} NOT NULL,
    counted {KEY} NOT NULL,
    client {KEY} NOT NULL,
    service {KEY} NOT NULL,
    purpose {KEY} NOT NULL,
    figures TEXT NOT NULL,
    PRIMARY KEY (day, node, counted, client, service, purpose)
){STRICT};
CREATE INDEX usage_day_service ON usage_day (service, day);
CREATE INDEX usage_day_client ON usage_day (client, day);

-- Which agencies a service answered on which day; test: for a purpose that is only a test.
CREATE TABLE usage_agency_day (
    service {KEY} NOT NULL,
    day {KEY} NOT NULL,
    consumer {KEY} NOT NULL,
    test {BOOL} NOT NULL,
    PRIMARY KEY (service, day, consumer, test)
){STRICT};

-- What a service answered by day, tests left out.
CREATE TABLE usage_service_day (
    service {KEY} NOT NULL,
    day {KEY} NOT NULL,
    figures TEXT NOT NULL,
    PRIMARY KEY (service, day)
){STRICT};

-- Who is entitled by a duty.
CREATE TABLE duty_receiver (
    duty {KEY} NOT NULL REFERENCES duty (id),
    agency {KEY} NOT NULL,
    PRIMARY KEY (duty, agency)
){STRICT};

CREATE TABLE usage_minute (
    minute {KEY} NOT NULL,
    node {KEY} NOT NULL,
    counted {KEY} NOT NULL,
    client {KEY} NOT NULL,
    service {KEY} NOT NULL,
    purpose {KEY} NOT NULL,
    figures TEXT NOT NULL,
    PRIMARY KEY (minute, node, counted, client, service, purpose)
){STRICT};

-- A purpose that is only a test: calls for it show a connection, not a use.
ALTER TABLE purpose ADD COLUMN test {BOOL} NOT NULL DEFAULT {FALSE};
