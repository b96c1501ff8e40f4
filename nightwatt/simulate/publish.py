"""Running the city: history, gaps and live readings over MQTT, resumable at any moment."""

import threading
from collections.abc import Callable
from pathlib import Path

from core.interval import DAY_MS
from nightwatt.simulate.backfill import Backfill, jobs_between
from nightwatt.simulate.city import City, build_city
from nightwatt.simulate.clock import CityClock
from nightwatt.simulate.cursor import Cursor, CursorFile, read_cursor
from nightwatt.simulate.gateways import Gateways, PublisherFactory
from nightwatt.simulate.live import Live

MOST_HISTORY_DAYS = 14
"""Registers begin a day earlier."""


def open_city(cursor: Path, *, wall: Callable[[], int], seed: int = 2017, speed: float = 1.0) -> tuple[City, CityClock]:
    """The city and its clock: begun now, or going on where `cursor` says that it stopped.

    The clock goes on from the later of now and the last instant that the city saw.
    SetupError where the cursor can't be read.
    """
    kept, now = read_cursor(cursor), wall()
    city = build_city(kept.seed if kept else seed, start_at=kept.start_at if kept else now)
    anchor_city = max(now, kept.city_at) if kept else now
    clock = CityClock(anchor_city=anchor_city, anchor_wall=now, speed=speed, wall=wall, held=speed > 1)
    return city, clock


def run_city(
    city: City,
    *,
    publisher_factory: PublisherFactory,
    cursor: Path,
    clock: CityClock,
    stop: threading.Event,
    history_days: int = 14,
    progress: Callable[[int, int], None] = lambda done, total: None,
    on_history_done: Callable[[], None] = lambda: None,
) -> None:
    """Publish until `stop` is set. `progress` hears readings of the history acknowledged, and how many there are.

    `history_days` (at most 14) counts at the first start; later the cursor's own is used.
    """
    file = _cursor_file(city, cursor, history_days=history_days, now=clock.now())
    gateways = Gateways(city, publisher_factory)
    try:
        if not _publish_history(city, gateways, file, clock=clock, stop=stop, progress=progress):
            return
        on_history_done()
        clock.go()
        live = Live(
            city,
            gateways,
            clock=clock,
            stop=stop,
            acknowledged=lambda at: file.update(live_until=at, city_at=clock.now()),
        )
        live.run(file.cursor.live_until)
    finally:
        file.update(now=True, city_at=clock.now())
        gateways.close()


def _cursor_file(city: City, path: Path, *, history_days: int, now: int) -> CursorFile:
    fresh = Cursor(
        seed=city.seed,
        start_at=city.start_at,
        history_days=min(history_days, MOST_HISTORY_DAYS),
        history_done=0,
        live_until=city.start_at,
        city_at=now,
    )
    return CursorFile(path, read_cursor(path) or fresh)


def _publish_history(
    city: City,
    gateways: Gateways,
    file: CursorFile,
    *,
    clock: CityClock,
    stop: threading.Event,
    progress: Callable[[int, int], None],
) -> bool:
    """Send what history is not yet acknowledged; False where it was stopped."""
    first_at = city.start_at - file.cursor.history_days * DAY_MS
    jobs, before = jobs_between(city, first_at, city.start_at), file.cursor.history_done
    done = [0]
    for job in jobs:
        done.append(done[-1] + job.readings)

    def acknowledged(count: int) -> None:
        file.update(history_done=before + count, city_at=clock.now())
        progress(done[before + count], done[-1])

    return Backfill(city, gateways, stop).run(jobs[before:], acknowledged)
