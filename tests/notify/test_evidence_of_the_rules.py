"""From readings to words: what the rules write and the store keeps is what the messages read."""

from typing import Any

import pytest

from analytics.engine import Engine
from core.interval import MINUTE_MS
from core.notification import Due
from core.readings import Readings, concatenate, readings
from notify.text import lines
from notify.words import LANGUAGES
from stores.sql.engine import Database
from stores.sql.outbox import SqlOutbox
from stores.sql.transitions import SqlTransitionLog
from tests.cases import NOON, city
from tests.contracts.sql import db, empty, new_url, url

__all__ = ["db", "empty", "new_url", "url"]


def minutes(meter: str, **values: float) -> Readings:
    """Ten minutes of equal readings of one meter, from noon on."""
    at = [NOON + n * MINUTE_MS for n in range(10)]
    columns: dict[str, Any] = {name: [value] * len(at) for name, value in values.items()}
    return readings([city().meter_number[meter]] * len(at), at, **columns)


def told(db: Database, *batches: Readings) -> Due:
    """The one transition that those readings put into the outbox, after the whole way."""
    batch = concatenate(batches)
    now = NOON + 10 * MINUTE_MS
    found = Engine(city()).step(batch.take(batch.ts.argsort(kind="stable")), now=now)
    SqlTransitionLog(db).record(found, snapshot=None, now=now)
    [due] = SqlOutbox(db).claim(now=now, lease_for=MINUTE_MS, limit=10)
    return due


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["在运行：print-P1 83.5 kW", "未运行：print-T1 0.7 kW（启动阈值 5 kW）"]),
        ("en", ["Running: print-P1 83.5 kW", "Not running: print-T1 0.7 kW (on above 5 kW)"]),
    ],
)
def test_an_interlock_alarm_names_what_runs_and_what_does_not(db: Database, language: str, words: list[str]) -> None:
    due = told(db, minutes("print-P1-m", p=83.5), minutes("print-T1-m", p=0.7))
    assert lines(due, LANGUAGES[language], now=due.at)[:2] == words


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["paint-T1-m A 相电压 171 V，低于限值 180 V", "03-20 12:00 起"]),
        ("en", ["paint-T1-m phase A voltage 171 V, below the limit of 180 V", "Since 03-20 12:00"]),
    ],
)
def test_a_crossed_limit_is_told_with_value_and_unit(db: Database, language: str, words: list[str]) -> None:
    due = told(db, minutes("paint-T1-m", ua=171.2))
    assert lines(due, LANGUAGES[language], now=due.at)[:2] == words
