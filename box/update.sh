# ./bisik update and rollback: another version, checked before people reach it. When a check fails the box goes back by itself,
# data included (decision 0048). The functions of ../bisik are there.
# shellcheck shell=sh disable=SC2154

# Seconds in which a new version must be healthy.
CHECK_SECONDS=${CHECK_SECONDS:-120}

update_usage() {
  cat <<'HELP'
  update      starts the newest version, or update <version>; if it does not work, the box goes back by itself
  rollback    goes back to the version before the last update
  backup      writes one sealed file with everything: backup [<file>], or --folder <folder>
  restore     puts back what a backup holds, on this box or another: restore <file>
HELP
}

# What an update has to remember, also over a power cut: which images ran before, and how far it was.
state_file() { say "$dir/.bisik-update"; }
state() { sed -n "s/^$1=//p" "$(state_file)" 2>/dev/null || :; }
set_state() {
  (umask 077; { sed "/^$1=/d" "$(state_file)" 2>/dev/null || :; say "$1=$2"; } >"$(state_file).new") && mv "$(state_file).new" "$(state_file)"
}

image_id() { docker image inspect --format '{{.Id}}' "$1"; }
label_of() { docker image inspect --format '{{with .Config.Labels}}{{index . "org.opencontainers.image.version"}}{{end}}' "$1" 2>/dev/null || :; }
# A label of the image, or its short id.
version_of() {
  label=$(label_of "$1")
  say "${label:-$(docker image inspect --format '{{.Id}}' "$1" | cut -c 8-19)}"
}

box_update() {
  version='' new_core='' new_cipher='' build=no
  while [ $# -gt 0 ]; do
    case $1 in
      --build) build=yes ;;
      --images) new_core=${2-} new_cipher=${3-}; [ $# -ge 3 ] || fail '--images takes two names.'; shift 2 ;;
      --help) update_help; return ;;
      -* | '') fail "There is no option $1: ./bisik update --help" ;;
      *) version=$1 ;;
    esac
    shift
  done
  load volumes
  load manage
  find_volumes
  finish_interrupted
  old_core=$CORE_IMAGE old_cipher=$CIPHER_IMAGE
  old_core_id=$(docker inspect --format '{{.Image}}' "$core_container")
  old_cipher_id=$(docker inspect --format '{{.Image}}' "$cipher_container")
  fetch_new
  if [ "$(image_id "$new_core")" = "$old_core_id" ] && [ "$(image_id "$new_cipher")" = "$old_cipher_id" ]; then
    say "This version runs already: $(version_of "$new_core")."
    return
  fi
  # A name of their own, so that docker image prune leaves them.
  docker tag "$old_core_id" bisik-core:before-update
  docker tag "$old_cipher_id" bisik-cipher:before-update
  say "From $(version_of "$old_core_id") to $(version_of "$new_core")."

  earlier="$(state OLD_CORE) $(state OLD_CIPHER)"
  rm -f "$(state_file)"
  for pair in "OLD_CORE=$old_core" "OLD_CIPHER=$old_cipher" "OLD_CORE_ID=$old_core_id" "OLD_CIPHER_ID=$old_cipher_id"; do
    set_state "${pair%%=*}" "${pair#*=}"
  done
  set_state STEP keeping
  began=$(date +%s)
  # The terminal may be gone, and with it the standard outputs: a word that cannot be said must not end this.
  trap 'trap "" INT TERM HUP PIPE; say "Interrupted." >&2 || exec >/dev/null 2>&1; go_back; exit 1' INT TERM HUP PIPE
  if ! keep_data; then
    go_back
    fail 'The box was not updated.'
  fi
  if problem=$(start_new); then :; else
    say "The new version does not work: $problem" >&2
    show_log
    go_back
    fail 'The box runs the version from before, with its data. Nothing that was sent is lost.'
  fi
  # From here on people may write with the new version: going back would lose that.
  trap '' INT TERM HUP PIPE
  set_state NEW_CORE "$new_core"
  set_state STEP opening
  if ! open_edge; then
    set_state STEP checking
    go_back
    fail 'The box was not updated: chat-core could not be connected to the outside.'
  fi
  took=$(($(date +%s) - began))
  end_update
  trap - INT TERM HUP PIPE
  say "The box did not answer for $took s."
  start_services || fail 'The box was updated, and something else did not start: ./bisik doctor'
  remove_earlier
  say "Bisik $(version_of "$new_core") runs; a message was sent and read with it."
}

