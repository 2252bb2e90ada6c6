-- Each entry of the audit trail holds a digest over itself and the one before. Entries from before this step have none.
ALTER TABLE change ADD COLUMN chain TEXT;
