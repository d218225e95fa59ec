-- What each revision changed when it came into force: names of lines, no text of manifests.
create table reeve.revision_change (
  revision text primary key,
  changes jsonb not null,
  -- How many times a device was told otherwise while it was in force.
  told bigint not null default 0
);

-- Which seal covers an event is asked for a page of events at a time.
create index seal_seqs on reeve.seal using gist (seqs);

-- What leaves because of an act, and what nobody has heard of, stands in the history with who asked for it: written in
-- the statement that says so, whoever it is.
create function reeve.tell_act() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into reeve.event (at, type, device, subject, message, by_person, revision)
  select new.updated_at, 'act.' || new.status, new.device, a.name,
    case new.status
      when 'sent' then new.verb || ' is sent, in epoch ' || new.epoch
      else concat_ws('; ', new.verb || ': nobody knows whether it was carried out, and it is not sent again by itself', new.note)
    end, a.author, a.revision
  from reeve.act a where a.id = new.act;
  return null;
end $$;
create trigger act_told after update of status on reeve.act_target
for each row when (new.status in ('sent', 'unknown') and old.status is distinct from new.status)
execute function reeve.tell_act();

-- What came of an act stands there with who asked for it and by which revision, whoever writes it.
create function reeve.know_act() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_act reeve.act;
begin
  select * into v_act from reeve.act a where a.id = new.subject or a.name = new.subject limit 1;
  new.by_person := coalesce(new.by_person, v_act.author);
  new.revision := coalesce(new.revision, v_act.revision);
  return new;
end $$;
create trigger event_of_act before insert on reeve.event
for each row when (
  new.subject is not null and (new.by_person is null or new.revision is null)
  and (starts_with(new.type, 'act.') or starts_with(new.type, 'gate.')))
execute function reeve.know_act();

revoke all on function reeve.tell_act, reeve.know_act from public;
