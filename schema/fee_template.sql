-- Fees of the applications of one domain, expanded by scripts/migrate in front of a file that has the
-- line "-- template: fee". What is owed and whether it was paid stands in obligation and settlement.
CREATE TABLE IF NOT EXISTS {module}_application_fee (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which application',
    ver INT NOT NULL
        COMMENT 'internal: the act that charged it, by the version which that made',
    code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which item of fee_rule ...',
    name VARCHAR(60) NOT NULL
        COMMENT 'internal: ... and what it said on that day: its name ...',
    amount_fen BIGINT NOT NULL
        COMMENT 'internal: ... what it costs ...',
    source VARCHAR(200) NOT NULL
        COMMENT 'internal: ... and where that stands',
    obligation_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what is owed for all items of the act',
    PRIMARY KEY (application_id, ver, code),
    KEY by_obligation (obligation_id),
    CONSTRAINT {module}_fee_is_positive CHECK (amount_fen > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: what was charged for applications; insert-only';
GRANT SELECT, INSERT ON {module}_application_fee TO {module}@localhost;
GRANT SELECT ON fee_rule TO {module}@localhost;
GRANT SELECT, INSERT, UPDATE (withdrawn_at, ver) ON obligation TO {module}@localhost;
GRANT SELECT ON settlement TO {module}@localhost;
GRANT INSERT ON event TO {module}@localhost;
