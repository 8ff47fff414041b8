-- module: office
-- The officers' desk: what there is to do in a brigade, and what is counted of it. It stores nothing of
-- its own; it reads what the domains keep in work_item.

GRANT SELECT ON work_item TO office@localhost;
GRANT SELECT ON brigade TO office@localhost;
GRANT SELECT (module, code, version, registered_at, body) ON service_definition TO office@localhost;
