-- module: payment
-- Reconciliation: the gateways' bills, line by line, and what became of each line. States of a bill
-- move along `state_edge` only; cases are rows of payment_case.

INSERT IGNORE INTO state_edge (machine, frm, dst) VALUES
    ('bill', 'due', 'loading'), ('bill', 'due', 'checking'), ('bill', 'due', 'refused'),
    ('bill', 'loading', 'checking'), ('bill', 'loading', 'refused'), ('bill', 'loading', 'due'),
    ('bill', 'checking', 'waiting'), ('bill', 'checking', 'closed'), ('bill', 'waiting', 'closed'),
    ('bill', 'refused', 'due'), ('bill', 'waiting', 'due'), ('bill', 'closed', 'due');

CREATE TABLE IF NOT EXISTS recon_batch (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'public: ULID',
    gateway VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: whose bill it is',
    merchant VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: mchid or app_id',
    bill_date DATE NOT NULL COMMENT 'internal: the day in China that it is about',
    kind VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: trade or fund',
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'due'
        COMMENT 'internal: due, loading, checking, waiting, closed or refused',
    sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: of the unpacked bytes; NULL when there was no bill for that day',
    refusal VARCHAR(200) NULL COMMENT 'internal: why it was refused last',
    line_count BIGINT NOT NULL DEFAULT 0 COMMENT 'internal: as it announces and has',
    in_fen BIGINT NOT NULL DEFAULT 0 COMMENT 'internal: sum of what came in',
    out_fen BIGINT NOT NULL DEFAULT 0 COMMENT 'internal: sum of what went back',
    loaded BIGINT NOT NULL DEFAULT 0 COMMENT 'internal: the first so many lines are in bill_line',
    checked BIGINT NOT NULL DEFAULT 0 COMMENT 'internal: the first so many lines have a verdict',
    matched_count BIGINT NOT NULL DEFAULT 0 COMMENT 'internal: lines that were known here',
    applied_count BIGINT NOT NULL DEFAULT 0 COMMENT 'internal: lines first proven by the bill',
    created_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    fetched_at DATETIME(3) NULL COMMENT 'internal: UTC',
    closed_at DATETIME(3) NULL COMMENT 'internal: UTC',
    updated_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    ver INT NOT NULL DEFAULT 1 COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY once (gateway, merchant, bill_date, kind),
    KEY by_state (state)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS bill_line (
    batch_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: recon_batch',
    line_no BIGINT NOT NULL COMMENT 'internal: 1, 2, ... as the bill has them',
    direction VARCHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: in or out',
    gateway_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: their number, as money_fact has it',
    our_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ours, as they repeat it; empty for a fee',
    amount_fen BIGINT NOT NULL COMMENT 'internal: always positive',
    happened_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    state VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: done, pending, failed, or other for what is no trade',
    verdict VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'new'
        COMMENT 'internal: matched, applied, no_money, other, or the kind of its case without bill_',
    fact_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the money fact that it proves',
    PRIMARY KEY (batch_id, line_no),
    UNIQUE KEY once (batch_id, direction, gateway_no),
    KEY by_verdict (batch_id, verdict),
    KEY by_fact (fact_id),
    CONSTRAINT bill_line_amount CHECK (amount_fen > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Which cases a bill gave rise to; what they say stands in payment_case.
CREATE TABLE IF NOT EXISTS recon_case (
    batch_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: recon_batch',
    kind VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of the case',
    dedupe VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of the case',
    PRIMARY KEY (batch_id, kind, dedupe)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

DROP TRIGGER IF EXISTS recon_batch_moves;
DELIMITER $$
CREATE TRIGGER recon_batch_moves BEFORE UPDATE ON recon_batch FOR EACH ROW
BEGIN
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (SELECT 1 FROM state_edge
                       WHERE machine = 'bill' AND frm = OLD.state AND dst = NEW.state) THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no such move of a bill';
        END IF;
        INSERT INTO state_move (machine, object_id, frm, dst, at)
            VALUES ('bill', NEW.id, OLD.state, NEW.state, NEW.updated_at);
    END IF;
END$$
DELIMITER ;

GRANT SELECT, INSERT ON recon_batch TO payment@localhost;
GRANT UPDATE (state, sha256, refusal, line_count, in_fen, out_fen, loaded, checked, matched_count,
              applied_count, fetched_at, closed_at, updated_at, ver)
    ON recon_batch TO payment@localhost;
-- Lines are a copy of the bill: when it is fetched again, they are made anew.
GRANT SELECT, INSERT, DELETE ON bill_line TO payment@localhost;
GRANT UPDATE (verdict, fact_id) ON bill_line TO payment@localhost;
GRANT SELECT, INSERT ON recon_case TO payment@localhost;
