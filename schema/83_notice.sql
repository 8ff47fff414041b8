-- module: notice
-- What citizens are told: in the app always, by WeChat or SMS as each one chooses. No name, no number of
-- a person and no phone stands here; plates are masked.

CREATE TABLE IF NOT EXISTS notice_group (
    code VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: what one chooses for',
    name VARCHAR(40) NOT NULL
        COMMENT 'public: what it is called',
    channel ENUM('wechat', 'wechat_sms', 'sms', 'none') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: how who has not chosen is told: by WeChat; by it, else by SMS; by SMS; not at all',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: groups of notices, for each of which a person chooses a channel';
INSERT IGNORE INTO notice_group (code, name, channel, source) VALUES
    ('case', '违法和处罚决定', 'wechat_sms', '本平台规定（待核实）'),
    ('money', '缴款期限和退款', 'wechat_sms', '本平台规定（待核实）'),
    ('ticket', '预约和取号', 'wechat_sms', '本平台规定（待核实）'),
    ('mandate', '委托代办', 'wechat', '本平台规定（待核实）');
GRANT SELECT ON notice_group TO notice@localhost;

-- {name} is replaced by the value of that name that the producer gives. A text that names a value which
-- is not given is not sent: the event is repeated, and an error in the log.
CREATE TABLE IF NOT EXISTS notice_template (
    kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: of what is told; the kind of the event',
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    grp VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: notice_group',
    title VARCHAR(40) NOT NULL
        COMMENT 'public: what stands above it',
    words VARCHAR(300) NOT NULL
        COMMENT 'public: what the app shows',
    sms VARCHAR(200) NULL
        COMMENT 'public: what the SMS says, with its signature; NULL: never by SMS',
    wechat_template VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'public: number of the template at WeChat; NULL: never by WeChat',
    wechat_data VARCHAR(500) NULL
        COMMENT 'public: JSON, its keywords (thing1, date2 ...) and what each says',
    page VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: which page of the mini program shows what it is about; {about} is replaced',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (kind, valid_from),
    CONSTRAINT notice_template_has_a_group FOREIGN KEY (grp) REFERENCES notice_group (code),
    CONSTRAINT notice_template_is_whole CHECK ((wechat_template IS NULL) = (wechat_data IS NULL)),
    CONSTRAINT notice_template_is_signed CHECK (sms IS NULL OR sms LIKE '【%】%')
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: what is told in which words, in versions';
INSERT IGNORE INTO notice_template (kind, valid_from, valid_to, grp, title, words, sms, wechat_template,
    wechat_data, page, source) VALUES
    ('violation_new', '2018-01-01', NULL, 'case', '新的交通违法记录',
     '您的车辆{plate}在{day}有一条交通违法记录：{what}。请查看并处理。',
     '【深圳交警】您的车辆{plate}有一条新的交通违法记录（{what}），请在小程序查看并处理。',
     'tongban-violation-new',
     '{"thing1":"{plate}","thing2":"{what}","date3":"{day}"}',
     'pages/violation/show?id={about}', '模板文字和微信模板编号待核实'),
    ('decision_made', '2018-01-01', NULL, 'case', '处罚决定',
     '您的交通违法（{what}）已作出处罚决定：{penalty}。{next}。',
     '【深圳交警】您的交通违法（{what}）已作出处罚决定，{next}，详情请在小程序查看。',
     'tongban-decision-made',
     '{"thing1":"{what}","thing2":"{penalty}","thing3":"{next}"}',
     'pages/violation/show?id={about}', '模板文字和微信模板编号待核实'),
    ('fine_due_soon', '2018-01-01', NULL, 'money', '罚款即将到期',
     '您的罚款{amount}（{what}）请在{day}前（含当日）缴纳，逾期每日加处{rate}。',
     '【深圳交警】您有一笔罚款{amount}请在{day}前（含当日）缴纳，逾期每日加处{rate}，可在小程序缴款。',
     'tongban-fine-due-soon',
     '{"thing1":"{what}","amount2":"{amount}","date3":"{day}"}',
     'pages/violation/show?id={about}', '模板文字和微信模板编号待核实'),
    ('surcharge_starts', '2018-01-01', NULL, 'money', '罚款已逾期',
     '您的罚款{amount}（{what}）应在{day}前缴纳，现已逾期，每日加处{rate}。请尽快缴纳。',
     '【深圳交警】您有一笔罚款{amount}已逾期，每日加处{rate}，请尽快在小程序缴款。',
     'tongban-surcharge-starts',
     '{"thing1":"{what}","amount2":"{amount}","date3":"{day}"}',
     'pages/violation/show?id={about}', '模板文字和微信模板编号待核实'),
    ('refund_step', '2018-01-01', NULL, 'money', '退款进度',
     '您的退款{amount}：{step}。',
     '【深圳交警】您的退款{amount}：{step}，详情请在小程序查看。',
     'tongban-refund-step',
     '{"amount1":"{amount}","thing2":"{step}"}',
     'pages/payment/refunds?order={about}', '模板文字和微信模板编号待核实'),
    ('ticket_near', '2018-01-01', NULL, 'ticket', '即将叫号',
     '您在{where}办理{what}的排队号{no}即将被叫到，前面还有{ahead}人，请做好准备。',
     '【深圳交警】您的排队号{no}即将被叫到，前面还有{ahead}人，请做好准备。',
     'tongban-ticket-near',
     '{"thing1":"{where}","thing2":"{what}","character_string3":"{no}","number4":"{ahead}"}',
     'pages/booking/ticket?id={about}', '模板文字和微信模板编号待核实'),
    ('mandate_given', '2018-01-01', NULL, 'mandate', '委托生效',
     '{text}', NULL, 'tongban-mandate-given', '{"thing1":"{text}"}',
     'pages/mandate/show?id={about}', '模板文字和微信模板编号待核实'),
    ('mandate_ended', '2018-01-01', NULL, 'mandate', '委托终止',
     '{text}', NULL, 'tongban-mandate-ended', '{"thing1":"{text}"}',
     'pages/mandate/show?id={about}', '模板文字和微信模板编号待核实');
GRANT SELECT ON notice_template TO notice@localhost;

CREATE TABLE IF NOT EXISTS notice_quiet (
    channel ENUM('wechat', 'sms') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: what waits',
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    from_minute INT NOT NULL
        COMMENT 'public: UTC+8, minutes since midnight; from here on',
    to_minute INT NOT NULL
        COMMENT 'public: until here, on the next day if that is earlier',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (channel, valid_from),
    CONSTRAINT notice_quiet_is_of_a_day
        CHECK (from_minute BETWEEN 0 AND 1439 AND to_minute BETWEEN 0 AND 1439 AND from_minute <> to_minute)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: hours in which a channel is silent';
INSERT IGNORE INTO notice_quiet (channel, valid_from, valid_to, from_minute, to_minute, source) VALUES
    ('sms', '2018-01-01', NULL, 1320, 480, '本平台规定：22时至次日8时不发短信（待核实）');
GRANT SELECT ON notice_quiet TO notice@localhost;

CREATE TABLE IF NOT EXISTS notice_message (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID; also its number at the SMS platform',
    kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: notice_template',
    subject VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of what; told once',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who is told',
    about VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what it is about: a case, an order, a ticket',
    page VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what the app opens',
    title VARCHAR(40) NOT NULL
        COMMENT 'internal: what stands above it',
    text VARCHAR(600) NOT NULL
        COMMENT 'sensitive: what is read; persons and plates stand in it masked',
    vals VARCHAR(1500) NOT NULL
        COMMENT 'sensitive: JSON; what the other channels say it with',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    read_at DATETIME(3) NULL
        COMMENT 'internal: UTC; in the app',
    done_at DATETIME(3) NULL
        COMMENT 'internal: UTC; nothing more is to be sent since',
    PRIMARY KEY (id),
    UNIQUE KEY once (kind, subject, person_id),
    KEY by_person (person_id, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'sensitive: what citizens are told';
GRANT SELECT, INSERT, UPDATE (read_at, done_at) ON notice_message TO notice@localhost;

-- No row: that way was not tried.
CREATE TABLE IF NOT EXISTS notice_delivery (
    message_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which notice',
    channel ENUM('wechat', 'sms') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: by which way',
    state ENUM('planned', 'sending', 'sent', 'failed', 'given_up')
        CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: failed: certainly not sent; given up: nobody knows, or too late',
    account_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: whose consent it uses up; NULL for SMS and without one',
    attempt CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who is at it; a sending of somebody else died',
    attempts INT NOT NULL DEFAULT 0
        COMMENT 'internal: how often it was begun',
    why VARCHAR(64) NOT NULL DEFAULT ''
        COMMENT 'internal: why it is not sent; never personal data',
    planned_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    updated_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (message_id, channel),
    CONSTRAINT notice_delivery_is_of_a_message FOREIGN KEY (message_id) REFERENCES notice_message (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: by which way a notice went, and how far it is';
GRANT SELECT, INSERT, UPDATE (state, account_id, attempt, attempts, why, updated_at) ON notice_delivery
    TO notice@localhost;

CREATE TABLE IF NOT EXISTS notice_preference (
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who chose',
    grp VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: for which notices',
    channel ENUM('wechat', 'wechat_sms', 'sms', 'none') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what',
    updated_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (person_id, grp),
    CONSTRAINT notice_preference_is_for_a_group FOREIGN KEY (grp) REFERENCES notice_group (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: by which way each person wants to be told';
GRANT SELECT, INSERT, UPDATE ON notice_preference TO notice@localhost;

-- A consent (一次性订阅) allows WeChat to show one message of one template to one account.
CREATE TABLE IF NOT EXISTS notice_subscription (
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: whose account',
    account_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which of them consented',
    template VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: to what, as WeChat numbers it',
    remaining INT NOT NULL
        COMMENT 'internal: how many messages are left',
    updated_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (person_id, template, account_id),
    CONSTRAINT notice_subscription_is_counted CHECK (remaining BETWEEN 0 AND 100)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: consents of WeChat, each good for one message';
GRANT SELECT, INSERT, UPDATE ON notice_subscription TO notice@localhost;

CREATE OR REPLACE VIEW notice_event AS
    SELECT * FROM event WHERE consumer = 'notice' WITH CHECK OPTION;
GRANT SELECT, UPDATE (state, attempts, failures, run_at, lease_until, lease_token, done_at)
    ON notice_event TO notice@localhost;
