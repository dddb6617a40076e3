#!/bin/sh
# The machine that the box test runs on: sh machine.sh COMMAND FOLDER …, where FOLDER holds the test's temporary files.
set -eu
command=$1 folder=$2
shift 2

case $command in
# install FOLDER PACKAGE…: installs Debian packages. apt gets lists and sources of its own, so the machine's configuration
# stays as it is. Debian 12 also sees Debian 13, at a priority that upgrades nothing by itself, because its compose is the
# old one; NAME/trixie is Debian 13's package there, and the release's own elsewhere.
# unpack FOLDER PACKAGE…: puts their files below FOLDER/unpacked. Installed, a server would start at once, on its usual port.
install | unpack)
  . /etc/os-release
  if [ "$ID" != debian ] || [ "$(id -u)" != 0 ]; then
    echo 'What is missing can be installed only by root on Debian: install Docker 25 or newer yourself.'
    exit 1
  fi
  mkdir -p "$folder/sources" "$folder/lists/partial"
  # One installation at a time, also where another program installs.
  exec 9>"$folder/apt.lock"
  flock 9
  apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dir::Etc::SourceList=/dev/null \
      -o Dir::Etc::SourceParts="$folder/sources" -o Dir::Etc::Preferences="$folder/preferences" \
      -o Dir::Etc::PreferencesParts=/dev/null -o Dir::State::Lists="$folder/lists" "$@"
  }
  if [ ! -e "$folder/updated" ]; then
    cp /etc/apt/sources.list.d/debian.sources "$folder/sources"
    if [ "$VERSION_CODENAME" = bookworm ]; then
      awk -v RS= '/(^|\n)Suites:[^\n]* bookworm( |\n|$)/' "$folder/sources/debian.sources" |
        sed 's/^Suites:.*/Suites: trixie/' >"$folder/sources/next.sources"
      printf 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n' >"$folder/preferences"
    fi
    apt update
    touch "$folder/updated"
  fi
  [ "$VERSION_CODENAME" = bookworm ] || set -- $(printf '%s\n' "$@" | sed 's|/trixie||')
  if [ "$command" = install ]; then apt install -y --no-install-recommends "$@"; exit; fi
  mkdir -p "$folder/unpacked"
  cd "$folder/unpacked"
  apt download "$@"
  for archive in *.deb; do dpkg-deb -x "$archive" .; done
  ;;

# save-firewall FOLDER, restore-firewall FOLDER: what dockerd changes and leaves behind. A table that was not there before
# becomes empty, with ACCEPT as its policy.
save-firewall)
  cat /proc/sys/net/ipv4/ip_forward >"$folder/ip_forward"
  for tool in iptables ip6tables; do $tool-save >"$folder/$tool" || true; done
  ;;
restore-firewall)
  for tool in iptables ip6tables; do
    $tool-save >"$folder/after" && grep -q '^\*' "$folder/after" || continue
    awk 'FILENAME == ARGV[1] { if (/^\*/) known[$0]; print; next }
      /^\*/ { isNew = !($0 in known) }
      isNew && /^(\*|COMMIT|:[^ ]+ [A-Z])/ { sub(/ [A-Z]+ .*/, " ACCEPT"); print }' \
      "$folder/$tool" "$folder/after" | $tool-restore
  done
  cat "$folder/ip_forward" >/proc/sys/net/ipv4/ip_forward
  ip link del docker0 2>/dev/null || true
  # The engine leaves its network namespaces mounted.
  awk -v folder="$folder/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | tac | xargs -r umount
  ;;

# list FOLDER: one line for each thing that a test of containers may leave behind: processes, mounts, interfaces,
# forwarding, binfmt handlers, firewall chains and rules, and what the engine holds where there is one.
list)
  for process in /proc/[0-9]*; do
    tr '\0' ' ' <"$process/cmdline" && echo
  done 2>/dev/null | grep -E '^[^ ]*(dockerd|containerd|docker-proxy|qemu-)|bisik-[b]ox-' | grep -v 'machine\.sh list' |
    sed 's/^/process: /' || true
  awk '$2 ~ /docker|containerd|bisik-box-|binfmt_misc/ { print "mount: " $2 }' /proc/mounts
  ls /sys/class/net | sed -nE 's/^(docker|br-|veth)/interface: &/p'
  ls /proc/sys/fs/binfmt_misc 2>/dev/null | sed 's/^/binfmt: /'
  sed 's/^/ip_forward: /' /proc/sys/net/ipv4/ip_forward
  if docker info >/dev/null 2>&1; then
    docker ps --all --format 'container: {{.ID}} {{.Names}}'
    docker network ls --format 'network: {{.ID}} {{.Name}}'
    docker volume ls --format 'volume: {{.Name}}'
    docker image ls --no-trunc --format 'image: {{.ID}} {{.Repository}}:{{.Tag}}'
  fi
  for tool in iptables ip6tables; do
    $tool-save 2>/dev/null | sed 's/\[[0-9]*:[0-9]*\]//' | awk -v tool=$tool '/^\*/ { table = $0 }
      /^-A/ || (/^:/ && $2 != "ACCEPT") { print tool ": " table " " $0 }'
  done
  ;;

# stand-in FOLDER NODE: fills FOLDER/base with what stands in for the base image: busybox, this Node, the glibc libraries
# it links to, and npm from FOLDER/npm. It has no musl.
stand-in)
  node=$1 root=$folder/base authorities=/etc/ssl/certs/ca-certificates.crt
  mkdir -p "$root/usr/bin" "$root/usr/local/bin" "$root/usr/local/lib/node_modules" "$root/usr/local/etc"
  mkdir -p "$root/bin" "$root/tmp" "$root/proc" "$root/sys" "$root/dev" "$root/etc" "$root/root" "$root/home/node"
  # A static one, which ldd refuses.
  if ! busybox=$(command -v busybox) || ldd "$busybox" >/dev/null 2>&1; then
    sh "$0" install "$folder" busybox-static
    busybox=$(command -v busybox)
  fi
  cp "$busybox" "$root/bin/busybox"
  for applet in $("$busybox" --list); do
    [ "$applet" = busybox ] || ln -s /bin/busybox "$root/bin/$applet"
  done
  ln -s /bin/busybox "$root/usr/bin/env"
  cp "$node" "$root/usr/local/bin/node"
  chmod 755 "$root/usr/local/bin/node"
  libraries=$(ldd "$node" | grep -o '/[^ ]*')
  libc=$(dirname "$(echo "$libraries" | grep -m 1 'libc\.so')")
  # The resolver and native packages load some at run time, so ldd does not list them.
  for name in libnss_dns.so.2 libnss_files.so.2 libresolv.so.2 librt.so.1 libgcc_s.so.1; do
    if [ -e "$libc/$name" ]; then libraries="$libraries $libc/$name"; fi
  done
  # The machine's certificate authorities: its npm registry or proxy may need them.
  cp -L --parents $(printf '%s\n' $libraries "$authorities" | sort -u) "$root"
  cp -r "$folder/npm/node_modules/npm" "$root/usr/local/lib/node_modules"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  printf 'cafile=%s\nupdate-notifier=false\n' "$authorities" >"$root/usr/local/etc/npmrc"
  printf 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnode:x:1000:\n' >"$root/etc/group"
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
  printf '%s\n' 'FROM scratch' 'COPY . /' 'RUN chown -R node:node /home/node && chmod 1777 /tmp' \
    "ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_EXTRA_CA_CERTS=$authorities" 'CMD ["node"]' >"$folder/base.Dockerfile"
  ;;
esac
