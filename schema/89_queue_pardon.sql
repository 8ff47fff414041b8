-- module: booking
-- Why a lead does not count a ticket that was missed: words that may be about a person's health, kept with
-- the ticket and as long as it, and not in the audit, which is never wiped.

ALTER TABLE booking_ticket
    ADD COLUMN IF NOT EXISTS pardon_reason VARCHAR(200) NULL
        COMMENT 'sensitive: why having missed it does not count; NULL: it counts';
GRANT UPDATE (pardon_reason) ON booking_ticket TO booking@localhost;
