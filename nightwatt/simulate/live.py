"""Living on: every minute of the city's clock each meter says what it measured."""

import math
import threading
from collections import deque
from collections.abc import Callable

import numpy as np

from core.interval import MINUTE_MS
from nightwatt.simulate.backfill import Backfill, jobs_between
from nightwatt.simulate.city import City
from nightwatt.simulate.clock import CityClock
from nightwatt.simulate.gateways import Delivery, Gateways
from nightwatt.simulate.messages import live_payload
from nightwatt.simulate.planted import OVER_LIMIT, TREATMENT_OFF
from nightwatt.simulate.schedule import day_of, start_of

LATE_MS = 15 * MINUTE_MS
"""What is older is sent as back-fill."""
JITTER_MS = 50_000
MOST_WAITING = 5_000


class Live:
    """Publishes minute after minute; `acknowledged` hears up to which instant everything is safe."""

    def __init__(
        self,
        city: City,
        gateways: Gateways,
        *,
        clock: CityClock,
        stop: threading.Event,
        acknowledged: Callable[[int], None],
    ) -> None:
        self._city, self._gateways, self._clock, self._stop = city, gateways, clock, stop
        self._acknowledged = acknowledged
        self._offsets = sorted((_offset_ms(city, m), m) for m in range(len(city.registry.meters)))
        self._waiting: deque[tuple[int, list[Delivery]]] = deque()
        self._silent: set[int] = set()

    def run(self, after: int) -> None:
        """Publish every instant after `after` (ms UTC, a whole minute) until stopped."""
        late_ms = LATE_MS * max(1.0, self._clock.speed / 60)
        while not self._stop.is_set():
            now = self._clock.now()
            if now - after > late_ms:
                after = self._catch_up(after, now - now % MINUTE_MS)
                continue
            self._publish_minute(after + MINUTE_MS)
            after += MINUTE_MS
            self._settle()
            while len(self._waiting) * len(self._offsets) > MOST_WAITING and not self._stop.wait(0.05):
                self._settle()
        self._settle()

    def _catch_up(self, after: int, until: int) -> int:
        """Send a gap as back-fill; what live minutes before it still wait for has to come first."""
        while self._waiting and not self._stop.wait(0.05):
            self._settle()
        if Backfill(self._city, self._gateways, self._stop).run(
            jobs_between(self._city, after, until), lambda count: None
        ):
            self._acknowledged(until)
            return until
        return after

    def _publish_minute(self, ts: int) -> None:
        deliveries: list[Delivery] = []
        for offset_ms, meter in self._offsets:
            if ts % (self._city.registry.meters[meter].interval_s * 1000):
                continue
            self._stop.wait(self._clock.seconds_until(ts + offset_ms))
            if self._stop.is_set():
                return
            deliveries += self._say(meter, ts)
        self._waiting.append((ts, deliveries))

    def _say(self, meter: int, ts: int) -> list[Delivery]:
        p, ep = self._city.reading(meter, ts)
        if math.isnan(p):
            if meter in self._silent:
                return []
            self._silent.add(meter)
            return [self._gateways.say(meter, "offline")]
        found = [self._gateways.say(meter, "online")] if meter in self._silent else []
        self._silent.discard(meter)
        day = day_of(ts - 1)
        payload = live_payload(
            ts,
            p=p,
            ep=ep,
            electric=self._city.electric(meter, day),
            minute=(ts - start_of(day)) // MINUTE_MS - 1,
            seq=(ts - self._city.start_at) // MINUTE_MS,
        )
        return [*found, self._gateways.publish(meter, payload)]

    def _settle(self) -> None:
        safe = 0
        while self._waiting and all(delivery.done for delivery in self._waiting[0][1]):
            safe = self._waiting.popleft()[0]
        if safe:
            self._acknowledged(safe)


def _offset_ms(city: City, meter: int) -> int:
    """A meter's own place in the minute; those that the opening is about speak early."""
    subjects = {e.subject for e in city.planted if e.kind in (TREATMENT_OFF, OVER_LIMIT) and e.to_at > city.start_at}
    row = city.registry.meters[meter]
    early = row.id in subjects or row.facility in subjects
    return 500 if early else int(np.random.default_rng([city.seed, 10, meter]).integers(1_000, JITTER_MS))
