"""`nightwatt replay`: readings from a file onto the wire, as their meters would have sent them."""

import json
import socket
import sys
import time
import uuid
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

from core.errors import SetupError
from core.interval import HOUR_MS
from core.readings import QUANTITIES, Readings, Source
from core.registry import Kind, Registry
from ingest.mqtt import Broker, Delivery, Publisher
from ingest.telemetry import encode, topic_of
from nightwatt.books import open_books
from nightwatt.settings import Settings
from registry.read import read_registry
from stores.energy_csv import is_energy_csv, read_energy_csv
from stores.files import FileReadings

ARRAY = 200
IN_FLIGHT = 200
ANSWER_WITHIN_S = 60.0
REACHED_WITHIN_S = 10.0
MARGIN_MS = HOUR_MS
"""A reading is still underway for some time before its age is judged."""


def replay(
    settings: Settings, file: Path, *, mqtt: str | None, speed: float, meter: str | None, registry: Path | None
) -> int:
    """Publish everything and wait for the broker's answers; 1 where rows were refused or answers are missing."""
    if not file.is_file():
        raise SetupError(f"there is no file {file}")
    broker = _broker(settings, mqtt)
    known = _known(settings, registry)
    try:
        batches, refused = _batches(file, known, meter)
    except (EOFError, zlib.error) as error:
        raise SetupError(f"can't read {file}: {error}") from error
    _reach(broker)
    publisher = Publisher(broker, client_id=f"nightwatt-replay-{uuid.uuid4().hex[:8]}")
    try:
        oldest_ms = settings.clock.limits().behind_ms - MARGIN_MS
        sent, answered = _publish(
            publisher, known, batches, speed=speed, is_old=lambda at: at < time.time_ns() // 1_000_000 - oldest_ms
        )
    finally:
        publisher.close()
    for reason in refused:
        print(f"{file}: {reason}", file=sys.stderr)
    if sent != answered:
        print(f"nightwatt: the broker has not acknowledged {sent - answered} readings", file=sys.stderr)
    print(json.dumps({"readings": sent, "acknowledged": answered, "refused": len(refused)}))
    return 1 if refused or sent != answered else 0


def _known(settings: Settings, registry: Path | None) -> Registry:
    if registry is not None:
        return read_registry(registry)
    books = open_books(settings)
    try:
        return books.registry.load()
    finally:
        books.database.close()


def _batches(file: Path, known: Registry, meter: str | None) -> tuple[list[Readings], list[str]]:
    if is_energy_csv(file):
        number = _whose(file, known, meter)
        zone = known.meters[number].timezone or known.enterprises[known.enterprise_of_meter[number]].timezone
        return [read_energy_csv(file, meter=number, timezone=zone)], []
    # The wire carries what the meter says: its ratio is applied by who receives it.
    as_sent = replace(known, meters=tuple(replace(m, values="primary") for m in known.meters))
    series = FileReadings([file], as_sent)
    try:
        span = series.span()
        found = list(series.scan(span[0], span[1] + 1, quantities=QUANTITIES)) if span else []
        return found, series.refused
    finally:
        series.close()


def _whose(file: Path, known: Registry, meter: str | None) -> int:
    """The number of the meter that was named, else of the only feeder meter that there is."""
    if meter is None:
        feeders = known.meters_of([row for row in known.facilities if row.kind is Kind.FEEDER])
        if len(feeders) != 1:
            raise SetupError(f"{file.name} names no meter: say whose readings these are with --meter")
        return feeders[0]
    if meter not in known.meter_number:
        raise SetupError(f"the registry has no meter {meter!r}; import it first, or name it with --registry")
    return known.meter_number[meter]


def _publish(
    publisher: Publisher, known: Registry, batches: list[Readings], *, speed: float, is_old: Callable[[int], bool]
) -> tuple[int, int]:
    """How many readings were sent, and how many of them acknowledged.

    is_old  whether a stamp is one that nobody believes of a reading in real time
    """
    total, answered = sum(len(b) for b in batches), 0
    waiting: deque[tuple[Delivery, int]] = deque()
    pace = _Pace(speed, int(batches[0].ts[0]) if batches else 0)
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("publishing", total=total)
        for part in (part for batch in batches for part in _messages(batch, one_by_one=speed > 0)):
            pace.wait_for(int(part.ts[0]))
            if is_old(int(part.ts[0])):
                part = _as_backfill(part)
            meter = int(part.meter[0])
            enterprise = known.enterprises[int(known.enterprise_of_meter[meter])].id
            waiting.append((publisher.publish(topic_of(enterprise, known.meters[meter].id), encode(part)), len(part)))
            progress.update(bar, advance=len(part))
            if len(waiting) >= IN_FLIGHT:
                oldest, count = waiting.popleft()
                if not oldest.wait(ANSWER_WITHIN_S):
                    break  # a broker that has gone would be waited for once a message
                answered += count
        answered += _answered(waiting)
    return total, answered


def _messages(batch: Readings, *, one_by_one: bool) -> Iterator[Readings]:
    """Cut a batch into messages of one meter each: single readings in order of time, or arrays as a back-fill."""
    if one_by_one:
        yield from (batch.take(slice(i, i + 1)) for i in range(len(batch)))
        return
    late = _as_backfill(batch)
    for meter in np.unique(batch.meter):
        rows = np.flatnonzero(batch.meter == meter)
        yield from (late.take(rows[i : i + ARRAY]) for i in range(0, len(rows), ARRAY))


def _as_backfill(batch: Readings) -> Readings:
    return replace(batch, source=np.full(len(batch), int(Source.BACKFILL)))


def _answered(waiting: Iterable[tuple[Delivery, int]]) -> int:
    """Readings that the broker has acknowledged, after a while for all of them together."""
    until = time.monotonic() + ANSWER_WITHIN_S
    return sum(count for delivery, count in waiting if delivery.wait(max(0.0, until - time.monotonic())))


class _Pace:
    """Holds readings back until their turn; at speed 0 there is no waiting."""

    def __init__(self, speed: float, first_at: int) -> None:
        self._speed, self._first_at, self._began = speed, first_at, time.monotonic()

    def wait_for(self, at: int) -> None:
        if self._speed:
            due = (at - self._first_at) / 1000 / self._speed
            time.sleep(max(0.0, due - (time.monotonic() - self._began)))


def _broker(settings: Settings, mqtt: str | None) -> Broker:
    if mqtt is None:
        return settings.broker()
    host, _, port = mqtt.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise SetupError(f"--mqtt takes HOST:PORT, not {mqtt!r}")
    return Broker(host.strip("[]"), int(port))


def _reach(broker: Broker) -> None:
    """Say at once that nobody listens; MQTT's own client would try for ever."""
    try:
        socket.create_connection((broker.host, broker.port), timeout=REACHED_WITHIN_S).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SetupError(
            f"can't reach the broker {broker.host}:{broker.port} ({reason}); is it running? --mqtt names another"
        ) from error
