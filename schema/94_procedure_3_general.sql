-- module: violation
-- Which articles a decision by the general procedure names.

CREATE TABLE IF NOT EXISTS general_rule (
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force, until the next version',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: laws and articles, as they stand on a decision',
    PRIMARY KEY (valid_from)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: basis of decisions by two officers, in versions';
INSERT IGNORE INTO general_rule (valid_from, source) VALUES
    ('2004-05-01',
     '行政处罚法（2017年修正）第三十八条；道路交通安全违法行为处理程序规定第五十条、第五十一条'),
    ('2021-07-15',
     '行政处罚法（2021年修订）第五十七条；道路交通安全违法行为处理程序规定第五十条、第五十一条');
GRANT SELECT ON general_rule TO violation@localhost;
