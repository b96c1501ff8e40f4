"""The series store that may go away: nothing lost, nothing twice, the first arrival first, nobody waits."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.errors import StoreAway
from core.readings import Quality, Readings, concatenate, readings
from ingest import spooled as spooled_module
from ingest.spool import Spool, SpoolFull
from ingest.spooled import SpooledSeries
from stores.duckdb import DuckSeries
from stores.memory import MemorySeries

T0 = 1_763_740_800_000


class Diary(MemorySeries):
    """The memory store, which notes what it is asked to append and fails on the readings it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[int]] = []
        self.poison: set[int] = set()

    def append(self, batch: Readings) -> int:
        self.asked.append(batch.seq.tolist())
        if self.poison & set(batch.seq.tolist()):
            raise ZeroDivisionError("nobody foresaw this")
        return super().append(batch)


def one(n: int, *, meter: int = 0) -> Readings:
    return readings([meter], [T0 + n], p=[float(n)], seq=np.array([n]))


def stored(series: MemorySeries) -> list[int]:
    return sorted(int(n) for batch in series.scan(0, 1 << 50) for n in batch.seq)


def until(holds: Callable[[], object], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.002)


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def told() -> list[int]:
    return []


@pytest.fixture
def series(diary: Diary, told: list[int], tmp_path: Path) -> Iterator[SpooledSeries]:
    made = SpooledSeries(diary, Spool(tmp_path / "spool"), clock=lambda: T0, written=told.append)
    yield made
    made.close()


def test_while_the_store_is_there_nothing_goes_to_the_disk(diary, series, told, tmp_path):
    assert series.append(one(1)) == 1
    assert series.append(one(1)) == 0
    assert (series.waiting.rows, series.waiting.set_aside, told) == (0, 0, [])
    assert list((tmp_path / "spool").iterdir()) == []


def test_an_empty_batch_is_nothing_to_wait_for(diary, series):
    diary.away = True
    assert series.append(readings([], [])) == 0
    assert series.waiting.rows == 0


def test_while_the_store_is_away_only_the_first_batch_asks_it(diary, series):
    diary.away = True
    assert [series.append(one(n)) for n in range(5)] == [0] * 5
    assert diary.asked == [[0]]
    waiting = series.waiting
    assert (waiting.rows, waiting.since, waiting.away, waiting.full) == (
        5,
        T0,
        "the memory store was told to be away",
        "",
    )
    assert 0 < waiting.share < 0.01


def test_a_store_that_is_back_gets_it_in_order_and_once_and_the_direct_way_opens(diary, series, told):
    diary.away = True
    for n in range(5):
        series.append(one(n))
    with pytest.raises(StoreAway):
        series.drain()
    diary.away, diary.asked = False, []
    series.append(one(5))  # behind those that wait, though the store is back
    series.drain()
    assert diary.asked == [[0, 1, 2, 3, 4, 5]]
    assert told == [6]
    assert (series.waiting.rows, series.waiting.away, series.waiting.since) == (0, "", None)
    assert series.append(one(6)) == 1


def test_a_write_takes_no_more_than_its_rows(diary, series, monkeypatch):
    monkeypatch.setattr(spooled_module, "WRITE_ROWS", 2)
    diary.away = True
    for n in range(7):
        series.append(one(n))
    diary.away, diary.asked = False, []
    series.drain()
    assert diary.asked == [[0, 1]]
    series.drain()
    series.drain()
    assert diary.asked == [[0, 1], [2, 3], [4, 5], [6]]


def test_readings_that_the_store_had_already_are_not_counted_as_new(diary, series, told):
    diary.append(one(3))
    diary.away = True
    series.append(one(3))
    series.append(one(4))
    diary.away = False
    series.drain()
    assert told == [1]


def test_a_full_spool_is_what_the_caller_hears_of_and_the_store_is_asked_again(diary, tmp_path):
    series = SpooledSeries(diary, Spool(tmp_path, most_bytes=100), clock=lambda: T0)
    diary.away = True
    series.append(one(0))
    for _ in range(2):
        with pytest.raises(SpoolFull):
            series.append(one(1))
    assert "full" in series.waiting.full
    diary.away = False
    series.drain()
    assert series.waiting.full == ""
    assert series.append(one(1)) == 1
    series.close()


def test_readiness_tells_a_store_that_is_away_from_readings_that_have_no_place(diary, tmp_path):
    series = SpooledSeries(diary, Spool(tmp_path, most_bytes=100), clock=lambda: T0)
    assert series.readiness() == {"series store": "ok", "spool": "ok"}
    diary.away = True
    series.append(one(0))
    assert series.readiness() == {
        "series store": "degraded: the memory store was told to be away",
        "spool": "degraded: 1 readings wait on the disk, 65% of the spool",
    }
    with pytest.raises(SpoolFull):
        series.append(one(1))
    assert series.readiness()["spool"] == "full: the spool is full: 65 of 100 bytes; the broker keeps what comes"
    diary.away = False
    series.drain()
    assert series.readiness() == {"series store": "ok", "spool": "ok"}
    series.close()


