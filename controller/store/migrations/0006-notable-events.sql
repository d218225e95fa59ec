-- Most events say that something went as it should; the others are found without reading those.
create index event_notable on reeve.event (seq) where type not in ('item.verified', 'item.removed');
