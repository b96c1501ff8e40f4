"""Dates that a filing or a control order takes out of the screening."""

from collections import defaultdict

import numpy as np

from analytics.screening.calendar import Calendar
from analytics.screening.lattice import BoolArray
from core.filing import STANDS
from core.order import OrderKind
from core.registry import Registry

Span = tuple[int, int]


def excluded_spans(registry: Registry) -> dict[str, list[Span]]:
    """Per enterprise id: [from, to) in ms UTC of its approved filings and of all orders on it or a part of it."""
    owner = {row.id: row.id for row in registry.enterprises}
    owner |= {line.id: line.enterprise for line in registry.lines}
    owner |= {facility.id: facility.enterprise for facility in registry.facilities}
    spans: dict[str, list[Span]] = defaultdict(list)
    for filing in registry.filings:
        if filing.status in STANDS:
            spans[filing.enterprise].append((filing.from_at, filing.to_at))
    for order in registry.orders:
        if order.scope in owner and order.kind != OrderKind.EXEMPT:
            spans[owner[order.scope]].append((order.from_at, order.to_at))
    return spans


def excluded_dates(calendar: Calendar, spans: list[Span]) -> BoolArray:
    """Which dates have a window that overlaps one of the spans, shape (D,)."""
    hit = np.zeros(len(calendar.start), dtype=np.bool_)
    for from_at, to_at in spans:
        hit |= (calendar.start < to_at) & (from_at < calendar.end)
    either: BoolArray = hit[0::2] | hit[1::2]
    return either
