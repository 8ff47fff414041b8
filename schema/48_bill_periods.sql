-- module: payment
-- The period that a bill is about: the day of a gateway need not be the calendar's.

ALTER TABLE recon_batch
    ADD COLUMN begins_at DATETIME(3) NULL
        COMMENT 'internal: UTC; where the day of the gateway begins' AFTER kind,
    ADD COLUMN ends_at DATETIME(3) NULL
        COMMENT 'internal: UTC; where the next one begins' AFTER begins_at;
-- What was planned so far are calendar days in China.
UPDATE recon_batch
    SET begins_at = bill_date - INTERVAL 8 HOUR, ends_at = bill_date + INTERVAL 16 HOUR
    WHERE begins_at IS NULL;
ALTER TABLE recon_batch
    MODIFY COLUMN begins_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; where the day of the gateway begins',
    MODIFY COLUMN ends_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; where the next one begins',
    MODIFY COLUMN bill_date DATE NOT NULL
        COMMENT 'internal: the day of the gateway that it is about';
