"""Back-tests for programs: asked for, watched, cancelled, and never about another district."""

import threading
from collections.abc import Iterator, Sequence

import pytest

from core.interval import HOUR_MS
from core.readings import IntArray, Readings
from nightwatt.trials import WAITING_AT_MOST, Trials
from tests.api.place import Place
from tests.api.trying import asked, limit, over, trying


@pytest.fixture
def trials(place: Place) -> Iterator[Trials]:
    with trying(place) as made:
        yield made


def test_another_limit_is_tried_beside_todays(place: Place, trials: Trials):
    program = place.program_of("monitor")
    made = asked(program, limit=limit(value=1.0), days=1, enterprises=["foundry"])
    assert (made["state"], made["result"]) == ("queued", None)
    over(trials, int(str(made["id"])), by="monitor")
    found = program.get(f"/api/v1/backtests/{made['id']}").json()
    assert (found["state"], found["error"], found["share"]) == ("done", "", 1.0)
    result = found["result"]
    assert sum(result["today"]["hours"]) == result["today"]["alarms"]
    assert set(result["today"]["by_enterprise"]) <= {"foundry"}
    assert result["same"] + result["new_total"] == result["tried"]["alarms"]


def test_what_the_tried_limit_no_longer_raises_is_gone(place: Place, trials: Trials):
    # The paint shop's treatment falls to 2 kW at three at night: its thresholds say when it runs, not the limits.
    program = place.program_of("monitor")
    made = asked(program, facilities=[{"id": "paint-T1", "on_kw": 1.0, "off_kw": 0.5}], days=1)
    found = over(trials, int(str(made["id"])), by="monitor").result
    assert found is not None
    assert [row.rule for row in found.gone] == ["interlock"]
    assert [row.enterprise for row in found.gone] == ["paint"]
    assert found.tried.by_severity == {1: 0, 2: 0, 3: 0}


def test_a_rule_is_switched_off_for_all_that_the_caller_may_see(place: Place, trials: Trials):
    made = asked(place.program_of("leader"), rules={"disabled": ["interlock"]}, days=1)
    done = over(trials, int(str(made["id"])), by="leader")
    assert done.wanted.enterprises == {"foundry", "print"}
    assert done.result is not None
    assert {row.enterprise for row in done.result.gone} == {"foundry", "print"}


def test_an_alarm_in_the_run_up_does_not_count(place: Place, trials: Trials):
    place.clocks.city += 20 * HOUR_MS
    made = asked(place.program_of("monitor"), rules={"disabled": ["interlock"]}, days=1)
    found = over(trials, int(str(made["id"])), by="monitor").result
    assert found is not None
    assert len([row for row in found.today.alarms if row.rule == "interlock"]) == 0


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 422, "say what to try"),
        ({"days": 91, "rules": {"disabled": []}}, 422, "days"),
        ({"days": 0, "rules": {"disabled": []}}, 422, "days"),
        ({"nonsense": 1}, 422, "nonsense"),
        ({"rules": {"interlok": {}}}, 422, "interlok"),
        ({"limit": limit(value="much")}, 422, "value"),
        ({"limit": limit(on_delay_s=-1)}, 422, "on_delay_s"),
        ({"limit": limit(new_severity=4)}, 422, "new_severity"),
        ({"limit": limit(meter="nothing")}, 404, "no such meter"),
        ({"limit": limit(side="above")}, 404, "no such limit"),
        ({"facilities": [{"id": "nothing", "on_kw": 1}]}, 404, "no such facility"),
        ({"facilities": [{"id": "paint-T1", "on_kw": 1, "off_kw": 2}]}, 422, "off-threshold"),
        ({"rules": {"disabled": ["interlock"]}, "enterprises": ["nobody"]}, 404, "no such enterprise"),
    ],
)
def test_what_can_not_be_tried_is_refused(
    place: Place, trials: Trials, body: dict[str, object], status: int, words: str
):
    answer = place.program_of("monitor").post("/api/v1/backtests", json=body)
    assert answer.status_code == status
    assert words in answer.text
    assert trials.latest(by="monitor") is None


