"""The service itself: what arrives, how soon it is safe, what waits and what could not be understood."""

from grafana.boards import links, variables
from grafana.boards.dashboard import Board, Row
from grafana.boards.house import ACCENT, ALARM, CRITICAL, GOOD, PRE_WARNING, QUIET, Json, coloured, steps
from grafana.boards.panel import curves, stat
from grafana.boards.query import EVERY, outer, select, series
from grafana.boards.text import Text

FIGURES = '"ingest"'
SLOW_S, TOO_SLOW_S = 1.0, 10.0
"""Publish to commit: what is promised, and what is too late for an alarm."""


def board(say: Text) -> Board:
    return Board(
        name="ingest",
        last="6h",
        variables=[variables.step(say)],
        links=[links.page(say, "dead-letters"), links.page(say, "readyz"), links.board(say, "devices", enterprise="")],
        rows=[
            Row(4, _now(say)),
            Row(9, [_rates(say), _delays(say)]),
            Row(9, [_waiting(say), _dead(say)]),
            Row(9, [_stations(say)]),
        ],
    )


def _now(say: Text) -> list[Json]:
    some = steps((1, ALARM), below=GOOD)
    speed = steps((SLOW_S, PRE_WARNING), (TOO_SLOW_S, CRITICAL), below=GOOD)
    return [
        stat(say, "ingest.rate", series(_rate("readings_stored", every="time(1m)")), unit="suffix: /s", last="15m"),
        stat(say, "ingest.p99", series(_newest("commit_p99_s")), unit="s", thresholds=speed, decimals=2, last="15m"),
        stat(say, "ingest.queue", series(_newest("messages_waiting")), last="15m"),
        stat(say, "ingest.spool", series(_newest("spool_readings")), thresholds=some, last="15m"),
        stat(
            say,
            "ingest.letters",
            series(_grown("dead_letters")),
            thresholds=steps((1, PRE_WARNING), below=GOOD),
            links=[links.page(say, "dead-letters")],
        ),
    ]


def _newest(name: str) -> str:
    return select(f'last("{name}")', FIGURES)


def _rate(*names: str, every: str = EVERY) -> str:
    """What counts since the start, as a rate; a restart leaves one bucket out."""
    what = ", ".join(f'non_negative_derivative(last("{name}"), 1s) AS "{name}"' for name in names)
    return select(what, FIGURES, by=f"{every} fill(none)")


def _rates(say: Text) -> Json:
    return curves(
        say,
        "ingest.rates",
        [series(_rate("readings_received", "readings_stored"), name="$col")],
        unit="suffix: /s",
        overrides=[
            coloured("readings_received", QUIET, shown=say("ingest.received"), custom__fillOpacity=0),
            coloured("readings_stored", ACCENT, shown=say("ingest.stored")),
        ],
    )


def _delays(say: Text) -> Json:
    query = select('max("commit_p50_s") AS "p50", max("commit_p99_s") AS "p99"', FIGURES, by=f"{EVERY} fill(none)")
    return curves(
        say,
        "ingest.delays",
        [series(query, name="$col")],
        unit="s",
        fill=0,
        thresholds=steps((SLOW_S, PRE_WARNING), (TOO_SLOW_S, CRITICAL), below=GOOD),
        overrides=[
            coloured("p50", GOOD, shown=say("ingest.p50.curve")),
            coloured("p99", ALARM, shown=say("ingest.p99.curve")),
        ],
    )


def _waiting(say: Text) -> Json:
    names = ("messages_waiting", "spool_readings", "spool_bytes")
    what = ", ".join(f'max("{name}") AS "{name}"' for name in names)
    return curves(
        say,
        "ingest.waiting",
        [series(select(what, FIGURES, by=f"{EVERY} fill(none)"), name="$col")],
        unit="short",
        overrides=[
            coloured("messages_waiting", ACCENT, shown=say("ingest.queue")),
            coloured("spool_readings", ALARM, shown=say("ingest.spool")),
            coloured(
                "spool_bytes", PRE_WARNING, shown=say("ingest.bytes"), unit="bytes", custom__axisPlacement="right"
            ),
        ],
    )


def _grown(name: str, *, every: str = "") -> str:
    """How much a count since the start has grown; a restart, with which it begins anew, counts for nothing."""
    steps = select(f'non_negative_difference("{name}") AS "more"', FIGURES)
    return outer('sum("more")', steps, "$timeFilter", by=every and f"{every} fill(none)")


def _dead(say: Text) -> Json:
    return curves(
        say,
        "ingest.dead",
        [series(_grown("dead_letters", every=EVERY), name="dead")],
        unit="none",
        bars=True,
        overrides=[coloured("dead", CRITICAL, shown=say("ingest.letters"))],
        links=[links.page(say, "dead-letters")],
    )


def _stations(say: Text) -> Json:
    there = select('max("hj212_connections")', FIGURES, by=f"{EVERY} fill(none)")
    bars = {"custom__drawStyle": "bars", "custom__fillOpacity": 70}
    return curves(
        say,
        "ingest.hj212",
        [
            series(there, name="connections"),
            series(_grown("hj212_turned_away", every=EVERY), name="turned away", ref="B"),
        ],
        unit="none",
        overrides=[
            coloured("connections", ACCENT, shown=say("ingest.connections")),
            coloured("turned away", ALARM, shown=say("ingest.away"), **bars),
        ],
    )
