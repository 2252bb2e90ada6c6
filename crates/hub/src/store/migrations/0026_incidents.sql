-- Which hub hears which node. lost_at: none does, since when. A row changes when that does, and not by the clock.
CREATE TABLE node_presence (
    node {KEY} NOT NULL PRIMARY KEY,
    hub {KEY} NOT NULL,
    lost_at TEXT
){STRICT};

-- The hubs that run on this store, each with a number that rises for as long as it does.
CREATE TABLE hub_pulse (
    hub {KEY} NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
){STRICT};

-- What nodes say of other nodes. how: reached, refused, timeout, tls, certificate, network.
CREATE TABLE node_sight (
    reporter {KEY} NOT NULL,
    about {KEY} NOT NULL,
    how {KEY} NOT NULL,
    PRIMARY KEY (reporter, about)
){STRICT};
CREATE INDEX node_sight_how ON node_sight (how, about);

-- Services whose source does not answer, as their own nodes say.
CREATE TABLE node_failing (
    node {KEY} NOT NULL,
    service {KEY} NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (node, service)
){STRICT};

-- subject: a node, or `hub` for many at once. ended_at: when it was over, whoever has closed it before. affected, evidence: JSON.
CREATE TABLE incident (
    id {KEY} NOT NULL PRIMARY KEY,
    subject {KEY} NOT NULL,
    cause {KEY} NOT NULL,
    state {KEY} NOT NULL,
    since TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    ended_at TEXT,
    times BIGINT NOT NULL,
    merged_into {KEY},
    evidence TEXT NOT NULL,
    affected TEXT NOT NULL
){STRICT};
CREATE INDEX incident_ended ON incident (ended_at, id);
CREATE INDEX incident_subject ON incident (subject, id);

-- The nodes of an incident. until: since when that one is well again.
CREATE TABLE incident_node (
    incident {KEY} NOT NULL REFERENCES incident (id),
    node {KEY} NOT NULL,
    until TEXT,
    PRIMARY KEY (incident, node)
){STRICT};

-- Those whom an incident concerns. agency: empty for the hub. role: hub, owner, caller. told_at: when it was shown there first.
CREATE TABLE incident_party (
    incident {KEY} NOT NULL REFERENCES incident (id),
    agency {KEY} NOT NULL,
    role {KEY} NOT NULL,
    told_at TEXT,
    PRIMARY KEY (incident, agency)
){STRICT};
CREATE INDEX incident_party_agency ON incident_party (agency, incident);

-- What happened in it, in order. who: an account, or empty for the hub by itself.
CREATE TABLE incident_event (
    incident {KEY} NOT NULL REFERENCES incident (id),
    number BIGINT NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    what {KEY} NOT NULL,
    said TEXT NOT NULL,
    PRIMARY KEY (incident, number)
){STRICT};

-- Maintenance that was announced. Moments sort as they do.
CREATE TABLE maintenance (
    id {KEY} NOT NULL PRIMARY KEY,
    node {KEY} NOT NULL,
    owner {KEY} NOT NULL,
    begins_at {KEY} NOT NULL,
    ends_at {KEY} NOT NULL,
    reason TEXT NOT NULL,
    announced_at TEXT NOT NULL,
    withdrawn_at TEXT
){STRICT};
CREATE INDEX maintenance_ends ON maintenance (ends_at);
