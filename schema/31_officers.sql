-- module: identity
-- Officers: who they are, what proves it, and how often somebody failed to. Their sessions are rows of
-- core_session with channel 'officer' and the officer as the actor.

CREATE TABLE IF NOT EXISTS officer (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID; the actor of their sessions',
    name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of sign-in; never given to another officer',
    display_name VARBINARY(255) NOT NULL
        COMMENT 'personal: sealed; what people call the officer',
    roles INT NOT NULL
        COMMENT 'internal: bit mask of enum role, beside OFFICER',
    password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'key: argon2id, encoded with its salt and parameters',
    totp_secret VARBINARY(255) NOT NULL
        COMMENT 'key: sealed; hex; what the authenticator app holds',
    key_id INT NOT NULL
        COMMENT 'internal: the oldest data key that seals a field of this row',
    failures INT NOT NULL DEFAULT 0
        COMMENT 'internal: wrong attempts in a row',
    locked_until DATETIME(3) NULL
        COMMENT 'internal: UTC; nothing is right before',
    last_step BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: of the last code that was accepted; no earlier one is good again',
    attempt_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''
        COMMENT 'internal: ULID of the last attempt; one whose commit was lost finds itself here',
    must_change BOOLEAN NOT NULL DEFAULT TRUE
        COMMENT 'internal: somebody else has seen the password',
    is_active BOOLEAN NOT NULL DEFAULT TRUE
        COMMENT 'internal: FALSE for good, once disabled',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY once (name),
    KEY by_key (key_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- Nobody gets another role, and nobody disappears.
GRANT SELECT, INSERT, UPDATE (display_name, password_hash, totp_secret, key_id, failures,
    locked_until, last_step, attempt_id, must_change, is_active, ver) ON officer
    TO identity@localhost;

-- An attempt under an unknown name is counted here, in as many steps as one under a known name in
-- officer, so that how long the answer takes does not tell the one from the other.
CREATE TABLE IF NOT EXISTS officer_unknown (
    id INT NOT NULL
        COMMENT 'internal: always 1',
    attempts BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: under names that no officer has',
    attempt_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''
        COMMENT 'internal: ULID of the last of them',
    last_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    CONSTRAINT officer_unknown_is_single CHECK (id = 1)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT IGNORE INTO officer_unknown (id) VALUES (1);
GRANT SELECT, UPDATE (attempts, attempt_id, last_at) ON officer_unknown TO identity@localhost;
