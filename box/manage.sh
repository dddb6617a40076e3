# ./bisik status, invite, start, stop, logs and uninstall. The functions of ../bisik are there.
# shellcheck shell=sh disable=SC2154

# Where people open the page; during a trial that of the trial.
page_address() {
  url=${trial_address-$(setting PUBLIC_URL)}
  port=$(setting CORE_PORT 8080)
  if [ -z "$url" ]; then
    load network
    case $(setting CORE_BIND 127.0.0.1) in
      0.0.0.0 | ::) url=http://$(home_address):$port ;;
      *) url=http://localhost:$port ;;
    esac
  fi
  say "$url"
}

# After an update that was cut off the data may be those on trial: whatever comes after would be lost by going back.
refuse_interrupted() {
  case $(sed -n 's/^STEP=//p' "$dir/.bisik-update" 2>/dev/null) in
    keeping | checking) fail 'An update was interrupted. First put back the version from before: ./bisik rollback' ;;
    opening) fail 'An update was interrupted at its very end. First complete it: ./bisik update' ;;
  esac
}

# A box in another folder with the same name of its project would have the same containers, messages and keys.
refuse_other_folder() {
  docker ps --all --filter "label=com.docker.compose.project=${COMPOSE_PROJECT_NAME:-$(setting COMPOSE_PROJECT_NAME bisik)}" \
    --format '{{.Label "com.docker.compose.project.working_dir"}}' | sort -u | while IFS= read -r other; do
    [ -f "$other/docker-compose.yml" ] && [ "$(cd "$other" && pwd -P)" != "$(cd "$dir" && pwd -P)" ] || continue
    fail "The box in $other has this name already, and would be replaced. Another box beside it: ./bisik install --set COMPOSE_PROJECT_NAME=bisik-2"
  done || exit 1
}

start_core() { compose --progress "${1:-quiet}" up --detach --wait --no-build chat-core; }

# start_services [PROGRESS]: each by itself, what people need first: a disk for backups that is not there keeps no one from
# writing. In one command compose would replace chat-core and then not start it.
start_services() {
  start_core "$@" || return
  case ",$(setting COMPOSE_PROFILES)," in
    *,tunnel,*) compose --progress "${1:-quiet}" up --detach --wait --no-build cloudflared || return ;;
  esac
  compose --progress "${1:-quiet}" up --detach --wait --no-build --remove-orphans
}

# Starts the services and waits until they are healthy, with a line when that takes long.
start_box() {
  refuse_other_folder
  refuse_interrupted
  mkdir -p "$dir/tunnel"
  say 'Starting …'
  progress=quiet
  [ ! -t 1 ] || progress=auto
  start_services $progress && return
  load doctor
  say 'The box, or a part of it, did not start:' >&2
  doctor || exit 1
  exit 1
}

box_start() { start_box; say "Bisik runs: $(page_address)"; }

box_stop() {
  compose --progress quiet stop
  say 'It is stopped. ./bisik start starts it again; nothing is lost.'
}

box_status() {
  load network
  say "Bisik $VERSION at $(page_address)"
  compose ps --all --format '{{.Service}}: {{.Status}}' | grep -Ev '^(setup|backup-settings):' || say 'Nothing runs. ./bisik start starts it.'
  if in_core sh -c 'wget -q -O /dev/null http://127.0.0.1:8080/health/ready' >/dev/null 2>&1; then
    say 'Messages can be sent and read.'
  else
    say 'Messages can NOT be sent. ./bisik doctor says why.'
    return 1
  fi
}

# Passes its options on to the command in the image.
box_invite() {
  box_command invite --qr "$@"
}

# box_command NAME OPTIONS: the command of that name in the image.
box_command() {
  name=$1
  shift
  no_terminal=yes
  # `people delete` asks.
  if [ "$name" = people ]; then
    if [ "$assume_yes" = yes ]; then set -- "$@" --yes; elif [ -t 0 ] && [ -t 1 ]; then no_terminal=; fi
  fi
  compose exec ${no_terminal:+-T} -e "PUBLIC_URL=$(page_address)" chat-core node "chat-core/src/commands/$name.ts" "$@"
}

box_logs() {
  compose logs --tail 200 --no-log-prefix "$@"
}

box_uninstall() {
  # Without its name this would be the box that is called bisik, wherever that is.
  [ -f "$dir/.env" ] || is_clone || fail "There are no settings in $dir, so it is not known which box is meant. Nothing was removed."
  refuse_other_folder
  with_data=no
  case ${1-} in
    '') ;;
    --data) with_data=yes ;;
    *) fail './bisik uninstall takes --data alone, which also removes every message and key.' ;;
  esac
  if [ $with_data = yes ]; then
    confirm 'Every message, account and key of this box will be removed, for good. Go on?' || fail 'Nothing was removed.'
    compose --progress quiet --profile '*' down --volumes --remove-orphans
    # Its files belong to cloudflared's user.
    load tunnel
    open_tunnel_folder || :
    rm -rf "$dir/tunnel" "$dir/.env" "$dir/.bisik-update"
    say "All of it is removed. What is left: the images (docker image rm $CORE_IMAGE $CIPHER_IMAGE) and the folder $dir."
  else
    compose --progress quiet --profile '*' down --remove-orphans
    say 'The containers are removed. Messages and keys are still there: ./bisik start brings the box back, ./bisik uninstall --data removes them too.'
  fi
}
