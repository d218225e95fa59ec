-- Acts that were refused whole. What was refused stays so until a commit asks for something else, or for it anew: the
-- devices of an act are those that it had when it was first seen, and none that came later make it fit.
create table reeve.act_refusal (
  -- KIND/NAME@GENERATION.
  name text primary key,
  -- Canonical JSON of what was asked for.
  content text not null,
  expires_at bigint not null,
  revision text not null,
  reason text not null,
  at bigint not null
);
