"""A real InfluxDB 1.x on a free port of the loopback, its files in a folder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.influx import RunningInflux

MISSING = "influxd is not there (sudo apt-get install influxdb)"


def influxd() -> str | None:
    """Where the program is."""
    return shutil.which("influxd") or shutil.which("influxd", path="/usr/sbin:/usr/local/bin")


@contextmanager
def started(place: Path, *, cold: str = "10m") -> Iterator[RunningInflux]:
    """Runs until the end; `cold` is how long after the last write it compacts."""
    program = influxd()
    if program is None:
        raise SystemExit(f"bench: {MISSING}")
    server = RunningInflux(program, place / "influx", cold=cold)
    server.start()
    try:
        yield server
    finally:
        server.stop()
