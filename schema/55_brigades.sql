-- Brigades (大队) of the traffic police, and the one that an officer's session belongs to. Each is in
-- charge of one division (GB/T 2260; 440390 and 440391 are functional areas without a code there);
-- headquarters of the whole city. That there are 14 is public, which they are beyond the divisions is
-- data of ours to be corrected.

CREATE TABLE IF NOT EXISTS brigade (
    code CHAR(6) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: of the division, where it has one',
    name VARCHAR(60) NOT NULL
        COMMENT 'public: as it signs',
    division CHAR(6) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: what it is in charge of',
    is_headquarters BOOLEAN NOT NULL
        COMMENT 'public: of the whole city',
    PRIMARY KEY (code),
    KEY by_division (division)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: brigades and what each is in charge of';
INSERT IGNORE INTO brigade (code, name, division, is_headquarters) VALUES
    ('440300', '深圳市公安局交通警察局', '440300', TRUE),
    ('440303', '罗湖大队', '440303', FALSE),
    ('440304', '福田大队', '440304', FALSE),
    ('440305', '南山大队', '440305', FALSE),
    ('440306', '宝安大队', '440306', FALSE),
    ('440307', '龙岗大队', '440307', FALSE),
    ('440308', '盐田大队', '440308', FALSE),
    ('440309', '龙华大队', '440309', FALSE),
    ('440310', '坪山大队', '440310', FALSE),
    ('440311', '光明大队', '440311', FALSE),
    ('440390', '大鹏大队', '440390', FALSE),
    ('440391', '深汕大队', '440391', FALSE),
    ('440392', '机场大队', '440392', FALSE),
    ('440393', '高速公路大队', '440393', FALSE),
    ('440394', '机动训练大队', '440394', FALSE);
GRANT SELECT ON brigade TO identity@localhost;

ALTER TABLE core_session ADD COLUMN brigade CHAR(6) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'internal: an officer''s; NULL for others and for officers of none' AFTER channel;
