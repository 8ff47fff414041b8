-- module: violation
-- Release of held vehicles and documents (放车还证): why things are held and what their release demands,
-- where they are, what keeping them costs, and the release orders (放行通知书).

CREATE TABLE IF NOT EXISTS hold_reason (
    code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: as agencies tell it',
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    title VARCHAR(64) NOT NULL
        COMMENT 'public: what the citizen reads',
    basis VARCHAR(200) NOT NULL
        COMMENT 'public: law and article',
    conditions VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: what has to be so before the release, blank separated: fine_paid,
            policy_valid, study_done, suspension_over, inspection_valid, owner_proven',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where the row is from',
    PRIMARY KEY (code, valid_from),
    CONSTRAINT hold_reason_has_a_day_in_force CHECK (valid_to IS NULL OR valid_to >= valid_from)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: why vehicles and documents are held, in versions';
INSERT IGNORE INTO hold_reason (code, valid_from, valid_to, title, basis, conditions, source) VALUES
    ('no_insurance', '2004-05-01', NULL, '未按规定投保机动车交通事故责任强制保险',
     '道路交通安全法第九十八条', 'fine_paid policy_valid',
     '道路交通安全法第九十八条；放行条件待核实'),
    ('no_papers', '2004-05-01', NULL, '未随车携带行驶证、驾驶证或者未放置保险标志',
     '道路交通安全法第九十五条', 'fine_paid policy_valid',
     '道路交通安全法第九十五条；放行条件待核实'),
    ('no_inspection', '2004-05-01', NULL, '未放置检验合格标志',
     '道路交通安全法第九十五条', 'fine_paid policy_valid inspection_valid',
     '道路交通安全法第九十五条；放行条件待核实'),
    ('no_plate', '2004-05-01', NULL, '上道路行驶的机动车未悬挂机动车号牌',
     '道路交通安全法第九十五条', 'fine_paid policy_valid owner_proven',
     '道路交通安全法第九十五条；放行条件待核实'),
    ('false_plate', '2004-05-01', NULL, '使用伪造、变造的或者其他车辆的号牌、行驶证',
     '道路交通安全法第九十六条', 'fine_paid policy_valid owner_proven',
     '道路交通安全法第九十六条；放行条件待核实'),
    ('overload', '2004-05-01', NULL, '货运机动车超过核定载质量', '道路交通安全法第九十二条',
     'fine_paid', '道路交通安全法第九十二条；放行条件待核实'),
    ('no_licence', '2004-05-01', NULL, '无有效机动车驾驶证驾驶机动车',
     '道路交通安全法第九十九条', 'fine_paid', '道路交通安全法第九十九条；放行条件待核实'),
    ('fine_only', '2020-05-01', NULL, '违法行为仅处以罚款',
     '道路交通安全违法行为处理程序规定（2020年修正）第三十二条', 'fine_paid',
     '道路交通安全违法行为处理程序规定（2020年修正）第三十二条：缴纳罚款后立即发还'),
    ('full_points', '2004-05-01', NULL, '一个记分周期内累积记分达到十二分',
     '道路交通安全法第二十四条', 'study_done',
     '道路交通安全法第二十四条：学习、考试合格的，发还'),
    ('suspension', '2004-05-01', NULL, '暂扣机动车驾驶证', '道路交通安全法第九十一条',
     'fine_paid suspension_over',
     '道路交通安全违法行为处理程序规定（2020年修正）第三十二条：扣留一日折抵暂扣一日');
GRANT SELECT ON hold_reason TO violation@localhost;

CREATE TABLE IF NOT EXISTS pound (
    code VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: as agencies tell it',
    name VARCHAR(64) NOT NULL
        COMMENT 'public: what it is called',
    address VARCHAR(120) NOT NULL
        COMMENT 'public: where',
    hours VARCHAR(120) NOT NULL
        COMMENT 'public: when it hands things over',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where the row is from',
    PRIMARY KEY (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: where held vehicles and documents are kept';
INSERT IGNORE INTO pound (code, name, address, hours, source) VALUES
    ('FT01', '福田扣车场', '深圳市福田区（详细地址待核实）', '每日9:00至18:00（待核实）', '待核实'),
    ('NS01', '南山扣车场', '深圳市南山区（详细地址待核实）', '每日9:00至18:00（待核实）', '待核实'),
    ('HQ01', '深圳市公安局交通警察局证件保管室', '深圳市（详细地址待核实）',
     '工作日9:00至12:00、14:00至18:00（待核实）', '待核实');
GRANT SELECT ON pound TO violation@localhost;

-- The version in force on the day of the notice counts. Of vehicles without a row nothing is asked.
CREATE TABLE IF NOT EXISTS storage_rule (
    plate_type CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: kind of vehicle, GA 24.7',
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    fen_a_day BIGINT NOT NULL
        COMMENT 'public: for each day begun',
    free_days INT NOT NULL
        COMMENT 'public: days after the notice that cost nothing yet; the day of the notice never does',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: who set it',
    PRIMARY KEY (plate_type, valid_from),
    CONSTRAINT storage_rule_is_sane CHECK (fen_a_day > 0 AND free_days >= 0),
    CONSTRAINT storage_rule_has_a_day_in_force CHECK (valid_to IS NULL OR valid_to >= valid_from)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: what keeping a vehicle costs once its owner was told to fetch it, in versions';
INSERT IGNORE INTO storage_rule (plate_type, valid_from, valid_to, fen_a_day, free_days, source) VALUES
    ('01', '2018-05-01', NULL, 4000, 3, '道路交通事故处理程序规定第五十八条；收费标准待核实'),
    ('51', '2018-05-01', NULL, 4000, 3, '道路交通事故处理程序规定第五十八条；收费标准待核实'),
    ('02', '2018-05-01', NULL, 2000, 3, '道路交通事故处理程序规定第五十八条；收费标准待核实'),
    ('52', '2018-05-01', NULL, 2000, 3, '道路交通事故处理程序规定第五十八条；收费标准待核实'),
    ('07', '2018-05-01', NULL, 500, 3, '道路交通事故处理程序规定第五十八条；收费标准待核实');
GRANT SELECT ON storage_rule TO violation@localhost;

INSERT IGNORE INTO term_rule (code, valid_from, valid_to, n, unit, roll, source) VALUES
    ('hold.come', '2004-05-01', NULL, 30, 'natural_days', 1,
     '道路交通安全法实施条例第一百零七条'),
    ('hold.public_notice', '2004-05-01', NULL, 3, 'months', 1,
     '道路交通安全法实施条例第一百零七条'),
    ('release.check', '2020-05-01', NULL, 10, 'working_days', 0,
     '道路交通安全违法行为处理程序规定（2020年修正）第三十条'),
    ('release.fetch', '2018-09-01', NULL, 15, 'natural_days', 0,
     '深圳交警2018年“放管服”措施：网上放车还证（有效期待核实）');

-- Locked by whoever bills, orders or ends the release of an item, so that two at once see each
-- other's.
CREATE TABLE IF NOT EXISTS release_item (
    item_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: held_item.id',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts lockings',
    PRIMARY KEY (item_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: a row for each item that somebody asked to be released';
GRANT SELECT, INSERT, UPDATE (ver) ON release_item TO violation@localhost;

CREATE TABLE IF NOT EXISTS release_order (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: by which application; its permit has the number',
    item_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: held_item.id',
    valid_from DATE NOT NULL
        COMMENT 'internal: UTC+8',
    valid_to DATE NOT NULL
        COMMENT 'internal: UTC+8; the last day, and none for which storage is not paid',
    stands TINYINT NULL DEFAULT 1
        COMMENT 'internal: 1 or NULL, so that an item has one order at a time; used ones stand',
    issued_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    ended_at DATETIME(3) NULL
        COMMENT 'internal: UTC; revoked, or followed by another after its last day',
    handover_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: release_done.id; NULL until the pound tells that it handed the item over',
    used_at DATETIME(3) NULL
        COMMENT 'internal: UTC; when it was handed over',
    PRIMARY KEY (application_id),
    UNIQUE KEY one_that_stands (item_id, stands),
    CONSTRAINT release_order_stands_or_not CHECK ((stands IS NULL) = (ended_at IS NOT NULL)),
    CONSTRAINT release_order_is_used_or_not CHECK ((handover_id IS NULL) = (used_at IS NULL)),
    CONSTRAINT release_order_has_a_day CHECK (valid_to >= valid_from)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: release orders; a used one releases its item for good';
GRANT SELECT, INSERT, UPDATE (stands, ended_at, handover_id, used_at) ON release_order
    TO violation@localhost;

CREATE TABLE IF NOT EXISTS storage_bill (
    obligation_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what is owed; whether it is paid or withdrawn stands there',
    item_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: held_item.id',
    pickup_on DATE NOT NULL
        COMMENT 'internal: UTC+8; the last day that is paid by it',
    amount_fen BIGINT NOT NULL
        COMMENT 'internal: what earlier bills that were paid left over',
    made_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (obligation_id),
    KEY by_item (item_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: bills for the keeping of vehicles; never changed';
GRANT SELECT, INSERT ON storage_bill TO violation@localhost;

-- Facts of exchange, as far as they are read here.
GRANT SELECT (organisation_id, source, observed_at) ON vehicle TO violation@localhost;
GRANT SELECT ON vehicle_policy TO violation@localhost;
GRANT SELECT (id, item_no, kind, plate_type, plate, person_id, reason, decision_no, pound, held_on,
    noticed_on, suspended_until, state, observed_at) ON held_item TO violation@localhost;
GRANT SELECT (id, order_no, item_no, released_at) ON release_done TO violation@localhost;
