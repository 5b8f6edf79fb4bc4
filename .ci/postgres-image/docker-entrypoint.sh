#!/bin/sh
# The entry point of an image of PostgreSQL, with as much of the official one's interface as its users rely on: the
# cluster is made on the first start, with POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, and until that is done no
# connection from outside is taken.
set -eu

if [ "$#" -eq 0 ] || [ "${1#-}" != "$1" ]; then
  set -- postgres "$@"
fi
[ "$1" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown postgres:postgres "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo "error: POSTGRES_PASSWORD is not set" >&2
    exit 1
  fi
  password=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
  # The options are words for a shell, as they are in the official image.
  eval "initdb --username=\"\$user\" --pwfile=\"\$password\" --auth=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}"
  rm "$password"
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"

  # A server of its own for this, as in the official image: what waits for the real one must not take it for that.
  PGPASSWORD=$POSTGRES_PASSWORD
  export PGPASSWORD
  pg_ctl -w -o "-c listen_addresses=''" start
  if [ "$database" != postgres ]; then
    createdb --username="$user" --maintenance-db=postgres --no-password "$database"
  fi
  pg_ctl -w -m fast stop
  unset PGPASSWORD
fi

exec "$@" -c listen_addresses='*'
