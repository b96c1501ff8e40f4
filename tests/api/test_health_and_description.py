"""Health, metrics and the description of the API."""

from typing import Any

from api.problems import MEDIA_TYPE
from tests.api.place import Place

NOUNS = (
    *("session", "me", "enterprises", "lines", "facilities", "meters", "readings", "profiles", "focus-list"),
    *("alarms", "transitions", "thresholds", "filings", "notifications"),
    *("dead-letters", "users", "tokens", "audit", "events", "facility-states"),
)


def described(place: Place) -> dict[str, Any]:
    description: dict[str, Any] = place.client().get("/openapi.json").json()
    return description


def test_alive_needs_nobody(place: Place) -> None:
    answer = place.client().get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


def test_ready_says_what_is_not(place: Place) -> None:
    assert place.client().get("/readyz").status_code == 200
    place.readiness["broker"] = "connection refused"
    answer = place.client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"stores": "ok", "broker": "connection refused"}


def test_a_part_that_loses_nothing_is_ready_and_says_what_it_lacks(place: Place) -> None:
    place.readiness["series store"] = "degraded: connection refused"
    answer = place.client().get("/readyz")
    assert (answer.status_code, answer.json()["series store"]) == (200, "degraded: connection refused")
    place.readiness["spool"] = "full: the spool is full"
    assert place.client().get("/readyz").status_code == 503


def test_metrics_are_prometheus_text(place: Place) -> None:
    answer = place.client().get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text == "nightwatt_readings_stored_total 3\n"


def test_every_noun_is_described(place: Place) -> None:
    paths = described(place)["paths"]
    for noun in NOUNS:
        assert f"/api/v1/{noun}" in paths
    assert "/api/v1/alarms/{id}/acknowledge" in paths
    assert not [path for path in paths if not path.startswith(("/api/v1/", "/healthz", "/readyz", "/metrics"))]


def test_every_call_is_explained_and_its_errors_are_problem_documents(place: Place) -> None:
    description = described(place)
    assert "ProblemDocument" in description["components"]["schemas"]
    for path, calls in description["paths"].items():
        for method, call in calls.items():
            assert call["description"], (method, path)
            if path.startswith("/api/v1/"):
                assert MEDIA_TYPE in call["responses"]["401"]["content"]
                assert MEDIA_TYPE in call["responses"]["422"]["content"]


def test_every_row_is_described_with_an_example_of_its_own_shape(place: Place) -> None:
    schemas = described(place)["components"]["schemas"]
    rows = {name: schema for name, schema in schemas.items() if "examples" in schema}
    assert {"AlarmView", "EnterpriseRow", "MeterView", "ReadingsView", "ProfileView", "TransitionView"} <= set(rows)
    for name, schema in rows.items():
        for example in schema["examples"]:
            assert set(example) <= set(schema["properties"]), name
            missing = set(schema.get("required", ())) - set(example)
            # Nulls of examples are left out of the description.
            assert all({"type": "null"} in schema["properties"][field]["anyOf"] for field in missing), name


def test_the_description_refers_to_nothing_that_is_missing(place: Place) -> None:
    description = described(place)
    schemas = description["components"]["schemas"]

    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [found for value in part.values() for found in references(value)]
        return [found for value in part for found in references(value)] if isinstance(part, list) else []

    found = references(description)
    assert found
    assert {reference.removeprefix("#/components/schemas/") for reference in found} <= set(schemas)
