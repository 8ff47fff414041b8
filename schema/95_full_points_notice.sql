-- module: notice
-- Whoever reached full points is told of the study that they owe (Points Measures (2021) article 17).

INSERT IGNORE INTO notice_template (kind, valid_from, valid_to, grp, title, words, sms, wechat_template,
    wechat_data, page, source) VALUES
    ('points_full', '2018-01-01', NULL, 'case', '记分已满',
     '您在本记分周期内累积记分已达{total}分。请在收到本通知之日起参加{days}天的道路交通安全法律、法规和相关知识学习，并接受考试。',
     '【深圳交警】您的驾驶证累积记分已满，请参加满分学习和考试，详情请在小程序查看。',
     'tongban-points-full', '{"thing1":"累积记分{total}分","thing2":"满分学习{days}天"}',
     'pages/points/show?decision={about}',
     '道路交通安全违法行为记分管理办法第十七条、第十八条；模板文字和微信模板编号待核实');
