-- module: exchange
-- Passages (过车记录) and what car parks record of cars that come and go (停车场进出记录): a million rows a
-- day, so they come without events, in bulk, and a month of them goes by dropping its partition.
-- scripts/passages makes months ahead and drops those that were kept long enough; without it nothing
-- fails, for the first and the last partition take whatever lies outside.

UPDATE agency SET types = CONCAT(types, ' passage_site passage')
    WHERE name = 'traffic' AND types NOT LIKE '%passage%';
INSERT IGNORE INTO agency (name, title, types) VALUES
    ('carpark', '停车场联网平台', 'passage_site passage');

CREATE TABLE IF NOT EXISTS passage_retention (
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force',
    valid_to DATE NULL
        COMMENT 'public: last day in force; NULL until a newer version ends it',
    months INT NOT NULL
        COMMENT 'public: for how long passages are kept, in whole months besides the one that runs',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: where this stands',
    PRIMARY KEY (valid_from),
    CONSTRAINT passage_retention_is_sane CHECK (months BETWEEN 1 AND 120)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: how long passages are kept, in versions; scripts/passages carries it out';
INSERT IGNORE INTO passage_retention (valid_from, valid_to, months, source) VALUES
    ('2021-11-01', NULL, 12, '个人信息保护法第十九条：保存期限为实现处理目的所必要的最短时间；十二个月（待核实）');

CREATE TABLE IF NOT EXISTS passage_site (
    agency VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who runs it',
    code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the agency''s number of the site',
    name VARCHAR(120) NOT NULL
        COMMENT 'public: where it is, in words',
    kind ENUM('camera', 'car_park') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: cars pass a camera, and enter and leave a car park',
    latitude BIGINT NOT NULL
        COMMENT 'public: millionths of a degree north, CGCS2000',
    longitude BIGINT NOT NULL
        COMMENT 'public: millionths of a degree east, CGCS2000',
    observed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; an older observation never replaces a newer one',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes',
    PRIMARY KEY (agency, code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: places at which cars are seen; others may read all but observed_at and ver';
GRANT SELECT, INSERT, UPDATE (name, kind, latitude, longitude, observed_at, ver) ON passage_site
    TO exchange@localhost;
GRANT SELECT ON passage_retention TO exchange@localhost;

-- The rows of one plate lie together, in their order: a search reads one stretch a month. Bounds are
-- midnights in China.
CREATE TABLE IF NOT EXISTS plate_passage (
    plate_type CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: GA 24.7',
    plate VARCHAR(16) NOT NULL
        COMMENT 'personal: canonical form',
    passed_at DATETIME(3) NOT NULL
        COMMENT 'sensitive: UTC',
    agency VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: source',
    record_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the agency''s number of the record, once at one moment',
    site VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'sensitive: where; passage_site.code of that agency',
    kind ENUM('passage', 'park_in', 'park_out') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'sensitive: passed a camera, entered or left a car park',
    PRIMARY KEY (plate_type, plate, passed_at, agency, record_no),
    UNIQUE KEY once (agency, record_no, passed_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'sensitive: where cars were seen, never changed; others may read all of it'
PARTITION BY RANGE COLUMNS (passed_at) (
    PARTITION p_before VALUES LESS THAN ('2026-05-31 16:00:00'),
    PARTITION p202606 VALUES LESS THAN ('2026-06-30 16:00:00'),
    PARTITION p202607 VALUES LESS THAN ('2026-07-31 16:00:00'),
    PARTITION p202608 VALUES LESS THAN ('2026-08-31 16:00:00'),
    PARTITION p202609 VALUES LESS THAN ('2026-09-30 16:00:00'),
    PARTITION p202610 VALUES LESS THAN ('2026-10-31 16:00:00'),
    PARTITION p202611 VALUES LESS THAN ('2026-11-30 16:00:00'),
    PARTITION p202612 VALUES LESS THAN ('2026-12-31 16:00:00'),
    PARTITION p202701 VALUES LESS THAN ('2027-01-31 16:00:00'),
    PARTITION p202702 VALUES LESS THAN ('2027-02-28 16:00:00'),
    PARTITION p202703 VALUES LESS THAN ('2027-03-31 16:00:00'),
    PARTITION p202704 VALUES LESS THAN ('2027-04-30 16:00:00'),
    PARTITION p202705 VALUES LESS THAN ('2027-05-31 16:00:00'),
    PARTITION p_later VALUES LESS THAN (MAXVALUE)
);
GRANT SELECT, INSERT ON plate_passage TO exchange@localhost;
