-- What an owner refuses a request on: the citation. None: by an older program, or whoever refused needs none.
ALTER TABLE request_act ADD COLUMN basis TEXT;
