-- module: booking
-- Who took a ticket online is told when he is nearly called.

ALTER TABLE booking_ticket
    ADD COLUMN IF NOT EXISTS near_told_at DATETIME(3) NULL
        COMMENT 'internal: UTC; when its holder was told that he is nearly called; NULL: not yet';
GRANT UPDATE (near_told_at) ON booking_ticket TO booking@localhost;
INSERT IGNORE INTO booking_rule (code, valid_from, valid_to, n, source) VALUES
    ('near_ahead', '2018-08-01', NULL, 3, '本平台规定（待核实）：前面还有3人时提醒');
GRANT INSERT ON event TO booking@localhost;
