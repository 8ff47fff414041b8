-- module: payment
-- Invariant M11 asks of each refund for the fact that bears its number: without this it reads all facts.
ALTER TABLE money_fact ADD KEY IF NOT EXISTS by_our_no (our_no);
