-- module: booking
-- Who was told that he is nearly called, apart from the tickets: a row of a waiting ticket that telling
-- locked would be passed over by whoever calls next. For the same reason no foreign key leads there.

CREATE TABLE IF NOT EXISTS booking_near_told (
    ticket_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: booking_ticket',
    told_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; when its holder was told that he is nearly called',
    PRIMARY KEY (ticket_id),
    KEY by_age (told_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: tickets of which the holder was told';
GRANT SELECT, INSERT ON booking_near_told TO booking@localhost;
