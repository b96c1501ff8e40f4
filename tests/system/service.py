"""The real service as a process of its own, on free ports."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 120
STOPS_WITHIN_S = 30


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on now."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def environment(data: Path, **settings: str) -> dict[str, str]:
    """This process's environment with nightwatt's own settings replaced by these, named without NIGHTWATT_."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NIGHTWATT_")}
    own = {"PYTHONPATH": str(ROOT), "NIGHTWATT_DATA": str(data)}
    return kept | own | {f"NIGHTWATT_{name}": value for name, value in settings.items()}


def nightwatt(
    *arguments: str | Path, env: Mapping[str, str], cwd: Path, stdin: str = "", timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a command of nightwatt to its end, somewhere else than in the checkout."""
    return subprocess.run(
        [sys.executable, "-m", "nightwatt", *map(str, arguments)],
        env=dict(env),
        cwd=cwd,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )


@dataclass
class RunningService:
    """A service that has said that it is ready. `mqtt_port` is that of its embedded broker, where it has one."""

    process: subprocess.Popen[bytes]
    url: str
    env: dict[str, str]
    mqtt_port: int
    log: Path
    folder: Path

    def kill(self) -> None:
        """As the power cut would (kill -9)."""
        self.process.kill()
        self.process.wait(STOPS_WITHIN_S)

    def stop(self) -> int:
        """As Ctrl-C does; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOPS_WITHIN_S)

    def output(self) -> str:
        """What it has printed so far, results and errors together."""
        return self.log.read_text("utf-8", errors="replace")

    def command(self, *arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run another command of nightwatt on the same settings."""
        return nightwatt(*arguments, env=self.env, cwd=self.folder, stdin=stdin, timeout=180)

    def get(self, path: str, *, token: str = "", timeout: float = 60) -> tuple[int, bytes]:
        """(status, body) of a GET."""
        request = urllib.request.Request(self.url + path)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def api(self, path: str, *, token: str) -> Any:
        """The JSON of a call under /api/v1 that must succeed."""
        status, body = self.get("/api/v1" + path, token=token)
        assert status == 200, (path, status, body)
        return json.loads(body)

    def metric(self, name: str) -> float:
        """The value of a metric without labels."""
        lines = self.get("/metrics")[1].decode().splitlines()
        (value,) = [line.split()[-1] for line in lines if line.split()[0] == name]
        return float(value)

    def token(self, *, username: str = "tester") -> str:
        """A token of a new city monitor, made by the commands that people use."""
        added = self.command(
            *("user", "add", username, "--role", "city-monitor", "--password-file", "-"), stdin="a city at night\n"
        )
        assert added.returncode == 0, added.stderr
        made = self.command("token", "add", username)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()


@contextmanager
def running_service(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None, ready_within: float = READY_WITHIN_S
) -> Iterator[RunningService]:
    """`nightwatt run …` over folder/data until the block ends; `env` adds or replaces NIGHTWATT_… variables.

    The ports are free ones unless `env` names them. A second service on the same folder goes on with its data.
    """
    names = ("HTTP_PORT", "MQTT_PORT", "HJ212_PORT", "DEMO_PHONE_PORT", "DEMO_MAIL_PORT")
    ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
    full = environment(folder / "data", **ports) | dict(env or {})
    log = folder / "nightwatt.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "nightwatt", "run", *arguments],
            env=full,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{full['NIGHTWATT_HTTP_PORT']}"
    service = RunningService(process, url, full, int(full["NIGHTWATT_MQTT_PORT"]), log, folder)
    try:
        _wait_until_ready(service, ready_within)
        yield service
    finally:
        with suppress(subprocess.TimeoutExpired):
            service.stop()
        if process.poll() is None:
            service.kill()


def _wait_until_ready(service: RunningService, within: float) -> None:
    deadline, heard = time.monotonic() + within, "no answer"
    while time.monotonic() < deadline:
        if service.process.poll() is not None:
            raise AssertionError(f"nightwatt ended with {service.process.returncode}:\n{service.output()}")
        with suppress(OSError):
            status, body = service.get("/readyz", timeout=5)
            if status == 200:
                return
            heard = body.decode(errors="replace")
        time.sleep(0.1)
    raise AssertionError(f"nightwatt was not ready within {within} s: {heard}\n{service.output()}")
