# ./bisik doctor: what is wrong, in plain words, and what to do. The functions of ../bisik are there.
# shellcheck shell=sh disable=SC2154

findings=0
# Days after which a backup is called old.
MAX_BACKUP_DAYS=8

found() { say "✗ $*"; findings=$((findings + 1)); }
well() { say "✓ $*"; }

# found_each LINES: one finding a line; false when there is none.
found_each() {
  [ -n "$1" ] || return 1
  while IFS= read -r sentence; do found "$sentence"; done <<LINES
$1
LINES
}

# Exit code 0 when nothing is wrong, else 1.
doctor() {
  case ${1-} in
    '') ;;
    *) say './bisik doctor says what is wrong and what to do. Exit code 1 if something is.'; return ;;
  esac
  load tunnel
  findings=0
  found_each "$(wrong_clock)" || well 'The clock is plausible.'
  found_each "$(wrong_memory)" || :
  if found_each "$(wrong_docker)"; then
    say 'The rest can be looked at once Docker answers.'
    return 1
  fi
  well 'Docker answers.'
  check_update
  check_settings && check_services && check_inside
  check_tunnel
  [ "$findings" = 0 ] || { say "
$findings to mend. ./bisik logs chat-core (or cipher-service, setup, cloudflared) says more."; return 1; }
  say 'Nothing is wrong.'
}

check_settings() {
  if [ ! -f "$dir/.env" ]; then
    found "There are no settings in $dir: ./bisik install continues or begins anew; messages and keys are not in this folder."
    return 1
  fi
  # shellcheck disable=SC2012
  case $(ls -l "$dir/.env") in -???------*) ;; *) found "$dir/.env can be read by others: chmod 600 $dir/.env" ;; esac
  if ! problem=$(compose config --quiet 2>&1); then
    found "The settings are not understood: $(say "$problem" | tail -n 1)"
    return 1
  fi
  well 'The settings are understood.'
}

# container_state SERVICE FORMAT: a part of `docker inspect` of its container; nothing when there is none.
container_state() {
  id=$(container "$1")
  [ -z "$id" ] || docker inspect --format "$2" "$id" 2>/dev/null || :
}

# The last thing that a service said, without the braces of the log.
last_words() { compose --ansi never logs --tail 1 --no-log-prefix "$1" 2>/dev/null | tr -d '\033\r' | sed -e 's/^\[2K//' -e 's/.*"msg":"\(.*\)"}$/\1/' | cut -c 1-300; }

# Whether the containers run, and are what .env names. False when the core cannot be asked.
check_services() {
  code=$(container_state setup '{{.State.ExitCode}}')
  if [ -z "$code" ]; then
    found 'Nothing was started yet: ./bisik start'
    return 1
  fi
  if [ "$code" != 0 ]; then
    found "The keys are not in order: $(last_words setup) The page docs/self-hosting.md says under Keys what to do."
    return 1
  fi
  cipher_runs=yes
  check_service cipher-service "$CIPHER_IMAGE" 'Without it no message can be sealed or read.' || cipher_runs=no
  check_service chat-core "$CORE_IMAGE" 'Without it people cannot reach the box.'
}

