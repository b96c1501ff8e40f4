"""Meters: when each was last heard, how complete its data is, what is doubtful about it."""

from grafana.boards import links, variables
from grafana.boards.dashboard import Board, Row
from grafana.boards.house import (
    ACCENT,
    ALARM,
    CRITICAL,
    GOOD,
    KINDS,
    NIGHT,
    PRE_WARNING,
    QUIET,
    Json,
    coloured,
    named,
    steps,
)
from grafana.boards.panel import curves, squares, stat
from grafana.boards.query import EVERY, HOURS, READINGS, chosen, outer, rows, select, series
from grafana.boards.table import Column, difference, table
from grafana.boards.text import Text

CHOSEN = chosen("enterprise", "meter")
MARKS = {
    "arrival-time": (1, QUIET),
    "clock-skew": (2, PRE_WARNING),
    "frozen": (4, NIGHT),
    "spurious-zero": (8, ACCENT),
    "register-jump": (16, ALARM),
    "invalid": (32, CRITICAL),
}
"""Bits of the field `quality`, and a colour for each."""

COMPLETE, POOR = 0.9, 0.5
LATE_MS, SKEWED_MS = 30_000, 300_000


def board(say: Text) -> Board:
    return Board(
        name="devices",
        variables=[
            variables.some_of(say, "enterprise"),
            variables.some_of(say, "meter", within=("enterprise",)),
            variables.step(say, least="15m"),
        ],
        links=[links.page(say, "overview"), links.board(say, "ingest", enterprise="")],
        rows=[
            Row(4, _counts(say)),
            Row(11, [_seen(say)]),
            Row(10, [_completeness(say), _squares(say)], (1, 2)),
            Row(9, [_marks(say), _marked(say)]),
        ],
    )


def _counts(say: Text) -> list[Json]:
    lasting = select('last("quality") AS "seen"', READINGS, CHOSEN, by='"meter"')
    seen = outer('count("seen")', lasting)
    doubtful = select('count("quality")', READINGS, CHOSEN, '"quality" > 0')
    share = steps((POOR, PRE_WARNING), (COMPLETE, GOOD), below=CRITICAL)
    return [
        stat(say, "devices.seen", series(seen)),
        stat(say, "devices.live", series(seen), last="15m"),
        stat(
            say,
            "devices.complete",
            rows(_complete()),
            unit="percentunit",
            decimals=1,
            thresholds=share,
            field="completeness",
            calc="mean",
        ),
        stat(say, "devices.doubtful", series(doubtful), thresholds=steps((1, PRE_WARNING), below=GOOD), empty="zero"),
    ]


def _complete() -> str:
    """Readings of the range against as many hours like the meter's fullest, by which its interval is known."""
    share = 'sum("readings") / max("readings") * 3600 / $__range_s AS "completeness"'
    return select(f'{share}, max("readings") AS "most"', HOURS, CHOSEN, by='"meter", "enterprise"')


def _seen(say: Text) -> Json:
    what = 'last("received_at") AS "received_at", "p", "ep", "quality", "source"'
    query = select(what, READINGS, CHOSEN, by='"enterprise", "facility", "kind", "meter"')
    delay = steps((LATE_MS, PRE_WARNING), (SKEWED_MS, CRITICAL), below=GOOD)
    return table(
        say,
        "devices.table",
        [rows(query)],
        [
            Column(name="meter", width=160),
            Column(name="enterprise", width=120, links=links.of_enterprise(say)),
            Column(name="facility", width=140),
            Column(name="kind", width=110, cell="color-text", mappings=named(say, "kind", KINDS)),
            Column(name="Time", heading="col.seen", unit="dateTimeFromNow", width=150),
            Column(name="delay", unit="ms", width=130, cell="color-text", thresholds=delay),
            Column(name="p", unit="kwatt", width=120),
            Column(name="ep", unit="kwatth", width=130),
            Column(
                name="quality",
                width=110,
                unit="none",
                cell="color-text",
                thresholds=steps((1, PRE_WARNING), below=GOOD),
                mappings=_one_mark(say),
            ),
            Column(name="source", width=110, mappings=named(say, "source", ("0", "1"))),
        ],
        first=[difference("received_at", "Time", name="delay")],
        hidden=["received_at"],
        sort="Time",
        rising=True,
    )


def _one_mark(say: Text) -> list[Json]:
    """Words for readings with one mark; several stay a number."""
    words = {str(bit): {"text": say(f"mark.{mark}"), "color": colour} for mark, (bit, colour) in MARKS.items()}
    return [{"type": "value", "options": {"0": {"text": say("mark.none"), "color": GOOD}} | words}]


def _completeness(say: Text) -> Json:
    share = steps((POOR, PRE_WARNING), (COMPLETE, GOOD), below=CRITICAL)
    return table(
        say,
        "devices.completeness",
        [rows(_complete())],
        [
            Column(name="meter", width=150),
            Column(name="enterprise", width=110, links=links.of_enterprise(say)),
            Column(name="completeness", unit="percentunit", cell="gauge", highest=1, thresholds=share),
            Column(name="most", unit="none", width=110),
        ],
        hidden=["Time"],
        sort="completeness",
        rising=True,
    )


def _squares(say: Text) -> Json:
    query = select('sum("readings")', HOURS, CHOSEN, by='time(1h), "meter" fill(none)')
    few = steps((1, PRE_WARNING), (4, GOOD), below=CRITICAL)
    return squares(say, "devices.hours", series(query, name="$tag_meter"), unit="none", thresholds=few)


def _marks(say: Text) -> Json:
    targets = [
        series(_with(bit, by=f"{EVERY} fill(none)"), name=mark, ref=chr(ord("A") + index))
        for index, (mark, (bit, _)) in enumerate(MARKS.items())
    ]
    return curves(
        say,
        "devices.marks",
        targets,
        unit="none",
        bars=True,
        stacked=True,
        overrides=[coloured(mark, colour, shown=say(f"mark.{mark}")) for mark, (_, colour) in MARKS.items()],
        empty="empty.marks",
    )


def _with(bit: int, *, by: str, name: str = "") -> str:
    what = f'count("quality") AS "{name}"' if name else 'count("quality")'
    return select(what, READINGS, CHOSEN, f'("quality" & {bit}) > 0', by=by)


def _marked(say: Text) -> Json:
    kinds = ("frozen", "register-jump", "spurious-zero", "clock-skew")
    targets = [
        rows(_with(MARKS[kind][0], by='"enterprise", "meter"', name=kind), ref=chr(ord("A") + index))
        for index, kind in enumerate(kinds)
    ]
    counts = [Column(name=kind, heading=f"mark.{kind}", unit="none", width=110) for kind in kinds]
    return table(
        say,
        "devices.marked",
        targets,
        [Column(name="meter", width=160), Column(name="enterprise", links=links.of_enterprise(say)), *counts],
        first=[{"id": "merge", "options": {}}],
        hidden=["Time"],
        sort="frozen",
        empty="empty.marks",
    )
