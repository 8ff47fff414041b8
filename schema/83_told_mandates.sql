-- module: identity
-- What citizens are told of mandates goes the way of all notices: an event to the module notice. What
-- was told before goes along, and stands in one list with the rest.

GRANT INSERT ON event TO identity@localhost;

-- Run again after a crash, when it is gone already, it is made empty and goes again.
CREATE TABLE IF NOT EXISTS notice LIKE notice_message;
INSERT IGNORE INTO notice_message (id, kind, subject, person_id, about, page, title, text, vals,
    created_at, read_at, done_at)
    SELECT id, kind, id, person_id, about, CONCAT('pages/mandate/show?id=', about),
        IF(kind = 'mandate_given', '委托生效', '委托终止'), text, JSON_OBJECT('text', text), created_at,
        read_at, created_at
    FROM notice;
DROP TABLE notice;
