-- module: violation
-- Claims that a plate was cloned (号牌被套用, T2): what makes a pair of passages impossible for one
-- car, what was searched, and what was found.

CREATE TABLE IF NOT EXISTS clone_rule (
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    max_kmh BIGINT NOT NULL
        COMMENT 'public: no car goes faster from one place to another, as the crow flies',
    min_metres BIGINT NOT NULL
        COMMENT 'public: places nearer to each other prove nothing by speed',
    park_metres BIGINT NOT NULL
        COMMENT 'public: so far from the car park where it stands a car is somewhere else',
    clock_error_s BIGINT NOT NULL
        COMMENT 'public: by so much the clocks of two devices may differ',
    around_minutes BIGINT NOT NULL
        COMMENT 'public: passages so long before and after a violation are shown with it',
    max_days BIGINT NOT NULL
        COMMENT 'public: days that one claim may be about',
    max_cases BIGINT NOT NULL
        COMMENT 'public: violations that one claim may be about',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (valid_from),
    CONSTRAINT clone_rule_is_sane CHECK (max_kmh > 0 AND min_metres > 0 AND park_metres > 0
        AND clock_error_s >= 0 AND around_minutes > 0 AND max_days > 0
        AND max_cases BETWEEN 1 AND 200)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: when two passages can not be of one car, in versions';
INSERT IGNORE INTO clone_rule (valid_from, valid_to, max_kmh, min_metres, park_metres, clock_error_s,
    around_minutes, max_days, max_cases, source) VALUES
    ('2018-05-18', NULL, 200, 5000, 1000, 120, 120, 93, 200,
     '平台规则：两地直线距离所需时速超过200公里，设备时钟误差按2分钟计（待核实）');
GRANT SELECT ON clone_rule TO violation@localhost;

CREATE TABLE IF NOT EXISTS violation_search (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the claim',
    searched_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    from_on DATE NOT NULL
        COMMENT 'internal: first day that was searched, UTC+8',
    to_on DATE NOT NULL
        COMMENT 'internal: last day that was searched, UTC+8',
    passages BIGINT NOT NULL
        COMMENT 'internal: how many records of the plate there were',
    is_cut BOOLEAN NOT NULL
        COMMENT 'internal: there were more than are searched',
    pairs BIGINT NOT NULL
        COMMENT 'internal: how many pairs of them are impossible for one car',
    rule_valid_from DATE NOT NULL
        COMMENT 'internal: version of clone_rule',
    PRIMARY KEY (application_id, searched_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: each search of the passages of a plate; never changed';
GRANT SELECT, INSERT ON violation_search TO violation@localhost;

CREATE TABLE IF NOT EXISTS violation_evidence (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the claim',
    first_agency VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: source of the earlier record',
    first_record_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: its number there',
    first_at DATETIME(3) NOT NULL
        COMMENT 'sensitive: UTC',
    first_place VARCHAR(120) NOT NULL
        COMMENT 'sensitive: where, as the site was called then',
    first_latitude BIGINT NOT NULL
        COMMENT 'sensitive: millionths of a degree',
    first_longitude BIGINT NOT NULL
        COMMENT 'sensitive: millionths of a degree',
    second_agency VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: source of the later record',
    second_record_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: its number there',
    second_at DATETIME(3) NOT NULL
        COMMENT 'sensitive: UTC',
    second_place VARCHAR(120) NOT NULL
        COMMENT 'sensitive: where, as the site was called then',
    second_latitude BIGINT NOT NULL
        COMMENT 'sensitive: millionths of a degree',
    second_longitude BIGINT NOT NULL
        COMMENT 'sensitive: millionths of a degree',
    kind ENUM('speed', 'parked') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: too far for the time, or elsewhere while it stood in a car park',
    metres BIGINT NOT NULL
        COMMENT 'internal: as the crow flies',
    seconds BIGINT NOT NULL
        COMMENT 'internal: between the two',
    needs_kmh BIGINT NULL
        COMMENT 'internal: with the clocks'' error granted; NULL of a parked car',
    parked_until DATETIME(3) NULL
        COMMENT 'sensitive: UTC; when it left the car park; NULL otherwise',
    found_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (application_id, first_agency, first_record_no, second_agency, second_record_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'sensitive: pairs of passages that can not be of one car; never changed';
GRANT SELECT, INSERT ON violation_evidence TO violation@localhost;

-- What exchange holds, as far as it is read here.
GRANT SELECT (plate_type, plate, passed_at, agency, record_no, site, kind) ON plate_passage
    TO violation@localhost;
GRANT SELECT (agency, code, name, kind, latitude, longitude) ON passage_site TO violation@localhost;
GRANT SELECT (registered_on, use_kind, source, observed_at) ON vehicle TO violation@localhost;
