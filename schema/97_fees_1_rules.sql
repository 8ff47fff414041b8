-- What services cost, and the state in which a granted application waits to be paid.

CREATE TABLE IF NOT EXISTS fee_rule (
    code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: which item',
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    name VARCHAR(60) NOT NULL
        COMMENT 'public: as it stands on guides and receipts',
    amount_fen BIGINT NOT NULL
        COMMENT 'public: what one costs',
    account VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: key of the treasury account',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where the amount stands',
    PRIMARY KEY (code, valid_from),
    CONSTRAINT fee_rule_is_positive CHECK (amount_fen > 0),
    CONSTRAINT fee_rule_has_a_day_in_force CHECK (valid_to IS NULL OR valid_to >= valid_from)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: fees by item, each version with its source';

-- Nothing is charged for the decision itself (Licensing Law 58); these are what a plate or a card costs.
INSERT IGNORE INTO fee_rule (code, valid_from, valid_to, name, amount_fen, account, source) VALUES
    ('plate_car', '2018-08-01', NULL, '汽车反光号牌（副）', 10000, 'fee_treasury',
     '机动车号牌工本费收费标准（文号待核实）'),
    ('plate_trailer', '2018-08-01', NULL, '挂车反光号牌（面）', 5000, 'fee_treasury',
     '机动车号牌工本费收费标准（文号待核实）'),
    ('plate_motorcycle', '2018-08-01', NULL, '摩托车反光号牌（面）', 3500, 'fee_treasury',
     '机动车号牌工本费收费标准（文号待核实）'),
    ('plate_low_speed', '2018-08-01', NULL, '低速车反光号牌（副）', 4000, 'fee_treasury',
     '机动车号牌工本费收费标准（文号待核实）'),
    ('plate_temporary', '2018-08-01', NULL, '临时行驶车号牌（张）', 500, 'fee_treasury',
     '机动车号牌工本费收费标准（文号待核实）'),
    ('vehicle_licence', '2018-08-01', NULL, '机动车行驶证（本）', 1000, 'fee_treasury',
     '机动车行驶证、登记证书、驾驶证工本费收费标准（文号待核实）'),
    ('registration_certificate', '2018-08-01', NULL, '机动车登记证书（本）', 1000, 'fee_treasury',
     '机动车行驶证、登记证书、驾驶证工本费收费标准（文号待核实）'),
    ('driver_licence', '2018-08-01', NULL, '机动车驾驶证（证）', 1000, 'fee_treasury',
     '机动车行驶证、登记证书、驾驶证工本费收费标准（文号待核实）'),
    ('driving_permit', '2018-08-01', NULL, '临时机动车驾驶许可（证）', 1000, 'fee_treasury',
     '机动车行驶证、登记证书、驾驶证工本费收费标准（文号待核实）');

INSERT IGNORE INTO term_rule (code, valid_from, valid_to, n, unit, roll, source) VALUES
    ('fee.pay', '2018-08-01', NULL, 15, 'natural_days', 1, '本平台规定：缴费期限（待核实）');

INSERT IGNORE INTO application_edge (frm, act, dst) VALUES
    ('accepted', 'charge', 'payable'), ('reviewing', 'charge', 'payable'),
    ('payable', 'grant', 'granted'), ('payable', 'withdraw', 'withdrawn'),
    ('payable', 'refuse', 'refused'), ('payable', 'revoke', 'revoked');
