"""A real mosquitto on a free port of the loopback, without limits on what it holds."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UP_WITHIN_S = 10

_CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
max_inflight_messages 0
max_queued_messages 0
log_dest none
"""


def mosquitto() -> str | None:
    """Where the program is; Debian keeps it out of the path of ordinary users."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """Its port, while it runs."""
    program, port = mosquitto(), _free_port()
    if program is None:
        raise SystemExit("bench: mosquitto is needed; install it with: sudo apt-get install mosquitto")
    config = folder / "mosquitto.conf"
    config.write_text(_CONFIG.format(port=port))
    process = subprocess.Popen([program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("bench: mosquitto did not start")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
