-- module: violation
-- Who had nothing to say when he confirmed may still speak until a penalty is proposed; it is answered
-- like what is said at once (Penalty Law 2021, article 45).

CREATE TABLE IF NOT EXISTS later_statement (
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which case',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who said it',
    actor_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: with which account',
    request_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: Idempotency-Key of the tap',
    statement VARCHAR(1000) NOT NULL
        COMMENT 'personal: what the person said',
    said_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (case_id, person_id),
    CONSTRAINT later_statement_is_of_a_confirmation FOREIGN KEY (case_id, person_id)
        REFERENCES violation_confirmation (case_id, person_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'personal: what was said after the confirmation; never changed';
GRANT SELECT, INSERT ON later_statement TO violation@localhost;

DROP TRIGGER IF EXISTS later_statement_comes_in_time;
DROP TRIGGER IF EXISTS later_statement_is_answered;
DELIMITER $$
CREATE TRIGGER later_statement_comes_in_time BEFORE INSERT ON later_statement FOR EACH ROW
BEGIN
    IF EXISTS (SELECT 1 FROM violation_confirmation f WHERE f.case_id = NEW.case_id
        AND f.person_id = NEW.person_id AND f.statement IS NOT NULL) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'one statement is answered at a time';
    END IF;
END$$

CREATE TRIGGER later_statement_is_answered BEFORE INSERT ON violation_decision FOR EACH ROW
BEGIN
    IF NEW.manner <> 'street' AND EXISTS (SELECT 1 FROM later_statement t
        WHERE t.case_id = NEW.case_id AND t.person_id = NEW.person_id
        AND NOT EXISTS (SELECT 1 FROM statement_review v WHERE v.case_id = t.case_id
            AND v.person_id = t.person_id AND v.is_accepted = 0)) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'what the person says comes before a decision';
    END IF;
END$$
DELIMITER ;
