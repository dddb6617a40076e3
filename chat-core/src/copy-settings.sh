# copy-settings.sh FROM TO: copies the settings of a box, as far as they are there, for its backups, which run as user 1000.
# What is not there any more is removed in TO too.
set -eu
from=$1
to=$2
rm -rf "$to/.env" "$to/docker-compose.override.yml" "$to/tunnel" "$to/secrets"
for name in .env docker-compose.override.yml tunnel secrets; do
  [ ! -e "$from/$name" ] || cp -R "$from/$name" "$to/$name"
done
chown -R 1000:1000 "$to"
