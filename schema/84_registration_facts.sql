-- module: exchange
-- What registers and cameras may tell besides: since when a vehicle stands as it does in the register,
-- and whether an act caused an accident. NULL is "not told", which is neither yes nor no.

ALTER TABLE vehicle ADD COLUMN IF NOT EXISTS registration_changed_on DATE NULL
    COMMENT 'internal: last registration or change of it (transfer, re-registration); NULL: not told';
GRANT UPDATE (registration_changed_on) ON vehicle TO exchange@localhost;

ALTER TABLE camera_record ADD COLUMN IF NOT EXISTS accident ENUM('none', 'caused')
    CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'internal: whether the act caused an accident; NULL: not told';
