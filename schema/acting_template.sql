-- For whom a person may act in the business of one module; expanded by scripts/migrate in front of a
-- file that has the line "-- template: acting". By a mandate that covers the module and has not ended,
-- or by law: an organisation's legal representative, whose mandate_id is the organisation itself.
-- Whoever reads it compares the days.
CREATE OR REPLACE VIEW {module}_acting AS
    SELECT m.id AS mandate_id, m.principal_kind, m.principal_id, m.agent_id, m.valid_from, m.valid_to
      FROM mandate m LEFT JOIN organisation o
        ON m.principal_kind = 'organisation' AND o.id = m.principal_id
     WHERE m.is_active AND FIND_IN_SET('{module}', m.scope)
       AND (m.principal_kind = 'person' OR o.state = 'active')
    UNION ALL
    SELECT o.id, 'organisation', o.id, o.representative_id, DATE '1949-10-01', DATE '9999-12-31'
      FROM organisation o WHERE o.state = 'active';
GRANT SELECT ON {module}_acting TO {module}@localhost;
GRANT SELECT (id, credit_code, name) ON organisation TO {module}@localhost;
