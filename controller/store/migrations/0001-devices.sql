-- Times are epoch milliseconds (bigint). Digests are lower-case hex. Ids are text.
-- `reeve` is owned by the owner role; what the other roles may do stands in ../grants.sql.
-- Functions that run with the owner's rights pin their search_path, put pg_temp last and name the schema of everything
-- they touch, so that nothing the caller creates can stand in for it.

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
  awaiting boolean not null default true,
  -- What its licences of Apps and Books come to, read with it: by the number of the app, '' when it holds a licence.
  licences jsonb
) with (fillfactor = 80);
create index device_serial on reeve.device (serial) where serial is not null;
create index device_udid on reeve.device (udid) where udid is not null;
create index device_awaiting on reeve.device (id) where awaiting;
create index device_declared on reeve.device (id) where declared <> '{}' or named <> '{}';
create index device_contested on reeve.device (id) where declared ? 'contested';

create table reeve.channel (
  id text primary key check (octet_length(id) between 1 and 512),
  device text not null references reeve.device,
  epoch integer not null,
  kind text not null check (kind in ('device', 'user')),
  status text not null check (status in ('authenticated', 'enrolled', 'quarantined', 'left')),
  certificate text not null,
  topic text not null,
  -- The short name of its user, as the device says it: on a Shared iPad his Managed Apple Account.
  user_name text,
  version bigint not null default 1,
  state jsonb not null default '{"aside": [], "progress": {}, "collected": {}}',
  -- A digest of what a device's condition takes from its progress (core/standing.ts), so that devices are counted by
  -- condition without being looked at one by one.
  phases text not null default '',
  granted_id text,
  -- When it was granted that: what it reported before is no evidence of it.
  granted_at bigint,
  observed_id text,
  -- What it was handed by declaration is part of its state, and ends with it; by this column it is read along with the
  -- channel, and kept from being let go.
  declared_id text generated always as (state -> 'declared' ->> 'set') stored,
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
create index channel_declared on reeve.channel (declared_id) where declared_id is not null;

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

-- What reeve has set on devices or was told by them, and must be able to give back: PINs, recovery keys, bypass
-- codes. Sealed, and kept over enrollments: a key of a disk outlives the management that fetched it.
create table reeve.kept (
  channel text not null references reeve.channel,
  kind text not null,
  -- The command that set it, or a name that follows from the value.
  source text not null,
  epoch integer not null,
  -- Empty: it was taken away from the device.
  sealed text not null,
  at bigint not null,
  primary key (channel, kind, source)
);

-- Sections that devices should have reported by now (InventorySchedule.spec.maxAge), as the last look at all of them
-- found it. Small: only what is overdue has a row, and who counts reads nothing else.
create table reeve.overdue (
  device text not null references reeve.device (id) on delete cascade,
  section text not null,
  since bigint not null,
  primary key (device, section)
);

-- Devices that were not heard of for long, since when that was said.
create table reeve.silent (
  device text primary key references reeve.device (id) on delete cascade,
  since bigint not null
);
