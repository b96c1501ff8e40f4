"""A real broker for tests: mosquitto on a free port of the loopback, which can be stopped, killed and started again."""

import contextlib
import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

DEADLINE_S = 15

CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 1
autosave_on_changes {on_changes}
max_inflight_messages 0
max_queued_messages 0
log_dest file {folder}/mosquitto.log
log_type {log}
user {user}
"""


class Mosquitto:
    """One broker with its files in a folder of its own. Its sessions and messages outlive `stop`."""

    def __init__(self, binary: str, folder: Path, *, saves_every_change: bool = True) -> None:
        self._binary, self._folder = binary, folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        # Started as root it would change to a user who can't write into the folder.
        log = "all" if saves_every_change else "error"
        on_changes = str(saves_every_change).lower()
        text = CONFIG.format(port=self.port, folder=folder, user=_user(), on_changes=on_changes, log=log)
        (folder / "mosquitto.conf").write_text(text, encoding="utf-8")

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Returns once it takes connections."""
        assert self._process is None, "it runs already"
        command = [self._binary, "-c", str(self._folder / "mosquitto.conf")]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + DEADLINE_S
        while not self._answers():
            assert self._process.poll() is None, f"mosquitto ended by itself:\n{self.log()}"
            assert time.monotonic() < deadline, f"mosquitto takes no connections:\n{self.log()}"
            time.sleep(0.02)

    def stop(self) -> None:
        """Orderly: what it holds is written down."""
        if self._process is not None:
            self._process.terminate()
            self._ended()

    def kill(self) -> None:
        """As a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._ended()

    def log(self) -> str:
        path = self._folder / "mosquitto.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else "(no log)"

    def _ended(self) -> None:
        assert self._process is not None
        try:
            self._process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


@contextlib.contextmanager
def running_mosquitto(folder: Path, *, saves_every_change: bool = True) -> Iterator[Mosquitto]:
    """A started broker; the test is skipped where there is no mosquitto (which fails it in CI).

    Saving with every change costs too much under load: then it is once a second, and a kill loses so much.
    """
    binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if binary is None:
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    broker = Mosquitto(binary, folder / "mosquitto", saves_every_change=saves_every_change)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _user() -> str:
    return getpass.getuser()
