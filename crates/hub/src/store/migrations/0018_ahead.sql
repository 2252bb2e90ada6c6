-- Up to which number of the directory an officer has decided that it is left behind: nodes that hold one below it halt nothing.
ALTER TABLE directory_state ADD COLUMN passed BIGINT NOT NULL DEFAULT 0;

-- What this store has signed: number, and digest of the time stamp.
CREATE TABLE directory_signed (
    revision BIGINT NOT NULL PRIMARY KEY,
    sha256 TEXT NOT NULL,
    at TEXT NOT NULL
){STRICT};

-- Who holds a directory that is signed by our keys and that this store knows nothing of.
CREATE TABLE directory_ahead (
    node {KEY} NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    at TEXT NOT NULL
){STRICT};

-- The files of the newest of them, as nodes have shown them.
CREATE TABLE directory_shown (
    path {KEY} NOT NULL PRIMARY KEY,
    content TEXT NOT NULL
){STRICT};
