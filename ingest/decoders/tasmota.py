"""Tasmota: `tele/{device}/SENSOR`, and the answer to a status request on `stat/{device}/STATUS8` or `STATUS10`.

ENERGY is Tasmota's own metering: W, var, kWh, each a number or a list of one number a phase or channel.
Meters that it reads for others (SML heads, Modbus) stand in objects of their own, whose keys their owner
chose; those of the usual scripts are known here, in W and kWh (inferred from the scripts, which print the
unit beside the name). `Time` is local, without zone, and starts in 1970 until the clock is set.
"""

from typing import Any

from core.errors import DecodeError
from ingest.decoders.decoded import Decoded, Dialect, Zone
from ingest.decoders.gathering import Gathering, object_of
from ingest.decoders.instant import instant_ms
from ingest.decoders.named_values import NO_ELECTRICITY, names, put, values_of
from ingest.decoders.payload import levels, number, parsed_object

TOPICS = ("tele/+/SENSOR", "tele/+/STATE", "stat/+/STATUS8", "stat/+/STATUS10")

OWN = "ENERGY"
OWN_SUMS = {"Power": ("p", 0.001), "Total": ("ep", 1.0), "ReactivePower": ("q", 0.001)}
OWN_PHASES = {"Voltage": "u", "Current": "i"}
MAX_CHANNELS = 8

OTHERS = (
    names(0.001, p="powercurr powercur powertotal power djtpwrcurr")
    | names(0.001, pa="powerl1 powerp1", pb="powerl2 powerp2", pc="powerl3 powerp3")
    | names(ep="totalin energytotimport djtpwrin", f="frequency hz")
    | names(ua="voltagel1 voltp1", ub="voltagel2 voltp2", uc="voltagel3 voltp3")
    | names(ia="currentl1 currp1", ib="currentl2 currp2", ic="currentl3 currp3")
)
"""Names of values of meters that are read for others."""

_REACTIVE = names(a="powervarl1", b="powervarl2", c="powervarl3")
_UNSET_CLOCK = "1970-"


def decode(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
    """Read the sensors of a device: its own metering and every meter that it reads."""
    device, kind = _address(topic)
    if kind == "STATE":
        return Decoded([])
    message = parsed_object(payload)
    sensors = object_of(message.get("StatusSNS", message), what="StatusSNS")
    gathering = Gathering()
    groups = {name: row for name, row in sensors.items() if isinstance(row, dict)}
    first = ""
    for group, row in groups.items():
        with gathering.setting_aside(f"{group!r:.60}"):
            values = _own(row) if group == OWN else _other(row)
            if not values:
                continue
            first = first or group
            meter = device if group == OWN else f"{device}/{group}"
            otherwise = device if OWN not in groups and group == first else ""
            gathering.add(meter, values, ts=_time(sensors.get("Time"), zone.local(meter)), otherwise=otherwise)
    decoded = gathering.decoded()
    if not first and not decoded.refused:
        decoded.remarks.append(NO_ELECTRICITY)
    return decoded


TASMOTA = Dialect(TOPICS, decode)


def _address(topic: str) -> tuple[str, str]:
    found = levels(topic)
    if len(found) != 3 or not found[1] or f"{found[0]}/+/{found[2]}" not in TOPICS:
        raise DecodeError("topic is not tele/{device}/SENSOR")
    return found[1], found[2]


def _time(given: object, zone_name: str) -> int | None:
    if given is None or (isinstance(given, str) and given.startswith(_UNSET_CLOCK)):
        return None
    return instant_ms(given, zone_name=zone_name)


def _own(row: dict[str, Any]) -> dict[str, float]:
    values: dict[str, float] = {}
    for key, (quantity, factor) in OWN_SUMS.items():
        known = _channels(row, key)
        if known and None not in known:
            put(values, quantity, sum(value for value in known if value is not None), factor=factor)
    for key, letter in OWN_PHASES.items():
        known = _channels(row, key)
        for phase, value in zip("abc", known if len(known) <= 3 else [], strict=False):
            put(values, letter + phase, value)
    factors = _channels(row, "Factor")
    put(values, "pf", factors[0] if len(factors) == 1 else None)
    put(values, "f", next(iter(_channels(row, "Frequency")), None))
    return values


def _channels(row: dict[str, Any], key: str) -> list[float | None]:
    given = row.get(key)
    if given is None:
        return []
    many = given if isinstance(given, list) else [given]
    if len(many) > MAX_CHANNELS:
        raise DecodeError(f"{key} has {len(many)} channels; at most {MAX_CHANNELS} are taken")
    return [number(key, one) for one in many]


def _other(row: dict[str, Any]) -> dict[str, float]:
    """The values of a meter that is read for others; none where the object is something else, as a thermometer."""
    values = values_of(row, OTHERS)
    reactive = values_of(row, _REACTIVE)
    if values and len(reactive) == len(_REACTIVE):
        put(values, "q", sum(reactive.values()), factor=0.001)
    return values
