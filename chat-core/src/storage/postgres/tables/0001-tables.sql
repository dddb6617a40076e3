-- One row: where the history of this database is. Each commit takes it FOR UPDATE, which puts all commits in one order.
create table box (
  is_only boolean primary key default true check (is_only),
  epoch text not null,
  revision bigint not null,
  at bigint not null,
  clock bigint not null,
  settings json,
  sealed_with text
);

-- The newest commits, for cores that follow them: rows of messages without their sealed texts.
create table commits (
  revision bigint primary key,
  core text not null,
  at bigint not null,
  clock bigint not null,
  changes json not null,
  -- By the clock of the database: those of the cores may differ.
  stored_at timestamptz not null default now()
);

-- `doc` is the record as LowDB keeps it; `place` is the order of creation.
create table accounts (
  id text primary key,
  place bigint generated always as identity,
  doc json not null
);

create table conversations (
  id text primary key,
  place bigint generated always as identity,
  doc json not null,
  -- What messages change of a header; in `doc` it is as old as the last change of anything else.
  last_seq bigint not null,
  rev bigint not null,
  pinned json,
  expiring json
);

create table messages (
  conversation_id text not null,
  seq bigint not null,
  rev bigint not null,
  changed_rev bigint,
  doc json not null,
  primary key (conversation_id, seq)
);
create index messages_by_rev on messages (conversation_id, rev, seq);
create index messages_by_change on messages (conversation_id, changed_rev) where changed_rev is not null;

create table hidden (
  conversation_id text not null,
  user_id text not null,
  seq bigint not null,
  rev bigint not null,
  primary key (conversation_id, user_id, seq)
);

create table marks (
  conversation_id text not null,
  user_id text not null,
  delivered bigint not null,
  read bigint not null,
  primary key (conversation_id, user_id)
);

create table usages (
  conversation_id text not null,
  user_id text not null,
  bytes bigint not null,
  files bigint not null,
  primary key (conversation_id, user_id)
);

-- When people were last online, and with a device when that was last used, and its newest token.
create table seen (
  user_id text not null,
  device_id text not null,
  at bigint not null,
  token_issued_at bigint,
  token_since bigint,
  primary key (user_id, device_id)
);

create table pictures (
  user_id text primary key,
  doc json not null
);

create table invites (
  id text primary key,
  place bigint generated always as identity,
  doc json not null
);

create table uploads (
  conversation_id text not null,
  id text not null,
  place bigint generated always as identity,
  doc json not null,
  primary key (conversation_id, id)
);
