"""Readings that came too late for the running judgement: the record beside what comes out with them. Pure.

What stands is the running engine's: of it only the beginning is put right. Device tickets are no part of this: that
nothing came was so, whatever came later.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from core.alarm import GOES_ON, TAKEN_BACK, State, Transition
from core.interval import to_text
from core.late import Correction, Found, Recorded

FOUND = "found by late readings"

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PutRight:
    """What is to be put right in one span.

    corrections  of what is over
    standing     transitions of what stands, for the running engine's log
    begun        (rule, subject, since) → since of alarms that stand and began at another time
    settled      False: something stands at the end of the span by one account only, so the last word is not spoken
    """

    corrections: tuple[Correction, ...] = ()
    standing: tuple[Transition, ...] = ()
    begun: Mapping[tuple[str, str, int], int] = field(default_factory=dict)
    settled: bool = True


def found_in(transitions: Iterable[Transition], *, since: int) -> list[Found]:
    """The episodes that these transitions, in order, tell of and that were not over before `since`."""
    told: dict[tuple[str, str, int], list[Transition]] = {}
    for row in transitions:
        known = told.get((row.rule, row.subject, row.since))
        if known is not None:
            known.append(row)
        elif row.state is not State.NORMAL and not row.ticket:
            told[row.rule, row.subject, row.since] = [row]
    found = [_episode(tuple(story)) for story in told.values()]
    return [row for row in found if row.cleared_at is None or row.cleared_at >= since]


def concerned(without: Sequence[Found], with_late: Sequence[Found], recorded: Sequence[Recorded]) -> frozenset[Key]:
    """(rule, subject) of which the late readings change something, or may have changed something earlier."""
    before, after = _facts(without), _facts(with_late)
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return frozenset(changed | {(row.alarm.rule, row.alarm.subject) for row in recorded if row.revised})


def put_right(
    recorded: Sequence[Recorded], found: Sequence[Found], *, start: int, end: int, about: frozenset[Key]
) -> PutRight:
    """Compare what is recorded with what is found in [start, end], ms UTC, of the rules and subjects named."""
    parts = [
        _Comparison(
            [row for row in recorded if (row.alarm.rule, row.alarm.subject) == key and row.alarm.since <= end],
            [row for row in found if (row.rule, row.subject) == key],
            start=start,
            end=end,
        ).result()
        for key in sorted(about)
    ]
    return PutRight(
        tuple(row for part in parts for row in part.corrections),
        tuple(row for part in parts for row in part.standing),
        {episode: since for part in parts for episode, since in part.begun.items()},
        all(part.settled for part in parts),
    )


class _Comparison:
    """Of one rule and subject. Each episode is dealt with once: `left` and `open` are those that are not yet."""

    def __init__(self, recorded: list[Recorded], found: list[Found], *, start: int, end: int) -> None:
        self._start, self._end = start, end
        self._recorded, self._found = recorded, found
        self._corrections: list[Correction] = []
        self._standing: tuple[Transition, ...] = ()
        self._begun: dict[tuple[str, str, int], int] = {}
        self._settled = True

    def result(self) -> PutRight:
        self._stands()
        self._match(lambda known, row: known.alarm.since == row.since)
        self._match(lambda known, row: not known.taken_back and _overlap(known, row, self._end))
        for known in self._recorded:
            if not known.taken_back:
                self._corrections.append(Correction(known.alarm, None, TAKEN_BACK))
        self._corrections += [Correction(None, row, FOUND) for row in self._found]
        return PutRight(tuple(self._corrections), self._standing, self._begun, self._settled)

    def _stands(self) -> None:
        """Deal with what stands at the end, by the record or by the readings."""
        mine = next((row for row in self._recorded if self._stands_on(row)), None)
        theirs = next((row for row in self._found if row.cleared_at is None), None)
        if mine is not None:
            self._recorded.remove(mine)
        if theirs is not None:
            self._found.remove(theirs)
        if mine is not None and theirs is not None:
            if mine.alarm.since != theirs.since and max(mine.alarm.since, theirs.since) >= self._start:
                self._begin(mine, theirs)
        elif mine is not None or theirs is not None:
            self._leave(mine.alarm.since if mine is not None else theirs.since)  # type: ignore[union-attr]

    def _stands_on(self, row: Recorded) -> bool:
        cleared_at = row.alarm.cleared_at
        return not row.taken_back and (row.is_open or (cleared_at is not None and cleared_at > self._end))

    def _begin(self, mine: Recorded, theirs: Found) -> None:
        """Move the beginning of what stands; where an earlier episode has that name, it is the one that goes on."""
        if not mine.is_open:  # over meanwhile: the next comparison has it among what is over
            self._leave(min(mine.alarm.since, theirs.since))
            return
        self._begun = {(mine.alarm.rule, mine.alarm.subject, mine.alarm.since): theirs.since}
        taken = next((row for row in self._recorded if row.alarm.since == theirs.since), None)
        if taken is None:
            reason = f"late readings show that it began at {to_text(theirs.since)}, not at {to_text(mine.alarm.since)}"
            moved = _transition(mine, State.ACTIVE, at=self._end, reason=reason)
            self._standing = (replace(moved, since=theirs.since, revises=mine.alarm.since),)
        else:
            self._recorded.remove(taken)
            self._standing = (
                _transition(mine, State.NORMAL, at=self._end, reason=TAKEN_BACK),
                _transition(taken, State.ACTIVE, at=self._end, reason=GOES_ON),
            )

    def _leave(self, since: int) -> None:
        """Say nothing of what was at that time or later."""
        self._settled = False
        self._recorded = [row for row in self._recorded if (row.alarm.cleared_at or self._end) < since]
        self._found = [row for row in self._found if (row.cleared_at or self._end) < since]

    def _match(self, alike: Callable[[Recorded, Found], bool]) -> None:
        for known in list(self._recorded):
            row = next((row for row in self._found if alike(known, row)), None)
            if row is not None:
                self._recorded.remove(known)
                self._found.remove(row)
                self._move(known, row)

    def _move(self, known: Recorded, row: Found) -> None:
        alarm = known.alarm
        since = alarm.since if max(alarm.since, row.since) < self._start else row.since
        same = (alarm.since, alarm.cleared_at, alarm.severity) == (since, row.cleared_at, row.severity)
        if not same or known.taken_back:
            self._corrections.append(Correction(alarm, replace(row, since=since), _lasted(known, row)))


def _episode(story: tuple[Transition, ...]) -> Found:
    first, last = story[0], story[-1]
    cleared_at = last.at if last.state is State.NORMAL else None
    severity = max(row.severity for row in story)
    return Found(first.rule, first.subject, first.enterprise, first.since, cleared_at, severity, story)


def _facts(found: Sequence[Found]) -> dict[Key, list[tuple[int, int | None, int]]]:
    ordered = sorted(found, key=lambda row: (row.rule, row.subject, row.since))
    grouped = groupby(ordered, key=lambda row: (row.rule, row.subject))
    return {key: [(row.since, row.cleared_at, row.severity) for row in rows] for key, rows in grouped}


def _overlap(known: Recorded, row: Found, end: int) -> bool:
    cleared_at = end if known.alarm.cleared_at is None else known.alarm.cleared_at
    return known.alarm.since <= (row.cleared_at or end) and row.since <= cleared_at


def _lasted(known: Recorded, row: Found) -> str:
    if known.taken_back:
        return "borne out by late readings after all"
    until = "now" if row.cleared_at is None else to_text(row.cleared_at)
    return f"late readings show that it lasted from {to_text(row.since)} until {until}"


def _transition(known: Recorded, state: State, *, at: int, reason: str) -> Transition:
    alarm = known.alarm
    return Transition(
        at=at,
        rule=alarm.rule,
        subject=alarm.subject,
        enterprise=alarm.enterprise,
        severity=alarm.severity,
        state=state,
        since=alarm.since,
        reason=reason,
    )
