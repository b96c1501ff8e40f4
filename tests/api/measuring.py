"""People who file, decide and order, in the service under test."""

import pytest
from starlette.testclient import TestClient

from core.interval import HOUR_MS, to_text
from core.jurisdiction import Role
from tests.api.place import Place
from tests.cases import LUSONG, NOON, TIANYUAN

PEOPLE = (
    ("admin", Role.CITY_ADMINISTRATOR, None),
    ("leader", Role.DISTRICT_LEADER, TIANYUAN),
    ("other", Role.DISTRICT_LEADER, LUSONG),
)


@pytest.fixture
def busy(place: Place) -> Place:
    """With a city administrator and a leader of each district."""
    for name, role, district in PEOPLE:
        place.users[name] = place.services.accounts.add_user(
            name, "no password", name=name, role=role, district=district, now=NOON
        )
    return place


def at(hours: float) -> str:
    """So many hours after noon."""
    return to_text(NOON + int(hours * HOUR_MS))


def a_filing(**changed: object) -> dict[str, object]:
    return {"enterprise": "foundry", "kind": "shutdown", "from": at(1), "to": at(9), "reason": "放假"} | changed


def an_order(**changed: object) -> dict[str, object]:
    return {"scope": "foundry-L1", "kind": "stop", "from": at(1), "to": at(9), "reason": "橙色预警"} | changed


def filed(busy: Place, who: str = "tian", **changed: object) -> str:
    answer = busy.browser_of(who).post("/api/v1/filings", json=a_filing(**changed))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def issued(busy: Place, **changed: object) -> str:
    answer = busy.browser_of("admin").post("/api/v1/orders", json=an_order(**changed))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def actions(client: TestClient) -> list[str]:
    return [row["action"] for row in client.get("/api/v1/audit").json()["rows"]]
