"""The real year of a steel plant's feeder: it is never switched off, and the learner leaves it to a person."""

import os

import numpy as np
import pytest

from analytics.learning.learner import learn
from analytics.learning.proposal import Proposal, Verdict
from core.interval import DAY_MS, MINUTE_MS
from core.readings import readings
from core.registry import Enterprise, Facility, Kind, Meter, Registry
from tests.analytics.loads import Columns
from tests.analytics.test_imbalance_steel import STEEL, quarters

START = 1_514_732_400_000  # 2018-01-01 in Seoul


@pytest.fixture(scope="module")
def year() -> Proposal:
    if not STEEL.exists():
        missing = f"{STEEL} is absent: the real year is not tested"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    kw = np.array([4 * kwh for _, kwh in quarters()])
    held = readings(np.zeros(len(kw), dtype=np.int64), START + np.arange(len(kw)) * 15 * MINUTE_MS, p=kw)
    registry = Registry(
        enterprises=(Enterprise("steel", "Steel plant", "North", timezone="Asia/Seoul"),),
        facilities=(Facility("feeder", "steel", Kind.FEEDER),),
        meters=(Meter("main", "feeder", interval_s=900),),
    )
    (found,) = learn(registry, Columns(held), start=START, end=START + 365 * DAY_MS)
    return found


def test_a_whole_plants_feeder_has_no_off_and_a_person_is_asked(year: Proposal) -> None:
    first = year.reasons[0]
    assert (year.verdict, first.code) == (Verdict.ASK, "not-apart")
    assert 20 < dict(first.values)["percent"] < 60  # at night it draws 5 to 20 % of its daily load: that is no stop
    assert year.confidence < 0.1


def test_the_whole_year_was_looked_at(year: Proposal) -> None:
    assert (year.days, year.readings) == (365, 35_040)
