"""What the rules about a line and its stage share: subjects, evidence, and what can't be judged."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.pairs import Pairs
from analytics.plant import Plant
from analytics.rules.rule import Subject
from analytics.states import NEVER, UNKNOWN
from analytics.stretch import Stretch
from core.filing import Announced
from core.interval import to_text
from core.records import Unjudged
from core.registry import Facility, Kind, Registry

EXPLAINED = frozenset({Announced.TREATMENT_OFF, Announced.METER_OFF})


def pair_subjects(registry: Registry, pairs: Pairs) -> tuple[Subject, ...]:
    """One subject a pair; a filing must name all facilities of the stage to explain it."""
    return tuple(
        Subject(
            name, enterprise, frozenset(registry.facilities[f].id for f in pairs.stage.of(number).tolist()), EXPLAINED
        )
        for number, (name, enterprise) in enumerate(zip(pairs.names, pairs.enterprises, strict=True))
    )


def described(registry: Registry, plant: Plant, f: int) -> dict[str, Any]:
    """One facility as evidence."""
    row, since = registry.facilities[f], int(plant.state_since[f])
    return {
        "facility": row.id,
        "name": row.name,
        "power_kw": float(plant.power_kw[f]),
        "on_kw": float(plant.on_kw[f]),
        "off_kw": float(plant.off_kw[f]),
        "since": to_text(since) if since != NEVER else None,
    }


def meters_of_pairs(pairs: Pairs, wanted: NDArray[np.bool_], stretch: Stretch) -> NDArray[np.bool_]:
    """(m,) Meters of the facilities of the pairs marked in `wanted` (s,)."""
    facilities = np.zeros(len(stretch.plant.state), dtype=np.bool_)
    for members in (pairs.production, pairs.stage):
        facilities[members.flat[wanted[members.group]]] = True
    found: NDArray[np.bool_] = facilities[stretch.plant.facility_of_meter]
    return found


def unjudged_lines(rule: str, registry: Registry, plant: Plant) -> Iterator[Unjudged]:
    """Stages that nothing proves anything of: no meter on production, or a facility whose state is not known."""
    yield from _without_production(rule, registry)
    for number, name in enumerate(plant.pairs.names):
        members = [*plant.pairs.production.of(number).tolist(), *plant.pairs.stage.of(number).tolist()]
        unknown = [f for f in members if plant.state[f] == UNKNOWN]
        if unknown:
            yield _unknown(rule, name, registry.facilities[unknown[0]], plant, unknown[0])


def _without_production(rule: str, registry: Registry) -> Iterator[Unjudged]:
    metered = {registry.facilities[f].id for f in set(registry.facility_of_meter.tolist())}
    made = {row.line or row.enterprise for row in registry.facilities if _counts(row, Kind.PRODUCTION, metered)}
    seen: set[str] = set()
    for row in registry.facilities:
        name = f"{row.line or row.enterprise}/{row.stage or 'treatment'}"
        if row.kind is Kind.TREATMENT and (row.line or row.enterprise) not in made and name not in seen:
            seen.add(name)
            yield Unjudged(rule, name, row.enterprise, "no-meter", {"kind": "production"})


def _counts(row: Facility, kind: Kind, metered: set[str]) -> bool:
    return row.kind is kind and row.id in metered


def _unknown(rule: str, name: str, row: Facility, plant: Plant, f: int) -> Unjudged:
    if np.isnan(plant.on_kw[f]):
        return Unjudged(rule, name, row.enterprise, "no-threshold", {"facility": row.id})
    if plant.reversed_since[f] != NEVER:
        detail = {"facility": row.id, "power_kw": float(plant.power_kw[f])}
        return Unjudged(rule, name, row.enterprise, "negative-power", detail, int(plant.reversed_since[f]))
    last = int(plant.facility_ts[f])
    if last == NEVER:
        return Unjudged(rule, name, row.enterprise, "no-data", {"facility": row.id})
    return Unjudged(rule, name, row.enterprise, "not-proven", {"facility": row.id, "last_at": to_text(last)})
