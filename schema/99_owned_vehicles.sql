-- module: exchange
-- Whose vehicles these are is asked for their plates (violation's list): they stand in the index too.
ALTER TABLE vehicle DROP KEY IF EXISTS by_owner, ADD KEY by_owner (owner_id, plate_type, plate);
