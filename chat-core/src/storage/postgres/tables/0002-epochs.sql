-- The start of the server at which the epoch began: commits may be missing after any other start.
alter table box add column server text;

-- Former epochs of this history, and the last revision of each.
create table epochs (
  epoch text primary key,
  up_to bigint not null,
  ended_at timestamptz not null default now()
);
