#!/bin/sh
# Makes a private authority and a certificate of the broker, signed by it.
#
#   certificates.sh FOLDER NAME…     NAME: every host name or IP address by which meters and nightwatt reach the broker
#
# Meters and nightwatt need FOLDER/ca.crt. FOLDER/ca.key signs new certificates: keep it off the broker's host.
# Running it again renews the broker's certificate (825 days) and leaves the authority (10 years) as it is.
set -eu
umask 077
if [ $# -lt 2 ]; then
    echo "usage: $0 FOLDER NAME… (host names or IP addresses of the broker)" >&2
    exit 2
fi
folder=$1
shift
mkdir -p "$folder"

names=""
for name in "$@"; do
    case "$name" in
        '' | *[!A-Za-z0-9.:*-]*) echo "$0: $name is no host name or IP address" >&2; exit 2 ;;
        *:* | *[!0-9.]*) case "$name" in *:*) kind=IP ;; *) kind=DNS ;; esac ;;
        *) kind=IP ;;
    esac
    names="$names${names:+,}$kind:$name"
done

if [ ! -e "$folder/ca.key" ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days 3653 \
        -keyout "$folder/ca.key" -out "$folder/ca.crt" -subj "/CN=nightwatt private authority" \
        -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null
fi
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
    -keyout "$folder/server.key.new" -out "$folder/server.csr" -subj "/CN=nightwatt broker" 2>/dev/null
printf '%s\n' "subjectAltName=$names" "extendedKeyUsage=serverAuth" "basicConstraints=critical,CA:FALSE" \
    "keyUsage=critical,digitalSignature" >"$folder/server.ext"
openssl x509 -req -in "$folder/server.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -CAcreateserial -sha256 \
    -days 825 -extfile "$folder/server.ext" -out "$folder/server.crt.new" 2>/dev/null
mv "$folder/server.key.new" "$folder/server.key"
mv "$folder/server.crt.new" "$folder/server.crt"
rm -f "$folder/server.csr" "$folder/server.ext"
chmod 644 "$folder/ca.crt" "$folder/server.crt"
# The broker reads its key as a user of its own: Debian's, else that of the container.
chmod 711 "$folder"
if [ "$(id -u)" = 0 ]; then
    chown "${BROKER_USER:-$(id -u mosquitto 2>/dev/null || echo 1883)}" "$folder/server.key"
fi
openssl verify -CAfile "$folder/ca.crt" "$folder/server.crt" >/dev/null
echo "made $folder/ca.crt, server.crt and server.key for $names"
