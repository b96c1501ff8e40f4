#!/bin/sh
# Prepares deploy/compose.yaml: passwords in deploy/secrets, certificates and nightwatt's account for the broker, deploy/.env.
#
#   prepare.sh NAME…     NAME: every host name or IP address by which meters reach the broker
#
# What is there already stays as it is.
set -eu
umask 077
if [ $# -lt 1 ]; then
    echo "usage: $0 NAME… (host names or IP addresses by which meters reach the broker)" >&2
    exit 2
fi
cd "$(dirname "$0")"
# Containers have users of their own, who must be able to read the files; the folder keeps everybody else out.
mkdir -p secrets
secret() {
    [ -s "secrets/$1" ] || printf '%s' "$2" >"secrets/$1"
    chmod 444 "secrets/$1"
}
for name in postgres-password influx-password influx-token grafana-password; do
    secret $name "$(openssl rand -hex 24)"
done
secret database-url "postgresql://nightwatt:$(cat secrets/postgres-password)@postgres/nightwatt"

# In the container the broker is this user, whoever runs another one on the host.
export BROKER_USER=1883
[ -e mosquitto/certificates/server.crt ] || ./certificates.sh mosquitto/certificates mosquitto localhost "$@"
if [ ! -s secrets/mqtt-password ]; then
    secret mqtt-password "$(./add-meter.sh -f mosquitto/passwords nightwatt)"
fi
chmod 755 mosquitto
chmod 644 mosquitto/mosquitto.conf mosquitto/acl nightwatt.toml

[ "$(id -u)" = 0 ] || echo "give mosquitto/passwords and mosquitto/certificates/server.key to uid 1883: sudo chown 1883 …"
touch .env
grep -q '^NIGHTWATT_MQTT_CLIENT_ID=' .env || echo "NIGHTWATT_MQTT_CLIENT_ID=nightwatt-$(openssl rand -hex 12)" >>.env
grep -q '^NIGHTWATT_PUBLIC_URL=' .env || echo "set NIGHTWATT_PUBLIC_URL in deploy/.env to where people open the pages"
