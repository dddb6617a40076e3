# ./bisik tunnel: the box on the internet, through Cloudflare. Its files are in tunnel/, which git ignores.
# shellcheck shell=sh disable=SC2154

tunnel_usage() {
  cat <<'HELP'
./bisik tunnel [options]         without options: whether it is connected

  --token-file <file>            the token of a tunnel, as Cloudflare's dashboard shows it (also - for standard input)
  --credentials <file>           the credentials of a tunnel made by `cloudflared tunnel create`
  --address <url>                where people open the page, such as https://chat.example.org
  --trial                        an address for an evening, without an account; Ctrl-C ends it
  --off                          no tunnel any more
HELP
}

tunnel() {
  load network
  load manage
  token_file='' credentials='' address=$(setting PUBLIC_URL) action=show
  while [ $# -gt 0 ]; do
    case $1 in
      --help) tunnel_usage; return ;;
      --trial) action=trial ;;
      --off) action=off ;;
      --token-file | --credentials | --address)
        [ $# -gt 1 ] || fail "$1 takes a value: see ./bisik tunnel --help"
        case $1 in
          --token-file) token_file=$2 action=token ;;
          --credentials) credentials=$2 action=credentials ;;
          *) address=${2%/} ;;
        esac
        shift
        ;;
      *) fail "There is no option $1: see ./bisik tunnel --help" ;;
    esac
    shift
  done
  case $action in
    token) use_token "$token_file" "$address"; start_box; show_tunnel ;;
    credentials) use_credentials "$credentials" "$address"; start_box; show_tunnel ;;
    off) tunnel_off ;;
    trial) trial ;;
    show) show_tunnel ;;
  esac
}

# The address must be https, without a path: invitations and passkeys are bound to it.
check_address() {
  case $1 in
    https://*/* | https:// | https://*[!A-Za-z0-9.:-]*) fail "$1 is no address such as https://chat.example.org" ;;
    https://*) ;;
    *) fail "--address takes the address of the page, such as https://chat.example.org" ;;
  esac
}

# store_secret FILE NAME: puts it into tunnel/NAME, for cloudflared's user alone.
store_secret() {
  mkdir -p "$dir/tunnel"
  (umask 077; cat "$1" >"$dir/tunnel/$2.new") || fail "$1 cannot be read."
  [ -s "$dir/tunnel/$2.new" ] || fail "$1 is empty."
  mv -f "$dir/tunnel/$2.new" "$dir/tunnel/$2"
}

# The files in tunnel/ belong to cloudflared's user, 65532; by a container, because this user may be no root.
own_tunnel_files() {
  docker run --rm --network none --user 0 --entrypoint sh -v "$dir/tunnel:/tunnel" "$CORE_IMAGE" \
    -c 'chown -R 65532 /tunnel && chmod 755 /tunnel && cd /tunnel && for f in token credentials.json; do [ ! -e $f ] || chmod 400 $f; done'
}

# use_token FILE ADDRESS: the rules of such a tunnel are in Cloudflare's dashboard.
use_token() {
  check_address "$2"
  [ -n "$1" ] || fail 'A tunnel needs its token: --token-file <file>. cloudflared/README.md says where to get one.'
  # A wrong file must not take the place of a token that works.
  [ "$1" = - ] || grep -q '^[A-Za-z0-9+/=_-]\{40,\}$' "$1" || fail "$1 contains no token: it is one long line without spaces."
  open_tunnel_folder
  store_secret "$1" token
  grep -q '^[A-Za-z0-9+/=_-]\{40,\}$' "$dir/tunnel/token" || fail "$1 contains no token: it is one long line without spaces."
  say 'no-autoupdate: true' >"$dir/tunnel/config.yml"
  own_tunnel_files
  set_setting TUNNEL_TOKEN_FILE /etc/cloudflared/token
  turn_on "$2"
}

# use_credentials FILE ADDRESS: the rules are in tunnel/config.yml, written here.
use_credentials() {
  check_address "$2"
  id=$(tr -d ' \n\r' <"$1" | sed -n 's/.*"TunnelID":"\([0-9A-Fa-f-]*\)".*/\1/p')
  [ -n "$id" ] || fail "$1 is no credentials file of cloudflared: it names no TunnelID."
  open_tunnel_folder
  store_secret "$1" credentials.json
  tunnel_config "$id" "$2" >"$dir/tunnel/config.yml"
  own_tunnel_files
  unset_setting TUNNEL_TOKEN_FILE
  turn_on "$2"
}

