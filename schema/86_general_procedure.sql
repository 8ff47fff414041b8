-- module: violation
-- The general procedure (一般程序) and the answer to a statement. Before a decision its rows have to be
-- there: announcement, confirmation, the answer to what the person said, for a larger fine the proposal of
-- one officer and the approval of another, for a large one (听证) also what became of the right to a
-- hearing. Keys, checks and triggers ask for them, whoever inserts.

CREATE TABLE IF NOT EXISTS hearing_rule (
    valid_from DATE NOT NULL
        COMMENT 'public: first day in force, until the next version',
    person_min_fen BIGINT NOT NULL
        COMMENT 'public: from this fine on a person may ask for a hearing',
    source VARCHAR(200) NOT NULL
        COMMENT 'public: law and article',
    PRIMARY KEY (valid_from)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: which fines are large, in versions';
INSERT IGNORE INTO hearing_rule (valid_from, person_min_fen, source) VALUES
    ('2013-01-01', 200000,
     '行政处罚法（2021年修订）第六十三条；公安机关办理行政案件程序规定第一百二十三条（数额待核实）');
GRANT SELECT ON hearing_rule TO violation@localhost;
INSERT IGNORE INTO term_rule (code, valid_from, valid_to, n, unit, roll, source) VALUES
    ('hearing.notice', '2021-07-15', NULL, 7, 'working_days', 0,
     '行政处罚法（2021年修订）第六十四条第二项');

ALTER TABLE violation_decision
    MODIFY COLUMN manner ENUM('simple', 'street', 'general') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: simple procedure here, by an officer on the street, or general procedure';
ALTER TABLE violation_case
    ADD KEY IF NOT EXISTS by_state (state, id);
ALTER TABLE violation_withdrawal
    MODIFY COLUMN application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the objection or claim that was upheld; NULL: what was said at the confirmation';

-- Numbers of the kind 2, the general procedure.
INSERT IGNORE INTO decision_serial (prefix, next_serial) VALUES ('4403002', 40016000);
INSERT IGNORE INTO decision_block (prefix, slot, next_serial, last_serial) VALUES
    ('4403002', 1, 40000000, 40000999), ('4403002', 2, 40001000, 40001999),
    ('4403002', 3, 40002000, 40002999), ('4403002', 4, 40003000, 40003999),
    ('4403002', 5, 40004000, 40004999), ('4403002', 6, 40005000, 40005999),
    ('4403002', 7, 40006000, 40006999), ('4403002', 8, 40007000, 40007999),
    ('4403002', 9, 40008000, 40008999), ('4403002', 10, 40009000, 40009999),
    ('4403002', 11, 40010000, 40010999), ('4403002', 12, 40011000, 40011999),
    ('4403002', 13, 40012000, 40012999), ('4403002', 14, 40013000, 40013999),
    ('4403002', 15, 40014000, 40014999), ('4403002', 16, 40015000, 40015999);

CREATE TABLE IF NOT EXISTS statement_review (
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which case',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who said it',
    officer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who heard it',
    is_accepted TINYINT(1) NOT NULL
        COMMENT 'internal: 1: the case is withdrawn; 0: it goes on',
    reasons VARCHAR(500) NOT NULL
        COMMENT 'internal: why, as the person reads it',
    reviewed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (case_id),
    CONSTRAINT review_is_of_a_confirmation FOREIGN KEY (case_id, person_id)
        REFERENCES violation_confirmation (case_id, person_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: what an officer answers to a statement; never changed';
GRANT SELECT, INSERT ON statement_review TO violation@localhost;

CREATE TABLE IF NOT EXISTS penalty_proposal (
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which case',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who is to be punished',
    investigator_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the first officer',
    findings VARCHAR(1000) NOT NULL
        COMMENT 'internal: what the investigation found',
    fine_fen BIGINT NOT NULL
        COMMENT 'internal: intended; never above what was announced',
    points INT NOT NULL
        COMMENT 'internal: likewise',
    answer_until DATE NULL
        COMMENT 'internal: last day to ask for a hearing; NULL: the fine gives no right to one',
    proposed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; told to the person since then',
    PRIMARY KEY (case_id),
    UNIQUE KEY by_whom (case_id, investigator_id),
    CONSTRAINT proposal_is_after_a_confirmation FOREIGN KEY (case_id, person_id)
        REFERENCES violation_confirmation (case_id, person_id),
    CONSTRAINT proposal_is_sane CHECK (fine_fen > 0 AND points BETWEEN 0 AND 12)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: what one officer proposes; never changed';
GRANT SELECT, INSERT ON penalty_proposal TO violation@localhost;

CREATE TABLE IF NOT EXISTS hearing_choice (
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which case',
    choice ENUM('waived', 'asked') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what the person wants',
    actor_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: with which account',
    chosen_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (case_id),
    CONSTRAINT choice_is_of_a_proposal FOREIGN KEY (case_id) REFERENCES penalty_proposal (case_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: hearings asked for or waived; never changed';
GRANT SELECT, INSERT ON hearing_choice TO violation@localhost;

CREATE TABLE IF NOT EXISTS hearing (
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which case',
    investigator_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who may not preside',
    host_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the officer who presides',
    held_on DATE NOT NULL
        COMMENT 'internal: UTC+8; seven working days after it was told, or later',
    place VARCHAR(120) NOT NULL
        COMMENT 'internal: where',
    set_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; told since then',
    minutes VARCHAR(2000) NULL
        COMMENT 'sensitive: what was said; NULL until it was held',
    closed_at DATETIME(3) NULL
        COMMENT 'internal: UTC; when it was over',
    PRIMARY KEY (case_id),
    CONSTRAINT hearing_was_asked_for FOREIGN KEY (case_id) REFERENCES hearing_choice (case_id),
    CONSTRAINT hearing_is_of_a_proposal FOREIGN KEY (case_id, investigator_id)
        REFERENCES penalty_proposal (case_id, investigator_id),
    CONSTRAINT investigator_does_not_preside CHECK (host_id <> investigator_id),
    CONSTRAINT hearing_over_has_minutes CHECK ((minutes IS NULL) = (closed_at IS NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'sensitive: hearings, set and held';
GRANT SELECT, INSERT, UPDATE (minutes, closed_at) ON hearing TO violation@localhost;

CREATE TABLE IF NOT EXISTS penalty_approval (
    case_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which case',
    investigator_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the first officer',
    approver_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the second one',
    approved_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (case_id),
    CONSTRAINT approval_is_of_a_proposal FOREIGN KEY (case_id, investigator_id)
        REFERENCES penalty_proposal (case_id, investigator_id),
    CONSTRAINT approval_is_by_another_officer CHECK (approver_id <> investigator_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: who approved a proposal; never changed';
GRANT SELECT, INSERT ON penalty_approval TO violation@localhost;

DROP TRIGGER IF EXISTS proposal_is_no_worse;
DROP TRIGGER IF EXISTS approval_waits;
DROP TRIGGER IF EXISTS decision_follows_the_procedure;
DELIMITER $$
CREATE TRIGGER proposal_is_no_worse BEFORE INSERT ON penalty_proposal FOR EACH ROW
BEGIN
    IF NOT EXISTS (SELECT 1 FROM violation_announcement a WHERE a.case_id = NEW.case_id
        AND a.person_id = NEW.person_id AND a.fine_fen >= NEW.fine_fen AND a.points >= NEW.points) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a proposal is never above what was announced';
    END IF;
END$$

CREATE TRIGGER approval_waits BEFORE INSERT ON penalty_approval FOR EACH ROW
BEGIN
    IF EXISTS (SELECT 1 FROM penalty_proposal p WHERE p.case_id = NEW.case_id
        AND p.answer_until IS NOT NULL
        AND p.answer_until >= DATE(NEW.approved_at + INTERVAL 8 HOUR)
        AND NOT EXISTS (SELECT 1 FROM hearing_choice c WHERE c.case_id = p.case_id)) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a hearing may still be asked for';
    END IF;
    IF EXISTS (SELECT 1 FROM hearing_choice c WHERE c.case_id = NEW.case_id AND c.choice = 'asked'
        AND NOT EXISTS (SELECT 1 FROM hearing h WHERE h.case_id = c.case_id
            AND h.closed_at IS NOT NULL)) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the hearing was not held yet';
    END IF;
END$$

-- Decisions of the street come with facts of others and are theirs. One act, one fine is a key of the
-- table (one_that_stands).
CREATE TRIGGER decision_follows_the_procedure BEFORE INSERT ON violation_decision FOR EACH ROW
BEGIN
    DECLARE decided_on DATE DEFAULT DATE(NEW.decided_at + INTERVAL 8 HOUR);
    IF NEW.manner <> 'street' THEN
        IF NOT EXISTS (SELECT 1 FROM violation_announcement a WHERE a.case_id = NEW.case_id
            AND a.person_id = NEW.person_id AND a.fine_fen >= NEW.fine_fen
            AND a.points >= NEW.points) THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a decision is never above what was announced';
        END IF;
        IF NOT EXISTS (SELECT 1 FROM violation_confirmation f WHERE f.case_id = NEW.case_id
            AND f.person_id = NEW.person_id AND (f.statement IS NULL OR EXISTS (SELECT 1
                FROM statement_review v WHERE v.case_id = f.case_id AND v.person_id = f.person_id
                AND v.is_accepted = 0))) THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'what the person says comes before a decision';
        END IF;
        IF EXISTS (SELECT 1 FROM violation_case c WHERE c.id = NEW.case_id
            AND DATE(c.observed_at + INTERVAL 8 HOUR)
              > DATE(c.occurred_at + INTERVAL 8 HOUR) + INTERVAL 2 YEAR) THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'discovered later than two years after the act';
        END IF;
    END IF;
    IF NEW.manner = 'simple' AND NOT EXISTS (SELECT 1 FROM procedure_rule p
        WHERE p.valid_from <= decided_on AND (p.valid_to IS NULL OR p.valid_to >= decided_on)
        AND p.simple_max_fen >= NEW.fine_fen) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'too much for the simple procedure';
    END IF;
    IF NEW.manner = 'general' AND NOT EXISTS (SELECT 1 FROM penalty_approval v
        JOIN penalty_proposal p ON p.case_id = v.case_id AND p.person_id = NEW.person_id
        WHERE v.case_id = NEW.case_id AND p.fine_fen >= NEW.fine_fen AND p.points >= NEW.points) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'two officers come before this decision';
    END IF;
END$$
DELIMITER ;
