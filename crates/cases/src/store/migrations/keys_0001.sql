-- One key for each case, sealed by the node's own. Without it nothing of the case can be read, wherever copies of the store are.
CREATE TABLE case_key (
    case_id {KEY} NOT NULL PRIMARY KEY,
    made {KEY} NOT NULL,
--lite     body BLOB NOT NULL
--pg     body BYTEA NOT NULL
){STRICT};
