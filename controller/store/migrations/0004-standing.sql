-- `phases` holds a digest of what a device's condition takes from its progress (core/standing.ts), so that devices
-- are counted by condition without being looked at one by one. Until a device reports again, its own progress as it
-- is tells it from the others: that makes more groups than needed, and no wrong one.
update reeve.channel set phases = md5((state->'progress')::text) where phases <> '';

-- The acts of one device that are not over are read with each of its reports.
drop index reeve.act_target_open;
create index act_target_open on reeve.act_target (device)
  where status in ('held', 'ready', 'sent') or (status = 'unknown' and destructive);
