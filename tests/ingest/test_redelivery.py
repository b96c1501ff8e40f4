"""Dead letters on the road once more: what is understood now becomes readings, the rest stays with its new reason."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from core.errors import StoreAway
from core.records import DeadLetter, LetterFilter, Redelivered
from ingest import redelivery as module
from ingest.intake import Intake
from ingest.message import Answer, Message
from ingest.redelivery import Redelivery
from stores.sql.dead_letters import SqlDeadLetters
from stores.sql.engine import Database, open_database
from tests.cases import NOON


class Road:
    """Understands payloads that do not start with "bad" and buries the others, as the pipeline does."""

    def __init__(self, letters: SqlDeadLetters) -> None:
        self.letters, self.came, self.open = letters, [], threading.Event()
        self.open.set()

    def run(self, messages: Sequence[Message]) -> None:
        assert self.open.wait(20)
        self.came += [(m.topic, m.payload, m.received_at) for m in messages]
        bad = [m for m in messages if m.payload.startswith(b"bad")]
        self.letters.put_all([DeadLetter(0, m.received_at, m.topic, m.payload, "still bad") for m in bad])
        for message in messages:
            message.origin.answer(message, Answer("t", b"thanks"))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'nightwatt.db'}")
    yield database
    database.close()


@pytest.fixture
def letters(db: Database) -> SqlDeadLetters:
    found = SqlDeadLetters(db)
    for n, payload in enumerate([b"good 0", b"bad 1", b"good 2", b"bad 3"]):
        found.put(f"t/{n}", payload, "not JSON" if n % 2 else "unknown meter", now=NOON + n)
    return found


@pytest.fixture
def road(letters: SqlDeadLetters) -> Road:
    return Road(letters)


@pytest.fixture
def intake(road: Road) -> Iterator[Intake]:
    made = Intake(road)
    made.start()
    yield made
    road.open.set()
    made.stop()


@pytest.fixture
def redelivery(letters: SqlDeadLetters, intake: Intake) -> Redelivery:
    return Redelivery(letters, intake)


def rows(letters: SqlDeadLetters) -> list[tuple[str, str]]:
    return [(letter.topic, letter.reason) for letter in letters.letters(limit=100).rows]


def test_letters_are_replayed_as_they_came(letters, road, redelivery):
    assert redelivery.replay([3, 1]) == Redelivered(understood=2)
    assert road.came == [("t/0", b"good 0", NOON), ("t/2", b"good 2", NOON + 2)]
    assert rows(letters) == [("t/3", "not JSON"), ("t/1", "not JSON")]


def test_what_is_refused_again_stays_once_with_its_new_reason(letters, redelivery):
    assert redelivery.replay(LetterFilter()) == Redelivered(understood=2, refused=2)
    assert rows(letters) == [("t/3", "still bad"), ("t/1", "still bad")]
    assert redelivery.replay(LetterFilter()) == Redelivered(refused=2)


def test_a_filter_chooses(letters, redelivery):
    assert redelivery.replay(LetterFilter(reason="unknown meter", from_at=NOON + 1)) == Redelivered(understood=1)
    assert len(rows(letters)) == 3


def test_letters_that_are_gone_are_left_out(redelivery):
    assert redelivery.replay([77]) == Redelivered()
    assert redelivery.replay([]) == Redelivered()


def test_no_more_than_so_many_at_once_the_newest_first(letters, redelivery, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 3)
    monkeypatch.setattr(module, "PAGE", 2)
    assert redelivery.replay(LetterFilter()) == Redelivered(understood=1, refused=2)
    assert ("t/0", "unknown meter") in rows(letters)


def test_alike_letters_are_counted_each_on_its_own(letters, redelivery):
    letters.put_all([DeadLetter(0, NOON, "t", b"bad", "x")] * 3)
    assert redelivery.replay(LetterFilter(reason="x")) == Redelivered(refused=3)
    assert [reason for topic, reason in rows(letters) if topic == "t"] == ["still bad"] * 3


def test_when_the_time_is_over_the_letters_stay_until_they_are_safe(letters, road, redelivery):
    road.open.clear()
    assert redelivery.replay([1], within_s=0.05) == Redelivered(left=1)
    assert len(rows(letters)) == 4
    assert redelivery.replay([1], within_s=0.05) == Redelivered()  # under way already
    road.open.set()
    assert redelivery.replay([3]) == Redelivered(understood=1)  # behind it
    assert len(rows(letters)) == 2
    assert len(road.came) == 2


def test_without_room_the_letters_stay(letters):
    class Full:
        def offer(self, message: Message) -> bool:
            return False

    redelivery = Redelivery(letters, Full())
    assert redelivery.replay([1, 2], within_s=0.05) == Redelivered(left=2)
    assert len(rows(letters)) == 4
    assert redelivery.replay([1], within_s=0.05) == Redelivered(left=1)


def test_letters_that_could_not_be_removed_are_no_obstacle(letters, intake, road, monkeypatch):
    redelivery = Redelivery(letters, intake)

    def away(ids: object) -> int:
        raise StoreAway("the database is away")

    monkeypatch.setattr(letters, "remove", away)
    assert redelivery.replay([1]) == Redelivered(understood=1)
    assert len(rows(letters)) == 4
    monkeypatch.undo()
    assert redelivery.replay([1]) == Redelivered(understood=1)
    assert len(rows(letters)) == 3
