# ./bisik backup and restore: everything in one sealed file, on this box or another. The functions of ../bisik are there.
# shellcheck shell=sh disable=SC2154

backup_usage() {
  cat <<'HELP'
./bisik backup [<file>]            writes one file, by default backups/bisik-<date>.age beside this script
./bisik backup --folder <folder>   for a disk with many backups: each file of a message is copied once; the newest 7 stay
./bisik backup --new-recovery-key  makes a new key, which opens the backups from then on

The file is sealed: only the recovery key opens it. The box runs meanwhile. Settings (.env, tunnel/) are not in it.
HELP
}

box_backup() {
  case ${1-} in
    --help) backup_usage; return ;;
    --new-recovery-key) compose run --rm -T backup --new-recovery-key; return ;;
    --folder) ;;
    -*) fail "There is no option $1: ./bisik backup --help" ;;
  esac
  in_core true 2>/dev/null || fail 'The box must run: ./bisik start'
  if ! in_core test -f /keys/core/recovery.pub; then
    say 'There is no recovery key yet. Without it no backup can be opened. It is shown once, now, and stored nowhere: write it down.'
    confirm 'Show it?' || fail 'No backup was made.'
    compose run --rm -T backup --new-recovery-key || exit 1
  fi
  if [ "${1-}" = --folder ]; then
    [ -d "${2-}" ] || fail "${2-} is no folder: is the disk there?"
    compose run --rm -T --volume "$(cd "$2" && pwd):/backups" backup --folder /backups
    return
  fi
  file=${1-}
  if [ -z "$file" ]; then
    (umask 077; mkdir -p "$dir/backups")
    file=$dir/backups/bisik-$(date '+%Y-%m-%dT%H-%M-%S').age
  fi
  [ ! -e "$file" ] || fail "$file is there already: name another file."
  # It gets its name only when it is complete.
  if (umask 077; compose run --rm -T backup - >"$file.unfinished") && mv "$file.unfinished" "$file"; then
    say "$file: $(du -h "$file" | cut -f 1). Keep it on another machine, apart from the recovery key."
  else
    rm -f "$file.unfinished"
    fail 'No backup was made.'
  fi
}

restore_usage() {
  cat <<'HELP'
./bisik restore <file> [--identity-file <file>]

Checks the backup with the recovery key, which it asks for or reads from the identity file, and puts people, messages and
keys of it in the place of those of this box. Those are put aside, until ./bisik restore --forget. On another box:
first ./bisik install, then this. <file> may be a folder of backups; then it is the newest.
HELP
}

box_restore() {
  file='' identity='' forget=no
  while [ $# -gt 0 ]; do
    case $1 in
      --help) restore_usage; return ;;
      --identity-file) identity=${2-}; [ -f "$identity" ] || fail "$identity is no file."; shift ;;
      --forget) forget=yes ;;
      -*) fail "There is no option $1: ./bisik restore --help" ;;
      *) file=$1 ;;
    esac
    shift
  done
  load volumes
  load manage
  find_volumes
  if [ $forget = yes ]; then
    confirm 'Delete what restores have put aside?' || fail 'Nothing was deleted.'
    restore_command --forget --yes </dev/null
    return
  fi
  refuse_interrupted
  [ -e "$file" ] || fail "${file:-<file>} is not there. ./bisik restore --help says how to call it."
  file=$(cd "$(dirname "$file")" && pwd)/$(basename "$file")
  confirm "Messages, people and keys of this box are replaced by those of $(basename "$file"). Go on?" || fail 'Nothing was changed.'
  let_read "$file" || fail "You may not change who reads $file, or there is no backup in it."
  # A terminal that goes away must not leave the box stopped.
  trap 'trap "" INT TERM HUP PIPE; say "Interrupted." >&2 || exec >/dev/null 2>&1; start_core || :; start_services || :; exit 1' INT TERM HUP PIPE
  # A nightly backup on its way would read files that change under it.
  compose --progress quiet --profile backups stop backups >/dev/null 2>&1 || :
  compose --progress quiet stop chat-core cipher-service
  status=0
  if [ -n "$identity" ]; then restore_command /box.age <"$identity" || status=1; else restore_command /box.age || status=1; fi
  start_core || fail 'The box does not start: ./bisik doctor'
  trap - INT TERM HUP PIPE
  start_services || say 'The box runs, but something else did not start: ./bisik doctor' >&2
  [ $status = 0 ] || fail 'Nothing was replaced; the box runs as before.'
  # The copy of an update lay among what was put aside: going back to it would mix two boxes.
  ! grep -q '^COPY=yes' "$dir/.bisik-update" 2>/dev/null || rm -f "$dir/.bisik-update"
  say 'The box runs with the data of the backup. What was replaced is put aside: ./bisik restore --forget deletes it.'
}

# let_read FILE: lets user 1000 of the container read a backup, which is sealed. What else is in a folder stays as it is.
let_read() {
  [ -d "$1" ] || { chmod a+r "$1"; return; }
  status=1
  for one in "$1"/*.age "$1"/*.files; do
    [ -f "$one" ] || continue
    chmod a+r "$one" || return 1
    case $one in *.age) status=0 ;; esac
  done
  [ $status = 0 ] && chmod a+rx "$1" && { [ ! -d "$1/attachments" ] || chmod -R a+rX "$1/attachments"; }
}

# restore_command WORDS: runs the command in a container that sees the volumes and the backup alone.
restore_command() {
  terminal=-i
  if [ -t 0 ]; then terminal=-it; fi
  docker run --rm $terminal --network none --cap-drop ALL --security-opt no-new-privileges \
    --volume "$data_volume:/data" --volume "$core_keys_volume:/keys/core" --volume "$cipher_keys_volume:/keys/cipher" \
    ${file:+--volume "$file:/box.age:ro"} "$CORE_IMAGE" node chat-core/src/commands/restore.ts "$@"
}
