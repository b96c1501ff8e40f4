"""Who is supervised, and what is known of them."""

from collections.abc import Sequence
from typing import Protocol

from core.facility_state import FacilityState, ReportedRun
from core.imbalance import Imbalance
from core.jurisdiction import Scope
from core.parameters import Change, Version
from core.ratios import RatioHistory
from core.records import (
    Dossier,
    FocusEntry,
    ListedEnterprise,
    Page,
)
from core.registry import Registry


class RegistryBook(Protocol):
    """The registry in the database. Parameters (core/parameters.py) are versioned; nothing of them is overwritten."""

    def load(self, at: int | None = None, *, known: int | None = None) -> Registry:
        """The whole registry, meters in the order of their numbers.

        at     as it was, or will be, in force at that instant; None: as it is now
        known  by the versions that were known when the registry's version was this one; None: by all of them
        """
        ...

    def version(self, now: int | None = None) -> int:
        """Grows with every change, and with every one that takes effect by `now`, which is brought into force."""
        ...

    def save(self, registry: Registry, *, by: str, now: int, effective_at: int | None = None) -> bool:
        """Insert and update all rows in one transaction; rows that are not named stay. False: nothing changed.

        Parameters change from `effective_at` on, by default from now.
        """
        ...

    def changes(self, start: int, end: int) -> list[int]:
        """Instants in (start, end), ascending, at which some parameter changed."""
        ...

    def set_parameters(
        self, changes: Sequence[Change], *, by: str, reason: str, effective_at: int, now: int
    ) -> list[Version]:
        """Record changes of a named person, in force from an instant past or to come; what changes nothing is left out.

        NotAllowed where the name, the reason, or a row that a change refers to is missing.
        """
        ...

    def versions(
        self,
        scope: Scope,
        *,
        subjects: Sequence[str] | None = None,
        enterprise: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Version]:
        """Recorded versions of those subjects, or of all; the newest first, of ids below `before`, 501 at most."""
        ...

    def ratios(self) -> tuple[RatioHistory, ...]:
        """Of the meters whose ratio was ever changed or corrected."""
        ...


class DossierBook(Protocol):
    def enterprises(
        self,
        scope: Scope,
        *,
        limit: int,
        cursor: str | None = None,
        district: str | None = None,
        search: str | None = None,
    ) -> Page[ListedEnterprise]: ...

    def dossier(self, scope: Scope, enterprise: str) -> Dossier | None: ...

    def districts(self, scope: Scope) -> list[tuple[str, int, int]]:
        """(district, enterprises, active alarms) for every district of the scope."""
        ...


class StateBook(Protocol):
    """What stations say of their facilities: changes are kept, and how long each state was seen."""

    def record(self, states: Sequence[FacilityState], *, now: int) -> int:
        """Write what is new, in one transaction; return how many runs of a state began by it.

        Any order will do, and repeats change nothing: the key is (station, facility, at), and the first one stays.
        """
        ...

    def states(self, scope: Scope, enterprise: str) -> list[ReportedRun]:
        """The newest run of every facility whose station is named by one of the enterprise's meters.

        A station is named by a meter's address (or id), or by the part of it before "/". Ordered by both names.
        """
        ...


class FocusBook(Protocol):
    def save(self, results: Sequence[Imbalance], *, now: int) -> None:
        """Replace the current screening by these results, keeping the old one as history."""
        ...

    def focus_list(self, scope: Scope) -> list[FocusEntry]:
        """Flagged entries of the newest screening: without a remark first, the steepest ratio first."""
        ...

    def entry(self, scope: Scope, enterprise: str) -> FocusEntry | None:
        """The newest result of an enterprise, flagged or not."""
        ...

    def flagged(self) -> int:
        """How many entries the newest screening flags without a remark."""
        ...
