-- module: road
-- template: application
-- template: upload
-- Road passes (通行证): which kinds there are, which are in force, how many fit into an area on a day,
-- and who abused that his passes were approved first.

-- Beside the definition of the service: what the rules of its kind are, judged by the day on which
-- the pass begins. The lengths are ours, to be corrected; the rest is what was announced.
CREATE TABLE IF NOT EXISTS road_kind (
    service VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: which service',
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    max_days INT NOT NULL
        COMMENT 'public: the longest pass',
    max_ahead_days INT NOT NULL
        COMMENT 'public: how long before it begins it may be applied for',
    plates ENUM('any', 'local', 'nonlocal') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: which vehicles it is for',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (service, valid_from),
    CONSTRAINT road_kind_is_sane CHECK (max_days > 0 AND max_ahead_days >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: rules of the kinds of passes, in versions';
INSERT IGNORE INTO road_kind (service, valid_from, valid_to, max_days, max_ahead_days, plates, source)
    VALUES
    ('road.nonlocal_city', '2018-08-01', NULL, 90, 30, 'nonlocal', '2018年“放管服”措施：道管服务；时长为待核实数据'),
    ('road.nonlocal_district', '2018-08-01', NULL, 90, 30, 'nonlocal', '2018年“放管服”措施：道管服务；时长为待核实数据'),
    ('road.heavy_goods', '2018-08-01', NULL, 180, 30, 'any', '2018年“放管服”措施：道管服务；时长为待核实数据'),
    ('road.light_goods', '2018-08-01', NULL, 365, 30, 'any', '2018年“放管服”措施：道管服务；时长为待核实数据'),
    ('road.exhibition', '2018-08-01', NULL, 30, 60, 'any', '2018年“放管服”措施：道管服务；时长为待核实数据'),
    ('road.rescue', '2018-08-01', NULL, 7, 1, 'any', '2018年“放管服”措施：道管服务；时长为待核实数据'),
    ('road.muck', '2018-08-01', NULL, 90, 30, 'any', '2018年“放管服”措施：道管服务；时长为待核实数据'),
    ('road.mixer', '2018-08-01', NULL, 180, 30, 'any', '2018年“放管服”措施：道管服务；时长为待核实数据'),
    ('road.day_pass', '2018-08-01', NULL, 1, 30, 'nonlocal', '非本市号牌小汽车高峰期通行办法（待核实）'),
    ('road.holiday_area', '2018-04-01', NULL, 1, 14, 'any', '2018年节假日片区预约通行通告（待核实）');
GRANT SELECT ON road_kind TO road@localhost;

-- One row for each vehicle that ever asked: its lock keeps two passes of one vehicle from passing each
-- other's check.
CREATE TABLE IF NOT EXISTS road_vehicle (
    plate_type CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: GA 24.7',
    plate VARCHAR(16) NOT NULL
        COMMENT 'personal: canonical form; no name stands beside it',
    passes INT NOT NULL DEFAULT 0
        COMMENT 'internal: how many it was given; the right to update it is the right to lock the row',
    PRIMARY KEY (plate_type, plate)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'personal: vehicles by their plates';
GRANT SELECT, INSERT, UPDATE (passes) ON road_vehicle TO road@localhost;

CREATE TABLE IF NOT EXISTS road_pass (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what granted it; its number is that of the permit',
    service VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: its kind',
    plate_type CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: GA 24.7',
    plate VARCHAR(16) NOT NULL
        COMMENT 'personal: canonical form',
    area VARCHAR(40) NOT NULL
        COMMENT 'internal: where; empty: all of the city',
    valid_from DATE NOT NULL
        COMMENT 'internal: UTC+8; first day',
    valid_to DATE NOT NULL
        COMMENT 'internal: UTC+8; last day',
    quota_part INT NULL
        COMMENT 'internal: from which part of the day''s quota it was taken; NULL: there is none',
    granted_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    revoked_at DATETIME(3) NULL
        COMMENT 'internal: UTC; not in force since',
    PRIMARY KEY (application_id),
    KEY by_vehicle (plate_type, plate, valid_to)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'personal: passes of vehicles';
GRANT SELECT, INSERT, UPDATE (revoked_at) ON road_pass TO road@localhost;

-- How many vehicles an area takes on a day, in parts, so that thousands who ask in the same second do
-- not queue for one row. Nothing is sold beyond a part.
CREATE TABLE IF NOT EXISTS road_quota (
    area VARCHAR(40) NOT NULL
        COMMENT 'public: where',
    day DATE NOT NULL
        COMMENT 'public: UTC+8',
    part INT NOT NULL
        COMMENT 'internal: 1, 2, 3 ...',
    room INT NOT NULL
        COMMENT 'public: how many fit into this part',
    taken INT NOT NULL DEFAULT 0
        COMMENT 'public: how many of them are taken',
    PRIMARY KEY (area, day, part),
    CONSTRAINT road_quota_is_not_oversold CHECK (taken BETWEEN 0 AND room)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: quotas of areas and days';
GRANT SELECT, INSERT, UPDATE (room, taken) ON road_quota TO road@localhost;

CREATE TABLE IF NOT EXISTS road_abuse (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: whose review failed after the pass was given',
    applicant_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who had applied',
    found_on DATE NOT NULL
        COMMENT 'internal: UTC+8; for twelve months from here on nothing is approved first',
    PRIMARY KEY (application_id),
    KEY by_applicant (applicant_id, found_on)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: approved first, and revoked';
GRANT SELECT, INSERT ON road_abuse TO road@localhost;

INSERT IGNORE INTO term_rule (code, valid_from, valid_to, n, unit, roll, source) VALUES
    ('pass.barred', '2018-08-01', NULL, 12, 'months', 0, '本平台规定：核查不通过的，十二个月内不再先批后核');

-- Facts of exchange, as far as they are read here.
GRANT SELECT (plate_type, plate, owner_id, use_kind, source, observed_at) ON vehicle TO road@localhost;
