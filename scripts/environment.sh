#!/bin/sh
# Makes the local environment .venv. Debian and Ubuntu ship python3 without venv: then it is installed, or asked for.
set -eu
python=${PYTHON:-python3}
fail() { echo "nightwatt: $1" >&2; exit 2; }

command -v "$python" >/dev/null || fail "there is no $python; install Python 3.11 or newer"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old; Python 3.11 or newer is needed (PYTHON=python3.12 make … names another)"
[ -x .venv/bin/python ] && [ -x .venv/bin/pip ] && exit 0

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    packages="python3-venv python3-pip"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing $packages"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages >/dev/null
    else
        fail "this Python has no venv; install it with: sudo apt-get install $packages"
    fi
fi
"$python" -m venv .venv
