-- module: violation
-- How far ahead a hearing may be set, and that who presides does not approve.

INSERT IGNORE INTO term_rule (code, valid_from, valid_to, n, unit, roll, source) VALUES
    ('hearing.within', '2021-07-15', NULL, 30, 'natural_days', 0,
     '本平台规定：确定听证日期后三十日内举行；公安机关办理行政案件程序规定所定期限待核实');

DROP TRIGGER IF EXISTS host_does_not_approve;
DELIMITER $$
CREATE TRIGGER host_does_not_approve BEFORE INSERT ON penalty_approval FOR EACH ROW
BEGIN
    IF EXISTS (SELECT 1 FROM penalty_proposal p JOIN hearing h ON h.case_id = p.case_id
        AND h.number = p.hearing_of WHERE p.case_id = NEW.case_id AND p.number = NEW.number
        AND h.host_id = NEW.approver_id) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'who presided at the hearing does not approve';
    END IF;
END$$
DELIMITER ;