def test_a_batch_that_no_spool_can_hold_goes_once_the_store_is_back(diary, tmp_path):
    series, big = SpooledSeries(diary, Spool(tmp_path, most_bytes=100), clock=lambda: T0), readings([0] * 9, range(9))
    diary.away = True
    with pytest.raises(SpoolFull):
        series.append(big)
    diary.away = False
    assert series.append(big) == 9
    series.close()


def test_nobody_scans_a_history_with_a_hole(diary, series):
    series.append(one(0))
    assert len(concatenate(list(series.scan(0, 1 << 50)))) == 1
    diary.away = True
    series.append(one(1))
    diary.away = False
    with pytest.raises(StoreAway, match="1 readings wait in the spool"):
        series.scan(0, 1 << 50)
    series.drain()
    assert len(concatenate(list(series.scan(0, 1 << 50)))) == 2


def test_the_newest_readings_are_seen_while_they_wait(diary, series):
    series.append(one(1, meter=0))
    series.append(one(2, meter=1))
    diary.away = True
    series.append(one(5, meter=0))
    series.append(one(4, meter=0))
    assert newest(series) == {0: 5}
    diary.away = False
    assert newest(series) == {0: 5, 1: 2}
    assert newest(series, since=T0 + 6) == {}
    series.drain()
    assert newest(series) == {0: 5, 1: 2}


def test_a_time_that_is_not_believed_is_no_news(diary, series):
    diary.away = True
    series.append(one(5))
    series.append(replace(one(9), quality=np.array([int(Quality.CLOCK_SKEW)])))
    assert newest(series) == {0: 5}


def newest(series: SpooledSeries, since: int = 0) -> dict[int, int]:
    found = series.latest(since)
    return dict(zip(found.meter.tolist(), found.seq.tolist(), strict=True))


def test_what_waits_is_known_after_a_restart(diary, tmp_path):
    first = SpooledSeries(diary, Spool(tmp_path), clock=lambda: T0)
    diary.away = True
    first.append(one(7))
    first.close()
    again = SpooledSeries(diary, Spool(tmp_path), clock=lambda: T0 + 1)
    assert (again.waiting.rows, again.waiting.since, newest(again)) == (1, T0 + 1, {0: 7})
    again.append(one(8))
    assert again.waiting.rows == 2
    again.close()


def test_readings_that_make_the_store_fail_are_set_aside_and_the_others_written(diary, series, told, tmp_path, caplog):
    diary.away = True
    for n in range(10):
        series.append(one(n))
    diary.away, diary.poison = False, {3, 4}
    series.drain()
    assert stored(diary) == [0, 1, 2, 5, 6, 7, 8, 9]
    assert told == [8]
    assert series.waiting.rows == 0
    assert "set aside, no store takes it" in caplog.text
    (tmp_path / "again").mkdir()
    (tmp_path / "spool" / "refused.readings").rename(tmp_path / "again" / "000000000001.spool")
    assert [n for batch in Spool(tmp_path / "again").batches() for n in batch.seq] == [3, 4]


def test_a_store_that_fails_on_everything_is_away_and_nothing_is_set_aside(diary, series, tmp_path):
    diary.away = True
    for n in range(200):
        series.append(one(n))
    diary.away, diary.poison = False, set(range(199))
    with pytest.raises(StoreAway, match="fails on"):
        series.drain()
    assert series.waiting.rows == 200
    assert not (tmp_path / "spool" / "refused.readings").exists()


def test_the_drainer_writes_by_itself_once_the_store_is_back(diary, tmp_path, monkeypatch):
    monkeypatch.setattr(spooled_module, "PAUSE_S", 0.001)
    monkeypatch.setattr(spooled_module, "LONGEST_PAUSE_S", 0.01)
    series = SpooledSeries(diary, Spool(tmp_path), clock=lambda: T0)
    series.start()
    diary.away = True
    for n in range(20):
        series.append(one(n))
    until(lambda: len(diary.asked) > 3)
    assert series.settle(0.5) is False
    diary.away = False
    until(lambda: series.waiting.rows == 0)
    assert series.settle(0) is True
    assert stored(diary) == list(range(20))
    series.close()


