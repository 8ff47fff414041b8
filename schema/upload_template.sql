-- What people upload for applications of one domain, expanded by scripts/migrate in front of a file
-- that has the line "-- template: upload". The files themselves are in the store, by their SHA-256.
CREATE TABLE IF NOT EXISTS {module}_upload (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who uploaded it',
    upload_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the Idempotency-Key, so that a repetition finds it',
    sha256 BINARY(32) NOT NULL
        COMMENT 'internal: of the clean bytes, in the store',
    content_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what it is: image/jpeg, image/png, application/pdf',
    size INT NOT NULL
        COMMENT 'internal: bytes',
    width INT NOT NULL
        COMMENT 'internal: pixels; 0 for a document',
    height INT NOT NULL
        COMMENT 'internal: pixels; 0 for a document',
    pages INT NOT NULL
        COMMENT 'internal: 0 for a picture',
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the application that it belongs to; NULL: to none yet',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (person_id, upload_key),
    KEY by_person (person_id, created_at),
    KEY by_application (application_id, created_at),
    KEY by_content (sha256)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: files of applications';
GRANT SELECT, INSERT, UPDATE (application_id), DELETE ON {module}_upload TO {module}@localhost;
