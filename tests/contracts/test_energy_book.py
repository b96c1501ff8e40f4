"""What every book of energies keeps to."""

import numpy as np

from core.records import EnergyHour
from stores.sql.energies import SqlEnergyBook


def hour(number: int, *kwh: float) -> EnergyHour:
    return EnergyHour(number, np.array(kwh, dtype=np.float32), np.full(len(kwh), 3600, dtype=np.uint16))


def shown(rows: list[EnergyHour]) -> list[tuple[int, list[float], list[int]]]:
    return [(row.hour, row.kwh.tolist(), row.seconds.tolist()) for row in rows]


def test_hours_come_back_in_order_from_the_one_asked_for(db):
    book = SqlEnergyBook(db)
    book.save([hour(12, 1.5, 2.5), hour(11, 0.25, 0.0), hour(10, 1.0, 1.0)], forget_before=0)
    assert shown(book.hours(11)) == [(11, [0.25, 0.0], [3600, 3600]), (12, [1.5, 2.5], [3600, 3600])]


def test_an_hour_that_is_saved_again_is_replaced(db):
    book = SqlEnergyBook(db)
    book.save([hour(12, 1.5)], forget_before=0)
    book.save([hour(12, 1.75)], forget_before=0)
    assert shown(book.hours(0)) == [(12, [1.75], [3600])]


def test_hours_too_old_to_learn_from_are_forgotten(db):
    book = SqlEnergyBook(db)
    book.save([hour(10, 1.0), hour(11, 1.0)], forget_before=0)
    book.save([hour(12, 1.0)], forget_before=11)
    assert [row.hour for row in book.hours(0)] == [11, 12]


def test_an_empty_book_has_no_hours(db):
    assert SqlEnergyBook(db).hours(0) == []
