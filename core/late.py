"""What readings concern that came too late for the running judgement, and what judging them again puts right.

An *episode* is as in core/alarm.py; here it is known by its beginning and end, whoever found it.
"""

from dataclasses import dataclass

from core.alarm import OPEN, Alarm, Transition


@dataclass(frozen=True, slots=True)
class LateNote:
    """An enterprise has readings since `since` that no rule has seen. Instants are ms UTC.

    times   how often it was noted: who judges takes off only the note that was there when judging began
    due_at  when it is to be judged
    """

    enterprise: str
    since: int
    noted_at: int
    times: int
    due_at: int


@dataclass(frozen=True, slots=True)
class Found:
    """An episode that comes out of judging again; `cleared_at` is None where it stands at the end of the span."""

    rule: str
    subject: str
    enterprise: str
    since: int
    cleared_at: int | None
    severity: int
    story: tuple[Transition, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """An alarm on record.

    taken_back  late readings showed that it never was; it may be borne out again
    revised     late readings have changed it before
    """

    alarm: Alarm
    taken_back: bool = False
    revised: bool = False

    @property
    def is_open(self) -> bool:
        return self.alarm.state in OPEN


@dataclass(frozen=True, slots=True)
class Correction:
    """One episode to be put right, none of which stands now.

    recorded only: it is taken back; found only: it is recorded, and nobody is told; both: it is moved.
    """

    recorded: Alarm | None
    found: Found | None
    reason: str
