-- A token is remembered before Google is asked for it, under an id of ours that travels with it: an answer that is
-- lost leaves a token at Google that nobody knows, and it is looked for by what was asked.
alter table reeve.android_token drop constraint android_token_pkey;
alter table reeve.android_token alter column name drop not null,
  add column id text,
  -- What may be made of a device with it, in Google's word.
  add column usage text not null default '',
  -- When the call ended without an answer.
  add column lost_at bigint,
  -- Google has it no more, or never had it.
  add column gone boolean not null default false,
  -- The id of the link that it was made for.
  add column link text;
update reeve.android_token set id = left(encode(sha256(convert_to(name, 'UTF8')), 'hex'), 12);
alter table reeve.android_token alter column id set not null,
  add primary key (id), add constraint android_token_name unique (name);
create index android_token_link on reeve.android_token (link) where link is not null;
create index android_token_open on reeve.android_token (created_at) where not gone;

-- Which platforms a link is for; for Android, what its tokens allow.
alter table reeve.link add column apple boolean not null default true, add column android text;
