-- What a channel was handed by declaration is part of its state, and ends with it; by this column it is read along
-- with the channel, and kept from being let go.
alter table reeve.channel
  add column declared_id text generated always as (state -> 'declared' ->> 'set') stored;
create index channel_declared on reeve.channel (declared_id) where declared_id is not null;

-- Telling a channel what its declarations are called is one more kind of command that destroys nothing.
create or replace function reeve.is_destructive(intent jsonb, request_type text) returns boolean
language sql immutable parallel safe
return case
  when request_type in (
    'EraseDevice', 'WIPE', 'RELINQUISH_OWNERSHIP', 'CLEAR_APP_DATA', 'DELETE_DEVICE'
  ) then true
  when intent->>'type' in ('query', 'install', 'remove') then false
  when intent->>'type' = 'enrollment' then request_type <> 'InstallProfile'
  when intent->>'type' = 'declare' then request_type <> 'DeclarativeManagement'
  when intent->>'type' = 'act' then reeve.is_destructive_verb(intent->>'verb')
  else true
end;

create or replace function reeve.is_gated(intent jsonb) returns boolean
language sql immutable parallel safe
return coalesce(intent->>'type' not in ('query', 'install', 'remove', 'enrollment', 'declare'), true);

-- As it was, but for declared_id.
create or replace function reeve.prune_slice(p_class text, p_limit integer, p_now bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now bigint := reeve.now_ms(p_now);
  v_day constant bigint := 86400000;
  v_limit integer := least(greatest(p_limit, 1), 10000);
  v_ids text[];
  v_rows bigint;
begin
  case p_class
  when 'detail' then
    delete from reeve.detail where ctid = any(array(
      select x.ctid from reeve.detail x where x.collected_at < v_now - 30 * v_day
      order by x.collected_at limit v_limit));
  when 'command' then
    delete from reeve.command where ctid = any(array(
      select x.ctid from reeve.command x
      where x.sent_at < v_now - 400 * v_day and not x.destructive and x.status <> 'sent'
      order by x.sent_at limit v_limit for update skip locked))
      and not destructive and status <> 'sent';
  when 'event' then
    delete from reeve.event where ctid = any(array(
      select x.ctid from reeve.event x where x.at < v_now - 400 * v_day
        and x.type not like 'act.%' and x.type not like 'gate.%' and x.type not like 'quarantine.%'
        and x.type not in ('halted', 'unhalted', 'suspended', 'resumed')
      order by x.at limit v_limit));
  when 'quarantine' then
    delete from reeve.quarantine where ctid = any(array(
      select x.ctid from reeve.quarantine x where x.at < v_now - 30 * v_day order by x.at limit v_limit));
  when 'challenge' then
    delete from reeve.challenge where ctid = any(array(
      select x.ctid from reeve.challenge x where x.expires_at < v_now - 7 * v_day
      order by x.expires_at limit v_limit));
  when 'link' then
    delete from reeve.link where ctid = any(array(
      select x.ctid from reeve.link x where x.expires_at < v_now - 30 * v_day
      order by x.expires_at limit v_limit));
  when 'budget' then
    delete from reeve.budget_use where ctid = any(array(
      select x.ctid from reeve.budget_use x where x.at < v_now - 7 * v_day order by x.at limit v_limit));
  when 'interned' then
    v_ids := array(
      select n.id from reeve.interned n where n.created_at < v_now - 30 * v_day
        and not exists (select from reeve.device d where d.facts_id = n.id)
        and not exists (select from reeve.channel c where c.granted_id = n.id)
        and not exists (select from reeve.channel c where c.observed_id = n.id)
        and not exists (select from reeve.channel c where c.declared_id = n.id)
      order by n.created_at limit v_limit);
    if cardinality(v_ids) = 0 then return 0; end if;
    -- Writers that intern one of these again wait for this lock, and then insert it anew.
    lock table reeve.interned in share row exclusive mode;
    delete from reeve.interned n where n.id = any(v_ids)
      and not exists (select from reeve.device d where d.facts_id = n.id)
      and not exists (select from reeve.channel c where c.granted_id = n.id)
      and not exists (select from reeve.channel c where c.observed_id = n.id)
      and not exists (select from reeve.channel c where c.declared_id = n.id);
  end case;
  get diagnostics v_rows = row_count;
  return v_rows;
end $$;
