-- module: violation
-- What the program never does is refused by the tables too, whoever writes: a camera's record decided as
-- if on the street, a large fine without the days to ask for a hearing, another proposal decided than the
-- approved one, a decision that fell and stands again, minutes and countersigned papers changed afterwards.

DROP TRIGGER IF EXISTS street_decision_is_of_the_street;
DROP TRIGGER IF EXISTS general_decision_is_the_approved_one;
DROP TRIGGER IF EXISTS large_fine_leaves_days_for_a_hearing;
DROP TRIGGER IF EXISTS fallen_decision_stays_down;
DROP TRIGGER IF EXISTS minutes_are_written_once;
DROP TRIGGER IF EXISTS signature_is_countersigned_once;
DELIMITER $$
CREATE TRIGGER street_decision_is_of_the_street BEFORE INSERT ON violation_decision FOR EACH ROW
BEGIN
    IF NEW.manner = 'street' AND NOT EXISTS (SELECT 1 FROM violation_case c
        WHERE c.id = NEW.case_id AND c.kind = 'street') THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a record of a camera is not decided on the street';
    END IF;
END$$

CREATE TRIGGER general_decision_is_the_approved_one BEFORE INSERT ON violation_decision FOR EACH ROW
BEGIN
    IF NEW.manner = 'general' AND NOT EXISTS (SELECT 1 FROM penalty_approval v
        JOIN penalty_proposal p ON p.case_id = v.case_id AND p.number = v.number
        WHERE v.case_id = NEW.case_id AND p.person_id = NEW.person_id AND p.fine_fen >= NEW.fine_fen
        AND p.points >= NEW.points) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'two officers come before this decision';
    END IF;
END$$

-- Working days are at least as many natural ones. A proposal that repeats another keeps its days.
CREATE TRIGGER large_fine_leaves_days_for_a_hearing BEFORE INSERT ON penalty_proposal FOR EACH ROW
BEGIN
    DECLARE proposed_on DATE DEFAULT DATE(NEW.proposed_at + INTERVAL 8 HOUR);
    DECLARE days INT DEFAULT (SELECT t.n FROM term_rule t WHERE t.code = 'appeal.hearing'
        AND t.valid_from <= proposed_on AND (t.valid_to IS NULL OR t.valid_to >= proposed_on) LIMIT 1);
    IF NEW.hearing_of = NEW.number
        AND NEW.fine_fen >= (SELECT h.person_min_fen FROM hearing_rule h
            WHERE h.valid_from <= proposed_on ORDER BY h.valid_from DESC LIMIT 1)
        AND (NEW.answer_until IS NULL OR days IS NULL
            OR NEW.answer_until < proposed_on + INTERVAL days DAY) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a large fine leaves days to ask for a hearing';
    END IF;
END$$

CREATE TRIGGER fallen_decision_stays_down BEFORE UPDATE ON violation_decision FOR EACH ROW
BEGIN
    IF OLD.stands IS NULL AND NOT (NEW.stands <=> OLD.stands AND NEW.withdrawn_at <=> OLD.withdrawn_at) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a decision that fell never stands again';
    END IF;
END$$

CREATE TRIGGER minutes_are_written_once BEFORE UPDATE ON hearing FOR EACH ROW
BEGIN
    IF OLD.closed_at IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'minutes of a hearing are never changed';
    END IF;
END$$

CREATE TRIGGER signature_is_countersigned_once BEFORE UPDATE ON decision_signature FOR EACH ROW
BEGIN
    IF OLD.signed_sha256 IS NOT NULL AND NOT (NEW.signed_sha256 <=> OLD.signed_sha256
        AND NEW.countersigned_at <=> OLD.countersigned_at) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a countersigned paper is never exchanged';
    END IF;
END$$
DELIMITER ;
