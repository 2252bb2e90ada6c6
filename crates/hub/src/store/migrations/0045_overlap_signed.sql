-- What nodes have covered, as they have signed it, until it was counted: whoever covers it once more checks whose it is. What came before this step
-- has no signature and is asked for anew.
DROP TABLE quality_overlap_part;
CREATE TABLE quality_overlap_part (
    question {KEY} NOT NULL REFERENCES quality_overlap (id),
    side {KEY} NOT NULL,
    step {KEY} NOT NULL,
    node {KEY} NOT NULL,
    keyid {KEY} NOT NULL,
    signature TEXT NOT NULL,
    part TEXT NOT NULL,
    PRIMARY KEY (question, side, step)
){STRICT};
