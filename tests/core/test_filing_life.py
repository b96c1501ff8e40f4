"""The life of a filing: every move of the table, and no other."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotAllowed, Unfit
from core.filing import Announced, Filing, covering
from core.filing_hours import FiledHours, beyond_cap, filed_hours
from core.filing_life import MOVES, STATUSES, FilingMove, handed_in, is_overdue, moved
from core.interval import DAY_MS, HOUR_MS
from tests.cases import NOON

FILING = Filing("f", "foundry", "shutdown", NOON, NOON + 8 * HOUR_MS)
APPROVED = replace(FILING, status="approved")


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("move", FilingMove)
def test_a_move_leads_where_the_table_says_or_is_refused_with_what_is_allowed(status: str, move: FilingMove) -> None:
    filing, by = replace(FILING, status=status), "tian" if move is FilingMove.WITHDRAW else "leader"
    if move in MOVES[status]:
        after, step = moved(filing, move, by=by, applicant="tian", now=NOON, reason=" 因 ")
        assert (after.status, step.move, step.actor, step.reason) == (MOVES[status][move], move.value, by, "因")
        return
    with pytest.raises(NotAllowed) as refused:
        moved(filing, move, by=by, applicant="tian", now=NOON, reason="因")
    assert refused.value.allowed == tuple(MOVES[status])


@given(
    st.lists(st.tuples(st.sampled_from(FilingMove), st.sampled_from(["tian", "leader"])), max_size=8),
    st.integers(-DAY_MS, 2 * DAY_MS),
)
def test_whatever_is_tried_who_filed_never_approved_and_the_span_never_grew(
    tried: list[tuple[FilingMove, str]], later: int
) -> None:
    filing = FILING
    for move, by in tried:
        try:
            after, _ = moved(filing, move, by=by, applicant="tian", now=NOON + later, reason="因")
        except NotAllowed:
            continue
        assert not (move is FilingMove.APPROVE and by == "tian")
        assert not (move is FilingMove.WITHDRAW and by != "tian")
        assert (after.from_at, after.to_at <= filing.to_at) == (filing.from_at, True)
        assert after.status != filing.status
        filing = after


@pytest.mark.parametrize(("filed", "overdue"), [(-DAY_MS, False), (0, False), (1, True), (DAY_MS, True)])
def test_a_filing_is_handed_in_ahead_or_a_day_late_and_then_overdue(filed: int, overdue: bool) -> None:
    made = handed_in(replace(FILING, status="approved"), now=NOON + filed)
    assert (made.status, made.filed_at, is_overdue(made)) == ("pending", NOON + filed, overdue)


@pytest.mark.parametrize(
    ("filing", "now", "field"),
    [(FILING, NOON + DAY_MS + 1, "from"), (replace(FILING, to_at=NOON), NOON, "to")],
)
def test_one_that_is_too_late_or_ends_before_it_starts_is_refused(filing: Filing, now: int, field: str) -> None:
    with pytest.raises(Unfit) as refused:
        handed_in(filing, now=now)
    assert refused.value.field == field


@pytest.mark.parametrize("move", [FilingMove.REJECT, FilingMove.REVOKE])
def test_what_somebody_else_has_to_live_with_needs_a_reason(move: FilingMove) -> None:
    filing = FILING if move is FilingMove.REJECT else APPROVED
    with pytest.raises(Unfit, match="say why"):
        moved(filing, move, by="leader", applicant="tian", now=NOON, reason="  ")


@pytest.mark.parametrize(("now", "end"), [(-HOUR_MS, 0), (HOUR_MS, HOUR_MS)])
def test_revoking_ends_a_filing_now_or_before_it_began(now: int, end: int) -> None:
    after, _ = moved(APPROVED, FilingMove.REVOKE, by="leader", applicant="tian", now=NOON + now, reason="因")
    assert (after.status, after.to_at) == ("revoked", NOON + end)


def test_a_filing_that_is_over_can_not_be_revoked() -> None:
    with pytest.raises(NotAllowed, match="is over"):
        moved(APPROVED, FilingMove.REVOKE, by="leader", applicant=None, now=APPROVED.to_at, reason="因")


def explains(filing: Filing, at: int) -> bool:
    asked = {"facilities": frozenset({"foundry-P1"}), "explained_by": frozenset({Announced.PRODUCTION_OFF})}
    return covering([filing], at=at, **asked) is not None  # type: ignore[arg-type]


def test_a_revoked_filing_explains_what_was_before_and_nothing_afterwards() -> None:
    after, _ = moved(APPROVED, FilingMove.REVOKE, by="leader", applicant="tian", now=NOON + HOUR_MS, reason="因")
    assert [explains(after, NOON + at) for at in (0, HOUR_MS - 1, HOUR_MS, 2 * HOUR_MS)] == [True, True, False, False]


def test_hours_count_once_by_facility_and_local_month() -> None:
    midnight = 1_774_972_800_000  # 2026-04-01 00:00 in Shanghai
    filings = [
        replace(APPROVED, from_at=midnight - 2 * HOUR_MS, to_at=midnight + HOUR_MS, facilities=frozenset({"a"})),
        replace(APPROVED, id="g", from_at=midnight - 3 * HOUR_MS, to_at=midnight - HOUR_MS),
        replace(APPROVED, id="h", status="pending"),
        replace(APPROVED, id="i", status="rejected"),
        replace(APPROVED, id="j", status="revoked", from_at=midnight + 9 * HOUR_MS, to_at=midnight + 10 * HOUR_MS),
    ]
    assert filed_hours(filings, facilities=["a", "b"], tz="Asia/Shanghai") == [
        FiledHours("a", "2026-03", 3.0),
        FiledHours("a", "2026-04", 2.0),
        FiledHours("b", "2026-03", 2.0),
        FiledHours("b", "2026-04", 1.0),
    ]


@pytest.mark.parametrize(("hours", "over"), [(72, None), (73, FiledHours("a", "2026-03", 73.0))])
def test_the_cap_is_over_only_beyond_it_and_for_the_facilities_named(hours: int, over: FiledHours | None) -> None:
    other = replace(APPROVED, id="o", facilities=frozenset({"b"}), to_at=NOON + 200 * HOUR_MS)
    filing = replace(FILING, to_at=NOON + hours * HOUR_MS, facilities=frozenset({"a"}))
    assert beyond_cap(filing, [filing, other], facilities=["a", "b"], tz="UTC", cap=72) == over
