"""The road of a batch of messages: decode, check, store, evaluate — and only then may it be acknowledged."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from core.errors import DecodeError, StoreAway
from core.ports import DeadLetters, SeriesStore
from core.readings import Readings
from core.records import DeadLetter
from core.registry import Registry
from ingest.columns import Columns, number_of, ratios
from ingest.decoders import DECODERS, Dialect
from ingest.decoders.decoded import Decoded
from ingest.message import Message

log = logging.getLogger(__name__)

UNKNOWN = "unknown meter"
RETRY_S = (0.1, 0.5, 1, 2, 5)


class Evaluator(Protocol):
    def evaluate(self, batch: Readings, *, now: int) -> None:
        """Judge the batch and commit what changed. Repeating it after StoreAway is harmless."""
        ...


class Observer(Protocol):
    def stored(self, new: int, received: int) -> None: ...

    def dead(self, count: int) -> None: ...

    def committed(self, seconds: Sequence[float]) -> None:
        """How long each message of a batch took from its arrival to its commit."""
        ...


class Pipeline:
    """One batch at a time. `run` returns when every message is safe, as readings or as a dead letter.

    `refresh` is asked when a meter is unknown: it calls `use` and says True if the registry has changed.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        series: SeriesStore,
        evaluator: Evaluator,
        dead_letters: DeadLetters,
        clock: Callable[[], int],
        observer: Observer,
        stopping: threading.Event,
        dialect: Dialect = DECODERS["nightwatt"],
        refresh: Callable[[], bool] = lambda: False,
    ) -> None:
        self._series, self._evaluator, self._dead_letters = series, evaluator, dead_letters
        self._clock, self._observer, self._stopping, self._dialect = clock, observer, stopping, dialect
        self._refresh = refresh
        self.away = ""
        self.use(registry)

    def use(self, registry: Registry) -> None:
        """Decode by another registry from the next batch on."""
        self._known = (registry, ratios(registry))

    def run(self, messages: Sequence[Message]) -> None:
        """Raises StoreAway only when the service is stopping; until then it waits for the stores.

        A message that makes anything fail unforeseen is found by halving and set aside; the others go on.
        """
        try:
            self._run(messages)
        except StoreAway:
            raise
        except Exception as error:
            log.exception("a batch of %d messages failed", len(messages))
            if len(messages) == 1:
                poison = [(messages[0], f"internal error: {type(error).__name__}")]
                self._safely(lambda: self._bury(poison))
                return
            middle = len(messages) // 2
            self.run(messages[:middle])
            self.run(messages[middle:])

    def _run(self, messages: Sequence[Message]) -> None:
        batch, dead = self._decode(messages)
        if any(UNKNOWN in reason for _, reason in dead) and self._refresh():
            batch, dead = self._decode(messages)
        self._safely(lambda: self._bury(dead))
        if len(batch):
            self._safely(lambda: self._store(batch))
            self._safely(lambda: self._evaluator.evaluate(batch, now=self._clock()))
        done = time.monotonic()
        self._observer.committed([done - m.arrived for m in messages])

    def _decode(self, messages: Sequence[Message]) -> tuple[Readings, list[tuple[Message, str]]]:
        registry, ratio = self._known
        columns = Columns(ratio)
        dead: list[tuple[Message, str]] = []
        for message in messages:
            try:
                decoded = self._dialect.decode(message.topic, message.payload, zone=_zone_in(registry))
            except DecodeError as error:
                dead.append((message, str(error)))
                continue
            except Exception as error:  # a bug of a decoder must not stop the others
                log.exception("decoder failed on %r", message.topic)
                dead.append((message, f"internal error: {type(error).__name__}"))
                continue
            reasons = list(decoded.refused) + _collect(decoded, registry, columns, received_at=message.received_at)
            if reasons:
                dead.append((message, "; ".join(reasons[:3]) + (" …" if len(reasons) > 3 else "")))
        return columns.batch(), dead

    def _bury(self, dead: list[tuple[Message, str]]) -> None:
        if dead:
            self._dead_letters.put_all([DeadLetter(0, m.received_at, m.topic, m.payload, why) for m, why in dead])
            self._observer.dead(len(dead))

    def _store(self, batch: Readings) -> None:
        self._observer.stored(self._series.append(batch), len(batch))

    def _safely(self, act: Callable[[], None]) -> None:
        """Until a store is back nothing is acknowledged, so the broker keeps what comes meanwhile."""
        tries = 0
        while True:
            try:
                act()
                self.away = ""
                return
            except StoreAway as error:
                self.away = str(error)
                log.warning("waiting for a store: %s", error)
                if self._stopping.wait(RETRY_S[min(tries, len(RETRY_S) - 1)]):
                    raise
                tries += 1


def _collect(decoded: Decoded, registry: Registry, columns: Columns, *, received_at: int) -> list[str]:
    """Put the parcels of known meters into the columns; the others are reasons to keep the message."""
    reasons = []
    for parcel in decoded.parcels:
        number = number_of(registry, parcel.enterprise, parcel.meter)
        if number is None:
            reasons.append(f"{UNKNOWN} {parcel.meter!r:.80} of enterprise {parcel.enterprise!r:.80}")
        else:
            columns.add(number, parcel, received_at=received_at)
    return reasons


def _zone_in(registry: Registry) -> Callable[[str, str], str | None]:
    def zone(enterprise: str, meter: str) -> str | None:
        number = number_of(registry, enterprise, meter)
        return None if number is None else registry.meters[number].timezone

    return zone
