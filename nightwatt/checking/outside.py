"""What is outside: the broker, and the ways to phones."""

import ssl
from collections.abc import Sequence
from pathlib import Path

from core.errors import ChannelError, SetupError
from ingest.mqtt.trial import try_out
from nightwatt.channels import routes_of
from nightwatt.checking.finding import Finding, Findings, caution, ok, wrong
from nightwatt.dialects import dialects_of
from nightwatt.settings import ChannelSettings, Settings, secrets_of
from notify.channels import CHANNELS

RENEW_WITHIN_S = 30 * 86_400
BROKER_ADVICE = "mend NIGHTWATT_MQTT_URL, the password or the broker's access list"


def dialects(settings: Settings, topics: list[str]) -> Finding:
    """Are mappings, topics and HJ 212 keys as they must be? Adds what would be subscribed to."""
    try:
        found = dialects_of(settings)
        secrets_of(settings.hj212.passwords_file, named_by="hj212.passwords_file")
    except SetupError as error:
        return wrong("dialects", str(error), "mend it; docs/dialects.md explains mappings")
    topics += [topic for dialect in found.values() for topic in dialect.topics]
    return ok("dialects", ", ".join(found))


def broker(settings: Settings, topics: Sequence[str], *, publish: bool, now_s: int) -> Findings:
    """The broker of the settings; an embedded one is no part of this, it starts with the service."""
    if settings.embedded_broker:
        yield ok("broker", "the embedded one, which starts with the service")
        return
    if settings.mqtt_ca and (fault := _unreadable(settings.mqtt_ca)):
        yield wrong("broker's authority", fault, "name the file of the authority by NIGHTWATT_MQTT_CA")
        return
    where = f"{settings.broker().host}:{settings.broker().port}"
    tried = try_out(settings.broker(), topics, publish=publish)
    if tried.problem:
        yield wrong("broker", f"{where} {tried.problem}", BROKER_ADVICE)
    elif tried.refused:
        yield wrong("broker", f"{where} refuses subscriptions: {', '.join(tried.refused)}", BROKER_ADVICE)
    else:
        trip = f", a message is back after {tried.round_trip_s * 1000:.0f} ms" if tried.round_trip_s else ""
        yield ok("broker", f"{where} takes the sign-in and the subscriptions{trip}")
    if tried.certificate_ends is not None:
        yield _certificate(tried.certificate_ends - now_s)
    if settings.mqtt_client_id == "nightwatt":
        advice = "set NIGHTWATT_MQTT_CLIENT_ID to a name with a random ending, before meters are connected"
        yield caution("broker session", "its name is the default: another account could take the session over", advice)


def channels(settings: Settings) -> Findings:
    """Can each address work? Nothing is sent."""
    if not settings.channels:
        yield caution("channels", "none: nobody is told of alarms", "add [[channels]] to the configuration")
    for channel in settings.channels:
        yield _channel(channel)


def _channel(channel: ChannelSettings) -> Finding:
    part = f"channel {channel.name!r}"
    try:
        [route] = routes_of([channel])
        CHANNELS[route.family].check(route.address)
    except (SetupError, ChannelError) as error:
        return wrong(part, str(error), "mend its url or url_file")
    return ok(part, f"its address can work; from severity {channel.min_severity} on")


def _certificate(left_s: int) -> Finding:
    found = f"ends in {left_s // 86_400} days"
    if left_s < RENEW_WITHIN_S:
        return caution("broker's certificate", found, "renew it, for example by deploy/certificates.sh")
    return ok("broker's certificate", found)


def _unreadable(file: Path) -> str:
    try:
        ssl.create_default_context(cafile=str(file))
    except ssl.SSLError:
        return f"{file} holds no certificate"
    except OSError as error:
        return f"{file} can't be read: {error.strerror}"
    return ""
