"""The road of a batch: everything is safe, as readings or as a dead letter, before `run` returns."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import NightwattError, StoreAway
from core.facility_state import FacilityState, Running
from core.readings import COLUMN, Readings, concatenate
from core.records import DeadLetter
from ingest.decoders import DECODERS, Decoded, Dialect
from ingest.decoders.decoded import Zone
from ingest.message import Message
from ingest.pipeline import Pipeline
from stores.memory import MemorySeries
from stores.sql.dead_letters import SqlDeadLetters
from stores.sql.engine import Database, open_database
from tests.cases import NOON, city

OWN = DECODERS["nightwatt"]
DEADLINE_S = 20


class Diary(MemorySeries):
    """A series store, evaluator and observer that write down what happened in which order."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []
        self.evaluator_away = False
        self.judged: list[Readings] = []
        self.latencies: list[float] = []

    def append(self, batch: Readings) -> int:
        count = super().append(batch)
        self.events.append(f"stored {count} of {len(batch)}")
        return count

    def evaluate(self, batch: Readings, *, now: int) -> None:
        if self.evaluator_away:
            raise StoreAway("the database was told to be away")
        assert now == NOON
        self.judged.append(batch)
        self.events.append(f"judged {len(batch)}")

    def stored(self, new: int, received: int) -> None:
        self.events.append(f"counted {new} of {received}")

    def dead(self, count: int) -> None:
        self.events.append(f"dead {count}")

    def remarked(self, remarks: Mapping[str, int]) -> None:
        self.events.append(f"remarked {dict(remarks)}")

    def committed(self, seconds: Sequence[float]) -> None:
        self.latencies = list(seconds)
        self.events.append(f"committed {len(seconds)}")


class Road:
    """A pipeline and what it leads to."""

    def __init__(self, db: Database, dialect: Dialect = OWN) -> None:
        self.diary, self.stopping, self.letters = Diary(), threading.Event(), SqlDeadLetters(db)
        self.pipeline = Pipeline(
            city(),
            series=self.diary,
            evaluator=self.diary,
            dead_letters=self.letters,
            clock=lambda: NOON,
            observer=self.diary,
            stopping=self.stopping,
            dialects={"only": dialect},
        )

    def dead(self) -> list[tuple[str, bytes, str]]:
        rows = self.letters.letters(limit=100).rows
        return [(row.topic, self.whole(row.id), row.reason) for row in reversed(rows)]

    def whole(self, id: int) -> bytes:
        letter = self.letters.letter(id)
        assert letter is not None
        return letter.payload

    def readings(self) -> list[tuple[int, float]]:
        found = concatenate(list(self.diary.scan(0, 1 << 50)))
        return list(zip(found.meter.tolist(), found.p.tolist(), strict=True))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'nightwatt.db'}")
    yield database
    database.close()


@pytest.fixture
def road(db: Database) -> Road:
    return Road(db)


