-- Acts are what the holder of the store's key has filed, or the gate does not believe them.

-- Length-prefixed, so that no two different lists of fields give the same text.
create function reeve.digest_field(value text) returns text
language sql immutable parallel safe
return octet_length(convert_to(value, 'UTF8'))::text || ':' || value || ',';

-- The digest that approvals bind to; core/act-digest.ts computes the same. It says whether the author is known or only
-- claimed.
create function reeve.act_digest(p_act text) returns text
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
  select encode(sha256(convert_to(
    'reeve act 2' || chr(10)
    || reeve.digest_field(a.name) || reeve.digest_field(a.content) || reeve.digest_field(a.author)
    || reeve.digest_field(case when a.verified then 'verified' else 'claimed' end)
    || reeve.digest_field(a.approvals::text) || reeve.digest_field(a.expires_at::text)
    || coalesce((
      select string_agg(
        reeve.digest_field(t.device) || reeve.digest_field(t.epoch::text)
        || reeve.digest_field(t.verb) || reeve.digest_field(t.parameters),
        '' order by t.device collate "C", t.epoch)
      from reeve.act_target t where t.act = a.id), ''),
    'UTF8')), 'hex')
  from reeve.act a where a.id = p_act;
end;

-- The store's word for acts: both halves of the key of an HMAC-SHA-256. The first one that comes stays; the owner alone
-- takes it away. True when it is the one that is known.
create function reeve.vouch_with(p_inner text, p_outer text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if p_inner !~ '^[0-9a-f]{128}$' or p_outer !~ '^[0-9a-f]{128}$' then return false; end if;
  insert into reeve.setting (name, value) values ('vouch', p_inner || p_outer) on conflict (name) do nothing;
  return reeve.setting_of('vouch') = p_inner || p_outer;
end $$;

-- The mark of a text by that key; null while none is known. For the functions of the owner alone: whoever can ask for it
-- can forge everything that is vouched for.
create function reeve.mark_of(p_text text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select encode(sha256(
    decode(substr(k.vouch, 129), 'hex')
    || sha256(decode(substr(k.vouch, 1, 128), 'hex') || convert_to(p_text, 'UTF8'))), 'hex')
  from (select reeve.setting_of('vouch') as vouch) k;
end;

-- True while an act with its targets, authors and needs is what the holder of the store's key has filed.
create function reeve.is_vouched(p_act text) returns boolean
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
  select coalesce((
    select case when a.known_digest is not null then a.known_digest = g.digest
    else a.mac = reeve.mark_of(
      'reeve vouches 1' || chr(10)
      || reeve.digest_field(a.id) || reeve.digest_field(a.name) || reeve.digest_field(g.digest)
      || reeve.digest_field(coalesce((
        select string_agg(reeve.digest_field(u.person), '' order by u.n)
        from unnest(a.persons) with ordinality u(person, n)), ''))
      || reeve.digest_field(coalesce(a.revision, '')) || reeve.digest_field(a.reason)
      || reeve.digest_field(a.created_at::text) || reeve.digest_field(a.cool_off_ms::text)) end
    from reeve.act a, lateral (select reeve.act_digest(a.id) as digest) g
    where a.id = p_act), false);
end;

revoke all on all functions in schema reeve from public;