def test_while_it_is_written_more_may_come_without_an_end(tmp_path):
    class Slow(Diary):
        def append(self, batch: Readings) -> int:
            found = super().append(batch)
            time.sleep(0.002)  # longer than an append to the spool takes
            return found

    diary = Slow()
    series, n = SpooledSeries(diary, Spool(tmp_path), clock=lambda: T0), 0
    diary.away = True
    series.append(one(0))
    diary.away = False
    series.start()
    deadline = time.monotonic() + 20
    while series.waiting.rows:
        assert time.monotonic() < deadline, "the direct way never opened again"
        n += 1
        series.append(one(n))
    assert series.append(one(n + 1)) == 1
    series.close()
    assert stored(diary) == list(range(n + 2))


def test_many_who_append_at_once_lose_nothing(diary, tmp_path, monkeypatch):
    monkeypatch.setattr(spooled_module, "PAUSE_S", 0.001)
    series = SpooledSeries(diary, Spool(tmp_path, segment_bytes=2_000), clock=lambda: T0)
    series.start()
    started = threading.Barrier(5)

    def appends(meter: int) -> None:
        started.wait()
        for n in range(100):
            series.append(one(meter * 1000 + n, meter=meter))

    threads = [threading.Thread(target=appends, args=(meter,)) for meter in range(4)]
    for thread in threads:
        thread.start()
    started.wait()
    for _ in range(10):
        diary.away = not diary.away
        time.sleep(0.01)
    diary.away = False
    for thread in threads:
        thread.join()
    until(lambda: series.waiting.rows == 0)
    series.close()
    assert stored(diary) == sorted(meter * 1000 + n for meter in range(4) for n in range(100))


def test_a_real_file_store_takes_it_up(tmp_path):
    store = DuckSeries(tmp_path / "readings.duckdb")
    first = SpooledSeries(Away(), Spool(tmp_path / "spool"), clock=lambda: T0)
    for n in range(3):
        first.append(one(n))
    first.stop()
    second = SpooledSeries(store, Spool(tmp_path / "spool"), clock=lambda: T0)
    second.drain()
    assert [batch.seq.tolist() for batch in second.scan(0, 1 << 42)] == [[0, 1, 2]]
    second.close()


class Away(MemorySeries):
    def append(self, batch: Readings) -> int:
        raise StoreAway("gone for good")


class AnyOutage(RuleBasedStateMachine):
    """Whatever goes away, comes back and is started again: in the end the store has each key's first arrival, once."""

    @initialize()
    def begin(self) -> None:
        self.diary, self.arrived, self.count, self.refused = Diary(), {}, 0, 0
        self.told = 0
        self.folder = TemporaryDirectory()
        self._open()

    def _open(self) -> None:
        spool = Spool(Path(self.folder.name), most_bytes=6_000, segment_bytes=700)
        self.series = SpooledSeries(self.diary, spool, clock=lambda: T0, written=self._tell)

    def _tell(self, new: int) -> None:
        self.told += new

    @rule(keys=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40)), max_size=6))
    def append(self, keys: list[tuple[int, int]]) -> None:
        seq = np.arange(self.count, self.count + len(keys))
        batch = readings([m for m, _ in keys], [T0 + t for _, t in keys], p=[1.0] * len(keys), seq=seq)
        try:
            self.told += self.series.append(batch)
        except SpoolFull:
            self.refused += 1
            return
        self.count += len(keys)
        for key, number in zip(keys, seq.tolist(), strict=True):
            self.arrived.setdefault(key, number)

    @rule(away=st.booleans())
    def toggle(self, away: bool) -> None:
        self.diary.away = away

    @precondition(lambda self: self.series.waiting.rows)
    @rule()
    def drain(self) -> None:
        try:
            self.series.drain()
        except StoreAway:
            assert self.diary.away

    @rule()
    def restart(self) -> None:
        self.series.stop()
        self._open()

    @precondition(lambda self: self.series.waiting.rows)
    @rule()
    def killed_between_the_write_and_the_drop(self) -> None:
        batch, _ = self.series._spool.oldest(most_rows=3)
        if not self.diary.away:
            self.told += self.diary.append(batch)
        self.restart()

    @invariant()
    def nothing_twice(self) -> None:
        if not self.series.waiting.rows and not self.diary.away:
            assert self._in_the_store() == self.arrived
            assert self.told == len(self.arrived)

    def _in_the_store(self) -> dict[tuple[int, int], int]:
        found = concatenate(list(self.diary.scan(0, 1 << 50)))
        rows = zip(found.meter.tolist(), (found.ts - T0).tolist(), found.seq.tolist(), strict=True)
        return {(meter, ts): seq for meter, ts, seq in rows}

    def teardown(self) -> None:
        self.diary.away = False
        while self.series.waiting.rows:
            self.series.drain()
        assert self._in_the_store() == self.arrived
        assert self.told == len(self.arrived)
        self.series.close()
        self.folder.cleanup()


TestAnyOutage = AnyOutage.TestCase
TestAnyOutage.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
