-- What the controller keeps of itself, what it could not read, and what it tells people.

create table reeve.meta (
  name text primary key,
  value text not null
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

-- Everything else that persons set: observe, resumed, suspended, freezes.
create table reeve.control (
  name text primary key,
  value jsonb not null,
  by_person text not null,
  at bigint not null
);

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

-- What stands in `reeve status` as a warning or a reason to stall, since it stood there first.
create table reeve.concern (
  key text primary key,
  type text not null,
  message text not null,
  since bigint not null,
  seen_at bigint not null
);

-- Who is told of what happened, and how far: `told_until` is the number of the seal up to which it was.
create table reeve.receiver (
  id text primary key,
  -- For people; holds no address, which may be a secret.
  name text not null,
  told_until bigint not null,
  -- A message that is under way ends with this seal: after a restart it is sent again as the same.
  message_until bigint,
  tries integer not null default 0,
  retry_at bigint,
  failure text,
  failing_since bigint,
  sent_at bigint
);

-- What was told lately is not told again.
create table reeve.told (
  receiver text not null references reeve.receiver (id) on delete cascade,
  key text not null,
  at bigint not null,
  primary key (receiver, key)
);
