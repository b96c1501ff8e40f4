"""The words on the phone: short, in the route's language, in the enterprise's local time."""

from core.alarm import State
from core.interval import MINUTE_MS, to_datetime, zone
from core.notification import Due, Message
from notify.evidence import in_words
from notify.words import LANGUAGES, Words, one_line

TOLD_LATE_MS = 5 * MINUTE_MS
"""A message that leaves this long after the event says so."""


def message(due: Due, *, route: int, language: str, now: int, link: str | None, repeat: bool) -> Message:
    """The message of a transition for one route; an unknown language is read as Chinese.

    `now` is event time. The key is the same for every attempt. A return to normal has severity 0.
    """
    words = LANGUAGES.get(language, LANGUAGES["zh"])
    return Message(
        key=f"nightwatt-{due.transition}-{route}",
        title=title(due, words) + (words.repeat if repeat else ""),
        body="\n".join([*lines(due, words, now=now), *([link] if link else []), f"#{due.transition}"]),
        severity=0 if due.state is State.NORMAL else due.severity,
        link=link,
        repeat=repeat,
    )


def title(due: Due, words: Words) -> str:
    """Level, enterprise and rule on one line."""
    back = due.state is State.NORMAL
    level = words.returned if back else words.severity.get(due.severity, str(due.severity))
    rule = words.rules.get(due.rule, (due.rule, ""))[0]
    return words.title.format(level=level, enterprise=one_line(due.enterprise_name, 40), rule=one_line(rule, 40))


def lines(due: Due, words: Words, *, now: int) -> list[str]:
    """What runs and what does not, since when, whether it was filed, where and, failing better words, why."""
    found = [
        *what_and_when(due, words),
        # Of an alarm that a filing explains this would be untrue, of one that is over it is idle.
        words.unfiled if due.state is State.ACTIVE else "",
        words.subject.format(subject=one_line(due.subject, 60)),
        *why(due, words),
        words.late.format(minutes=(now - due.at) // MINUTE_MS) if now - due.at >= TOLD_LATE_MS else "",
    ]
    return [line for line in found if line]


def what_and_when(due: Due, words: Words) -> list[str]:
    """The evidence in words, else the rule's own; then the span, without a duration below a minute."""
    minutes = max(0, due.at - due.since) // MINUTE_MS
    span = {"since": local_time(due.since, due.timezone), "at": local_time(due.at, due.timezone), "minutes": minutes}
    if due.state is State.NORMAL:
        return [(words.over if minutes else words.over_at_once).format(**span)]
    what = told(due, words) or [words.rules.get(due.rule, ("", ""))[1]]
    return [*what, (words.since if minutes else words.since_now).format(**span)]


def why(due: Due, words: Words) -> list[str]:
    """The rule's reason, in English, where nothing better was said; a return to normal speaks for itself."""
    if due.state is State.NORMAL or not due.reason or told(due, words):
        return []
    return [words.reason.format(reason=one_line(due.reason, 200))]


def told(due: Due, words: Words) -> list[str]:
    """What the evidence says, in words; empty where it says nothing that can be read."""
    return in_words(due.rule, due.evidence, words)


def local_time(ms: int, tz: str) -> str:
    """Month, day and minute as a clock on the enterprise's wall shows them."""
    return to_datetime(ms).astimezone(zone(tz)).strftime("%m-%d %H:%M")
