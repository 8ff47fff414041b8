-- module: notice
-- Some news is worth nothing after a while: how long each kind is worth being sent.

ALTER TABLE notice_template
    ADD COLUMN IF NOT EXISTS good_for_s INT NULL
        COMMENT 'public: seconds after it happened in which it is still sent (待核实); NULL: no limit';
UPDATE notice_template SET good_for_s = 600 WHERE kind = 'ticket_near' AND good_for_s IS NULL;
