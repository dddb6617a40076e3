# Free addresses and ports. Sourced by install.sh and tunnel.sh; the functions of ../bisik are there.
# shellcheck shell=sh disable=SC2154

# ip_number A.B.C.D: the address as a number.
ip_number() {
  old_ifs=$IFS
  IFS=.
  # shellcheck disable=SC2086
  set -- $1
  IFS=$old_ifs
  say $((($1 << 24) + ($2 << 16) + ($3 << 8) + $4))
}

# overlaps A.B.C.D/N A.B.C.D/N: whether two networks share an address.
overlaps() {
  bits=${1#*/}
  [ "${2#*/}" -ge "$bits" ] || bits=${2#*/}
  shift_bits=$((32 - bits))
  [ $(($(ip_number "${1%/*}") >> shift_bits)) = $(($(ip_number "${2%/*}") >> shift_bits)) ]
}

# The networks that this machine knows, one a line: those of its routes and those of Docker.
known_networks() {
  # The kernel writes addresses as hexadecimal numbers with the last byte first; a default route is none.
  awk 'NR > 1 && $2 != "00000000" { print $2, $8 }' "${ROUTES:-/proc/net/route}" 2>/dev/null | while read -r address mask; do
    bits=0
    for digit in $(printf %s "$mask" | sed 's/./& /g'); do
      case $digit in
        8) bits=$((bits + 1)) ;;
        C | c) bits=$((bits + 2)) ;;
        E | e) bits=$((bits + 3)) ;;
        F | f) bits=$((bits + 4)) ;;
      esac
    done
    # shellcheck disable=SC2046,SC2183
    say "$(printf '%d.%d.%d.%d' $(printf %s "$address" | sed 's/\(..\)\(..\)\(..\)\(..\)/0x\4 0x\3 0x\2 0x\1/'))/$bits"
  done
  # shellcheck disable=SC2046
  docker network inspect --format '{{range .IPAM.Config}}{{println .Subnet}}{{end}}' $(docker network ls --quiet) 2>/dev/null | grep '^[0-9.]*/[0-9]*$' || :
}

# free_prefix: the first three numbers of a network of 16 addresses that nothing here uses.
free_prefix() {
  networks=$(known_networks)
  for prefix in 172.31.243 172.31.244 172.30.243 172.29.243 10.243.243 10.177.77 192.168.243 192.168.177; do
    is_free=yes
    for network in $networks; do
      if overlaps "$prefix.0/28" "$network"; then is_free=no; fi
    done
    if [ $is_free = yes ]; then say "$prefix"; return; fi
  done
  fail 'Every network that Bisik may use is taken. Choose one: ./bisik install --set EDGE_PREFIX=10.50.60'
}

# port_taken PORT: whether a program listens on it.
port_taken() {
  cat "${LISTENING:-/proc/net/tcp}" "${LISTENING6:-/proc/net/tcp6}" 2>/dev/null |
    awk -v port=":$(printf %04X "$1")" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }'
}

# free_port: 8080, or the next port that nothing listens on.
free_port() {
  port=8080
  while port_taken "$port"; do port=$((port + 1)); done
  say "$port"
}

# home_address: this machine's address in the home network, that of the default route's device.
home_address() {
  found=$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p' | head -n 1)
  [ -n "$found" ] || found=$(hostname -I 2>/dev/null | cut -d ' ' -f 1)
  say "${found:-$(hostname)}"
}
