-- module: payment
-- Refunds that a gateway can no longer return (退不回去的退款): the payer names a bank account, the
-- treasury transfers outside of this system (国库退付), one officer enters the number of its transfer
-- and another one confirms it.

INSERT IGNORE INTO state_edge (machine, frm, dst) VALUES
    ('refund', 'approved', 'transfer'), ('refund', 'submitting', 'transfer'),
    ('refund', 'unknown', 'transfer'), ('refund', 'accepted', 'transfer'),
    ('refund', 'transfer', 'success'), ('refund', 'transfer', 'transferred'),
    ('transfer', 'given', 'entered'), ('transfer', 'given', 'bounced'),
    ('transfer', 'entered', 'bounced'), ('transfer', 'entered', 'done');

-- One row for each account that the payer gave; what did not arrive stays as a row that bounced.
CREATE TABLE IF NOT EXISTS refund_transfer (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'internal: ULID',
    refund_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'internal: refund',
    live TINYINT NULL DEFAULT 1
        COMMENT 'internal: 1, or NULL once it bounced; one that is live for each refund',
    request_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: Idempotency-Key of the payer''s request',
    holder VARBINARY(512) NULL
        COMMENT 'personal: whose account it is, sealed; NULL once it is not to be kept',
    bank VARBINARY(512) NULL
        COMMENT 'personal: bank and branch, sealed; NULL once it is not to be kept',
    account_no VARBINARY(128) NULL
        COMMENT 'personal: number of the account, sealed; NULL once it is not to be kept',
    tail CHAR(4) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: its last four digits, by which its holder knows it; NULL likewise',
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'given'
        COMMENT 'internal: given, entered, done or bounced',
    reference VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the treasury''s number of the transfer',
    maker VARCHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the officer who entered it',
    checker VARCHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the other officer who confirmed it',
    bounce VARCHAR(200) NULL
        COMMENT 'internal: why it did not arrive, in words; no personal data',
    bounced_by VARCHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the officer who sent it back to the payer, or system',
    keep_until DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; the account is wiped after it',
    created_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    updated_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    ver INT NOT NULL DEFAULT 1 COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY one_live (refund_id, live),
    UNIQUE KEY once (refund_id, request_key),
    UNIQUE KEY by_reference (reference),
    KEY by_age (keep_until),
    CONSTRAINT refund_transfer_live CHECK ((live IS NULL) = (state = 'bounced')),
    CONSTRAINT refund_transfer_two_people
        CHECK (maker IS NULL OR checker IS NULL OR maker <> checker)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

DROP TRIGGER IF EXISTS refund_transfer_moves;
DELIMITER $$
CREATE TRIGGER refund_transfer_moves BEFORE UPDATE ON refund_transfer FOR EACH ROW
BEGIN
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (SELECT 1 FROM state_edge
                       WHERE machine = 'transfer' AND frm = OLD.state AND dst = NEW.state) THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no such move of a transfer';
        END IF;
        INSERT INTO state_move (machine, object_id, frm, dst, at)
            VALUES ('transfer', NEW.id, OLD.state, NEW.state, NEW.updated_at);
    END IF;
END$$
DELIMITER ;

GRANT SELECT, INSERT ON refund_transfer TO payment@localhost;
GRANT UPDATE (live, holder, bank, account_no, tail, state, reference, maker, checker, bounce,
              bounced_by, keep_until, updated_at, ver)
    ON refund_transfer TO payment@localhost;
-- Callbacks that are run again read how far a refund is; what is sealed does not open for them.
GRANT SELECT ON refund_transfer TO payment_replay@localhost;
