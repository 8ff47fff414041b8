-- module: simulator
-- What WeChat Pay, Alipay and WeChat would know; development and tests only.

-- Orders as a gateway has them.
CREATE TABLE IF NOT EXISTS sim_order (
    gateway VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: wechatpay or alipay',
    out_trade_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the merchant''s order number',
    trade_type VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: JSAPI, NATIVE, CREATE or PRECREATE',
    gw_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the gateway''s number, for WeChat Pay since payment',
    payer VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: openid of a test citizen',
    amount_fen BIGINT NOT NULL
        COMMENT 'internal: as ordered',
    paid_fen BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: as paid; a fault can make it differ',
    refunded_fen BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: accepted for refund and not refused',
    refunds BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: how many times',
    subject VARCHAR(256) NOT NULL
        COMMENT 'internal: what the payer reads',
    attach VARCHAR(512) NULL
        COMMENT 'internal: goes back with notices',
    notify_url VARCHAR(256) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: where notices go',
    content CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: digest of the order, to tell a repetition from another',
    state ENUM('open', 'paid', 'closed')
        CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'open'
        COMMENT 'internal: a refund leaves it paid',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: business clock, UTC',
    expires_at DATETIME(3) NULL
        COMMENT 'internal: last moment to pay',
    paid_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    closed_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    refunded_at DATETIME(3) NULL
        COMMENT 'internal: of the last refund',
    PRIMARY KEY (gateway, out_trade_no),
    UNIQUE KEY by_gw_id (gateway, gw_id),
    KEY by_age (created_at),
    CONSTRAINT sim_order_refunds CHECK (refunded_fen <= paid_fen)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON sim_order TO simulator@localhost;

-- Refunds as a gateway has them.
CREATE TABLE IF NOT EXISTS sim_refund (
    gateway VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: wechatpay or alipay',
    scope VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: empty, or the order within which Alipay''s number is unique',
    out_refund_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the merchant''s number',
    refund_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the gateway''s number',
    out_trade_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the merchant''s order number',
    gw_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the payment it takes from',
    amount_fen BIGINT NOT NULL
        COMMENT 'internal: what goes back',
    total_fen BIGINT NOT NULL
        COMMENT 'internal: what was paid',
    reason VARCHAR(256) NULL
        COMMENT 'internal: as the merchant gave it',
    notify_url VARCHAR(256) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: where its notice goes',
    state ENUM('processing', 'success', 'closed', 'abnormal')
        CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what a query says',
    fate ENUM('success', 'closed', 'abnormal') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: how it will end',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    done_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (gateway, scope, out_refund_no),
    UNIQUE KEY by_refund_id (gateway, refund_id),
    KEY by_order (gateway, out_trade_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON sim_refund TO simulator@localhost;

-- The truth to compare with: every amount that came in or went out.
CREATE TABLE IF NOT EXISTS sim_movement (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    gateway VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: wechatpay or alipay',
    direction ENUM('in', 'out') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: payment or refund',
    gw_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the gateway''s number of payment or refund',
    our_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the merchant''s number of order or refund',
    out_trade_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the merchant''s order number',
    amount_fen BIGINT NOT NULL
        COMMENT 'internal: always positive',
    happened_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (gateway, direction, gw_id),
    KEY by_order (gateway, out_trade_no),
    CONSTRAINT sim_movement_amount CHECK (amount_fen > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, DELETE ON sim_movement TO simulator@localhost;

-- Notices to the merchant, and how often each was sent.
CREATE TABLE IF NOT EXISTS sim_callback (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    gateway VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: wechatpay or alipay',
    kind ENUM('payment', 'refund') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what it tells',
    out_trade_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the merchant''s order number',
    out_refund_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: of a refund''s notice',
    url VARCHAR(256) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: where it goes',
    content TEXT NOT NULL
        COMMENT 'internal: JSON, before sealing and signing',
    fault VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: what is wrong with its first sending',
    repeats BIGINT NOT NULL DEFAULT 1
        COMMENT 'internal: how often the first sending is sent',
    concurrent TINYINT NOT NULL DEFAULT 0
        COMMENT 'internal: all repeats at once',
    state ENUM('waiting', 'delivered', 'withheld', 'abandoned')
        CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: withheld by a fault',
    sendings BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: by the schedule',
    last_status BIGINT NULL
        COMMENT 'internal: HTTP status of the last answer, 0 for none',
    last_answer VARCHAR(512) NULL
        COMMENT 'internal: its beginning',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    sent_at DATETIME(3) NULL
        COMMENT 'internal: of the last sending',
    PRIMARY KEY (id),
    KEY by_order (gateway, out_trade_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON sim_callback TO simulator@localhost;

-- What shall go wrong.
CREATE TABLE IF NOT EXISTS sim_fault (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    gateway VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: empty for any',
    number VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: order or refund number; empty for any',
    operation VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: order, query, callback, ...; any for random faults',
    fault VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: lost_answer, forged, ..., random',
    latency_ms BIGINT NOT NULL
        COMMENT 'internal: before the answer',
    delay_ms BIGINT NOT NULL
        COMMENT 'internal: of a notice, on the business clock',
    repeats BIGINT NOT NULL
        COMMENT 'internal: of a notice',
    concurrent TINYINT NOT NULL
        COMMENT 'internal: repeats all at once',
    amount_fen BIGINT NOT NULL
        COMMENT 'internal: for wrong_amount',
    times_left BIGINT NULL
        COMMENT 'internal: NULL for always',
    seed BIGINT NOT NULL
        COMMENT 'internal: of random faults',
    permille BIGINT NOT NULL
        COMMENT 'internal: probability of random faults',
    PRIMARY KEY (id),
    KEY by_operation (operation)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON sim_fault TO simulator@localhost;

-- How often an operation was seen, so that random faults can be replayed.
CREATE TABLE IF NOT EXISTS sim_seen (
    gateway VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: wechatpay or alipay',
    number VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: order or refund number',
    operation VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: as in sim_fault',
    seen BIGINT NOT NULL
        COMMENT 'internal: times',
    last_use CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which occasion was counted last',
    PRIMARY KEY (gateway, number, operation)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON sim_seen TO simulator@localhost;

-- Test persons with an account at WeChat or Alipay.
CREATE TABLE IF NOT EXISTS sim_citizen (
    openid VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of this mini program',
    phone VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'personal: of a test person',
    name VARCHAR(64) NULL
        COMMENT 'personal: who the camera sees; NULL for whoever is claimed',
    id_no VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'sensitive: invented, of a test person',
    face_ret BIGINT NOT NULL DEFAULT 10000
        COMMENT 'internal: outcome of face checks; 10000 is passed',
    is_risky TINYINT NOT NULL DEFAULT 0
        COMMENT 'internal: sign-in is refused with 40226',
    PRIMARY KEY (openid)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON sim_citizen TO simulator@localhost;

-- Codes that a client gets and a server redeems, once.
CREATE TABLE IF NOT EXISTS sim_code (
    code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'key: worth one call',
    kind ENUM('login', 'phone', 'alipay') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what it is good for',
    openid VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: whose it is',
    expires_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    used_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON sim_code TO simulator@localhost;

-- The stable access token of a mini program.
CREATE TABLE IF NOT EXISTS sim_token (
    appid VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: whose it is',
    token VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'key: for WeChat''s interfaces',
    made_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    expires_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (appid)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON sim_token TO simulator@localhost;

-- Face checks.
CREATE TABLE IF NOT EXISTS sim_face (
    verify_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what the client is given',
    out_seq_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the merchant''s number',
    openid VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: whose face',
    cert_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of the claimed identity',
    verify_ret BIGINT NOT NULL
        COMMENT 'internal: 10000 is passed',
    expires_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (verify_id),
    UNIQUE KEY once (out_seq_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON sim_face TO simulator@localhost;

-- Which key signs what WeChat Pay sends on its own.
CREATE TABLE IF NOT EXISTS sim_switch (
    name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: wechatpay_signer',
    value VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: platform, next or public_key',
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE, DELETE ON sim_switch TO simulator@localhost;
