-- module: notice
-- Whoever did not begin the study of full points in time is told that the licence is stopped.

INSERT IGNORE INTO notice_template (kind, valid_from, valid_to, grp, title, words, sms, wechat_template,
    wechat_data, page, source) VALUES
    ('licence_stopped', '2018-01-01', NULL, 'case', '驾驶证停止使用',
     '您在{day}前没有参加满分学习，驾驶证已公告停止使用。参加学习、通过考试并缴清罚款后恢复。停止使用期间请勿驾驶机动车。',
     '【深圳交警】您未按期参加满分学习，驾驶证已公告停止使用，请勿驾驶机动车，详情请在小程序查看。',
     'tongban-licence-stopped', '{"thing1":"未按期参加满分学习","time2":"{day}"}',
     'pages/points/show?decision={about}',
     '道路交通安全违法行为记分管理办法第二十九条；模板文字和微信模板编号待核实');
