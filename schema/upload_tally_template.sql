-- How often somebody had a file made clean on a day, whatever became of it; expanded by scripts/migrate
-- in front of a file that has the line "-- template: upload_tally".
CREATE TABLE IF NOT EXISTS {module}_upload_tally (
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who uploads',
    day DATE NOT NULL
        COMMENT 'internal: UTC+8',
    files INT NOT NULL
        COMMENT 'internal: how many, those that were refused, repeated or deleted included',
    PRIMARY KEY (person_id, day),
    KEY by_day (day)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: uploads a day';
GRANT SELECT, INSERT, UPDATE, DELETE ON {module}_upload_tally TO {module}@localhost;
