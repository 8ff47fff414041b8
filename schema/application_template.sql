-- The applications of one domain, expanded by scripts/migrate in front of a file that has the line
-- "-- template: application" below "-- module: NAME"; {module} is the name. Touched by casework's
-- statements only, run as the user of the module. An application moves along application_edge only;
-- what happened to it is insert-only.
CREATE TABLE IF NOT EXISTS {module}_application (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    application_no CHAR(17) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: what the applicant calls it; NULL until it is submitted',
    service VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which service ...',
    version INT NOT NULL
        COMMENT 'internal: ... as it was defined when this began',
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: see application_edge',
    step VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: which step is an officer''s turn; NULL: none is',
    filed_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the natural person who files',
    applicant_kind ENUM('person', 'organisation') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who applies ...',
    applicant_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ... the person who files, or whom that person acts for',
    mandate_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: by which mandate; NULL for oneself',
    channel VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: where it was filed',
    form VARBINARY(8000) NOT NULL
        COMMENT 'personal: sealed; JSON by the fields of the definition',
    key_id INT NOT NULL
        COMMENT 'internal: the data key that seals the form',
    brigade CHAR(6) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: who decides; NULL until it is submitted',
    officer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: who took the step',
    corrections INT NOT NULL DEFAULT 0
        COMMENT 'internal: notices of what is missing; the law allows one',
    gaps VARCHAR(2000) NULL
        COMMENT 'internal: what that notice names, one a line',
    begin_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the Idempotency-Key that began it, so that a repetition finds it',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    submitted_at DATETIME(3) NULL
        COMMENT 'internal: UTC; the first time',
    accepted_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    decided_at DATETIME(3) NULL
        COMMENT 'internal: UTC; granted, refused or rejected',
    is_deemed BOOLEAN NOT NULL DEFAULT FALSE
        COMMENT 'internal: silence accepted or granted it',
    updated_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    ver INT NOT NULL DEFAULT 1
        COMMENT 'internal: counts changes; whoever changes names the one he saw',
    PRIMARY KEY (id),
    UNIQUE KEY by_no (application_no),
    KEY by_applicant (applicant_id, id),
    KEY by_filer (filed_by, id),
    UNIQUE KEY once (filed_by, begin_key),
    KEY by_key (key_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'personal: applications and how far each is';
GRANT SELECT, INSERT, UPDATE (application_no, state, step, form, key_id, brigade, officer_id,
    corrections, gaps, submitted_at, accepted_at, decided_at, is_deemed, updated_at, ver)
    ON {module}_application TO {module}@localhost;

DROP TRIGGER IF EXISTS {module}_application_moves;
DELIMITER $$
CREATE TRIGGER {module}_application_moves BEFORE UPDATE ON {module}_application FOR EACH ROW
BEGIN
    IF NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM application_edge
        WHERE frm = OLD.state AND dst = NEW.state) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no such move of an application';
    END IF;
    IF NEW.ver <> OLD.ver + 1 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a change of an application counts its version';
    END IF;
END$$
DELIMITER ;

CREATE TABLE IF NOT EXISTS {module}_application_act (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which application',
    ver INT NOT NULL
        COMMENT 'internal: the version that it made',
    act VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what was done',
    step VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the step afterwards',
    done_step VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the step that an officer finished by it',
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the state afterwards',
    actor_kind ENUM('citizen', 'officer', 'system') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who did it ...',
    actor_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ... person, officer or job',
    mandate_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: and by which mandate for another',
    reason VARCHAR(1000) NULL
        COMMENT 'sensitive: what the applicant is told',
    at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC, business clock',
    PRIMARY KEY (application_id, ver)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'sensitive: every change of an application with who and why; insert-only';
GRANT SELECT, INSERT ON {module}_application_act TO {module}@localhost;

CREATE TABLE IF NOT EXISTS {module}_application_clock (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which application',
    code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which clock of the definition',
    turn INT NOT NULL
        COMMENT 'internal: which time it runs: the version that started it',
    n INT NOT NULL
        COMMENT 'internal: the term, copied from the rule in force; 0: until a given day',
    unit VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of what',
    source VARCHAR(200) NOT NULL
        COMMENT 'internal: law and article, or the promise',
    started_on DATE NOT NULL
        COMMENT 'internal: UTC+8; not counted itself',
    due_on DATE NOT NULL
        COMMENT 'internal: UTC+8; its last day, pauses that ended included',
    warn_on DATE NULL
        COMMENT 'internal: UTC+8; from this day on the brigade lead is to know; NULL: never',
    is_provisional BOOLEAN NOT NULL
        COMMENT 'internal: it runs beyond the calendars that are known',
    paused_on DATE NULL
        COMMENT 'internal: UTC+8; it stands since; NULL: it runs',
    is_warned BOOLEAN NOT NULL DEFAULT FALSE
        COMMENT 'internal: the brigade lead was told that it runs out',
    is_running BOOLEAN NOT NULL DEFAULT TRUE
        COMMENT 'internal: FALSE once its end was reached, in time or not',
    ended_at DATETIME(3) NULL
        COMMENT 'internal: UTC; what it measured happened, or it ran out',
    PRIMARY KEY (application_id, code, turn),
    KEY next_to_end (is_running, due_on),
    KEY next_to_warn (is_running, is_warned, warn_on)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: terms that run, with their sources';
GRANT SELECT, INSERT, UPDATE (due_on, warn_on, is_provisional, paused_on, is_warned, is_running, ended_at)
    ON {module}_application_clock TO {module}@localhost;

CREATE TABLE IF NOT EXISTS {module}_application_pause (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which application',
    ver INT NOT NULL
        COMMENT 'internal: the version that began it',
    code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: why, of those that the definition allows',
    from_on DATE NOT NULL
        COMMENT 'internal: UTC+8; the first day that does not count',
    to_on DATE NULL
        COMMENT 'internal: UTC+8; the first day that counts again; NULL: not yet',
    PRIMARY KEY (application_id, ver)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: time that no clock counts (Licensing Law 45), told to the applicant';
GRANT SELECT, INSERT, UPDATE (to_on) ON {module}_application_pause TO {module}@localhost;

CREATE TABLE IF NOT EXISTS {module}_application_document (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which application',
    code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which document of the definition',
    place INT NOT NULL
        COMMENT 'internal: 1, 2, 3 ... of those that make it up; 0: a fact stands in its place',
    upload_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: what was uploaded',
    fact VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: or which source made it unnecessary ...',
    observed_at DATETIME(3) NULL
        COMMENT 'internal: ... and how fresh it was, UTC',
    added_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (application_id, code, place)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: documents of an application, or what replaces them';
GRANT SELECT, INSERT, UPDATE (upload_id, fact, observed_at, added_at), DELETE
    ON {module}_application_document TO {module}@localhost;

CREATE TABLE IF NOT EXISTS {module}_permit (
    permit_no CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: as on the paper, with a check digit',
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what granted it',
    valid_from DATE NOT NULL
        COMMENT 'internal: UTC+8; first day',
    valid_to DATE NOT NULL
        COMMENT 'internal: UTC+8; last day',
    paper_sha256 BINARY(32) NULL
        COMMENT 'internal: the signed PDF in the store; NULL until it is made',
    code VARBINARY(2000) NULL
        COMMENT 'public: the signed statement of its QR code',
    issued_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    revoked_at DATETIME(3) NULL
        COMMENT 'internal: UTC; not valid since',
    PRIMARY KEY (permit_no),
    UNIQUE KEY once (application_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: what was issued and whether it stands';
GRANT SELECT, INSERT, UPDATE (valid_to, paper_sha256, code, revoked_at) ON {module}_permit
    TO {module}@localhost;

-- Shared tables, as far as this domain may touch them.
CREATE OR REPLACE VIEW {module}_work AS
    SELECT * FROM work_item WHERE module = '{module}' WITH CHECK OPTION;
GRANT SELECT, INSERT, UPDATE (brigade, state, step, officer_id, is_paused, due_on, sort_on,
    decided_at, promised_on, is_deemed) ON {module}_work TO {module}@localhost;
CREATE OR REPLACE VIEW {module}_definition AS
    SELECT * FROM service_definition WHERE module = '{module}' WITH CHECK OPTION;
GRANT SELECT, INSERT ON {module}_definition TO {module}@localhost;
GRANT SELECT ON brigade TO {module}@localhost;
GRANT SELECT ON application_edge TO {module}@localhost;
GRANT SELECT ON calendar_day TO {module}@localhost;
GRANT SELECT ON calendar_year TO {module}@localhost;
GRANT SELECT ON term_rule TO {module}@localhost;
CREATE OR REPLACE VIEW {module}_event AS
    SELECT * FROM event WHERE consumer = '{module}' WITH CHECK OPTION;
GRANT SELECT, UPDATE (state, attempts, failures, run_at, lease_until, lease_token, done_at)
    ON {module}_event TO {module}@localhost;
