"""The story of an alarm: its changes in order, who was told, who took note."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.alarm import Alarm
from core.records import Notification, RecordedTransition


@dataclass(frozen=True, slots=True)
class Chapter:
    """A change of the condition with those who were told of it, or (without one) an acknowledgement."""

    at: int
    transition: RecordedTransition | None = None
    told: tuple[Notification, ...] = ()
    by: str | None = None


def story(
    alarm: Alarm, transitions: Sequence[RecordedTransition], notifications: Sequence[Notification]
) -> list[Chapter]:
    """Chapters in the order in which they happened."""
    chapters = [
        Chapter(row.at, transition=row, told=tuple(n for n in reversed(notifications) if n.transition == row.id))
        for row in transitions
    ]
    if alarm.acknowledged_at is not None:
        chapters.append(Chapter(alarm.acknowledged_at, by=alarm.acknowledged_by))
    return sorted(chapters, key=lambda chapter: chapter.at)
