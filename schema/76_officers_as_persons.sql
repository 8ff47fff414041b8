-- module: identity
-- Who an officer is as a natural person, so that nobody works on a case of his own: bound by a code that
-- the officer's own verified account shows.

ALTER TABLE link_code MODIFY purpose ENUM('account', 'agent', 'officer') CHARACTER SET ascii
    COLLATE ascii_bin NOT NULL DEFAULT 'account'
    COMMENT 'internal: what whoever types it in gets: this person, a mandate, or to be known as this person';
ALTER TABLE officer ADD COLUMN person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'internal: the natural person; NULL until bound' AFTER brigade;
GRANT UPDATE (person_id) ON officer TO identity@localhost;
