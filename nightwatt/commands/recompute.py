"""`nightwatt recompute`: an alarm's transitions judged again from stored readings and the registry of their time."""

import json
import sys
from contextlib import closing
from typing import TextIO

from analytics.corrected import Corrected
from analytics.recompute import Recomputed, recompute
from core.alarm import Alarm, Transition
from core.errors import SetupError
from core.jurisdiction import CITY
from core.records import RecordedTransition
from nightwatt.books import Books, open_books
from nightwatt.commands.backtest import line
from nightwatt.series import open_series
from nightwatt.settings import Settings

SAME, DIFFERENT = 0, 1
TRANSITIONS = 500


def recompute_alarm(settings: Settings, alarm: int, *, out: TextIO = sys.stdout) -> int:
    """Print what was recorded and what comes out now, a transition a line; 0 where all are the same, else 1.

    SetupError where there is no such alarm, or the readings can't be opened.
    """
    books = open_books(settings)
    try:
        listed = books.alarms.alarm(CITY, alarm)
        if listed is None:
            raise SetupError(f"there is no alarm {alarm}")
        return _told(list(judged_again(settings, books, listed.alarm)), out)
    finally:
        books.database.close()


def judged_again(settings: Settings, books: Books, alarm: Alarm) -> list[Recomputed]:
    """The alarm's transitions, each with what comes out now."""
    rows = books.alarms.transitions(CITY, alarm=alarm.id, limit=TRANSITIONS)
    known = alarm.evidence.get("registry_version")
    plants = books.registry.load(alarm.since, known=known if isinstance(known, int) and known else None)
    with closing(open_series(settings, lambda: plants)) as series:
        history = Corrected(series, books.registry.ratios())
        return [recompute(_transition(row, alarm), plants, history, ruleset=settings.ruleset()) for row in rows]


def _transition(row: RecordedTransition, alarm: Alarm) -> Transition:
    """As it was; the evidence that is kept is that of the alarm's last raising."""
    own = row.reason == alarm.reason and row.severity == alarm.severity and row.state.value != "normal"
    return Transition(
        at=row.at,
        rule=row.rule,
        subject=row.subject,
        enterprise=row.enterprise,
        severity=row.severity,
        state=row.state,
        since=row.since,
        reason=row.reason,
        evidence=alarm.evidence if own else {},
        ticket=row.ticket,
    )


def _told(found: list[Recomputed], out: TextIO) -> int:
    for row in found:
        shown = {
            "same": row.is_same,
            "recorded": line(row.recorded),
            "found": None if row.found is None else line(row.found),
            "differences": list(row.differences),
        }
        print(json.dumps(shown, ensure_ascii=False), file=out)
    return SAME if all(row.is_same for row in found) else DIFFERENT
