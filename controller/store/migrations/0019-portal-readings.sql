-- When the whole list of a server was last read: changes alone do not tell what others have assigned.
alter table reeve.enrollment_server add column read_at bigint;
