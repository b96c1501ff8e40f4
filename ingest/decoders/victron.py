"""Victron GX: one value a topic, `N/{portal}/{service}/{instance}/Ac/…`, `{"value": 123.4}` in W, V, A and kWh.

Read are the services that meter: grid, acload, pvinverter and genset. The meter is
`{portal}/{service}/{instance}`. Values are published as they change and all together on a keep-alive, so a
burst holds some or all of them; the power is that of `Ac/Power`, never a sum of phases, since a burst does
not say how many phases there are. null is an absent value; an empty payload says that the device has gone.
"""

from core.errors import DecodeError
from ingest.decoders.decoded import Decoded, Dialect, Zone
from ingest.decoders.gathering import Gathering
from ingest.decoders.named_values import put
from ingest.decoders.payload import levels, number
from ingest.decoders.single_values import SingleValues, values_of

SERVICES = ("grid", "acload", "pvinverter", "genset")
TOPICS = tuple(f"N/+/{service}/+/Ac/#" for service in SERVICES)

NAMES: dict[str, tuple[str, float]] = {
    "Power": ("p", 0.001),
    "Energy/Forward": ("ep", 1),
    "ReactivePower": ("q", 0.001),
    "PowerFactor": ("pf", 1),
    "Frequency": ("f", 1),
    **{f"L{n}/Voltage": (f"u{phase}", 1) for n, phase in enumerate("abc", 1)},
    **{f"L{n}/Current": (f"i{phase}", 1) for n, phase in enumerate("abc", 1)},
}
"""What stands after `Ac/` → quantity and factor (Victron's D-Bus documents)."""


def decode(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
    """Read the values of one device: one, or a burst of them that was joined."""
    levels(topic)
    meter, name = _split(topic)
    if not payload or name not in NAMES:
        return Decoded([])
    values: dict[str, float] = {}
    for key, given in values_of(payload, name).items():
        if key in NAMES:
            quantity, factor = NAMES[key]
            put(values, quantity, _value(key, given), factor=factor)
    gathering = Gathering()
    if values:
        gathering.add(meter, values, ts=None)
    return gathering.decoded()


def _split(topic: str) -> tuple[str, str]:
    """The meter, and what stands after `Ac/`."""
    found = topic.split("/")
    if len(found) < 5 or found[0] != "N" or found[2] not in SERVICES or found[4] != "Ac" or not all(found):
        raise DecodeError("topic is not N/{portal}/{service}/{instance}/Ac/… of a service that meters")
    return "/".join(found[1:4]), "/".join(found[5:])


def _address(topic: str) -> tuple[str, str] | None:
    try:
        meter, name = _split(topic)
    except DecodeError:
        return None
    return (meter, name) if name in NAMES else None


def _value(name: str, given: object) -> float | None:
    if not isinstance(given, dict) or "value" not in given:
        raise DecodeError(f'{name} is not {{"value": …}}')
    return number(name, given["value"])


VICTRON = Dialect(TOPICS, decode, SingleValues(_address))
