-- module: road
-- template: acting
-- Organisations have vehicles, and passes for them.

GRANT SELECT (organisation_id) ON vehicle TO road@localhost;
