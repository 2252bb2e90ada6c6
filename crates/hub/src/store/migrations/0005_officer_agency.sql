-- agency: whose things an officer may change; none: an officer of the hub, who may change all.
ALTER TABLE officer ADD COLUMN agency {KEY};
ALTER TABLE officer ADD COLUMN withdrawn_at TEXT;
