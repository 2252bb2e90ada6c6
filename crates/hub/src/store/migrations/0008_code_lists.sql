-- Code lists and cross-walks. entry: JSON as documents have it.
CREATE TABLE code_list (
    id {KEY} NOT NULL PRIMARY KEY,
    owner {KEY} NOT NULL,
    entry TEXT NOT NULL
){STRICT};
CREATE INDEX code_list_owner ON code_list (owner, id);

CREATE TABLE crosswalk (
    id {KEY} NOT NULL PRIMARY KEY,
    from_list {KEY} NOT NULL REFERENCES code_list (id),
    to_list {KEY} NOT NULL REFERENCES code_list (id),
    entry TEXT NOT NULL
){STRICT};
CREATE INDEX crosswalk_from ON crosswalk (from_list, id);
CREATE INDEX crosswalk_to ON crosswalk (to_list, id);
