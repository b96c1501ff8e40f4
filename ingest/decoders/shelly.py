"""Shelly, second generation and Pro: a component's status as JSON on `{prefix}/status/{component}` or in a
notification on `{prefix}/events/rpc`; in W, V, A and Wh.

A three-phase meter (`em:0`) is one meter, named by the device's topic prefix; single channels are
`{prefix}/em1:0` and the like, the first of which may be registered by the prefix alone. Energies come as a
message of their own (`emdata:0`, `em1data:0`): a reading of the same meter with a register only. A
notification has the device's time, a status has none.
"""

from typing import Any

from core.errors import DecodeError
from core.readings import Quality
from ingest.decoders.decoded import Decoded, Dialect, Parcel, Zone
from ingest.decoders.instant import instant_ms
from ingest.decoders.named_values import put, sample_of
from ingest.decoders.payload import check_count, levels, number, parsed_object

TOPICS = ("+/status/+", "+/events/rpc")

Keys = dict[str, tuple[str, float]]

_SINGLE: Keys = {
    "act_power": ("p", 0.001),
    "voltage": ("ua", 1),
    "current": ("ia", 1),
    "pf": ("pf", 1),
    "freq": ("f", 1),
}
_SWITCH: Keys = _SINGLE | {"apower": ("p", 0.001)}
COMPONENTS: dict[str, Keys] = {
    "em": {
        "total_act_power": ("p", 0.001),
        "a_freq": ("f", 1),
        **{f"{x}_act_power": (f"p{x}", 0.001) for x in "abc"},
        **{f"{x}_voltage": (f"u{x}", 1) for x in "abc"},
        **{f"{x}_current": (f"i{x}", 1) for x in "abc"},
    },
    "emdata": {"total_act": ("ep", 0.001)},
    "em1": _SINGLE,
    "em1data": {"total_act_energy": ("ep", 0.001)},
    "switch": _SWITCH,
    "pm1": _SWITCH,
    "cover": _SWITCH,
}
"""Component → key → quantity and factor (Shelly's published API)."""

_ENERGY_OF_SWITCH = "aenergy"
_BROKEN = "power_meter_failure"


def decode(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
    """Read a status or a notification; components that measure nothing are understood with nothing."""
    prefix, kind, component = _address(topic)
    if kind == "status":
        if component.partition(":")[0] not in COMPONENTS or not payload:
            return Decoded([])
        return _read(prefix, {component: parsed_object(payload)}, None)
    message = parsed_object(payload)
    found = message.get("params")
    if message.get("method") not in ("NotifyStatus", "NotifyFullStatus") or not isinstance(found, dict):
        return Decoded([])
    check_count(len(found))
    ts = found.get("ts")
    return _read(prefix, found, None if ts is None else instant_ms(ts, zone_name=None))


SHELLY_GEN2 = Dialect(TOPICS, decode)


def _address(topic: str) -> tuple[str, str, str]:
    found = levels(topic)
    if len(found) < 3 or not all(found) or (found[-2] != "status" and found[-2:] != ["events", "rpc"]):
        raise DecodeError("topic is not {prefix}/status/{component} or {prefix}/events/rpc")
    return "/".join(found[:-2]), found[-2], found[-1]


def _read(prefix: str, components: dict[str, Any], ts: int | None) -> Decoded:
    decoded = Decoded([])
    channels, broken = _channels(components, decoded.refused)
    for channel, values in channels.items():
        if not values:
            continue
        sample, odd = sample_of(values, ts=ts)
        decoded.remarks.extend(remark for remark in odd if remark not in decoded.remarks)
        if sample is not None:
            quality = Quality.INVALID if channel in broken else Quality.GOOD
            meter, otherwise = _names(prefix, channel)
            decoded.parcels.append(Parcel("", meter, [sample], int(quality), otherwise=otherwise))
    return decoded


def _channels(components: dict[str, Any], refused: list[str]) -> tuple[dict[str, dict[str, float]], set[str]]:
    """Values by channel, and the channels that call themselves broken.

    Power and energy in one notification are two components of the same meter at the same instant: one reading.
    """
    channels: dict[str, dict[str, float]] = {}
    broken = set()
    for component, row in components.items():
        kind, _, instance = component.partition(":")
        if kind not in COMPONENTS or not isinstance(row, dict):
            continue
        channel = f"{kind.removesuffix('data')}:{instance}"
        try:
            channels.setdefault(channel, {}).update(_values(kind, row))
        except DecodeError as error:
            refused.append(f"{component!r:.60}: {error}")
        if isinstance(row.get("errors"), list) and _BROKEN in row["errors"]:
            broken.add(channel)
    return channels, broken


def _names(prefix: str, channel: str) -> tuple[str, str]:
    """How the registry may name a channel: the first choice and the second."""
    if channel == "em:0":
        return prefix, ""
    return f"{prefix}/{channel}", prefix if channel.endswith(":0") else ""


def _values(kind: str, row: dict[str, Any]) -> dict[str, float]:
    values: dict[str, float] = {}
    for key, (quantity, factor) in COMPONENTS[kind].items():
        if key in row:
            put(values, quantity, number(key, row[key]), factor=factor)
    energy = row.get(_ENERGY_OF_SWITCH)
    if isinstance(energy, dict):
        put(values, "ep", number("aenergy.total", energy.get("total")), factor=0.001)
    return values
