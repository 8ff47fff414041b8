-- module: violation
-- First violation waived (首违免罚, T5): a warning instead of a fine. The rule in versions, a lock for
-- each vehicle, and what was waived.

CREATE TABLE IF NOT EXISTS waiver_rule (
    valid_from DATE NOT NULL
        COMMENT 'public: first day on which it is decided so, online and for everybody',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    acts_since DATE NOT NULL
        COMMENT 'public: acts from this day on',
    months INT NOT NULL
        COMMENT 'public: so long without a violation, and so long in the register unchanged',
    max_fine_fen BIGINT NOT NULL
        COMMENT 'public: a greater fine is not waived',
    plate_prefix VARCHAR(4) NOT NULL
        COMMENT 'public: plates that the vehicle office of the city issues',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (valid_from),
    CONSTRAINT waiver_rule_is_sane CHECK (months BETWEEN 1 AND 120 AND max_fine_fen > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: when the first violation of a vehicle is waived, in versions';
INSERT IGNORE INTO waiver_rule (valid_from, valid_to, acts_since, months, max_fine_fen, plate_prefix,
    source) VALUES
    ('2018-09-01', NULL, '2015-01-01', 24, 50000, '粤B',
     '深圳市首次违法免予罚款规则（2017年说明，2018年9月起不限星级用户、全程网上办理；起始日待核实）');
GRANT SELECT ON waiver_rule TO violation@localhost;

-- Locked by whoever waives for the vehicle, so that two at once see each other.
CREATE TABLE IF NOT EXISTS waiver_account (
    plate_type CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: GA 24.7',
    plate VARCHAR(16) NOT NULL
        COMMENT 'personal: canonical form',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes',
    PRIMARY KEY (plate_type, plate)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: no state; what was waived is in violation_waiver';
GRANT SELECT, INSERT, UPDATE (ver) ON waiver_account TO violation@localhost;

CREATE TABLE IF NOT EXISTS violation_waiver (
    decision_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the warning; when it is withdrawn, the waiver no longer counts',
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which act',
    plate_type CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: GA 24.7',
    plate VARCHAR(16) NOT NULL
        COMMENT 'personal: canonical form; the vehicle',
    acted_on DATE NOT NULL
        COMMENT 'internal: UTC+8',
    registration_changed_on DATE NOT NULL
        COMMENT 'internal: as it was told then',
    last_violation_on DATE NULL
        COMMENT 'internal: before the months of the rule; NULL: none is known',
    spared_fen BIGINT NOT NULL
        COMMENT 'internal: the fine that was not imposed',
    spared_points INT NOT NULL
        COMMENT 'internal: and the points',
    rule_valid_from DATE NOT NULL
        COMMENT 'public: version of waiver_rule',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: copied from the rule',
    waived_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (decision_no),
    KEY by_vehicle (plate_type, plate, acted_on),
    CONSTRAINT waiver_is_by_a_decision
        FOREIGN KEY (decision_no) REFERENCES violation_decision (decision_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: first violations that were waived, with what was found; never changed';
GRANT SELECT, INSERT ON violation_waiver TO violation@localhost;

-- Facts of exchange, as far as they are read here.
GRANT SELECT (registration_changed_on) ON vehicle TO violation@localhost;
GRANT SELECT (accident) ON camera_record TO violation@localhost;
