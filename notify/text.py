"""The words on the phone: short, in the route's language, in the enterprise's local time."""

from dataclasses import dataclass

from core.alarm import State
from core.interval import MINUTE_MS, to_datetime, zone
from core.notification import Due, Message

TOLD_LATE_MS = 5 * MINUTE_MS
"""A message that leaves this long after the event says so."""


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words. `rules` maps a rule to its short name and to what runs and what does not."""

    severity: dict[int, str]
    returned: str
    rules: dict[str, tuple[str, str]]
    title: str
    repeat: str
    since: str
    over: str
    unfiled: str
    subject: str
    reason: str
    late: str


LANGUAGES: dict[str, Words] = {
    "zh": Words(
        severity={1: "预警", 2: "报警", 3: "严重"},
        returned="恢复",
        rules={
            "interlock": ("治污停运", "产污设施在运行，治污设施未运行"),
            "threshold": ("越限", "测量值超出设定限值"),
        },
        title="【{level}】{enterprise} {rule}",
        repeat="（重发）",
        since="{since} 起，至 {at} 已 {minutes} 分钟",
        over="{since} 起，{at} 恢复正常，历时 {minutes} 分钟",
        unfiled="无报备",
        subject="对象：{subject}",
        reason="依据：{reason}",
        late="迟发：事件发生在 {minutes} 分钟前",
    ),
    "en": Words(
        severity={1: "PRE-WARNING", 2: "ALARM", 3: "CRITICAL"},
        returned="BACK TO NORMAL",
        rules={
            "interlock": ("treatment off", "Production runs, treatment does not run"),
            "threshold": ("limit crossed", "A measured value is outside its limit"),
        },
        title="[{level}] {enterprise}: {rule}",
        repeat=" (repeat)",
        since="Since {since}, {minutes} min by {at}",
        over="From {since} to {at}, {minutes} min",
        unfiled="No filing covers it",
        subject="Where: {subject}",
        reason="Why: {reason}",
        late="Told late: this happened {minutes} min ago",
    ),
}


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
    """What runs and what does not, since when, whether it was filed, where and why."""
    back = due.state is State.NORMAL
    span = {
        "since": local_time(due.since, due.timezone),
        "at": local_time(due.at, due.timezone),
        "minutes": max(0, due.at - due.since) // MINUTE_MS,
    }
    what = "" if back else words.rules.get(due.rule, ("", ""))[1]
    found = [
        what,
        (words.over if back else words.since).format(**span),
        "" if back else words.unfiled,
        words.subject.format(subject=one_line(due.subject, 60)),
        words.reason.format(reason=one_line(due.reason, 200)) if due.reason else "",
        words.late.format(minutes=(now - due.at) // MINUTE_MS) if now - due.at >= TOLD_LATE_MS else "",
    ]
    return [line for line in found if line]


def local_time(ms: int, tz: str) -> str:
    """Month, day and minute as a clock on the enterprise's wall shows them."""
    return to_datetime(ms).astimezone(zone(tz)).strftime("%m-%d %H:%M")


def one_line(text: str, limit: int) -> str:
    """Text from outside on one line: a line break in a name must not become a header of an e-mail."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
