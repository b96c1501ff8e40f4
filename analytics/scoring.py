"""How well rules find what is known to have happened: events against episodes.

An episode is one time that a rule was active for a subject. It matches an event of its rule and enterprise (and
subject, where the event names any) whose span, with half an hour after it, contains the episode's `since` or `at`.
An episode matches one event; further episodes of the same event are repeats. What a filing suppressed was announced:
it is neither found nor false.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from core.alarm import State, Transition
from core.interval import DAY_MS, MINUTE_MS

AFTER_MS = 30 * MINUTE_MS
"""An alarm may come, or come again, so long after the end of its event."""

NEARBY_MS = 180 * MINUTE_MS
"""What the truth had so near to a miss or to a false alarm is told with it."""

MONTH_MS = 30 * DAY_MS


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a rule has to see, over [from, to) in ms UTC.

    subjects  what the alarm may be about; empty: anything of the enterprise
    severity  the highest that its length and depth reach
    due_at    when the first alarm is due, the rule's on-delay included; None where the definition gives no instant
    required  False: the rule may see it or not; an alarm there is neither found nor false, none is no miss
    """

    rule: str
    enterprise: str
    subjects: tuple[str, ...]
    from_at: int
    to_at: int
    severity: int = 1
    due_at: int | None = None
    note: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class Trap:
    """Something over [from, to) in ms UTC that looks like an event of `rule` and is none."""

    rule: str
    enterprise: str
    from_at: int
    to_at: int
    note: str


@dataclass(frozen=True, slots=True)
class Episode:
    """One time that a rule was active for a subject: since, first active at, highest severity reached."""

    rule: str
    subject: str
    enterprise: str
    since: int
    at: int
    severity: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A miss, or a false alarm; `nearby` is what the truth had there, in words."""

    kind: str
    rule: str
    enterprise: str
    subject: str
    at: int
    severity: int
    note: str
    nearby: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """What came of one rule. `delays_ms` are of the events found: first active − due.

    spared  episodes of events that need not be seen
    low     events found whose highest severity was never reached
    """

    rule: str
    events: int = 0
    found: int = 0
    false: int = 0
    repeats: int = 0
    spared: int = 0
    low: int = 0
    delays_ms: tuple[int, ...] = ()
    faults: tuple[Fault, ...] = field(default=(), repr=False)

    @property
    def missed(self) -> int:
        return self.events - self.found

    @property
    def precision(self) -> float | None:
        """Share of alarms that were right, repeats aside; None without alarms."""
        return self.found / (self.found + self.false) if self.found + self.false else None

    @property
    def recall(self) -> float | None:
        """Share of events that were found; None without events."""
        return self.found / self.events if self.events else None

    @property
    def median_delay_ms(self) -> float | None:
        return median(self.delays_ms) if self.delays_ms else None

    def false_a_month(self, *, enterprises: int, span_ms: int) -> float:
        """False alarms per enterprise and 30 days."""
        return self.false / max(enterprises, 1) / max(span_ms / MONTH_MS, 1e-9)


class Episodes:
    """Gathers the episodes out of transitions as they come."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, int], Episode] = {}

    def add(self, transitions: Iterable[Transition]) -> None:
        for row in transitions:
            if row.state is not State.ACTIVE:
                continue
            key = (row.rule, row.subject, row.since)
            before = self._known.get(key)
            at, severity = (before.at, before.severity) if before else (row.at, row.severity)
            reason = before.reason if before else row.reason
            self._known[key] = Episode(
                row.rule, row.subject, row.enterprise, row.since, at, max(severity, row.severity), reason
            )

    def of(self, rule: str) -> list[Episode]:
        """In order of the first active transition."""
        return sorted((row for row in self._known.values() if row.rule == rule), key=lambda row: (row.at, row.subject))


def score(rule: str, events: Sequence[Event], episodes: Sequence[Episode], *, near: "Nearby") -> Score:
    """One rule's events against its episodes; both may hold other rules', which are left aside."""
    mine = [event for event in events if event.rule == rule]
    seen: dict[Event, list[Episode]] = {event: [] for event in mine}
    by_enterprise: dict[str, list[Event]] = {}
    for event in mine:
        by_enterprise.setdefault(event.enterprise, []).append(event)
    false: list[Episode] = []
    for episode in episodes:
        if episode.rule == rule:
            found = _event_of(episode, by_enterprise.get(episode.enterprise, []), seen)
            (false if found is None else seen[found]).append(episode)
    return _scored(rule, seen, false, near)


def _event_of(episode: Episode, events: list[Event], seen: dict[Event, list[Episode]]) -> Event | None:
    """Required events that nothing has matched yet come first, then those that have been, then the others."""
    candidates = [event for event in events if matches(event, episode)]
    return min(candidates, key=lambda event: (not event.required, bool(seen[event])), default=None)


def matches(event: Event, episode: Episode) -> bool:
    """Whether an episode of the event's rule and enterprise is the event."""
    if event.subjects and episode.subject not in event.subjects:
        return False
    return any(event.from_at <= at <= event.to_at + AFTER_MS for at in (episode.since, episode.at))


def _scored(rule: str, seen: dict[Event, list[Episode]], false: list[Episode], near: "Nearby") -> Score:
    required = {event: found for event, found in seen.items() if event.required}
    found = {event: rows for event, rows in required.items() if rows}
    missed = [event for event, rows in required.items() if not rows]
    return Score(
        rule,
        events=len(required),
        found=len(found),
        false=len(false),
        repeats=sum(len(rows) - 1 for rows in found.values()),
        spared=sum(len(rows) for event, rows in seen.items() if not event.required),
        low=sum(max(row.severity for row in rows) < event.severity for event, rows in found.items()),
        delays_ms=tuple(
            min(row.at for row in rows) - event.due_at for event, rows in found.items() if event.due_at is not None
        ),
        faults=(*(near.miss(event) for event in missed), *(near.false_alarm(row) for row in false)),
    )


class Nearby:
    """The whole truth by enterprise, to tell people what lay near a fault."""

    def __init__(self, events: Iterable[Event], traps: Iterable[Trap]) -> None:
        self._rows: dict[str, list[tuple[int, int, str]]] = {}
        for event in events:
            words = f"{event.rule} {' '.join(event.subjects)} ({event.note})"
            self._rows.setdefault(event.enterprise, []).append((event.from_at, event.to_at, words))
        for trap in traps:
            words = f"trap for {trap.rule}: {trap.note}"
            self._rows.setdefault(trap.enterprise, []).append((trap.from_at, trap.to_at, words))

    def miss(self, event: Event) -> Fault:
        subject = event.subjects[0] if event.subjects else event.enterprise
        near = tuple(words for words in self._near(event.enterprise, event.from_at, event.to_at))
        return Fault("miss", event.rule, event.enterprise, subject, event.from_at, event.severity, event.note, near)

    def false_alarm(self, row: Episode) -> Fault:
        near = tuple(self._near(row.enterprise, row.since, row.at))
        return Fault("false", row.rule, row.enterprise, row.subject, row.at, row.severity, row.reason, near)

    def _near(self, enterprise: str, from_at: int, to_at: int) -> list[str]:
        return [
            words
            for begin, end, words in self._rows.get(enterprise, [])
            if begin < to_at + NEARBY_MS and from_at - NEARBY_MS < end
        ]
