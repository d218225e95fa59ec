-- Devices of which Google has pushed news to any replica: whoever leads reads them. Nothing else of the news is kept here.
create table reeve.android_hint (
  name text primary key,
  at bigint not null
);
