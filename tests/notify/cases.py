"""A transition, a route and a notifier to begin a test with."""

from dataclasses import replace
from typing import Any

from core.alarm import State
from core.notification import Due, Message, Route
from core.ports import Channel, Outbox
from notify.observer import Unobserved
from notify.pipeline import Notifier

AT = 1_740_839_460_000  # 2025-03-01 22:31 in Shanghai
MINUTE = 60_000

DUE = Due(
    transition=42,
    alarm=7,
    at=AT,
    since=AT - 16 * MINUTE,
    rule="interlock",
    subject="E001/L1",
    severity=2,
    state=State.ACTIVE,
    reason="furnace 1 runs at 320 kW, no bag filter runs",
    enterprise="E001",
    enterprise_name="湘江化工",
    district="石峰区",
    timezone="Asia/Shanghai",
    claimed_before=False,
)

ROUTE = Route(id=3, name="duty room", family="memory", address="first")

MESSAGE = Message(key="nightwatt-42-3", title="【报警】湘江化工 治污停运", body="产污设施在运行\n#42", severity=2)


def due(**changes: Any) -> Due:
    return replace(DUE, **changes)


def route(**changes: Any) -> Route:
    return replace(ROUTE, **changes)


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class Watcher(Unobserved):
    """Keeps what the stages decided."""

    def __init__(self) -> None:
        self.decisions: list[tuple[str, str]] = []
        self.stumbles: list[str] = []

    def decided(self, stage: str, reason: str) -> None:
        self.decisions.append((stage, reason))

    def stumbled(self, where: str) -> None:
        self.stumbles.append(where)


class City:
    """A notifier with both clocks in the test's hand; wall time starts at 0 to tell it from event time."""

    def __init__(self, outbox: Outbox, channels: dict[str, Channel], *, send_within_s: float = 10.0) -> None:
        self.outbox, self.channels, self.send_within_s = outbox, channels, send_within_s
        self.clock, self.wall, self.watcher = Clock(AT), Clock(1_000), Watcher()
        self.notifier = self.another()

    def another(self) -> Notifier:
        """A notifier that knows nothing of the one before, as after a restart."""
        return Notifier(
            self.outbox,
            self.channels,
            clock=self.clock,
            wall=self.wall,
            link=lambda alarm: f"https://watch.example.org/alarms/{alarm}",
            observe=self.watcher,
            send_within_s=self.send_within_s,
        )

    def pass_time(self, ms: int) -> None:
        self.clock.now += ms
        self.wall.now += ms
