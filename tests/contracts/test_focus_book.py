"""Screenings and the focus list."""

import math

from sqlalchemy import func, select

from core.imbalance import LoadClass
from stores.sql.engine import Database
from stores.sql.focus import SqlFocusBook
from stores.sql.tables import screening_entries, screenings
from tests.cases import CITY, NOON, city, imbalance


def names(book: SqlFocusBook) -> list[str]:
    return [entry.imbalance.enterprise for entry in book.focus_list(CITY)]


def test_an_entry_comes_out_as_it_went_in(db: Database) -> None:
    book = SqlFocusBook(db)
    book.save([imbalance()], now=NOON)
    entry = book.entry(CITY, "foundry")
    assert entry is not None
    assert (entry.imbalance, entry.screened_at) == (imbalance(), NOON)
    assert entry.enterprise == city().enterprise("foundry")


def test_what_could_not_be_computed_stays_so(db: Database) -> None:
    book, nothing = SqlFocusBook(db), math.nan
    unknown = imbalance(night_kw=nothing, day_kw=nothing, ratio=None, profile_kw=(nothing,) * 24, flagged=False)
    book.save([unknown], now=NOON)
    entry = book.entry(CITY, "foundry")
    assert entry is not None
    assert all(math.isnan(kw) for kw in (entry.imbalance.night_kw, entry.imbalance.day_kw, *entry.imbalance.profile_kw))
    assert len(entry.imbalance.profile_kw) == 24
    assert entry.imbalance.ratio is None


def test_the_steepest_come_first_and_those_with_a_remark_last(db: Database) -> None:
    book = SqlFocusBook(db)
    night_only = imbalance("paint", ratio=None, load_class=LoadClass.NIGHT_ONLY)
    book.save([imbalance(ratio=9.0, remark="valley tariff"), imbalance("print", ratio=1.6), night_only], now=NOON)
    assert names(book) == ["paint", "print", "foundry"]
    assert book.flagged() == 2


def test_only_the_newest_screening_counts(db: Database) -> None:
    book = SqlFocusBook(db)
    book.save([imbalance(), imbalance("print")], now=NOON)
    book.save([imbalance("print", flagged=False)], now=NOON + 1)
    assert (names(book), book.flagged()) == ([], 0)
    newest, former = book.entry(CITY, "print"), book.entry(CITY, "foundry")
    assert newest is not None
    assert former is not None
    assert (newest.screened_at, newest.imbalance.flagged, former.screened_at) == (NOON + 1, False, NOON)


def test_an_empty_screening_empties_the_list(db: Database) -> None:
    book = SqlFocusBook(db)
    book.save([imbalance()], now=NOON)
    book.save([], now=NOON + 1)
    assert names(book) == []


def test_old_screenings_go(db: Database) -> None:
    book = SqlFocusBook(db, keep=3)
    for i in range(5):
        book.save([imbalance()], now=NOON + i)
    with db.read() as connection:
        assert connection.execute(select(screenings.c.screened_at)).scalars().all() == [NOON + 2, NOON + 3, NOON + 4]
        assert connection.execute(select(func.count()).select_from(screening_entries)).scalar_one() == 3
