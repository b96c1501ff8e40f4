"""Orders that can and can't both be obeyed; revoking; what a response would issue."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotAllowed, Unfit
from core.interval import HOUR_MS, Window
from core.order import Order, OrderKind, Preset
from core.order_life import Nesting, checked, clashes, disagreement, revoked
from core.response import Region, Response, plan
from tests.cases import ENTERPRISES, NOON

NESTING = Nesting({"L1": "E", "F1": "L1", "F2": "L1", "F3": "E"})
ORDER = Order("o", "L1", "stop", NOON, NOON + 8 * HOUR_MS)
NIGHT, EVENING = Window.parse("22:00-06:00"), Window.parse("18:00-22:00")


def order(scope: str, kind: str, value: float | None = None, **more: object) -> Order:
    return replace(ORDER, id=f"{scope}-{kind}-{value}", scope=scope, kind=kind, value=value, **more)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (order("L1", "stop"), order("L1", "limit", 30), "stop against limit 30 %"),
        (order("L1", "stop"), order("E", "cap", 80), "stop against cap 80 kW"),
        (order("F1", "limit", 30), order("E", "limit", 50), "limit 30 % against limit 50 %"),
        (order("L1", "cap", 30), order("L1", "cap", 50), "cap 30 kW against cap 50 kW"),
        (order("L1", "exempt"), order("L1", "stop"), "exempt against stop"),
        (order("E", "exempt"), order("F1", "window", window=NIGHT), "exempt against window"),
        (
            order("L1", "stop", guaranteed_kw=5.0),
            order("L1", "stop", guaranteed_kw=9.0),
            "5 kW guaranteed against 9 kW",
        ),
        (order("F1", "exempt"), order("E", "stop"), ""),
        (order("F1", "stop"), order("F2", "limit", 30), ""),
        (order("F3", "stop"), order("L1", "limit", 30), ""),
        (order("E", "limit", 30), order("L1", "limit", 30), ""),
        (order("E", "cap", 90), order("L1", "cap", 50), ""),
        (order("E", "stop"), order("L1", "window", window=NIGHT), ""),
        (order("L1", "window", window=NIGHT), order("L1", "window", window=EVENING), ""),
        (order("L1", "limit", 30), order("L1", "cap", 50), ""),
    ],
)
def test_what_can_not_both_be_obeyed_is_said(one: Order, other: Order, reason: str) -> None:
    assert disagreement(one, other, NESTING) == reason
    assert bool(disagreement(other, one, NESTING)) == bool(reason)


SCOPES, KINDS = st.sampled_from(["E", "L1", "F1", "F3"]), st.sampled_from(OrderKind)


@given(
    st.lists(
        st.builds(
            lambda scope, kind, value, start, length: Order(
                f"{scope}{kind}{value}{start}{length}", scope, kind, start, start + length, value
            ),
            SCOPES,
            KINDS,
            st.sampled_from([30.0, 50.0]),
            st.integers(0, 9),
            st.integers(1, 5),
        ),
        max_size=6,
        unique_by=lambda made: made.id,
    )
)
def test_clashes_are_the_overlapping_pairs_that_disagree(orders: list[Order]) -> None:
    pairs = {
        frozenset({a.id, b.id})
        for a in orders
        for b in orders
        if a is not b and a.from_at < b.to_at and b.from_at < a.to_at and disagreement(a, b, NESTING)
    }
    found = list(clashes(orders, NESTING))
    assert {frozenset({clash.order.id, clash.other.id}) for clash in found} == pairs
    assert len(found) == len(pairs)
    assert all(clash.other.from_at <= clash.order.from_at for clash in found)


@pytest.mark.parametrize(("now", "end"), [(-HOUR_MS, 0), (HOUR_MS, HOUR_MS)])
def test_a_revoked_order_was_in_force_until_then(now: int, end: int) -> None:
    after = revoked(ORDER, now=NOON + now)
    assert (after.status, after.to_at) == ("revoked", NOON + end)
    assert not after.holds(NOON + end)
    with pytest.raises(NotAllowed):
        revoked(after, now=NOON + now)


def test_an_order_that_is_over_can_not_be_revoked() -> None:
    with pytest.raises(NotAllowed, match="is over"):
        revoked(ORDER, now=ORDER.to_at)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "limit"}, "value"),
        ({"kind": "limit", "value": 101.0}, "value"),
        ({"kind": "cap", "value": -1.0}, "value"),
        ({"kind": "window"}, "window"),
        ({"kind": "pause"}, "kind"),
        ({"level": "purple"}, "level"),
        ({"to_at": NOON}, "to"),
        ({"to_at": NOON + 367 * 24 * HOUR_MS}, "to"),
    ],
)
def test_an_order_that_does_not_say_what_or_when_is_refused(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(Unfit) as refused:
        checked(replace(ORDER, **wrong))
    assert refused.value.field == field


def test_a_plan_takes_the_presets_of_the_level_and_region_and_names_who_has_none() -> None:
    foundry, print_, paint = ENTERPRISES
    presets = [
        (Preset("foundry", "red", "stop", guaranteed_kw=5.0), foundry),
        (Preset("foundry", "orange", "limit", 30.0), foundry),
        (Preset("paint", "red", "stop"), paint),
    ]
    response = Response("R", Region("天元区"), "red", NOON, NOON + HOUR_MS)
    made = plan(response, presets, ENTERPRISES)
    assert [planned.order for planned in made.orders] == [
        Order("R-foundry", "foundry", "stop", NOON, NOON + HOUR_MS, level="red", guaranteed_kw=5.0)
    ]
    assert made.unready == (print_,)
