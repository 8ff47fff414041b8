-- module: parking
-- An institution that never reports does not hold up an application for ever: a brigade lead takes the
-- assignment back, and another may get it.

ALTER TABLE parking_assignment
    ADD COLUMN recalled_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the brigade lead who took it back',
    ADD COLUMN recalled_at DATETIME(3) NULL
        COMMENT 'internal: UTC; no report is awaited since',
    ADD COLUMN is_valid BOOLEAN NULL DEFAULT TRUE
        COMMENT 'internal: TRUE or NULL, so that one of each kind is valid',
    DROP KEY once, ADD UNIQUE KEY once (application_id, kind, is_valid);
GRANT UPDATE (recalled_by, recalled_at, is_valid) ON parking_assignment TO parking@localhost;
