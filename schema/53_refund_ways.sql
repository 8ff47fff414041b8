-- module: payment
-- By which transaction a refund goes back, and the moment at which it was first handed over, by which
-- the gateway knows it. Both are fixed before the first call, so that every further one, and every
-- question, is about that very transaction.

ALTER TABLE refund
    ADD COLUMN way VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: refund, or cancel on the gateway''s day of the payment; NULL before that',
    ADD COLUMN sent_at DATETIME(3) NULL
        COMMENT 'internal: UTC; when it was first handed over';
-- Until now that moment was the one at which it was made.
UPDATE refund SET way = 'refund', sent_at = created_at
    WHERE state NOT IN ('requested', 'approved') AND way IS NULL;
GRANT UPDATE (way, sent_at) ON refund TO payment@localhost;
