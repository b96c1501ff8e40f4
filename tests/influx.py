"""A real InfluxDB 1.x for tests: influxd on free ports of the loopback, which can be stopped and killed."""

import contextlib
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from stores.influx.address import InfluxAddress
from stores.influx.client import Influx
from stores.influx.influxql import name
from tests.mosquitto import free_port

DEADLINE_S = 30

# Everything that is not needed is off. A write is answered once it is on disk.
CONFIG = {
    "REPORTING_DISABLED": "true",
    "BIND_ADDRESS": "127.0.0.1:{rpc}",
    "META_DIR": "{folder}/meta",
    "META_LOGGING_ENABLED": "false",
    "DATA_DIR": "{folder}/data",
    "DATA_WAL_DIR": "{folder}/wal",
    "DATA_WAL_FSYNC_DELAY": "0s",
    "DATA_QUERY_LOG_ENABLED": "false",
    "DATA_CACHE_SNAPSHOT_WRITE_COLD_DURATION": "{cold}",
    "DATA_COMPACT_FULL_WRITE_COLD_DURATION": "{cold}",
    "HTTP_BIND_ADDRESS": "127.0.0.1:{port}",
    "HTTP_LOG_ENABLED": "false",
    "HTTP_AUTH_ENABLED": "{auth}",
    "HTTP_PPROF_ENABLED": "false",
    "MONITOR_STORE_ENABLED": "false",
    "SUBSCRIBER_ENABLED": "false",
    "CONTINUOUS_QUERIES_ENABLED": "false",
    "SHARD_PRECREATION_ENABLED": "false",
}


class RunningInflux:
    """One influxd with its files in a folder of its own. Port and data outlive `stop` and `kill`."""

    def __init__(self, binary: str, folder: Path, *, auth: bool = False, cold: str = "10m") -> None:
        self._binary, self._folder = binary, folder
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = count(1)
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        filled = {"folder": folder, "port": self.port, "rpc": free_port(), "auth": str(auth).lower(), "cold": cold}
        self._environment = {f"INFLUXDB_{key}": value.format(**filled) for key, value in CONFIG.items()}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def address(self, database: str = "nightwatt") -> InfluxAddress:
        return InfluxAddress(url=self.url, version=1, database=database)

    def fresh(self) -> InfluxAddress:
        """The address of a new, empty database that keeps everything for ever."""
        address = self.address(f"test {next(self._databases)}")
        execute(address, f"CREATE DATABASE {name(address.database)}")
        return address

    def start(self) -> None:
        """Returns once it answers."""
        assert self._process is None, "it runs already"
        with (self._folder / "influxd.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binary, "run", "-config", os.devnull],
                env=os.environ | self._environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + DEADLINE_S
        while not self._answers():
            assert self._process.poll() is None, f"influxd ended by itself:\n{self.log()}"
            assert time.monotonic() < deadline, f"influxd does not answer:\n{self.log()}"
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._ended()

    def kill(self) -> None:
        """As a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._ended()

    def bytes_on_disk(self) -> int:
        return sum(path.stat().st_size for part in ("data", "wal") for path in (self._folder / part).rglob("*.*"))

    def log(self) -> str:
        path = self._folder / "influxd.log"
        return path.read_text(encoding="utf-8", errors="replace")[-4000:] if path.exists() else "(no log)"

    def _ended(self) -> None:
        assert self._process is not None
        try:
            self._process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/ping", timeout=1) as answer:
            return bool(answer.status == 204)
        return False


def execute(address: InfluxAddress, query: str) -> list[dict[str, tuple[object, ...]]]:
    """The columns of every series that answers, its tags among them as "tags"."""
    influx = Influx(address)
    try:
        return [{"tags": series.tags, **series.by_name()} for series in influx.ask(query)]  # type: ignore[dict-item]
    finally:
        influx.close()


@contextlib.contextmanager
def running_influx(folder: Path, *, auth: bool = False, cold: str = "10m") -> Iterator[RunningInflux]:
    """A started server; the test is skipped where there is no influxd (which fails it in CI)."""
    binary = shutil.which("influxd") or shutil.which("influxd", path="/usr/sbin:/usr/local/bin")
    if binary is None:
        pytest.skip("influxd is not installed (apt-get install influxdb)")
    server = RunningInflux(binary, folder / "influx", auth=auth, cold=cold)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInflux]:
    """One server for all tests; each takes a `fresh` database of it."""
    with running_influx(tmp_path_factory.mktemp("influx")) as server:
        yield server
