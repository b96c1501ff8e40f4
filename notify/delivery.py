"""A transition on its way through the stages, and what a stage may say of it."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

from core.notification import Due, Message, Route
from core.ports import Outbox
from notify.answer import Answer
from notify.patience import Patience
from notify.postman import Postman


@dataclass(frozen=True, slots=True)
class Verdict:
    """A stage's decision with its reason. Without `close` and `retry_at` the delivery goes on.

    close     the transition is finished, with this outcome
    retry_at  give the transition back until then, wall ms
    """

    reason: str
    close: str | None = None
    retry_at: int | None = None

    @property
    def final(self) -> bool:
        """Whether no later stage sees the delivery."""
        return self.close is not None or self.retry_at is not None


@dataclass(slots=True)
class Delivery:
    """One claimed transition: the routes that are left, their messages and answers by route id."""

    due: Due
    routes: list[Route] = field(default_factory=list)
    accepted: frozenset[int] = frozenset()
    messages: dict[int, Message] = field(default_factory=dict)
    flights: dict[int, Future[Answer]] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the stages of one batch work with. `clock` is event time, `wall` real time, both ms UTC.

    hear_until  time.monotonic() until which the answers of the batch are waited for
    """

    outbox: Outbox
    routes: list[Route]
    postman: Postman
    patience: Patience
    clock: Callable[[], int]
    wall: Callable[[], int]
    link: Callable[[int], str] | None
    hear_until: float


Stage = Callable[[Delivery, Desk], Verdict]
Stages = Mapping[str, Stage]
