-- module: simulator
-- Bills that were asked for, until they are downloaded: what they say was decided when their hash was
-- announced.

CREATE TABLE IF NOT EXISTS sim_bill (
    token VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'key: in the address to download from',
    gateway VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: wechatpay or alipay',
    content MEDIUMBLOB NOT NULL
        COMMENT 'internal: as it is sent, packed',
    expires_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (token)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, DELETE ON sim_bill TO simulator@localhost;
