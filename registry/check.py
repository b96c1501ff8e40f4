"""What cells can't say alone: unique ids, references that go somewhere, limits in order.

A check speaks only of cells that are good in themselves, and of references only where the table that
they point to was read whole: one mistake is one fault.
"""

from collections.abc import Callable, Hashable, Iterator

from core.errors import RegistryFault
from core.registry import Kind
from registry.cells import shown
from registry.places import Book, instants, scope_of
from registry.rows import Row, Rows

Faults = Iterator[RegistryFault]

_REFERENCES = (
    ("lines", "enterprise", "enterprises"),
    ("facilities", "enterprise", "enterprises"),
    ("facilities", "line", "lines"),
    ("meters", "facility", "facilities"),
    ("thresholds", "meter", "meters"),
    ("filings", "enterprise", "enterprises"),
)
"""(table, column, table that the column's ids are of)"""

_SCOPES = ("enterprises", "lines", "facilities")


def ids_are_unique(book: Book) -> Faults:
    """Every row that shares its id with another is named."""
    for rows in book.values():
        if "id" in rows.headings:
            yield from _unique(rows, "id", lambda row: row.written.get("id") or None, apart="line")


def addresses_are_unique(book: Book) -> Faults:
    """A message must name one meter: by id or by address."""
    meters = book["meters"]
    yield from _unique(meters, "address", lambda row: row.values.get("address"))
    for row in meters.rows:
        address = row.values.get("address", "")
        named = meters.row(address)
        if named and address != row.written.get("id"):
            yield meters.fault(row, "address", f"{shown(address)} is the id of the meter in row {named.number}")


def thresholds_are_unique(book: Book) -> Faults:
    """One limit per meter, quantity, side and severity."""

    def key(row: Row) -> Hashable:
        named = tuple(row.values.get(column) for column in ("meter", "quantity", "side"))
        # An absent severity is the record's default; a bad one is a fault of its own.
        severity = row.values.get("severity", None if row.written.get("severity") else 1)
        return None if None in (*named, severity) else (*named, severity)

    yield from _unique(book["thresholds"], "meter", key, what="meter, quantity, side and severity")


def _unique(rows: Rows, column: str, key: Callable[[Row], Hashable], *, what: str = "", apart: str = "none") -> Faults:
    """`apart` is a column that is quoted where the rows differ in it: one facility in two lines."""
    found: dict[Hashable, list[Row]] = {}
    for row in rows.rows:
        if (value := key(row)) is not None:
            found.setdefault(value, []).append(row)
    for value, same in found.items():
        quoted = apart if len({row.written.get(apart) for row in same}) > 1 else ""
        for row in same if len(same) > 1 else ():
            others = ", ".join(_place(other, quoted) for other in same[:6] if other is not row)
            yield rows.fault(row, column, f"{what or shown(str(value))} also in row {others}")


def _place(row: Row, quoted: str) -> str:
    return str(row.number) + (f" with {quoted} {shown(row.written.get(quoted, ''))}" if quoted else "")


def references_exist(book: Book) -> Faults:
    """Ids of other tables are there."""
    for name, column, target in _REFERENCES:
        for row in book[name].rows:
            id = row.values.get(column)
            if id is not None and book[target].lacks(id):
                yield book[name].fault(row, column, f"no {column} {shown(id)} in {book[target].file}")


def lines_are_of_the_same_enterprise(book: Book) -> Faults:
    """A facility runs in a line of its own enterprise."""
    for row in book["facilities"].rows:
        line = book["lines"].row(row.values.get("line"))
        if line and _differ(book, row, line):
            owner = shown(line.values["enterprise"])
            yield book["facilities"].fault(row, "line", f"{shown(row.values['line'])} is a line of enterprise {owner}")


def filed_facilities_are_of_the_enterprise(book: Book) -> Faults:
    """A filing speaks of facilities of its own enterprise."""
    filings, facilities = book["filings"], book["facilities"]
    for row in filings.rows:
        for id in sorted(row.values.get("facilities", ())):
            facility = facilities.row(id)
            if facilities.lacks(id):
                yield filings.fault(row, "facilities", f"no facility {shown(id)} in {facilities.file}")
            elif facility and _differ(book, row, facility):
                owner = shown(facility.values["enterprise"])
                yield filings.fault(row, "facilities", f"{shown(id)} is a facility of enterprise {owner}")