update_help() {
  cat <<'HELP'
./bisik update [<version>] [options]

Fetches the version (the newest, if none is named) while the box runs, stops it, copies data and keys beside themselves,
starts the new version where no one reaches it, and lets it send and read a message. If all of it works, it opens
it to people, after about 20 seconds. If not, it puts everything back and starts the version from before.

  --build                    builds the images of this clone instead
  --images <core> <cipher>   takes these images, which may be on this machine alone
HELP
}

# Sets new_core and new_cipher to images that are there. The box runs meanwhile.
fetch_new() {
  if [ -n "$new_core" ]; then
    docker image inspect "$new_core" "$new_cipher" >/dev/null 2>&1 || fail 'These images are not on this machine.'
    return
  fi
  if is_clone || [ "$build" = yes ]; then
    say 'Building the images, which takes minutes …'
    compose build --quiet --pull || fail 'They could not be built; the box runs as before.'
    new_core=$old_core new_cipher=$old_cipher
    return
  fi
  for name in "$old_core" "$old_cipher"; do
    # Without the digest and the version, but with the port of a registry.
    name=${name%%@*}
    case ${name##*/} in *:*) name=${name%:*} ;; esac
    name=$name:${version:-latest}
    say "Fetching $name …"
    docker pull --quiet "$name" >/dev/null || fail "$name cannot be fetched. Is the box on the internet, and is there such a version? The box runs as before."
    # By its digest: what was checked is what runs, whatever the name stands for later.
    fixed=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$name" | grep -F "${name%:*}@" | head -n 1)
    if [ -n "$new_core" ]; then new_cipher=${fixed:-$name}; continue; fi
    new_core=${fixed:-$name}
    # A release between the two would make them two versions.
    version=${version:-$(label_of "$new_core")}
  done
}

# Without chat-core nothing changes data or counter: the copies belong together.
keep_data() {
  say 'Stopping, and copying data and keys …'
  # A nightly backup on its way would read files that change under it.
  compose --progress quiet --profile backups stop backups >/dev/null 2>&1 || :
  compose --progress quiet stop chat-core || return 1
  on_volumes "$old_core_id" "$KEEP" || return 1
  set_state FORMAT "$(data_format "$old_core_id")"
  set_state AT "$(date '+%Y-%m-%d %H:%M')"
  set_state STEP checking
}

# Starts the new version with chat-core cut off from the edge: the tunnel and the published port lead there. Prints why not.
start_new() {
  {
    use_images "$new_core" "$new_cipher"
    bring_files "$new_core"
  } >&2 || { say 'its files could not be brought.'; return 1; }
  say 'Starting the new version, for this check alone …' >&2
  compose --progress quiet up --detach --no-build --wait --wait-timeout "$CHECK_SECONDS" cipher-service >&2 ||
    { say 'cipher-service, or the set-up of the keys, did not start.'; return 1; }
  compose --progress quiet create --no-build chat-core >&2 || { say 'chat-core could not be created.'; return 1; }
  core_container=$(container chat-core)
  edge=$(edge_of "$core_container")
  [ -n "$edge" ] || { say 'chat-core has no network to the outside.'; return 1; }
  set_state EDGE "$edge"
  docker network disconnect "$edge" "$core_container" || { say 'chat-core could not be cut off.'; return 1; }
  docker start "$core_container" >/dev/null || { say 'chat-core could not be started.'; return 1; }
  wait_healthy "$core_container" || return 1
  if report=$(docker exec "$core_container" node chat-core/src/commands/probe.ts 2>&1); then return 0; fi
  say "a message could not be sent and read.
$report"
  return 1
}

# edge_of CONTAINER: the name of its network that compose calls edge.
edge_of() {
  for network in $(docker inspect --format '{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}' "$1"); do
    if [ "$(docker network inspect --format '{{index .Labels "com.docker.compose.network"}}' "$network")" = edge ]; then say "$network"; fi
  done
}

# wait_healthy CONTAINER: until its own health check succeeds. Prints why not; at once when it was restarted or has ended.
wait_healthy() {
  deadline=$(($(date +%s) + CHECK_SECONDS))
  while [ "$(date +%s)" -lt "$deadline" ]; do
    [ "$(docker inspect --format '{{.State.Running}} {{.RestartCount}}' "$1")" = 'true 0' ] || { say 'chat-core ended at its start.'; return 1; }
    if docker exec "$1" sh chat-core/src/healthcheck.sh >/dev/null 2>&1; then return 0; fi
    sleep 1
  done
  say "chat-core was not healthy within $CHECK_SECONDS s."
  return 1
}

open_edge() { docker network connect --alias chat-core "$(state EDGE)" "$(container chat-core)"; }

# The end of the log says more than a sentence can.
show_log() {
  for service in setup cipher-service chat-core; do
    docker logs --tail 8 "$(container $service)" 2>&1 | sed "s/^/  $service: /" | cut -c 1-300 >&2 || :
  done
}

# The copies of an unchanged format are not needed: the version from before reads today's data. Others stay for rollback.
end_update() {
  copy=yes
  [ "$(data_format "$new_core")" != "$(state FORMAT)" ] || copy=no
  set_state COPY $copy
  set_state STEP 'done'
  if [ $copy = no ]; then
    on_volumes "$new_core" "$FORGET" || :
  else
    say 'The format of the data is a newer one. The data from before stay beside it until the next update: ./bisik rollback needs them.' || :
  fi
}

# The images of the version before the last one: without this a small disk would fill over the years.
remove_earlier() {
  for image in $earlier; do
    case " $old_core $old_cipher $new_core $new_cipher " in *" $image "*) ;; *) docker image rm "$image" >/dev/null 2>&1 || : ;; esac
  done
}

