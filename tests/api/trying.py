"""A place whose back-tests are run for real, over a day of readings."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from starlette.testclient import TestClient

from analytics.backtests import Backtest
from api.passwords import hash_password
from core.interval import DAY_MS, MINUTE_MS
from core.jurisdiction import Role
from core.readings import Readings, readings
from core.registry import Registry
from nightwatt.trials import Trials
from tests.api.place import Place
from tests.cases import LUSONG, NOON, TIANYUAN

PATIENCE_S = 60.0


def yesterday(registry: Registry) -> Readings:
    """All meters at 20 kW until noon, but for half an hour at 2 kW of every treatment's, three hours after midnight."""
    instants = NOON - DAY_MS + np.arange(1440) * MINUTE_MS
    meters = np.arange(len(registry.meters))
    power = np.full((1440, len(meters)), 20.0)
    power[900:930, [row.id.endswith("-T1-m") for row in registry.meters]] = 2.0
    ts = np.repeat(instants, len(meters))
    return readings(np.tile(meters, 1440), ts, received_at=ts, p=power.ravel())


@contextmanager
def trying(place: Place) -> Iterator[Trials]:
    """Readings, a leader for each district, and back-tests that run."""
    registry = place.services.registry.load()
    place.services.series.append(yesterday(registry))
    for username, district in (("leader", TIANYUAN), ("other", LUSONG)):
        place.services.accounts.add_user(
            username,
            hash_password("a long word"),
            name=username,
            role=Role.DISTRICT_LEADER,
            district=district,
            now=NOON,
        )
    place.users |= {user.username: user for user in place.services.accounts.users()}
    trials = Trials(
        registry=place.services.registry.load, history=place.services.series, clock=lambda: place.clocks.city
    )
    place.services = replace(place.services, backtests=trials)
    place.app.state.services = place.services
    try:
        yield trials
    finally:
        trials.stop()


def over(trials: Trials, id: int, *, by: str) -> Backtest:
    """The back-test once it is over; fails where that takes too long."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = trials.get(id, by=by)
        assert found is not None
        if found.is_over:
            return found
        time.sleep(0.02)
    raise AssertionError("the back-test does not end")


def limit(**tried: object) -> dict[str, object]:
    """The limit of the foundry's treatment: below 2.5 kW."""
    return {"meter": "foundry-T1-m", "quantity": "p", "side": "below", "severity": 2, **tried}


def asked(client: TestClient, **body: object) -> dict[str, object]:
    """A back-test that was taken."""
    answer = client.post("/api/v1/backtests", json=body)
    assert answer.status_code == 202, answer.text
    found: dict[str, object] = answer.json()
    return found
