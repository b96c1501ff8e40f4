"""The demo: a simulated city on the broker, and a phone and a mailbox on this machine that receive its alarms."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from api.passwords import hash_password
from core.interval import DAY_MS
from core.jurisdiction import CITY, Role, User
from core.notification import Route
from ingest.mqtt import Publisher
from nightwatt.books import Books
from nightwatt.receivers.mailbox import Mailbox
from nightwatt.receivers.phone import Phone
from nightwatt.settings import Settings
from nightwatt.simulate.publish import open_city, run_city
from nightwatt.simulate.story import RESPONSE_ID, response

HISTORY_DAYS = 14

ACCOUNTS: tuple[tuple[str, str, Role, str | None, str], ...] = (
    ("monitor", "nightwatt-demo", Role.CITY_MONITOR, None, "监控员 City monitor"),
    ("administrator", "nightwatt-demo", Role.CITY_ADMINISTRATOR, None, "市级管理员 City administrator"),
    ("leader", "nightwatt-demo", Role.DISTRICT_LEADER, "石峰区", "分局 District leader, 石峰区"),
    ("inspector", "nightwatt-demo", Role.INSPECTOR, "石峰区", "执法人员 Inspector, 石峰区"),
)
"""The passwords are no secret: they are printed, and a demo listens on this machine only unless told otherwise."""


_ISSUER = User(0, "administrator", "", Role.CITY_ADMINISTRATOR)


class Demo:
    """The simulated city and its receiving ends; `clock` is the city's."""

    def __init__(self, settings: Settings, *, speed: float, wall: Callable[[], int]) -> None:
        self._settings = settings
        self._cursor = settings.data / "city.json"
        self._judged = settings.data / "history-judged"
        self.city, self._city_clock = open_city(self._cursor, wall=wall, speed=speed)
        self.clock = self._city_clock.now
        self.phone = Phone(settings.demo_phone_port, file=settings.data / "phone.jsonl")
        self.mailbox = Mailbox(settings.demo_mail_port, file=settings.data / "mail.jsonl")
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def history_from(self) -> int:
        return self.city.start_at - HISTORY_DAYS * DAY_MS

    @property
    def history_is_judged(self) -> bool:
        """Whether an earlier run has judged the whole history, so that this one need not."""
        return self._judged.exists()

    def judged(self) -> None:
        self._judged.touch()

    def prepare(self, books: Books, *, now: int) -> None:
        """Registry, response and accounts of the demo, where they are not there yet.

        What people change of the demo afterwards (limits, filings, orders) is theirs and outlives a restart.
        """
        if not set(self.city.registry.enterprise_number) <= set(books.registry.load().enterprise_number):
            wanted = [order for order in self.city.registry.orders if order.level is None]
            books.registry.save(replace(self.city.registry, orders=tuple(wanted)), by="demo", now=now)
        if books.responses.response(CITY, RESPONSE_ID) is None:
            wanted_response = response(self.city.start_at)
            books.responses.issue(CITY, wanted_response, by=_ISSUER, now=wanted_response.from_at, reason="重污染天气")
        known = {user.username for user in books.accounts.users()}
        for username, password, role, district, name in ACCOUNTS:
            if username not in known:
                books.accounts.add_user(
                    username, hash_password(password), name=name, role=role, district=district, now=now
                )

    @property
    def routes(self) -> list[Route]:
        """A phone that hears everything and a mailbox that hears alarms, in the other language."""
        phone = f"json://127.0.0.1:{self.phone.port}/"
        mail = f"mailto://127.0.0.1:{self.mailbox.port}?from=nightwatt@demo.example&to=chief@demo.example"
        return [
            Route(0, "demo phone", "apprise", phone),
            Route(0, "demo mail", "apprise", mail, min_severity=2, language="en"),
        ]

    def receive(self) -> None:
        """Let the phone and the mailbox listen."""
        self.phone.start()
        self.mailbox.start()

    def run(self, *, progress: Callable[[int, int], None], on_history_done: Callable[[], None]) -> None:
        """Let the meters publish, on a thread of their own."""
        broker = self._settings.broker()

        def publisher(client_id: str, will_topic: str | None) -> Publisher:
            return Publisher(broker, client_id=client_id, will_topic=will_topic)

        arguments: dict[str, Any] = {
            "publisher_factory": publisher,
            "cursor": self._cursor,
            "clock": self._city_clock,
            "stop": self._stopping,
            "history_days": HISTORY_DAYS,
            "progress": progress,
            "on_history_done": on_history_done,
        }
        self._thread = threading.Thread(target=self._live, args=(arguments,), name="city", daemon=True)
        self._thread.start()

    def _live(self, arguments: dict[str, Any]) -> None:
        try:
            run_city(self.city, **arguments)
        except Exception:
            # Stopped in the middle of judging its history: the stores are gone, the next start judges it.
            if not self._stopping.is_set():
                raise

    def stop_publishing(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def stop_receiving(self) -> None:
        self.phone.stop()
        self.mailbox.stop()
