"""Lists: paging and filters."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from core.alarm import State
from core.registry import Line
from tests.api.place import Place
from tests.cases import NOON, city

HOUR = 3_600_000

PAGED = [
    "/enterprises",
    "/lines",
    "/facilities",
    "/meters",
    "/focus-list",
    "/alarms",
    "/transitions",
    "/thresholds",
    "/filings",
    "/dead-letters",
    "/users",
    "/tokens",
    "/audit",
]


def rows(client: TestClient, path: str) -> list[dict[str, object]]:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["rows"]
    return found


@pytest.mark.parametrize("path", PAGED)
def test_pages_of_one_give_the_whole_list_in_order_and_end(place: Place, path: str) -> None:
    place.services.dead_letters.put("t", b"{}", "unknown meter", now=NOON)
    place.program_of("tian")
    monitor = place.program_of("monitor")
    monitor.post("/api/v1/alarms/1/acknowledge")
    monitor.post("/api/v1/alarms/2/acknowledge")
    whole, paged, cursor = rows(monitor, path), [], None
    for _ in range(len(whole) + 1):
        answer = monitor.get(f"/api/v1{path}", params={"limit": 1} | ({"cursor": cursor} if cursor else {})).json()
        paged += answer["rows"]
        cursor = answer["cursor"]
        if cursor is None:
            break
    assert cursor is None
    assert len(whole) >= 2
    assert [row | {"last_used_at": 0} for row in paged] == [row | {"last_used_at": 0} for row in whole]


@pytest.mark.parametrize("path", PAGED)
def test_a_wrong_page_is_a_problem_that_names_the_parameter(place: Place, path: str) -> None:
    monitor = place.browser_of("monitor")
    for query in ("limit=0", "limit=501", "limit=many", "cursor=never-given-out", "cursor=%00", f"cursor={9**300}"):
        answer = monitor.get(f"/api/v1{path}?{query}")
        assert answer.status_code == 422, (query, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert [error["parameter"] for error in answer.json()["errors"]] == [query.partition("=")[0]]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", [3, 2, 1]),
        ("enterprise=foundry", [3, 1]),
        ("district=芦淞区", [2]),
        ("rule=threshold", [3]),
        ("severity=3", [3]),
        ("severity=2", [3, 2, 1]),
        ("state=returned-unacknowledged", [2]),
        ("state=returned-unacknowledged&state=active-unacknowledged", [3, 2, 1]),
        ("state=suppressed", []),
        ("from=2026-03-20T12:30:00%2B08:00", [3]),
        ("from=2026-03-20T12:30:00+08:00", [3]),
        (f"to={NOON + 1}", [2, 1]),
        ("from=2026-03-20T04:00:00Z&to=2026-03-20T04:00:00.001Z", [2, 1]),
        ("district=天元区&severity=3&rule=interlock", []),
    ],
)
def test_alarms_are_narrowed_by(place: Place, query: str, wanted: list[int]) -> None:
    place.record(rule="threshold", subject="foundry-T1-m", severity=3, at=NOON + HOUR, since=NOON + HOUR)
    place.record(enterprise="paint", subject="paint-L1", state=State.NORMAL, at=NOON + HOUR)
    assert [row["id"] for row in rows(place.browser_of("monitor"), f"/alarms?{query}")] == wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/facilities?kind=treatment", ["foundry-T1", "print-T1", "paint-T1"]),
        ("/meters?facility=paint-F", ["paint-F-m"]),
        ("/lines?enterprise=print", ["print-L1"]),
        ("/filings?status=approved", ["filing-1"]),
        (f"/filings?from={NOON + HOUR}", ["filing-2"]),
        (f"/filings?to={NOON}", ["filing-1"]),
        ("/enterprises?search=涂装", ["paint"]),
        ("/enterprises?search=%25", []),
    ],
)
def test_the_registry_is_narrowed_by(place: Place, path: str, wanted: list[str]) -> None:
    assert [row["id"] for row in rows(place.browser_of("monitor"), path)] == wanted


def test_an_imported_registry_shows_at_once(place: Place) -> None:
    monitor = place.browser_of("monitor")
    assert len(rows(monitor, "/lines?enterprise=print")) == 1
    grown = replace(city(), lines=(*city().lines, Line("print-L2", "print", "二号线")))
    place.services.registry.save(grown, by="test", now=NOON)
    assert len(rows(monitor, "/lines?enterprise=print")) == 2
