-- An appeal against a revocation that succeeds gives the permit back as it was.

INSERT IGNORE INTO application_edge (frm, act, dst) VALUES ('appealed', 'restore', 'issued');
