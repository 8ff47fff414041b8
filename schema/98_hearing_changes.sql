-- module: violation
-- A hearing that can not be held as it was told: another officer presides, on another day or elsewhere.
-- The first row stays as it was told; the last change counts.

CREATE TABLE IF NOT EXISTS hearing_change (
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which case ...',
    number INT NOT NULL
        COMMENT 'internal: ... and which hearing of it',
    turn INT NOT NULL
        COMMENT 'internal: 1, 2, 3 ...; the last counts',
    host_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the officer who changed it, and presides now',
    held_on DATE NOT NULL
        COMMENT 'internal: UTC+8; the day of before, or seven working days after this was told',
    place VARCHAR(120) NOT NULL
        COMMENT 'internal: where',
    reasons VARCHAR(500) NOT NULL
        COMMENT 'internal: why',
    changed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; told since then',
    PRIMARY KEY (case_id, number, turn),
    CONSTRAINT change_is_of_a_hearing FOREIGN KEY (case_id, number)
        REFERENCES hearing (case_id, number)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: hearings put off or given to another officer; insert-only';
GRANT SELECT, INSERT ON hearing_change TO violation@localhost;

-- As it stands now.
CREATE OR REPLACE VIEW hearing_now AS
    SELECT h.case_id, h.number, COALESCE(g.turn, 0) AS turn, COALESCE(g.host_id, h.host_id) AS host_id,
        COALESCE(g.held_on, h.held_on) AS held_on, COALESCE(g.place, h.place) AS place, h.closed_at
    FROM hearing h LEFT JOIN hearing_change g ON g.case_id = h.case_id AND g.number = h.number
        AND g.turn = (SELECT MAX(l.turn) FROM hearing_change l
            WHERE l.case_id = h.case_id AND l.number = h.number);
GRANT SELECT ON hearing_now TO violation@localhost;

DROP TRIGGER IF EXISTS hearing_changes_before_it_is_over;
DROP TRIGGER IF EXISTS host_does_not_approve;
DELIMITER $$
CREATE TRIGGER hearing_changes_before_it_is_over BEFORE INSERT ON hearing_change FOR EACH ROW
BEGIN
    IF EXISTS (SELECT 1 FROM hearing h WHERE h.case_id = NEW.case_id AND h.number = NEW.number
        AND h.closed_at IS NOT NULL) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the hearing was held';
    END IF;
    IF EXISTS (SELECT 1 FROM hearing h WHERE h.case_id = NEW.case_id AND h.number = NEW.number
        AND h.investigator_id = NEW.host_id) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'who investigates does not preside';
    END IF;
END$$

CREATE TRIGGER host_does_not_approve BEFORE INSERT ON penalty_approval FOR EACH ROW
BEGIN
    IF EXISTS (SELECT 1 FROM penalty_proposal p JOIN hearing_now h ON h.case_id = p.case_id
        AND h.number = p.hearing_of WHERE p.case_id = NEW.case_id AND p.number = NEW.number
        AND h.host_id = NEW.approver_id) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'who presided at the hearing does not approve';
    END IF;
END$$
DELIMITER ;
