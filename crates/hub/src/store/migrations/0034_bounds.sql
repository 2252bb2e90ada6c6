-- What callers' nodes counted in a minute, over all of them. figures: JSON.
CREATE TABLE usage_total (
    minute {KEY} NOT NULL PRIMARY KEY,
    figures TEXT NOT NULL
){STRICT};

-- What the figures of a row come to, so that those can be found that most is to be said of without reading the figures of all.
ALTER TABLE usage_minute ADD COLUMN calls BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_minute ADD COLUMN failed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_minute ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
CREATE INDEX usage_minute_pair ON usage_minute (client, service, minute);

-- Until when what each has added to the audit trail counts, in whichever hub on the store.
CREATE TABLE trail_growth (
    who {KEY} NOT NULL PRIMARY KEY,
    paid_until TEXT NOT NULL
){STRICT};