@pytest.mark.parametrize(
    "body",
    [
        {"limit": {"meter": "paint-T1-m", "quantity": "ua", "side": "below", "severity": 1, "value": 1}},
        {"facilities": [{"id": "paint-T1", "on_kw": 1}]},
        {"rules": {"disabled": ["interlock"]}, "enterprises": ["foundry", "paint"]},
    ],
)
def test_another_districts_rows_do_not_exist(place: Place, trials: Trials, body: dict[str, object]):
    assert place.program_of("leader").post("/api/v1/backtests", json=body).status_code == 404


def test_who_may_not_back_test_may_not(place: Place, trials: Trials):
    program = place.program_of("tian")
    assert program.post("/api/v1/backtests", json={"rules": {}}).status_code == 403
    assert program.get("/api/v1/backtests/1").status_code == 403
    assert program.delete("/api/v1/backtests/1").status_code == 403


def test_nobody_sees_or_cancels_another_persons(place: Place, trials: Trials):
    made = asked(place.program_of("monitor"), limit=limit(value=1.0), days=1)
    other = place.program_of("leader")
    assert other.get(f"/api/v1/backtests/{made['id']}").status_code == 404
    assert other.delete(f"/api/v1/backtests/{made['id']}").status_code == 404
    assert over(trials, int(str(made["id"])), by="monitor").state == "done"


class Endless:
    """A history that goes on until it is let go; `began` once it is asked."""

    def __init__(self, batch: Readings) -> None:
        self.batch, self.began, self.free = batch, threading.Event(), threading.Event()

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        self.began.set()
        while not self.free.is_set():
            yield self.batch


@pytest.fixture
def endless(place: Place, trials: Trials) -> Iterator[Endless]:
    made = Endless(next(iter(place.services.series.scan(0, 10**13))).take(slice(0, 1000)))
    trials._history = made
    yield made
    made.free.set()


def test_a_person_has_one_at_a_time_and_can_cancel_it(place: Place, trials: Trials, endless: Endless):
    program = place.program_of("monitor")
    made = asked(program, limit=limit(value=1.0))
    assert endless.began.wait(30)
    busy = program.post("/api/v1/backtests", json={"limit": limit(value=2.0)})
    assert busy.status_code == 409
    assert "not over yet" in busy.text
    assert program.delete(f"/api/v1/backtests/{made['id']}").status_code == 204
    assert program.get(f"/api/v1/backtests/{made['id']}").json()["state"] == "cancelled"
    endless.began.clear()
    again = asked(program, limit=limit(value=2.0))
    assert endless.began.wait(30)  # the cancelled one has let go, although its history would have gone on
    assert program.delete(f"/api/v1/backtests/{again['id']}").status_code == 204
    assert program.delete(f"/api/v1/backtests/{again['id']}").status_code == 204


def test_one_that_waits_can_be_cancelled_and_the_queue_is_bounded(place: Place, trials: Trials, endless: Endless):
    wanted = asked(place.program_of("monitor"), limit=limit(value=1.0))
    assert endless.began.wait(30)
    what = trials.get(int(str(wanted["id"])), by="monitor")
    assert what is not None
    rows = [trials.start(what.wanted, by=f"person {i}", now=0) for i in range(WAITING_AT_MOST)]
    answer = place.program_of("leader").post("/api/v1/backtests", json={"limit": limit(value=2.0)})
    assert answer.status_code == 409
    assert "too many" in answer.text
    for row in rows:
        assert trials.cancel(row.id, by=row.by)
        assert trials.get(row.id, by=row.by).state == "cancelled"  # type: ignore[union-attr]


def test_a_history_that_breaks_is_told(place: Place, trials: Trials, endless: Endless):
    class Broken:
        def scan(self, start: int, end: int, **wanted: object) -> Iterator[Readings]:
            raise ValueError("the disk is gone")

    trials._history = Broken()  # type: ignore[assignment]
    made = asked(place.program_of("monitor"), limit=limit(value=1.0))
    done = over(trials, int(str(made["id"])), by="monitor")
    assert (done.state, done.error) == ("failed", "the disk is gone")


def test_asking_is_on_record(place: Place, trials: Trials):
    asked(place.program_of("monitor"), limit=limit(value=1.0), days=7)
    row = place.services.audit.entries(limit=1).rows[0]
    assert (row.actor, row.action, row.detail) == ("monitor", "back-test", "1 enterprises, 7 days")
