-- module: violation
-- Points and study (T4): what a study takes off the points (学法减分), what stands against it, and the
-- studies that full points ask for (满分教育). Points are computed from these and from decisions each time.

CREATE TABLE IF NOT EXISTS reduction_rule (
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    max_points BIGINT NOT NULL COMMENT 'public: in one cycle',
    online_minutes BIGINT NOT NULL COMMENT 'public: of one pass online',
    online_days BIGINT NOT NULL COMMENT 'public: within so many days',
    online_points BIGINT NOT NULL COMMENT 'public: for one pass',
    on_site_minutes BIGINT NOT NULL COMMENT 'public: likewise on site',
    on_site_points BIGINT NOT NULL COMMENT 'public: for one pass',
    volunteer_minutes BIGINT NOT NULL COMMENT 'public: likewise as a volunteer',
    volunteer_points BIGINT NOT NULL COMMENT 'public: for one time',
    education_limit BIGINT NOT NULL
        COMMENT 'public: so many full-mark educations in this or the last cycle stand against it',
    bar_cycles BIGINT NOT NULL
        COMMENT 'public: a listed penalty or cheating in so many cycles, this one included, does',
    source VARCHAR(200) NOT NULL COMMENT 'public: law and article',
    PRIMARY KEY (valid_from),
    CONSTRAINT reduction_rule_is_sane CHECK (max_points > 0 AND bar_cycles BETWEEN 1 AND 10)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: how study reduces points, in versions';
INSERT IGNORE INTO reduction_rule (valid_from, valid_to, max_points, online_minutes, online_days,
    online_points, on_site_minutes, on_site_points, volunteer_minutes, volunteer_points,
    education_limit, bar_cycles, source) VALUES
    ('2022-04-01', NULL, 6, 30, 3, 1, 60, 2, 60, 1, 2, 3,
     '道路交通安全违法行为记分管理办法（2021年）第二十五条至第二十七条');
GRANT SELECT ON reduction_rule TO violation@localhost;

CREATE TABLE IF NOT EXISTS reduction_bar (
    code VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: GA/T 16.31',
    ground VARCHAR(64) NOT NULL
        COMMENT 'public: which kind of act it is',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: law and article',
    PRIMARY KEY (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: penalties that stand against a reduction';
INSERT IGNORE INTO reduction_bar (code, ground, source) VALUES
    ('1704', '肇事逃逸', '记分管理办法（2021年）第二十六条第二项；代码待核实'),
    ('1712', '饮酒后驾驶', '记分管理办法（2021年）第二十六条第二项；代码待核实'),
    ('5701', '使用伪造、变造的号牌', '记分管理办法（2021年）第二十六条第二项；代码待核实'),
    ('5704', '使用其他车辆的号牌', '记分管理办法（2021年）第二十六条第二项；代码待核实'),
    ('7047', '买卖记分', '记分管理办法（2021年）第二十六条第二项；代码待核实');
GRANT SELECT ON reduction_bar TO violation@localhost;

CREATE TABLE IF NOT EXISTS points_reduction (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the driver',
    study_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: driver_study.id; each counts once',
    request_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: Idempotency-Key of the tap',
    offered BIGINT NOT NULL
        COMMENT 'internal: points of that kind of study',
    granted BIGINT NOT NULL
        COMMENT 'internal: of them at that moment; never more, less when there is less to reduce',
    applied_on DATE NOT NULL
        COMMENT 'internal: UTC+8; selects the cycle',
    rule_valid_from DATE NOT NULL
        COMMENT 'public: version of reduction_rule',
    applied_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (study_id),
    KEY by_person (person_id),
    CONSTRAINT reduction_is_some CHECK (granted > 0 AND granted <= offered)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: studies that were applied to points; never changed';
GRANT SELECT, INSERT ON points_reduction TO violation@localhost;

CREATE TABLE IF NOT EXISTS full_study (
    decision_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the decision that made the points full, or so many times full',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the driver',
    number BIGINT NOT NULL
        COMMENT 'internal: which study of the cycle, from 1',
    total BIGINT NOT NULL
        COMMENT 'internal: points then',
    days BIGINT NOT NULL
        COMMENT 'internal: of study',
    examinations BIGINT NOT NULL
        COMMENT 'internal: mask: 1 theory, 2 field, 4 road',
    rule_valid_from DATE NOT NULL
        COMMENT 'public: version of points_rule',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: copied from the rule',
    opened_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (decision_no),
    KEY by_person (person_id),
    CONSTRAINT full_study_is_by_a_decision
        FOREIGN KEY (decision_no) REFERENCES violation_decision (decision_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: studies opened by full points; whether one is done is computed from facts';
GRANT SELECT, INSERT ON full_study TO violation@localhost;

-- Facts of exchange, as far as they are read here.
GRANT SELECT (review_due_on, observed_at) ON licence TO violation@localhost;
GRANT SELECT (inspection_due_on, scrap_due_on) ON vehicle TO violation@localhost;
GRANT SELECT (id, person_id, kind, begun_on, ended_on, minutes, is_passed) ON driver_study
    TO violation@localhost;
GRANT SELECT (study_id, found_on) ON study_cheating TO violation@localhost;
GRANT SELECT (person_id, subject, taken_on, is_passed) ON driver_examination
    TO violation@localhost;
