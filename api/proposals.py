"""Learnt proposals for the facilities of one enterprise: made when they are asked for, and kept for a while."""

from collections import OrderedDict
from threading import BoundedSemaphore, Lock

from analytics.corrected import Corrected
from analytics.learning.learner import learn
from analytics.learning.proposal import Proposal
from api.problems import Problem
from api.services import Services
from core.interval import DAY_MS, HOUR_MS
from core.registry import Registry

DAYS = 30
MOST_FACILITIES = 200
KEPT = 128
WAIT_S = 20.0

_Key = tuple[str, int, int]


class Proposals:
    """Each is good for the hour and the version of the registry; one enterprise is learnt at a time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, tuple[Proposal, ...]] = OrderedDict()
        self._lock, self._learning = Lock(), BoundedSemaphore(1)

    def of(self, services: Services, registry: Registry, enterprise: str) -> tuple[Proposal, ...]:
        """From the readings of the last 30 days; Problem 503 while others are waiting. StoreAway as the store says."""
        key = (enterprise, registry.version, services.clock() // HOUR_MS)
        if (known := self._known(key)) is not None:
            return known
        if not self._learning.acquire(timeout=WAIT_S):
            raise Problem(503, "another enterprise is being learnt; try again shortly", headers={"Retry-After": "10"})
        try:
            known = self._known(key)  # somebody else may have asked for the same meanwhile
            return self._keep(key, _learnt(services, registry, enterprise)) if known is None else known
        finally:
            self._learning.release()

    def _known(self, key: _Key) -> tuple[Proposal, ...] | None:
        with self._lock:
            return self._kept.get(key)

    def _keep(self, key: _Key, found: tuple[Proposal, ...]) -> tuple[Proposal, ...]:
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def _learnt(services: Services, registry: Registry, enterprise: str) -> tuple[Proposal, ...]:
    now = services.clock()
    history = Corrected(services.series, services.registry.ratios())
    wanted = [row.id for row in registry.facilities_of(enterprise)][:MOST_FACILITIES]
    return tuple(learn(registry, history, start=now - DAYS * DAY_MS, end=now, facilities=wanted))
