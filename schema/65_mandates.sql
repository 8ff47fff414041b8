-- module: identity
-- Acting for others (代办): a mandate lets its agent act for a person or an organisation in some kinds of
-- business until its last day. Either side may end it. Domains read it through the view that
-- acting_template.sql makes for each.

ALTER TABLE link_code ADD COLUMN purpose ENUM('account', 'agent') CHARACTER SET ascii COLLATE ascii_bin
    NOT NULL DEFAULT 'account'
    COMMENT 'internal: what whoever types it in gets: this person, or a mandate for this person'
    AFTER account_id, DROP KEY one_each, ADD UNIQUE KEY one_each (account_id, purpose);

CREATE TABLE IF NOT EXISTS mandate_scope (
    code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'public: the module',
    name VARCHAR(60) NOT NULL
        COMMENT 'public: the business that may be done for others there',
    PRIMARY KEY (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'public: in what one may act for another';
INSERT IGNORE INTO mandate_scope (code, name) VALUES
    ('road', '道路通行证'),
    ('parking', '经营性停车场许可');
GRANT SELECT ON mandate_scope TO identity@localhost;

CREATE TABLE IF NOT EXISTS mandate (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    principal_kind ENUM('person', 'organisation') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: for whom: a person ...',
    principal_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ... or an organisation',
    agent_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the person who may act',
    scope VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: mandate_scope, comma separated',
    valid_from DATE NOT NULL
        COMMENT 'internal: UTC+8; first day',
    valid_to DATE NOT NULL
        COMMENT 'internal: UTC+8; last day',
    appointed_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the principal, or who represented the organisation then',
    request_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: Idempotency-Key, so that a repetition finds it',
    is_active BOOLEAN NULL DEFAULT TRUE
        COMMENT 'internal: TRUE or NULL, so that an agent has one of each principal',
    ended_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: the person who ended it; NULL: nobody, it ran out',
    ended_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (appointed_by, request_key),
    UNIQUE KEY one_each (agent_id, principal_id, is_active),
    KEY by_agent (agent_id, id),
    KEY by_principal (principal_id, id),
    CONSTRAINT mandate_is_for_another CHECK (principal_id <> agent_id),
    CONSTRAINT mandate_has_an_end CHECK (valid_to >= valid_from)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: who may act for whom';
GRANT SELECT, INSERT, UPDATE (is_active, ended_by, ended_at) ON mandate TO identity@localhost;

CREATE TABLE IF NOT EXISTS notice (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who is told',
    kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of what',
    about VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: which of those',
    text VARCHAR(300) NOT NULL
        COMMENT 'sensitive: what is read; persons stand in it by masked names',
    created_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    read_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    KEY by_person (person_id, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'sensitive: what citizens are told';
GRANT SELECT, INSERT, UPDATE (read_at) ON notice TO identity@localhost;

GRANT SELECT (id, credit_code, name, representative_id, state) ON organisation TO identity@localhost;
