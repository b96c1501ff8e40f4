"""`nightwatt run`: the whole service in one process."""

import logging
import signal
import threading
import time
from typing import Any

import uvicorn
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from core.errors import SetupError
from nightwatt.demo import ACCOUNTS
from nightwatt.service import Service
from nightwatt.settings import Settings

log = logging.getLogger(__name__)


def run(settings: Settings, *, demo: bool, speed: float) -> int:
    """Run until SIGINT or SIGTERM; 0 after a clean stop. SetupError where it can't start."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("apprise", "httpx", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    console = Console(stderr=True)
    service = Service(settings, demo=demo, speed=speed)
    server = uvicorn.Server(_config(service))
    service.start()
    try:
        _announce(console, service)
        if service.demo:
            _Story(console, service).begin()
        _serve(server, service)
        if not server.started:
            raise SetupError("the pages can't be served; the log says why")
    finally:
        console.print("stopping: finishing what is in hand …")
        service.stop()
    console.print("stopped; the next start goes on from here")
    return 0


def _config(service: Service) -> uvicorn.Config:
    settings = service.settings
    return uvicorn.Config(
        service.app,
        host=settings.http_host,
        port=settings.http_port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=3,
        limit_concurrency=500,
        server_header=False,
    )


def _serve(server: uvicorn.Server, service: Service) -> None:
    """Serve until a signal. The event streams are ended first: they would hold up the stop."""

    def leave(_signal: int, _frame: Any) -> None:
        service.app.state.feed.close()
        server.should_exit = True

    # uvicorn would install its own and raise the signal again after it.
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.run, name="http", daemon=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    thread.start()
    while thread.is_alive():
        thread.join(timeout=0.5)


def _announce(console: Console, service: Service) -> None:
    settings = service.settings
    broker = settings.broker()
    console.print(f"[bold]nightwatt[/] 电哨  pages and API at [bold cyan]{settings.address}[/]")
    console.print(
        f"  meters publish to MQTT {broker.host}:{broker.port}, topic nightwatt/v1/{{enterprise}}/{{meter}}/telemetry",
        soft_wrap=True,
    )
    console.print(f"  data lies in {settings.data.absolute()}", soft_wrap=True)
    if not service.demo:
        if not service.books.accounts.users():
            console.print("  no accounts yet: add one with  nightwatt user add NAME --role city-monitor")
        return
    console.print(f"  the demo's phone: [bold cyan]http://127.0.0.1:{service.demo.phone.port}[/]")
    for username, password, _, _, text in ACCOUNTS:
        console.print(f"  sign in as [bold]{username}[/] / [bold]{password}[/]  ({text})")


class _Story:
    """What the terminal tells of a demo: the back-fill's progress, then that the city is live."""

    def __init__(self, console: Console, service: Service) -> None:
        self._console, self._service = console, service
        self._progress = Progress(
            TextColumn("  back-filling 14 days over MQTT"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("readings"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._bar: TaskID | None = None
        self._tenth = 0
        self._began = time.monotonic()

    def begin(self) -> None:
        assert self._service.demo is not None  # noqa: S101
        self._service.demo.run(progress=self._on_progress, on_history_done=self._on_history_done)

    def _on_progress(self, done: int, total: int) -> None:
        if self._bar is None:
            self._progress.start()
            self._bar = self._progress.add_task("", total=total)
        self._progress.update(self._bar, completed=done)
        if not self._console.is_terminal and done * 10 // total > self._tenth:
            self._tenth = done * 10 // total
            self._console.print(f"  back-filled {self._tenth * 10} % of {total} readings")

    def _on_history_done(self) -> None:
        filled = time.monotonic() - self._began
        self._progress.stop()
        self._service.history_is_there()
        seconds = time.monotonic() - self._began
        if self._bar is not None:
            self._console.print(f"  14 days are there after {filled:.0f} s, judged and screened after {seconds:.0f} s")
        self._console.print("  the city is live; press Ctrl-C to stop")
