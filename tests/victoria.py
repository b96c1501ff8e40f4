"""A real VictoriaMetrics for tests: it takes the writes of InfluxDB 2, on a free port of the loopback."""

import contextlib
import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mosquitto import free_port

DEADLINE_S = 30


class RunningVictoria:
    """`url` takes writes; `export` gives back what is stored."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def export(self, match: str = '{__name__!=""}') -> list[dict[str, Any]]:
        """One entry for each tag set and field: `metric`, `values`, `timestamps` in ms."""
        # What was written a moment ago is kept back from searches until it is asked for so.
        self._get("/internal/force_flush")
        wanted = urllib.parse.urlencode({"match[]": match, "start": "2000-01-01T00:00:00Z"})
        return [json.loads(line) for line in self._get(f"/api/v1/export?{wanted}").splitlines()]

    def answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self._get("/health") == "OK"
        return False

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return str(answer.read().decode())


@contextlib.contextmanager
def running_victoria(folder: Path) -> Iterator[RunningVictoria]:
    """A started server; the test is skipped where there is none (which fails it in CI)."""
    binary = shutil.which("victoria-metrics")
    if binary is None:
        pytest.skip("victoria-metrics is not installed (apt-get install victoria-metrics)")
    port = free_port()
    options = {
        "storageDataPath": folder / "victoria",
        "httpListenAddr": f"127.0.0.1:{port}",
        "retentionPeriod": "100y",
        "memory.allowedBytes": "256MB",
    }
    command = [binary, *(f"-{name}={value}" for name, value in options.items())]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server = RunningVictoria(port)
        deadline = time.monotonic() + DEADLINE_S
        while not server.answers():
            assert process.poll() is None, "victoria-metrics ended by itself"
            assert time.monotonic() < deadline, "victoria-metrics does not answer"
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait(DEADLINE_S)
