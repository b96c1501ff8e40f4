"""What only PostgreSQL does: several processes at once, and a server that goes away and comes back."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from core.errors import NotAllowed, SetupError, StoreAway
from stores.sql.accounts import SqlAccounts
from stores.sql.alarms import SqlAlarmBook
from stores.sql.audit import SqlAudit
from stores.sql.engine import Database, open_database
from stores.sql.outbox import SqlOutbox
from stores.sql.postgresql import WRITERS_LOCK
from stores.sql.registry import SqlRegistryBook
from stores.sql.schema import current_revision
from stores.sql.tables import metadata
from stores.sql.transitions import SqlTransitionLog
from tests.cases import CITY, MONITOR, NOON, city, transition
from tests.postgres import MIGRATED, Postgres, running_postgres

ROUNDS = 30


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    made = postgres.new_database(template=MIGRATED)
    yield made
    postgres.drop(made)


@pytest.fixture
def pair(url: str) -> Iterator[tuple[Database, Database]]:
    """Two services on one database, as two processes have it: nothing shared but the server."""
    first, second = open_database(url), open_database(url)
    SqlRegistryBook(first).save(city(), by="test", now=NOON)
    yield first, second
    first.close()
    second.close()


def together(*works: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(work) for work in works]]


def record(db: Database, count: int = ROUNDS, **overrides: object) -> int:
    log = SqlTransitionLog(db)
    return sum(
        log.record([transition(subject=f"line-{i}", **overrides)], snapshot=b"s", now=NOON) for i in range(count)
    )


def test_an_empty_database_is_migrated_once_by_many_at_once(postgres: Postgres) -> None:
    url = postgres.new_database()
    databases = together(*[lambda: open_database(url)] * 4)
    with databases[0].read() as connection:
        assert current_revision(connection) is not None
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    for database in databases:
        database.close()
    postgres.drop(url)


def test_every_instant_has_room_for_milliseconds(url: str) -> None:
    columns = "SELECT table_name || '.' || column_name, data_type FROM information_schema.columns"
    instants = "column_name ~ '(^|_)(at|since|until)$' AND table_schema = 'public'"
    with psycopg.connect(url) as connection:
        found = connection.execute(f"{columns} WHERE {instants}".encode()).fetchall()
    assert len(found) > 15
    assert [column for column, kind in found if kind != "bigint"] == []


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_an_address_may_be_written_with_or_without_the_driver(url: str, scheme: str) -> None:
    database = open_database(url.replace("postgresql", scheme, 1))
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    database.close()


def test_what_an_address_says_goes_before_our_own_choices(url: str) -> None:
    database = open_database(f"{url}?application_name=second&options=-c%20lock_timeout%3D7s")
    with database.read() as connection:
        shown = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("application_name", "lock_timeout")]
    database.close()
    assert shown == ["second", "7s"]


def test_a_wrong_password_is_told_in_one_line_that_does_not_hold_it(url: str, postgres: Postgres) -> None:
    with pytest.raises(SetupError, match=r"password authentication failed.*check that the server runs") as raised:
        open_database(url.replace(postgres.password, "guessed"))
    assert "\n" not in str(raised.value)
    assert "guessed" not in str(raised.value)


def claim_all(db: Database) -> list[int]:
    """Claim and close a few at a time until nothing is left."""
    outbox, mine = SqlOutbox(db), []
    while due := outbox.claim(now=NOON, lease_for=60_000, limit=3):
        mine += [one.transition for one in due]
        for one in due:
            outbox.done(one.transition, outcome="sent", now=NOON)
    return mine


def test_two_processes_claim_every_transition_exactly_once(pair: tuple[Database, Database]) -> None:
    first, second = pair
    assert record(first) == ROUNDS
    claimed = together(*[lambda db=db: claim_all(db) for db in (first, second, first, second)])
    assert Counter(itertools.chain(*claimed)) == Counter(range(1, ROUNDS + 1))


def test_two_processes_that_find_the_same_write_it_once(pair: tuple[Database, Database]) -> None:
    first, second = pair
    assert sum(together(lambda: record(first), lambda: record(second))) == ROUNDS
    assert SqlAlarmBook(first).last_transition() == ROUNDS


def test_episodes_found_by_two_processes_leave_one_alarm_open_a_subject(pair: tuple[Database, Database]) -> None:
    works = [lambda db=db, i=i: record(db, 5, since=NOON - i) for i, db in enumerate((*pair, *pair))]
    together(*works)
    subjects = [alarm.subject for alarm in SqlAlarmBook(pair[0]).open_alarms(CITY, "foundry")]
    assert sorted(subjects) == sorted(set(subjects))
    assert len(subjects) == 5


def acknowledged(db: Database, id: int) -> bool:
    try:
        return SqlAlarmBook(db).acknowledge(CITY, id, by=MONITOR, now=NOON) is not None
    except NotAllowed:
        return False


def test_of_two_people_at_two_services_one_acknowledges(pair: tuple[Database, Database]) -> None:
    first, second = pair
    record(first, 10)
    works = [lambda db=db: [acknowledged(db, id) for id in range(1, 11)] for db in (first, second)]
    for ours, theirs in zip(*together(*works), strict=True):
        assert ours + theirs == 1


def test_a_reader_keeps_its_view_while_another_process_writes(pair: tuple[Database, Database]) -> None:
    first, second = pair
    with first.read() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM alarms").scalar()
        record(second, 1)
        assert connection.exec_driver_sql("SELECT count(*) FROM alarms").scalar() == before == 0
    with first.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM alarms").scalar() == 1


def test_a_reader_cannot_write(pair: tuple[Database, Database]) -> None:
    with pytest.raises(StoreAway, match="read-only"), pair[0].read() as connection:
        connection.exec_driver_sql("DELETE FROM filings")


def test_a_process_that_hangs_while_it_writes_holds_up_the_others_only_so_long(url: str) -> None:
    impatient = open_database(f"{url}?options=-c%20lock_timeout%3D200ms")
    with psycopg.connect(url) as hanging:
        hanging.execute(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})".encode())
        with pytest.raises(StoreAway, match="lock timeout"):
            record(impatient, 1)
        assert SqlAlarmBook(impatient).last_transition() == 0
    assert record(impatient, 1) == 1
    impatient.close()


def test_a_nul_in_a_name_stops_nobody(url: str) -> None:
    db = open_database(url)
    accounts = SqlAccounts(db)
    accounts.failed("user:a\x00b", now=NOON)
    assert accounts.failures("user:a\x00b", since=NOON) == 1
    assert accounts.user("a\x00b") is None
    SqlAudit(db).write(at=NOON, actor="a\x00b", action="sign-in")
    assert SqlAudit(db).entries(limit=1).rows[0].actor == "a\ufffdb"
    db.close()


@pytest.fixture
def server() -> Iterator[Postgres]:
    """One that the test may stop."""
    with running_postgres() as own:
        yield own


def cut_off_within_a_change(db: Database, server: Postgres) -> None:
    with db.write() as connection:
        connection.exec_driver_sql("DELETE FROM orders")
        server.kill()


def test_a_server_that_goes_away_is_away_until_it_is_back(server: Postgres) -> None:
    db = open_database(server.new_database())
    SqlRegistryBook(db).save(city(), by="test", now=NOON)
    log, book = SqlTransitionLog(db), SqlAlarmBook(db)
    assert log.record([transition()], snapshot=b"one", now=NOON) == 1
    server.stop()
    for call in (book.last_transition, log.snapshot, lambda: record(db, 1)):
        with pytest.raises(StoreAway):
            call()
    server.start()
    assert (book.last_transition(), log.snapshot()) == (1, b"one")
    assert record(db, 3) == 3
    with pytest.raises(StoreAway):
        cut_off_within_a_change(db, server)
    server.start()
    assert SqlRegistryBook(db).load().orders == city().orders
    assert record(db, 4) == 1
    db.close()
