-- module: exchange
-- Facts that agencies push: persons, vehicles, licences, camera records, decisions made on the
-- street. Exchange is the only writer. A reader's own file grants it SELECT on the columns that the
-- table's comment names for readers, and on no sealed one.

CREATE TABLE IF NOT EXISTS agency (
    name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: as in Tongban-Agency; its public key is AGENCY_KEYS/NAME.pem',
    title VARCHAR(64) NOT NULL
        COMMENT 'public: what it is called',
    types VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: types of lines that it may push, blank separated',
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: who may push what';
INSERT IGNORE INTO agency (name, title, types) VALUES
    ('traffic', '交通执法系统', 'person camera_record street_decision'),
    ('vehicle', '车辆和驾驶人登记系统', 'person vehicle licence');
GRANT SELECT ON agency TO exchange@localhost;

CREATE TABLE IF NOT EXISTS agency_batch (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID; also the name of its spool file',
    agency VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who pushed it',
    batch_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the agency''s number',
    sha256 BINARY(32) NOT NULL
        COMMENT 'internal: of the body; the number is refused for another one',
    size_bytes BIGINT NOT NULL
        COMMENT 'internal: length of the body',
    spool_key VARBINARY(255) NULL
        COMMENT 'key: sealed; of the spool file, forgotten when the batch is done',
    state ENUM('received', 'applying', 'done') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        DEFAULT 'received'
        COMMENT 'internal: how far it is',
    lines_total BIGINT NOT NULL
        COMMENT 'internal: lines of the body',
    lines_good BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: lines taken in',
    lines_known BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: those of them that changed nothing: known before, or older than what is',
    lines_bad BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: lines refused',
    next_line BIGINT NOT NULL DEFAULT 1
        COMMENT 'internal: where to go on; written together with the facts of the lines before it',
    next_offset BIGINT NOT NULL DEFAULT 0
        COMMENT 'internal: byte at which that line begins',
    received_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    done_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (agency, batch_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: signed batches and how far each is applied';
GRANT SELECT, INSERT, UPDATE (spool_key, state, lines_good, lines_known, lines_bad, next_line,
    next_offset, done_at) ON agency_batch TO exchange@localhost;

CREATE TABLE IF NOT EXISTS batch_fault (
    batch CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: agency_batch.id',
    line BIGINT NOT NULL
        COMMENT 'internal: from 1',
    reasons TEXT NOT NULL
        COMMENT 'internal: JSON; names of fields and masked values, never personal data',
    PRIMARY KEY (batch, line),
    CONSTRAINT batch_fault_is_of_a_batch FOREIGN KEY (batch) REFERENCES agency_batch (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: refused lines, the first 10,000 of a batch';
GRANT SELECT, INSERT ON batch_fault TO exchange@localhost;

CREATE TABLE IF NOT EXISTS person (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID; all others know a person by it',
    name VARBINARY(255) NOT NULL
        COMMENT 'personal: sealed',
    id_no VARBINARY(255) NOT NULL
        COMMENT 'sensitive: sealed; resident identity number',
    id_no_index BINARY(16) NOT NULL
        COMMENT 'key: blind index of id_no',
    phone VARBINARY(255) NULL
        COMMENT 'personal: sealed',
    key_id INT NOT NULL
        COMMENT 'internal: the oldest data key under which a field here is sealed',
    source VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: agency, or the module that asked for the person',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; an older observation never replaces a newer one',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY by_id_no (id_no_index),
    KEY by_key (key_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'personal: natural persons; others may read id, source, observed_at, ver';
GRANT SELECT, INSERT, UPDATE (name, id_no, phone, key_id, source, observed_at, ver)
    ON person TO exchange@localhost;

CREATE TABLE IF NOT EXISTS vehicle (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    plate_type CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: GA 24.7',
    plate VARCHAR(16) NOT NULL
        COMMENT 'personal: canonical form; no name stands beside it',
    vin CHAR(17) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'personal: GB 16735',
    owner_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the person who owns it; NULL for an organisation',
    registered_on DATE NOT NULL
        COMMENT 'internal: first registration',
    use_kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: private, company, taxi, coach, goods, school_bus, special',
    source VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: agency',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; an older observation never replaces a newer one',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY by_plate (plate_type, plate),
    KEY by_owner (owner_id),
    KEY by_vin (vin)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'personal: vehicles by their plates; others may read all of it';
GRANT SELECT, INSERT, UPDATE (vin, owner_id, registered_on, use_kind, source, observed_at, ver)
    ON vehicle TO exchange@localhost;

CREATE TABLE IF NOT EXISTS licence (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the holder',
    file_no VARBINARY(255) NOT NULL
        COMMENT 'sensitive: sealed; number of the driver''s file',
    key_id INT NOT NULL
        COMMENT 'internal: the oldest data key under which a field here is sealed',
    classes VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: C1 and the like, blank separated',
    first_issued_on DATE NOT NULL
        COMMENT 'internal: cycles of points begin on this day of a year',
    valid_until DATE NULL
        COMMENT 'internal: last day; NULL for good',
    state ENUM('normal', 'retained', 'suspended', 'revoked')
        CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: whether it allows to drive',
    source VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: agency',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; an older observation never replaces a newer one',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY by_person (person_id),
    KEY by_key (key_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'sensitive: driving licences; others may read all but file_no and key_id';
GRANT SELECT, INSERT, UPDATE (file_no, key_id, classes, first_issued_on, valid_until, state, source,
    observed_at, ver) ON licence TO exchange@localhost;

-- Each new row of the next two is told to violation by an event of the table's name.
CREATE TABLE IF NOT EXISTS camera_record (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    agency VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: source',
    record_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the agency''s number of the act',
    plate_type CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: GA 24.7',
    plate VARCHAR(16) NOT NULL
        COMMENT 'personal: canonical form',
    occurred_at DATETIME(3) NOT NULL
        COMMENT 'sensitive: UTC',
    place VARCHAR(120) NOT NULL
        COMMENT 'sensitive: where',
    code VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: code of the violation',
    measured BIGINT NULL
        COMMENT 'internal: what the device measured (km/h), for codes that need it',
    allowed BIGINT NULL
        COMMENT 'internal: what was allowed (km/h)',
    evidence_sha256 BINARY(32) NOT NULL
        COMMENT 'internal: of the pictures, which stay with the agency',
    content BINARY(32) NOT NULL
        COMMENT 'internal: SHA-256 of the record, to tell a repetition from a contradiction',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; when the agency knew it',
    received_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (agency, record_no),
    KEY by_plate (plate_type, plate, occurred_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'sensitive: what cameras recorded, undecided; others may read all of it';
GRANT SELECT, INSERT ON camera_record TO exchange@localhost;

CREATE TABLE IF NOT EXISTS street_decision (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    agency VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: source',
    decision_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: 16 digits, or 15 of an old one',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who was punished',
    plate_type CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: GA 24.7',
    plate VARCHAR(16) NOT NULL
        COMMENT 'personal: canonical form',
    occurred_at DATETIME(3) NOT NULL
        COMMENT 'sensitive: UTC',
    place VARCHAR(120) NOT NULL
        COMMENT 'sensitive: where',
    code VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: code of the violation',
    fine_fen BIGINT NOT NULL
        COMMENT 'internal: 0 for a warning',
    points BIGINT NOT NULL
        COMMENT 'internal: as decided',
    decided_on DATE NOT NULL
        COMMENT 'internal: UTC+8',
    served_on DATE NOT NULL
        COMMENT 'internal: UTC+8; the term to pay begins after it',
    officer_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who decided',
    content BINARY(32) NOT NULL
        COMMENT 'internal: SHA-256 of the record, to tell a repetition from a contradiction',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; when the agency knew it',
    received_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (decision_no),
    KEY by_person (person_id),
    KEY by_plate (plate_type, plate, occurred_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'sensitive: decisions that officers made on the street; others may read all of it';
GRANT SELECT, INSERT ON street_decision TO exchange@localhost;

GRANT INSERT ON event TO exchange@localhost;
