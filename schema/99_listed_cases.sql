-- module: violation
-- A citizen's list shows what stands in these indexes, so that it reads no other page of a case or
-- a decision: those of one person lie far apart, and to find them took a quarter of its time.
ALTER TABLE violation_case
    DROP KEY IF EXISTS by_vehicle,
    ADD KEY by_vehicle (plate_type, plate, person_id, id, kind, occurred_at, place, code, state),
    DROP KEY IF EXISTS by_person,
    ADD KEY by_person (person_id, id, kind, plate_type, plate, occurred_at, place, code, state);
ALTER TABLE violation_decision
    ADD KEY IF NOT EXISTS listed (case_id, stands, decision_no, title, fine_fen, points,
        obligation_id, due_on, late_percent_a_day, late_percent_max);
