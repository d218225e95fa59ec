-- Acts that nobody wants any more: what was not sent never is, and what Google still keeps for a device is taken back.
create table reeve.act_withdrawal (
  act text primary key references reeve.act (id),
  at bigint not null,
  by_person text not null,
  note text not null
);
