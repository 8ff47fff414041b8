-- module: payment
-- A numbered receipt for every settlement, made when somebody first asks for it. Whoever holds number
-- and code can have it checked, and learns nothing about the payer.

CREATE TABLE IF NOT EXISTS receipt (
    receipt_no CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: ULID',
    obligation_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: whose settlement it proves',
    code CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: 80 random bits; without it the number says nothing',
    made_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    PRIMARY KEY (receipt_no),
    UNIQUE KEY once (obligation_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT ON receipt TO payment@localhost;
