-- module: notice
-- What becomes of a statement, of a proposed penalty and of a hearing is told to the person, for terms
-- begin with it (Penalty Law 2021, articles 44, 45, 64).

INSERT IGNORE INTO notice_template (kind, valid_from, valid_to, grp, title, words, sms, wechat_template,
    wechat_data, page, source) VALUES
    ('statement_answered', '2018-01-01', NULL, 'case', '陈述申辩复核结果',
     '您对交通违法（{what}）提出的陈述和申辩，经复核{result}。理由请查看详情。',
     '【深圳交警】您对交通违法（{what}）的陈述和申辩已复核，结果和理由请在小程序查看。',
     'tongban-statement-answered',
     '{"thing1":"{what}","thing2":"{result}"}',
     'pages/violation/show?id={about}', '行政处罚法（2021年修订）第四十五条；模板文字和微信模板编号待核实'),
    ('penalty_proposed', '2018-01-01', NULL, 'case', '拟处罚告知',
     '您的交通违法（{what}），民警拟给予处罚：{penalty}。{next}。',
     '【深圳交警】您的交通违法（{what}）拟给予处罚，{next}，详情请在小程序查看。',
     'tongban-penalty-proposed',
     '{"thing1":"{what}","thing2":"{penalty}","thing3":"{next}"}',
     'pages/violation/proposal?id={about}',
     '行政处罚法（2021年修订）第四十四条、第六十三条；模板文字和微信模板编号待核实'),
    ('hearing_set', '2018-01-01', NULL, 'case', '听证通知',
     '您的交通违法（{what}）定于{day}举行听证，地点：{place}。',
     '【深圳交警】您的交通违法（{what}）定于{day}举行听证，地点请在小程序查看。',
     'tongban-hearing-set',
     '{"thing1":"{what}","date2":"{day}","thing3":"{place}"}',
     'pages/violation/proposal?id={about}',
     '行政处罚法（2021年修订）第六十四条第二项；模板文字和微信模板编号待核实');
