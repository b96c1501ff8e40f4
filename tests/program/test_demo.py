"""What a demo begins with, and what a restart of it leaves alone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.jurisdiction import CITY, Role
from core.parameters import running_thresholds
from nightwatt.books import Books, open_books
from nightwatt.demo import ACCOUNTS, Demo
from nightwatt.settings import Settings
from nightwatt.simulate.story import RESPONSE_ID
from tests.simulate.truth import START_MS


@dataclass
class Begun:
    demo: Demo
    books: Books


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Begun]:
    settings = Settings(data=tmp_path)
    books = open_books(settings)
    demo = Demo(settings, speed=1.0, wall=lambda: START_MS)
    demo.prepare(books, now=START_MS)
    yield Begun(demo, books)
    books.database.close()


def test_a_demo_begins_with_its_registry_and_an_orange_response_in_force(begun: Begun) -> None:
    registry, city = begun.books.registry.load(), begun.demo.city.registry
    assert {row.id: row for row in registry.orders} == {row.id: row for row in city.orders}
    assert replace(registry, version=0, orders=()) == replace(city, orders=())
    found = begun.books.responses.response(CITY, RESPONSE_ID)
    assert found is not None
    assert (found.response.level, found.response.region.district) == ("orange", "石峰区")
    assert found.response.from_at < START_MS < found.response.to_at


def test_every_role_has_an_account(begun: Begun) -> None:
    users = begun.books.accounts.users()
    assert {user.role for user in users} == set(Role)
    assert {user.username for user in users} == {row[0] for row in ACCOUNTS}


def test_a_restart_leaves_what_people_changed(begun: Begun) -> None:
    books, later = begun.books, START_MS + 60_000
    change = running_thresholds("ZZ-001-T1", on_kw=55.0, off_kw=33.0)
    books.registry.set_parameters([change], by="li", reason="learnt", effective_at=later, now=later)
    books.registry.version(later)
    administrator = next(user for user in books.accounts.users() if user.role is Role.CITY_ADMINISTRATOR)
    books.responses.revoke(CITY, RESPONSE_ID, by=administrator, now=later)
    before = books.registry.load()
    begun.demo.prepare(books, now=later + 60_000)
    assert books.registry.load() == before
    assert before.facility("ZZ-001-T1").on_kw == 55.0
    found = books.responses.response(CITY, RESPONSE_ID)
    assert found is not None
    assert found.response.status == "revoked"
