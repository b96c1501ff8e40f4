"""The story of an alarm: its changes in order, who was told, who took note."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.alarm import Alarm
from core.records import Dossier, Notification, RecordedTransition


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


def subject_in_words(dossier: Dossier | None, subject: str) -> str:
    """A subject like `L1/dust` or `M1/p/above` with its line or facility called by name."""
    if dossier is None:
        return subject
    first, *rest = subject.split("/")
    names = {line.id: line.name for line in dossier.lines}
    names |= {facility.id: facility.name or facility.id for facility in dossier.facilities}
    names |= {row.meter.id: f"{names[row.meter.facility]} {row.meter.id}" for row in dossier.meters}
    return " · ".join([names.get(first, first), *rest[:1]])
