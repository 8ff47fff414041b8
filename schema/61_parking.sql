-- module: parking
-- template: application
-- template: upload
-- Car parks (经营性停车场): which there are, how long a licence lasts, and the accredited third parties
-- that review drawings and accept sites (P4).

CREATE TABLE IF NOT EXISTS parking_rule (
    lot_kind VARCHAR(20) NOT NULL
        COMMENT 'public: 住宅, 公共, 临时',
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    months INT NOT NULL
        COMMENT 'public: how long a licence lasts',
    renew_days INT NOT NULL
        COMMENT 'public: so many days before its end at the latest it is to be renewed',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (lot_kind, valid_from),
    CONSTRAINT parking_rule_is_sane CHECK (months > 0 AND renew_days > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: rules of the kinds of car parks, in versions';
INSERT IGNORE INTO parking_rule (lot_kind, valid_from, valid_to, months, renew_days, source) VALUES
    ('住宅', '2004-07-01', NULL, 12, 30, '行政许可法第五十条；有效期一年（来源不一，待核实）'),
    ('公共', '2004-07-01', NULL, 12, 30, '行政许可法第五十条；有效期一年（来源不一，待核实）'),
    ('临时', '2004-07-01', NULL, 12, 30, '行政许可法第五十条；有效期一年（来源不一，待核实）');
GRANT SELECT ON parking_rule TO parking@localhost;

CREATE TABLE IF NOT EXISTS parking_lot (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID; the application that opened it',
    permit_application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the application whose permit stands now',
    operator_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the applicant: person or organisation',
    credit_code CHAR(18) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: of who runs it',
    name VARCHAR(60) NOT NULL
        COMMENT 'public: as it stands at the entrance',
    address VARCHAR(120) NOT NULL
        COMMENT 'public: where it is',
    division CHAR(6) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: GB/T 2260',
    lot_kind VARCHAR(20) NOT NULL
        COMMENT 'public: 住宅, 公共, 临时',
    spaces INT NOT NULL
        COMMENT 'public: how many cars it takes',
    valid_to DATE NOT NULL
        COMMENT 'public: UTC+8; last day of its licence',
    opened_at DATETIME(3) NOT NULL
        COMMENT 'public: UTC',
    closed_at DATETIME(3) NULL
        COMMENT 'public: UTC; NULL while it is open',
    is_open BOOLEAN NULL DEFAULT TRUE
        COMMENT 'internal: TRUE or NULL, so that one address holds one open car park',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY place (address, name, is_open),
    KEY by_operator (operator_id),
    KEY by_permit (permit_application_id),
    CONSTRAINT parking_lot_has_spaces CHECK (spaces > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: car parks with a licence, and closed ones';
GRANT SELECT, INSERT, UPDATE (permit_application_id, operator_id, credit_code, name, address,
    division, lot_kind, spaces, valid_to, closed_at, is_open, ver) ON parking_lot
    TO parking@localhost;

-- Accredited institutions (第三方机构); their accreditation is an application of its own some day.
CREATE TABLE IF NOT EXISTS parking_institution (
    code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: how it is called here',
    name VARCHAR(120) NOT NULL
        COMMENT 'public: as it signs',
    credit_code CHAR(18) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: unified social credit code',
    kind ENUM('drawing_review', 'site_acceptance') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: what it is accredited for',
    accredited_from DATE NOT NULL
        COMMENT 'public: first day',
    accredited_to DATE NOT NULL
        COMMENT 'public: last day',
    PRIMARY KEY (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: third parties that may review drawings or accept sites';
GRANT SELECT ON parking_institution TO parking@localhost;

CREATE TABLE IF NOT EXISTS parking_institution_member (
    institution VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who reports for it',
    PRIMARY KEY (institution, person_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: people of the institutions';
GRANT SELECT ON parking_institution_member TO parking@localhost;

CREATE TABLE IF NOT EXISTS parking_assignment (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: for which application',
    kind ENUM('drawing_review', 'site_acceptance') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: to do what; the clock stands meanwhile',
    institution VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: by whom',
    assigned_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the officer',
    assigned_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    reported_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the person who reported',
    reported_at DATETIME(3) NULL
        COMMENT 'internal: UTC; NULL: not yet',
    passed BOOLEAN NULL
        COMMENT 'internal: what was found',
    opinion VARCHAR(1000) NULL
        COMMENT 'sensitive: in words',
    PRIMARY KEY (id),
    UNIQUE KEY once (application_id, kind),
    KEY by_institution (institution, reported_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: who was asked, and what they found';
GRANT SELECT, INSERT, UPDATE (reported_by, reported_at, passed, opinion) ON parking_assignment
    TO parking@localhost;
