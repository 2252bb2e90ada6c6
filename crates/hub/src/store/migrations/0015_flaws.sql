-- What is wrong with records of a dataset, as its node reports it: JSON, a list of field, kind and how many records were met.
ALTER TABLE usage_gap ADD COLUMN flaws TEXT NOT NULL DEFAULT '[]';
