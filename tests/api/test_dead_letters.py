"""Dead letters for programs: searched, replayed, let go, and all of it on record."""

from collections.abc import Iterator

import pytest

from tests.api.place import Place
from tests.api.replaying import replaying
from tests.cases import NOON
from tests.ingest.test_redelivery import Road

CHANGES = (("POST", "/1/replay"), ("POST", "/replay"), ("DELETE", "/1"))


@pytest.fixture
def road(place: Place) -> Iterator[Road]:
    letters = place.services.dead_letters
    letters.put("acrel/A1", b"good", "unknown meter 'A1'", now=NOON + 60_000)
    letters.put("acrel/A2", b"bad", "unknown meter 'A2'", now=NOON + 120_000)
    with replaying(place) as made:
        yield made


def reasons(place: Place) -> list[str]:
    return [letter.reason for letter in place.services.dead_letters.letters(limit=10).rows]


def on_record(place: Place) -> list[tuple[str, str, str, str]]:
    rows = place.services.audit.entries(limit=10).rows
    return [(row.actor, row.action, row.subject, row.detail) for row in reversed(rows)]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", [3, 2, 1]),
        ("text=UNKNOWN", [3, 2]),
        ("text=x/y", [1]),
        ("reason=not JSON", [1]),
        ("reason=not", []),
        ("topic=acrel/A2", [3]),
        (f"from={NOON + 60_000}&to={NOON + 120_000}", [2]),
        ("text=%25", []),
    ],
)
def test_letters_are_searched(place: Place, road: Road, query: str, wanted: list[int]) -> None:
    answer = place.browser_of("monitor").get(f"/api/v1/dead-letters?{query}")
    assert [row["id"] for row in answer.json()["rows"]] == wanted


def test_one_letter_is_replayed(place: Place, road: Road) -> None:
    answer = place.program_of("monitor").post("/api/v1/dead-letters/2/replay")
    assert (answer.status_code, answer.json()) == (200, {"understood": 1, "refused": 0, "left": 0})
    assert road.came == [("acrel/A1", b"good", NOON + 60_000)]
    assert reasons(place) == ["unknown meter 'A2'", "not JSON"]
    assert on_record(place) == [
        ("monitor", "replay-dead-letters", "dead letter 2", "1 understood, 0 refused, 0 left"),
    ]


def test_all_that_match_are_replayed(place: Place, road: Road) -> None:
    body = {"text": "unknown meter", "topic": "acrel/", "from": "2026-03-20T04:00:00Z"}
    answer = place.program_of("monitor").post("/api/v1/dead-letters/replay", json=body)
    assert answer.json() == {"understood": 1, "refused": 1, "left": 0}
    assert reasons(place) == ["still bad", "not JSON"]
    [(_, _, subject, detail)] = on_record(place)
    assert subject == f"dead letters text='unknown meter', topic='acrel/', from_at={NOON}"
    assert detail == "1 understood, 1 refused, 0 left"


def test_without_a_filter_all_are_replayed(place: Place, road: Road) -> None:
    assert place.program_of("monitor").post("/api/v1/dead-letters/replay", json={}).json()["understood"] == 2


@pytest.mark.parametrize("body", ['{"txt": "x"}', '{"text": 5}', '{"from": "yesterday"}', "[]", "nonsense", ""])
def test_a_filter_that_is_none_replays_nothing(place: Place, road: Road, body: str) -> None:
    answer = place.program_of("monitor").post(
        "/api/v1/dead-letters/replay", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert road.came == []


def test_a_letter_is_let_go_for_good(place: Place, road: Road) -> None:
    monitor = place.program_of("monitor")
    assert monitor.delete("/api/v1/dead-letters/2").status_code == 204
    assert monitor.get("/api/v1/dead-letters/2").status_code == 404
    assert on_record(place) == [("monitor", "delete-dead-letter", "dead letter 2", "acrel/A1: unknown meter 'A1'")]


@pytest.mark.parametrize(("method", "path"), [("POST", "/99/replay"), ("DELETE", "/99")])
def test_a_letter_that_is_gone_is_not_found_and_not_on_record(place: Place, road: Road, method: str, path: str) -> None:
    assert place.program_of("monitor").request(method, f"/api/v1/dead-letters{path}").status_code == 404
    assert on_record(place) == []


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_an_inspector_changes_nothing(place: Place, road: Road, method: str, path: str) -> None:
    answer = place.program_of("tian").request(method, f"/api/v1/dead-letters{path}", json={})
    assert answer.status_code == 403
    assert (road.came, len(reasons(place)), on_record(place)) == ([], 3, [])


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_session_needs_its_csrf_token(place: Place, road: Road, method: str, path: str) -> None:
    browser = place.browser_of("monitor")
    del browser.headers["X-CSRF-Token"]
    assert browser.request(method, f"/api/v1/dead-letters{path}", json={}).status_code == 403
    assert len(reasons(place)) == 3


def test_where_nothing_is_wired_nothing_is_replayed(place: Place) -> None:
    answer = place.program_of("monitor").post("/api/v1/dead-letters/1/replay")
    assert (answer.status_code, answer.json()["detail"]) == (503, "dead letters can't be replayed here")
    assert on_record(place) == []
