"""Sending what was not sent when it happened: history before the start, and gaps after a standstill."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.interval import DAY_MS
from nightwatt.simulate.city import City
from nightwatt.simulate.gateways import Delivery, Gateways
from nightwatt.simulate.messages import MOST_READINGS, backfill_payload

MOST_PER_CONNECTION, MOST_IN_ALL, MOST_REMEMBERED = 8, 64, 512


@dataclass(frozen=True, slots=True)
class Job:
    """One message: readings of a meter with after < ts <= until (ms UTC); `readings` is how many at most."""

    meter: int
    after: int
    until: int
    readings: int


def jobs_between(city: City, after: int, until: int) -> list[Job]:
    """Messages for (after, until]: feeders first, as the focus list needs them; then day by day, the oldest first."""
    numbers = range(len(city.registry.meters))
    feeders = [m for m in numbers if city.is_feeder(m)]
    others = [m for m in numbers if not city.is_feeder(m)]
    return [
        job
        for meters, width in ((feeders, MOST_READINGS * 900_000), (others, DAY_MS))
        for begin in range(after, until, width)
        for meter in meters
        for job in [_job(city, meter, begin, min(begin + width, until))]
        if job.readings
    ]


def _job(city: City, meter: int, after: int, until: int) -> Job:
    interval_ms = city.registry.meters[meter].interval_s * 1000
    return Job(meter, after, until, until // interval_ms - after // interval_ms)


@dataclass(frozen=True, slots=True)
class _Sent:
    number: int
    enterprise: str
    delivery: Delivery | None

    @property
    def done(self) -> bool:
        return self.delivery is None or self.delivery.done


class Backfill:
    """Sends jobs in order with a bounded number unacknowledged."""

    def __init__(self, city: City, gateways: Gateways, stop: threading.Event) -> None:
        self._city, self._gateways, self._stop = city, gateways, stop

    def run(self, jobs: Sequence[Job], acknowledged: Callable[[int], None]) -> bool:
        """Send all; `acknowledged` hears how many of the first jobs are safe. False where it was stopped."""
        window: deque[_Sent] = deque()
        for number, job in enumerate(jobs, start=1):
            self._settle(window, acknowledged, until=self._room_for(self._gateways.enterprise(job.meter)))
            if self._stop.is_set():
                return False
            window.append(_Sent(number, self._gateways.enterprise(job.meter), self._send(job)))
        self._settle(window, acknowledged, until=lambda waiting: not waiting)
        return not window

    def _send(self, job: Job) -> Delivery | None:
        stretch = self._city.readings(job.meter, job.after, job.until)
        return self._gateways.publish(job.meter, backfill_payload(stretch)) if len(stretch) else None

    def _room_for(self, enterprise: str) -> Callable[[deque[_Sent]], bool]:
        def room(window: deque[_Sent]) -> bool:
            waiting = [sent.enterprise for sent in window if not sent.done]
            return (
                len(waiting) < MOST_IN_ALL
                and waiting.count(enterprise) < MOST_PER_CONNECTION
                and len(window) < MOST_REMEMBERED
            )

        return room

    def _settle(
        self,
        window: deque[_Sent],
        acknowledged: Callable[[int], None],
        *,
        until: Callable[[deque[_Sent]], bool],
    ) -> None:
        """Forget what is acknowledged from the front on, waiting until the window is as wanted or all stops."""
        while True:
            safe = 0
            while window and window[0].done:
                safe = window.popleft().number
            if safe:
                acknowledged(safe)
            if until(window) or self._stop.is_set():
                return
            waiting = next((sent.delivery for sent in window if not sent.done), None)
            if waiting is not None:
                waiting.wait(0.1)
