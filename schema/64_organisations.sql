-- module: exchange
-- Organisations as market supervision registers them (GB 32100-2015), and vehicles that belong to one.
-- Nothing here is sealed: the register is public, and the legal representative stands in it as the id
-- of a person.

INSERT IGNORE INTO agency (name, title, types) VALUES
    ('market', '市场监管登记系统', 'person organisation');

CREATE TABLE IF NOT EXISTS organisation (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID; all others know an organisation by it',
    credit_code CHAR(18) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: unified social credit code, GB 32100',
    name VARCHAR(100) NOT NULL
        COMMENT 'public: as registered',
    representative_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the person who is its legal representative',
    state ENUM('active', 'revoked', 'cancelled') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: revoked: its business licence; cancelled: it is no more',
    source VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: agency',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; an older observation never replaces a newer one',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY by_credit_code (credit_code),
    KEY by_representative (representative_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: organisations; others may read id, credit_code, name, representative_id, state';
GRANT SELECT, INSERT, UPDATE (name, representative_id, state, source, observed_at, ver)
    ON organisation TO exchange@localhost;

ALTER TABLE vehicle ADD COLUMN organisation_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'internal: the organisation that owns it; NULL for a person, or one not registered here'
    AFTER owner_id, ADD KEY by_organisation (organisation_id);
GRANT UPDATE (organisation_id) ON vehicle TO exchange@localhost;
