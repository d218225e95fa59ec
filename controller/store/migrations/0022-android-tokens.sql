-- Enrollment tokens at Google that reeve made. Their values are kept nowhere: who has one may enroll with it.
create table reeve.android_token (
  -- Google's name of it, by which it is deleted; it enrolls nobody.
  name text primary key,
  label text not null,
  one_time boolean not null,
  expires_at bigint not null,
  revoked_at bigint,
  created_by text not null,
  created_at bigint not null
);
