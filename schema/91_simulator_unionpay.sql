-- module: simulator
-- What UnionPay knows of a transaction beside its order or refund; development and tests only.

CREATE TABLE IF NOT EXISTS sim_unionpay (
    order_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the merchant''s number of a payment or reversal',
    txn_time CHAR(14) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: as the merchant gave it; a query names both',
    txn_type CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: 01 consume, 04 refund or 31 cancel',
    front_url VARCHAR(256) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: where the payer''s browser goes back to',
    PRIMARY KEY (order_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON sim_unionpay TO simulator@localhost;
