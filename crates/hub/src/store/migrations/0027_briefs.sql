-- Briefs for those who lead, as they were made: none is changed afterwards. scope: the agency whose it is, empty for the whole country.
-- week: of one that the hub made by itself, 2026-W49, one in a week. counts: JSON, how many of each figure. content: JSON, all of it.
CREATE TABLE brief (
    id {KEY} NOT NULL PRIMARY KEY,
    scope {KEY} NOT NULL,
    day {KEY} NOT NULL,
    week {KEY},
    made_at TEXT NOT NULL,
    made_by TEXT NOT NULL,
    counts TEXT NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (scope, week)
){STRICT};
CREATE INDEX brief_scope ON brief (scope, id);
