-- Values that nodes with cases told to be wrong, by the agency's own key: each is taken once, however often it is told.
CREATE TABLE quality_defect_told (
    reporter {KEY} NOT NULL,
    name {KEY} NOT NULL,
    defect {KEY} NOT NULL REFERENCES quality_defect (id),
    at {KEY} NOT NULL,
    PRIMARY KEY (reporter, name)
){STRICT};
CREATE INDEX quality_defect_told_defect ON quality_defect_told (defect);
