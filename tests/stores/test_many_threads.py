"""Many threads on one database: writers queue, nobody is refused, nothing is done twice."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.errors import NotAllowed, StoreAway
from core.records import AlarmFilter
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import Database, open_database
from stores.sql.outbox import SqlOutbox
from stores.sql.transitions import SqlTransitionLog
from tests.cases import CITY, MONITOR, NOON, transition

ROUNDS = 40


def subject(i: int) -> str:
    return f"line-{i}"


def recorder(db: Database) -> int:
    log = SqlTransitionLog(db)
    return sum(log.record([transition(subject=subject(i))], snapshot=b"s", now=NOON) for i in range(ROUNDS))


def notifier(db: Database) -> list[int]:
    """Claim and close until every transition of the test is closed."""
    outbox, mine = SqlOutbox(db), []
    while SqlAlarmBook(db).last_transition() < ROUNDS or outbox_waits(db):
        for due in outbox.claim(now=NOON, lease_for=60_000, limit=3):
            outbox.done(due.transition, outcome="sent", now=NOON)
            mine.append(due.transition)
    return mine


def outbox_waits(db: Database) -> bool:
    return any(row.processed_at is None for row in SqlAlarmBook(db).transitions(CITY, limit=1000))


def monitor(db: Database) -> int:
    """Acknowledge every alarm of the test, whoever comes first; return how often this one did."""
    book, mine, seen = SqlAlarmBook(db), 0, 0
    while seen < ROUNDS:
        seen = book.last_transition()
        for listed in book.alarms(CITY, AlarmFilter(), limit=ROUNDS).rows:
            mine += acknowledged(book, listed.alarm.id)
    return mine


def acknowledged(book: SqlAlarmBook, id: int) -> bool:
    try:
        return book.acknowledge(CITY, id, by=MONITOR, now=NOON) is not None
    except NotAllowed:
        return False


def together(*works: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(work) for work in works]]


def test_recording_twice_at_once_writes_once(db: Database) -> None:
    first, second = together(lambda: recorder(db), lambda: recorder(db))
    assert first + second == ROUNDS
    assert SqlAlarmBook(db).last_transition() == ROUNDS


def test_recorders_notifiers_and_people_get_along(db: Database, url: str) -> None:
    """One of the notifiers has a connection pool of its own, as another process would."""
    other = open_database(url)
    works = (lambda: recorder(db), lambda: notifier(db), lambda: notifier(other), lambda: monitor(db))
    recorded, mine, theirs, noted = together(*works)
    other.close()
    assert (recorded, noted) == (ROUNDS, ROUNDS)
    assert Counter(mine + theirs) == Counter(range(1, ROUNDS + 1))


def delete_orders_and_fail(db: Database) -> None:
    with db.write() as connection:
        connection.exec_driver_sql("DELETE FROM orders")
        raise KeyError("something else")


def test_a_block_that_fails_frees_the_database_and_undoes_its_work(db: Database) -> None:
    with pytest.raises(KeyError):
        delete_orders_and_fail(db)
    with db.write() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM orders").scalar() == 1


def test_a_database_that_cannot_answer_is_away(db: Database) -> None:
    with db.write() as connection:
        connection.exec_driver_sql("DROP TABLE engine_snapshots")
    with pytest.raises(StoreAway, match="did not answer"):
        SqlTransitionLog(db).snapshot()


CRASHING = """
import sys
from stores.sql.engine import open_database
from stores.sql.transitions import SqlTransitionLog
from tests.cases import NOON, transition
log = SqlTransitionLog(open_database(sys.argv[1]))
for i in range(10_000):
    log.record([transition(subject=f"line-{i}")], snapshot=str(i).encode(), now=NOON)
    print(i, flush=True)
"""


def test_what_was_recorded_survives_kill_nine_and_recording_again_is_harmless(url: str) -> None:
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    with subprocess.Popen(
        [sys.executable, "-c", CRASHING, url], stdout=subprocess.PIPE, text=True, env=environment
    ) as writer:
        assert writer.stdout is not None
        last = next(int(line) for line in writer.stdout if int(line) == 20)
        writer.send_signal(signal.SIGKILL)
    db = open_database(url)
    recorded, log = SqlAlarmBook(db).last_transition(), SqlTransitionLog(db)
    assert recorded > last
    assert log.snapshot() == str(recorded - 1).encode()
    again = [transition(subject=subject(i)) for i in range(recorded)]
    assert log.record(again, snapshot=None, now=NOON) == 0
    db.close()
