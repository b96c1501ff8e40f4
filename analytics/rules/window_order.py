"""`window-order` 错峰 / 夜间禁产: production runs in hours in which an order forbids it.

Windows are of the enterprise's local time, may cross midnight, and count only within the order. An alarm ends when
production is proven OFF or the window is over; what goes on in the next window is another one.

What judges that production is ON in a forbidden span is shared with `contradiction`.
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analytics.members import Members
from analytics.pairs import listed, slowest_ms
from analytics.plant import Plant
from analytics.rules.orders import BoolArray, Demand, Demands, demanded, ordered
from analytics.rules.pair import described
from analytics.rules.rule import Rule
from analytics.states import FAR, NEVER, OFF, ON
from analytics.states import UNKNOWN as NOT_KNOWN
from analytics.stretch import Stretch
from analytics.timers import BETWEEN, CLEAR, HOLDS, NOTHING, UNKNOWN, Timers, Verdicts, in_steps
from core.interval import DAY_MS, MINUTE_MS, local_date, to_text
from core.order import Order, OrderKind
from core.readings import IntArray
from core.records import Unjudged
from core.registry import Registry

Span = tuple[int, int, int]
"""(end of the span before, start, end) of the first forbidden span that is not over, ms UTC."""


class ForbiddenProduction(Rule):
    """Production that must not be ON in certain spans."""

    def _prepare(self, registry: Registry, asked: list[Demand], *, on_delay_min: int) -> None:
        self.registry = registry
        self.demands = Demands(registry, asked)
        self.subjects = self.demands.subjects(registry)
        self.timers = Timers.alike(len(self.subjects), {2: on_delay_min * MINUTE_MS})
        slowest = slowest_ms(registry, [list(row.facilities) for row in self.demands.asked])
        self.timers.on_delay = np.maximum(self.timers.on_delay, 2 * slowest)
        self.granted_kw = np.full(len(self.subjects), np.nan)
        # The span in force or next, looked up anew when an instant lies outside [past, end).
        self._past, self._start, self._end = (np.full(len(self.subjects), FAR) for _ in range(3))

    @abstractmethod
    def _span(self, subject: int, at: int) -> Span:
        """What is forbidden at `at` or next."""

    def judge(self, plant: Plant) -> Verdicts:
        """Subjects in whose span something runs, and those in alarm or near."""
        live = np.flatnonzero(self._live(plant.clock))
        if not len(live):
            return NOTHING
        some = self.demands.places.some(live)
        facilities = self.demands.item[some.flat]
        at = np.maximum.reduceat(plant.facility_ts[facilities], some.starts)
        past, start, _ = self._spans(live, at)
        inside = (start <= at) & (at != NEVER) & some.any(plant.state[facilities] == ON)
        chosen = np.flatnonzero(inside | self.timers.astir()[live])
        if not len(chosen):
            return NOTHING
        return self._verdicts(plant, live[chosen], at[chosen], past=past[chosen], start=start[chosen])

    def heeds(self, stretch: Stretch) -> BoolArray:
        """The meters of subjects near an alarm, and of those whose span the batch reaches and which may run in it."""
        first, last = int(stretch.batch.ts[0]), int(stretch.batch.ts[-1])
        live = np.flatnonzero(self._live(last))
        _, start, _ = self._spans(live, np.full(len(live), first))
        wanted = self.timers.astir()
        wanted[live[start <= last]] = True
        if wanted.any():
            stands = self.demands.places.all(stretch.stands[self.demands.item])
            wanted &= ~stands | self.timers.astir()
        facilities = np.zeros(len(stretch.plant.state), dtype=np.bool_)
        facilities[self.demands.item[wanted[self.demands.places.group]]] = True
        found: BoolArray = facilities[stretch.plant.facility_of_meter]
        return found

    def unjudged(self, plant: Plant) -> Iterator[Unjudged]:
        """What is in force and about production whose state is not known."""
        yield from self.demands.without_meter(self.id, plant.clock)
        current = (self.demands.from_at <= plant.clock) & (plant.clock < self.demands.to_at)
        for number in np.flatnonzero(current).tolist():
            subject = self.subjects[number]
            members = self.demands.item[self.demands.places.of(number)]
            unknown = members[plant.state[members] == NOT_KNOWN]
            if len(unknown):
                f = int(unknown[0])
                reason = "no-threshold" if np.isnan(plant.on_kw[f]) else "no-data"
                detail = {"facility": self.registry.facilities[f].id}
                yield Unjudged(self.id, subject.name, subject.enterprise, reason, detail)

    def _live(self, clock: int) -> BoolArray:
        """Those in force; for a day longer, as readings may come later than others'."""
        found: BoolArray = (self.demands.from_at <= clock) & (clock - DAY_MS < self.demands.to_at)
        return found | self.timers.astir()

    def _spans(self, picked: IntArray, at: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        stale = (at != NEVER) & ((at < self._past[picked]) | (at >= self._end[picked]))
        for row in np.flatnonzero(stale).tolist():
            subject = int(picked[row])
            self._past[subject], self._start[subject], self._end[subject] = self._span(subject, int(at[row]))
        return self._past[picked], self._start[picked], self._end[picked]

    def _verdicts(self, plant: Plant, picked: IntArray, at: IntArray, *, past: IntArray, start: IntArray) -> Verdicts:
        some = self.demands.places.some(picked)
        facilities = self.demands.item[some.flat]
        made = Members(facilities, some.sizes).states(plant, at)
        instants = at[some.group]
        made[self.demands.spared(some.flat, instants, instants + 1)] = OFF
        running, lasting = made == ON, plant.below_since[facilities] == NEVER
        verdict = np.full(len(picked), UNKNOWN, dtype=np.int8)
        verdict[some.all(made == OFF)] = CLEAR
        verdict[some.any(running)] = BETWEEN
        verdict[some.any(running & lasting)] = HOLDS
        since = np.maximum(plant.state_since[facilities], self.demands.asked_since(some.flat, instants))
        begun = np.maximum(np.minimum.reduceat(np.where(running, since, FAR), some.starts), start)
        self._leave_what_is_granted(plant, picked, verdict, begun, at=at, running=running, some=some)
        # A span that is over ends what began in it, at its own end, and whatever the next one brings.
        pending = self.timers.pending_since[picked]
        ended = (pending != NEVER) & (pending < past)
        verdict[at < start] = CLEAR
        verdict[ended] = CLEAR
        ended &= self.timers.clearing_since[picked] == NEVER
        return in_steps(picked, verdict, begun, np.where(ended, past, at))

    def _leave_what_is_granted(
        self,
        plant: Plant,
        picked: IntArray,
        verdict: NDArray[np.int8],
        begun: IntArray,
        *,
        at: IntArray,
        running: BoolArray,
        some: Members,
    ) -> None:
        """Production up to a guaranteed load may run; above it counts from the reading that showed it."""
        granted = self.granted_kw[picked]
        if np.isnan(granted).all():
            return
        power = np.add.reduceat(np.where(running, plant.power_kw[self.demands.item[some.flat]], 0.0), some.starts)
        verdict[(verdict > CLEAR) & (power <= granted)] = CLEAR
        begun[~np.isnan(granted)] = at[~np.isnan(granted)]

    def _running(self, subject: int, plant: Plant) -> tuple[str, list[dict[str, Any]]]:
        """Names and evidence of what is ON."""
        members = self.demands.item[self.demands.places.of(subject)]
        running = members[plant.state[members] == ON].tolist()
        rows = [self.registry.facilities[f] for f in running]
        return listed(row.name or row.id for row in rows), [described(self.registry, plant, f) for f in running]


@dataclass(frozen=True, slots=True)
class WindowOrderSettings:
    """on_delay_min  how long production must be ON in the window; at least two intervals of the slowest meter."""

    on_delay_min: int = 10


class WindowOrder(ForbiddenProduction):
    """Window orders on metered production. A load that the order guarantees may run."""

    id: ClassVar[str] = "window-order"
    says: ClassVar[dict[str, str]] = {
        "zh": "产污设施在停限产指令禁止的时段内运行",
        "en": "Production runs inside the hours that an order forbids",
    }
    Settings = WindowOrderSettings

    def __init__(self, registry: Registry, plant: Plant, settings: WindowOrderSettings) -> None:
        orders = [row for row in registry.orders if row.kind == OrderKind.WINDOW and row.window]
        orders = [row for row in orders if row.from_at < row.to_at]
        self.settings = settings
        self._prepare(registry, demanded(registry, orders), on_delay_min=settings.on_delay_min)
        by_id = {row.id: row for row in orders}
        self.orders = [by_id[row.id] for row in self.demands.asked]
        self.zones = [registry.enterprise(row.enterprise).timezone for row in self.demands.asked]
        self.granted_kw = np.array([row.guaranteed_kw or np.nan for row in self.orders], dtype=np.float64)

    def _span(self, subject: int, at: int) -> Span:
        return forbidden(self.orders[subject], at, self.zones[subject])

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        order, since = self.orders[subject], int(self.timers.episode[subject])
        _, start, end = forbidden(order, since, self.zones[subject])
        names, running = self._running(subject, plant)
        reason = f"production runs ({names}) inside the window {order.window} that order {order.id} forbids"
        return reason, ordered(order) | {
            "window": str(order.window),
            "window_from": to_text(start),
            "window_to": to_text(end),
            "running": running,
            "on_delay_s": int(self.timers.on_delay[subject]) // 1000,
        }


def forbidden(order: Order, at: int, tz: str) -> Span:
    """The order's window that is not over at `at`, within the order; (…, FAR, FAR) after the last."""
    window = order.window
    if window is None or window.start == window.end:  # all day: one span, whatever the date
        return (NEVER, order.from_at, order.to_at) if at < order.to_at else (order.to_at, FAR, FAR)
    day, past = local_date(min(max(at, order.from_at), order.to_at), tz) - timedelta(days=2), NEVER
    while True:
        start, end = window.on(day, tz)
        start, end = max(start, order.from_at), min(end, order.to_at)
        if start >= order.to_at:
            return past, FAR, FAR
        if start < end and at < end:
            return past, start, end
        past = end if start < end else past
        day += timedelta(days=1)
