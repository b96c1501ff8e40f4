"""What a back-test gives: the alarms of a span under two settings, side by side."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from core.alarm import State, Transition
from core.interval import to_datetime, zone
from core.records import Unjudged
from core.registry import DEFAULT_ZONE

Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Episode:
    """One time that a rule's condition held. Instants are ms UTC.

    silenced    a filing explained all of it: nobody would have been told
    ended_at    None where it still stood at the end
    conclusion  what the case about it came to; None where none has judged it yet
    """

    rule: str
    subject: str
    enterprise: str
    severity: int
    since: int
    raised_at: int
    ended_at: int | None
    reason: str
    ticket: bool = False
    silenced: bool = False
    conclusion: str | None = None

    def meets(self, other: "Episode") -> bool:
        """The same rule on the same subject at the same time, at least in part."""
        if (self.rule, self.subject) != (other.rule, other.subject):
            return False
        ends_before = self.ended_at is not None and self.ended_at < other.since
        begins_after = other.ended_at is not None and other.ended_at < self.since
        return not (ends_before or begins_after)


@dataclass(frozen=True)
class Outcome:
    """What one setting finds in the span: episodes by the time they were raised, and what it could not judge."""

    episodes: tuple[Episode, ...]
    unjudged: tuple[Unjudged, ...]
    zones: dict[str, str]

    @cached_property
    def alarms(self) -> tuple[Episode, ...]:
        """Those that would have told somebody of a violation: no tickets, nothing that filings silenced."""
        return tuple(row for row in self.episodes if not row.ticket and not row.silenced)

    @property
    def tickets(self) -> tuple[Episode, ...]:
        return tuple(row for row in self.episodes if row.ticket)

    @property
    def silenced(self) -> tuple[Episode, ...]:
        return tuple(row for row in self.episodes if row.silenced and not row.ticket)

    @property
    def judged(self) -> tuple[Episode, ...]:
        """Alarms that cases have come to a conclusion on."""
        return tuple(row for row in self.alarms if row.conclusion is not None)

    @cached_property
    def by_severity(self) -> dict[int, int]:
        found = Counter(row.severity for row in self.alarms)
        return {severity: found[severity] for severity in (1, 2, 3)}

    @cached_property
    def by_enterprise(self) -> dict[str, tuple[int, ...]]:
        """Alarms of each enterprise by local hour of the day at which they were raised, 24 numbers."""
        found: dict[str, list[int]] = {}
        for row in self.alarms:
            local = to_datetime(row.raised_at).astimezone(zone(self.zones.get(row.enterprise, DEFAULT_ZONE)))
            found.setdefault(row.enterprise, [0] * 24)[local.hour] += 1
        return {enterprise: tuple(hours) for enterprise, hours in found.items()}

    @cached_property
    def by_hour(self) -> tuple[int, ...]:
        """Alarms of all enterprises by local hour of the day, 24 numbers."""
        return tuple(sum(hours) for hours in zip(*self.by_enterprise.values(), strict=True)) or (0,) * 24


@dataclass(frozen=True)
class Comparison:
    """Today's setting and the tried one over [start, end), ms UTC."""

    start: int
    end: int
    today: Outcome
    tried: Outcome

    @cached_property
    def new(self) -> tuple[Episode, ...]:
        """Alarms that only the tried setting raises."""
        return _without(self.tried.alarms, self.today.alarms)

    @cached_property
    def gone(self) -> tuple[Episode, ...]:
        """Alarms that only today's setting raises."""
        return _without(self.today.alarms, self.tried.alarms)

    @property
    def same(self) -> int:
        """How many alarms of the tried setting today's raises too."""
        return len(self.tried.alarms) - len(self.new)


def episodes(transitions: Iterable[Transition], *, start: int, end: int) -> list[Episode]:
    """The episodes raised in [start, end), in order of that."""
    found: dict[Key, Episode] = {}
    for row in sorted(transitions, key=lambda one: one.at):
        key = (row.rule, row.subject, row.since)
        before = found.get(key)
        if row.state is State.NORMAL:
            if before is not None:
                found[key] = replace(before, ended_at=row.at)
        elif row.at < end:
            found[key] = _raised(before, row)
    return sorted((row for row in found.values() if row.raised_at >= start), key=lambda row: row.raised_at)


def _raised(before: Episode | None, row: Transition) -> Episode:
    silenced = row.state is State.SUPPRESSED
    if before is None:
        what = (row.rule, row.subject, row.enterprise, row.severity)
        return Episode(*what, row.since, row.at, None, row.reason, row.ticket, silenced)
    severity = max(before.severity, row.severity)
    return replace(before, severity=severity, silenced=before.silenced and silenced, ended_at=None, reason=row.reason)


def _without(rows: Iterable[Episode], others: Iterable[Episode]) -> tuple[Episode, ...]:
    by_subject: dict[tuple[str, str], list[Episode]] = {}
    for other in others:
        by_subject.setdefault((other.rule, other.subject), []).append(other)
    return tuple(row for row in rows if not any(row.meets(o) for o in by_subject.get((row.rule, row.subject), ())))
