-- Terms by law. 1: a last day on a holiday rolls to the next working day; of no meaning for working
-- days, which never end on one, and never so for hours.

INSERT IGNORE INTO term_rule (code, valid_from, valid_to, n, unit, roll, source) VALUES
    -- Paying a fine, from the day after the decision was received.
    ('fine.pay', '2004-05-01', '2021-07-14', 15, 'natural_days', 1,
     '道路交通安全法第一百零八条；行政处罚法（2017年修正）第四十六条'),
    ('fine.pay', '2021-07-15', NULL, 15, 'natural_days', 1,
     '道路交通安全法第一百零八条；行政处罚法（2021年修订）第六十七条'),

    -- From the camera to the decision.
    ('camera.review', '2020-05-01', NULL, 5, 'working_days', 0,
     '道路交通安全违法行为处理程序规定（2020年修正）第十九条'),
    ('camera.notify_owner', '2020-05-01', NULL, 5, 'working_days', 0,
     '道路交通安全违法行为处理程序规定（2020年修正）第二十条'),
    ('camera.come', '2020-05-01', NULL, 30, 'natural_days', 1,
     '道路交通安全违法行为处理程序规定（2020年修正）第二十条'),
    ('camera.come_extension', '2020-05-01', NULL, 3, 'months', 1,
     '道路交通安全违法行为处理程序规定（2020年修正）第五十三条'),
    ('camera.objection', '2020-05-01', NULL, 5, 'working_days', 0,
     '道路交通安全违法行为处理程序规定（2020年修正）第五条'),
    ('camera.remove', '2020-05-01', NULL, 3, 'working_days', 0,
     '道路交通安全违法行为处理程序规定（2020年修正）第二十二条'),
    ('decision.general', '2020-05-01', NULL, 24, 'hours', 0,
     '道路交通安全违法行为处理程序规定（2020年修正）第五十一条'),
    ('decision.simple_filed', '2020-05-01', NULL, 2, 'working_days', 0,
     '道路交通安全违法行为处理程序规定（2020年修正）第四十四条'),
    ('service.public_notice', '2020-05-01', NULL, 60, 'natural_days', 1,
     '道路交通安全违法行为处理程序规定（2020年修正）第五十五条'),
    ('service.absent', '2021-07-15', NULL, 7, 'working_days', 0,
     '行政处罚法（2021年修订）第六十一条'),
    ('penalty.limitation', '2021-07-15', NULL, 2, 'years', 0,
     '行政处罚法（2021年修订）第三十六条'),

    -- Ways against a decision.
    ('appeal.hearing', '2021-07-15', NULL, 5, 'working_days', 0,
     '行政处罚法（2021年修订）第六十四条'),
    ('appeal.reconsideration', '1999-10-01', '2023-12-31', 60, 'natural_days', 1,
     '行政复议法（2017年修正）第九条'),
    ('appeal.reconsideration', '2024-01-01', NULL, 60, 'natural_days', 1,
     '行政复议法（2023年修订）第二十条'),
    ('appeal.court', '2015-05-01', NULL, 6, 'months', 1, '行政诉讼法第四十六条'),
    ('appeal.court_after_reconsideration', '2015-05-01', NULL, 15, 'natural_days', 1,
     '行政诉讼法第四十五条'),

    -- Accidents.
    ('accident.recheck', '2018-05-01', NULL, 3, 'working_days', 0,
     '道路交通事故处理程序规定（2017年修订）第七十一条'),
    ('accident.mediation', '2018-05-01', NULL, 10, 'working_days', 0,
     '道路交通事故处理程序规定（2017年修订）第八十六条'),

    -- What the service itself promised in July 2018.
    ('pass.decide', '2004-07-01', '2018-07-31', 7, 'working_days', 0,
     '深圳交警2018年“放管服”措施公布前的审批时限'),
    ('pass.decide', '2018-08-01', NULL, 1, 'working_days', 0,
     '深圳交警2018年“放管服”措施：道管服务第二项'),
    ('parking.decide', '2004-07-01', '2018-07-31', 7, 'working_days', 0,
     '深圳交警2018年“放管服”措施公布前的承诺办结时限'),
    ('parking.decide', '2018-08-01', NULL, 3, 'working_days', 0,
     '深圳交警2018年“放管服”措施：停车场管理第一项');
