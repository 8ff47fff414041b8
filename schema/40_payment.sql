-- module: payment
-- Orders, attempts, money facts, refunds and the ledger. Money facts, settlements and the ledger are
-- insert-only for everybody; states move along `state_edge` only, which triggers enforce.

CREATE TABLE IF NOT EXISTS state_edge (
    machine VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: order, attempt or refund',
    frm VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: from this state',
    dst VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: to this one',
    PRIMARY KEY (machine, frm, dst)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO state_edge (machine, frm, dst) VALUES
    ('order', 'paying', 'closing'), ('order', 'closing', 'paying'), ('order', 'closing', 'closed'),
    ('order', 'paying', 'closed'), ('order', 'paying', 'paid'), ('order', 'closing', 'paid'),
    ('order', 'closed', 'paid'), ('order', 'paid', 'refunding'), ('order', 'refunding', 'paid'),
    ('order', 'refunding', 'refunded'), ('order', 'refunding', 'part_refunded'),
    ('order', 'part_refunded', 'refunding'),
    ('attempt', 'init', 'open'), ('attempt', 'init', 'unknown'), ('attempt', 'init', 'failed'),
    ('attempt', 'init', 'closed'), ('attempt', 'unknown', 'open'), ('attempt', 'unknown', 'closed'),
    ('attempt', 'unknown', 'failed'), ('attempt', 'open', 'closed'), ('attempt', 'init', 'paid'),
    ('attempt', 'unknown', 'paid'), ('attempt', 'open', 'paid'), ('attempt', 'closed', 'paid'),
    ('attempt', 'failed', 'paid'),
    ('refund', 'requested', 'approved'), ('refund', 'approved', 'submitting'),
    ('refund', 'submitting', 'accepted'), ('refund', 'submitting', 'unknown'),
    ('refund', 'submitting', 'success'), ('refund', 'submitting', 'closed'),
    ('refund', 'submitting', 'abnormal'), ('refund', 'unknown', 'submitting'),
    ('refund', 'unknown', 'accepted'), ('refund', 'unknown', 'success'),
    ('refund', 'unknown', 'closed'), ('refund', 'unknown', 'abnormal'),
    ('refund', 'accepted', 'success'), ('refund', 'accepted', 'abnormal'),
    ('refund', 'accepted', 'closed'), ('refund', 'abnormal', 'success'),
    ('refund', 'abnormal', 'closed'), ('refund', 'approved', 'success');

CREATE TABLE IF NOT EXISTS pay_order (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: order number, a ULID',
    payer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the account that opened it',
    request_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: Idempotency-Key of the opening request',
    account VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: treasury account; fines and fees never in one order',
    description VARCHAR(127) NOT NULL
        COMMENT 'internal: what the gateway shows to the payer; no personal data',
    amount_fen BIGINT NOT NULL
        COMMENT 'internal: price, frozen until expire_at',
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'paying'
        COMMENT 'internal: paying, closing, closed, paid, refunding, part_refunded, refunded',
    paid_fen BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: amount of the applied money fact',
    refund_reserved_fen BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: sum of refunds that are not closed',
    refunded_fen BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: sum of refunds that reached the payer',
    created_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    expire_at DATETIME(3) NOT NULL COMMENT 'internal: UTC; never after 24:00 (UTC+8) of that day',
    paid_at DATETIME(3) NULL COMMENT 'internal: UTC; the success time that the gateway names',
    updated_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    ver INT NOT NULL DEFAULT 1 COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY by_request (payer_id, request_key),
    KEY by_payer (payer_id, state),
    CONSTRAINT pay_order_amount CHECK (amount_fen > 0),
    CONSTRAINT pay_order_refunds CHECK (0 <= refunded_fen AND refunded_fen <= refund_reserved_fen
                                        AND refund_reserved_fen <= paid_fen)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS pay_order_item (
    order_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: pay_order',
    obligation_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what is paid',
    amount_fen BIGINT NOT NULL COMMENT 'internal: base and surcharge of that moment',
    base_fen BIGINT NOT NULL COMMENT 'internal: what was decided',
    surcharge_fen BIGINT NOT NULL COMMENT 'internal: for the late days',
    PRIMARY KEY (order_id, obligation_id),
    KEY by_obligation (obligation_id),
    CONSTRAINT pay_order_item_amount CHECK (amount_fen = base_fen + surcharge_fen AND amount_fen > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS pay_attempt (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: our number at the gateway (out_trade_no), a ULID',
    order_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: pay_order',
    gateway VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: wechatpay or alipay',
    merchant VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: mchid or app_id',
    open_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the payer as the gateway calls it',
    amount_fen BIGINT NOT NULL COMMENT 'internal: asked for',
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'init'
        COMMENT 'internal: init, unknown, open, closed, failed, paid',
    prepay_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: prepay_id or trade_no with which the client pays',
    created_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    updated_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    ver INT NOT NULL DEFAULT 1 COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    KEY by_order (order_id),
    KEY by_state (state, created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A movement of money, as callback, query answer or bill prove it. Inserted once, never changed.
CREATE TABLE IF NOT EXISTS money_fact (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'internal: ULID',
    gateway VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: wechatpay or alipay',
    merchant VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: mchid or app_id',
    direction VARCHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: in (payment) or out (refund)',
    gateway_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: their number: transaction_id, trade_no, refund_id',
    our_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: out_trade_no or out_refund_no, as they repeated it',
    amount_fen BIGINT NOT NULL COMMENT 'internal: moved',
    happened_at DATETIME(3) NOT NULL COMMENT 'internal: UTC, by the gateway',
    proof VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: notify, query, answer or bill: which one came first',
    order_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: NULL for a number that we never issued',
    disposition VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: applied, excess, orphan or mismatch; refund for direction out',
    recorded_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (gateway, merchant, direction, gateway_no),
    KEY by_order (order_id),
    KEY by_disposition (disposition, recorded_at),
    CONSTRAINT money_fact_amount CHECK (amount_fen > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS refund (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: our number at the gateway (out_refund_no), a ULID',
    fact_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the money fact that goes back',
    order_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: NULL for an orphan',
    gateway VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the original way',
    merchant VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: mchid or app_id',
    gateway_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: their number of the payment',
    reason VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: excess, orphan, mismatch, revoked or officer',
    dedupe VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what it is for, so that it is made once',
    amount_fen BIGINT NOT NULL COMMENT 'internal: goes back',
    total_fen BIGINT NOT NULL COMMENT 'internal: of the payment',
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'approved'
        COMMENT 'internal: requested, approved, submitting, unknown, accepted, success, abnormal, closed',
    refund_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: their number of the refund',
    maker VARCHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the officer who asked; NULL when the rules did',
    checker VARCHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the other officer who agreed',
    created_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    updated_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    ver INT NOT NULL DEFAULT 1 COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY once (dedupe),
    KEY by_fact (fact_id),
    KEY by_state (state, updated_at),
    CONSTRAINT refund_amount CHECK (0 < amount_fen AND amount_fen <= total_fen),
    CONSTRAINT refund_two_people CHECK (maker IS NULL OR checker IS NULL OR maker <> checker)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Double entry. Accounts: clearing:GATEWAY, suspense, payable:KIND, bank, fee:GATEWAY.
CREATE TABLE IF NOT EXISTS ledger_txn (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'internal: ULID',
    ev VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: receipt, apply, unapply, refund_out, bank, fee or correct',
    ev_ref CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the money fact that it books',
    at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (ev, ev_ref)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ledger_entry (
    txn_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'internal: ledger_txn',
    line INT NOT NULL COMMENT 'internal: 1, 2, ...',
    account VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which book',
    dr_fen BIGINT NOT NULL COMMENT 'internal: debit',
    cr_fen BIGINT NOT NULL COMMENT 'internal: credit',
    PRIMARY KEY (txn_id, line),
    KEY by_account (account),
    CONSTRAINT ledger_entry_side CHECK (dr_fen >= 0 AND cr_fen >= 0 AND (dr_fen = 0) <> (cr_fen = 0))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What gateways told us: once per event, with the body as it came, sealed.
CREATE TABLE IF NOT EXISTS callback_inbox (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'internal: ULID',
    gateway VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who told',
    event_key VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what it is about; repetitions share it',
    body MEDIUMBLOB NOT NULL COMMENT 'sensitive: the verified message, sealed',
    state VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: new, done or parked',
    received_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (gateway, event_key),
    KEY by_state (state, received_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What needs a person: a payment without an order, a wrong amount, a refund that failed.
CREATE TABLE IF NOT EXISTS payment_case (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'internal: ULID',
    kind VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: orphan, mismatch, refund_abnormal, callback_parked, ...',
    dedupe VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what it is about',
    detail VARCHAR(1000) NOT NULL COMMENT 'internal: no personal data',
    state VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'open'
        COMMENT 'internal: open or closed',
    created_at DATETIME(3) NOT NULL COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (kind, dedupe)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Every move of a state machine, written by the triggers below.
CREATE TABLE IF NOT EXISTS state_move (
    id BIGINT NOT NULL AUTO_INCREMENT COMMENT 'internal: no cursor goes over it',
    machine VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: order, attempt or refund',
    object_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'internal: which one',
    frm VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'internal: from',
    dst VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'internal: to',
    at DATETIME(3) NOT NULL COMMENT 'internal: UTC, business clock',
    PRIMARY KEY (id),
    KEY by_object (object_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

DROP TRIGGER IF EXISTS pay_order_moves;
DROP TRIGGER IF EXISTS pay_attempt_moves;
DROP TRIGGER IF EXISTS refund_moves;
DELIMITER $$
CREATE TRIGGER pay_order_moves BEFORE UPDATE ON pay_order FOR EACH ROW
BEGIN
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (SELECT 1 FROM state_edge
                       WHERE machine = 'order' AND frm = OLD.state AND dst = NEW.state) THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no such move of an order';
        END IF;
        INSERT INTO state_move (machine, object_id, frm, dst, at)
            VALUES ('order', NEW.id, OLD.state, NEW.state, NEW.updated_at);
    END IF;
END$$
CREATE TRIGGER pay_attempt_moves BEFORE UPDATE ON pay_attempt FOR EACH ROW
BEGIN
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (SELECT 1 FROM state_edge
                       WHERE machine = 'attempt' AND frm = OLD.state AND dst = NEW.state) THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no such move of an attempt';
        END IF;
        INSERT INTO state_move (machine, object_id, frm, dst, at)
            VALUES ('attempt', NEW.id, OLD.state, NEW.state, NEW.updated_at);
    END IF;
END$$
CREATE TRIGGER refund_moves BEFORE UPDATE ON refund FOR EACH ROW
BEGIN
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (SELECT 1 FROM state_edge
                       WHERE machine = 'refund' AND frm = OLD.state AND dst = NEW.state) THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no such move of a refund';
        END IF;
        INSERT INTO state_move (machine, object_id, frm, dst, at)
            VALUES ('refund', NEW.id, OLD.state, NEW.state, NEW.updated_at);
    END IF;
END$$
DELIMITER ;

GRANT SELECT, INSERT ON pay_order TO payment@localhost;
GRANT UPDATE (state, paid_fen, refund_reserved_fen, refunded_fen, paid_at, updated_at, ver)
    ON pay_order TO payment@localhost;
GRANT SELECT, INSERT ON pay_order_item TO payment@localhost;
GRANT SELECT, INSERT ON pay_attempt TO payment@localhost;
GRANT UPDATE (state, prepay_id, updated_at, ver) ON pay_attempt TO payment@localhost;
GRANT SELECT, INSERT ON money_fact TO payment@localhost;
GRANT SELECT, INSERT ON refund TO payment@localhost;
GRANT UPDATE (state, refund_no, maker, checker, updated_at, ver) ON refund TO payment@localhost;
GRANT SELECT, INSERT ON ledger_txn TO payment@localhost;
GRANT SELECT, INSERT ON ledger_entry TO payment@localhost;
GRANT SELECT, INSERT ON callback_inbox TO payment@localhost;
GRANT UPDATE (state) ON callback_inbox TO payment@localhost;
GRANT SELECT, INSERT ON payment_case TO payment@localhost;
GRANT UPDATE (state) ON payment_case TO payment@localhost;
GRANT SELECT ON state_move TO payment@localhost;
GRANT SELECT ON state_edge TO payment@localhost;

-- Casework's tables, as far as payment may touch them.
GRANT SELECT, UPDATE (ver) ON obligation TO payment@localhost;
GRANT SELECT, INSERT ON settlement TO payment@localhost;
GRANT INSERT ON event TO payment@localhost;
-- Whom payment told, for the invariants; what they made of it is theirs.
CREATE OR REPLACE VIEW payment_told AS
    SELECT dedupe FROM event WHERE producer = 'payment' AND kind = 'obligation_settled';
GRANT SELECT ON payment_told TO payment@localhost;