def message(payload: str = "", *, meter: str = "print-P1-m", enterprise: str = "print", at: int = NOON) -> Message:
    text = payload or f'{{"ts": {at}, "p": 7.5}}'
    return Message(f"nightwatt/v1/{enterprise}/{meter}/telemetry", text.encode(), NOON, time.monotonic())


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def started(road: Road, *messages: Message) -> tuple[threading.Thread, list[BaseException]]:
    """`run` in a thread, and what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            road.pipeline.run(messages)
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, raised


def finished(thread: threading.Thread) -> None:
    thread.join(DEADLINE_S)
    assert not thread.is_alive()


def test_readings_are_stored_then_judged_then_committed(road: Road) -> None:
    road.pipeline.run([message(), message(at=NOON + 1), message(meter="SN-print-T1")])
    assert road.diary.events == ["stored 3 of 3", "counted 3 of 3", "judged 3", "committed 3"]
    assert road.readings() == [(4, 7.5), (5, 7.5), (4, 7.5)]
    assert road.dead() == []
    assert all(0 <= seconds < DEADLINE_S for seconds in road.diary.latencies)


def test_the_same_message_again_is_judged_again_but_stored_once(road: Road) -> None:
    for _ in range(2):
        road.pipeline.run([message()])
    assert road.diary.events[4:] == ["stored 0 of 1", "counted 0 of 1", "judged 1", "committed 1"]


def test_an_empty_batch_is_committed_at_once(road: Road) -> None:
    road.pipeline.run([])
    assert road.diary.events == ["committed 0"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (message("nonsense"), "not JSON"),
        (message(meter="nobody"), "unknown meter 'nobody' of enterprise 'print'"),
        (message(enterprise="foundry"), "unknown meter 'print-P1-m' of enterprise 'foundry'"),
        (message('{"ua": 220}'), "neither p nor ep"),
        (replace(message(), topic="elsewhere"), "no dialect speaks on this topic"),
        (message('{"ts": "2026-03-20T12:00:00", "p": 1}'), "no offset"),
    ],
)
def test_what_is_not_understood_is_kept_whole_with_the_reason_and_stops_nobody(
    road: Road, wrong: Message, reason: str
) -> None:
    road.pipeline.run([message(), wrong, message(at=NOON + 1)])
    [(topic, payload, said)] = road.dead()
    assert (topic, payload) == (wrong.topic, wrong.payload)
    assert reason in said
    assert len(road.readings()) == 2
    assert road.diary.events == ["dead 1", "stored 2 of 2", "counted 2 of 2", "judged 2", "committed 3"]


def test_of_a_partly_bad_message_the_good_is_stored_and_the_whole_kept(road: Road) -> None:
    partly = message(f'[{{"ts": {NOON}, "p": 1}}, {{"ts": {NOON + 1}}}, {{"ts": {NOON + 2}, "p": "3"}}]')
    road.pipeline.run([partly])
    assert road.readings() == [(4, 1.0), (4, 3.0)]
    assert road.dead() == [(partly.topic, partly.payload, "reading 2 of 3: neither p nor ep")]


def test_many_reasons_are_cut_short(road: Road) -> None:
    road.pipeline.run([message("[" + ",".join(["{}"] * 50) + "]")])
    [(_, _, reason)] = road.dead()
    assert reason.count("neither p nor ep") == 3
    assert reason.endswith("…")


def test_a_batch_of_nothing_but_dead_letters_is_committed_without_judging(road: Road) -> None:
    road.pipeline.run([message("x"), message("y")])
    assert road.diary.events == ["dead 2", "committed 2"]


def test_a_bug_in_a_decoder_costs_one_message_only(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    def poisoned(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
        if b"poison" in payload:
            raise ZeroDivisionError("secret of the decoder")
        return OWN.decode(topic, payload, zone=zone, now=now)

    road = Road(db, Dialect(OWN.topics, poisoned))
    road.pipeline.run([message(), message("poison"), message(at=NOON + 1)])
    assert [reason for _, _, reason in road.dead()] == ["internal error: ZeroDivisionError"]
    assert len(road.readings()) == 2
    assert "decoder failed on" in caplog.text


def test_the_dossiers_zone_is_used_for_times_without_offset(road: Road) -> None:
    registry = city()
    meters = tuple(replace(m, timezone="Asia/Shanghai") if m.id == "print-P1-m" else m for m in registry.meters)
    road.pipeline.use(replace(registry, meters=meters))
    road.pipeline.run([message('{"ts": "2026-03-20T12:00:00", "p": 1}')])
    assert concatenate(list(road.diary.scan(0, 1 << 50))).ts.tolist() == [NOON]


def test_another_registry_is_used_from_the_next_batch_on(road: Road) -> None:
    registry = city()
    new = replace(registry.meters[4], id="print-P1-n", ct=10, values="secondary")
    road.pipeline.run([message(meter="print-P1-n")])
    road.pipeline.use(replace(registry, meters=(*registry.meters, new)))
    road.pipeline.run([message(meter="print-P1-n")])
    assert len(road.dead()) == 1
    assert road.readings() == [(9, 75.0)]


def test_while_the_series_store_is_away_run_waits_and_nothing_is_lost(road: Road) -> None:
    road.diary.away = True
    thread, raised = started(road, message(), message("nonsense"), message(at=NOON + 1))
    until(lambda: road.pipeline.away)
    assert thread.is_alive()
    assert road.diary.judged == []
    road.diary.away = False
    finished(thread)
    assert (raised, road.pipeline.away) == ([], "")
    assert len(road.readings()) == 2
    assert len(road.dead()) == 1


def test_while_the_database_is_away_run_waits_with_the_readings_stored(road: Road) -> None:
    road.diary.evaluator_away = True
    thread, raised = started(road, message())
    until(lambda: road.pipeline.away)
    assert "committed 1" not in road.diary.events
    assert len(road.readings()) == 1
    road.diary.evaluator_away = False
    finished(thread)
    assert raised == []
    assert road.diary.events == ["stored 1 of 1", "counted 1 of 1", "judged 1", "committed 1"]


def test_a_dead_letter_box_that_is_away_for_a_while_takes_each_letter_once(road: Road, db: Database) -> None:
    box = BoxThatGoesAway(road.letters, takes=0)
    road.pipeline._dead_letters = box
    thread, raised = started(road, message("one"), message("two"), message("three"))
    until(lambda: road.pipeline.away)
    assert thread.is_alive()
    box.takes = 99
    finished(thread)
    assert raised == []
    assert [payload for _, payload, _ in road.dead()] == [b"one", b"two", b"three"]


def test_stopping_while_a_store_is_away_ends_the_waiting_and_commits_nothing(road: Road) -> None:
    road.diary.away = True
    thread, raised = started(road, message())
    until(lambda: road.pipeline.away)
    road.stopping.set()
    finished(thread)
    assert isinstance(raised[0], StoreAway)
    assert road.diary.events == []


def test_a_message_that_makes_anything_fail_is_found_and_set_aside(
    road: Road, caplog: pytest.LogCaptureFixture
) -> None:
    def fragile(batch: Readings, *, now: int) -> None:
        if 666.0 in batch.p:
            raise ZeroDivisionError("nobody foresaw this")
        road.diary.judged.append(batch)

    road.diary.evaluate = fragile  # type: ignore[method-assign]
    poison = message(f'{{"ts": {NOON}, "p": 666}}')
    road.pipeline.run([*(message(at=NOON + i) for i in range(1, 6)), poison, message(at=NOON + 6)])
    assert road.dead() == [(poison.topic, poison.payload, "internal error: ZeroDivisionError")]
    assert sum(len(batch) for batch in road.diary.judged) == 6
    assert "nobody foresaw this" in caplog.text


class BoxThatGoesAway:
    """The real box, which takes that many deliveries and then is away."""

    def __init__(self, box: SqlDeadLetters, *, takes: int) -> None:
        self.box, self.takes = box, takes

    def put_all(self, letters: Sequence[DeadLetter]) -> None:
        if not self.takes:
            raise StoreAway("the box was told to be away")
        self.takes -= 1
        self.box.put_all(letters)


def test_while_the_database_can_not_say_whether_a_meter_is_unknown_run_waits(road: Road) -> None:
    away = threading.Event()

    def refresh() -> bool:
        if not away.is_set():
            raise StoreAway("the database was told to be away")
        return False

    road.pipeline._refresh = refresh
    thread, raised = started(road, message(meter="nobody"), message())
    until(lambda: road.pipeline.away)
    assert thread.is_alive()
    away.set()
    finished(thread)
    assert (raised, road.pipeline.away) == ([], "")
    assert len(road.readings()) == len(road.dead()) == 1


def test_what_a_store_refuses_for_ever_is_a_dead_letter_with_its_reason(road: Road) -> None:
    def append(batch: Readings) -> int:
        raise Never("the store can't hold this id")

    road.diary.append = append  # type: ignore[method-assign]
    road.pipeline.run([message()])
    assert [reason for _, _, reason in road.dead()] == ["the store can't hold this id"]


class Never(NightwattError):
    """A store will never take it."""


@pytest.mark.parametrize("quantity", ["p", "ep", "q", "ua", "f"])
def test_a_value_that_no_sum_can_hold_is_absent(road: Road, quantity: str) -> None:
    road.pipeline.run([message(json.dumps({"ts": NOON, "p": 5.0, "ep": 7.0, quantity: 1.7e308}))])
    (batch,) = road.diary.judged
    assert np.isnan(batch.values[0, COLUMN[quantity]])
    assert np.nanmax(np.abs(batch.values)) <= 7.0
    assert "remarked {'value beyond any meter': 1}" in road.diary.events


def test_a_state_of_the_future_is_not_believed(db: Database) -> None:
    def decode(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
        ahead = [0, 600_000, 600_001]
        return Decoded([], states=[FacilityState("S", f"SB{i}", Running.ON, now + ms) for i, ms in enumerate(ahead)])

    road, kept = Road(db, Dialect(OWN.topics, decode)), States()
    road.pipeline._states = kept
    road.pipeline.run([message()])
    assert [state.facility for state in kept.states] == ["SB0", "SB1"]
    assert [reason for _, _, reason in road.dead()] == ["SB2 is told a state of the future"]


class States:
    """Keeps what facilities say."""

    def __init__(self) -> None:
        self.states: list[FacilityState] = []

    def record(self, states: Sequence[FacilityState], *, now: int) -> int:
        self.states += states
        return len(states)
