-- What the applications of all domains share (application_template.sql makes the tables of one): the
-- moves that an application may make, the definitions of the services, and the list of work that
-- officers see. Each domain writes through views that show nothing but its own.

CREATE TABLE IF NOT EXISTS application_edge (
    frm VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: from this state',
    dst VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: to this one',
    act VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: by doing this',
    PRIMARY KEY (frm, act),
    KEY by_move (frm, dst)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: the moves that an application may make; a trigger of each domain enforces them';
INSERT IGNORE INTO application_edge (frm, act, dst) VALUES
    ('draft', 'submit', 'submitted'), ('draft', 'withdraw', 'withdrawn'),
    ('submitted', 'correct', 'correcting'), ('submitted', 'accept', 'accepted'),
    ('submitted', 'reject', 'rejected'), ('submitted', 'withdraw', 'withdrawn'),
    ('correcting', 'submit', 'submitted'), ('correcting', 'withdraw', 'withdrawn'),
    ('accepted', 'review', 'reviewing'), ('accepted', 'grant', 'granted'),
    ('accepted', 'refuse', 'refused'), ('accepted', 'withdraw', 'withdrawn'),
    ('reviewing', 'grant', 'granted'), ('reviewing', 'refuse', 'refused'),
    ('reviewing', 'withdraw', 'withdrawn'),
    ('granted', 'issue', 'issued'), ('granted', 'revoke', 'revoked'),
    ('issued', 'revoke', 'revoked'),
    ('rejected', 'appeal', 'appealed'), ('refused', 'appeal', 'appealed'),
    ('revoked', 'appeal', 'appealed'),
    ('appealed', 'uphold', 'upheld'), ('appealed', 'reopen', 'accepted');

-- A definition is registered by the module at its start, once for each version; what was registered
-- never changes, since running applications keep their version.
CREATE TABLE IF NOT EXISTS service_definition (
    module VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: whose service it is',
    code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: which service',
    version INT NOT NULL
        COMMENT 'public: 1, 2, 3 ...; new applications take the highest',
    sha256 BINARY(32) NOT NULL
        COMMENT 'public: of the body',
    body MEDIUMTEXT NOT NULL
        COMMENT 'public: the JSON file as it was',
    registered_at DATETIME(3) NOT NULL
        COMMENT 'public: UTC',
    PRIMARY KEY (module, code, version)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: definitions of services in all their versions';

-- One row for each application that was submitted, kept in its transactions: what an officer's list
-- shows, in one index range a page.
CREATE TABLE IF NOT EXISTS work_item (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    module VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: in whose process it is worked on',
    application_no CHAR(17) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what the applicant calls it',
    service VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which service',
    measure VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which of the 55 measures',
    channel VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: where it was filed: wechat, alipay, web; window and kiosk are not online',
    brigade CHAR(6) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who decides',
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: see application_edge',
    step VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: which step is an officer''s turn; NULL: none is',
    officer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: who took it; NULL: nobody yet',
    is_paused BOOLEAN NOT NULL DEFAULT FALSE
        COMMENT 'internal: its clock stands',
    due_on DATE NULL
        COMMENT 'internal: last day of the clock that runs; NULL: none runs',
    sort_on DATE NULL
        COMMENT 'internal: due_on, or 9999-12-31 when no clock runs; NULL: no officer''s turn',
    submitted_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    decided_at DATETIME(3) NULL
        COMMENT 'internal: UTC; granted, refused or rejected',
    promised_on DATE NULL
        COMMENT 'internal: last day of what was promised for the decision, pauses included',
    is_deemed BOOLEAN NOT NULL DEFAULT FALSE
        COMMENT 'internal: silence decided it',
    PRIMARY KEY (application_id),
    UNIQUE KEY by_no (application_no),
    KEY by_brigade (brigade, sort_on, application_id),
    KEY by_officer (officer_id, sort_on, application_id),
    KEY by_decision (decided_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: what officers have to do, and what V8 counts';

-- Terms of the Licensing Law and what the reform of 2018 promised instead. The longest time to
-- answer a notice of what is missing is ours; the law names none.
INSERT IGNORE INTO term_rule (code, valid_from, valid_to, n, unit, roll, source) VALUES
    ('licence.accept', '2004-07-01', NULL, 5, 'working_days', 0, '行政许可法第三十二条'),
    ('licence.decide', '2004-07-01', NULL, 20, 'working_days', 0, '行政许可法第四十二条'),
    ('licence.serve', '2004-07-01', NULL, 10, 'working_days', 0, '行政许可法第四十四条'),
    ('licence.correct', '2004-07-01', NULL, 30, 'natural_days', 1, '本平台规定：补正期限'),
    ('pass.after_review', '2018-08-01', NULL, 5, 'working_days', 0,
     '本平台规定：先批后核的核查期限');
