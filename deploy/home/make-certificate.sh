#!/bin/sh
# sh make-certificate.sh FOLDER NAME [IPV4-ADDRESS…]: a certificate for https in the home network, of an authority of its own that can
# certify this name and these addresses and nothing else, and FOLDER/trust: what devices need to trust it (docs/home-network.md).
# Repeated, it keeps the authority, and renews the certificate when it has less than 60 days left. Needs openssl 3.
set -eu
umask 077

[ $# -ge 2 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
folder=$1 name=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
fail() { printf '%s\n' "$*" >&2; exit 1; }

case $name in
  *[!a-z0-9.-]* | .* | -*) fail "$name is no host name in lower case." ;;
  *.local | *.lan | *.internal | *.home.arpa) ;;
  *) fail "$name belongs to the internet: take a certificate of a public authority for it. Names for homes end in .local, .lan, .internal or .home.arpa." ;;
esac
names=DNS:$name permitted=permitted\;DNS:$name
octet='(0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])'
for address in "$@"; do
  case $address in *[!0-9.]*) fail "$address is no IPv4 address of a home network." ;; esac
  printf '%s' "$address" | grep -Eqx "10(\.$octet){3}|(192\.168|172\.(1[6-9]|2[0-9]|3[01]))(\.$octet){2}" ||
    fail "$address is no IPv4 address of a home network."
  names=$names,IP:$address permitted="$permitted,permitted;IP:$address/255.255.255.255"
done
# Without a permitted address any would be permitted: a constraint counts for its own kind alone.
[ $# -gt 0 ] || permitted="$permitted,excluded;IP:0.0.0.0/0.0.0.0"
permitted="$permitted,excluded;IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0"

mkdir -p "$folder/trust"
chmod 755 "$folder/trust"
new=$folder/.new
trap 'rm -f "$new".*' EXIT
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

if [ -f "$folder/authority.pem" ]; then
  [ "$(cat "$folder/names")" = "$names" ] ||
    fail "The authority in $folder is for $(cat "$folder/names"). Another name or address needs another folder, and trust anew on each device."
else
  key "$new.key"
  openssl req -new -x509 -key "$new.key" -days 3650 -subj "/CN=Bisik $name" -out "$new.pem" \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
    -addext "nameConstraints=critical,$permitted"
  mv "$new.key" "$folder/authority.key"
  printf '%s\n' "$names" >"$folder/names"
  mv "$new.pem" "$folder/authority.pem"
fi

if ! openssl x509 -checkend 5184000 -noout -in "$folder/server.pem" >/dev/null 2>&1; then
  [ -f "$folder/authority.key" ] || fail "The certificate is to be renewed: put authority.key back into $folder for it."
  key "$new.key"
  printf 'subjectAltName=%s\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n' \
    "$names" >"$new.ext"
  # At most 398 days are accepted everywhere.
  openssl req -new -key "$new.key" -subj "/CN=$name" |
    openssl x509 -req -CA "$folder/authority.pem" -CAkey "$folder/authority.key" -days "${CERTIFICATE_DAYS:-397}" \
      -set_serial "0x$(openssl rand -hex 16)" -extfile "$new.ext" -out "$new.pem" 2>/dev/null
  mv "$new.key" "$folder/server.key"
  mv "$new.pem" "$folder/server.pem"
  echo "A new certificate for $names: reload the web server."
fi

# The web server reads the certificate, its key and the page, and not the key of the authority.
if [ -n "${CERTIFICATE_GROUP:-}" ]; then
  chgrp "$CERTIFICATE_GROUP" "$folder" "$folder/server.key" "$folder/server.pem"
  chmod 750 "$folder"
  chmod 640 "$folder/server.key" "$folder/server.pem"
fi

fingerprint=$(openssl x509 -in "$folder/authority.pem" -noout -fingerprint -sha256 | cut -d= -f2)
sed -e "s/{{NAME}}/$name/g" -e "s/{{FINGERPRINT}}/$fingerprint/g" "$here/trust.html" >"$folder/trust/index.html"
openssl x509 -in "$folder/authority.pem" -outform DER -out "$folder/trust/bisik.crt"
chmod 644 "$folder/trust/index.html" "$folder/trust/bisik.crt"
echo "Fingerprint of the authority: $fingerprint"
