-- module: identity
-- Messages of WeChat's that another module has us send. A call that comes twice, because a worker died in
-- the middle or nginx repeated it, sends one message at most.

CREATE TABLE IF NOT EXISTS message_attempt (
    attempt CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID of the asking module',
    token CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID of the request that began it; no other may send',
    begun_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; kept for a week',
    PRIMARY KEY (attempt),
    KEY by_age (begun_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: which messages were begun';
GRANT SELECT, INSERT, DELETE ON message_attempt TO identity@localhost;
