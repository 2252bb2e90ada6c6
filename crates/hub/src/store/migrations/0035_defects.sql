-- Lists of defects are filtered, put in order and cut into pages by the store.
CREATE INDEX quality_defect_due ON quality_defect (due, id);
CREATE INDEX quality_defect_fails ON quality_defect (fails, id);
CREATE INDEX quality_defect_gain ON quality_defect (gain, id);
CREATE INDEX quality_defect_opened ON quality_defect (opened_at, id);
CREATE INDEX quality_defect_service_id ON quality_defect (service, id);
CREATE INDEX quality_defect_owner_id ON quality_defect (owner, id);

-- What of a kind changed last, without reading all that ever did.
CREATE INDEX change_kind ON change (kind, seq);

-- Counts by pair in the order of either side, and the line behind which a page begins.
CREATE INDEX usage_pair_day_line ON usage_pair_day ((day || ' ' || service || ' ' || consumer || CASE WHEN test THEN ' 1' ELSE ' 0' END));
CREATE INDEX usage_pair_day_consumer_line ON usage_pair_day (consumer, (day || ' ' || service || ' ' || consumer || CASE WHEN test THEN ' 1' ELSE ' 0' END));
CREATE INDEX usage_pair_day_provider_line ON usage_pair_day (provider, (day || ' ' || service || ' ' || consumer || CASE WHEN test THEN ' 1' ELSE ' 0' END));
