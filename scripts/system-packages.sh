#!/bin/sh
# Installs what the tests need of the system, or says what is missing and which tests are left out meanwhile.
set -eu
missing=""
have() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ]; }
have mosquitto || missing="$missing mosquitto"
have influxd || missing="$missing influxdb"
have victoria-metrics || missing="$missing victoria-metrics"
have initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
have openssl || missing="$missing openssl"
have chromium || missing="$missing chromium"
[ -n "$(fc-list :lang=zh 2>/dev/null | head -n 1)" ] || missing="$missing fonts-noto-cjk"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing$missing"
    apt-get update -qq
    # Debian starts the servers that it installs, now and at every boot, on ports that `make run` or others want.
    # The tests start their own: while this runs, and afterwards, the system's stay down.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing fontconfig >/dev/null
    for server in mosquitto influxdb victoria-metrics postgresql; do
        case "$missing" in *$server*) systemctl disable $server >/dev/null 2>&1 || true ;; esac
    done
    exit 0
fi
echo "nightwatt: missing for some tests:$missing" >&2
echo "  install with: sudo apt-get install$missing" >&2
left_out() { case "$missing" in *$1*) echo "  left out meanwhile: tests $2" >&2 ;; esac; }
left_out mosquitto "over a real broker"
left_out influxdb "on a real InfluxDB"
left_out victoria-metrics "on a real VictoriaMetrics"
left_out postgresql "on a real PostgreSQL"
left_out openssl "with certificates"
left_out chromium "in a real browser"
left_out fonts "of Chinese pages in a real browser"
if [ -n "${CI:-}" ]; then exit 1; fi
