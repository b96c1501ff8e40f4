"""Descriptions of vendors' payloads, as tables of the configuration → dialects. Every fault is told, not the first."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.errors import SetupError
from core.interval import zone
from core.readings import QUANTITIES
from ingest.decoders.decoded import Dialect
from ingest.decoders.mapping import Condition, MappingSpec, Quantity, mapping
from ingest.decoders.mapping_paths import EACH_END, JsonPath, Template, TopicPattern
from ingest.decoders.mapping_table import Table
from ingest.decoders.mapping_time import LOCAL, TimeFormat, check_format
from ingest.decoders.named_values import PHASES

POWER = {"W": 0.001, "kW": 1.0, "MW": 1000.0}
VOLTAGE = {"mV": 0.001, "V": 1.0, "kV": 1000.0}
CURRENT = {"mA": 0.001, "A": 1.0, "kA": 1000.0}
UNITS: dict[str, dict[str, float]] = {
    **dict.fromkeys(("p", *PHASES), POWER),
    "ep": {"Wh": 0.001, "kWh": 1.0, "MWh": 1000.0, "万kWh": 10_000.0},
    "q": {"var": 0.001, "kvar": 1.0, "Mvar": 1000.0},
    "pf": {"1": 1.0, "%": 0.01},
    **dict.fromkeys(("ua", "ub", "uc"), VOLTAGE),
    **dict.fromkeys(("ia", "ib", "ic"), CURRENT),
    "f": {"Hz": 1.0, "mHz": 0.001},
}
"""Quantity → unit → factor to the unit of readings."""

MOST = 200
KEYS = ("name", "topic", "meter", "otherwise", "each", "part", "when", "backfill", "time", "quantities")

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)


def load_mappings(tables: Sequence[Mapping[str, Any]], *, taken: Collection[str] = ()) -> dict[str, Dialect]:
    """Dialects by their names; `taken` are names that others have. SetupError lists every fault with its place."""
    faults: list[str] = []
    specs: dict[str, MappingSpec] = {}
    if len(tables) > MOST:
        raise SetupError(f"mappings: {len(tables)} of them; at most {MOST} are taken")
    for place, given in enumerate(tables):
        table = Table(given, f"mappings[{place}]", faults, keys=KEYS)
        spec = _spec(table)
        if spec is not None and (spec.name in specs or spec.name in taken):
            table.fault("name", f"there is a dialect {spec.name!r} already")
        elif spec is not None:
            specs[spec.name] = spec
    if faults:
        raise SetupError("; ".join(faults))
    return {name: mapping(spec) for name, spec in specs.items()}


def _spec(table: Table) -> MappingSpec | None:
    name = table.read("name", _id, needed=True)
    topic = table.read("topic", TopicPattern.parse, needed=True)
    meter = table.read("meter", Template.parse, needed=True)
    otherwise, part = table.read("otherwise", Template.parse), table.read("part", Template.parse)
    each = table.read("each", _each)
    when, backfill = _condition(table, "when"), _condition(table, "backfill")
    time, quantities = _time(table), _quantities(table)
    if name is None or topic is None or meter is None or not quantities:
        return None
    spec = MappingSpec(name, topic, meter, quantities, otherwise, each, part, when, backfill, time)
    _check_together(spec, table)
    return spec


def _check_together(spec: MappingSpec, table: Table) -> None:
    known = spec.topic.names | ({"key"} if spec.each else frozenset())
    for key, template in (("meter", spec.meter), ("otherwise", spec.otherwise), ("part", spec.part)):
        for name in sorted(template.names - known) if template else ():
            table.fault(key, f"the topic has no part {{{name}}}")
        if template and spec.part and template.paths:
            table.fault(key, "with one value a topic only parts of the topic name anything")
    if spec.each and "key" in spec.topic.names:
        table.fault("topic", "{key} names the elements of each; call this part otherwise")
    if spec.each and spec.part:
        table.fault("each", "does not go with part")
    if spec.part and any(not path.steps or isinstance(path.steps[0], int) for path in spec.paths):
        table.fault("quantities", "with part, paths begin with the name of a value, as $.power")


def _id(given: object) -> str:
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise ValueError(f"small letters, digits, - and _ make a name, not {given!r:.60}")
    return given


def _each(given: object) -> JsonPath:
    if not isinstance(given, str) or not given.startswith("$") or not given.endswith(EACH_END):
        raise ValueError(f"a path such as '$.meters[*]' is expected, not {given!r:.60}")
    return JsonPath.parse(given.removesuffix(EACH_END))


def _condition(table: Table, key: str) -> Condition | None:
    if key not in table:
        return None
    inner = table.table(key, ("path", "is"))
    path, values = inner.read("path", JsonPath.parse, needed=True), inner.read("is", _values, needed=True)
    return Condition(path, values) if path is not None and values is not None else None


def _values(given: object) -> tuple[str | int | float | bool | None, ...]:
    values = given if isinstance(given, list | tuple) else (given,)
    if not values or not all(isinstance(value, str | int | float | bool) for value in values):
        raise ValueError(f"a text, number or truth value, or a list of them is expected, not {given!r:.60}")
    return tuple(values)


def _time(table: Table) -> TimeFormat | None:
    if "time" not in table:
        return None
    if isinstance(table.get("time"), str):
        path = table.read("time", JsonPath.parse)
        return TimeFormat(path) if path else None
    inner = table.table("time", ("path", "format", "zone"))
    path = inner.read("path", JsonPath.parse, needed=True)
    return (
        TimeFormat(path, inner.read("format", _format) or "auto", inner.read("zone", _zone) or LOCAL) if path else None
    )


def _format(given: Any) -> str:
    check_format(given)
    return str(given)


def _zone(given: object) -> str:
    if given != LOCAL:
        if not isinstance(given, str):
            raise ValueError(f"a zone such as 'Asia/Shanghai', or '{LOCAL}', is expected, not {given!r:.60}")
        zone(given)
    return str(given)


def _quantities(table: Table) -> dict[str, Quantity]:
    if "quantities" not in table:
        table.fault("quantities", "is missing")
        return {}
    known = (*QUANTITIES, *PHASES)
    inner = table.table("quantities", known)
    found = {name: quantity for name in known if name in inner and (quantity := _quantity(inner, name))}
    if not found.keys() & {"p", "ep"} and not set(PHASES) <= found.keys():
        inner.fault("", "p, ep, or all of pa, pb and pc are needed")
    return found


def _quantity(table: Table, name: str) -> Quantity | None:
    if isinstance(table.get(name), str):
        path = table.read(name, JsonPath.parse)
        return Quantity((path,)) if path else None
    inner = table.table(name, ("path", "sum", "unit", "factor"))
    if ("path" in inner) == ("sum" in inner):
        inner.fault("", "either path or sum is needed")
        return None
    if "unit" in inner and "factor" in inner:
        inner.fault("", "either unit or factor is needed, not both")
    one, many = inner.read("path", JsonPath.parse), inner.read("sum", _paths)
    factor = inner.read("factor", _factor) or inner.read("unit", lambda unit: _unit(name, unit)) or 1.0
    paths = (one,) if one else many
    return Quantity(paths, factor) if paths else None


def _paths(given: object) -> tuple[JsonPath, ...]:
    if not isinstance(given, list | tuple) or not given:
        raise ValueError(f"a list of paths is expected, not {given!r:.60}")
    return tuple(JsonPath.parse(path) for path in given)


def _factor(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given) or given == 0:
        raise ValueError(f"a number other than 0 is expected, not {given!r:.60}")
    return float(given)


def _unit(quantity: str, given: object) -> float:
    if not isinstance(given, str) or given not in UNITS[quantity]:
        raise ValueError(f"{given!r:.40} is no unit of {quantity}; one of {', '.join(UNITS[quantity])}")
    return UNITS[quantity][given]
