#!/bin/sh
# One of the two PostgreSQL servers of docker-compose.scale.yml, by the user postgres in its container (docs/scaling/operating.md).
#   run       what the container runs: makes the database, or clones the other server's, and serves it
#   promote   makes this standby the server that writes, because the other one is gone
#   alone     on the one that writes: acknowledge without a standby
#   together  on the one that writes: acknowledge only what the standby has, too
#   rejoin    in a container of its own: throws the data of this server away and clones the other's
#   status    who writes, who follows, and how far behind
# NODE: the name of this server, OTHER: that of the other one, FIRST=yes: this one makes the database.
# A volume of both has the name of the one that writes, in a file: after a restart of the machine too, no server whose data are
# of the past goes on with them.
set -eu
umask 077
PATH=$PATH:$(echo /usr/lib/postgresql/*/bin)
export PATH
SECRETS=/run/secrets
WRITER=/var/lib/postgresql/writer

fail() {
  echo "$*" >&2
  exit 1
}

# The other server: off where it writes, on where it follows, nothing where it does not answer.
other_in_recovery() {
  PGCONNECT_TIMEOUT=3 psql -h "$OTHER" -U health -d postgres -Atqc 'SHOW in_hot_standby' 2>/dev/null || true
}

writer() {
  cat "$WRITER" 2>/dev/null || true
}

# set_writer NAME: durable before it counts.
set_writer() {
  echo "$1" >"$WRITER.unfinished"
  sync "$WRITER.unfinished"
  mv "$WRITER.unfinished" "$WRITER"
  sync
}

sql() {
  psql -U postgres -d postgres -v ON_ERROR_STOP=1 -Atqc "$1"
}

is_standby() {
  [ "$(sql 'SELECT pg_is_in_recovery()')" = t ]
}

make_database() {
  echo "Making the database."
  initdb --pgdata="$PGDATA" --username=postgres --auth=peer --encoding=UTF8 --locale=C.UTF-8 --data-checksums >/dev/null
  pg_ctl start --pgdata="$PGDATA" --wait --log="$PGDATA/first-start.log" \
    --options="-c listen_addresses='' -c unix_socket_directories=/tmp/postgresql" >/dev/null
  # A password never stands in a command line, which other processes can read.
  psql -U postgres -d postgres -v ON_ERROR_STOP=1 -q <<SQL
SET password_encryption = 'scram-sha-256';
CREATE ROLE health LOGIN CONNECTION LIMIT 20;
CREATE ROLE replication LOGIN REPLICATION PASSWORD '$(cat $SECRETS/replication-password)';
CREATE ROLE bisik LOGIN PASSWORD '$(cat $SECRETS/database-password)' NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE DATABASE bisik;
REVOKE ALL ON DATABASE bisik FROM PUBLIC;
GRANT CONNECT ON DATABASE bisik TO bisik;
\connect bisik
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA bisik AUTHORIZATION bisik;
SQL
  pg_ctl stop --pgdata="$PGDATA" --mode=fast --wait >/dev/null
  rm -f "$PGDATA/first-start.log"
  touch "$PGDATA/complete"
  set_writer "$NODE"
}

clone() {
  echo "Cloning the database of $OTHER."
  until pg_basebackup --dbname="$(connection)" --pgdata="$PGDATA" --wal-method=stream --checkpoint=fast; do
    empty_data
    sleep 2
  done
  rm -f "$PGDATA/backup_label.old"
  touch "$PGDATA/standby.signal" "$PGDATA/complete"
}

empty_data() {
  find "$PGDATA" -mindepth 1 -delete
}

connection() {
  printf "host=%s user=replication passfile=/tmp/postgresql/passfile sslmode=verify-full sslrootcert=%s/database-ca.pem connect_timeout=5" \
    "$OTHER" "$SECRETS"
}

prepare() {
  mkdir -p /tmp/postgresql
  install -m 600 $SECRETS/database.key /tmp/postgresql/database.key
  echo "*:*:*:replication:$(cat $SECRETS/replication-password)" >/tmp/postgresql/passfile
  mkdir -p "$PGDATA"
  # Until the server ends, also in another container.
  exec 9>"$PGDATA.lock"
  flock -w 10 9 || fail "$NODE runs in another container: stop it first (docker compose stop $NODE)."
}

serve() {
  if [ ! -e "$PGDATA/standby.signal" ] && [ "$(writer)" != "$NODE" ]; then
    fail "$(writer) writes now, and this server wrote before: its data are of the past. To make it the standby: docker compose stop $NODE && docker compose run --rm $NODE rejoin"
  fi
  exec postgres -D "$PGDATA" -c config_file=/etc/bisik/postgresql.conf \
    -c cluster_name="$(echo "$NODE" | tr - _)" -c primary_conninfo="$(connection)"
}

case ${1:-run} in
run)
  prepare
  # An interrupted beginning has no mark, and nothing that is needed.
  if [ ! -e "$PGDATA/complete" ]; then
    [ ! -e "$PGDATA/PG_VERSION" ] || echo "An interrupted beginning is removed."
    empty_data
    [ "$(writer)" != "$NODE" ] || fail "The data of $NODE are gone. Go on with the standby: docker compose exec $OTHER database promote"
    if [ "${FIRST:-no}" = yes ] && [ -z "$(writer)" ]; then make_database; else clone; fi
  fi
  serve
  ;;
promote)
  is_standby || fail "$NODE writes already."
  [ "$(other_in_recovery)" != off ] || [ "${2:-}" = --force ] ||
    fail "$OTHER still writes: stop it first (docker compose stop $OTHER)."
  # Without a standby it would wait for one with each commit.
  sql "ALTER SYSTEM SET synchronous_standby_names = ''"
  set_writer "$NODE"
  sql 'SELECT pg_promote(true, 60)' | grep -q t || fail "$NODE was not promoted within a minute: see its log."
  sql 'SELECT pg_reload_conf()' >/dev/null
  echo "$NODE writes now, and alone: what is acknowledged is on this one disk. Next: docker compose stop $OTHER && docker compose run --rm $OTHER rejoin"
  ;;
alone)
  ! is_standby || fail "$NODE follows $OTHER: that one decides."
  sql "ALTER SYSTEM SET synchronous_standby_names = ''"
  sql 'SELECT pg_reload_conf()' >/dev/null
  echo "$NODE waits for no standby: what is acknowledged is on this one disk. With a standby again: database together"
  ;;
together)
  ! is_standby || fail "$NODE follows $OTHER: that one decides."
  [ -n "$(sql "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND application_name = '$(echo "$OTHER" | tr - _)'")" ] ||
    fail "$OTHER does not follow: docker compose up -d $OTHER, or rejoin it."
  sql 'ALTER SYSTEM RESET synchronous_standby_names'
  sql 'SELECT pg_reload_conf()' >/dev/null
  echo "What is acknowledged from now on is on the disks of both."
  ;;
rejoin)
  prepare
  [ "$(other_in_recovery)" = off ] || fail "$OTHER does not write: there is nothing to clone."
  empty_data
  clone
  echo "$NODE has the data of $OTHER. Next: docker compose up -d $NODE, then docker compose exec $OTHER database together"
  ;;
status)
  if is_standby; then
    echo "$NODE follows $OTHER, and has its log up to $(sql 'SELECT pg_last_wal_receive_lsn()')."
  else
    names=$(sql 'SHOW synchronous_standby_names')
    echo "$NODE writes${names:+, and waits for the standby}."
    sql "SELECT '  ' || application_name || ': ' || state || ', ' || sync_state || ', ' || pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) || ' bytes behind' FROM pg_stat_replication"
  fi
  ;;
*)
  fail "run, promote, alone, together, rejoin or status."
  ;;
esac
