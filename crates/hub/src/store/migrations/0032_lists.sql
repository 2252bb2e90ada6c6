-- What lists of requests are put in order and filtered by.
ALTER TABLE request ADD COLUMN service {KEY};
ALTER TABLE request ADD COLUMN client {KEY};
UPDATE request SET service = {TEXT asking.service}, client = {TEXT asking.client};
CREATE INDEX request_service ON request (service, id);
CREATE INDEX request_due ON request (due, id);