# use_images CORE CIPHER: names them in .env.
use_images() {
  CORE_IMAGE=$1 CIPHER_IMAGE=$2
  set_setting BISIK_CORE_IMAGE "$1"
  set_setting BISIK_CIPHER_IMAGE "$2"
}

# The images from before under their names, which a build may have taken over.
use_old_images() {
  for pair in "OLD_CORE" "OLD_CIPHER"; do
    case $(state $pair) in *@*) ;; *) docker tag "$(state ${pair}_ID)" "$(state $pair)" ;; esac
  done
  use_images "$(state OLD_CORE)" "$(state OLD_CIPHER)"
}

# Data, keys and images from before the update. It may be repeated.
go_back() {
  say 'Going back to the version from before …' >&2
  # What a version wrote that is on trial is undone: it need not end in order.
  how='stop'
  if [ "$(state STEP)" = checking ]; then how='kill'; fi
  compose --progress quiet $how chat-core cipher-service >/dev/null 2>&1 || :
  if [ "$(state STEP)" = checking ] || [ "$(state COPY)" = yes ]; then
    on_volumes "$(state OLD_CORE_ID)" "$PUT_BACK" || fail 'The data could not be put back; they are beside the others. Again: ./bisik rollback'
  fi
  use_old_images
  bring_files "$(state OLD_CORE_ID)"
  start_core || fail 'The version from before does not start either: ./bisik doctor'
  on_volumes "$(state OLD_CORE_ID)" "$FORGET" || :
  rm -f "$(state_file)"
  start_services || say 'The box runs, but something else did not start: ./bisik doctor' >&2 || :
}

# After a power cut, or kill -9, the box is where the update was.
finish_interrupted() {
  case $(state STEP) in
    keeping | checking) say 'An update was interrupted.'; go_back ;;
    opening)
      say 'An update was interrupted when it had succeeded: it is completed.'
      open_edge 2>/dev/null || :
      (new_core=$(state NEW_CORE); end_update)
      start_services || fail 'Something did not start: ./bisik doctor'
      ;;
  esac
}

box_rollback() {
  [ $# = 0 ] || fail './bisik rollback takes no words: it goes back to the version before the last update.'
  load volumes
  load manage
  find_volumes
  [ "$(state STEP)" != opening ] || finish_interrupted
  case $(state STEP) in
    keeping | checking) finish_interrupted; say 'The box runs the version from before, with its data.'; return ;;
    done) ;;
    *) fail 'There is no version to go back to: this box was not updated, or it went back already.' ;;
  esac
  docker image inspect "$(state OLD_CORE_ID)" "$(state OLD_CIPHER_ID)" >/dev/null 2>&1 ||
    fail 'The images of the version from before are no longer on this machine.'
  if [ "$(state COPY)" = yes ]; then
    say "The version from before cannot read today's data. It gets those of $(state AT): everything that was sent, changed and stored since then will be LOST. A backup first: ./bisik backup"
    confirm 'Go back, and lose it?' || fail 'Nothing was changed.'
  else
    say "The version from before reads today's data: nothing is lost."
    confirm "Go back to $(version_of "$(state OLD_CORE_ID)")?" || fail 'Nothing was changed.'
  fi
  old_core_id=$(state OLD_CORE_ID)
  go_back
  say "Bisik $(version_of "$old_core_id") runs."
}
