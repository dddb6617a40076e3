# A copy of the four volumes beside themselves, for ./bisik update and rollback. The functions of ../bisik are there.
# shellcheck shell=sh disable=SC2154

# volume_of CONTAINER PATH: the name of the volume that is mounted there.
volume_of() { docker inspect --format "{{range .Mounts}}{{if eq .Destination \"$2\"}}{{.Name}}{{end}}{{end}}" "$1"; }

# The names of the volumes, also where the containers are stopped.
find_volumes() {
  core_container=$(container chat-core) setup_container=$(container setup) cipher_container=$(container cipher-service)
  for found in "$core_container" "$setup_container" "$cipher_container"; do
    [ -n "$found" ] || fail "There is no box in $dir yet. First: ./bisik install"
  done
  data_volume=$(volume_of "$core_container" /data)
  core_keys_volume=$(volume_of "$setup_container" /keys/core)
  cipher_keys_volume=$(volume_of "$setup_container" /keys/cipher)
  counter_volume=$(volume_of "$cipher_container" /keys/cipher/counter)
}

# on_volumes IMAGE SCRIPT: runs a script as the user of the services, with the volumes below /v and nothing else.
on_volumes() {
  docker run --rm --network none --read-only --cap-drop ALL --security-opt no-new-privileges --user node \
    --volume "$data_volume:/v/data" --volume "$core_keys_volume:/v/core-keys" \
    --volume "$cipher_keys_volume:/v/cipher-keys" --volume "$counter_volume:/v/counter" \
    --entrypoint sh "$1" -c "set -eu
$NAMES
$2"
}

# Names have no spaces. What a restore or a repair put aside, the audit trail and the lock stay as they are; `counter` in the
# keys is where the fourth volume is mounted.
NAMES='root=${ROOT:-/v}
copy=.before-update
names() {
  for path in "$root/$1"/*; do
    case $1/${path##*/} in
      */\* | */lock | */lock.* | */restore.lock* | */restor* | */before-* | */damaged-* | */audit | cipher-keys/counter) ;;
      *) echo "${path##*/}" ;;
    esac
  done
}
volumes="data core-keys cipher-keys counter"'

# The copies belong together: the caller has stopped chat-core. Files of messages never change once they are whole, so
# they get a second name and take no room.
KEEP='
need=$(du -sk $(names data | sed "/^attachments\$/d; s|^|$root/data/|") | awk "{ sum += \$1 } END { print int(sum / 1024) + 1 }")
free=$(df -Pk "$root/data" | awk "NR == 2 { print int(\$4 / 1024) }")
if [ "$free" -lt $((need + 64)) ]; then
  echo "The copy of the messages needs $need MB, beside 64 MB that the box needs; $free MB are free. Make room and try again." >&2
  exit 1
fi
for volume in $volumes; do
  rm -rf "$root/$volume/$copy.part" "$root/$volume/$copy"
  mkdir -m 700 "$root/$volume/$copy.part"
  names "$volume" >"$root/$volume/$copy.part/.names"
  while read -r name; do
    case $volume/$name in
      data/attachments) cp -al "$root/$volume/$name" "$root/$volume/$copy.part/" ;;
      *) cp -a "$root/$volume/$name" "$root/$volume/$copy.part/" ;;
    esac
  done <"$root/$volume/$copy.part/.names"
done
sync
for volume in $volumes; do mv "$root/$volume/$copy.part" "$root/$volume/$copy"; done
sync'

# May be interrupted at any point and run again: a name that is no more in the copy has been put back already.
PUT_BACK='
for volume in $volumes; do
  from=$root/$volume/$copy
  [ -d "$from" ] || continue
  for name in $(names "$volume"); do
    if grep -qxF "$name" "$from/.names" && [ ! -e "$from/$name" ]; then continue; fi
    rm -rf "$root/$volume/$name"
  done
  while read -r name; do
    [ ! -e "$from/$name" ] || mv "$from/$name" "$root/$volume/"
  done <"$from/.names"
done
sync
for volume in $volumes; do
  from=$root/$volume/$copy
  # A copy that is half removed must not be taken for one.
  [ ! -d "$from" ] || mv "$from" "$from.part"
  rm -rf "$from.part"
done
sync'

FORGET='for volume in $volumes; do rm -rf "$root/$volume/$copy" "$root/$volume/$copy.part"; done'

# data_format IMAGE: the number of the data format.
data_format() { on_volumes "$1" 'sed -n "s/^{\"version\":\([0-9]*\),.*/\1/p" "$root/data/meta.json"'; }
