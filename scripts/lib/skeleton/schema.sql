-- module: @name@
-- Say what stands in these tables and who may change it.

CREATE TABLE IF NOT EXISTS @name@_entry (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    owner_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the account it belongs to',
    request_key VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the Idempotency-Key that made it',
    title VARCHAR(60) NOT NULL
        COMMENT 'personal: what the owner wrote',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (owner_id, request_key)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT ON @name@_entry TO @name@@localhost;
