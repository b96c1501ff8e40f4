#!/bin/sh
# Gives a meter (or a gateway) an account on the broker, or a new password, and prints the password once.
#
#   add-meter.sh [-f PASSWORDS] NAME            NAME: the meter's id, or the serial number that its topic carries
#   add-meter.sh [-f PASSWORDS] -d NAME         takes the account away
#
# The broker reads the file again on SIGHUP: systemctl reload mosquitto, or docker compose kill -s HUP mosquitto.
set -eu
umask 077
passwords=/etc/nightwatt/mosquitto/passwords
delete=""
while getopts f:d option; do
    case $option in
        f) passwords=$OPTARG ;;
        d) delete=yes ;;
        *) echo "usage: $0 [-f PASSWORDS] [-d] NAME" >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))
if [ $# -ne 1 ]; then
    echo "usage: $0 [-f PASSWORDS] [-d] NAME" >&2
    exit 2
fi
name=$1
case "$name" in
    '' | -* | *[+\#/:]* | *[[:space:]]* | *[[:cntrl:]]*)
        echo "$0: a name has no blanks and none of + # / : and does not begin with -" >&2
        exit 2 ;;
esac
write() {
    if command -v mosquitto_passwd >/dev/null; then
        mosquitto_passwd "$@"
    else # the program comes with the broker, which may be in a container only
        folder=$(cd "$(dirname "$passwords")" && pwd)
        docker run --rm -i -v "$folder:$folder" -w "$PWD" eclipse-mosquitto:2.0 mosquitto_passwd "$@"
    fi
}
if [ -n "$delete" ]; then
    write -D "$passwords" "$name"
    exit
fi
if [ ! -e "$passwords" ]; then
    : >"$passwords"
    # The broker reads it as a user of its own: Debian's, else that of the container.
    if [ "$(id -u)" = 0 ]; then chown "${BROKER_USER:-$(id -u mosquitto 2>/dev/null || echo 1883)}" "$passwords"; fi
fi
password=$(openssl rand -hex 16)
# Not as an argument: other users could read it in the list of processes.
printf '%s\n%s\n' "$password" "$password" | write "$passwords" "$name" >/dev/null
echo "$password"
