"""The notifier: claims transitions from the outbox and takes them through the stages to phones."""

import logging
import time
from collections.abc import Callable, Mapping

from core.errors import StoreAway
from core.notification import Due
from core.ports import Channel, Outbox
from notify import stages
from notify.delivery import Delivery, Desk, Stages, Verdict
from notify.observer import Observer
from notify.patience import Patience
from notify.postman import Postman

log = logging.getLogger(__name__)

LEASE_MS = 60_000
"""A claim lasts longer than a batch can take, and short enough that a crash delays nobody for long."""

BATCH = 8

SEND_WITHIN_S = 10.0
"""How long the answers of a batch are waited for."""

STAGES: Stages = {
    "suppress": stages.suppress,
    "route": stages.route,
    "deduplicate": stages.deduplicate,
    "render": stages.render,
    "send": stages.send,
    "hear": stages.hear,
    "record": stages.record,
}
"""The road of a transition. A batch goes through it stage by stage, so that its sends overlap."""


class Notifier:
    """`drain` is called by one thread; several processes may share an outbox, which leases claims.

    clock  event time in ms UTC, for words and ages
    wall   real time in ms UTC, for leases, attempts and retries
    link   the address of an alarm's page by the alarm's id; None leaves it out
    """

    def __init__(
        self,
        outbox: Outbox,
        channels: Mapping[str, Channel],
        *,
        clock: Callable[[], int],
        wall: Callable[[], int],
        link: Callable[[int], str] | None,
        observe: Observer,
        send_within_s: float = SEND_WITHIN_S,
    ) -> None:
        self._outbox, self._clock, self._wall, self._link, self._observe = outbox, clock, wall, link, observe
        self._send_within_s = send_within_s
        self._patience = Patience()
        self._postman = Postman(outbox, channels, wall=wall, observe=observe)
        self._halted = False

    def drain(self) -> int:
        """Take everything that is due through the stages; how many transitions were closed.

        StoreAway leaves the claims to run out; every other trouble of one transition puts off that one.
        """
        closed = 0
        while not self._halted:
            batch = self._outbox.claim(now=self._wall(), lease_for=LEASE_MS, limit=BATCH)
            if not batch:
                break
            closed += self._take(batch)
        return closed

    def halt(self) -> None:
        """Let `drain` return after the batch under way; may be called from any thread."""
        self._halted = True

    def close(self) -> None:
        """Start no more sends; those under way end by their own time limit."""
        self._halted = True
        self._postman.close()

    def _take(self, batch: list[Due]) -> int:
        deliveries = [Delivery(due) for due in batch]
        desk = self._desk()
        closed = 0
        for name, stage in STAGES.items():
            verdicts = [(delivery, self._judge(stage, delivery, desk)) for delivery in deliveries]
            for delivery, verdict in verdicts:
                closed += self._settle(delivery.due, name, verdict)
            deliveries = [delivery for delivery, verdict in verdicts if not verdict.final]
        return closed

    def _desk(self) -> Desk:
        return Desk(
            outbox=self._outbox,
            routes=self._outbox.routes(),
            postman=self._postman,
            patience=self._patience,
            clock=self._clock,
            wall=self._wall,
            link=self._link,
            hear_until=time.monotonic() + self._send_within_s,
        )

    def _judge(self, stage: Callable[[Delivery, Desk], Verdict], delivery: Delivery, desk: Desk) -> Verdict:
        try:
            return stage(delivery, desk)
        except StoreAway:
            raise
        except Exception as error:
            transition = delivery.due.transition
            log.error("transition %s set aside: %s", transition, type(error).__name__, exc_info=error)
            self._observe.stumbled("stage")
            return Verdict("stumbled", retry_at=self._patience.next_try(transition, now=self._wall()))

    def _settle(self, due: Due, stage: str, verdict: Verdict) -> int:
        if not verdict.final:
            return 0
        self._observe.decided(stage, verdict.reason)
        if verdict.close is None:
            self._outbox.release(due.transition, retry_at=verdict.retry_at or self._wall())
            return 0
        self._outbox.done(due.transition, outcome=verdict.close, now=self._wall())
        self._patience.forget(due.transition)
        self._postman.forget(due.transition)
        return 1