# check_service NAME IMAGE MEANING
check_service() {
  status=$(container_state "$1" '{{.State.Status}}')
  if [ -z "$status" ]; then
    found "$1 does not exist. $3 Start it: ./bisik start"
    return 1
  fi
  reason=$(container_state "$1" '{{.State.Error}}')
  if [ "$(container_state "$1" '{{.State.OOMKilled}}')" = true ]; then
    found "$1 needed more memory than it may have and was ended; Docker starts it again. If this is seen often, fewer people or a larger mem_limit help."
  fi
  case $status in
    running) ;;
    restarting)
      found "$1 ends at once and is started again and again. $3 It says: $(last_words "$1")"
      return 1
      ;;
    *)
      case $reason in
        *'address already in use'* | *'port is already allocated'*) found "$1 does not run: another program uses its port. Choose another: ./bisik install --set CORE_PORT=$(($(setting CORE_PORT 8080) + 1))" ;;
        *) found "$1 does not run ($status). $3 Start it: ./bisik start${reason:+. Docker says: $reason}" ;;
      esac
      return 1
      ;;
  esac
  runs=$(container_state "$1" '{{.Image}}')
  named=$(docker image inspect --format '{{.Id}}' "$2" 2>/dev/null || :)
  if [ -z "$named" ]; then
    found "The image $2 is not on this box any more, so $1 could not be started again: docker pull $2"
  elif [ "$runs" != "$named" ]; then
    found "$1 runs another image than $2, which .env names. ./bisik start replaces it."
  fi
  case $(container_state "$1" '{{.State.Health.Status}}') in
    healthy) well "$1 is healthy." ;;
    starting)
      # Between two starts it runs, too.
      restarts=$(container_state "$1" '{{.RestartCount}}')
      [ "${restarts:-0}" = 0 ] || {
        found "$1 ended $restarts times and was started again. $3 It says: $(last_words "$1")"
        return 1
      }
      well "$1 is starting."
      ;;
    *) found "$1 is not healthy. $3 It says: $(last_words "$1")" ;;
  esac
}

# What only the core sees: disk, readiness, certificates, backups.
check_inside() {
  check_disk
  check_ready
  check_certificates
  check_memory
  check_backup
}

check_disk() {
  disk=$(in_core sh -c 'df -Pk /data | tail -n 1; grep " /data " /proc/mounts' 2>/dev/null) || return 0
  # shellcheck disable=SC2046
  set -- $(say "$disk" | awk 'NR == 1 { print int($4 / 1024), int($5) }')
  case $(say "$disk" | awk 'NR == 2 { print "," $4 "," }') in
    *,ro,*) found 'The disk is read-only, so no message can be stored: usually it is damaged. Look at the end of dmesg, save a backup, replace the card or disk.' ;;
  esac
  if [ "${1:-9999}" -lt 64 ]; then
    found "The disk is full ($1 MB free): nothing new is stored. Make room: docker image prune, old backups, other programs' files."
  elif [ "${2:-0}" -ge 90 ]; then
    found "The disk is $2 % full ($1 MB free): files are refused soon. Make room, or lower QUOTA_PERSON_MB."
  else
    well "$1 MB of the disk are free."
  fi
}

check_ready() {
  if in_core wget -q -O /dev/null http://127.0.0.1:8080/health/ready 2>/dev/null; then
    # The page says ready for what it looks at; this sends and reads.
    if problem=$(in_core node chat-core/src/commands/probe.ts 2>&1); then well 'A message was sent and read.'
    else found "A message cannot be sent and read: $(say "$problem" | grep -m 1 failed || say "$problem" | tail -n 1)"; fi
  elif [ "$cipher_runs" = no ]; then return
  elif in_core node -e "$CONNECT" >/dev/null 2>&1; then
    found 'chat-core answers that nothing can be stored: ./bisik logs chat-core says what it waits for.'
  else
    found 'chat-core does not reach cipher-service: no message can be sealed or read. ./bisik logs cipher-service, then ./bisik start'
  fi
}

# An update that a power cut interrupted leaves the box cut off from the outside.
check_update() {
  case $(sed -n 's/^STEP=//p' "$dir/.bisik-update" 2>/dev/null) in
    opening) found 'An update was interrupted at its very end: ./bisik update completes it.' ;;
    keeping | checking) found 'An update was interrupted, and people cannot reach the box: ./bisik rollback puts the version from before back, with its data.' ;;
  esac
}

# Ends with 0 when the cipher takes connections; of the certificates check_certificates speaks.
CONNECT='require("node:net").connect(8443, "cipher-service").setTimeout(5000, () => process.exit(1)).on("error", () => process.exit(1)).on("connect", () => process.exit(0))'

# Days until the certificate ends, and the day from which on it holds.
READ_CERTIFICATE='const c = new (require("node:crypto").X509Certificate)(require("node:fs").readFileSync(process.argv[1])); const now = Date.now(); console.log(now < Date.parse(c.validFrom) ? "early" : Math.floor((Date.parse(c.validTo) - now) / 864e5))'

