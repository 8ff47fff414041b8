-- What several domains share: what is owed and whether it is settled, events between modules, and
-- the law's terms and the calendar. Touched only by casework's statements, run as the user of the
-- module that links them; each module's file grants what it needs, by verb and column.

CREATE TABLE IF NOT EXISTS obligation (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: ULID',
    module VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who issued it and is told when it is settled',
    kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: fine, fee',
    ref_no VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: number of the decision or case behind it',
    account VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: key of the treasury account; one order pays into one',
    title VARCHAR(120) NOT NULL
        COMMENT 'internal: what the payer reads; no personal data',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who owes',
    owner_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: who else may pay, the owner of the vehicle',
    base_fen BIGINT NOT NULL
        COMMENT 'internal: what is owed before any surcharge',
    late_percent_a_day INT NOT NULL
        COMMENT 'public: surcharge for each day late, copied from the rule in force',
    late_percent_max INT NOT NULL
        COMMENT 'public: the surcharge is never more, copied likewise',
    due_on DATE NOT NULL
        COMMENT 'internal: last day (UTC+8) to pay without surcharge',
    frozen_days INT NOT NULL DEFAULT 0
        COMMENT 'internal: late days that do not count (reconsideration, court)',
    decided_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    withdrawn_at DATETIME(3) NULL
        COMMENT 'internal: UTC; not owed since',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes; the right to update it is the right to lock the row',
    PRIMARY KEY (id),
    UNIQUE KEY once (kind, ref_no),
    KEY by_person (person_id),
    KEY by_owner (owner_id),
    CONSTRAINT obligation_base_is_positive CHECK (base_fen > 0),
    CONSTRAINT obligation_surcharge_is_sane
        CHECK (late_percent_a_day >= 0 AND late_percent_max BETWEEN 0 AND 100 AND frozen_days >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: one thing owed; written with the decision, settled by a row in settlement';

-- Settled means that a row is here: its primary key decides who was first.
CREATE TABLE IF NOT EXISTS settlement (
    obligation_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what is settled',
    gw_txn_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the money fact that settled it',
    order_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the order by which it was paid',
    amount_fen BIGINT NOT NULL
        COMMENT 'internal: what of the money fact went here, surcharge included',
    settled_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; when the payer paid, by the gateway',
    PRIMARY KEY (obligation_id),
    KEY by_fact (gw_txn_id),
    KEY by_order (order_id),
    CONSTRAINT settlement_settles_an_obligation
        FOREIGN KEY (obligation_id) REFERENCES obligation (id),
    CONSTRAINT settlement_amount_is_positive CHECK (amount_fen > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: what was paid; inserted by payment alone and never changed';

-- One row for each consumer. A consumer sees its own through the view NAME_event, which its file
-- makes: CREATE VIEW NAME_event AS SELECT * FROM event WHERE consumer = 'NAME' WITH CHECK OPTION.
CREATE TABLE IF NOT EXISTS event (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    consumer VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the module that is told',
    kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what happened',
    dedupe VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: to what; never personal data',
    arg VARCHAR(2000) NULL
        COMMENT 'internal: JSON; never personal data',
    producer VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the module that tells',
    state ENUM('ready', 'leased', 'done', 'dead') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        DEFAULT 'ready'
        COMMENT 'internal: dead means that a day of repetitions did not help',
    attempts INT NOT NULL DEFAULT 0
        COMMENT 'internal: how often it was leased',
    failures INT NOT NULL DEFAULT 0
        COMMENT 'internal: how often it failed since it last did what it should',
    run_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; not before',
    lease_until DATETIME(3) NULL
        COMMENT 'internal: UTC by the clock of the database',
    lease_token VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: random; only who knows it may finish the event',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    done_at DATETIME(3) NULL
        COMMENT 'internal: UTC; done or dead since',
    PRIMARY KEY (id),
    UNIQUE KEY once (consumer, kind, dedupe),
    KEY next_to_run (consumer, state, run_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: what modules tell each other, in the transaction in which it happened';

-- The State Council's arrangement of days off. By date and not by year: a year's paper may move days
-- of the year before.
CREATE TABLE IF NOT EXISTS calendar_day (
    day DATE NOT NULL
        COMMENT 'public: a day that is not what its weekday says, or a public holiday',
    kind ENUM('holiday', 'extra_work') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: a day off, or a Saturday or Sunday to work',
    year SMALLINT NOT NULL
        COMMENT 'public: whose paper says so',
    PRIMARY KEY (day)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: days off and extra working days';

CREATE TABLE IF NOT EXISTS calendar_year (
    year SMALLINT NOT NULL
        COMMENT 'public: a year whose arrangement is loaded; without gaps',
    source VARCHAR(120) NOT NULL
        COMMENT 'public: the paper',
    PRIMARY KEY (year)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: years with a published arrangement; a term beyond them is provisional';

-- Terms by law, in versions. Judged by the date of the act.
CREATE TABLE IF NOT EXISTS term_rule (
    code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: which term',
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    n INT NOT NULL
        COMMENT 'public: how many',
    unit ENUM('working_days', 'natural_days', 'months', 'years', 'hours')
        CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: of what',
    roll TINYINT(1) NOT NULL
        COMMENT 'public: whether a last day on a holiday moves to the next working day',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: law and article',
    PRIMARY KEY (code, valid_from),
    CONSTRAINT term_rule_is_positive CHECK (n > 0),
    CONSTRAINT term_rule_has_a_day_in_force CHECK (valid_to IS NULL OR valid_to >= valid_from)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: terms by law, each version with its source';
