-- Acts, and which devices they are for.

-- A frozen act. Nobody can change a row; its status is the status of its targets.
create table reeve.act (
  id text primary key,
  -- KIND/NAME@GENERATION: the same never runs twice.
  name text not null unique,
  -- Canonical JSON as text, so that its digest is the same here and in TypeScript.
  content text not null,
  author text not null,
  -- Authors and committers of the commits that asked for it, folded: none of them approves it.
  persons text[] not null default '{}',
  -- Whether persons stand for what was asked for: by signatures on every commit that brought it, or by a token.
  verified boolean not null default false,
  -- How many persons other than the author must approve.
  approvals integer not null default 1 check (approvals between 1 and 5),
  reason text not null,
  revision text,
  -- How long it waits after its last approval, as the daemon is configured; the owner's floor counts if it is more.
  cool_off_ms bigint not null default 0 check (cool_off_ms between 0 and 604800000),
  -- Made with the store's key, which is not in the database, over everything that an approver decides on.
  mac text,
  -- Where the owner vouches for one that has no such mark: the digest under which it counts.
  known_digest text,
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
create index act_target_open on reeve.act_target (device) where status in ('held', 'ready', 'sent', 'unknown');
create index act_target_waiting on reeve.act_target (act) where status in ('held', 'ready');

-- Acts that nobody wants any more: what was not sent never is, and what Google still keeps for a device is taken back.
create table reeve.act_withdrawal (
  act text primary key references reeve.act (id),
  at bigint not null,
  by_person text not null,
  note text not null
);

-- What was withdrawn, has run out or was refused stays so, whoever says otherwise: nothing comes after it, or it could be
-- taken up again from there. What had left when it was withdrawn, and is put off by its device, ends there; what was
-- carried out, or failed, stays so, and what nobody knows of stays unknown.
create function reeve.keep_ended() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if old.status in ('cancelled', 'expired', 'refused') then
    return null;
  end if;
  if new.status in ('held', 'ready') and exists (select from reeve.act_withdrawal w where w.act = new.act) then
    if old.status in ('executed', 'failed', 'unknown') then
      return null;
    end if;
    new.status := 'cancelled';
    new.note := 'withdrawn, and put off by the device';
  end if;
  return new;
end $$;

create trigger keep_ended before update of status on reeve.act_target for each row execute function reeve.keep_ended();

revoke all on all functions in schema reeve from public;
