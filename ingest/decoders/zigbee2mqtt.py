"""Zigbee2MQTT: the state of a device as one JSON object on `zigbee2mqtt/{friendly name}`, in W, V, A and kWh.

The values are as good as the converter that somebody wrote for the model: with a wrong one they are
nonsense of any type. So a message with one impossible value is refused as a whole, with everything that
is wrong with it.

Phases come in two spellings. Tuya's (`power_a`, `power_b`, `power_c`) have the total in `power`. Those of
the Zigbee clusters (`power_phase_b`, `power_phase_c`) have *phase A* in `power`, and no total.
"""

from typing import Any

from core.errors import DecodeError
from ingest.decoders.decoded import Decoded, Dialect, Zone
from ingest.decoders.gathering import Gathering
from ingest.decoders.instant import instant_ms
from ingest.decoders.named_values import NO_ELECTRICITY, put
from ingest.decoders.payload import levels, number, parsed_object

TOPICS = ("zigbee2mqtt/+",)

COMMON = {"energy": ("ep", 1.0), "ac_frequency": ("f", 1.0)}
TOTAL: dict[str, tuple[str, float]] = {
    "power": ("p", 0.001),
    "power_reactive": ("q", 0.001),
    "power_factor": ("pf", 1.0),
    **{f"power_{x}": (f"p{x}", 0.001) for x in "abc"},
    **{f"voltage_{x}": (f"u{x}", 1.0) for x in "abc"},
    **{f"current_{x}": (f"i{x}", 1.0) for x in "abc"},
}
SINGLE = {"voltage": ("ua", 1.0), "current": ("ia", 1.0)}
CLUSTER: dict[str, tuple[str, float]] = {
    "power": ("pa", 0.001),
    **SINGLE,
    **{f"power_phase_{x}": (f"p{x}", 0.001) for x in "bc"},
    **{f"voltage_phase_{x}": (f"u{x}", 1.0) for x in "bc"},
    **{f"current_phase_{x}": (f"i{x}", 1.0) for x in "bc"},
}
"""Key → quantity and factor, for either spelling of phases and for one circuit without phases."""

FACTORS = ("power_factor", "power_factor_a", "power_factor_b", "power_factor_c")
BEYOND, BEYOND_W = 1.5, 50.0
"""Power that exceeds volts times amperes by so much is impossible; less is the different moments of reading."""

_BASE = "zigbee2mqtt"
_NO_STATE = ("set", "get", "availability")
_KEYS = tuple(dict.fromkeys([*TOTAL, *CLUSTER, *COMMON, *FACTORS]))

Numbers = dict[str, float | None]


def decode(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
    """Read the state of a device; `last_seen` is its time where the bridge is set to tell it."""
    name = _name(topic)
    if not name or not payload:  # an empty message takes the retained state of a removed device away
        return Decoded([])
    state = parsed_object(payload)
    values = _values(_checked(state))
    if values.keys() <= {"f", "ua"}:  # a mains voltage alone is also what lamps and sockets tell
        return Decoded([], remarks=[NO_ELECTRICITY])
    seen = state.get("last_seen")
    gathering = Gathering()
    gathering.add(name, values, ts=None if seen is None else instant_ms(seen, zone_name=zone.local(name)))
    return gathering.decoded()


ZIGBEE2MQTT = Dialect(TOPICS, decode)


def _name(topic: str) -> str:
    """The friendly name, which may hold slashes; "" for what tells of the bridge or speaks to a device."""
    found = levels(topic)
    if len(found) < 2 or found[0] != _BASE or not all(found):
        raise DecodeError("topic is not zigbee2mqtt/{friendly name}")
    return "" if found[1] == "bridge" or found[-1] in _NO_STATE else "/".join(found[1:])


def _checked(state: dict[str, Any]) -> Numbers:
    """The electric values of a state; DecodeError with all that is wrong with them."""
    numbers: Numbers = {}
    faults: list[str] = []
    for key in _KEYS:
        if key in state:
            try:
                numbers[key] = number(key, state[key])
            except DecodeError as error:
                faults.append(str(error))
    for key in FACTORS:
        if abs(numbers.get(key) or 0) > 100:
            faults.append(f"{key} is neither a fraction nor a percentage: {numbers[key]:g}")
    faults += _impossible_power(numbers, state)
    if faults:
        raise DecodeError("; ".join(faults))
    return numbers


def _impossible_power(numbers: Numbers, state: dict[str, Any]) -> list[str]:
    """Power beyond volts times amperes. One pair beside phases may be that of one phase: three are allowed then."""
    power, volts, amperes = (numbers.get(key) for key in ("power", "voltage", "current"))
    if power is None or volts is None or amperes is None:
        return []
    circuits = 3 if not _has_clusters(numbers) and any(key.endswith(("_b", "_c")) for key in state) else 1
    if abs(power) <= BEYOND * circuits * abs(volts * amperes) + BEYOND_W:
        return []
    return [f"power can't be {power:g} W at {volts:g} V and {amperes:g} A"]


def _has_clusters(numbers: Numbers) -> bool:
    return "power_phase_b" in numbers and "power_phase_c" in numbers


def _values(numbers: Numbers) -> dict[str, float]:
    keys = CLUSTER if _has_clusters(numbers) else TOTAL
    values: dict[str, float] = {}
    for key, (quantity, factor) in (keys | COMMON).items():
        put(values, quantity, numbers.get(key), factor=factor)
    if keys is TOTAL and not any(key in numbers for key in ("power_b", "voltage_b", "current_b")):
        for key, (quantity, _) in SINGLE.items():
            put(values, quantity, numbers.get(key))
    if abs(values.get("pf", 0)) > 1:  # some converters give per cent
        values["pf"] /= 100
    return values
