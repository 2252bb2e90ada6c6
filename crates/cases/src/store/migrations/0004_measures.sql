-- How much of a count the hub was told: what has grown since is told anew, as a total.
ALTER TABLE reuse_count ADD COLUMN told BIGINT NOT NULL DEFAULT 0;
CREATE INDEX reuse_count_untold ON reuse_count (day, procedure) WHERE count > told;
