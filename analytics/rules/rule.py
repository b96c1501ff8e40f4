"""What the engine asks of a rule."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from analytics.plant import Plant
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

    @abstractmethod
    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        """(reason, evidence) for an alarm of that subject raised now: the inputs and parameters used."""
