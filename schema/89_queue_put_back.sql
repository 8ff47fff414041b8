-- module: booking
-- A lead closes the counter of somebody who went away: whom it had called waits again.

INSERT IGNORE INTO booking_ticket_edge (frm, dst) VALUES ('called', 'waiting');
