-- Who hears an appeal against a decision (救济途径), in versions as the law had it.

CREATE TABLE IF NOT EXISTS appeal_body (
    way ENUM('reconsideration', 'court') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: which way',
    valid_from DATE NOT NULL
        COMMENT 'public: for decisions from this day on',
    valid_to DATE NULL
        COMMENT 'public: last day; NULL until a newer version ends it',
    name VARCHAR(100) NOT NULL
        COMMENT 'public: as it stands on decisions',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: law and article',
    PRIMARY KEY (way, valid_from)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: who hears appeals';
INSERT IGNORE INTO appeal_body (way, valid_from, valid_to, name, source) VALUES
    ('reconsideration', '1999-10-01', '2023-12-31', '深圳市公安局或者深圳市人民政府',
     '行政复议法（1999年）第十二条'),
    ('reconsideration', '2024-01-01', NULL, '深圳市人民政府', '行政复议法（2023年修订）第二十四条'),
    ('court', '1990-10-01', NULL, '有管辖权的人民法院', '行政诉讼法第十八条');
