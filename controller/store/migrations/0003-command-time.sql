-- Counting what was sent of late must not read what was sent in a year.
create index command_sent on reeve.command (sent_at);
drop index reeve.command_age;
