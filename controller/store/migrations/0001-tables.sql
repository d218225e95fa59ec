-- Times are epoch milliseconds (bigint). Digests are lower-case hex. Ids are text.
-- `reeve` is owned by the owner role; what the other roles may do stands in ../grants.sql.

create table reeve.meta (
  name text primary key,
  value text not null
);

-- Records that many devices share, under their digest: facts, granted and observed states.
create table reeve.interned (
  id text primary key,
  body jsonb not null,
  created_at bigint not null
);

-- Contents of items (profiles, apps) that granted states point to.
create table reeve.content (
  digest text primary key,
  body jsonb not null,
  created_at bigint not null
);

create table reeve.device (
  id text primary key check (id ~ '^[A-Za-z0-9._:-]{1,128}$'),
  serial text,
  udid text,
  -- The number of the current enrollment; raised by begin_epoch alone.
  epoch integer not null,
  enrolled_at bigint not null,
  -- What the device says, what its enrollment asserted, what manifests assert; facts_id is the merged record.
  reported jsonb not null default '{}',
  enrolled_as jsonb not null default '{}',
  declared jsonb not null default '{}',
  facts_id text,
  -- References by which manifests name this device, sorted.
  named text[] not null default '{}',
  alias text,
  suspended text,
  -- True while admission has not looked at it since its facts, names or epoch changed.
  awaiting boolean not null default true
) with (fillfactor = 80);
create index device_serial on reeve.device (serial) where serial is not null;
create index device_udid on reeve.device (udid) where udid is not null;
create index device_awaiting on reeve.device (id) where awaiting;
create index device_declared on reeve.device (id) where declared <> '{}' or named <> '{}';

create table reeve.channel (
  id text primary key check (octet_length(id) between 1 and 512),
  device text not null references reeve.device,
  epoch integer not null,
  kind text not null check (kind in ('device', 'user')),
  status text not null check (status in ('authenticated', 'enrolled', 'quarantined', 'left')),
  certificate text not null,
  topic text not null,
  version bigint not null default 1,
  state jsonb not null default '{"aside": [], "progress": {}, "collected": {}}',
  -- The phases that occur in state.progress, so that counts by condition need not open it.
  phases text not null default '',
  granted_id text,
  observed_id text,
  due_at bigint,
  last_seen_at bigint not null,
  -- Pushes since the device was last seen; the next one waits longer.
  pushes integer not null default 0,
  token_dead boolean not null default false
  -- Idle contacts and unchanged due times stay heap-only updates.
) with (fillfactor = 70);
create index channel_device on reeve.channel (device);
create index channel_ungranted on reeve.channel (id) where granted_id is null and status <> 'left';
create index channel_due on reeve.channel (due_at) where due_at is not null and not token_dead;
create unique index channel_one_per_epoch on reeve.channel (device, epoch) where kind = 'device';

-- Sealed values of a channel: push address, unlock token, bootstrap token.
create table reeve.channel_secret (
  channel text not null references reeve.channel,
  name text not null,
  epoch integer not null,
  sealed text not null,
  updated_at bigint not null,
  primary key (channel, name)
);

create table reeve.detail (
  channel text not null references reeve.channel,
  section text not null,
  digest text not null,
  body jsonb not null,
  collected_at bigint not null,
  primary key (channel, section)
) with (fillfactor = 80);
create index detail_age on reeve.detail (collected_at);

-- True for what destroys data or ends management. It fails closed: a verb it does not know is destructive.
create function reeve.is_destructive_verb(verb text) returns boolean
language sql immutable parallel safe
return coalesce(verb not in (
  'audit', 'lock', 'clearPasscode', 'lostMode', 'endLostMode', 'locate', 'playSound', 'reboot', 'shutdown', 'removeProfile'
), true);

create function reeve.is_destructive(intent jsonb, request_type text) returns boolean
language sql immutable parallel safe
return case
  when request_type in (
    'EraseDevice', 'WIPE', 'RELINQUISH_OWNERSHIP', 'CLEAR_APP_DATA', 'DELETE_DEVICE'
  ) then true
  when intent->>'type' in ('query', 'install', 'remove') then false
  when intent->>'type' = 'act' then reeve.is_destructive_verb(intent->>'verb')
  else true
end;

-- The ledger: one row per command that was sent, written before its bytes left.
create table reeve.command (
  id text primary key,
  channel text not null,
  device text not null,
  epoch integer not null,
  intent jsonb not null,
  request_type text not null,
  -- Query section, item key or act id.
  subject text not null,
  class text not null,
  attempt integer not null,
  status text not null,
  sent_at bigint not null,
  closed_at bigint,
  errors jsonb not null default '[]',
  note text,
  destructive boolean not null generated always as (reeve.is_destructive(intent, request_type)) stored
) with (fillfactor = 85);
create index command_device on reeve.command (device, sent_at desc);
create index command_open on reeve.command (sent_at) where status in ('sent', 'notNow');
create index command_subject on reeve.command (subject, sent_at desc);
create index command_age on reeve.command (sent_at) where not destructive;

-- A frozen act. Nobody can change a row; its status is the status of its targets.
create table reeve.act (
  id text primary key,
  -- KIND/NAME@GENERATION: the same never runs twice.
  name text not null unique,
  -- Canonical JSON as text, so that its digest is the same here and in TypeScript.
  content text not null,
  author text not null,
  -- How many persons other than the author must approve.
  approvals integer not null default 1 check (approvals between 1 and 5),
  reason text not null,
  revision text,
  expires_at bigint not null,
  created_at bigint not null
);

