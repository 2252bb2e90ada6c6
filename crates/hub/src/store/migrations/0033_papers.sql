-- Files of papers that were handed in with requests, of each paper the last. number: of the act. sealed: the file, under the hub's key.
CREATE TABLE request_paper (
    request {KEY} NOT NULL REFERENCES request (id),
    number BIGINT NOT NULL,
    paper {KEY} NOT NULL,
    name TEXT NOT NULL,
    media TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    sealed TEXT NOT NULL,
    PRIMARY KEY (request, number)
){STRICT};
