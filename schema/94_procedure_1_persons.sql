-- module: violation
-- From the confirmation on a case is its person's: the vehicle may be sold before it is decided, and the
-- buyer has nothing to do with it. Cases that were confirmed before are given to whom the desk began with.

UPDATE violation_case c SET c.person_id = COALESCE(
        (SELECT p.person_id FROM penalty_proposal p WHERE p.case_id = c.id),
        (SELECT v.person_id FROM statement_review v WHERE v.case_id = c.id),
        (SELECT f.person_id FROM violation_confirmation f WHERE f.case_id = c.id
            ORDER BY f.confirmed_at DESC, f.person_id LIMIT 1))
    WHERE c.person_id IS NULL AND c.state IN ('confirmed', 'withdrawn');
ALTER TABLE violation_case
    MODIFY COLUMN person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: who confirmed it, or whom the decision names; NULL until then',
    ADD CONSTRAINT IF NOT EXISTS confirmed_case_has_its_person
        CHECK (state <> 'confirmed' OR person_id IS NOT NULL);
