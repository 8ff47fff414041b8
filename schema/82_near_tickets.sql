-- module: booking
-- Who took a ticket online is told when he is nearly called.

INSERT IGNORE INTO booking_rule (code, valid_from, valid_to, n, source) VALUES
    ('near_ahead', '2018-08-01', NULL, 3, '本平台规定（待核实）：前面还有3人时提醒');
GRANT INSERT ON event TO booking@localhost;
