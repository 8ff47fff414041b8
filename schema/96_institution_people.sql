-- module: parking
-- Who reports for an accredited institution is whoever may act for it in the business of car parks: its
-- legal representative, and its handlers by mandate, as for any organisation. The list of people that
-- was kept by hand before is over; whoever stood there is given a mandate by the institution.

DROP TABLE IF EXISTS parking_institution_member;
CREATE OR REPLACE VIEW parking_institution_person AS
    SELECT i.code AS institution, h.agent_id AS person_id, h.valid_from, h.valid_to
      FROM parking_institution i
      JOIN organisation o ON o.credit_code = i.credit_code
      JOIN parking_acting h ON h.principal_kind = 'organisation' AND h.principal_id = o.id;
GRANT SELECT ON parking_institution_person TO parking@localhost;
