-- module: violation
-- The decision as a paper (处罚决定书), what the person signed under it (电子签名), and how it reached him
-- (送达). What was signed is bound to the very bytes that were shown: the pair of number and SHA-256 is a
-- key of the paper, and the signature refers to it.

CREATE TABLE IF NOT EXISTS decision_paper (
    decision_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which decision; one paper each',
    sha256 BINARY(32) NOT NULL
        COMMENT 'internal: the signed PDF in the store',
    made_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC; when somebody asked for it first',
    PRIMARY KEY (decision_no),
    UNIQUE KEY exactly_this (decision_no, sha256),
    CONSTRAINT paper_is_of_a_decision
        FOREIGN KEY (decision_no) REFERENCES violation_decision (decision_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: decisions as PDF; never changed';
GRANT SELECT, INSERT ON decision_paper TO violation@localhost;

CREATE TABLE IF NOT EXISTS decision_signature (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    decision_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: what was signed; once',
    document_sha256 BINARY(32) NOT NULL
        COMMENT 'internal: exactly that document',
    person_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: who signed',
    actor_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: with which account it was sent, the person''s or an officer''s',
    officer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: whose tablet it was, and who saw the identity document; NULL: the own phone',
    strokes VARBINARY(33024) NOT NULL
        COMMENT 'personal: sealed; the strokes, as the pad gave them',
    key_id BIGINT NOT NULL
        COMMENT 'internal: the data key that seals them',
    strokes_sha256 BINARY(32) NOT NULL
        COMMENT 'internal: stands on the countersigned paper',
    device VARCHAR(120) NOT NULL
        COMMENT 'internal: what it was written on, as that says of itself',
    signed_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC, by our clock',
    signed_sha256 BINARY(32) NULL
        COMMENT 'internal: the countersigned PDF in the store; NULL until it is made',
    countersigned_at DATETIME(3) NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once (decision_no),
    CONSTRAINT signature_is_of_exactly_this_paper FOREIGN KEY (decision_no, document_sha256)
        REFERENCES decision_paper (decision_no, sha256),
    CONSTRAINT signature_is_countersigned_or_not
        CHECK ((signed_sha256 IS NULL) = (countersigned_at IS NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'personal: who signed which document, by which strokes';
GRANT SELECT, INSERT, UPDATE (signed_sha256, countersigned_at) ON decision_signature
    TO violation@localhost;

CREATE TABLE IF NOT EXISTS document_service (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: ULID',
    decision_no VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: of which decision',
    how ENUM('electronic', 'signed', 'handed_over', 'post', 'public_notice')
        CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: shown in the own account, signed under, given by an officer, posted, announced',
    served_on DATE NOT NULL
        COMMENT 'internal: UTC+8; shown, given, on the return receipt, or the last day of the notice',
    consent_at DATETIME(3) NULL
        COMMENT 'internal: UTC; when the person agreed to electronic service',
    tracking_no VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: of the post',
    published_on DATE NULL
        COMMENT 'internal: UTC+8; when the notice was published',
    recorded_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        COMMENT 'internal: the account or officer',
    recorded_at DATETIME(3) NOT NULL
        COMMENT 'internal: UTC',
    PRIMARY KEY (id),
    UNIQUE KEY once_this_way (decision_no, how),
    CONSTRAINT service_is_of_a_decision
        FOREIGN KEY (decision_no) REFERENCES violation_decision (decision_no),
    CONSTRAINT electronic_service_needs_consent CHECK (how <> 'electronic' OR consent_at IS NOT NULL),
    CONSTRAINT post_has_a_number CHECK ((how = 'post') = (tracking_no IS NOT NULL)),
    CONSTRAINT notice_has_a_day CHECK ((how = 'public_notice') = (published_on IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  COMMENT 'internal: how and when a decision reached the person; never changed';
GRANT SELECT, INSERT ON document_service TO violation@localhost;

-- The fingerprint of a camera's pictures is evidence that a decision names.
GRANT SELECT (evidence_sha256) ON camera_record TO violation@localhost;
