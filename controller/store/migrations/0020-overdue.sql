-- Sections that devices should have reported by now (InventorySchedule.spec.maxAge), as the last look at all of them
-- found it. Small: only what is overdue has a row, and who counts reads nothing else.
create table reeve.overdue (
  device text not null references reeve.device (id) on delete cascade,
  section text not null,
  since bigint not null,
  primary key (device, section)
);
