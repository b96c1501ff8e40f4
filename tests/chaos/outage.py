"""The store away under load: `python -m tests.chaos.outage [--minutes 10] [--rate N]`. Prints how late alarms were."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.chaos.ledger import Ledger, rows, settle
from tests.chaos.run import METERS, city_under_load, finish, wait_until_settled
from tests.system.plant import plant

CROSSING_EVERY_S = 60
"""Of each meter: 200 meters give three alarms a second, which is a flood already."""


def outage(folder: Path, *, minutes: float, rate: float) -> tuple[Ledger, dict[str, float]]:
    """Half a minute of calm, the store killed, and back after so many minutes."""
    with city_under_load(folder, rate, crossing_every_s=CROSSING_EVERY_S) as (city, gateways):
        time.sleep(30)
        gone_at = time.time_ns() // 1_000_000
        city.kill("store", away_s=minutes * 60)
        back_at = time.time_ns() // 1_000_000
        spooled = city.service.metric("nightwatt_spooled_readings_total")
        drained = _until_drained(city.service, since=time.monotonic())
        unanswered = finish(gateways)
        wait_until_settled(city)
        assert city.stop() == 0, city.service.output()
        books = settle(
            folder, kills=dict(city.kills), unanswered=unanswered, address=city.address, registry=plant(METERS)
        )
        return books, {"spooled": spooled, "drained_s": drained} | _delays(folder, gone_at, back_at)


def _until_drained(service: object, *, since: float) -> float:
    while service.metric("nightwatt_spool_readings"):  # type: ignore[attr-defined]
        assert time.monotonic() - since < 600
        time.sleep(0.2)
    return time.monotonic() - since


def _delays(folder: Path, gone_at: int, back_at: int) -> dict[str, float]:
    """Of crossings while the store was away, in ms: from their own time to the record, and to the phone's answer."""
    query = (
        "SELECT t.since, min(t.recorded_at), min(n.outcome_at) FROM transitions t"
        " JOIN notifications n ON n.transition = t.id"
        " WHERE t.state = 'active' AND n.outcome = 'accepted' GROUP BY t.since, t.subject"
    )
    found = np.array([row for row in rows(folder, query) if gone_at <= row[0] < back_at])
    figures = {"alarms": float(len(found))}
    for name, column in (("recorded", found[:, 1]), ("told", found[:, 2])):
        p50, p99, worst = np.percentile(column - found[:, 0], (50, 99, 100))
        figures |= {f"{name}_p50_ms": p50, f"{name}_p99_ms": p99, f"{name}_worst_ms": worst}
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.outage", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=2_000, help="readings a second of all meters together")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        books, figures = outage(Path(scratch), minutes=given.minutes, rate=given.rate)
    print(books)
    print(", ".join(f"{name} {value:,.0f}" for name, value in figures.items()))
    return 0 if books.balances else 1


if __name__ == "__main__":
    sys.exit(main())
