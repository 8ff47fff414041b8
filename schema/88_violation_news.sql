-- module: violation
-- How old an act may be that its owner is still told of: records of years ago, which come when a
-- brigade's archive is taken in, are shown but not told.

INSERT IGNORE INTO term_rule (code, valid_from, valid_to, n, unit, roll, source) VALUES
    ('record.tell', '2004-05-01', NULL, 60, 'natural_days', 0,
     '道路交通安全违法行为处理程序规定（2020年修正）第二十条：录入后三日内告知；本系统规则：超过六十日的历史记录不再推送');
