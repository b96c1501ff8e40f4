"""The whole road of HJ 212: server, intake with its joiner, pipeline, and what it leads to, kept in memory."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.facility_state import FacilityState
from core.readings import Readings, concatenate
from core.records import DeadLetter
from core.registry import Enterprise, Facility, Kind, Meter, Registry
from ingest.hj212.dialect import HJ212
from ingest.hj212.server import Hj212Server
from ingest.hj212.station import Gate, Hj212Limits
from ingest.intake import Intake
from ingest.joining import Joiner
from ingest.pipeline import Pipeline
from stores.memory import MemorySeries
from tests.ingest.hj212.road import NOON


@dataclass
class Kept:
    """Dead letters, facility states and counts."""

    letters: list[DeadLetter] = field(default_factory=list)
    said: list[FacilityState] = field(default_factory=list)
    messages: int = 0
    remarks: Counter[str] = field(default_factory=Counter)

    def put(self, topic: str, payload: bytes, reason: str, *, now: int) -> None:
        self.put_all([DeadLetter(0, now, topic, payload, reason)])

    def put_all(self, letters: Sequence[DeadLetter]) -> None:
        self.letters += letters

    def record(self, states: Sequence[FacilityState], *, now: int) -> int:
        self.said += states
        return len(states)

    def evaluate(self, batch: Readings, *, now: int) -> None: ...

    def stored(self, new: int, received: int) -> None: ...

    def dead(self, count: int) -> None: ...

    def remarked(self, remarks: Mapping[str, int]) -> None:
        self.remarks.update(remarks)

    def committed(self, seconds: Sequence[float]) -> None:
        self.messages += len(seconds)


@dataclass
class Platform:
    server: Hj212Server
    series: MemorySeries
    kept: Kept

    def readings(self) -> Readings:
        names = ("p", "ep", "q", "pf", "ua", "ub", "uc", "ia", "ib", "ic", "f")
        return concatenate(list(self.series.scan(0, 1 << 50, quantities=names)))


def registry_of(addresses: Sequence[str]) -> Registry:
    """One enterprise whose facilities have a meter each, numbered in the order of their addresses."""
    ids = [f"M{i}" for i in range(len(addresses))]
    return Registry(
        enterprises=(Enterprise("works", "works", "天元区"),),
        facilities=tuple(Facility(f"F-{id}", "works", Kind.PRODUCTION) for id in ids),
        meters=tuple(Meter(id, f"F-{id}", address=address) for id, address in zip(ids, addresses, strict=True)),
    )


@contextmanager
def running_platform(
    registry: Registry, *, gate: Gate | None = None, limits: Hj212Limits | None = None, port: int = 0
) -> Iterator[Platform]:
    """A platform on a free port."""
    kept, series = Kept(), MemorySeries()
    pipeline = Pipeline(
        registry,
        series=series,
        evaluator=kept,
        dead_letters=kept,  # type: ignore[arg-type]
        clock=lambda: NOON,
        observer=kept,
        stopping=threading.Event(),
        dialects={"hj212": HJ212},
        states=kept,
    )
    intake = Intake(pipeline, joiner=Joiner(pipeline.routing.of))
    server = Hj212Server("127.0.0.1", port, intake=intake, clock=lambda: NOON, gate=gate, limits=limits)
    intake.start()
    server.start()
    try:
        yield Platform(server, series, kept)
    finally:
        server.quiet()
        intake.stop()
        server.stop()