check_certificates() {
  for pair in chat-core:/keys/core/client.pem cipher-service:/keys/cipher/server.pem; do
    days=$(compose exec -T "${pair%%:*}" node -e "$READ_CERTIFICATE" "${pair#*:}" 2>/dev/null) || continue
    case $days in
      early) found "The certificate of ${pair%%:*} begins after today: the clock is wrong." ;;
      -*) found "The certificate of ${pair%%:*} has ended: the services refuse each other. New ones: docker compose run --rm setup node cipher-service/src/rotate.ts certificates, then ./bisik start" ;;
      *) [ "$days" -ge 30 ] || found "The certificate of ${pair%%:*} ends in $days days. New ones: docker compose run --rm setup node cipher-service/src/rotate.ts certificates, then ./bisik start" ;;
    esac
  done
}

check_memory() {
  [ "$(docker info --format '{{.MemoryLimit}}')" = true ] || found 'This kernel limits no memory of containers: add cgroup_enable=memory to its command line and restart the machine. Until then one service could take all of it.'
  available=$(memory_mb MemAvailable)
  [ "${available:-9999}" -ge 64 ] || found "Only $available MB of memory are left on this machine: end other programs on it."
}

# Backups of ./bisik backup are in backups/, or where BACKUP_FOLDER says. A box of a week needs one.
check_backup() {
  if has_profile backups; then
    check_nightly
    return
  fi
  folder=$(setting BACKUP_FOLDER "$dir/backups")
  [ -n "$(in_core find /keys/core -name 'ca.pem' -mtime "+$((MAX_BACKUP_DAYS - 1))" 2>/dev/null)" ] || return 0
  if [ -z "$(find "$folder" -name '*.age' 2>/dev/null | head -n 1)" ]; then
    found "There is no backup in $folder. Make one: ./bisik backup"
  elif [ -z "$(find "$folder" -name '*.age' -mtime "-$MAX_BACKUP_DAYS" | head -n 1)" ]; then
    found "The newest backup in $folder is more than $MAX_BACKUP_DAYS days old. Make one: ./bisik backup"
  else
    well 'There is a backup of this week.'
  fi
}

# What the nightly backups say of themselves.
check_nightly() {
  if [ "$(container_state backups '{{.State.Status}}')" != running ]; then
    folder=$(setting BACKUP_FOLDER)
    if [ -n "$folder" ] && [ ! -d "$folder" ]; then
      found "The nightly backups do not run: $folder is not there. Plug its disk in and mount it, then ./bisik start"
      return
    fi
    found "The nightly backups do not run: $(last_words backups). ./bisik start"
    return
  fi
  nightly=$(compose exec -T backups cat /scratch/state.json 2>/dev/null) || nightly=
  last=$(say "$nightly" | sed -n 's/.*"lastAt":\([0-9]*\).*/\1/p')
  error=$(say "$nightly" | sed -n 's/.*"error":"\([^"]*\)".*/\1/p')
  days=$((($(date +%s) - ${last:-0} / 1000) / 86400))
  case $nightly in
    *'"rehearsal":"failed"'*) found "The newest backup cannot be restored: ${error:-./bisik logs backups says why}." ;;
    *'"lastAt"'*)
      if [ "$days" -ge 2 ]; then found "The newest nightly backup is $days days old: ${error:-./bisik logs backups says why}."
      else well 'There is a backup of the last nights.'; fi
      ;;
    *'"error"'*) found "No nightly backup was made: $error" ;;
    *) well 'The first nightly backup has not been made yet.' ;;
  esac
}

check_tunnel() {
  has_profile tunnel || return 0
  if [ "$(container_state cloudflared '{{.State.Status}}')" != running ]; then
    found "The tunnel does not run: $(last_words cloudflared). ./bisik start"
  elif tunnel_connected; then
    well "The tunnel is connected: $(setting PUBLIC_URL)"
  else
    found 'The tunnel is not connected: the box is not on the internet, or the token is wrong. ./bisik logs cloudflared says which.'
  fi
}
