-- What scripts/migrate has applied; the first table of all.
CREATE TABLE IF NOT EXISTS schema_migration (
    name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: file name below schema/',
    checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: SHA-256 of what was applied, in hex',
    applied_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
