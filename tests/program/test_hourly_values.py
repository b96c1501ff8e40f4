"""Hourly values are made when an hour is over, and again for what came late, over outages and restarts."""

import json
import threading
from pathlib import Path

import pytest

from core.errors import StoreAway
from core.interval import DAY_MS, HOUR_MS
from core.readings import readings
from nightwatt.commands.store import roll_up
from nightwatt.hourly import HourlyValues
from stores.influx.hourly import Hourly
from stores.influx.setup import prepare
from stores.influx.store import InfluxSeries
from tests.cases import city
from tests.influx import RunningInflux, execute

EVER = 1_773_979_200_000
LOOK_BACK = 48 * HOUR_MS


class Asked:
    """Writes down which spans were asked for; `away` lets it fail."""

    def __init__(self) -> None:
        self.spans: list[tuple[int, int]] = []
        self.away, self.closed = False, False

    def roll_up(self, start: int, end: int) -> int:
        if self.away:
            raise StoreAway("nobody there")
        self.spans.append(((start - EVER) // HOUR_MS, (end - EVER) // HOUR_MS))
        return 0

    def close(self) -> None:
        self.closed = True

    def take(self) -> list[tuple[int, int]]:
        """The spans since the last call, in hours."""
        found, self.spans = self.spans, []
        return found


class Place:
    def __init__(self, folder: Path) -> None:
        self.asked, self.cursor, self.at = Asked(), folder / "hourly", EVER

    def values(self) -> HourlyValues:
        """As a start of the service makes it."""
        return HourlyValues(self.asked, cursor=self.cursor, look_back=LOOK_BACK, clock=lambda: self.at)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_an_hour_is_made_once_it_is_over_together_with_the_look_back(place: Place) -> None:
    values = place.values()
    place.at = EVER + HOUR_MS // 2
    values.round()
    assert place.asked.take() == [(-48, -24), (-24, 0)]
    place.at = EVER + HOUR_MS - 1
    values.round()
    assert place.asked.take() == []
    place.at = EVER + HOUR_MS
    values.round()
    assert place.asked.take() == [(-48, -24), (-24, 0), (0, 1)]


def test_what_a_stop_has_missed_is_made_after_the_start(place: Place) -> None:
    place.values().round()
    place.asked.take()
    place.at = EVER + 5 * DAY_MS
    place.values().round()
    assert place.asked.take() == [(begun, begun + 24) for begun in range(-48, 120, 24)]


def test_what_an_outage_has_held_up_is_made_when_the_store_is_back(place: Place) -> None:
    values = place.values()
    values.round()
    place.asked.take()
    place.asked.away, place.at = True, EVER + 3 * DAY_MS
    values.round()
    assert values.trouble == "nobody there"
    place.asked.away, place.at = False, place.at + HOUR_MS
    values.round()
    assert values.trouble == ""
    spans = place.asked.take()
    assert (spans[0][0], spans[-1][1]) == (-48, 73)


def test_a_clock_that_was_set_back_does_not_hold_the_hours_up(place: Place) -> None:
    place.at = EVER + 100 * DAY_MS
    place.values().round()
    place.asked.take()
    place.at = EVER
    place.values().round()
    assert place.asked.take() == [(-48, -24), (-24, 0)]
    place.at = EVER + HOUR_MS
    place.values().round()
    assert place.asked.take()[-1] == (0, 1)


@pytest.mark.parametrize("content", ["", "soon", "\x00"])
def test_a_cursor_that_cannot_be_read_makes_the_look_back_anew(place: Place, content: str) -> None:
    place.cursor.write_text(content)
    place.values().round()
    assert place.asked.take() == [(-48, -24), (-24, 0)]
    assert place.cursor.read_text() == str(EVER)


def test_a_stop_waits_for_the_day_in_hand_and_for_no_more(place: Place) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Asked):
        def roll_up(self, start: int, end: int) -> int:
            begun.set()
            assert go_on.wait(30)
            assert not self.closed
            return super().roll_up(start, end)

    place.asked = Slow()
    values = place.values()
    working, closing = threading.Thread(target=values.round), threading.Thread(target=values.close)
    working.start()
    assert begun.wait(30)
    closing.start()
    assert values._stopping.wait(30)
    go_on.set()
    working.join(30)
    closing.join(30)
    assert (place.asked.closed, place.asked.take(), values.trouble) == (True, [(-48, -24)], "")


def test_the_command_makes_hours_that_are_long_past(influx: RunningInflux, capsys: pytest.CaptureFixture[str]) -> None:
    address = influx.address("rolled up")
    prepare(address)
    now = EVER + 200 * DAY_MS
    series = InfluxSeries(address, city)
    series.append(readings([0, 0, 0], [EVER + 1, EVER + 2, EVER + HOUR_MS], p=[1.0, 3.0, 7.0]))
    series.close()
    begun = "2026-03-20T04:10:00Z"
    assert roll_up(address, from_=begun, to="2026-03-20T13:00:01+08:00", now=now) == 0
    told = {"from": "2026-03-20T04:00:00Z", "to": "2026-03-20T06:00:00Z", "values": 2}
    assert json.loads(capsys.readouterr().out) == told
    (found,) = execute(address, 'SELECT p_mean FROM "hourly"."meter_hourly"')
    assert found["p_mean"] == (2.0, 7.0)
    hourly = Hourly(address)
    assert hourly.roll_up(EVER - HOUR_MS, EVER) == 0
    hourly.close()
