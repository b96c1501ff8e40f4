"""Rows that are good in themselves and can't both be true: every fault names both of them.

What rules merely can't judge (a facility without a meter, a line without treatment) is no contradiction: it is taken,
and shown as not judged.
"""

from collections.abc import Callable

from core.errors import Unfit
from core.order import Order
from core.order_life import Clash, Nesting, check_terms, clashes
from core.registry import Kind
from registry.cells import shown
from registry.check import Faults
from registry.places import Book, instants, scope_of
from registry.rows import Row, Rows

MOST_OF_RATED = 1.5
"""A limit above so many times the rated power of its circuit can never be exceeded, and so never fires [D]."""


def stages_have_a_duty_facility(book: Book) -> Faults:
    """A stage that only standby facilities name has nothing that they could stand by for."""
    facilities = book["facilities"]
    stages: dict[tuple[str, str, str], list[Row]] = {}
    for row in facilities.rows:
        if row.values.get("kind") == Kind.TREATMENT and "stage" in row.values and "enterprise" in row.values:
            named = (row.values["enterprise"], row.values.get("line", ""), row.values["stage"])
            stages.setdefault(named, []).append(row)
    for (enterprise, line, stage), rows in stages.items():
        if all(row.values.get("duty") == "standby" for row in rows):
            place = book["lines"].row(line) if line else book["enterprises"].row(enterprise)
            owner = book["lines" if line else "enterprises"]
            where = f"line {shown(line)}" if line else f"enterprise {shown(enterprise)}"
            where += f" ({owner.file}, row {place.number})" if place else ""
            for row in rows:
                yield facilities.fault(row, "duty", f"stage {shown(stage)} of {where} has no duty facility")


def limits_are_within_reach(book: Book) -> Faults:
    """A limit on power lies where its circuit can get."""
    thresholds, meters, facilities = book["thresholds"], book["meters"], book["facilities"]
    for row in thresholds.rows:
        if (row.values.get("quantity"), row.values.get("side")) != ("p", "above"):
            continue
        meter = meters.row(row.values.get("meter"))
        facility = facilities.row(meter.values.get("facility")) if meter else None
        rated, value = _rated(facility), row.values.get("value")
        if facility and rated and value is not None and value > MOST_OF_RATED * rated:
            where = f"{rated:g} kW of {shown(facility.written['id'])} ({facilities.file}, row {facility.number})"
            reason = f"{value:g} is above {MOST_OF_RATED:g} times the rated {where}: it could never fire"
            yield thresholds.fault(row, "value", reason)


def switching_limits_are_within_the_rated_power(book: Book) -> Faults:
    """A facility that never reaches its on-threshold never runs."""
    for row in book["facilities"].rows:
        on_kw, rated = row.values.get("on_kw"), _rated(row)
        if on_kw is not None and rated and on_kw > rated:
            reason = f"{on_kw:g} is above the rated_kw {rated:g} of the same row: it would never count as running"
            yield book["facilities"].fault(row, "on_kw", reason)


def orders_agree(book: Book) -> Faults:
    """Orders of one time on one scope, or on a part of it, can both be obeyed."""
    orders, made = book["orders"], []
    for row in orders.rows:
        if {"scope", "kind", "from", "to"} <= row.values.keys():
            made += _good(book, row, instants(book, "orders", row))
    rows = {str(row.number): row for row in orders.rows}
    yield from _disagreeing(orders, rows, list(clashes(made, nesting(book))), noun="order")


def presets_agree(book: Book) -> Faults:
    """What one level asks of a scope and of its parts can all be obeyed."""
    presets = book["presets"]
    rows = {str(row.number): row for row in presets.rows}
    by_level: dict[str, list[Order]] = {}
    for row in presets.rows:
        if {"scope", "level", "kind"} <= row.values.keys():
            by_level.setdefault(row.values["level"], []).extend(_good(book, row, (0, 1)))
    for made in by_level.values():
        # Twice the same scope is a fault of its own.
        found = [clash for clash in clashes(made, nesting(book)) if clash.order.scope != clash.other.scope]
        yield from _disagreeing(presets, rows, found, noun="preset")


def nesting(book: Book) -> Nesting:
    """Which facility lies in which line, and both in which enterprise, as far as the rows say."""
    parent = {
        row.written["id"]: row.values.get("enterprise", "") for row in book["lines"].rows if row.written.get("id")
    }
    for row in book["facilities"].rows:
        if row.written.get("id"):
            parent[row.written["id"]] = row.values.get("line") or row.values.get("enterprise", "")
    return Nesting({id: above for id, above in parent.items() if above})


def _good(book: Book, row: Row, span: tuple[int, int]) -> list[Order]:
    """The row as an order that bears the row's number; none where it has a fault of its own."""
    values, scope = row.values, row.values["scope"]
    order = Order(
        str(row.number),
        scope,
        values["kind"],
        *span,
        value=values.get("value"),
        window=values.get("window"),
        guaranteed_kw=values.get("guaranteed_kw"),
    )
    try:
        check_terms(order.kind, order.value, order.window, order.level)
    except Unfit:
        return []
    return [order] if len(scope_of(book, scope)) == 1 and span[0] < span[1] else []


def _disagreeing(rows: Rows, by_number: dict[str, Row], found: list[Clash], *, noun: str) -> Faults:
    for clash in found:
        row, other = by_number[clash.order.id], by_number[clash.other.id]
        named = f" {shown(other.written['id'])}" if other.written.get("id") else ""
        where = "" if clash.other.scope == clash.order.scope else f" on {shown(clash.other.scope)}"
        reason = f"contradicts {noun}{named} in row {other.number}{where}: {clash.reason}"
        yield rows.fault(row, "kind", reason)


def _rated(row: Row | None) -> float:
    return float(row.values.get("rated_kw") or 0.0) if row else 0.0


CONTRADICTIONS: tuple[Callable[[Book], Faults], ...] = (
    stages_have_a_duty_facility,
    limits_are_within_reach,
    switching_limits_are_within_the_rated_power,
    orders_agree,
    presets_agree,
)
