-- module: violation
-- Objections (异议) and what becomes of them: while one is open, the violation rests; when it is
-- upheld, record or decision is withdrawn, with obligation and points.

CREATE TABLE IF NOT EXISTS violation_dispute (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the objection or claim',
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which violation rests',
    opened_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; since then',
    closed_at DATETIME(3) NULL
        COMMENT 'internal: UTC; until then; NULL while it rests',
    is_open TINYINT NULL DEFAULT 1
        COMMENT 'internal: 1 or NULL, so that one dispute at a time is open',
    PRIMARY KEY (application_id, case_id),
    UNIQUE KEY one_open (case_id, is_open),
    CONSTRAINT dispute_is_of_a_case FOREIGN KEY (case_id) REFERENCES violation_case (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: what is in dispute is neither announced nor decided';
GRANT SELECT, INSERT, UPDATE (closed_at, is_open) ON violation_dispute TO violation@localhost;

CREATE TABLE IF NOT EXISTS violation_withdrawal (
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which violation',
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the objection or claim that was upheld',
    decision_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the decision that fell with it; NULL when there was none',
    ground VARCHAR(60) NOT NULL
        COMMENT 'internal: why, as the citizen reads it',
    officer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who decided that',
    withdrawn_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (case_id),
    KEY by_application (application_id),
    CONSTRAINT withdrawal_is_of_a_case FOREIGN KEY (case_id) REFERENCES violation_case (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: why a violation was taken back; never changed';
GRANT SELECT, INSERT ON violation_withdrawal TO violation@localhost;
