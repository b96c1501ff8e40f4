"""What InfluxQL answers: a stream of JSON documents, each with some rows of some series."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from core.errors import StoreAway

Value = float | int | str | bool | None


class Series(msgspec.Struct):
    """Some rows of one series, in the order of `columns`; a long series comes in several."""

    name: str = ""
    columns: list[str] = []
    tags: dict[str, str] = {}
    values: list[list[Value]] = []

    def by_name(self) -> dict[str, tuple[Any, ...]]:
        """The columns."""
        return dict(zip(self.columns, zip(*self.values, strict=True), strict=True)) if self.values else {}


class _Result(msgspec.Struct):
    series: list[Series] = []
    error: str = ""


class _Answer(msgspec.Struct):
    results: list[_Result] = []
    error: str = ""


_decoder = msgspec.json.Decoder(_Answer)


def series_of(pieces: Iterable[bytes]) -> Iterator[Series]:
    """The series in a streamed body; StoreAway where the server reports an error or speaks something else."""
    for line in _lines(pieces):
        try:
            answer = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise StoreAway(f"InfluxDB's answer can't be read: {error}") from error
        for result in answer.results:
            if said := answer.error or result.error:
                raise StoreAway(f"InfluxDB: {said[:300]}")
            yield from result.series
        if answer.error:
            raise StoreAway(f"InfluxDB: {answer.error[:300]}")


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest: list[bytes] = []
    for piece in pieces:
        *whole, last = piece.split(b"\n")
        for line in whole:
            rest.append(line)
            if document := b"".join(rest).strip():
                yield document
            rest = []
        rest.append(last)
    if document := b"".join(rest).strip():
        yield document
