-- What a search finds. source: the thing whose row it is, and with which it changes. kind, subject, part: what is shown. key_vi, key_en:
-- folded names. words: all that it is found by, folded. ends: the day from which it is no longer in force. term: what a field is bound to.
CREATE TABLE found (
    number {SERIAL},
    source_kind {KEY} NOT NULL,
    source {KEY} NOT NULL,
    kind {KEY} NOT NULL,
    subject {KEY} NOT NULL,
    part {KEY} NOT NULL,
    vi TEXT NOT NULL,
    en TEXT NOT NULL,
    note TEXT NOT NULL,
    key_vi {KEY} NOT NULL,
    key_en {KEY} NOT NULL,
    ends {KEY},
    term {KEY},
    words TEXT NOT NULL
){STRICT};
CREATE INDEX found_source ON found (source_kind, source);
CREATE INDEX found_key_vi ON found (key_vi);
CREATE INDEX found_key_en ON found (key_en);
CREATE INDEX found_subject ON found (kind, subject, part);

--pg CREATE INDEX found_words ON found USING gin (to_tsvector('simple', words));

--lite CREATE VIRTUAL TABLE found_words USING fts5(words, content='found', content_rowid='number', tokenize='unicode61 remove_diacritics 0');
--lite CREATE TRIGGER found_added AFTER INSERT ON found BEGIN
--lite     INSERT INTO found_words (rowid, words) VALUES (new.number, new.words);
--lite END;
--lite CREATE TRIGGER found_gone AFTER DELETE ON found BEGIN
--lite     INSERT INTO found_words (found_words, rowid, words) VALUES ('delete', old.number, old.words);
--lite END;

-- Steps of cross-walks, for what became of a code.
CREATE TABLE code_step (
    walk {KEY} NOT NULL REFERENCES crosswalk (id),
    from_list {KEY} NOT NULL,
    from_code {KEY} NOT NULL,
    to_list {KEY} NOT NULL,
    to_code {KEY} NOT NULL
){STRICT};
CREATE INDEX code_step_from ON code_step (from_list, from_code);
CREATE INDEX code_step_walk ON code_step (walk);
