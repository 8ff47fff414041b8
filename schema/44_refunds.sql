-- module: payment
-- Refunds that officers of the finance role ask for and agree to: two different people, who both hold
-- that role when the money moves.

INSERT IGNORE INTO state_edge (machine, frm, dst) VALUES
    ('refund', 'requested', 'closed'), ('refund', 'approved', 'closed');

ALTER TABLE refund
    ADD COLUMN note VARCHAR(200) NULL
        COMMENT 'internal: why, in the words of who asked; no personal data',
    ADD COLUMN submitted_at DATETIME(3) NULL
        COMMENT 'internal: UTC; the last time it was handed to the gateway',
    ADD KEY by_order (order_id);
GRANT UPDATE (submitted_at) ON refund TO payment@localhost;

-- Who holds the role; nothing else of an officer is read here.
GRANT SELECT (id, roles, is_active) ON officer TO payment@localhost;
