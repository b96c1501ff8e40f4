"""Bounds and cursors of lists."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from core.records import Page

MOST = 1000
"""Rows that one call gives at most, whatever was asked for."""

LARGEST = 2**63 - 1

T = TypeVar("T")


def bounded(limit: int) -> int:
    """A limit between 1 and MOST."""
    return max(1, min(limit, MOST))


def read_cursor(cursor: str, parts: int = 1) -> tuple[int, ...]:
    """The numbers of a cursor; ValueError where it is not one of ours."""
    pieces = cursor.split(":")
    if len(cursor) > 100 or len(pieces) != parts or not all(_is_number(piece) for piece in pieces):
        raise ValueError("the cursor is not one that a page of this list gave")
    return tuple(int(piece) for piece in pieces)


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and -LARGEST <= int(text) <= LARGEST


def page_of(rows: Sequence[T], limit: int, cursor_of: Callable[[T], str]) -> Page[T]:
    """A page of rows read with one more than the limit: the extra one says that there is a next page."""
    limit = bounded(limit)
    shown = tuple(rows[:limit])
    return Page(shown, cursor_of(shown[-1]) if len(rows) > limit else None)
