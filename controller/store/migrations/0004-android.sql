-- What reeve knows of Google's records, and what it has written there.

-- Google's record of a device, as far as it is not one of the device's own: one row for each channel of an Android
-- device, whose id is Google's name for it.
create table reeve.android_device (
  channel text primary key references reeve.channel,
  -- The policy that it is to have, by Google's record; null when that is none of this enterprise's.
  policy text,
  -- The policy that it is to be moved to as soon as Google takes that; null when nothing keeps it from being moved.
  awaited text,
  applied_policy text,
  applied_version bigint,
  state text not null,
  -- When the device itself reported last, and when this was read.
  reported_at bigint,
  read_at bigint not null,
  -- The list of Google's devices that had it last; one that a whole list lacks has left.
  listed bigint not null default 0,
  -- What the record says beside its policy, for people: the state that it has come to, whether it complies, what it does
  -- not comply with.
  management jsonb not null default '{}',
  -- The policies that the device has applied, the last one first, at most twenty: with what was written to a policy they
  -- say what the device was sent and when it had it, without a row for each device and policy.
  history jsonb not null default '[]'
) with (fillfactor = 80);
create index android_device_policy on reeve.android_device (policy);

-- What reeve renders: the content of a policy by its digest, without the values of secrets. `items` and `sources` say
-- which item asked for what, so that a device's complaint finds its manifest.
create table reeve.android_rendering (
  hash text primary key,
  items jsonb not null,
  sources jsonb not null,
  body jsonb not null,
  created_at bigint not null
);

-- Policies at Google that reeve writes. `hash` is what was written last, or, while `writing` is true, is about to be:
-- a write whose answer was lost is repeated with the same content.
create table reeve.android_policy (
  id text primary key,
  hash text not null references reeve.android_rendering,
  writing boolean not null,
  -- Google's number of what was written last.
  version bigint,
  -- Why Google refused it; then nobody is moved to it.
  refusal text,
  retry_at bigint not null default 0,
  attempts integer not null default 0,
  at bigint not null
);

-- Which content a version is: a device may have applied an older one.
create table reeve.android_policy_version (
  policy text not null,
  version bigint not null,
  hash text not null references reeve.android_rendering,
  at bigint not null,
  primary key (policy, version)
);

-- Enrollment tokens at Google that reeve made. Their values are kept nowhere: who has one may enroll with it.
-- A token is remembered before Google is asked for it, under an id of ours that travels with it: an answer that is
-- lost leaves a token at Google that nobody knows, and it is looked for by what was asked.
create table reeve.android_token (
  id text primary key,
  -- Google's name of it, by which it is deleted; it enrolls nobody.
  name text constraint android_token_name unique,
  label text not null,
  one_time boolean not null,
  -- What may be made of a device with it, in Google's word.
  usage text not null default '',
  -- The id of the link that it was made for.
  link text,
  expires_at bigint not null,
  revoked_at bigint,
  -- When the call ended without an answer.
  lost_at bigint,
  -- Google has it no more, or never had it.
  gone boolean not null default false,
  created_by text not null,
  created_at bigint not null
);
create index android_token_link on reeve.android_token (link) where link is not null;
create index android_token_open on reeve.android_token (created_at) where not gone;

-- Devices of which Google has pushed news to any replica: whoever leads reads them. Nothing else of the news is kept here.
create table reeve.android_hint (
  name text primary key,
  at bigint not null
);
