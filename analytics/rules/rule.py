"""What the engine asks of a rule."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analytics.plant import Plant
from analytics.stretch import Stretch
from analytics.timers import Timers, Verdicts
from core.filing import Announced
from core.registry import Registry


@dataclass(frozen=True, slots=True)
class Subject:
    """What one alarm is about, and which announcement would explain it."""

    name: str
    enterprise: str
    facilities: frozenset[str]
    explained_by: frozenset[Announced]


class Rule(ABC):
    """A condition over the plant, compiled for one registry; all subjects are judged in one numpy step."""

    id: ClassVar[str]
    subjects: tuple[Subject, ...]
    timers: Timers

    @abstractmethod
    def __init__(self, registry: Registry) -> None: ...

    @abstractmethod
    def judge(self, plant: Plant) -> Verdicts:
        """A verdict for every condition, from the readings so far."""

    def heeds(self, stretch: Stretch) -> NDArray[np.bool_]:
        """(m,) Meters whose readings in this batch must be judged wave by wave; all, unless a rule knows better.

        The readings of the others are taken in at once, before the first wave. Leave out only those without which
        every wave raises, ends and delays the same.
        """
        return np.ones(len(stretch.plant.last_ts), dtype=np.bool_)

    @abstractmethod
    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        """(reason, evidence) for an alarm of that subject raised now: the inputs and parameters used."""