# tunnel_config ID ADDRESS: what of the box the internet sees: page and API under this name, and nothing else.
tunnel_config() {
  host=${2#https://}
  cat <<CONFIG
# Written by ./bisik tunnel. The first rule that matches decides; cloudflared/README.md has the rules for a page on a CDN.
tunnel: $1
credentials-file: /etc/cloudflared/credentials.json

ingress:
  - hostname: ${host%%:*}
    service: http://chat-core:8080
  - service: http_status:404
CONFIG
}

# Makes tunnel/ writable for this user again.
open_tunnel_folder() {
  mkdir -p "$dir/tunnel"
  docker run --rm --network none --user 0 --entrypoint chown -v "$dir/tunnel:/tunnel" "$CORE_IMAGE" -R "$(id -u)" /tunnel
  (cd "$dir/tunnel" && rm -f token credentials.json config.yml)
}

# has_profile NAME: whether COMPOSE_PROFILES has it.
has_profile() { case ",$(setting COMPOSE_PROFILES)," in *",$1,"*) ;; *) return 1 ;; esac; }

# Other profiles stay.
turn_on() {
  set_setting PUBLIC_URL "$1"
  # Where the core asks whether the tunnel is connected.
  set_setting TUNNEL_METRICS http://cloudflared:20241
  profiles=$(setting COMPOSE_PROFILES)
  has_profile tunnel || set_setting COMPOSE_PROFILES "${profiles:+$profiles,}tunnel"
  # It reads its files at its start alone.
  compose --progress quiet rm --stop --force cloudflared >/dev/null 2>&1 || :
}

tunnel_off() {
  compose --progress quiet --profile tunnel rm --stop --force cloudflared >/dev/null 2>&1 || :
  set_setting COMPOSE_PROFILES "$(say ",$(setting COMPOSE_PROFILES)," | sed -e 's/,tunnel,/,/' -e 's/^,//' -e 's/,$//')"
  unset_setting PUBLIC_URL
  unset_setting TUNNEL_METRICS
  start_box
  say "The tunnel is off. The box: $(page_address)"
}

# tunnel_connected: cloudflared's own readiness, asked from the core's side of the network.
tunnel_connected() { in_core wget -q -O /dev/null http://cloudflared:20241/ready 2>/dev/null; }

show_tunnel() {
  if ! has_profile tunnel; then
    say 'There is no tunnel. ./bisik tunnel --help says how to get one; ./bisik tunnel --trial needs no account.'
    return
  fi
  tries=0
  until tunnel_connected; do
    tries=$((tries + 1))
    if [ $tries -ge 20 ]; then
      say 'The tunnel is NOT connected. ./bisik logs cloudflared says why: often the token is wrong, or the box is not on the internet.'
      return 1
    fi
    sleep 1
  done
  say "The tunnel is connected: $(setting PUBLIC_URL)"
}

# A quick tunnel: cloudflared at the address whose CF-Connecting-IP the core trusts. It ends with this command.
trial() {
  ! has_profile tunnel || fail 'This box has a tunnel already: ./bisik tunnel shows it.'
  edge=$(docker inspect --format '{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}' "$(container chat-core)" 2>/dev/null | grep _edge | head -n 1)
  [ -n "$edge" ] || fail 'The box does not run. First: ./bisik start'
  image=$(compose --profile tunnel config --images | grep cloudflared)
  have_image "$image"
  trial_name=$edge-trial
  trap 'docker rm --force "$trial_name" >/dev/null 2>&1 || :' EXIT
  trap 'exit 0' INT TERM HUP
  docker run --detach --name "$trial_name" --init --network "$edge" --ip "$(setting EDGE_PREFIX 172.31.243).2" --read-only \
    --cap-drop ALL --security-opt no-new-privileges:true --memory 128m --pids-limit 64 "$image" \
    tunnel --no-autoupdate --url http://chat-core:8080 >/dev/null
  tries=0
  until trial_address=$(docker logs "$trial_name" 2>&1 | grep -o 'https://[a-z0-9-]*\.trycloudflare\.com' | head -n 1) && [ -n "$trial_address" ]; do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || fail "Cloudflare gave no address. $(docker logs --tail 1 "$trial_name" 2>&1)"
    sleep 1
  done
  say "For an evening: $trial_address shows the whole messenger to anyone who knows it. This link lets five people in:
"
  box_invite --uses 5 --days 1
  say '
Ctrl-C ends it. The next time it has another address: people log in again.'
  docker wait "$trial_name" >/dev/null
}
