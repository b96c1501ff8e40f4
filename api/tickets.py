"""Device tickets: alarms about a meter or its line, for the maintainer."""

from collections.abc import Mapping
from datetime import datetime

from api.services import Services
from core.alarm import OPEN, Alarm, AlarmState
from core.errors import StoreAway
from core.interval import DAY_MS, to_ms
from core.records import AlarmFilter
from core.registry import Registry

LOOK_BACK = DAY_MS
"""How far back the store is asked for a meter's newest reading; what came before is known from the evidence only."""

DONE = frozenset(AlarmState) - OPEN


def ticket_filter(*, done: bool, enterprise: str | None = None, district: str | None = None) -> AlarmFilter:
    """Tickets whose condition still holds, or those that are over."""
    return AlarmFilter(ticket=True, states=DONE if done else OPEN, enterprise=enterprise, district=district)


def last_readings(services: Services, registry: Registry) -> dict[str, int]:
    """Instant of the newest reading by meter; empty while the readings can't be reached."""
    try:
        latest = services.series.latest(services.clock() - LOOK_BACK)
    except StoreAway:
        return {}
    pairs = zip(latest.meter.tolist(), latest.ts.tolist(), strict=True)
    return {registry.meters[number].id: ts for number, ts in pairs if number < len(registry.meters)}


def last_reading(ticket: Alarm, newest: Mapping[str, int]) -> int | None:
    """When the meter was last heard of: as the store has it, else as the rule saw it; None where neither knows."""
    if ticket.subject in newest:
        return newest[ticket.subject]
    seen = ticket.evidence.get("last_at")
    if isinstance(seen, int) and not isinstance(seen, bool):
        return seen
    try:
        return to_ms(datetime.fromisoformat(str(seen)))
    except (ValueError, OverflowError):
        return None
