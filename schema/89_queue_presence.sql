-- module: booking
-- A counter whose officer has done nothing for a while does not count when the wait is told.

ALTER TABLE booking_counter
    ADD COLUMN IF NOT EXISTS acted_at DATETIME(3) NULL
        COMMENT 'internal: UTC; opened, opened again, called, or a ticket ended; NULL: it is closed';
UPDATE booking_counter SET acted_at = opened_at WHERE officer_id IS NOT NULL AND acted_at IS NULL;
GRANT UPDATE (acted_at) ON booking_counter TO booking@localhost;
INSERT IGNORE INTO booking_rule (code, valid_from, valid_to, n, source) VALUES
    ('idle_minutes', '2018-08-01', NULL, 60,
     '本平台规定（待核实）：窗口60分钟内无操作的，不计入开放窗口');
