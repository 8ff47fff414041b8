-- module: payment
-- Platform certificates of WeChat Pay, as it listed them: a switch of theirs needs no hand of ours.

CREATE TABLE IF NOT EXISTS platform_certificate (
    merchant VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: mchid that it was listed for',
    serial VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: as Wechatpay-Serial names it',
    pem VARBINARY(8000) NOT NULL
        COMMENT 'key: sealed, so that nobody who can write here makes it believed',
    ends_at DATETIME(3) NOT NULL COMMENT 'internal: UTC; of no use after it',
    fetched_at DATETIME(3) NOT NULL COMMENT 'internal: UTC; when it was listed last',
    PRIMARY KEY (merchant, serial)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE (pem, ends_at, fetched_at) ON platform_certificate
    TO payment@localhost;
