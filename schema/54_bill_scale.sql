-- module: payment
-- What is known of a bill so far, so that no statement has to go over a million lines at once: the
-- sums grow with the lines that are checked, and the search for facts without a line goes by time.

ALTER TABLE recon_batch
    ADD COLUMN billed_fen BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: net of the checked lines that have their fact' AFTER applied_count,
    ADD COLUMN booked_fen BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: what the ledger has of those facts' AFTER billed_fen,
    ADD COLUMN searched_to DATETIME(3) NULL
        COMMENT 'internal: facts before it have a line or a case; NULL: not begun' AFTER booked_fen;

GRANT UPDATE (billed_fen, booked_fen, searched_to) ON recon_batch TO payment@localhost;
