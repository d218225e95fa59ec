-- The history is sealed: who changes, removes or adds an event afterwards is found out (core/event-chain.ts computes
-- the same).

-- Events that no seal covers yet. Filled by the trigger alone, in the transaction of the event: one that commits later
-- than an event after it is found here all the same, and none is sealed twice.
create table reeve.unsealed (seq bigint primary key);

create function reeve.note_unsealed() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into reeve.unsealed (seq) select a.seq from appended a;
  return null;
end $$;

create trigger event_unsealed after insert on reeve.event
referencing new table as appended for each statement execute function reeve.note_unsealed();

create table reeve.seal (
  n bigint primary key check (n > 0),
  -- The hash of the seal before; 32 zeros before the first.
  previous bytea not null check (octet_length(previous) = 32),
  -- Of the Merkle tree of RFC 6962 over the leaves.
  root bytea not null check (octet_length(root) = 32),
  count integer not null check (count > 0),
  at bigint not null,
  -- The time of the oldest event below it: whether one of them may have been let go.
  oldest_at bigint not null,
  -- The numbers of its events, and of those among them that are kept for ever.
  seqs int8multirange not null,
  lasting int8multirange not null,
  -- 32 bytes of each event, in the order of their numbers: what was let go can still be told from what was changed.
  leaves bytea not null check (octet_length(leaves) = 32 * count)
);
-- Which seal covers an event is asked for a page of events at a time.
create index seal_seqs on reeve.seal using gist (seqs);

-- Also for the owner, who may do it by mistake.
create function reeve.refuse_change() returns trigger
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception '% only grows', tg_table_name using errcode = '42501';
end $$;

create trigger seal_only_grows before update or delete or truncate on reeve.seal
for each statement execute function reeve.refuse_change();
create trigger event_only_grows before update or truncate on reeve.event
for each statement execute function reeve.refuse_change();
-- What is let go after its time is deleted.
create trigger lasting_event_stays before delete on reeve.event
for each row when (reeve.is_lasting(old.type)) execute function reeve.refuse_change();

-- What is hashed of an event. A field that is not there is `-`, and never like one that is.
create function reeve.event_leaf(e reeve.event) returns bytea
language sql immutable parallel safe
return sha256('\x00'::bytea || convert_to(
  'reeve event 1' || chr(10)
  || reeve.digest_field(e.seq::text) || reeve.digest_field(e.at::text) || reeve.digest_field(e.type)
  || coalesce(reeve.digest_field(e.device), '-') || coalesce(reeve.digest_field(e.subject), '-')
  || reeve.digest_field(e.message)
  || coalesce(reeve.digest_field(e.by_person), '-') || coalesce(reeve.digest_field(e.revision), '-'),
  'UTF8'));

-- Of RFC 6962: a node without a sibling goes up as it is.
create function reeve.merkle_root(leaves bytea[]) returns bytea
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp
as $$
declare
  v_level bytea[] := leaves;
begin
  while cardinality(v_level) > 1 loop
    v_level := array(
      select case when v_level[i + 1] is null then v_level[i] else sha256('\x01'::bytea || v_level[i] || v_level[i + 1]) end
      from generate_series(1, cardinality(v_level), 2) i order by i);
  end loop;
  return v_level[1];
end $$;

-- What the next seal names.
create function reeve.seal_hash(s reeve.seal) returns bytea
language sql immutable parallel safe
return sha256(convert_to(
  'reeve seal 1' || chr(10)
  || reeve.digest_field(s.n::text) || reeve.digest_field(encode(s.previous, 'hex'))
  || reeve.digest_field(encode(s.root, 'hex')) || reeve.digest_field(s.count::text)
  || reeve.digest_field(s.at::text) || reeve.digest_field(s.oldest_at::text) || reeve.digest_field(s.lasting::text),
  'UTF8'));

-- Seals at most p_limit events that are finished, and never more than 250 at a time, the oldest first; returns how many.
-- When there is nothing, or somebody else seals, nothing happens.
create function reeve.seal_events(p_limit integer, p_now bigint) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
-- A plan that was made while the tables were small would read all events each second later.
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  v_last reeve.seal;
  v_leaves bytea[];
  v_new reeve.seal;
begin
  -- Later statements see what whoever held this before has committed, which an older snapshot would not.
  if current_setting('transaction_isolation') <> 'read committed' then return 0; end if;
  if not pg_try_advisory_xact_lock(7391274002) then return 0; end if;
  select * into v_last from reeve.seal s order by s.n desc limit 1;
  with taken as (
    delete from reeve.unsealed u where u.ctid = any(array(
      select w.ctid from reeve.unsealed w order by w.seq limit least(p_limit, 250)))
    returning u.seq
  )
  select array_agg(reeve.event_leaf(e) order by e.seq), min(e.at),
    range_agg(int8range(e.seq, e.seq, '[]')),
    coalesce(range_agg(int8range(e.seq, e.seq, '[]')) filter (where reeve.is_lasting(e.type)), '{}'::int8multirange)
  into v_leaves, v_new.oldest_at, v_new.seqs, v_new.lasting
  from reeve.event e join taken t on t.seq = e.seq;
  if v_leaves is null then return 0; end if;
  v_new.n := coalesce(v_last.n, 0) + 1;
  v_new.previous := case when v_last.n is null then decode(repeat('00', 32), 'hex') else reeve.seal_hash(v_last) end;
  v_new.root := reeve.merkle_root(v_leaves);
  v_new.count := cardinality(v_leaves);
  v_new.at := greatest(reeve.now_ms(p_now), v_last.at);
  v_new.leaves := (select string_agg(x.leaf, ''::bytea order by x.i) from unnest(v_leaves) with ordinality as x(leaf, i));
  insert into reeve.seal values (v_new.*);
  return v_new.count;
end $$;

revoke all on all functions in schema reeve from public;