create table reeve.act_target (
  act text not null references reeve.act,
  device text not null references reeve.device,
  epoch integer not null,
  verb text not null,
  -- Canonical JSON as text.
  parameters text not null,
  status text not null check (status in (
    'held', 'ready', 'sent', 'executed', 'failed', 'unknown', 'expired', 'cancelled', 'refused'
  )),
  note text,
  updated_at bigint not null,
  destructive boolean not null generated always as (reeve.is_destructive_verb(verb)) stored,
  primary key (act, device, epoch)
) with (fillfactor = 80);
create index act_target_open on reeve.act_target (device) where status in ('held', 'ready', 'sent');
create index act_target_waiting on reeve.act_target (act) where status in ('held', 'ready');

create table reeve.approval (
  id bigint generated always as identity primary key,
  act text not null references reeve.act,
  digest text not null,
  by_person text not null,
  note text,
  at bigint not null,
  expires_at bigint not null,
  check (expires_at > at and expires_at <= at + 86400000)
);
create index approval_act on reeve.approval (act, digest);

-- One row per destructive command that the gate let through; written by the gate alone. Also the budget's account.
create table reeve.release (
  id bigint generated always as identity primary key,
  approval bigint not null references reeve.approval,
  act text not null references reeve.act,
  device text not null,
  epoch integer not null,
  command text not null,
  digest text not null,
  at bigint not null,
  unique (approval, device, epoch)
);
create index release_at on reeve.release (at);
create index release_act on reeve.release (act, device, epoch);

-- How many destructive commands may leave in a sliding window. Owner only.
create table reeve.ceiling (
  name text primary key check (name in ('enforced', 'advisory')),
  devices integer not null check (devices >= 0),
  percent numeric not null check (percent >= 0),
  window_ms bigint not null check (window_ms > 0),
  touched_at bigint not null default 0
);
insert into reeve.ceiling values ('enforced', 10, 1, 20 * 60000), ('advisory', 1, 100, 24 * 3600000);

-- Owner only. `clock` is `database`, or `caller` in tests, which have a clock of their own.
create table reeve.setting (name text primary key, value text not null);
insert into reeve.setting values ('clock', 'database');

-- Budgets of removals and isolating commands; kept here by the loop.
create table reeve.budget_use (
  id bigint generated always as identity primary key,
  budget text not null,
  device text not null,
  subject text not null,
  at bigint not null
);
create index budget_use_window on reeve.budget_use (budget, at);

-- Stops. The application may engage one; only the approver may lift it.
create table reeve.latch (
  name text primary key,
  engaged boolean not null,
  reason text not null,
  by_person text not null,
  at bigint not null
);

-- Everything else that persons set: observe, resumed, suspended, freezes.
create table reeve.control (
  name text primary key,
  value jsonb not null,
  by_person text not null,
  at bigint not null
);

create table reeve.revision (
  n bigint generated always as identity primary key,
  id text not null unique,
  message text not null,
  author text not null,
  at bigint not null,
  status text not null check (status in ('in-force', 'superseded', 'refused')),
  diagnostics jsonb not null default '[]'
);
create unique index revision_in_force on reeve.revision (status) where status = 'in-force';

-- Append-only: the application can neither change nor delete a row.
create table reeve.event (
  seq bigint generated always as identity primary key,
  at bigint not null,
  type text not null,
  device text,
  subject text,
  message text not null,
  by_person text,
  revision text
);
create index event_device on reeve.event (device, seq desc) where device is not null;
create index event_at on reeve.event (at);

-- What could not be parsed: capped bytes for a person to look at.
create table reeve.quarantine (
  id bigint generated always as identity primary key,
  at bigint not null,
  source text not null,
  channel text,
  reason text not null,
  size integer not null,
  raw bytea not null check (octet_length(raw) <= 65536)
);
create index quarantine_at on reeve.quarantine (at);

create table reeve.certificate (
  sha256 text primary key,
  serial text not null,
  subject text not null,
  not_before bigint not null,
  not_after bigint not null,
  issued_at bigint not null,
  -- What the challenge of this certificate asserts about the device that will use it.
  asserted jsonb not null default '{}',
  challenge text,
  channel text,
  device text,
  epoch integer,
  revoked_at bigint,
  replaced_by text
);
create unique index certificate_serial on reeve.certificate (serial);
create index certificate_channel on reeve.certificate (channel) where channel is not null;
create index certificate_expiry on reeve.certificate (not_after) where revoked_at is null and replaced_by is null;

-- Enrollment challenges and one-time links; only hashes of the secrets are kept.
create table reeve.challenge (
  hash text primary key,
  purpose text not null,
  bound_to text,
  uses_left integer not null check (uses_left >= 0),
  expires_at bigint not null,
  asserted jsonb not null default '{}',
  created_by text not null,
  created_at bigint not null
);
create index challenge_expiry on reeve.challenge (expires_at);

create table reeve.link (
  hash text primary key,
  label text not null,
  uses_left integer not null check (uses_left >= 0),
  expires_at bigint not null,
  asserted jsonb not null default '{}',
  created_by text not null,
  created_at bigint not null
);

create table reeve.lease (
  name text primary key,
  holder text not null,
  term bigint not null,
  expires_at bigint not null
);

-- Sealed keys and certificates of the controller itself.
create table reeve.material (
  name text primary key,
  sealed text not null,
  updated_at bigint not null
);
