-- module: booking
-- How long tickets are kept: no-shows count for 60 days (no_show_days and bar_days), figures of a day are
-- asked for somewhat longer.

INSERT IGNORE INTO booking_rule (code, valid_from, valid_to, n, source) VALUES
    ('keep_days', '2018-08-01', NULL, 180, '本平台规定（待核实）：号票及过号记录保存180日后删除');
GRANT DELETE ON booking_ticket TO booking@localhost;
GRANT DELETE ON booking_line_day TO booking@localhost;
GRANT DELETE ON booking_near_told TO booking@localhost;
