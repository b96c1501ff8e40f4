"""What is not judged of an enterprise, for programs."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from api.app import create_app
from core.records import Unjudged
from tests.api.place import Place, build
from tests.cases import NOON

ROWS = [
    Unjudged("interlock", "foundry-L1/dust", "foundry", "no-data", {"facility": "foundry-T1"}, NOON),
    Unjudged("stop-order", "order-1", "paint", "no-baseline", {"days": 5, "of": 14, "share": math.nan}),
]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    built = build(tmp_path)
    services = replace(built.services, unjudged=lambda: ROWS)
    return replace(built, app=create_app(services), services=services)


@pytest.mark.parametrize(
    ("enterprise", "expected"),
    [
        (
            "foundry",
            [
                {
                    "rule": "interlock",
                    "subject": "foundry-L1/dust",
                    "enterprise": "foundry",
                    "reason": "no-data",
                    "detail": {"facility": "foundry-T1"},
                    "since": "2026-03-20T04:00:00Z",
                }
            ],
        ),
        (
            "paint",
            [
                {
                    "rule": "stop-order",
                    "subject": "order-1",
                    "enterprise": "paint",
                    "reason": "no-baseline",
                    "detail": {"days": 5, "of": 14, "share": None},
                    "since": None,
                }
            ],
        ),
        ("print", []),
    ],
)
def test_each_enterprise_has_its_own(place: Place, enterprise: str, expected: list[dict[str, object]]) -> None:
    answer = place.program_of("monitor").get(f"/api/v1/enterprises/{enterprise}/unjudged")
    assert answer.json() == {"rows": expected, "cursor": None}


@pytest.mark.parametrize("enterprise", ["paint", "none"])
def test_another_districts_enterprise_does_not_exist(place: Place, enterprise: str) -> None:
    assert place.program_of("tian").get(f"/api/v1/enterprises/{enterprise}/unjudged").status_code == 404
