-- module: identity
-- Who has not changed the first password may do nothing else. Sessions from before carry all rights
-- of such officers: they end.

DELETE s FROM core_session s JOIN officer o ON o.id = s.actor_id WHERE o.must_change;
