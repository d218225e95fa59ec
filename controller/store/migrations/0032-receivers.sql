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

-- What stands in `reeve status` as a warning or a reason to stall, since it stood there first.
create table reeve.concern (
  key text primary key,
  type text not null,
  message text not null,
  since bigint not null,
  seen_at bigint not null
);

-- Devices that were not heard of for long, since when that was said.
create table reeve.silent (
  device text primary key references reeve.device (id) on delete cascade,
  since bigint not null
);
