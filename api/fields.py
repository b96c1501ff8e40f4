"""Types of parameters and answers that the routes share."""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

from api.problems import unknown_parameter
from core.interval import to_ms, to_text

EARLIEST, LATEST = 946_684_800_000, 4_102_444_800_000  # 2000 and 2100: what a chart or a list can be asked for

_PLUS_LOST = re.compile(r" (\d\d:\d\d)$")


def parse_instant(given: object) -> int:
    """ms UTC of RFC 3339 with an offset, or of milliseconds since 1970; ValueError says what is wrong."""
    text = str(given).strip()
    at = int(text) if text.isascii() and text.isdigit() else to_ms(_moment(text))
    if not EARLIEST <= at < LATEST:
        raise ValueError("an instant lies between the years 2000 and 2100")
    return at


def _moment(text: str) -> datetime:
    try:
        # An offset's "+" that was not escaped arrives as a blank.
        return datetime.fromisoformat(_PLUS_LOST.sub(r"+\1", text))
    except ValueError as error:
        raise ValueError("neither RFC 3339 with an offset nor milliseconds since 1970") from error


def _number(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def finite(value: Any) -> Any:
    """The same JSON-able value with NaN and infinities as null, which JSON has no words for."""
    if isinstance(value, dict):
        return {str(key): finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


_DATE_TIME = {"type": "string", "format": "date-time", "examples": ["2025-11-20T14:05:00Z"]}

Instant = Annotated[int, PlainSerializer(to_text, return_type=str), WithJsonSchema(_DATE_TIME)]
"""ms UTC inside, RFC 3339 in UTC outside."""

Number = Annotated[float | None, BeforeValidator(_number)]
"""A measured number; what is NaN or infinite inside is null outside."""

When = Annotated[int, BeforeValidator(parse_instant), WithJsonSchema(_DATE_TIME)]
"""A parameter that is an instant: RFC 3339 with an offset, or milliseconds since 1970."""

From = Annotated[When | None, Query(alias="from", description="at or after this instant")]
To = Annotated[When | None, Query(alias="to", description="before this instant")]
Limit = Annotated[int, Query(ge=1, le=500, description="rows at most")]
Cursor = Annotated[str | None, Query(max_length=200, description="`cursor` of the page before")]
Name = Annotated[str | None, Query(max_length=200)]
RowNumber = Annotated[int, Path(ge=1, le=2**63 - 1)]

T = TypeVar("T")


class View(BaseModel):
    """A row as JSON; can be read off the domain's own records by attribute."""

    model_config = ConfigDict(from_attributes=True)


class Listed(BaseModel, Generic[T]):
    """A page of a list: ask for the next one with `cursor`; null says that there is none."""

    rows: list[T]
    cursor: str | None = None


def example(**fields: Any) -> ConfigDict:
    """The configuration of a View whose description shows this example."""
    return ConfigDict(from_attributes=True, json_schema_extra={"examples": [fields]})


@contextmanager
def reading_cursor() -> Iterator[None]:
    """Around a query by cursor: one that the store never gave out is the caller's mistake, not ours."""
    try:
        yield
    except ValueError as error:
        raise unknown_parameter("cursor", str(error) or "not a cursor of this list") from error


def page_of(rows: Sequence[T], keys: Sequence[str], *, limit: int, cursor: str | None) -> tuple[list[T], str | None]:
    """A page of rows that are in memory, after the one whose key is `cursor`; with the next cursor."""
    start = 0
    if cursor is not None:
        if cursor not in keys:
            raise unknown_parameter("cursor", "not a cursor of this list")
        start = keys.index(cursor) + 1
    end = start + limit
    return list(rows[start:end]), keys[end - 1] if end < len(rows) else None
