-- module: exchange
-- Facts for the release of what is held (放车还证): policies of compulsory insurance from insurers, held
-- items from officers and pounds, and the pounds' word that an item was handed over.

INSERT IGNORE INTO agency (name, title, types) VALUES
    ('insurer', '机动车保险信息平台', 'policy'),
    ('pound', '扣留车辆保管系统', 'held_item release_done');
UPDATE agency SET types = CONCAT(types, ' held_item')
    WHERE name = 'traffic' AND types NOT LIKE '%held_item%';

CREATE TABLE IF NOT EXISTS policy (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    policy_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the insurer''s number',
    vin CHAR(17) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'personal: GB 16735; which vehicle, whatever plate it carries',
    valid_from DATE NOT NULL
        COMMENT 'internal: first day',
    valid_to DATE NOT NULL
        COMMENT 'internal: last day',
    state ENUM('in_force', 'cancelled') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: whether it was cancelled before its end',
    source VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: agency',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; an older observation never replaces a newer one',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY by_policy_no (source, policy_no),
    KEY by_vin (vin, valid_to)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'personal: compulsory insurance; others read vehicle_policy, which shows no VIN';
GRANT SELECT, INSERT, UPDATE (valid_from, valid_to, state, observed_at, ver)
    ON policy TO exchange@localhost;

-- Policies of registered vehicles, for those who know a vehicle by its plate.
CREATE OR REPLACE VIEW vehicle_policy AS
    SELECT v.plate_type, v.plate, p.policy_no, p.valid_from, p.valid_to, p.state, p.source,
           p.observed_at
    FROM vehicle v JOIN policy p ON p.vin = v.vin;

CREATE TABLE IF NOT EXISTS held_item (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    item_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: number of the voucher that the person was given',
    kind ENUM('vehicle', 'vehicle_licence', 'driver_licence')
        CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what is held',
    plate_type CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: GA 24.7; NULL for a driver''s licence taken without a vehicle',
    plate VARCHAR(16) NULL
        COMMENT 'personal: canonical form',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: from whom it was taken; NULL when nobody was there',
    reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'sensitive: why, a code of hold_reason',
    decision_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the decision that it belongs to; NULL for none yet',
    pound VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: where it is, a code of pound',
    held_on DATE NOT NULL
        COMMENT 'internal: UTC+8; since when',
    noticed_on DATE NULL
        COMMENT 'internal: UTC+8; when the person was told to fetch it; NULL: not yet',
    suspended_until DATE NULL
        COMMENT 'sensitive: last day of the suspension of a licence; NULL for none',
    state ENUM('held', 'returned', 'disposed') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: whether it is there still',
    source VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: agency',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; an older observation never replaces a newer one',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes',
    PRIMARY KEY (id),
    UNIQUE KEY by_item_no (item_no),
    KEY by_person (person_id),
    KEY by_plate (plate_type, plate)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'sensitive: vehicles and documents that are held; others may read all of it';
GRANT SELECT, INSERT, UPDATE (reason, decision_no, pound, noticed_on, suspended_until, state, source,
    observed_at, ver) ON held_item TO exchange@localhost;

-- Each new row is told to violation by an event of the table's name.
CREATE TABLE IF NOT EXISTS release_done (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    agency VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: source',
    order_no CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the release order that was shown',
    item_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what was handed over, by its voucher',
    released_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; when',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; when the agency knew it',
    received_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (order_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: what pounds handed over, once an order; others may read all of it';
GRANT SELECT, INSERT ON release_done TO exchange@localhost;
