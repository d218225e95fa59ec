-- A link can be taken back before it is used, and remembers whom it was mailed to.
alter table reeve.link add column revoked_at bigint, add column mailed_to text;
