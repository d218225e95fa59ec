-- Who may enroll, and with what a device proves itself.

create table reeve.certificate (
  sha256 text primary key,
  serial text not null,
  subject text not null,
  not_before bigint not null,
  not_after bigint not null,
  issued_at bigint not null,
  -- What the challenge of this certificate asserts about the device that will use it.
  asserted jsonb not null default '{}',
  challenge text,
  channel text,
  device text,
  epoch integer,
  revoked_at bigint,
  replaced_by text,
  -- The serial number that its challenge was for, if it was for one only.
  bound_to text,
  -- The digest of the request (challenge, transaction, key) that it answers, and its bytes: a reply that was lost can be
  -- given again. Both go when a device has authenticated with it.
  request text,
  der bytea,
  -- How the enrollment profile was written by which the device enrolled.
  form jsonb
);
create unique index certificate_serial on reeve.certificate (serial);
create index certificate_channel on reeve.certificate (channel) where channel is not null;
create index certificate_expiry on reeve.certificate (not_after) where revoked_at is null and replaced_by is null;
create index certificate_request on reeve.certificate (request) where request is not null;

-- Enrollment challenges and one-time links; only hashes of the secrets are kept.
create table reeve.challenge (
  hash text primary key,
  purpose text not null,
  bound_to text,
  uses_left integer not null check (uses_left >= 0),
  expires_at bigint not null,
  asserted jsonb not null default '{}',
  created_by text not null,
  created_at bigint not null,
  -- It may renew the identity of one enrollment: only while that identity is in use, and for nothing else.
  channel text,
  epoch integer,
  renews text,
  -- How the enrollment profile was written by which a device enrolled (addresses, topic, rights): it can be replaced only
  -- by one that says the same.
  form jsonb
);
create index challenge_expiry on reeve.challenge (expires_at);

create table reeve.link (
  hash text primary key,
  label text not null,
  uses_left integer not null check (uses_left >= 0),
  expires_at bigint not null,
  asserted jsonb not null default '{}',
  created_by text not null,
  created_at bigint not null,
  -- An invitation may be for one serial number only; the certificate that it buys remembers which.
  bound_to text,
  -- It can be taken back before it is used, and remembers whom it was mailed to.
  revoked_at bigint,
  mailed_to text,
  -- Which platforms it is for; for Android, what its tokens allow.
  apple boolean not null default true,
  android text
);
