-- module: identity
-- Who is acting: accounts at WeChat and Alipay, face checks that bind a person to them, and codes by
-- which a second account joins its person. Sessions are rows of core_session.

GRANT INSERT, DELETE, UPDATE (token_hash, person_id, roles, expires_at, ver) ON core_session
    TO identity@localhost;

CREATE TABLE IF NOT EXISTS account (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID; the actor of its sessions',
    channel VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: wechat or alipay',
    openid_index BINARY(16) NOT NULL
        COMMENT 'personal: blind index of openid',
    openid VARBINARY(255) NOT NULL
        COMMENT 'personal: sealed; what the channel calls the account',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the natural person, once bound; never another one afterwards',
    name VARBINARY(255) NULL
        COMMENT 'personal: sealed; the real name, once bound',
    phone VARBINARY(255) NULL
        COMMENT 'personal: sealed; mobile number',
    session_key VARBINARY(255) NULL
        COMMENT 'key: sealed; opens what WeChat encrypts for us; of the last sign-in',
    key_id INT NOT NULL
        COMMENT 'internal: the oldest data key that seals a field of this row',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; the first sign-in',
    last_seen_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; the last sign-in',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY once (channel, openid_index),
    KEY by_person (person_id),
    KEY by_key (key_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE ON account TO identity@localhost;

-- Claimed names stand here until the check is decided, then they are erased. The hash that WeChat
-- compares is computed when it is asked for: kept, it would let identity numbers be enumerated.
CREATE TABLE IF NOT EXISTS face_check (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    account_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: whose face',
    request_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: Idempotency-Key of the tap',
    out_seq_no CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: our number of it at WeChat',
    verify_id VARCHAR(256) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: theirs; NULL until they gave it',
    name VARBINARY(255) NULL
        COMMENT 'personal: sealed; the claimed name; NULL once decided',
    id_no VARBINARY(255) NULL
        COMMENT 'sensitive: sealed; the claimed identity number; NULL once decided',
    state ENUM('asked', 'passed', 'failed') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        DEFAULT 'asked'
        COMMENT 'internal: decided by what WeChat tells us, never by the client',
    verify_ret INT NULL
        COMMENT 'internal: WeChat''s result; 10000 is passed',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    decided_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (account_id, request_key),
    KEY by_account (account_id, created_at),
    KEY by_age (state, created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON face_check TO identity@localhost;

-- A verified account shows a code, another account of the same person types it in.
CREATE TABLE IF NOT EXISTS link_code (
    code_index BINARY(16) NOT NULL
        COMMENT 'key: blind index of the code; the code itself is nowhere',
    account_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the verified account that shows it',
    used_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the account that joined by it',
    expires_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (code_index),
    UNIQUE KEY one_each (account_id),
    KEY by_expiry (expires_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON link_code TO identity@localhost;
