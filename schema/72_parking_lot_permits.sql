-- module: parking
-- Which car park each permit is for: one that was renewed in advance has two that stand, and all of
-- them end with it.

CREATE TABLE IF NOT EXISTS parking_lot_permit (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the application that granted the permit',
    lot_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the car park',
    PRIMARY KEY (application_id),
    KEY by_lot (lot_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: the permits that a car park has and had; insert-only';
GRANT SELECT, INSERT ON parking_lot_permit TO parking@localhost;

-- Of those from before: the permit that opened it, and the newest. For which car park one in between
-- was renewed stands in sealed forms only.
INSERT IGNORE INTO parking_lot_permit (application_id, lot_id) SELECT id, id FROM parking_lot;
INSERT IGNORE INTO parking_lot_permit (application_id, lot_id)
    SELECT permit_application_id, id FROM parking_lot;
