#!/bin/sh
# Installs what the tests need of the system, or says what is missing and which tests are left out meanwhile.
set -eu
missing=""
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing="$missing mosquitto"
command -v chromium >/dev/null || missing="$missing chromium"
[ -n "$(fc-list :lang=zh 2>/dev/null | head -n 1)" ] || missing="$missing fonts-noto-cjk"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing$missing"
    apt-get update -qq
    # Debian starts a broker that it installs, now and at every boot, on the port that `make run` wants.
    # The tests start their own: while this runs, and afterwards, the system's stays down.
    policy=/usr/sbin/policy-rc.d
    case "$missing" in *mosquitto*)
        if [ ! -e $policy ]; then
            trap 'rm -f /usr/sbin/policy-rc.d' EXIT
            printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy
        fi ;;
    esac
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing fontconfig >/dev/null
    case "$missing" in *mosquitto*) systemctl disable mosquitto >/dev/null 2>&1 || true ;; esac
    exit 0
fi
echo "nightwatt: missing for some tests:$missing" >&2
echo "  install with: sudo apt-get install$missing" >&2
case "$missing" in *mosquitto*) echo "  left out meanwhile: tests over a real broker" >&2 ;; esac
case "$missing" in *chromium* | *fonts*) echo "  left out meanwhile: tests in a real browser" >&2 ;; esac
if [ -n "${CI:-}" ]; then exit 1; fi
