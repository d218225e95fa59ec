-- Whom an identity that nobody vouches for has spoken for is asked at every status.
create index event_unvouched on reeve.event (device) where type = 'identity.unvouched';
