-- Whether persons stand for what was asked for: by signatures on every commit that brought it, or by a token.
alter table reeve.act add column verified boolean not null default false;
alter table reeve.revision add column verified boolean not null default false;

-- What approvals bind to says whether the author is known or only claimed. The same as in core/act-digest.ts.
create or replace function reeve.act_digest(p_act text) returns text
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

-- Acts of before are vouched for as long as they are what they were then.
update reeve.act a set known_digest = reeve.act_digest(a.id) where a.known_digest is not null;
