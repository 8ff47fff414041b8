-- module: payment
-- The books of a day, closed once it is over: what each account took in and gave out, and where it then
-- stood. Ledger transactions carry the moment at which they were booked, so a day that is over stays so.

ALTER TABLE ledger_txn ADD KEY by_time (at);

CREATE TABLE IF NOT EXISTS day_closing (
    day DATE NOT NULL COMMENT 'internal: UTC+8',
    account VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of the ledger',
    entries BIGINT NOT NULL COMMENT 'internal: how many there were on that day',
    debit_fen BIGINT NOT NULL COMMENT 'internal: their debits',
    credit_fen BIGINT NOT NULL COMMENT 'internal: their credits',
    balance_fen BIGINT NOT NULL COMMENT 'internal: debits less credits of all days until then',
    closed_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    PRIMARY KEY (day, account)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT SELECT, INSERT ON day_closing TO payment@localhost;

-- What came and went on a day, by the gateways' own time.
ALTER TABLE money_fact ADD KEY by_time (happened_at);
