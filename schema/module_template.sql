-- What every module with a database has, expanded by scripts/migrate in front of a file whose first
-- line is "-- module: NAME"; {module} is the name. The user {module}@localhost is there by then. All
-- of it can be run again, so that a crash in the middle needs no repair.
GRANT SELECT ON core_session TO {module}@localhost;

-- Work to be done later, leased by the background workers of any host.
CREATE TABLE IF NOT EXISTS {module}_job (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the name of the job',
    dedupe VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what it is about; never personal data',
    arg VARCHAR(2000) NULL
        COMMENT 'internal: JSON; never personal data',
    state ENUM('ready', 'leased', 'done', 'dead') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        DEFAULT 'ready'
        COMMENT 'internal: dead means that a day of repetitions did not help',
    attempts INT NOT NULL DEFAULT 0
        COMMENT 'internal: how often it was leased',
    failures INT NOT NULL DEFAULT 0
        COMMENT 'internal: how often it failed since it last did what it should',
    run_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; not before',
    lease_until DATETIME(3) NULL
        COMMENT 'internal: UTC by the clock of the database',
    lease_token VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: random; only who knows it may finish the job',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    done_at DATETIME(3) NULL
        COMMENT 'internal: UTC; done or dead since',
    PRIMARY KEY (id),
    UNIQUE KEY once (kind, dedupe),
    KEY next_to_run (state, run_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON {module}_job TO {module}@localhost;

-- The audit chain. Its head is locked before a record is written; the trigger lets a record in only
-- if it follows the head, so that nobody, not even with the module's own rights, inserts a gap.
CREATE TABLE IF NOT EXISTS {module}_audit_head (
    id INT NOT NULL
        COMMENT 'internal: always 1',
    seq BIGINT NOT NULL
        COMMENT 'internal: number of the last record',
    mac BINARY(32) NOT NULL
        COMMENT 'internal: its authentication code',
    lock_count INT NOT NULL DEFAULT 0
        COMMENT 'internal: the right to update it is what MySQL asks for SELECT ... FOR UPDATE',
    PRIMARY KEY (id),
    CONSTRAINT {module}_audit_head_is_single CHECK (id = 1)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT IGNORE INTO {module}_audit_head (id, seq, mac) VALUES (1, 0, REPEAT(X'00', 32));
GRANT SELECT, UPDATE (lock_count) ON {module}_audit_head TO {module}@localhost;

CREATE TABLE IF NOT EXISTS {module}_audit (
    seq BIGINT NOT NULL
        COMMENT 'internal: 1, 2, 3 ... without a gap',
    at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    actor VARCHAR(64) NOT NULL
        COMMENT 'internal: account, officer, module, system or anyone',
    act VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what was done or refused',
    object VARCHAR(255) NOT NULL
        COMMENT 'internal: to what; never personal data',
    detail VARCHAR(1000) NOT NULL
        COMMENT 'internal: never personal data',
    prev BINARY(32) NOT NULL
        COMMENT 'internal: the authentication code of the record before',
    mac BINARY(32) NOT NULL
        COMMENT 'internal: keyed over this record and prev',
    PRIMARY KEY (seq)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT ON {module}_audit TO {module}@localhost;

DROP TRIGGER IF EXISTS {module}_audit_follows_head;
DELIMITER $$
CREATE TRIGGER {module}_audit_follows_head BEFORE INSERT ON {module}_audit FOR EACH ROW
BEGIN
    UPDATE {module}_audit_head SET seq = NEW.seq, mac = NEW.mac
        WHERE id = 1 AND seq = NEW.seq - 1 AND mac = NEW.prev;
    IF ROW_COUNT() <> 1 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit record does not follow the head';
    END IF;
END$$
DELIMITER ;

-- Which requests were already made, by their Idempotency-Key.
CREATE TABLE IF NOT EXISTS {module}_idem (
    principal VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: whose key it is',
    op VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: method and path of the route',
    ikey VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the Idempotency-Key',
    req_hash BINARY(32) NOT NULL
        COMMENT 'internal: SHA-256 of the request, to refuse the key for other content',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; kept for seven days',
    PRIMARY KEY (principal, op, ikey),
    KEY by_age (created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, DELETE ON {module}_idem TO {module}@localhost;

