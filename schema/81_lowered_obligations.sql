-- module: payment
-- What is owed may be lowered by its issuer, when a decision falls in part. What was paid above it goes
-- back like what was paid for a withdrawn one. Issuers need the right to update the two columns.

ALTER TABLE obligation
    ADD COLUMN IF NOT EXISTS lowered_fen BIGINT NULL
        COMMENT 'internal: what is owed since, without surcharge; NULL when nothing was lowered',
    ADD COLUMN IF NOT EXISTS lowered_at DATETIME(3) NULL
        COMMENT 'internal: UTC; when that was',
    ADD CONSTRAINT IF NOT EXISTS obligation_is_lowered_only
        CHECK (lowered_fen IS NULL OR lowered_fen > 0 AND lowered_fen < base_fen),
    ADD CONSTRAINT IF NOT EXISTS obligation_is_lowered_at_some_time
        CHECK ((lowered_fen IS NULL) = (lowered_at IS NULL));
GRANT UPDATE (lowered_fen, lowered_at) ON obligation TO violation@localhost;
