-- module: notice
-- Whoever applied for something that costs a fee is told that it waits to be paid.

INSERT IGNORE INTO notice_template (kind, valid_from, valid_to, grp, title, words, sms, wechat_template,
    wechat_data, page, source) VALUES
    ('fee_charged', '2018-01-01', NULL, 'money', '业务待缴费',
     '您申请的“{what}”已获批准，费用{amount}请在{day}前（含当日）缴纳，缴清后即办理；逾期未缴的，视为撤回申请。',
     '【深圳交警】您申请的业务已获批准，费用{amount}请在{day}前（含当日）在小程序缴纳，缴清后即办理。',
     'tongban-fee-charged',
     '{"thing1":"{what}","amount2":"{amount}","date3":"{day}"}',
     'pages/application/show?id={about}', '模板文字和微信模板编号待核实');
