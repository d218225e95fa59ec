-- How the versions of policies stand that reach their devices in waves. One row for each policy that declares a rollout,
-- also when all its devices have the newest version: that is the base of the next one. Written by the leader alone.
create table reeve.rollout (
  policy text primary key,
  seed text not null,
  status text not null check (status in ('progressing', 'paused', 'aborted', 'complete')),
  reason text,
  by_person text not null,
  since bigint not null,
  -- The form in which layers are written, and they themselves, sealed: targets name persons.
  form integer not null,
  layers text not null,
  elapsed_ms bigint not null,
  soaked_ms bigint not null,
  counted_at bigint not null,
  judged_from bigint not null
);

-- When a channel was granted what it is granted now: what it reported before is no evidence of it.
alter table reeve.channel add column granted_at bigint;

-- Where a device stands in the waves of a policy, as the six bytes of a whole number; core/rollout.ts works out the same.
-- Names and ids hold no backslash. Only of immutable parts it is inlined, and costs no call for each device.
create function reeve.wave_position(p_seed text, p_device text) returns bytea
language sql immutable parallel safe
return substring(sha256((p_seed || E'\n' || p_device)::bytea) from 1 for 6);
revoke all on function reeve.wave_position from public;
