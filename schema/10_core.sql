-- Sessions: identity writes them, every module reads them with one indexed read.
CREATE TABLE IF NOT EXISTS core_session (
    token_hash BINARY(32) NOT NULL
        COMMENT 'key: SHA-256 of the token; the token itself is nowhere',
    actor_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the account that acts',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the natural person behind it, once the real name is bound',
    roles INT NOT NULL
        COMMENT 'internal: bit mask of enum role',
    open_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: what the channel calls the account; payment orders name the payer by it',
    channel VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: how the actor signed in',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    expires_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; moved forward by renewal',
    absolute_expires_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; renewal never passes it',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts renewals',
    PRIMARY KEY (token_hash),
    KEY by_actor (actor_id),
    KEY by_expiry (expires_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
