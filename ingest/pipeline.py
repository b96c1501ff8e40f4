"""The road of a batch of messages: decode, check, store, evaluate — and only then may it be acknowledged."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from core.errors import NightwattError, StoreAway
from core.facility_state import FacilityState
from core.ports import DeadLetters, SeriesStore
from core.readings import Readings
from core.records import DeadLetter
from core.registry import Registry
from ingest.columns import ClockLimits
from ingest.decoders import DECODERS, Dialect
from ingest.decoding import Decoding, Found
from ingest.message import Answer, Message
from ingest.quality import Circuits, circuits
from ingest.routing import Routing

log = logging.getLogger(__name__)

RETRY_S = (0.1, 0.5, 1, 2, 5)


class Evaluator(Protocol):
    def evaluate(self, batch: Readings, *, now: int) -> None:
        """Judge the batch and commit what changed. Repeating it after StoreAway is harmless."""
        ...


class Marking(Protocol):
    def use(self, circuits: Circuits) -> None: ...

    def mark(self, batch: Readings) -> Readings:
        """The same readings with what is doubtful about them."""
        ...


class States(Protocol):
    def record(self, states: Sequence[FacilityState], *, now: int) -> int:
        """Keep what facilities say of themselves; repeats change nothing. Raises StoreAway."""
        ...


class Observer(Protocol):
    def stored(self, new: int, received: int) -> None: ...

    def dead(self, count: int) -> None: ...

    def remarked(self, remarks: Mapping[str, int]) -> None:
        """How often decoders found something odd."""
        ...

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
        dialects: Mapping[str, Dialect] = DECODERS,
        marking: Marking | None = None,
        states: States | None = None,
        clocks: ClockLimits = ClockLimits(),  # noqa: B008 — frozen
        refresh: Callable[[], bool] = lambda: False,
    ) -> None:
        self._series, self._evaluator, self._dead_letters = series, evaluator, dead_letters
        self._marking, self._states = marking, states
        self._clock, self._observer, self._stopping = clock, observer, stopping
        self._refresh = refresh
        self.routing = Routing(dialects)
        self._clocks = clocks
        self.away = ""
        self._registry: Registry | None = None
        self.use(registry)

    def use(self, registry: Registry) -> None:
        """Go by another registry from the next batch on. May be called from any thread."""
        self._renewed = registry

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
                poison = [(messages[0], _why(error))]
                self._safely(lambda: self._bury(poison))
                return
            middle = len(messages) // 2
            self.run(messages[:middle])
            self.run(messages[middle:])

    def _run(self, messages: Sequence[Message]) -> None:
        self._take_up()
        found = self._decode(messages)
        if not found.knows_all and self._is_renewed():
            self._take_up()
            found = self._decode(messages)
        self._safely(lambda: self._bury(found.dead))
        if len(found.batch):
            batch = self._marking.mark(found.batch) if self._marking else found.batch
            self._safely(lambda: self._store(batch))
            self._safely(lambda: self._evaluator.evaluate(batch, now=self._clock()))
        if found.states and self._states:
            book = self._states
            self._safely(lambda: book.record(found.states, now=self._clock()))
        if found.remarks:
            self._observer.remarked(found.remarks)
        _answer(found.answers)
        done = time.monotonic()
        self._observer.committed([done - m.arrived for m in messages])

    def _is_renewed(self) -> bool:
        """Without the database nobody can say whether a meter is unknown: then that is waited for, too."""
        renewed = False

        def ask() -> None:
            nonlocal renewed
            renewed = self._refresh()

        self._safely(ask)
        return renewed

    def _take_up(self) -> None:
        """On the road's own thread: what is marked must not change its registry in the middle of a batch."""
        registry = self._renewed
        if registry is not self._registry:
            self._registry = registry
            self._decoding = Decoding(registry, self.routing, clocks=self._clocks)
            if self._marking:
                self._marking.use(circuits(registry))

    def _decode(self, messages: Sequence[Message]) -> Found:
        return self._decoding.decode(messages)

    def _bury(self, dead: list[tuple[Message, str]]) -> None:
        if dead:
            letters = [
                DeadLetter(0, part.received_at, part.topic, part.payload, why)
                for message, why in dead
                for part in message.parts or (message,)
            ]
            self._dead_letters.put_all(letters)
            self._observer.dead(len(dead))

    def _store(self, batch: Readings) -> None:
        self._observer.stored(self._series.append(batch), len(batch))

    def _safely(self, act: Callable[[], object]) -> None:
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


def _why(error: Exception) -> str:
    """What is raised on purpose says it itself, as a store that will never take a reading does."""
    return str(error) if isinstance(error, NightwattError) else f"internal error: {type(error).__name__}"


def _answer(answers: Sequence[tuple[Message, Answer]]) -> None:
    """What devices wait to hear, once their messages are safe."""
    for message, answer in answers:
        if message.origin is not None:
            message.origin.answer(message, answer)
