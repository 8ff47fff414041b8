-- module: booking
-- The row that a person who takes tickets online locks, so that what he has on a day is counted once.

CREATE TABLE IF NOT EXISTS booking_taker (
    day DATE NOT NULL
        COMMENT 'internal: UTC+8',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who took one online',
    PRIMARY KEY (day, person_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: who took tickets online on a day';
GRANT SELECT, INSERT, DELETE ON booking_taker TO booking@localhost;
