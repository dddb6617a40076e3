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

# Starts the services and waits until they are healthy, with a line when that takes long.
start_box() {
  mkdir -p "$dir/tunnel"
  say 'Starting …'
  progress=quiet
  [ ! -t 1 ] || progress=auto
  compose --progress $progress up --detach --wait --no-build --remove-orphans && return
  load doctor
  say 'The box did not start:' >&2
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
  compose exec -T -e "PUBLIC_URL=$(page_address)" chat-core node chat-core/src/commands/invite.ts --qr "$@"
}

box_logs() {
  compose logs --tail 200 --no-log-prefix "$@"
}

box_uninstall() {
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
    rm -rf "$dir/tunnel" "$dir/.env"
    say "All of it is removed. What is left: the images (docker image rm $CORE_IMAGE $CIPHER_IMAGE) and the folder $dir."
  else
    compose --progress quiet --profile '*' down --remove-orphans
    say 'The containers are removed. Messages and keys are still there: ./bisik start brings the box back, ./bisik uninstall --data removes them too.'
  fi
}
