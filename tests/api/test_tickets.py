"""Device tickets for programs: apart from alarms, counted apart, and within one's own district."""

from typing import Any

import pytest

from core.alarm import State
from core.interval import HOUR_MS, MINUTE_MS
from core.readings import readings
from nightwatt.metrics import Metrics
from tests.api.place import Place
from tests.cases import NOON, city

TICKET: dict[str, Any] = {"rule": "silent", "subject": "foundry-T1-m", "severity": 1, "ticket": True, "evidence": {}}


def rows(place: Place, address: str, username: str = "monitor") -> list[dict[str, Any]]:
    answer = place.program_of(username).get(f"/api/v1{address}")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def test_a_ticket_is_listed_with_its_meter_and_the_newest_reading(place: Place) -> None:
    place.services.series.append(readings([city().meter_number["foundry-T1-m"]], [NOON - HOUR_MS], p=[7.0]))
    id = place.record(**TICKET)
    assert rows(place, "/tickets") == [
        {
            "id": id,
            "rule": "silent",
            "subject": "foundry-T1-m",
            "meter": "foundry-T1-m",
            "enterprise": "foundry",
            "enterprise_name": "湘江铸造",
            "district": "天元区",
            "timezone": "Asia/Shanghai",
            "open": True,
            "since": "2026-03-20T03:55:00Z",
            "closed_at": None,
            "last_reading_at": "2026-03-20T03:00:00Z",
            "reason": "production runs, no dust filter does",
            "evidence": {},
        }
    ]


def test_alarms_and_tickets_are_apart_unless_tickets_are_asked_for(place: Place) -> None:
    place.record(**TICKET)
    assert {row["rule"] for row in rows(place, "/alarms")} == {"interlock"}
    assert [(row["rule"], row["ticket"]) for row in rows(place, "/alarms?ticket=true")] == [("silent", True)]


def test_a_ticket_does_not_count_as_an_open_alarm_of_its_enterprise(place: Place) -> None:
    place.record(**(TICKET | {"enterprise": "print", "subject": "print-T1-m", "severity": 3}))
    [row] = [row for row in rows(place, "/enterprises") if row["id"] == "print"]
    assert (row["open_alarms"], row["severity"]) == (0, 0)


def test_a_ticket_that_is_over_is_no_open_one(place: Place) -> None:
    place.record(**TICKET)
    place.record(**(TICKET | {"state": State.NORMAL, "at": NOON + MINUTE_MS}))
    assert rows(place, "/tickets") == []
    [done] = rows(place, "/tickets?open=false")
    assert (done["open"], done["closed_at"]) == (False, "2026-03-20T04:01:00Z")


@pytest.mark.parametrize(
    ("username", "query", "expected"),
    [
        ("monitor", "", ["paint-T1-m", "foundry-T1-m"]),
        ("monitor", "?enterprise=paint", ["paint-T1-m"]),
        ("monitor", "?district=天元区", ["foundry-T1-m"]),
        ("tian", "", ["foundry-T1-m"]),
        ("tian", "?enterprise=paint", []),
    ],
)
def test_tickets_are_those_of_the_district_that_one_may_see(
    place: Place, username: str, query: str, expected: list[str]
) -> None:
    place.record(**TICKET)
    place.record(**(TICKET | {"enterprise": "paint", "subject": "paint-T1-m"}))
    assert [row["subject"] for row in rows(place, f"/tickets{query}", username)] == expected


def test_a_ticket_about_a_whole_enterprise_names_no_meter(place: Place) -> None:
    place.record(**(TICKET | {"subject": "foundry"}))
    assert [row["meter"] for row in rows(place, "/tickets")] == [None]


def test_the_metrics_count_tickets_and_alarms_apart(place: Place) -> None:
    place.record(**TICKET)
    text = Metrics(alarms=place.services.alarms, focus=place.services.focus).text()
    assert 'nightwatt_tickets_open{rule="silent"} 1.0' in text
    assert 'nightwatt_alarms_active{rule="interlock",severity="2"} 2.0' in text
    assert 'nightwatt_alarms_active{rule="silent"' not in text


def test_no_phone_waits_for_a_ticket(place: Place) -> None:
    id = place.record(**TICKET)
    [found] = [row for row in rows(place, "/transitions?limit=500") if row["id"] == id]
    assert (found["notify_outcome"], found["ticket"]) == ("device-ticket", True)
