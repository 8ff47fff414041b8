-- module: booking
-- Queues of service halls (排队取号): halls, their counters and lines, tickets, and how long a service
-- takes. Halls, hours, capacities and limits are data of ours that are to be confirmed (待核实).

CREATE TABLE IF NOT EXISTS booking_hall (
    code VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: stands in addresses',
    name VARCHAR(60) NOT NULL
        COMMENT 'public: what it is called',
    address VARCHAR(120) NOT NULL
        COMMENT 'public: where it is',
    brigade CHAR(6) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: whose officers work there',
    lat_e6 INT NOT NULL
        COMMENT 'public: latitude in millionths of a degree, GCJ-02 as mini programs give it',
    lon_e6 INT NOT NULL
        COMMENT 'public: longitude in millionths of a degree, GCJ-02',
    is_open BOOLEAN NOT NULL DEFAULT TRUE
        COMMENT 'public: FALSE while it is shut against its hours',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: halls with counters';
INSERT IGNORE INTO booking_hall (code, name, address, brigade, lat_e6, lon_e6, source) VALUES
    ('futian', '福田交警综合服务厅', '深圳市福田区（地址待核实）', '440304', 22541100, 114059500, '待核实：名称、地址、坐标为示例数据'),
    ('nanshan', '南山交警综合服务厅', '深圳市南山区（地址待核实）', '440305', 22533000, 113930400, '待核实：名称、地址、坐标为示例数据'),
    ('baoan', '宝安交警综合服务厅', '深圳市宝安区（地址待核实）', '440306', 22555300, 113883100, '待核实：名称、地址、坐标为示例数据');

CREATE TABLE IF NOT EXISTS booking_hours (
    hall VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: booking_hall',
    is_working_day BOOLEAN NOT NULL
        COMMENT 'public: on which days, by the calendar of the State Council',
    opens INT NOT NULL
        COMMENT 'public: minute of the day, UTC+8',
    closes INT NOT NULL
        COMMENT 'public: minute of the day, UTC+8; the first that it is shut',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (hall, is_working_day),
    CONSTRAINT booking_hours_are_sane CHECK (opens >= 0 AND opens < closes AND closes <= 1440)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: opening hours; without a row it is shut on such days';
INSERT IGNORE INTO booking_hours (hall, is_working_day, opens, closes, source)
    SELECT code, TRUE, 540, 1080, '待核实：工作日 9:00 至 18:00，午间不休息' FROM booking_hall;

CREATE TABLE IF NOT EXISTS booking_business (
    code VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: what programs call it',
    name VARCHAR(40) NOT NULL
        COMMENT 'public: what people call it',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: what people come for';
INSERT IGNORE INTO booking_business (code, name, source) VALUES
    ('violation', '违法处理', '2018年“放管服”措施：窗口业务；分类待核实'),
    ('vehicle', '车管业务', '2018年“放管服”措施：窗口业务；分类待核实'),
    ('accident', '事故处理', '2018年“放管服”措施：窗口业务；分类待核实');

CREATE TABLE IF NOT EXISTS booking_line (
    hall VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: booking_hall',
    business VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: booking_business',
    letter CHAR(1) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: what its numbers begin with',
    bit INT NOT NULL
        COMMENT 'internal: 1, 2, 4 ...: what counters of the hall name it by',
    capacity INT NOT NULL
        COMMENT 'public: tickets a day',
    walkin_percent INT NOT NULL
        COMMENT 'public: of these, kept for who comes to the hall without a smartphone',
    service_s INT NOT NULL
        COMMENT 'public: how long one takes, until it was observed',
    take_from INT NOT NULL
        COMMENT 'public: minute of the day from which tickets are given online, UTC+8',
    take_until INT NOT NULL
        COMMENT 'public: minute of the day from which no more are given, UTC+8',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (hall, business),
    UNIQUE KEY by_letter (hall, letter),
    UNIQUE KEY by_bit (hall, bit),
    CONSTRAINT booking_line_is_sane CHECK (capacity > 0 AND walkin_percent BETWEEN 0 AND 100
        AND service_s > 0 AND bit > 0 AND take_from < take_until)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: one queue: a business at a hall';
INSERT IGNORE INTO booking_line (hall, business, letter, bit, capacity, walkin_percent, service_s, take_from,
    take_until, source)
    SELECT h.code, b.code, ELT(FIELD(b.code, 'violation', 'vehicle', 'accident'), 'A', 'B', 'C'),
        ELT(FIELD(b.code, 'violation', 'vehicle', 'accident'), 1, 2, 4), 300, 40,
        ELT(FIELD(b.code, 'violation', 'vehicle', 'accident'), 300, 480, 900), 510, 1050,
        '待核实：每日号源、现场预留比例、办理时长与取号时间均为示例数据'
    FROM booking_hall h CROSS JOIN booking_business b;

-- The row that whoever takes a number locks.
CREATE TABLE IF NOT EXISTS booking_line_day (
    hall VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: booking_line',
    business VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: booking_line',
    day DATE NOT NULL
        COMMENT 'internal: UTC+8',
    last_no INT NOT NULL DEFAULT 0
        COMMENT 'internal: number of the newest ticket',
    online INT NOT NULL DEFAULT 0
        COMMENT 'internal: how many were taken online',
    last_key BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: the largest order_key that was given',
    PRIMARY KEY (hall, business, day)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: numbers given on a day';

CREATE TABLE IF NOT EXISTS booking_service_time (
    hall VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: booking_line',
    business VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: booking_line',
    mean_ms BIGINT NOT NULL
        COMMENT 'internal: from the call to the end; moving average with exponential weights',
    spread_ms BIGINT NOT NULL
        COMMENT 'internal: mean absolute deviation from it, moving likewise',
    observed INT NOT NULL
        COMMENT 'internal: how many it rests on',
    PRIMARY KEY (hall, business),
    CONSTRAINT booking_service_time_is_sane CHECK (mean_ms > 0 AND spread_ms >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: how long a service takes here, as observed';

CREATE TABLE IF NOT EXISTS booking_counter (
    hall VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: booking_hall',
    no INT NOT NULL
        COMMENT 'public: the number above the counter',
    serves INT NOT NULL
        COMMENT 'public: sum of the bits of the lines that it serves (booking_line)',
    officer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: who opened it; NULL: it is closed',
    opened_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    ticket_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: whom it called or serves; NULL: it is free',
    PRIMARY KEY (hall, no),
    UNIQUE KEY one_each (officer_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: counters (窗口) and who sits there';
INSERT IGNORE INTO booking_counter (hall, no, serves)
    SELECT code, no, serves FROM booking_hall CROSS JOIN (SELECT 1 AS no, 1 AS serves UNION ALL
        SELECT 2, 1 UNION ALL SELECT 3, 1 UNION ALL SELECT 4, 2 UNION ALL SELECT 5, 2 UNION ALL
        SELECT 6, 4 UNION ALL SELECT 7, 7 UNION ALL SELECT 8, 7) AS counters;

CREATE TABLE IF NOT EXISTS booking_ticket_edge (
    frm VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'public: from this state',
    dst VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'public: to this one',
    PRIMARY KEY (frm, dst)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: the moves that a ticket may make; a trigger enforces them';
INSERT IGNORE INTO booking_ticket_edge (frm, dst) VALUES
    ('waiting', 'called'), ('waiting', 'left'), ('called', 'serving'), ('called', 'missed'),
    ('called', 'left'), ('missed', 'waiting'), ('serving', 'done');

CREATE TABLE IF NOT EXISTS booking_ticket (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    hall VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: booking_line',
    business VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: booking_line',
    day DATE NOT NULL
        COMMENT 'internal: UTC+8',
    number VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: A017, of its line and day',
    way ENUM('online', 'hall') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: where it was taken',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: whose it is; NULL: of who came to the hall',
    taken_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the account or the officer',
    request_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the Idempotency-Key that made it',
    is_priority BOOLEAN NOT NULL
        COMMENT 'internal: placed in front, for the aged and the disabled; why is not kept',
    state VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'waiting'
        COMMENT 'internal: see booking_ticket_edge',
    order_key BIGINT NOT NULL
        COMMENT 'internal: lower ones are called first, also across the lines of a counter',
    taken_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    told_from DATETIME(3) NULL
        COMMENT 'internal: UTC; the range that was told when it was taken; NULL: none could be',
    told_to DATETIME(3) NULL
        COMMENT 'internal: UTC; its end',
    first_called_at DATETIME(3) NULL
        COMMENT 'internal: UTC; what the range is measured by',
    called_at DATETIME(3) NULL
        COMMENT 'internal: UTC; the last call that was no recall',
    shown_at DATETIME(3) NULL
        COMMENT 'internal: UTC; the last call or recall',
    recalls INT NOT NULL DEFAULT 0
        COMMENT 'internal: since called_at',
    returns INT NOT NULL DEFAULT 0
        COMMENT 'internal: how often it was put back',
    counter INT NULL
        COMMENT 'internal: booking_counter that called it last',
    officer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: who called it last',
    call_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the Idempotency-Key of that call',
    served_at DATETIME(3) NULL
        COMMENT 'internal: UTC; the service began',
    ended_at DATETIME(3) NULL
        COMMENT 'internal: UTC; done, missed or left',
    pardoned_at DATETIME(3) NULL
        COMMENT 'internal: UTC; having missed it does not count, says a lead',
    live_person CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: person_id while the ticket is good for something; the triggers write it',
    PRIMARY KEY (id),
    UNIQUE KEY by_number (hall, business, day, number),
    UNIQUE KEY once (taken_by, request_key),
    UNIQUE KEY one_live (live_person, business, day),
    KEY by_line (hall, business, day, state, order_key),
    KEY by_day (day, state, hall),
    KEY by_person (person_id, day),
    KEY by_call (call_key),
    CONSTRAINT booking_ticket_is_sane CHECK (way = 'hall' OR person_id IS NOT NULL)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: tickets; no name, no number of a document, no place of a person';

DROP TRIGGER IF EXISTS booking_ticket_begins;
DROP TRIGGER IF EXISTS booking_ticket_moves;
DELIMITER $$
CREATE TRIGGER booking_ticket_begins BEFORE INSERT ON booking_ticket FOR EACH ROW
    SET NEW.live_person = IF(NEW.state IN ('waiting', 'called', 'serving'), NEW.person_id, NULL)$$
CREATE TRIGGER booking_ticket_moves BEFORE UPDATE ON booking_ticket FOR EACH ROW
BEGIN
    IF NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM booking_ticket_edge
        WHERE frm = OLD.state AND dst = NEW.state) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no such move of a ticket';
    END IF;
    SET NEW.live_person = IF(NEW.state IN ('waiting', 'called', 'serving'), NEW.person_id, NULL);
END$$
DELIMITER ;

-- Limits, in versions; the newest that is in force on a day counts.
CREATE TABLE IF NOT EXISTS booking_rule (
    code VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: which (modules/booking/booking.h)',
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    n INT NOT NULL
        COMMENT 'public: the limit',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (code, valid_from)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: limits of queues';
INSERT IGNORE INTO booking_rule (code, valid_from, valid_to, n, source) VALUES
    ('distance_m', '2018-08-01', NULL, 5000, '本平台规定（待核实）：距服务厅5公里内可在线取号'),
    ('online_a_day', '2018-08-01', NULL, 3, '本平台规定（待核实）：每人每日在线取号不超过3次'),
    ('no_shows', '2018-08-01', NULL, 3, '本平台规定（待核实）：30日内3次过号未到'),
    ('no_show_days', '2018-08-01', NULL, 30, '本平台规定（待核实）：30日内3次过号未到'),
    ('bar_days', '2018-08-01', NULL, 30, '本平台规定（待核实）：30日内不得在线取号，可向大队负责人申请解除'),
    ('recalls', '2018-08-01', NULL, 3, '本平台规定（待核实）：重复叫号不超过3次，仍未到的按过号处理'),
    ('recalls_before_missed', '2018-08-01', NULL, 1, '本平台规定（待核实）：至少重复叫号1次方可按过号处理'),
    ('return_after', '2018-08-01', NULL, 3, '本平台规定（待核实）：过号可重新排队，排在其后3人之后'),
    ('returns', '2018-08-01', NULL, 1, '本平台规定（待核实）：每张号票过号后可重新排队1次'),
    ('priority_after', '2018-08-01', NULL, 1, '本平台规定（待核实）：老年人、残疾人现场取号优先，排在其后1人之后');

GRANT SELECT ON booking_hall TO booking@localhost;
GRANT SELECT ON booking_hours TO booking@localhost;
GRANT SELECT ON booking_business TO booking@localhost;
GRANT SELECT ON booking_line TO booking@localhost;
GRANT SELECT ON booking_rule TO booking@localhost;
GRANT SELECT, INSERT, UPDATE (last_no, online, last_key) ON booking_line_day TO booking@localhost;
GRANT SELECT, INSERT, UPDATE (mean_ms, spread_ms, observed) ON booking_service_time
    TO booking@localhost;
GRANT SELECT, UPDATE (officer_id, opened_at, ticket_id) ON booking_counter TO booking@localhost;
GRANT SELECT, INSERT, UPDATE (state, order_key, first_called_at, called_at, shown_at, recalls, returns,
    counter, officer_id, call_key, served_at, ended_at, pardoned_at) ON booking_ticket
    TO booking@localhost;

-- Which days are working days.
GRANT SELECT ON calendar_day TO booking@localhost;
GRANT SELECT ON calendar_year TO booking@localhost;
