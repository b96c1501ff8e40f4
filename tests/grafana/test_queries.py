"""What Grafana would ask is asked of a real InfluxDB in which the simulated city lives."""

from collections.abc import Mapping
from typing import Any

import pytest

from grafana.boards.make import dashboards
from tests.grafana.asking import Asked, asked, filled, values
from tests.grafana.conftest import FilledCity
from tests.grafana.filled import SHOWN, SUBMETER_DAYS

BOARDS = dashboards()
CHINESE = {name: board for name, board in BOARDS.items() if name.startswith("zh/")}
QUERIES = [pytest.param(board, query, id=str(query)) for board in CHINESE.values() for query in asked(board)]


def variables(board: Mapping[str, Any]) -> dict[str, str]:
    """As they stand when the dashboard is opened, and one enterprise chosen."""
    found = {"step": "15m", "__range_s": "86400", "enterprise": SHOWN}
    for variable in board["templating"]["list"]:
        if variable.get("includeAll"):
            found[variable["name"]] = variable["allValue"]
        elif variable["type"] == "textbox":
            found[variable["name"]] = variable["query"]
    return found


@pytest.mark.parametrize(("board", "query"), QUERIES)
def test_every_query_finds_data(board: Mapping[str, Any], query: Asked, filled_city: FilledCity) -> None:
    sent = filled(query.query, variables(board), last=query.last, now=filled_city.now)
    assert values(filled_city.address, sent), f"{query.where} finds nothing: {sent}"


def test_both_languages_ask_the_same() -> None:
    for name, board in CHINESE.items():
        english = BOARDS[name.replace("zh/", "en/")]
        assert [q.query for q in asked(english)] == [q.query for q in asked(board)]


def shown(city: FilledCity, board: str, panel: str, **chosen: str) -> list[Any]:
    """The values of a panel's first query."""
    dashboard = CHINESE[f"zh/{board}.json"]
    query = next(q for q in asked(dashboard) if f"· {panel} ·" in q.where)
    sent = filled(query.query, variables(dashboard) | chosen, last=query.last, now=city.now)
    return values(city.address, sent)


@pytest.mark.parametrize(
    ("board", "panel", "figure"),
    [
        ("city", "有数据的企业", "enterprises"),
        ("city", "有数据的电表", "meters"),
        ("city", "未解除的报警", "open_alarms"),
        ("city", "重点名单", "flagged"),
        ("night", "列入重点名单", "flagged"),
        ("night", "另列", "apart"),
        ("night", "已筛查企业", "enterprises"),
        ("night", "最高昼夜比", "steepest"),
        ("devices", "有过读数的电表", "meters"),
    ],
)
def test_figures_are_what_was_found(board: str, panel: str, figure: str, filled_city: FilledCity) -> None:
    assert shown(filled_city, board, panel) == [getattr(filled_city.truth, figure)]


def test_the_alarm_of_the_treatment_that_is_off_stands_over_the_curves(filled_city: FilledCity) -> None:
    """The chosen enterprise switched its treatment off an hour ago."""
    assert shown(filled_city, "enterprise", "未解除的报警") == [1]
    bands = shown(filled_city, "enterprise", "报警时段", step="1m")
    assert set(bands) == {1}
    assert 40 <= len(bands) <= 70, "minutes since it was raised"


def test_completeness_counts_the_readings_that_are_missing(filled_city: FilledCity) -> None:
    """Feeders report through the whole day, the other meters for a part of it."""
    feeder, _, *others = shown(filled_city, "devices", "数据完整率", enterprise=SHOWN)
    assert feeder == pytest.approx(1, abs=0.05)
    assert others[::2] == [pytest.approx(SUBMETER_DAYS, abs=0.05)] * 2
