"""Parameters in time: what was in force when, what takes effect by itself, and that nothing is overwritten."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from core import parameters
from core.errors import NotAllowed, RegistryErrors
from core.interval import DAY_MS, HOUR_MS
from core.parameters import EVER
from core.readings import COLUMN
from core.registry import Facility, Kind, Registry, Threshold
from stores.sql.engine import Database, open_database
from stores.sql.registry import SqlRegistryBook
from tests.cases import CITY, IN_LUSONG, NOON, city

FAN = "foundry-T1"
LATER = NOON + DAY_MS


@pytest.fixture
def book(db: Database) -> SqlRegistryBook:
    return SqlRegistryBook(db)


def set_on(book: SqlRegistryBook, kw: float, *, effective_at: int, now: int = NOON, facility: str = FAN) -> None:
    change = parameters.running_thresholds(facility, on_kw=kw, off_kw=0.6 * kw)
    assert book.set_parameters([change], by="王工", reason="learnt", effective_at=effective_at, now=now)


def on_kw(book: SqlRegistryBook, at: int | None = None, known: int | None = None) -> float | None:
    return book.load(at, known=known).facility(FAN).on_kw


def test_without_changes_the_registry_is_the_same_at_every_instant(book: SqlRegistryBook) -> None:
    assert book.load(EVER) == book.load(NOON) == book.load(LATER) == city()
    assert (book.changes(EVER, LATER), book.versions(CITY), book.ratios()) == ([], [], ())


@pytest.mark.parametrize("effective_at", [NOON - DAY_MS, NOON])
def test_a_change_counts_from_its_instant_on_and_not_before(book: SqlRegistryBook, effective_at: int) -> None:
    set_on(book, 7.0, effective_at=effective_at)
    assert (on_kw(book, effective_at - 1), on_kw(book, effective_at), on_kw(book)) == (5, 7.0, 7.0)
    assert book.version() == 2
    assert book.changes(EVER, LATER) == [effective_at]


def test_a_change_to_come_takes_effect_by_itself_and_grows_the_version_then(book: SqlRegistryBook) -> None:
    set_on(book, 7.0, effective_at=LATER)
    assert (on_kw(book), on_kw(book, LATER)) == (5, 7.0)
    assert (book.version(NOON), book.version(LATER - 1), book.version()) == (2, 2, 2)
    assert (book.version(LATER), book.version(LATER + 1)) == (3, 3)
    assert on_kw(book) == 7.0


def test_changes_of_several_fields_each_keep_their_own_time(book: SqlRegistryBook) -> None:
    set_on(book, 7.0, effective_at=LATER)
    moved = parameters.link(FAN, line="foundry-L1", stage="voc", duty="standby")
    book.set_parameters([moved], by="a", reason="b", effective_at=NOON, now=NOON + 1)
    before, after = book.load(LATER - 1).facility(FAN), book.load(LATER).facility(FAN)
    assert (before.stage, before.on_kw) == ("voc", 5)
    assert (after.stage, after.duty, after.on_kw) == ("voc", "standby", 7.0)


def test_a_correction_of_the_past_holds_until_the_next_change(book: SqlRegistryBook) -> None:
    set_on(book, 7.0, effective_at=NOON)
    set_on(book, 6.0, effective_at=NOON - DAY_MS, now=LATER)
    at = [NOON - DAY_MS - 1, NOON - DAY_MS, NOON - 1, NOON]
    assert [on_kw(book, instant) for instant in at] == [5, 6.0, 6.0, 7.0]
    assert on_kw(book) == 7.0


def test_what_was_known_by_an_earlier_version_can_still_be_had(book: SqlRegistryBook) -> None:
    set_on(book, 7.0, effective_at=NOON - DAY_MS)
    set_on(book, 6.0, effective_at=NOON - DAY_MS, now=LATER)
    assert [on_kw(book, NOON, known=version) for version in (1, 2, 3)] == [5, 7.0, 6.0]
    assert [book.load(NOON, known=version).version for version in (1, 2, 3)] == [1, 2, 3]


def test_versions_say_who_when_why_and_what_the_newest_first(book: SqlRegistryBook) -> None:
    set_on(book, 7.0, effective_at=NOON)
    set_on(book, 8.0, effective_at=LATER, facility="paint-T1")
    newest, oldest = book.versions(CITY)
    assert (oldest.by, oldest.reason, oldest.subject, oldest.enterprise) == ("王工", "learnt", FAN, "foundry")
    assert (oldest.effective_at, oldest.recorded_at, oldest.known_in) == (NOON, NOON, 2)
    assert newest.values == {"on_kw": 8.0, "off_kw": pytest.approx(4.8)}
    assert [row.subject for row in book.versions(IN_LUSONG)] == ["paint-T1"]
    assert [row.subject for row in book.versions(CITY, subjects=[FAN])] == [FAN]
    assert book.versions(IN_LUSONG, enterprise="foundry") == []


def test_setting_what_is_set_already_records_nothing(book: SqlRegistryBook) -> None:
    same = parameters.running_thresholds(FAN, on_kw=5, off_kw=3)
    assert book.set_parameters([same], by="a", reason="b", effective_at=NOON, now=NOON) == []
    assert (book.version(), book.versions(CITY)) == (1, [])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (parameters.running_thresholds("nowhere", on_kw=1, off_kw=0), "nothing called nowhere"),
        (parameters.link(FAN, line="nowhere", stage=None), "no line nowhere"),
        (parameters.moved_meter("foundry-T1-m", facility="nowhere"), "no facility nowhere"),
        (parameters.limit(Threshold("nowhere", "p", "above", 1.0)), "no meter nowhere"),
    ],
)
@pytest.mark.parametrize("effective_at", [NOON, LATER])
def test_a_change_that_leads_nowhere_is_refused_whole(
    book: SqlRegistryBook, change: parameters.Change, words: str, effective_at: int
) -> None:
    good = parameters.running_thresholds(FAN, on_kw=9, off_kw=1)
    with pytest.raises(NotAllowed, match=words):
        book.set_parameters([good, change], by="a", reason="b", effective_at=effective_at, now=NOON)
    assert (book.load(), book.version(), book.versions(CITY)) == (city(), 1, [])


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("who", "  ")])
def test_a_change_needs_a_name_and_a_reason(book: SqlRegistryBook, by: str, reason: str) -> None:
    with pytest.raises(NotAllowed, match="a name and a reason"):
        book.set_parameters([parameters.ratio("foundry-T1-m", ct=2)], by=by, reason=reason, effective_at=NOON, now=NOON)


def test_a_limit_is_raised_added_and_withdrawn_in_its_own_time(book: SqlRegistryBook) -> None:
    first, second, third = city().thresholds
    added = Threshold("print-T1-m", "p", "above", 50.0, severity=3)
    changes = [parameters.limit(replace(first, value=4.0)), parameters.limit(added), parameters.no_limit(second)]
    book.set_parameters(changes, by="a", reason="b", effective_at=LATER, now=NOON)
    assert book.load().thresholds == city().thresholds
    assert set(book.load(LATER).thresholds) == {replace(first, value=4.0), third, added}
    book.version(LATER)
    assert set(book.load().thresholds) == {replace(first, value=4.0), third, added}
    assert set(book.load(LATER - 1).thresholds) == set(city().thresholds)
    book.set_parameters([parameters.limit(second)], by="a", reason="back", effective_at=LATER + 5, now=LATER + 5)
    assert second in book.load().thresholds
    assert second not in book.load(LATER).thresholds


def test_an_import_writes_versions_too(book: SqlRegistryBook) -> None:
    fan = replace(city().facilities[2], on_kw=7, name="1号风机")
    meter = replace(city().meters[2], ct=30, values="secondary")
    assert book.save(Registry(facilities=(fan,), meters=(meter,)), by="import", now=LATER)
    assert (on_kw(book, LATER - 1), on_kw(book)) == (5, 7)
    assert (book.load(LATER - 1).meters[2].ct, book.load().meters[2].ct) == (1, 30)
    assert book.load(LATER - 1).facility(FAN).name == "1号风机"
    assert not book.save(Registry(facilities=(fan,), meters=(meter,)), by="import", now=LATER + 1)
    assert {row.subject: row.reason for row in book.versions(CITY)} == {FAN: "import", "foundry-T1-m": "import"}


def test_an_import_may_say_from_when_on_it_counts(book: SqlRegistryBook) -> None:
    fan = replace(city().facilities[2], on_kw=7)
    assert book.save(Registry(facilities=(fan,)), by="import", now=NOON, effective_at=LATER)
    assert not book.save(Registry(facilities=(fan,)), by="import", now=NOON, effective_at=LATER)
    assert (on_kw(book), on_kw(book, LATER)) == (5, 7)


def test_what_comes_with_its_meter_counts_since_ever_and_a_limit_that_joins_it_later_does_not(
    book: SqlRegistryBook,
) -> None:
    joined = Threshold("print-T1-m", "p", "above", 50.0)
    book.save(Registry(facilities=(Facility("new", "print", Kind.AUXILIARY),), thresholds=(joined,)), by="x", now=LATER)
    assert book.load(EVER).facility("new").kind is Kind.AUXILIARY
    assert joined not in book.load(LATER - 1).thresholds
    assert joined in book.load(LATER).thresholds


def test_an_empty_cell_of_an_import_does_not_take_away_what_was_learnt(book: SqlRegistryBook) -> None:
    set_on(book, 7.0, effective_at=NOON)
    blank = replace(city().facilities[2], on_kw=None, off_kw=None)
    assert not book.save(Registry(facilities=(blank,)), by="import", now=LATER)
    assert on_kw(book) == 7.0


def test_an_import_to_come_that_leads_nowhere_is_refused_at_once(book: SqlRegistryBook) -> None:
    lost = replace(city().facilities[2], line="nowhere")
    with pytest.raises(RegistryErrors):
        book.save(Registry(facilities=(lost,)), by="import", now=NOON, effective_at=LATER)
    assert book.load() == city()


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["foundry-T1", "paint-T1"]),
        st.sampled_from([4.0, 6.0, 8.0]),
        st.integers(-5, 5),  # effective so many hours from then
        st.integers(0, 3),  # hours that pass before
    ),
    min_size=1,
    max_size=6,
)


def test_what_is_in_force_now_is_always_what_the_versions_say_of_now(book: SqlRegistryBook) -> None:
    clock = [NOON]

    @effort(max_examples=15, deadline=None)
    @given(moves=MOVES)
    def holds(moves: list[tuple[str, float, int, int]]) -> None:
        for facility, kw, ahead, passed in moves:
            clock[0] += passed * HOUR_MS
            before = book.load(clock[0] - 6 * HOUR_MS)
            change = parameters.running_thresholds(facility, on_kw=kw, off_kw=kw / 2)
            at = clock[0] + ahead * HOUR_MS
            book.set_parameters([change], by="a", reason="b", effective_at=at, now=clock[0])
            book.version(clock[0])
            assert book.load() == book.load(clock[0])
            assert replace(book.load(clock[0] - 6 * HOUR_MS), version=0) == replace(before, version=0)
        clock[0] += 12 * HOUR_MS

    holds()


def test_versions_survive_closing(url: str) -> None:
    first = open_database(url)
    SqlRegistryBook(first).save(city(), by="test", now=NOON)
    set_on(SqlRegistryBook(first), 7.0, effective_at=NOON)
    first.close()
    second = open_database(url)
    assert on_kw(SqlRegistryBook(second), NOON - 1) == 5
    assert on_kw(SqlRegistryBook(second), NOON) == 7.0
    second.close()


def test_a_corrected_ratio_is_told_from_the_one_the_readings_were_decoded_by(book: SqlRegistryBook) -> None:
    meter = "foundry-F-m"  # secondary, 90 at first
    book.set_parameters(
        [parameters.ratio(meter, ct=60)], by="a", reason="wrong plate", effective_at=NOON - HOUR_MS, now=NOON
    )
    (history,) = book.ratios()
    p, ia, ua = COLUMN["p"], COLUMN["ia"], COLUMN["ua"]
    instants = np.array([NOON - HOUR_MS - 1, NOON - HOUR_MS, NOON])
    assert history.meter == 0
    assert history.in_force.at(instants)[:, p].tolist() == [90, 60, 60]
    assert history.decoded.at(instants)[:, p].tolist() == [90, 90, 60]
    assert (history.in_force.at(instants)[2, [ia, ua]]).tolist() == [60, 1]


def test_of_a_meter_that_gives_primary_values_no_ratio_matters(book: SqlRegistryBook) -> None:
    book.set_parameters([parameters.ratio("foundry-T1-m", ct=40)], by="a", reason="b", effective_at=NOON, now=NOON)
    (history,) = book.ratios()
    assert history.in_force.at(np.array([NOON])).max() == history.decoded.at(np.array([EVER])).max() == 1
