"""The registry goes in and comes out the same; imports are merged; numbers stay."""

from dataclasses import replace

import pytest

from core.errors import RegistryErrors
from core.registry import Facility, Kind, Meter, Registry
from stores.sql.engine import Database, open_database
from stores.sql.registry import SqlRegistryBook
from tests.cases import NOON, city


def save(db: Database, registry: Registry) -> bool:
    return SqlRegistryBook(db).save(registry, by="test", now=NOON)


def test_a_new_database_holds_an_empty_registry(empty: Database) -> None:
    book = SqlRegistryBook(empty)
    assert (book.load(), book.version()) == (Registry(), 0)


def test_every_row_comes_out_as_it_went_in(empty: Database) -> None:
    assert save(empty, city())
    loaded = SqlRegistryBook(empty).load()
    assert loaded == city()
    assert loaded.version == 1


def test_importing_the_same_again_changes_nothing(db: Database) -> None:
    assert not save(db, city())
    assert SqlRegistryBook(db).version() == 1


def test_a_changed_row_is_replaced_and_grows_the_version(db: Database) -> None:
    first, *others = city().enterprises
    assert save(db, replace(city(), enterprises=(replace(first, phone=None, lat=27.9), *others)))
    loaded = SqlRegistryBook(db).load()
    assert loaded.version == 2
    assert loaded.enterprises == (replace(first, phone=None, lat=27.9), *others)


def test_rows_that_are_not_named_stay(db: Database) -> None:
    assert not save(db, Registry())
    assert SqlRegistryBook(db).load() == city()


def test_meters_keep_their_numbers_and_new_ones_follow(db: Database) -> None:
    before = SqlRegistryBook(db).load().meter_number
    new = Meter("a-new-one", "foundry-P1")
    shuffled = replace(city(), meters=(new, *reversed(city().meters)))
    save(db, shuffled)
    after = SqlRegistryBook(db).load().meter_number
    assert after == before | {"a-new-one": len(before)}


def test_thresholds_are_told_apart_by_meter_quantity_side_and_severity(db: Database) -> None:
    first, *others = city().thresholds
    stricter, second = replace(first, value=4.0), replace(first, severity=3)
    save(db, Registry(thresholds=(stricter, second)))
    assert SqlRegistryBook(db).load().thresholds == (stricter, *others, second)


def test_a_reference_to_nothing_imports_nothing(db: Database) -> None:
    lost = Registry(facilities=(Facility("lost", "nobody", Kind.FEEDER),))
    with pytest.raises(RegistryErrors) as raised:
        save(db, lost)
    assert "neither here nor in the database" in str(raised.value.faults[0])
    assert SqlRegistryBook(db).load() == city()


def test_an_address_that_another_stored_meter_has_imports_nothing(db: Database) -> None:
    with pytest.raises(RegistryErrors) as raised:
        save(db, Registry(meters=(Meter("twin", "print-F", address="SN-paint-T1"),)))
    assert "SN-paint-T1" in str(raised.value.faults[0])
    assert SqlRegistryBook(db).load() == city()


def test_two_meters_may_swap_their_addresses(db: Database) -> None:
    foundry, paint = "SN-foundry-T1", "SN-paint-T1"
    other = {foundry: paint, paint: foundry}
    swapped = tuple(replace(meter, address=other.get(meter.address, meter.address)) for meter in city().meters)
    assert save(db, Registry(meters=swapped))
    assert SqlRegistryBook(db).load().meters == swapped


def test_the_registry_survives_closing(url: str) -> None:
    first = open_database(url)
    save(first, city())
    first.close()
    second = open_database(url)
    assert SqlRegistryBook(second).load() == city()
    second.close()
