-- What happened. Events only grow, and say nothing personal themselves.

-- The application can neither change nor delete a row.
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
-- Most events say that something went as it should; the others are found without reading those.
create index event_notable on reeve.event (seq) where type not in ('item.verified', 'item.removed');
-- Two devices that claim to be one are few, and `status` names them.
create index event_rival on reeve.event (device) where type = 'device.rival';
-- Whom an identity that nobody vouches for has spoken for is asked at every status.
create index event_unvouched on reeve.event (device) where type = 'identity.unvouched';
-- Acts that were refused stand in the log of operations beside what was sent.
create index event_refused on reeve.event (seq) where type = 'act.refused';

-- The history never changes, and says nothing personal itself: what devices and persons are called stands here, under a
-- word that the event has in its place. Erasing the word is erasing it from all of the history.
create table reeve.event_word (
  token text primary key,
  word text not null,
  -- The device that the event is about, where it is known.
  device text
);
create index event_word_word on reeve.event_word (word);
create index event_word_device on reeve.event_word (device) where device is not null;

-- Events that tell how items of devices came along are let go after 400 days; all others are kept for ever.
create function reeve.is_lasting(type text) returns boolean
language sql immutable parallel safe
return not (
  starts_with(type, 'item.') or starts_with(type, 'inventory.') or starts_with(type, 'licence.')
  or starts_with(type, 'licences.') or starts_with(type, 'policy.') or type in (
    'device.configured', 'device.rival', 'identity.renewed', 'profile.downloaded'));

-- What leaves because of an act, what nobody has heard of, what came too late and what ended with the enrollment or the
-- record of its device stands in the history with who asked for it: written in the statement that says so, whoever it is.
-- What a withdrawal takes back before it was sent is told with that, as a number of devices.
create function reeve.tell_act() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if new.status = 'cancelled' and old.status <> 'sent'
    and exists (select from reeve.act_withdrawal w where w.act = new.act) then
    return null;
  end if;
  insert into reeve.event (at, type, device, subject, message, by_person, revision)
  select new.updated_at, 'act.' || new.status, new.device, a.name,
    case new.status
      when 'sent' then new.verb || ' is sent, in epoch ' || new.epoch
      when 'expired' then new.verb || ': '
        || case when old.status = 'sent' then coalesce(new.note, 'nobody fetched it') else 'it was not sent in time' end
      when 'cancelled' then concat_ws(': ', new.verb || ' is cancelled', new.note)
      else concat_ws('; ', new.verb || ': nobody knows whether it was carried out, and it is not sent again by itself', new.note)
    end, a.author, a.revision
  from reeve.act a where a.id = new.act;
  return null;
end $$;

create trigger act_told after update of status on reeve.act_target
for each row when (new.status in ('sent', 'unknown', 'expired', 'cancelled') and old.status is distinct from new.status)
execute function reeve.tell_act();

-- What came of an act stands there under its name, with who asked for it and by which revision, whoever writes it.
create function reeve.know_act() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_act reeve.act;
begin
  select * into v_act from reeve.act a where a.id = new.subject or a.name = new.subject limit 1;
  new.by_person := coalesce(new.by_person, v_act.author);
  new.revision := coalesce(new.revision, v_act.revision);
  -- What a device does is decided by one who knows the id alone; people look for it by its name.
  new.subject := coalesce(v_act.name, new.subject);
  return new;
end $$;

create trigger event_of_act before insert on reeve.event
for each row when (
  new.subject is not null and (starts_with(new.type, 'act.') or starts_with(new.type, 'gate.')))
execute function reeve.know_act();

revoke all on all functions in schema reeve from public;
