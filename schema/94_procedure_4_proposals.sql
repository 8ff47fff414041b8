-- module: violation
-- Who approves may also give a proposal back to its investigator, who proposes again. Proposals of a case
-- are numbered; the newest stands, unless it was given back. With another fine, other points or another
-- officer the right to a hearing begins anew; else what became of it counts on (hearing_of).

ALTER TABLE hearing
    DROP FOREIGN KEY IF EXISTS hearing_was_asked_for,
    DROP FOREIGN KEY IF EXISTS hearing_is_of_a_proposal,
    DROP KEY IF EXISTS hearing_is_of_a_proposal;
ALTER TABLE hearing_choice
    DROP FOREIGN KEY IF EXISTS choice_is_of_a_proposal;
ALTER TABLE penalty_approval
    DROP FOREIGN KEY IF EXISTS approval_is_of_a_proposal,
    DROP KEY IF EXISTS approval_is_of_a_proposal;

ALTER TABLE penalty_proposal
    ADD COLUMN IF NOT EXISTS number INT NOT NULL DEFAULT 1
        COMMENT 'internal: first, second ... of the case; the newest stands' AFTER case_id,
    ADD COLUMN IF NOT EXISTS hearing_of INT NOT NULL DEFAULT 1
        COMMENT 'internal: the proposal whose choice and hearing count for it: itself or an earlier one',
    DROP PRIMARY KEY, ADD PRIMARY KEY (case_id, number),
    DROP KEY IF EXISTS by_whom, ADD UNIQUE KEY by_whom (case_id, number, investigator_id),
    ADD CONSTRAINT IF NOT EXISTS proposal_has_a_number
        CHECK (number >= 1 AND hearing_of BETWEEN 1 AND number);
ALTER TABLE hearing_choice
    ADD COLUMN IF NOT EXISTS number INT NOT NULL DEFAULT 1
        COMMENT 'internal: of which proposal' AFTER case_id,
    DROP PRIMARY KEY, ADD PRIMARY KEY (case_id, number),
    ADD CONSTRAINT choice_is_of_a_proposal FOREIGN KEY IF NOT EXISTS (case_id, number)
        REFERENCES penalty_proposal (case_id, number);
ALTER TABLE hearing
    ADD COLUMN IF NOT EXISTS number INT NOT NULL DEFAULT 1
        COMMENT 'internal: of which proposal' AFTER case_id,
    DROP PRIMARY KEY, ADD PRIMARY KEY (case_id, number),
    ADD CONSTRAINT hearing_was_asked_for FOREIGN KEY IF NOT EXISTS (case_id, number)
        REFERENCES hearing_choice (case_id, number),
    ADD CONSTRAINT hearing_is_of_a_proposal FOREIGN KEY IF NOT EXISTS (case_id, number, investigator_id)
        REFERENCES penalty_proposal (case_id, number, investigator_id);
ALTER TABLE penalty_approval
    ADD COLUMN IF NOT EXISTS number INT NOT NULL DEFAULT 1
        COMMENT 'internal: of which proposal' AFTER case_id,
    ADD CONSTRAINT approval_is_of_a_proposal FOREIGN KEY IF NOT EXISTS (case_id, number, investigator_id)
        REFERENCES penalty_proposal (case_id, number, investigator_id);

CREATE TABLE IF NOT EXISTS proposal_return (
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which case',
    number INT NOT NULL
        COMMENT 'internal: which proposal',
    investigator_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: to whom it goes back',
    officer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who did not approve',
    reasons VARCHAR(500) NOT NULL
        COMMENT 'internal: why',
    returned_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (case_id, number),
    CONSTRAINT return_is_of_a_proposal FOREIGN KEY (case_id, number, investigator_id)
        REFERENCES penalty_proposal (case_id, number, investigator_id),
    CONSTRAINT return_is_by_another_officer CHECK (officer_id <> investigator_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: proposals that were given back; never changed';
GRANT SELECT, INSERT ON proposal_return TO violation@localhost;

DROP TRIGGER IF EXISTS proposal_follows_a_return;
DROP TRIGGER IF EXISTS return_comes_before_the_approval;
DROP TRIGGER IF EXISTS later_statement_comes_before_the_proposal;
DROP TRIGGER IF EXISTS approval_waits;
DELIMITER $$
CREATE TRIGGER proposal_follows_a_return BEFORE INSERT ON penalty_proposal FOR EACH ROW
BEGIN
    IF NEW.number <> 1 + (SELECT COUNT(*) FROM penalty_proposal p WHERE p.case_id = NEW.case_id)
        OR EXISTS (SELECT 1 FROM penalty_proposal p WHERE p.case_id = NEW.case_id
            AND NOT EXISTS (SELECT 1 FROM proposal_return b WHERE b.case_id = p.case_id
                AND b.number = p.number)) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'one proposal of a case stands';
    END IF;
    IF NEW.hearing_of <> NEW.number AND NOT EXISTS (SELECT 1 FROM penalty_proposal p
        WHERE p.case_id = NEW.case_id AND p.number = NEW.number - 1 AND p.hearing_of = NEW.hearing_of
        AND p.investigator_id = NEW.investigator_id AND p.fine_fen = NEW.fine_fen
        AND p.points = NEW.points AND p.answer_until <=> NEW.answer_until) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'another penalty gives another right to a hearing';
    END IF;
END$$

CREATE TRIGGER return_comes_before_the_approval BEFORE INSERT ON proposal_return FOR EACH ROW
BEGIN
    IF EXISTS (SELECT 1 FROM penalty_approval v WHERE v.case_id = NEW.case_id) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'what was approved is not given back';
    END IF;
END$$

CREATE TRIGGER later_statement_comes_before_the_proposal BEFORE INSERT ON later_statement FOR EACH ROW
BEGIN
    IF EXISTS (SELECT 1 FROM penalty_proposal p WHERE p.case_id = NEW.case_id
        AND NOT EXISTS (SELECT 1 FROM proposal_return b WHERE b.case_id = p.case_id
            AND b.number = p.number)) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the penalty is proposed already';
    END IF;
END$$

CREATE TRIGGER approval_waits BEFORE INSERT ON penalty_approval FOR EACH ROW
BEGIN
    DECLARE heard INT DEFAULT (SELECT p.hearing_of FROM penalty_proposal p
        WHERE p.case_id = NEW.case_id AND p.number = NEW.number);
    IF EXISTS (SELECT 1 FROM proposal_return b WHERE b.case_id = NEW.case_id
        AND b.number = NEW.number) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'this proposal was given back';
    END IF;
    IF EXISTS (SELECT 1 FROM penalty_proposal p WHERE p.case_id = NEW.case_id AND p.number = NEW.number
        AND p.answer_until IS NOT NULL
        AND p.answer_until >= DATE(NEW.approved_at + INTERVAL 8 HOUR)
        AND NOT EXISTS (SELECT 1 FROM hearing_choice c WHERE c.case_id = p.case_id
            AND c.number = heard)) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a hearing may still be asked for';
    END IF;
    IF EXISTS (SELECT 1 FROM hearing_choice c WHERE c.case_id = NEW.case_id AND c.number = heard
        AND c.choice = 'asked'
        AND NOT EXISTS (SELECT 1 FROM hearing h WHERE h.case_id = c.case_id AND h.number = heard
            AND h.closed_at IS NOT NULL)) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the hearing was not held yet';
    END IF;
END$$
DELIMITER ;
