"""Alarms, screenings and the service's health as measurements beside the readings; described in docs/series.md."""

import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from core.alarm import SEVERITY, State
from core.imbalance import Imbalance
from core.records import RecordedTransition
from stores.influx import protocol
from stores.influx.address import InfluxAddress
from stores.influx.client import Influx

log = logging.getLogger(__name__)

Row = TypeVar("Row")

ALARM, SCREENING, INGEST = "alarm", "screening", "ingest"
LINES_A_WRITE = 5_000
LONGEST_TEXT = 1_000

_NS = 1_000_000
"""Nanoseconds in a millisecond."""


class InfluxFindings:
    """FindingStore over an InfluxDB."""

    def __init__(self, address: InfluxAddress) -> None:
        self._influx = Influx(address)

    def transitions(self, rows: Sequence[RecordedTransition]) -> None:
        # Two of one instant and the same tags are told apart by nanoseconds, which hold the row's id.
        self._write([line for row in rows for line in _line(_alarm, row, at=row.at * _NS + row.id % _NS)])

    def screening(self, rows: Sequence[Imbalance], *, screened_at: int) -> None:
        self._write([line for row in rows for line in _line(_screening, row, at=screened_at * _NS)])

    def health(self, figures: Mapping[str, float], *, at: int) -> None:
        if known := _floats(figures):
            self._write([f"{INGEST} {','.join(known)} {at * _NS}\n".encode()])

    def close(self) -> None:
        self._influx.close()

    def _write(self, lines: Sequence[bytes]) -> None:
        for start in range(0, len(lines), LINES_A_WRITE):
            self._influx.write(b"".join(lines[start : start + LINES_A_WRITE]), precision="ns")


def _line(made_of: Callable[[Row], bytes], row: Row, *, at: int) -> Iterator[bytes]:
    """The line of a row, or none where its ids can't be tags: one such row must not keep back the others."""
    try:
        yield made_of(row) + f" {at}\n".encode()
    except ValueError as error:
        log.error("left out of the series store: %s", error)


def _alarm(row: RecordedTransition) -> bytes:
    tags = {
        "enterprise": row.enterprise,
        "rule": row.rule,
        "subject": row.subject,
        "severity": str(row.severity),
        "state": row.state.value,
    }
    active = int(row.state is State.ACTIVE)
    title = f"{SEVERITY.get(row.severity, row.severity)}: {row.rule} {row.subject} {row.state.value}"
    fields = (
        f"value={active}i,title={_text(title)},reason={_text(row.reason)},since={row.since}i,"
        f"alarm={row.alarm}i,transition={row.id}i"
    )
    return protocol.series(ALARM, tags) + fields.encode()


def _screening(row: Imbalance) -> bytes:
    tags = {"enterprise": row.enterprise, "class": row.load_class.value}
    measured = {"night_kw": row.night_kw, "day_kw": row.day_kw, "coverage": row.coverage}
    if row.ratio is not None:
        measured["ratio"] = row.ratio
    fields = [*_floats(measured), f"valid_days={row.valid_days}i", f"flagged={int(row.flagged)}i"]
    return protocol.series(SCREENING, tags) + ",".join([*fields, f"remark={_text(row.remark)}"]).encode()


def _floats(figures: Mapping[str, float]) -> list[str]:
    known = {name: float(value) for name, value in figures.items()}
    return [f"{protocol.field_key(name)}={value!r}" for name, value in known.items() if math.isfinite(value)]


def _text(value: str) -> str:
    return protocol.string(value[:LONGEST_TEXT])
