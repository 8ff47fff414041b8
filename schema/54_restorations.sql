-- module: payment
-- What a restored database cannot know: which refunds were made after its backup. Nothing new goes back
-- of what was paid before the restoration until the gateways' bills have told (follow.c).

CREATE TABLE IF NOT EXISTS restoration (
    id BIGINT NOT NULL AUTO_INCREMENT COMMENT 'internal: counts restorations',
    backup_at DATETIME(3) NOT NULL COMMENT 'internal: UTC, business clock; of what was restored',
    restored_at DATETIME(3) NOT NULL COMMENT 'internal: UTC, business clock',
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT ON restoration TO payment@localhost;

-- A refund that was asked for before the backup and made after it.
INSERT IGNORE INTO state_edge (machine, frm, dst) VALUES ('refund', 'requested', 'success');

-- With it a refund whose number is unknown here is known by its payment.
ALTER TABLE bill_line
    ADD COLUMN IF NOT EXISTS paid_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: of a refund: their number of the payment; NULL: the bill does not tell';
