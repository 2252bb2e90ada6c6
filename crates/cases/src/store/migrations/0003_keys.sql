-- Which keys are this store's: the same id stands beside them. Keys of another store are never taken for those of cases that are gone.
CREATE TABLE case_store (
    name {KEY} NOT NULL PRIMARY KEY,
    id {KEY} NOT NULL
){STRICT};
