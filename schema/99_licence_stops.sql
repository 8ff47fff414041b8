-- module: violation
-- Full points ask for a study (T4). Whoever does not begin it in thirty days has the driving licence
-- stopped by public notice (公告停止使用), until the points are cleared: Points Measures (2021) article 29.

INSERT IGNORE INTO term_rule (code, valid_from, valid_to, n, unit, roll, source) VALUES
    ('study.begin', '2018-01-01', '2022-03-31', 15, 'natural_days', 0,
     '道路交通安全法实施条例第二十三条；接到通知之日起十五日内'),
    ('study.begin', '2022-04-01', NULL, 30, 'natural_days', 0,
     '道路交通安全违法行为记分管理办法（2021年）第二十九条');

ALTER TABLE full_study ADD KEY IF NOT EXISTS by_opening (opened_at, decision_no);

CREATE TABLE IF NOT EXISTS licence_stop (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    decision_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: the decision that made the points full; the notice names the licence by it',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the driver',
    begin_by DATE NOT NULL
        COMMENT 'public: UTC+8; by then the study was to be begun',
    stopped_on DATE NOT NULL
        COMMENT 'public: UTC+8; the day of the public notice',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: copied from the term',
    recorded_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (decision_no),
    KEY by_person (person_id),
    CONSTRAINT licence_stop_is_of_a_study FOREIGN KEY (decision_no) REFERENCES full_study (decision_no),
    CONSTRAINT licence_stop_has_waited CHECK (stopped_on > begin_by)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: licences that were stopped by public notice';
GRANT SELECT, INSERT ON licence_stop TO violation@localhost;

CREATE TABLE IF NOT EXISTS licence_stop_end (
    stop_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: licence_stop.id',
    ended_on DATE NOT NULL
        COMMENT 'internal: UTC+8; the day on which the points were found cleared',
    recorded_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (stop_id),
    CONSTRAINT licence_stop_end_is_of_a_stop FOREIGN KEY (stop_id) REFERENCES licence_stop (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: what is no longer in the public notice';
GRANT SELECT, INSERT ON licence_stop_end TO violation@localhost;
