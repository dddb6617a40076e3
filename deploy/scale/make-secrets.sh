#!/bin/sh
# Makes the passwords, the certificate of the database and its authority, once, in a folder that only this user can enter:
#   sh deploy/scale/make-secrets.sh [FOLDER]
# by default secrets/scale. It changes no file that is there. In the containers other users read the files, so they have mode
# 0644: on this machine the folder, 0700, protects them.
set -eu
umask 022
folder=${1:-secrets/scale}
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

# make FILE: keeps what is read from standard input, unless the file is there.
make() {
  [ -e "$1" ] && cat >/dev/null && return
  cat >"$1.unfinished"
  mv "$1.unfinished" "$1"
  echo "Made $folder/$1."
}

openssl rand -hex 24 | make database-password
openssl rand -hex 24 | make replication-password
echo "postgres://bisik:$(cat database-password)@postgres-1:5432,postgres-2:5432/bisik?sslmode=verify-full&sslrootcert=/run/secrets/database-ca.pem" |
  make database-url

# The authority signs this one certificate, and its key is not kept: another certificate comes with another authority.
if [ ! -e database-ca.pem ]; then
  rm -f database.pem database.key
  trap 'rm -f ca.key request.pem names' EXIT
  printf 'subjectAltName=DNS:postgres-1,DNS:postgres-2\nextendedKeyUsage=serverAuth\n' >names
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj '/CN=Bisik database authority' -keyout ca.key -out ca.pem 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -subj '/CN=Bisik database' -keyout database.key -out request.pem 2>/dev/null
  openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile names -out database.pem 2>/dev/null
  chmod 644 database.key
  rm -f ca.srl
  mv ca.pem database-ca.pem
  echo "Made $folder/database-ca.pem, database.pem and database.key."
fi
