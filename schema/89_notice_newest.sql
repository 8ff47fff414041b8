-- module: notice
-- Of a backlog every other batch is of what was asked for last (core/job.h). A night of reminders is
-- hundreds of thousands of events to this module, and as many jobs.

ALTER TABLE event ADD KEY IF NOT EXISTS newest (consumer, state, created_at);
ALTER TABLE notice_job ADD KEY IF NOT EXISTS newest (state, created_at);
