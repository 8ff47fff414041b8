-- module: violation
-- Of what is still to be paid the person is reminded some days before the last day, and told when the
-- surcharge begins. A job walks the obligations by their last day, each day once.

CREATE TABLE IF NOT EXISTS violation_reminder (
    kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: what is told (notice_template)',
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    days INT NOT NULL
        COMMENT 'public: so many natural days after the last day to pay; negative: before it',
    from_hour INT NOT NULL
        COMMENT 'public: UTC+8; not earlier in the day',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (kind, valid_from),
    CONSTRAINT violation_reminder_is_of_a_day
        CHECK (from_hour BETWEEN 0 AND 23 AND days BETWEEN -60 AND 60 AND days <> 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: when a person is reminded, in versions';
INSERT IGNORE INTO violation_reminder (kind, valid_from, valid_to, days, from_hour, source) VALUES
    ('fine_due_soon', '2018-01-01', NULL, -3, 9, '本平台规定：缴款期限届满前三日提醒（待核实）'),
    ('surcharge_starts', '2018-01-01', NULL, 1, 9,
     '行政处罚法第七十二条：到期不缴每日加处罚款；逾期首日提醒为本平台规定（待核实）');
GRANT SELECT ON violation_reminder TO violation@localhost;

CREATE TABLE IF NOT EXISTS violation_reminder_walk (
    kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which reminder',
    due_on DATE NOT NULL
        COMMENT 'internal: UTC+8; it is at those of this last day',
    after_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: and has come to this obligation; empty: to none of that day',
    PRIMARY KEY (kind)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: how far each walk is; written together with what it told';
GRANT SELECT, INSERT, UPDATE (due_on, after_id) ON violation_reminder_walk TO violation@localhost;

ALTER TABLE obligation ADD KEY IF NOT EXISTS by_due (module, due_on, id);
