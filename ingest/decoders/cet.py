"""CET's gateways: an object with `location_code` and a list of `properties`, each with name, unit and time.

Documented: the message and the answer {"location_code", "ts", "result": 1}. The topics are an agreement between
sender and platform; those here are of one that was published, `CET/{plant}/upload` answered on `…/download`. A topic
that does not end in `upload` is answered on itself with `/ack` [chosen]. Names are Chinese and free; the usual ones
are read, by the unit that each property states. Properties of distinct times make distinct readings.
"""

from collections.abc import Iterable
from typing import Any

from core.errors import DecodeError
from ingest.decoders.decoded import Decoded, Dialect, Zone
from ingest.decoders.gathering import Gathering, answer, echoed, list_of, name_of, object_of
from ingest.decoders.instant import instant_ms
from ingest.decoders.named_values import NO_ELECTRICITY, put
from ingest.decoders.payload import check_count, levels, number, parsed_object

TOPIC = "CET/+/upload"

_SPELLED = {
    "p": "总有功功率 三相总有功功率 三相有功功率 有功功率 有功总功率",
    "q": "总无功功率 三相总无功功率 三相无功功率 无功功率 无功总功率",
    "ep": "正向有功电能 正向有功总电能 正向总有功电能 正向有功电度 正向有功总电度 总有功电能 有功电能 有功电度",
    "pf": "总功率因数 三相功率因数 功率因数",
    "f": "频率 电网频率",
} | {
    f"{quantity}{phase.lower()}": f"{phase}相{text} {phase}相{text}有效值"
    for quantity, text in (("u", "电压"), ("i", "电流"), ("p", "有功功率"))
    for phase in "ABC"
}

NAMES = {name: quantity for quantity, text in _SPELLED.items() for name in text.split()}

_POWER = {"W": 0.001, "kW": 1.0, "KW": 1.0, "MW": 1000.0}
_VOLTAGE = {"V": 1.0, "kV": 1000.0, "KV": 1000.0}
_CURRENT = {"A": 1.0, "mA": 0.001, "kA": 1000.0, "KA": 1000.0}

FACTORS = {
    "ep": {"Wh": 0.001, "kWh": 1.0, "KWh": 1.0, "KWH": 1.0, "kwh": 1.0, "度": 1.0, "MWh": 1000.0, "万kWh": 10_000.0},
    "q": {"var": 0.001, "Var": 0.001, "kvar": 1.0, "kVar": 1.0, "KVar": 1.0, "Mvar": 1000.0, "MVar": 1000.0},
    "pf": {"": 1.0, "%": 0.01},
    "f": {"Hz": 1.0, "HZ": 1.0},
} | {
    name: f
    for names, f in (("p pa pb pc", _POWER), ("ua ub uc", _VOLTAGE), ("ia ib ic", _CURRENT))
    for name in names.split()
}
"""What a value in a unit is multiplied by. Capitals are not forgiven freely: mW and MW are not the same."""

EVENTS = ("SOE", "DI")
"""Types of properties that are no measurements."""


def decode(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
    """Read the properties of one measuring point."""
    levels(topic)
    message = _stripped(parsed_object(payload))
    point = name_of(message.get("location_code"), what="location_code")
    rows = list_of(message.get("properties"), what="properties")
    check_count(len(rows))
    gathering = Gathering()
    for ts, properties in _by_time(rows, message.get("ts"), zone_name=zone("", point), into=gathering).items():
        with gathering.setting_aside(""):
            gathering.add(point, _values(properties), ts=ts)
    reply = topic.removesuffix("upload") + "download" if topic.endswith("/upload") else f"{topic}/ack"
    sent = echoed(message.get("ts"))
    return gathering.decoded(answer(reply, location_code=message["location_code"], ts=sent, result=1))


CET = Dialect((TOPIC,), decode)


def _stripped(row: dict[str, Any]) -> dict[str, Any]:
    """The published messages write `"ts "`."""
    return {name.strip(): value for name, value in row.items()}


def _by_time(
    rows: Iterable[object], sent: object, *, zone_name: str | None, into: Gathering
) -> dict[int | None, list[dict[str, Any]]]:
    """Properties that are read, by their own time, else that of the message."""
    groups: dict[int | None, list[dict[str, Any]]] = {}
    for at, given in enumerate(rows, 1):
        with into.setting_aside(f"property {at}"):
            row = _stripped(object_of(given, what="it"))
            if row.get("type") in EVENTS or _quantity(row) is None:
                continue
            time = sent if row.get("timestamp") is None else row["timestamp"]
            ts = None if time is None else instant_ms(time, zone_name=zone_name)
            groups.setdefault(ts, []).append(row)
    if not groups:
        into.remark(NO_ELECTRICITY)
    return groups


def _quantity(row: dict[str, Any]) -> str | None:
    key = row.get("key")
    return NAMES.get("".join(key.split())) if isinstance(key, str) else None


def _values(properties: list[dict[str, Any]]) -> dict[str, float]:
    """One property that can't be read refuses the reading, lest half of it be taken for the whole."""
    values: dict[str, float] = {}
    for row in properties:
        quantity, key, unit = _quantity(row), str(row["key"]), row.get("unit")
        factors = FACTORS[quantity or ""]
        spelled = "".join(c for c in unit if c not in " ·.*") if isinstance(unit, str) else ""
        if spelled not in factors:
            raise DecodeError(f"unit of {key!r:.40} is not known: {unit!r:.40}")
        if quantity and quantity not in values:
            put(values, quantity, number(key[:40], row.get("value")), factor=factors[spelled])
    return values
