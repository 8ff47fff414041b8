-- Papers that acts on applications of one domain give besides the permit, expanded by scripts/migrate
-- in front of a file that has the line "-- template: paper". What stands on a paper is in the act, in
-- the application and in its definition, none of which change; the file is in the store.
CREATE TABLE IF NOT EXISTS {module}_paper (
    application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which application',
    ver INT NOT NULL
        COMMENT 'internal: the act that it tells of, by the version which that made',
    kind ENUM('acceptance', 'correction', 'rejection', 'refusal', 'revocation')
        CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: what it is',
    sha256 BINARY(32) NULL
        COMMENT 'internal: the signed PDF in the store; NULL until it is made',
    made_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (application_id, ver),
    KEY by_content (sha256)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: notices and decisions on paper';
GRANT SELECT, INSERT, UPDATE (sha256, made_at) ON {module}_paper TO {module}@localhost;
GRANT SELECT ON appeal_body TO {module}@localhost;
