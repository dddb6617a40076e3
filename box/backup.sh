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
./bisik restore <file> [options]
./bisik restore --from-target [<name>] [options]

Checks the backup with the recovery key, which it asks for or reads from the identity file, and puts people, messages and
keys of it in the place of those of this box. Those are put aside, until ./bisik restore --forget. On another box:
first ./bisik install, then this. <file> may be a folder of backups; then it is the newest.

  --from-target           the newest backup, or that name, at BACKUP_TARGET (or in BACKUP_FOLDER) of .env, with its files in secrets/
  --settings <folder>     also writes .env and the tunnel's files of the backup there, for you to take what you want
  --identity-file <file>  reads the recovery key from a file
  --keep-sessions         leaves people logged in as on the day of the backup; else everyone logs in again
  --with-deleted          brings back what was deleted since the backup
HELP
}

box_restore() {
  file='' identity='' forget=no target='' out='' options=''
  while [ $# -gt 0 ]; do
    case $1 in
      --help) restore_usage; return ;;
      --identity-file) identity=${2-}; [ -f "$identity" ] || fail "$identity is no file."; shift ;;
      --settings) out=${2-}; [ -n "$out" ] || fail '--settings takes a folder.'; shift ;;
      --from-target) target=yes ;;
      --keep-sessions | --with-deleted) options="$options $1" ;;
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
  if [ -n "$target" ]; then
    name=$file file=
    prepare_target
    confirm "Messages, people and keys of this box are replaced by those of ${name:-the newest backup} at $target. Go on?" || fail 'Nothing was changed.'
  else
    [ -e "$file" ] || fail "${file:-<file>} is not there. ./bisik restore --help says how to call it."
    file=$(cd "$(dirname "$file")" && pwd)/$(basename "$file")
    name=/box.age
    confirm "Messages, people and keys of this box are replaced by those of $(basename "$file"). Go on?" || fail 'Nothing was changed.'
    let_read "$file" || fail "You may not change who reads $file, or there is no backup in it."
  fi
  [ -z "$out" ] || prepare_out
  # A terminal that goes away must not leave the box stopped.
  trap 'trap "" INT TERM HUP PIPE; say "Interrupted." >&2 || exec >/dev/null 2>&1; start_core || :; start_services || :; exit 1' INT TERM HUP PIPE
  # A nightly backup on its way would read files that change under it.
  compose --progress quiet --profile backups stop backups >/dev/null 2>&1 || :
  compose --progress quiet stop chat-core cipher-service
  status=0
  # shellcheck disable=SC2086
  set -- ${target:+--from-target} ${out:+--settings /out} $options ${name:+"$name"}
  if [ -n "$identity" ]; then restore_command "$@" <"$identity" || status=1; else restore_command "$@" || status=1; fi
  [ -z "$out" ] || give_out
  start_core || fail 'The box does not start: ./bisik doctor'
  trap - INT TERM HUP PIPE
  start_services || say 'The box runs, but something else did not start: ./bisik doctor' >&2
  [ $status = 0 ] || fail 'Nothing was replaced; the box runs as before.'
  # The copy of an update lay among what was put aside: going back to it would mix two boxes.
  ! grep -q '^COPY=yes' "$dir/.bisik-update" 2>/dev/null || rm -f "$dir/.bisik-update"
  say 'The box runs with the data of the backup. What was replaced is put aside: ./bisik restore --forget deletes it.'
}

# What a restore from BACKUP_TARGET needs: its secrets, copied as the nightly backups see them, and its folder.
prepare_target() {
  target=$(setting BACKUP_TARGET /backups)
  target_folder=
  if [ "$target" = /backups ]; then
    target_folder=$(setting BACKUP_FOLDER)
    [ -n "$target_folder" ] || fail 'Neither BACKUP_TARGET nor BACKUP_FOLDER is set: ./bisik install --set BACKUP_FOLDER=/media/usb'
    [ -d "$target_folder" ] || fail "$target_folder is not there: plug its disk in and mount it."
    let_read "$target_folder" || fail "You may not change who reads $target_folder, or there is no backup in it."
  fi
  compose --progress quiet --profile backups run --rm -T backup-settings >/dev/null || fail 'The files of secrets/ could not be read.'
}

# The folder of --settings: the container writes into a part of it that this user alone can reach.
prepare_out() {
  (umask 077; mkdir -p "$out/from-backup") || fail "$out cannot be created."
  out=$(cd "$out" && pwd)/from-backup
  chmod 777 "$out" || fail "You may not change $out."
}

give_out() {
  docker run --rm --network none --cap-drop ALL --cap-add CHOWN --cap-add DAC_OVERRIDE --user 0 --volume "$out:/out" \
    --entrypoint chown "$CORE_IMAGE" -R "$(id -u):$(id -g)" /out && chmod 700 "$out"
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

# restore_command WORDS: runs the command in a container that sees the volumes and the backup alone; the network only where
# the backup comes from there.
restore_command() {
  terminal=-i
  if [ -t 0 ]; then terminal=-it; fi
  network=none
  case $target in s3:* | http*) network=bridge ;; esac
  set -- "$CORE_IMAGE" node chat-core/src/commands/restore.ts "$@"
  # An anonymous volume, which goes with the container, holds what is fetched.
  if [ -n "$target" ]; then
    set -- --volume /scratch --volume "${data_volume%_data}_backup-settings:/settings:ro" \
      ${target_folder:+--volume "$target_folder:/backups:ro"} --env "BACKUP_TARGET=$target" --env BACKUP_SCRATCH_DIR=/scratch \
      --env "BACKUP_S3_ENDPOINT=$(setting BACKUP_S3_ENDPOINT)" --env "BACKUP_S3_REGION=$(setting BACKUP_S3_REGION us-east-1)" \
      --env BACKUP_S3_KEY_ID_FILE=/settings/secrets/backup-key-id --env BACKUP_S3_SECRET_FILE=/settings/secrets/backup-secret \
      --env "BACKUP_WEBDAV_USER=$(setting BACKUP_WEBDAV_USER)" --env BACKUP_WEBDAV_PASSWORD_FILE=/settings/secrets/backup-password "$@"
  fi
  docker run --rm $terminal --network $network --cap-drop ALL --security-opt no-new-privileges \
    --volume "$data_volume:/data" --volume "$core_keys_volume:/keys/core" --volume "$cipher_keys_volume:/keys/cipher" \
    ${file:+--volume "$file:/box.age:ro"} ${out:+--volume "$out:/out"} "$@"
}
