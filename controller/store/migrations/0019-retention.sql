-- What is let go after its time (docs/postgres.md). The limits stand here: the application can ask, and not shorten them.

-- Deletes at most p_limit rows of one class that its retention lets go, and never more than 1000 at a time, the oldest
-- first; returns how many. Called again and again, each time in a transaction of its own: nobody waits for a long one, and
-- what one process has begun any other goes on with. Destructive commands, acts, approvals and releases stay for ever;
-- events are let go below alone.
create function reeve.prune_slice(p_class text, p_limit integer, p_now bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now bigint := reeve.now_ms(p_now);
  v_day constant bigint := 86400000;
  v_limit integer := least(p_limit, 1000);
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
      order by x.sent_at limit v_limit for update skip locked));
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

-- Lets go of at most p_limit events, and never more than 1000 at a time, that are older than 400 days, sealed, and not
-- lasting; the oldest first. Returns how many.
create function reeve.prune_events(p_limit integer, p_now bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_before bigint := reeve.now_ms(p_now) - 400 * 86400000::bigint;
  v_rows bigint;
begin
  delete from reeve.event where ctid = any(array(
    select x.ctid from reeve.event x
    where x.at < v_before and not reeve.is_lasting(x.type)
      and not exists (select from reeve.unsealed u where u.seq = x.seq)
    order by x.at limit least(p_limit, 1000)));
  get diagnostics v_rows = row_count;
  return v_rows;
end $$;

revoke all on all functions in schema reeve from public;
