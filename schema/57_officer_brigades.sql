-- module: identity
-- Officers of a brigade. Roles and brigade may change now; whoever does that ends the sessions.

ALTER TABLE officer ADD COLUMN brigade CHAR(6) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'internal: table brigade; NULL: works for none' AFTER roles;
GRANT UPDATE (roles, brigade) ON officer TO identity@localhost;
