-- Which records a grant covers: JSON.
ALTER TABLE grants ADD COLUMN row_rules TEXT NOT NULL DEFAULT '[]';
