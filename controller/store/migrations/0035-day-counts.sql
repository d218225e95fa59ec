-- How devices stood on each day, by group; the empty name is all of them. What reports draw a trend from.
create table reeve.day_count (
  day text not null check (day ~ '^\d{4}-\d\d-\d\d$'),
  "group" text not null,
  total integer not null,
  ready integer not null,
  reconciling integer not null,
  stalled integer not null,
  held integer not null,
  unreachable integer not null,
  primary key (day, "group")
);
