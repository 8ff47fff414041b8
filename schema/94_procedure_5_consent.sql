-- module: violation
-- Electronic service needs the person's consent (Penalty Law 2021, article 61), which is given with the
-- confirmation or not at all. Of confirmations made before nobody asked.

ALTER TABLE violation_confirmation
    ADD COLUMN IF NOT EXISTS electronic_service TINYINT(1) NOT NULL DEFAULT 0
        COMMENT 'internal: 1: agreed that the decision is served in the own account';
