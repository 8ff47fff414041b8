-- module: payment
-- What was paid for an obligation that its issuer withdraws goes back: the issuer tells payment, which
-- makes one refund for each such obligation and lets two officers decide when it moves.

ALTER TABLE refund
    ADD COLUMN obligation_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the withdrawn obligation for which it was paid; NULL otherwise',
    ADD KEY by_obligation (obligation_id);

-- The invariant M21 asks for the few that were withdrawn.
ALTER TABLE obligation ADD KEY by_withdrawal (withdrawn_at);

CREATE OR REPLACE VIEW payment_event AS
    SELECT * FROM event WHERE consumer = 'payment' WITH CHECK OPTION;
GRANT SELECT, UPDATE (state, attempts, failures, run_at, lease_until, lease_token, done_at)
    ON payment_event TO payment@localhost;

-- Issuers tell; so must any later module that withdraws obligations.
GRANT INSERT ON event TO violation@localhost;