def _differ(book: Book, row: Row, other: Row) -> bool:
    """Whether two rows are of two enterprises; an enterprise that does not exist is a fault of its own."""
    mine, theirs = row.values.get("enterprise", ""), other.values.get("enterprise", "")
    return mine != theirs and all(id and not book["enterprises"].lacks(id) for id in (mine, theirs))


def scopes_exist(book: Book) -> Faults:
    """An order, or the preset of one, is on one enterprise, line or facility."""
    for rows in (book["orders"], book["presets"]):
        for row in rows.rows:
            scope = row.values.get("scope", "")
            found = scope_of(book, scope)
            if len(found) > 1:
                yield rows.fault(row, "scope", f"{shown(scope)} is an id in {' and in '.join(found)}")
            elif scope and not found and all(book[name].lacks(scope) for name in _SCOPES):
                yield rows.fault(row, "scope", f"no enterprise, line or facility {shown(scope)}")


def orders_say_how_much(book: Book) -> Faults:
    """A limit needs its per cent, a cap its kW, a window its window."""
    for name, noun in (("orders", "an order"), ("presets", "a preset")):
        yield from _saying_how_much(book[name], noun)


def _saying_how_much(orders: Rows, noun: str) -> Faults:
    needed = {"limit": ("value", "per cent"), "cap": ("value", "kW"), "window": ("window", "a window like 22:00-06:00")}
    for row in orders.rows:
        kind, value = row.values.get("kind"), row.values.get("value")
        if kind in needed and not row.written.get(needed[kind][0]):
            # A refused spreadsheet cell is missing from both, and has its fault already.
            if needed[kind][0] in row.written or needed[kind][0] not in orders.headings:
                reason = f"is empty; {noun} of kind {kind} needs {needed[kind][1]}"
                yield orders.fault(row, needed[kind][0], reason)
        elif kind == "limit" and value is not None and value > 100:
            yield orders.fault(row, "value", f"{value:g} is more than 100 per cent")


def presets_are_unique(book: Book) -> Faults:
    """One preset per scope and level."""

    def key(row: Row) -> Hashable:
        named = (row.values.get("scope"), row.values.get("level"))
        return None if None in named else named

    yield from _unique(book["presets"], "scope", key, what="scope and level")


def spans_are_in_order(book: Book) -> Faults:
    """`from` is before `to`."""
    for name in ("filings", "orders"):
        for row in book[name].rows:
            if "from" in row.values and "to" in row.values:
                from_at, to_at = instants(book, name, row)
                if from_at >= to_at:
                    yield book[name].fault(row, "to", f"{row.written['to']} is not after {row.written['from']}")


def switching_limits_are_in_order(book: Book) -> Faults:
    """`off_kw` is below `on_kw`: the deadband between them."""
    for row in book["facilities"].rows:
        on_kw, off_kw = row.values.get("on_kw"), row.values.get("off_kw")
        if on_kw is not None and off_kw is not None and off_kw >= on_kw:
            yield book["facilities"].fault(row, "off_kw", f"{off_kw:g} is not below on_kw {on_kw:g}")


def stages_are_of_treatment(book: Book) -> Faults:
    """Only treatment facilities have a stage."""
    for row in book["facilities"].rows:
        kind = row.values.get("kind")
        if "stage" in row.values and kind not in (None, Kind.TREATMENT):
            yield book["facilities"].fault(row, "stage", f"is for treatment facilities; this one is of kind {kind}")


CHECKS: tuple[Callable[[Book], Faults], ...] = (
    ids_are_unique,
    addresses_are_unique,
    thresholds_are_unique,
    references_exist,
    lines_are_of_the_same_enterprise,
    filed_facilities_are_of_the_enterprise,
    scopes_exist,
    orders_say_how_much,
    presets_are_unique,
    spans_are_in_order,
    switching_limits_are_in_order,
    stages_are_of_treatment,
)
