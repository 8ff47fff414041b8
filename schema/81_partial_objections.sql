-- module: violation
-- A decision that falls in part is replaced by another one of the same act, for less; what is owed for
-- it stays one obligation, lowered.
ALTER TABLE violation_decision DROP KEY by_obligation, ADD KEY by_obligation (obligation_id);

CREATE TABLE IF NOT EXISTS objection_lowering (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the objection that is right in part',
    fine_fen BIGINT NOT NULL
        COMMENT 'internal: what the fine is to be',
    points INT NOT NULL
        COMMENT 'internal: and the points',
    officer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who found so, before the approval',
    noted_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (application_id),
    CONSTRAINT lowering_leaves_a_fine CHECK (fine_fen > 0 AND points BETWEEN 0 AND 12)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: in which part an objection is right; never changed';
GRANT SELECT, INSERT ON objection_lowering TO violation@localhost;

CREATE TABLE IF NOT EXISTS decision_change (
    decision_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the decision that stands since',
    replaced_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the one that fell in part',
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: by which objection',
    officer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who decided that',
    changed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (decision_no),
    UNIQUE KEY once (replaced_no),
    CONSTRAINT change_is_by_a_decision
        FOREIGN KEY (decision_no) REFERENCES violation_decision (decision_no),
    CONSTRAINT change_is_of_a_decision
        FOREIGN KEY (replaced_no) REFERENCES violation_decision (decision_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: decisions that replace others; never changed';
GRANT SELECT, INSERT ON decision_change TO violation@localhost;
