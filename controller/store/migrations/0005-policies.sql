-- Revisions of the policies, and how they reach devices.

create table reeve.revision (
  n bigint generated always as identity primary key,
  id text not null unique,
  message text not null,
  author text not null,
  at bigint not null,
  status text not null check (status in ('in-force', 'superseded', 'refused')),
  diagnostics jsonb not null default '[]',
  -- Whether persons stand for it: by signatures on every commit that brought it.
  verified boolean not null default false
);
create unique index revision_in_force on reeve.revision (status) where status = 'in-force';

-- What each revision changed when it came into force: names of lines, no text of manifests.
create table reeve.revision_change (
  revision text primary key,
  changes jsonb not null,
  -- How many times a device was told otherwise while it was in force.
  told bigint not null default 0
);

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

-- Where a device stands in the waves of a policy, as the six bytes of a whole number; core/rollout.ts works out the same.
-- Names and ids hold no backslash. Only of immutable parts it is inlined, and costs no call for each device.
create function reeve.wave_position(p_seed text, p_device text) returns bytea
language sql immutable parallel safe
return substring(sha256((p_seed || E'\n' || p_device)::bytea) from 1 for 6);

-- Budgets of removals and isolating commands; kept here by the loop.
create table reeve.budget_use (
  id bigint generated always as identity primary key,
  budget text not null,
  device text not null,
  subject text not null,
  at bigint not null
);
create index budget_use_window on reeve.budget_use (budget, at);

-- How devices stood on each day, by group; the empty name is all of them. What reports draw a trend from.
create table reeve.day_count (
  day text not null check (day ~ '^\d{4}-\d\d-\d\d$'),
  "group" text not null,
  total integer not null,
  ready integer not null,
  reconciling integer not null,
  stalled integer not null,
  held integer not null,
  unreachable integer not null,
  primary key (day, "group")
);

revoke all on all functions in schema reeve from public;
