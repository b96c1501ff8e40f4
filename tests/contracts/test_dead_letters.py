"""Dead letters are kept whole, within bounds."""

import pytest

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
    first = letters.letters(limit=2, reason="unknown meter")
    second = letters.letters(limit=2, reason="unknown meter", cursor=first.cursor)
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
