-- module: exchange
-- An organisation whose legal representative is not known here has nobody who acts for it by law.

ALTER TABLE organisation MODIFY representative_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'internal: the person who is its legal representative; NULL: not known here';
