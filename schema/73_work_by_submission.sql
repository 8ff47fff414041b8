-- What was submitted in a period is counted (V8) by an index alone.

ALTER TABLE work_item ADD KEY by_submission (submitted_at, channel);
