-- module: simulator
-- What WeChat showed and the SMS platform sent, and to how many messages a user consented; development
-- and tests only.

CREATE TABLE IF NOT EXISTS sim_message (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    channel ENUM('wechat', 'sms') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who was asked',
    receiver VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: openid or mobile number of a test citizen',
    out_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the sender''s number; WeChat knows none, there it is the id',
    template VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of WeChat; empty for an SMS',
    page VARCHAR(256) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of WeChat; empty for an SMS',
    content TEXT NOT NULL
        COMMENT 'internal: the words of an SMS; JSON of WeChat''s keywords',
    asked BIGINT NOT NULL DEFAULT 1
        COMMENT 'internal: how often it was asked for; it was sent once',
    received_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; the first time',
    PRIMARY KEY (id),
    UNIQUE KEY once (channel, out_id),
    KEY by_receiver (receiver, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON sim_message TO simulator@localhost;

CREATE TABLE IF NOT EXISTS sim_consent (
    openid VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of a test citizen',
    template VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: to what',
    remaining BIGINT NOT NULL
        COMMENT 'internal: how many messages are left',
    PRIMARY KEY (openid, template)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON sim_consent TO simulator@localhost;
