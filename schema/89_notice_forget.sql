-- module: notice
-- How long it is kept what somebody was told.

CREATE TABLE IF NOT EXISTS notice_retention (
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    days INT NOT NULL
        COMMENT 'public: so many days after it happened it is deleted',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (valid_from),
    CONSTRAINT notice_retention_is_sane CHECK (days BETWEEN 30 AND 3650)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: how long notices are kept, in versions';
INSERT IGNORE INTO notice_retention (valid_from, valid_to, days, source) VALUES
    ('2018-01-01', NULL, 730, '本平台规定（待核实）：通知及发送记录保存两年后删除');
GRANT SELECT ON notice_retention TO notice@localhost;
GRANT DELETE ON notice_message TO notice@localhost;
GRANT DELETE ON notice_delivery TO notice@localhost;
