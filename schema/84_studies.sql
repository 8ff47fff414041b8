-- module: exchange
-- What schools and the examination office tell of drivers (T4): studies, cheating in them, examinations;
-- and until when a licence, a vehicle stand in order. NULL is "not told".

INSERT IGNORE INTO agency (name, title, types) VALUES
    ('school', '驾驶人教育和考试系统', 'study study_cheating examination');

ALTER TABLE licence ADD COLUMN IF NOT EXISTS review_due_on DATE NULL
    COMMENT 'internal: last day to hand in the review (审验); NULL: not told';
GRANT UPDATE (review_due_on) ON licence TO exchange@localhost;
ALTER TABLE vehicle
    ADD COLUMN IF NOT EXISTS inspection_due_on DATE NULL
        COMMENT 'internal: last day of the inspection (检验有效期); NULL: not told',
    ADD COLUMN IF NOT EXISTS scrap_due_on DATE NULL
        COMMENT 'internal: by then it has to be deregistered (强制报废); NULL: not told';
GRANT UPDATE (inspection_due_on, scrap_due_on) ON vehicle TO exchange@localhost;

CREATE TABLE IF NOT EXISTS driver_study (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    agency VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: source',
    record_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the agency''s number',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who studied',
    kind ENUM('reduction_online', 'reduction_on_site', 'volunteer', 'full_online', 'full_on_site')
        CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: to reduce points, or after full points',
    begun_on DATE NOT NULL
        COMMENT 'internal: UTC+8; first day',
    ended_on DATE NOT NULL
        COMMENT 'internal: UTC+8; last day',
    minutes INT NOT NULL
        COMMENT 'internal: in all',
    is_passed TINYINT(1) NOT NULL
        COMMENT 'internal: the test after it; where there is none, that it was done',
    content BINARY(32) NOT NULL
        COMMENT 'internal: SHA-256 of the record, to tell a repetition from a contradiction',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; when the agency knew it',
    received_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (agency, record_no),
    KEY by_person (person_id, ended_on)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: what drivers studied; others may read all of it; never changed';
GRANT SELECT, INSERT ON driver_study TO exchange@localhost;

CREATE TABLE IF NOT EXISTS study_cheating (
    study_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: driver_study.id; it no longer counts',
    found_on DATE NOT NULL
        COMMENT 'internal: UTC+8',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; when the agency knew it',
    received_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (study_id),
    CONSTRAINT cheating_is_in_a_study FOREIGN KEY (study_id) REFERENCES driver_study (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: cheating or impersonation; others may read all of it; never changed';
GRANT SELECT, INSERT ON study_cheating TO exchange@localhost;

CREATE TABLE IF NOT EXISTS driver_examination (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    agency VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: source',
    record_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the agency''s number',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who was examined',
    subject ENUM('theory', 'field', 'road') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: subject 1, 2 or 3',
    taken_on DATE NOT NULL
        COMMENT 'internal: UTC+8',
    is_passed TINYINT(1) NOT NULL
        COMMENT 'internal: the result',
    content BINARY(32) NOT NULL
        COMMENT 'internal: SHA-256 of the record, to tell a repetition from a contradiction',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; when the agency knew it',
    received_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (agency, record_no),
    KEY by_person (person_id, taken_on)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: examinations after full points; others may read all of it; never changed';
GRANT SELECT, INSERT ON driver_examination TO exchange@localhost;
