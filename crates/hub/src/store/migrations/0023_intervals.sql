-- The end of what a node has reported: each report covers an interval behind it. Empty: it has not reported since this is kept.
ALTER TABLE usage_node ADD COLUMN reported_until TEXT NOT NULL DEFAULT '';
