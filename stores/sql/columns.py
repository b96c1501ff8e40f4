"""Column types that carry the domain's own values, so that a row's fields and its columns are the same."""

import json
import math
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from core.interval import Window

# SQLite counts up by itself only in a column that is declared INTEGER, which holds 64 bits there.
RowId = BigInteger().with_variant(Integer(), "sqlite")


class EnumText(TypeDecorator[StrEnum]):
    """A StrEnum by its value."""

    impl = Text
    cache_ok = True

    def __init__(self, of: type[StrEnum]) -> None:
        super().__init__()
        self.of = of

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self.of(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.of(value)


class WindowText(TypeDecorator[Window]):
    """A daily window as people write it, 22:00-06:00."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Window | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Window | None:
        return None if value is None else Window.parse(value)


class SetOf(TypeDecorator[frozenset[Any]]):
    """A small set as a sorted JSON list; `of` makes an element from its JSON form."""

    impl = JSON
    cache_ok = True

    def __init__(self, of: Callable[[Any], Any]) -> None:
        super().__init__()
        self.of = of

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> list[Any]:
        return sorted(value or ())

    def process_result_value(self, value: list[Any] | None, dialect: Dialect) -> frozenset[Any]:
        return frozenset(self.of(part) for part in value or ())


def to_json(value: object) -> str:
    """JSON of evidence; numbers that JSON does not know (NaN, infinities) become null rather than an error."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int | None) else str(value)
