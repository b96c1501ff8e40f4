"""Whether a facility runs, as its newest reading says."""

import numpy as np
import pytest

from api.web.running import Running, facility_states
from core.interval import HOUR_MS, MINUTE_MS
from core.readings import readings
from core.records import Dossier, NumberedMeter
from core.registry import Facility, Kind, Meter
from tests.cases import ENTERPRISES, NOON


def dossier(**facility: float) -> Dossier:
    fan = Facility("T1", "foundry", Kind.TREATMENT, **facility)
    meters = (NumberedMeter(7, Meter("T1-m", "T1")),)
    return Dossier(ENTERPRISES[0], (), (fan,), meters, (), ())


@pytest.mark.parametrize(
    ("limits", "kw", "age_ms", "expected"),
    [
        ({"on_kw": 5, "off_kw": 3}, 5.1, MINUTE_MS, Running.RUNNING),
        ({"on_kw": 5, "off_kw": 3}, 2.9, MINUTE_MS, Running.STOPPED),
        ({"on_kw": 5, "off_kw": 3}, 4.0, MINUTE_MS, Running.UNKNOWN),
        ({"on_kw": 5}, 2.9, MINUTE_MS, Running.STOPPED),
        ({"on_kw": 5}, 3.1, MINUTE_MS, Running.UNKNOWN),
        ({"on_kw": 5}, 9.0, 16 * MINUTE_MS, Running.UNKNOWN),
        ({"on_kw": 5}, np.nan, MINUTE_MS, Running.UNKNOWN),
        ({}, 9.0, MINUTE_MS, Running.UNKNOWN),
    ],
)
def test_a_facility_runs_above_its_on_threshold_and_stands_below_its_off_threshold(
    limits: dict[str, float], kw: float, age_ms: int, expected: Running
):
    latest = readings([7], [NOON - age_ms], p=[kw])
    assert facility_states(dossier(**limits), latest, now=NOON)[0].running is expected


def test_a_facility_without_readings_is_unknown():
    state = facility_states(dossier(on_kw=5), readings([8], [NOON], p=[9.0]), now=NOON)[0]
    assert (state.running, state.read_at) == (Running.UNKNOWN, None)
    assert np.isnan(state.power_kw)


def test_a_facility_with_two_meters_needs_both():
    whole = dossier(on_kw=5)
    two = Dossier(
        whole.enterprise, (), whole.facilities, (*whole.meters, NumberedMeter(8, Meter("T1-n", "T1"))), (), ()
    )
    one = readings([7], [NOON], p=[9.0])
    both = readings([7, 8], [NOON, NOON - HOUR_MS // 60], p=[9.0, 1.0])
    assert facility_states(two, one, now=NOON)[0].running is Running.UNKNOWN
    assert facility_states(two, both, now=NOON)[0].power_kw == 10.0
