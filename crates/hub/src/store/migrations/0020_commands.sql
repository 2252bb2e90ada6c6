-- A command that its caller names is known by its question and body as well: their SHA-256. Absent where an older program did it.
ALTER TABLE deed ADD COLUMN sent TEXT;
