-- Attempts that count for all cores, by a hash of who makes them. Unlogged: neither flushed nor sent to a standby.
create unlogged table limits (
  key text primary key,
  used bigint not null,
  -- The end of a window, or when the next guess may be made.
  until timestamptz not null,
  changed_at timestamptz not null default now()
);
create index limits_by_change on limits (changed_at);
