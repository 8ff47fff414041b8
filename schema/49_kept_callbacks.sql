-- module: payment
-- account: payment_replay
-- Callbacks are kept with all that it takes to run them again, and with what came of them, until
-- keep_until. Another account runs them again (payment --replay): it reads what callbacks touch, writes
-- nothing of it, and makes and drops databases named tongban_replay_...

ALTER TABLE callback_inbox
    MODIFY COLUMN body MEDIUMBLOB NOT NULL
        COMMENT 'sensitive: the message as it came, sealed; without headers the opened message, sealed',
    ADD COLUMN merchant VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: whom the path named; NULL: came before such callbacks were run again',
    ADD COLUMN headers VARBINARY(8000) NULL
        COMMENT 'sensitive: those that the signature covers, sealed',
    ADD COLUMN key_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: fingerprint of the key that opened it and that it does not name itself',
    ADD COLUMN our_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the number of ours that it names; NULL when it could not be read',
    ADD COLUMN disposition VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: as the money fact it made; or duplicate, nothing, parked',
    ADD COLUMN fact_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the money fact it made; NULL when it made none',
    ADD COLUMN answer VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: what the gateway was told, status and text',
    ADD COLUMN keep_until DATETIME(3) NULL
        COMMENT 'internal: UTC; deleted after it';
UPDATE callback_inbox SET keep_until = received_at + INTERVAL 400 DAY WHERE keep_until IS NULL;
ALTER TABLE callback_inbox
    MODIFY COLUMN keep_until DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; deleted after it',
    ADD KEY by_time (received_at, id),
    ADD KEY by_keep_until (keep_until);
GRANT DELETE ON callback_inbox TO payment@localhost;

-- The text of a trigger, so that the copy of a table has it too. Whoever may ask sees no trigger that
-- he may not see otherwise, and may make none here.
DROP FUNCTION IF EXISTS payment_trigger;
DELIMITER $$
CREATE FUNCTION payment_trigger(wanted VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
    RETURNS LONGTEXT CHARACTER SET utf8mb4
    READS SQL DATA SQL SECURITY DEFINER
BEGIN
    RETURN (SELECT CONCAT('CREATE TRIGGER ', trigger_name, ' ', action_timing, ' ',
                          event_manipulation, ' ON ', event_object_table, ' FOR EACH ROW ',
                          action_statement)
            FROM information_schema.triggers
            WHERE trigger_schema = DATABASE() AND event_object_table = wanted);
END$$
DELIMITER ;
GRANT EXECUTE ON FUNCTION payment_trigger TO payment_replay@localhost;

GRANT SELECT ON callback_inbox TO payment_replay@localhost;
GRANT SELECT ON event TO payment_replay@localhost;
GRANT SELECT ON ledger_entry TO payment_replay@localhost;
GRANT SELECT ON ledger_txn TO payment_replay@localhost;
GRANT SELECT ON money_fact TO payment_replay@localhost;
GRANT SELECT ON obligation TO payment_replay@localhost;
GRANT SELECT ON pay_attempt TO payment_replay@localhost;
GRANT SELECT ON pay_order TO payment_replay@localhost;
GRANT SELECT ON pay_order_item TO payment_replay@localhost;
GRANT SELECT ON payment_audit TO payment_replay@localhost;
GRANT SELECT ON payment_audit_head TO payment_replay@localhost;
GRANT SELECT ON payment_case TO payment_replay@localhost;
GRANT SELECT ON payment_job TO payment_replay@localhost;
GRANT SELECT ON platform_certificate TO payment_replay@localhost;
GRANT SELECT ON refund TO payment_replay@localhost;
GRANT SELECT ON settlement TO payment_replay@localhost;
GRANT SELECT ON state_edge TO payment_replay@localhost;
GRANT SELECT ON state_move TO payment_replay@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, CREATE VIEW, SHOW VIEW, DROP, TRIGGER
    ON `tongban\_replay\_%`.* TO payment_replay@localhost;
