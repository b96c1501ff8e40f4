"""Pages of lists asked for by addresses that people may have mangled."""

from collections.abc import Callable
from typing import TypeVar

from core.records import Page

T = TypeVar("T")


def tolerant(part: Callable[[str | None], Page[T]], cursor: str) -> Page[T]:
    """The part after the cursor; the first one where the store can't read the cursor."""
    try:
        return part(cursor[:200] or None)
    except ValueError:
        return part(None)
