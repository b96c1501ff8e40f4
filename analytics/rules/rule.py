"""What the engine asks of a rule."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analytics.plant import Plant
from analytics.stretch import Stretch
from analytics.timers import Timers, Verdicts
from core.filing import Announced
from core.readings import IntArray, Readings
from core.records import Unjudged
from core.registry import Registry

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Subject:
    """What one alarm is about, and which announcement would explain it."""

    name: str
    enterprise: str
    facilities: frozenset[str]
    explained_by: frozenset[Announced]


@dataclass(frozen=True, slots=True)
class NoSettings:
    """Of a rule whose parameters are in the registry."""


class Rule(ABC):
    """A condition over the plant, compiled for one registry; all subjects are judged in one numpy step.

    id       as in domain.md and in transitions
    version  grows when the same readings can lead to other transitions; it is part of the evidence
    says     what it is in one line, in Chinese and English
    Settings a frozen dataclass of its parameters with their defaults, all of them numbers
    ticket   it is about a device: what it finds is a ticket for the maintainer
    by_clock judged once a minute of the plant's clock, and so also where nothing comes; else in every wave
    quantities  columns of readings that it looks at beside p
    kept     names of arrays with one row a subject that belong to its state beside the timers
    """

    id: ClassVar[str]
    version: ClassVar[int] = 1
    says: ClassVar[dict[str, str]]
    Settings: ClassVar[type[Any]] = NoSettings
    ticket: ClassVar[bool] = False
    by_clock: ClassVar[bool] = False
    quantities: ClassVar[tuple[str, ...]] = ()
    kept: ClassVar[tuple[str, ...]] = ()
    subjects: tuple[Subject, ...]
    timers: Timers

    @abstractmethod
    def __init__(self, registry: Registry, plant: Plant, settings: Any) -> None:
        """`settings` is an instance of `Settings`. The plant knows nothing yet."""

    @abstractmethod
    def judge(self, plant: Plant) -> Verdicts:
        """A verdict for every condition, or for some of them, from the readings so far."""

    @abstractmethod
    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        """(reason, evidence) for an alarm of that subject raised now: the inputs and parameters used."""

    def hear(self, wave: Readings, plant: Plant) -> None:  # noqa: B027  most rules have no need of it
        """Look at readings, one of a meter at most, before the plant takes them in: it still has those before them."""

    def heeds(self, stretch: Stretch) -> BoolArray:
        """(m,) Meters whose readings in this batch must come wave by wave; unless a rule knows better, those of
        every enterprise that it has subjects of.

        The readings of the others are taken in at once, before the first wave, and `hear` never gets them. Leave out
        only those without which every wave raises, ends and delays the same.
        """
        watched = np.zeros(len(stretch.plant.powerless), dtype=np.bool_)
        watched[self.enterprise] = True
        found: BoolArray = watched[stretch.plant.enterprise_of_meter]
        return found

    def unjudged(self, plant: Plant) -> Iterator[Unjudged]:
        """What can't be judged now, and why. It is neither good nor a violation."""
        return iter(())

    enterprise: IntArray
    """(s,) number of each subject's enterprise; the engine fills it in."""
