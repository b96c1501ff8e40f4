"""Dead letters are kept whole, within bounds."""

import pytest

from core.interval import DAY_MS
from core.records import DeadLetter, LetterFilter
from stores.sql.dead_letters import SqlDeadLetters
from stores.sql.engine import Database
from tests.cases import NOON


def test_a_letter_is_kept_whole(empty: Database) -> None:
    letters, payload = SqlDeadLetters(empty), bytes(range(256)) * 3
    letters.put("nightwatt/v1/厂/表/telemetry", payload, "not JSON", now=NOON)
    [letter] = letters.letters(limit=10).rows
    assert (letter.topic, letter.payload, letter.reason, letter.received_at) == (
        "nightwatt/v1/厂/表/telemetry",
        payload,
        "not JSON",
        NOON,
    )
    assert letters.letter(letter.id) == letter
    assert letters.letter(letter.id + 1) is None


@pytest.mark.parametrize("topic", ["a\ud800b", "a\x00b", ""])
def test_a_strange_topic_is_no_reason_to_stop(empty: Database, topic: str) -> None:
    letters = SqlDeadLetters(empty)
    letters.put(topic, b"", topic, now=NOON)
    assert len(letters.letters(limit=10).rows) == 1


def test_letters_are_listed_newest_first_by_reason_and_page(empty: Database) -> None:
    letters = SqlDeadLetters(empty)
    for i in range(6):
        letters.put(str(i), b"x", "unknown meter" if i % 2 else "not JSON", now=NOON)
    first = letters.letters(limit=2, wanted=LetterFilter(reason="unknown meter"))
    second = letters.letters(limit=2, wanted=LetterFilter(reason="unknown meter"), cursor=first.cursor)
    assert [letter.topic for letter in (*first.rows, *second.rows)] == ["5", "3", "1"]
    assert second.cursor is None


def test_the_oldest_go_when_there_are_too_many(empty: Database) -> None:
    letters = SqlDeadLetters(empty, keep=3)
    for i in range(5):
        letters.put(str(i), b"x", "not JSON", now=NOON)
    assert [letter.topic for letter in letters.letters(limit=10).rows] == ["4", "3", "2"]


def test_the_oldest_go_when_they_are_too_big_but_the_newest_stays(empty: Database) -> None:
    letters = SqlDeadLetters(empty, keep_bytes=100)
    for topic, size in (("a", 60), ("b", 50), ("c", 50)):
        letters.put(topic, b"x" * size, "not JSON", now=NOON)
    assert [letter.topic for letter in letters.letters(limit=10).rows] == ["c", "b"]
    letters.put("huge", b"x" * 1000, "not JSON", now=NOON)
    assert [letter.topic for letter in letters.letters(limit=10).rows] == ["huge"]


LETTERS = (
    ("nightwatt/v1/ZZ-001/M1/telemetry", "not JSON: Expecting value", NOON),
    ("nightwatt/v1/ZZ-001/M2/telemetry", "unknown meter 'M2'", NOON + 1),
    ("acrel/dev_%/up", "not JSON: Expecting value", NOON + 2),
    ("铸造/厂", "Unknown meter 'm3'", NOON + 3),
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (LetterFilter(), [4, 3, 2, 1]),
        (LetterFilter(text="UNKNOWN METER"), [4, 2]),
        (LetterFilter(text="zz-001"), [2, 1]),
        (LetterFilter(text="铸造"), [4]),
        (LetterFilter(text="dev_%"), [3]),
        (LetterFilter(text="v1_Z"), []),
        (LetterFilter(text="%"), [3]),
        (LetterFilter(text="' OR 1=1 --"), []),
        (LetterFilter(text="a\ud800b\0"), []),
        (LetterFilter(topic="nightwatt/"), [2, 1]),
        (LetterFilter(topic="dev"), []),
        (LetterFilter(topic="acrel/dev_"), [3]),
        (LetterFilter(reason="not JSON: Expecting value"), [3, 1]),
        (LetterFilter(reason="not JSON"), []),
        (LetterFilter(from_at=NOON + 1, to_at=NOON + 3), [3, 2]),
        (LetterFilter(text="json", topic="nightwatt/v1/ZZ-001/", to_at=NOON + 9), [1]),
    ],
)
def test_letters_are_searched_by(empty: Database, wanted: LetterFilter, found: list[int]) -> None:
    letters = SqlDeadLetters(empty)
    letters.put_all([DeadLetter(0, at, topic, b"x", reason) for topic, reason, at in LETTERS])
    rows = letters.letters(wanted, limit=10).rows
    assert [LETTERS.index((row.topic, row.reason, row.received_at)) + 1 for row in rows] == found


def test_the_most_frequent_reasons_come_first(empty: Database) -> None:
    letters = SqlDeadLetters(empty)
    assert letters.reasons(limit=5) == []
    for reason in ("b", "a", "c", "c", "b", "d"):
        letters.put("t", b"x", reason, now=NOON)
    assert letters.reasons(limit=3) == [("b", 2), ("c", 2), ("a", 1)]


def test_letters_are_removed_and_their_ids_never_come_again(empty: Database) -> None:
    letters = SqlDeadLetters(empty)
    for i in range(4):
        letters.put(str(i), b"x", "not JSON", now=NOON)
    ids = [row.id for row in letters.letters(limit=10).rows]
    assert letters.remove([ids[0], ids[2], ids[0], 999, -1, 2**70]) == 2
    assert letters.remove([]) == 0
    assert [row.topic for row in letters.letters(limit=10).rows] == ["2", "0"]
    letters.put("new", b"x", "not JSON", now=NOON)
    assert letters.letters(limit=1).rows[0].id > ids[0]


def test_many_letters_are_removed_at_once(empty: Database) -> None:
    letters = SqlDeadLetters(empty)
    letters.put_all([DeadLetter(0, NOON, str(i), b"x", "not JSON") for i in range(1_203)])
    assert letters.remove(range(1, 1_300)) == 1_203


def test_old_letters_go(empty: Database) -> None:
    letters = SqlDeadLetters(empty, keep_for=DAY_MS)
    for at in (NOON - DAY_MS - 1, NOON - DAY_MS, NOON):
        letters.put(str(at), b"x", "not JSON", now=at)
    assert letters.age(now=NOON) == 1
    assert letters.age(now=NOON) == 0
    assert [row.received_at for row in letters.letters(limit=10).rows] == [NOON, NOON - DAY_MS]
