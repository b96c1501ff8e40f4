"""Shelly, first generation: one value a topic, `shellies/{device}/emeter/{channel}/power` and so on, in W, V, A and Wh.

A 3EM has the phases of one circuit: one meter, named by the device, whose power is that of all three
phases or absent. An EM (`shellyem-…`) has two circuits: `{device}/emeter/0` and `/1`, the first of which may
be registered by the device alone. A device under a name of its own is taken for a 3EM: half a circuit must
never pass for the whole. The power of a switch is that of `{device}/relay/0`; its energy starts at zero
with every restart and is left out.
"""

from core.errors import DecodeError
from ingest.decoders.decoded import Decoded, Dialect, Zone
from ingest.decoders.gathering import Gathering
from ingest.decoders.named_values import put
from ingest.decoders.payload import levels, number
from ingest.decoders.single_values import SingleValues, values_of

TOPICS = ("shellies/+/emeter/+/+", "shellies/+/relay/#")

CIRCUIT: dict[str, tuple[str, float]] = {
    "power": ("p", 0.001),
    "total": ("ep", 0.001),
    "reactive_power": ("q", 0.001),
    "pf": ("pf", 1),
    "voltage": ("ua", 1),
    "current": ("ia", 1),
}
"""Last level of the topic → quantity of an EM's circuit and factor (Shelly's published API)."""

PHASE: dict[str, tuple[str, float]] = {
    "power": ("p", 0.001),
    "voltage": ("u", 1),
    "current": ("i", 1),
}
"""The same for the phases of a 3EM, as pa, ub, ic …"""

SUMS: dict[str, tuple[str, float]] = {"total": ("ep", 0.001), "reactive_power": ("q", 0.001)}
"""What only the sum of three phases has."""

_TWO_CIRCUITS = "shellyem-"
_PHASES = {"0": "a", "1": "b", "2": "c"}


def decode(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
    """Read the values of one circuit: one, or a burst of them that was joined."""
    found = levels(topic)
    if len(found) < 4 or found[0] != "shellies" or not all(found):
        raise DecodeError("topic is not shellies/{device}/emeter/{channel}/{value}")
    device, channel = found[1], found[3]
    if found[2] == "relay":
        return _relay(found, payload)
    address = _address(topic)
    if address is None or not payload:
        return Decoded([])
    circuit, name = address
    given = {key: number(key, value) for key, value in values_of(payload, name).items()}
    if circuit == device:
        return _three_phases(device, given)
    values: dict[str, float] = {}
    for key, (quantity, factor) in CIRCUIT.items():
        put(values, quantity, given.get(f"{channel}/{key}"), factor=factor)
    return _decoded(circuit, values, otherwise=device if channel == "0" else "")


def _address(topic: str) -> tuple[str, str] | None:
    """The circuit and `{channel}/{value}`; None for what is no value of an energy meter."""
    found = topic.split("/")
    if len(found) != 5 or found[0] != "shellies" or not found[1] or found[2] != "emeter":
        return None
    device, channel, key = found[1], found[3], found[4]
    if key not in CIRCUIT or channel not in _PHASES:
        return None
    circuit = f"{device}/emeter/{channel}" if device.startswith(_TWO_CIRCUITS) else device
    return circuit, f"{channel}/{key}"


def _three_phases(device: str, given: dict[str, float | None]) -> Decoded:
    values: dict[str, float] = {}
    for channel, phase in _PHASES.items():
        for key, (quantity, factor) in PHASE.items():
            put(values, quantity + phase, given.get(f"{channel}/{key}"), factor=factor)
    for key, (quantity, factor) in SUMS.items():
        known = [value for channel in _PHASES if (value := given.get(f"{channel}/{key}")) is not None]
        if len(known) == len(_PHASES):
            put(values, quantity, sum(known), factor=factor)
    missing = [channel for channel, phase in _PHASES.items() if f"p{phase}" not in values]
    decoded = _decoded(device, values)
    if 0 < len(missing) < len(_PHASES):
        decoded.refused.append(f"power of emeter {' and '.join(missing)} is missing, so there is no total")
    return decoded


def _relay(found: list[str], payload: bytes) -> Decoded:
    if found[4:] != ["power"] or not payload:
        return Decoded([])
    values: dict[str, float] = {}
    put(values, "p", number("power", values_of(payload, "power").get("power")), factor=0.001)
    return _decoded(f"{found[1]}/relay/{found[3]}", values, otherwise=found[1] if found[3] == "0" else "")


def _decoded(meter: str, values: dict[str, float], *, otherwise: str = "") -> Decoded:
    gathering = Gathering()
    if values:
        gathering.add(meter, values, ts=None, otherwise=otherwise)
    return gathering.decoded()


SHELLY_GEN1 = Dialect(TOPICS, decode, SingleValues(_address))
