-- module: booking
-- A lead shuts a hall against its hours (a power cut, a typhoon) and says why.

ALTER TABLE booking_hall
    ADD COLUMN IF NOT EXISTS shut_reason VARCHAR(120) NULL
        COMMENT 'public: why it is shut; NULL while it is not';
GRANT UPDATE (is_open, shut_reason) ON booking_hall TO booking@localhost;
