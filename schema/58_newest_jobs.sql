-- module: payment
-- Of a backlog every other batch of jobs is of those that were asked for last: fifty thousand orders may
-- expire at once, and be given hours one after the other.

ALTER TABLE payment_job ADD KEY newest (state, created_at);
