# ./bisik install: what it asks, the start, and what it prints at its end. The functions of ../bisik are there.
# shellcheck shell=sh disable=SC2154

install_box() {
  load network
  load manage
  load tunnel
  reach='' address='' token_file='' registration='' friendship=''
  while [ $# -gt 0 ]; do
    [ $# -gt 1 ] || fail "$1 takes a value: see ./bisik install --help"
    case $1 in
      --reach) reach=$2 ;;
      --address) address=${2%/} ;;
      --token-file) token_file=$2 ;;
      --registration) registration=$2 ;;
      --friendship) friendship=$2 ;;
      --set) set_setting "${2%%=*}" "${2#*=}" ;;
      *) fail "There is no option $1: see ./bisik install --help" ;;
    esac
    shift 2
  done
  refuse_other_folder
  say "Settings: $dir/.env"
  keep_images
  choose_reach
  choose_people
  choose_network
  start_box
  greet
}

# The images by name and digest, and the values that later versions could have other defaults for.
keep_images() {
  is_clone && return
  default_setting BISIK_CORE_IMAGE "$CORE_IMAGE"
  default_setting BISIK_CIPHER_IMAGE "$CIPHER_IMAGE"
}

# How people reach the box: a tunnel, the home network, or this machine alone.
choose_reach() {
  if [ -n "$(setting CORE_BIND)" ] && [ -z "$reach" ]; then return; fi
  if [ -z "$reach" ]; then
    [ -z "$token_file" ] || reach=tunnel
  fi
  if [ -z "$reach" ]; then
    if interactive; then say '
How will people reach the box?
  tunnel   from everywhere, by https, through a Cloudflare tunnel (needs its token; a free account is enough)
  home     from the home network alone, by plain http: every device in it can read what passes
  here     from this machine alone: to try it, or behind a web server of your own'; fi
    reach=$(ask 'tunnel, home or here?' here)
  fi
  case $reach in
    tunnel)
      set_setting CORE_BIND 127.0.0.1
      [ -n "$address" ] || address=$(ask 'Address of the page, such as https://chat.example.org:' "$(setting PUBLIC_URL)")
      [ -n "$token_file" ] || token_file=$(ask 'File with the token of the tunnel (cloudflared/README.md):' '')
      use_token "$token_file" "$address"
      ;;
    home) set_setting CORE_BIND 0.0.0.0 ;;
    here) set_setting CORE_BIND 127.0.0.1 ;;
    *) fail "$reach is none of tunnel, home and here." ;;
  esac
}

choose_people() {
  if [ -z "$registration" ]; then
    registration=$(setting REGISTRATION)
    if [ -z "$registration" ]; then
      if interactive; then say '
Who may create an account? invite: who has a link from a member; open: who reaches the box; closed: no one.'; fi
      registration=$(ask 'invite, open or closed?' invite)
    fi
  fi
  if [ -z "$friendship" ]; then
    friendship=$(setting FRIENDSHIP)
    if [ -z "$friendship" ]; then
      if interactive; then say '
Will children use it? With “request” the other person accepts before anyone can write to them: no stranger who knows a
name can write to a child. With “instant” adding a person makes you friends at once.'; fi
      friendship=$(ask 'instant or request?' instant)
    fi
  fi
  case $registration in invite | open | closed) ;; *) fail "$registration is none of invite, open and closed." ;; esac
  case $friendship in instant | request) ;; *) fail "$friendship is neither instant nor request." ;; esac
  set_setting REGISTRATION "$registration"
  set_setting FRIENDSHIP "$friendship"
}

# A port and a network that nothing else uses; those of a box that is there stay.
choose_network() {
  if [ -z "$(setting CORE_PORT)" ]; then
    port=$(free_port)
    [ "$port" = 8080 ] || say "Port 8080 is used by another program; Bisik takes $port."
    set_setting CORE_PORT "$port"
  fi
  # A box that was started without it has its network already.
  if [ -z "$(setting EDGE_PREFIX)" ] && [ -z "$(container chat-core)" ]; then
    prefix=$(free_prefix) || exit 1
    set_setting EDGE_PREFIX "$prefix"
  fi
}

# The end of the first screen: the address, and a link for the first person.
greet() {
  say "
Bisik runs: $(page_address)"
  case $(setting CORE_BIND) in
    0.0.0.0 | ::) say 'It is reached by plain http: every device in the home network can read what passes. A tunnel (./bisik tunnel) brings https.' ;;
    *) if has_profile tunnel; then show_tunnel || :; fi
      [ -n "$(setting PUBLIC_URL)" ] || say "From your own computer, until there is a tunnel: ssh -L $(setting CORE_PORT):127.0.0.1:$(setting CORE_PORT) $(id -un)@$(home_address)" ;;
  esac
  say '
This link creates the first account; that person invites the others on the page. It is shown this once; ./bisik invite prints another.
'
  box_invite --uses 1
  say ''
  # Owners have pages for people, reports, settings and backups; the code makes the first one.
  in_core node chat-core/src/commands/owner.ts || :
  say 'What now? ./bisik status, ./bisik doctor, ./bisik help'
}
