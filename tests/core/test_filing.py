"""Which filing explains what, as a table."""

from dataclasses import replace

import pytest

from core.filing import ANNOUNCES, Announced, Filing, covering
from core.interval import HOUR_MS
from tests.cases import NOON

TREATMENT, PRODUCTION = Announced.TREATMENT_OFF, Announced.PRODUCTION_OFF
POWER, METER = Announced.POWER_OFF, Announced.METER_OFF

GIVEN = Filing(
    id="f",
    enterprise="works",
    kind="maintenance",
    from_at=NOON,
    to_at=NOON + HOUR_MS,
    facilities=frozenset({"T1", "T2"}),
    status="approved",
)


def covers(
    filing: Filing,
    *,
    at: int = NOON,
    facilities: str = "T1",
    explained_by: frozenset[Announced] = frozenset({TREATMENT}),
) -> bool:
    found = covering([filing], at=at, facilities=frozenset(facilities.split()), explained_by=explained_by)
    assert found in (None, filing)
    return found is not None


@pytest.mark.parametrize(
    ("at", "covered"), [(NOON - 1, False), (NOON, True), (NOON + HOUR_MS - 1, True), (NOON + HOUR_MS, False)]
)
def test_a_filing_covers_from_its_beginning_up_to_but_not_at_its_end(at: int, covered: bool) -> None:
    assert covers(GIVEN, at=at) is covered


@pytest.mark.parametrize(
    ("named", "in_question", "covered"),
    [
        ("T1 T2", "T1", True),
        ("T1 T2", "T1 T2", True),
        ("T1", "T1 T2", False),
        ("T1 T2", "T3", False),
        ("T1 T2", "T1 T3", False),
        ("", "T1 T2 T3", True),
    ],
)
def test_all_facilities_in_question_must_be_named_or_none(named: str, in_question: str, covered: bool) -> None:
    filing = replace(GIVEN, facilities=frozenset(named.split()))
    assert covers(filing, facilities=in_question) is covered


@pytest.mark.parametrize("status", ["pending", "refused", "withdrawn", ""])
def test_only_what_was_approved_explains(status: str) -> None:
    assert not covers(replace(GIVEN, status=status))


@pytest.mark.parametrize(
    ("kind", "announced"),
    [
        ("maintenance", {TREATMENT}),
        ("treatment-fault", {TREATMENT}),
        ("shutdown", {PRODUCTION}),
        ("power-cut", {POWER}),
        ("metering-fault", {METER}),
        ("process-change", set()),
        ("trial-run", set()),
    ],
)
def test_a_filing_explains_only_what_its_kind_announces(kind: str, announced: set[Announced]) -> None:
    filing = replace(GIVEN, kind=kind)
    assert {what for what in Announced if covers(filing, explained_by=frozenset({what}))} == announced


def test_every_kind_of_filing_is_in_the_table_above() -> None:
    marks = test_a_filing_explains_only_what_its_kind_announces.pytestmark
    assert {row[0] for row in marks[0].args[1]} == set(ANNOUNCES)


def test_what_is_announced_in_words_replaces_what_the_kind_says() -> None:
    filing = replace(GIVEN, kind="trial-run", announces=frozenset({PRODUCTION, METER}))
    assert covers(filing, explained_by=frozenset({METER, TREATMENT}))
    assert not covers(filing, explained_by=frozenset({TREATMENT}))


def test_the_first_that_explains_is_named() -> None:
    other = replace(GIVEN, id="other", kind="shutdown")
    also = replace(GIVEN, id="also")
    found = covering([other, GIVEN, also], at=NOON, facilities=frozenset({"T1"}), explained_by=frozenset({TREATMENT}))
    assert found is GIVEN


def test_without_filings_nothing_is_explained() -> None:
    assert covering([], at=NOON, facilities=frozenset({"T1"}), explained_by=frozenset(Announced)) is None
