-- module: violation
-- Traffic violations from the record to the decision. Facts, announcements, confirmations, decisions
-- and points are insert-only, save for what a withdrawal marks; a case moves along violation_edge
-- only, which a trigger enforces. Rules are rows in versions, each with its source.

-- What an act is called and what it costs. The version in force on the day of the act counts, unless
-- a later one is lighter and in force when the decision is made.
CREATE TABLE IF NOT EXISTS violation_code (
    code VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: GA/T 16.31',
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    title VARCHAR(32) NOT NULL
        COMMENT 'public: short, as it stands on a bill',
    act VARCHAR(120) NOT NULL
        COMMENT 'public: the act, as it stands in a decision',
    article VARCHAR(200) NOT NULL
        COMMENT 'public: what it violates and what punishes it',
    fine_fen BIGINT NOT NULL
        COMMENT 'public: 0 for a warning',
    points INT NOT NULL
        COMMENT 'public: on the licence; none for a warning',
    is_warning TINYINT(1) NOT NULL
        COMMENT 'public: a warning instead of a fine',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where fine and points come from',
    PRIMARY KEY (code, valid_from),
    CONSTRAINT violation_code_has_a_day_in_force CHECK (valid_to IS NULL OR valid_to >= valid_from),
    CONSTRAINT violation_code_is_sane CHECK (points BETWEEN 0 AND 12
        AND (is_warning = 1 AND fine_fen = 0 AND points = 0 OR is_warning = 0 AND fine_fen > 0))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: acts and penalties, in versions';

INSERT IGNORE INTO violation_code (code, valid_from, valid_to, title, act, article, fine_fen, points,
    is_warning, source) VALUES
    ('1018', '2013-01-01', '2022-03-31', '不在机动车道内行驶', '机动车不在机动车道内行驶',
     '道路交通安全法第三十六条、第九十条', 10000, 0, 0,
     '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('1018', '2022-04-01', NULL, '不在机动车道内行驶', '机动车不在机动车道内行驶',
     '道路交通安全法第三十六条、第九十条', 10000, 0, 0,
     '道路交通安全违法行为记分管理办法（2021年）未列入；罚款额为待核实数据'),
    ('1039', '2013-01-01', '2022-03-31', '违法停车',
     '违反规定停放机动车，驾驶人不在现场，妨碍其他车辆、行人通行',
     '道路交通安全法第五十六条、第九十三条', 20000, 0, 0,
     '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('1039', '2022-04-01', NULL, '违法停车',
     '违反规定停放机动车，驾驶人不在现场，妨碍其他车辆、行人通行',
     '道路交通安全法第五十六条、第九十三条', 20000, 0, 0,
     '道路交通安全违法行为记分管理办法（2021年）未列入；罚款额为待核实数据'),
    ('1208', '2013-01-01', '2022-03-31', '不按导向车道行驶',
     '通过有灯控路口时不按所需行进方向驶入导向车道',
     '道路交通安全法第九十条；道路交通安全法实施条例第五十一条第一项', 10000, 2, 0,
     '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('1208', '2022-04-01', NULL, '不按导向车道行驶',
     '通过有灯控路口时不按所需行进方向驶入导向车道',
     '道路交通安全法第九十条；道路交通安全法实施条例第五十一条第一项', 10000, 0, 0,
     '道路交通安全违法行为记分管理办法（2021年）未列入；罚款额为待核实数据'),
    ('1223', '2013-01-01', '2022-03-31', '开车使用手持电话', '驾驶机动车时拨打、接听手持电话',
     '道路交通安全法第九十条；道路交通安全法实施条例第六十二条第三项', 20000, 2, 0,
     '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('1223', '2022-04-01', NULL, '开车使用手持电话', '驾驶机动车时拨打、接听手持电话',
     '道路交通安全法第九十条；道路交通安全法实施条例第六十二条第三项', 20000, 3, 0,
     '道路交通安全违法行为记分管理办法（2021年）第十一条；罚款额为待核实数据'),
    ('1240', '2013-01-01', '2022-03-31', '未系安全带', '驾驶机动车时驾驶人未按规定使用安全带',
     '道路交通安全法第五十一条、第九十条', 5000, 2, 0,
     '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('1240', '2022-04-01', NULL, '未系安全带', '驾驶机动车时驾驶人未按规定使用安全带',
     '道路交通安全法第五十一条、第九十条', 5000, 1, 0,
     '道路交通安全违法行为记分管理办法（2021年）第十二条；罚款额为待核实数据'),
    ('1301', '2013-01-01', '2022-03-31', '逆向行驶', '驾驶机动车逆向行驶',
     '道路交通安全法第三十五条、第九十条', 20000, 3, 0,
     '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('1301', '2022-04-01', NULL, '逆向行驶', '驾驶机动车逆向行驶',
     '道路交通安全法第三十五条、第九十条', 20000, 3, 0,
     '道路交通安全违法行为记分管理办法（2021年）第十一条；罚款额为待核实数据'),
    ('1344', '2013-01-01', '2022-03-31', '违反禁令标志', '驾驶机动车违反禁令标志指示',
     '道路交通安全法第三十八条、第九十条', 20000, 3, 0,
     '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('1344', '2022-04-01', NULL, '违反禁令标志', '驾驶机动车违反禁令标志指示',
     '道路交通安全法第三十八条、第九十条', 20000, 1, 0,
     '道路交通安全违法行为记分管理办法（2021年）第十二条；罚款额为待核实数据'),
    ('1345', '2013-01-01', '2022-03-31', '违反禁止标线', '驾驶机动车违反禁止标线指示',
     '道路交通安全法第三十八条、第九十条', 20000, 3, 0,
     '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('1345', '2022-04-01', NULL, '违反禁止标线', '驾驶机动车违反禁止标线指示',
     '道路交通安全法第三十八条、第九十条', 20000, 1, 0,
     '道路交通安全违法行为记分管理办法（2021年）第十二条；罚款额为待核实数据'),
    ('1349', '2013-01-01', '2022-03-31', '超速未达百分之十', '驾驶机动车超过规定时速未达百分之十',
     '道路交通安全法第四十二条、第九十条', 0, 0, 1, '公安部令第123号、第139号附件'),
    ('1349', '2022-04-01', NULL, '超速未达百分之十', '驾驶机动车超过规定时速未达百分之十',
     '道路交通安全法第四十二条、第九十条', 0, 0, 1,
     '道路交通安全违法行为记分管理办法（2021年）未列入'),
    ('1352', '2013-01-01', '2022-03-31', '超速百分之十以上',
     '驾驶机动车超过规定时速百分之十以上未达百分之二十', '道路交通安全法第四十二条、第九十条',
     15000, 3, 0, '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('1352', '2022-04-01', NULL, '超速百分之十以上',
     '驾驶机动车超过规定时速百分之十以上未达百分之二十', '道路交通安全法第四十二条、第九十条',
     5000, 0, 0, '道路交通安全违法行为记分管理办法（2021年）未列入；罚款额为待核实数据'),
    ('1357', '2013-01-01', '2022-03-31', '不礼让行人', '遇行人正在通过人行横道时未停车让行',
     '道路交通安全法第四十七条、第九十条', 20000, 3, 0,
     '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('1357', '2022-04-01', NULL, '不礼让行人', '遇行人正在通过人行横道时未停车让行',
     '道路交通安全法第四十七条、第九十条', 20000, 3, 0,
     '道路交通安全违法行为记分管理办法（2021年）第十一条；罚款额为待核实数据'),
    ('1625', '2013-01-01', '2022-03-31', '闯红灯', '驾驶机动车违反道路交通信号灯通行',
     '道路交通安全法第三十八条、第九十条', 20000, 6, 0,
     '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('1625', '2022-04-01', NULL, '闯红灯', '驾驶机动车违反道路交通信号灯通行',
     '道路交通安全法第三十八条、第九十条', 20000, 6, 0,
     '道路交通安全违法行为记分管理办法（2021年）第十条；罚款额为待核实数据'),
    ('1636', '2013-01-01', '2022-03-31', '超速百分之二十以上',
     '驾驶机动车超过规定时速百分之二十以上未达百分之五十', '道路交通安全法第四十二条、第九十条',
     20000, 6, 0, '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('1636', '2022-04-01', NULL, '超速百分之二十以上',
     '驾驶机动车超过规定时速百分之二十以上未达百分之五十', '道路交通安全法第四十二条、第九十条',
     20000, 3, 0, '道路交通安全违法行为记分管理办法（2021年）第十一条；罚款额为待核实数据'),
    ('1721', '2013-01-01', '2022-03-31', '超速百分之五十以上', '驾驶机动车超过规定时速百分之五十以上',
     '道路交通安全法第四十二条、第九十九条第一款第四项', 200000, 12, 0,
     '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('1721', '2022-04-01', NULL, '超速百分之五十以上', '驾驶机动车超过规定时速百分之五十以上',
     '道路交通安全法第四十二条、第九十九条第一款第四项', 200000, 12, 0,
     '道路交通安全违法行为记分管理办法（2021年）第八条；罚款额为待核实数据'),
    ('4312', '2013-01-01', '2022-03-31', '占用应急车道', '驾驶机动车在高速公路非紧急情况下占用应急车道行驶',
     '道路交通安全法第九十条；道路交通安全法实施条例第八十二条第四项', 20000, 6, 0,
     '公安部令第123号、第139号附件（记分）；罚款额为待核实数据'),
    ('4312', '2022-04-01', NULL, '占用应急车道', '驾驶机动车在高速公路非紧急情况下占用应急车道行驶',
     '道路交通安全法第九十条；道路交通安全法实施条例第八十二条第四项', 20000, 6, 0,
     '道路交通安全违法行为记分管理办法（2021年）第十条；罚款额为待核实数据');
GRANT SELECT ON violation_code TO violation@localhost;

CREATE TABLE IF NOT EXISTS surcharge_rule (
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    percent_a_day INT NOT NULL
        COMMENT 'public: of the fine, for each day late',
    percent_max INT NOT NULL
        COMMENT 'public: never more than that',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: law and article',
    PRIMARY KEY (valid_from),
    CONSTRAINT surcharge_rule_is_sane CHECK (percent_a_day > 0 AND percent_max BETWEEN 0 AND 100)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: what a fine costs when it is paid late, in versions';
INSERT IGNORE INTO surcharge_rule (valid_from, valid_to, percent_a_day, percent_max, source) VALUES
    ('2012-01-01', '2021-07-14', 3, 100,
     '行政处罚法（2017年修正）第五十一条；行政强制法第四十五条'),
    ('2021-07-15', NULL, 3, 100, '行政处罚法（2021年修订）第七十二条；行政强制法第四十五条');
GRANT SELECT ON surcharge_rule TO violation@localhost;

CREATE TABLE IF NOT EXISTS procedure_rule (
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    simple_max_fen BIGINT NOT NULL
        COMMENT 'public: greatest fine of the simple procedure; above it two officers decide',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: law and article',
    PRIMARY KEY (valid_from)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: what may be decided by the simple procedure, in versions';
INSERT IGNORE INTO procedure_rule (valid_from, valid_to, simple_max_fen, source) VALUES
    ('2004-05-01', NULL, 20000,
     '道路交通安全法第一百零七条；道路交通安全违法行为处理程序规定第四十三条');
GRANT SELECT ON procedure_rule TO violation@localhost;

CREATE TABLE IF NOT EXISTS points_rule (
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force, until the next version',
    full_points INT NOT NULL
        COMMENT 'public: from there on the licence is full',
    cycle_by ENUM('act', 'decision') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: which day selects the cycle',
    moves_unpaid_only TINYINT(1) NOT NULL
        COMMENT 'public: at the end of a cycle; else one overdue fine moves all points',
    small_step_days INT NOT NULL COMMENT 'public: days of study for each time full',
    small_max_days INT NOT NULL COMMENT 'public: and at most',
    small_counted_days INT NOT NULL COMMENT 'public: of them proven',
    small_on_site_days INT NOT NULL COMMENT 'public: of them on site',
    large_step_days INT NOT NULL COMMENT 'public: with a class A1 A2 A3 B1 B2',
    large_max_days INT NOT NULL COMMENT 'public: likewise',
    large_counted_days INT NOT NULL COMMENT 'public: likewise',
    large_on_site_days INT NOT NULL COMMENT 'public: likewise',
    road_from INT NOT NULL COMMENT 'public: examination on the road from this time on',
    field_from INT NULL COMMENT 'public: and in the field; NULL for never',
    source VARCHAR(200) NOT NULL COMMENT 'public: law and article',
    PRIMARY KEY (valid_from)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: how points are counted, in versions';
INSERT IGNORE INTO points_rule (valid_from, full_points, cycle_by, moves_unpaid_only, small_step_days,
    small_max_days, small_counted_days, small_on_site_days, large_step_days, large_max_days,
    large_counted_days, large_on_site_days, road_from, field_from, source) VALUES
    ('2004-05-01', 12, 'act', 0, 7, 7, 7, 0, 7, 7, 7, 0, 2, NULL,
     '道路交通安全法实施条例第二十三条、第二十四条（学习天数待核实）'),
    ('2022-04-01', 12, 'act', 1, 7, 60, 5, 2, 30, 120, 10, 5, 2, 3,
     '道路交通安全违法行为记分管理办法（2021年）第十五条至第二十三条');
GRANT SELECT ON points_rule TO violation@localhost;

CREATE TABLE IF NOT EXISTS plate_class (
    plate_type CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: GA 24.7',
    classes VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: blank separated; one of them allows to drive it',
    PRIMARY KEY (plate_type)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: which classes of licence a vehicle needs (Driver Rules, annex 1); others: any';
INSERT IGNORE INTO plate_class (plate_type, classes) VALUES
    ('01', 'A1 A2 A3 B1 B2'), ('51', 'A1 A2 A3 B1 B2'),
    ('02', 'A1 A2 A3 B1 B2 C1 C2 C5'), ('52', 'A1 A2 A3 B1 B2 C1 C2 C5'),
    ('07', 'D E'), ('08', 'D E F'),
    ('13', 'A1 A2 A3 B1 B2 C1 C2 C3 C4'), ('15', 'A2 C6');
GRANT SELECT ON plate_class TO violation@localhost;

-- Acts before the Penalty Law of 2021 had the same limitation.
INSERT IGNORE INTO term_rule (code, valid_from, valid_to, n, unit, roll, source) VALUES
    ('penalty.limitation', '1996-10-01', '2021-07-14', 2, 'years', 0,
     '行政处罚法（2017年修正）第二十九条');

CREATE TABLE IF NOT EXISTS violation_edge (
    frm VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: from this state',
    dst VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: to this one',
    PRIMARY KEY (frm, dst)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: the moves that a case may make';
INSERT IGNORE INTO violation_edge (frm, dst) VALUES
    ('open', 'announced'), ('open', 'withdrawn'),
    ('announced', 'confirmed'), ('announced', 'decided'), ('announced', 'warned'),
    ('announced', 'withdrawn'),
    ('confirmed', 'decided'), ('confirmed', 'warned'), ('confirmed', 'withdrawn'),
    ('decided', 'paid'), ('decided', 'withdrawn'), ('warned', 'withdrawn'), ('paid', 'withdrawn');

-- One act. Until it is decided it concerns whoever owns the vehicle; from then on the person whom the
-- decision names.
CREATE TABLE IF NOT EXISTS violation_case (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    kind ENUM('camera', 'street') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: recorded and undecided, or decided on the street',
    fact_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the row of camera_record or street_decision',
    agency VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who says so',
    source_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: its number there; one act, one fine',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: whom the decision names; NULL until then',
    plate_type CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: GA 24.7',
    plate VARCHAR(16) NOT NULL
        COMMENT 'personal: canonical form; with its type it is the vehicle',
    occurred_at DATETIME(3) NOT NULL
        COMMENT 'sensitive: UTC',
    place VARCHAR(120) NOT NULL
        COMMENT 'sensitive: where',
    code VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: violation_code; one without a version in force waits for it',
    measured BIGINT NULL
        COMMENT 'internal: km/h, for codes that need it',
    allowed BIGINT NULL
        COMMENT 'internal: km/h',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; when the agency knew it',
    arrived_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; visible since',
    state ENUM('open', 'announced', 'confirmed', 'decided', 'warned', 'paid', 'withdrawn')
        CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: see violation_edge',
    updated_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY once (fact_id),
    UNIQUE KEY act (agency, kind, source_no),
    KEY by_vehicle (plate_type, plate, person_id, id),
    KEY by_person (person_id, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'sensitive: acts and how far each is';
GRANT SELECT, INSERT, UPDATE (person_id, state, updated_at, ver) ON violation_case
    TO violation@localhost;

CREATE TABLE IF NOT EXISTS violation_move (
    id BIGINT NOT NULL AUTO_INCREMENT
        COMMENT 'internal: no cursor goes over it',
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which case',
    frm VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: from',
    dst VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: to',
    at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC, business clock',
    PRIMARY KEY (id),
    KEY by_case (case_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: every move of a case, written by the trigger below';
GRANT SELECT ON violation_move TO violation@localhost;

DROP TRIGGER IF EXISTS violation_case_moves;
DELIMITER $$
CREATE TRIGGER violation_case_moves BEFORE UPDATE ON violation_case FOR EACH ROW
BEGIN
    IF OLD.person_id IS NOT NULL AND NOT NEW.person_id <=> OLD.person_id THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a decided case keeps its person';
    END IF;
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (SELECT 1 FROM violation_edge WHERE frm = OLD.state AND dst = NEW.state) THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no such move of a violation';
        END IF;
        INSERT INTO violation_move (case_id, frm, dst, at)
            VALUES (NEW.id, OLD.state, NEW.state, NEW.updated_at);
    END IF;
END$$
DELIMITER ;

CREATE TABLE IF NOT EXISTS violation_announcement (
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which case',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who read it',
    facts VARCHAR(500) NOT NULL
        COMMENT 'sensitive: what was told: the act',
    basis VARCHAR(200) NOT NULL
        COMMENT 'internal: and the law',
    penalty VARCHAR(64) NOT NULL
        COMMENT 'internal: and the intended penalty with its points',
    fine_fen BIGINT NOT NULL
        COMMENT 'internal: 0 for a warning',
    points INT NOT NULL
        COMMENT 'internal: intended',
    rule_valid_from DATE NOT NULL
        COMMENT 'internal: version of violation_code',
    announced_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (case_id, person_id),
    CONSTRAINT announcement_is_of_a_case FOREIGN KEY (case_id) REFERENCES violation_case (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'sensitive: what was told before the decision; never changed';
GRANT SELECT, INSERT ON violation_announcement TO violation@localhost;

CREATE TABLE IF NOT EXISTS violation_confirmation (
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which case',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who confirmed',
    actor_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: with which account',
    request_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: Idempotency-Key of the tap',
    statement VARCHAR(1000) NULL
        COMMENT 'personal: what the person says to it; NULL: there is nothing to say',
    officer_step VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: which step of an officer was missing then; NULL: none',
    confirmed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (case_id, person_id),
    CONSTRAINT confirmation_is_after_an_announcement FOREIGN KEY (case_id, person_id)
        REFERENCES violation_announcement (case_id, person_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'personal: what the citizen confirmed; never changed';
GRANT SELECT, INSERT ON violation_confirmation TO violation@localhost;

CREATE TABLE IF NOT EXISTS violation_decision (
    decision_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: 16 digits with a check digit, or 15 of an old one',
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which act',
    stands TINYINT NULL DEFAULT 1
        COMMENT 'internal: 1, or NULL when withdrawn; one that stands for each act',
    manner ENUM('simple', 'street') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: simple procedure here, or by an officer on the street',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who is punished',
    authority VARCHAR(64) NOT NULL
        COMMENT 'internal: who decides',
    facts VARCHAR(500) NOT NULL
        COMMENT 'sensitive: the act, as it was found',
    fact_source VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the agency behind the facts',
    fact_observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; when it knew them',
    title VARCHAR(32) NOT NULL
        COMMENT 'internal: the act in short',
    basis VARCHAR(200) NOT NULL
        COMMENT 'internal: law and article, copied from the rule',
    rule_source VARCHAR(200) NOT NULL
        COMMENT 'internal: where fine and points come from, copied from the rule',
    rule_valid_from DATE NULL
        COMMENT 'internal: version of the rule; NULL when an officer chose it on the street',
    fine_fen BIGINT NOT NULL
        COMMENT 'internal: 0 for a warning',
    points INT NOT NULL
        COMMENT 'internal: recorded with it',
    late_percent_a_day INT NOT NULL
        COMMENT 'internal: copied into the obligation',
    late_percent_max INT NOT NULL
        COMMENT 'internal: likewise',
    decided_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    served_on DATE NOT NULL
        COMMENT 'internal: UTC+8; terms begin after it',
    due_on DATE NULL
        COMMENT 'internal: last day to pay; NULL for a warning',
    due_source VARCHAR(200) NULL
        COMMENT 'internal: law and article of that term',
    reconsider_until DATE NULL
        COMMENT 'internal: last day to ask for reconsideration; NULL when an officer told it',
    court_until DATE NULL
        COMMENT 'internal: last day to go to court; likewise',
    obligation_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: what is owed for it; NULL for a warning',
    withdrawn_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (decision_no),
    UNIQUE KEY one_that_stands (case_id, stands),
    UNIQUE KEY by_obligation (obligation_id),
    KEY by_person (person_id),
    CONSTRAINT decision_is_of_a_case FOREIGN KEY (case_id) REFERENCES violation_case (id),
    CONSTRAINT decision_stands_or_not CHECK ((stands IS NULL) = (withdrawn_at IS NOT NULL)),
    CONSTRAINT decision_with_a_fine_is_owed
        CHECK ((fine_fen = 0) = (obligation_id IS NULL) AND (fine_fen = 0) = (due_on IS NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'sensitive: decisions, with copies of the facts and of the rule';
GRANT SELECT, INSERT, UPDATE (stands, withdrawn_at) ON violation_decision TO violation@localhost;

-- Locked by whoever puts points on a licence, so that two at once see each other's.
CREATE TABLE IF NOT EXISTS points_account (
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the holder of the licence',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes',
    PRIMARY KEY (person_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: no total; that is computed from the entries each time';
GRANT SELECT, INSERT, UPDATE (ver) ON points_account TO violation@localhost;

CREATE TABLE IF NOT EXISTS points_entry (
    decision_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the decision that records them; withdrawn with it',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the holder of the licence',
    licence_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the licence; NULL when it was not known yet',
    points INT NOT NULL
        COMMENT 'internal: how many',
    acted_on DATE NOT NULL
        COMMENT 'internal: UTC+8; this or the next selects the cycle, as points_rule says',
    decided_on DATE NOT NULL
        COMMENT 'internal: UTC+8',
    PRIMARY KEY (decision_no),
    KEY by_person (person_id),
    CONSTRAINT points_are_of_a_decision
        FOREIGN KEY (decision_no) REFERENCES violation_decision (decision_no),
    CONSTRAINT points_are_some CHECK (points > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: points, never a total';
GRANT SELECT, INSERT ON points_entry TO violation@localhost;

-- Serials of decision numbers. A decision takes the next of a block that nobody else holds at that
-- moment; so numbers show no volume and deciders do not queue. Ours are 40,000,000 to 49,999,999;
-- agencies number outside of that.
CREATE TABLE IF NOT EXISTS decision_serial (
    prefix CHAR(7) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: division and kind: 440300 and 1, the simple procedure',
    next_serial BIGINT NOT NULL
        COMMENT 'internal: where the next block begins',
    PRIMARY KEY (prefix),
    CONSTRAINT decision_serial_has_eight_digits CHECK (next_serial BETWEEN 40000000 AND 49999000)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: blocks given out so far';
INSERT IGNORE INTO decision_serial (prefix, next_serial) VALUES ('4403001', 40016000);
GRANT SELECT, UPDATE (next_serial) ON decision_serial TO violation@localhost;

CREATE TABLE IF NOT EXISTS decision_block (
    prefix CHAR(7) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: as in decision_serial',
    slot INT NOT NULL
        COMMENT 'internal: as many as decide at once',
    next_serial BIGINT NOT NULL
        COMMENT 'internal: the next number of the block',
    last_serial BIGINT NOT NULL
        COMMENT 'internal: its last one; then a new block is taken',
    PRIMARY KEY (prefix, slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: blocks of a thousand in use';
INSERT IGNORE INTO decision_block (prefix, slot, next_serial, last_serial) VALUES
    ('4403001', 1, 40000000, 40000999), ('4403001', 2, 40001000, 40001999),
    ('4403001', 3, 40002000, 40002999), ('4403001', 4, 40003000, 40003999),
    ('4403001', 5, 40004000, 40004999), ('4403001', 6, 40005000, 40005999),
    ('4403001', 7, 40006000, 40006999), ('4403001', 8, 40007000, 40007999),
    ('4403001', 9, 40008000, 40008999), ('4403001', 10, 40009000, 40009999),
    ('4403001', 11, 40010000, 40010999), ('4403001', 12, 40011000, 40011999),
    ('4403001', 13, 40012000, 40012999), ('4403001', 14, 40013000, 40013999),
    ('4403001', 15, 40014000, 40014999), ('4403001', 16, 40015000, 40015999);
GRANT SELECT, UPDATE (next_serial, last_serial) ON decision_block TO violation@localhost;

-- Facts of exchange, as far as they are read here: no name, no identity number, nothing sealed.
GRANT SELECT (id, plate_type, plate, owner_id) ON vehicle TO violation@localhost;
GRANT SELECT (id, person_id, classes, first_issued_on, valid_until, state) ON licence
    TO violation@localhost;
GRANT SELECT (id, agency, record_no, plate_type, plate, occurred_at, place, code, measured, allowed,
    observed_at) ON camera_record TO violation@localhost;
GRANT SELECT (id, agency, decision_no, person_id, plate_type, plate, occurred_at, place, code,
    fine_fen, points, decided_on, served_on, observed_at) ON street_decision TO violation@localhost;

-- Casework's tables, as far as violation may touch them.
GRANT SELECT ON calendar_day TO violation@localhost;
GRANT SELECT ON calendar_year TO violation@localhost;
GRANT SELECT ON term_rule TO violation@localhost;
GRANT SELECT, INSERT, UPDATE (withdrawn_at, ver) ON obligation TO violation@localhost;
GRANT SELECT ON settlement TO violation@localhost;
CREATE OR REPLACE VIEW violation_event AS
    SELECT * FROM event WHERE consumer = 'violation' WITH CHECK OPTION;
GRANT SELECT, UPDATE (state, attempts, failures, run_at, lease_until, lease_token, done_at) ON violation_event
    TO violation@localhost;
