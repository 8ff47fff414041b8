-- module: booking
-- What a day left unfinished is found without a look at all days before.

ALTER TABLE booking_ticket ADD KEY IF NOT EXISTS unfinished (state, day);
