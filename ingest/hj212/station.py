"""Who may speak HJ 212 to us: how many at once, with which passwords, how much and for how long."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, Protocol, TypeVar

REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Hj212Limits:
    """What one process bears; every number can be set.

    connections       at once, of all stations
    per_address       at once from one address; generous, since whole districts may come through one gateway
    per_station       at once of one station; a further one replaces the one that was silent the longest
    stations_at_once  that one connection may speak for (gateways speak for many)
    frames_per_s      of one connection over time, every started 1,024 bytes counted; what is faster has to wait
    burst_frames      that may come at once before that: a gateway sends hours of back-fill after an outage
    idle_for_s        without a byte, after which a connection is closed
    unfinished_for_s  that a frame may take from its first byte to its last
    sign_in_for_s     until the first frame that names a station
    sign_in_bytes     that are taken before that, everything that is no frame counted as 1,024 at least
    unread_bytes      of answers that may wait for a peer that does not read them
    wrong_passwords   after which a connection is closed, and the station refused from that address
    shut_out_for_s    for which that lasts
    """

    connections: int = 5_000
    per_address: int = 5_000
    per_station: int = 10
    stations_at_once: int = 2_000
    frames_per_s: float = 5_000
    burst_frames: int = 30_000
    idle_for_s: float = 3_600
    unfinished_for_s: float = 30
    sign_in_for_s: float = 60
    sign_in_bytes: int = 262_144
    unread_bytes: int = 65_536
    wrong_passwords: int = 5
    shut_out_for_s: float = 60


class Refusal(IntEnum):
    """Why a station is not listened to, in the numbers of QnRtn."""

    PASSWORD = 3
    STATION = 4


class Gate:
    """Checks stations by their passwords. A station without one is let in unless passwords are required."""

    def __init__(
        self, passwords: Mapping[str, str] | None = None, *, required: bool = False, limits: Hj212Limits | None = None
    ) -> None:
        self._secrets = {mn: password.encode() for mn, password in (passwords or {}).items()}
        self._required, self._limits = required, limits or Hj212Limits()
        self._wrong: dict[tuple[str, str], tuple[int, float]] = {}

    @property
    def asks(self) -> bool:
        """Whether anybody has to have a password."""
        return self._required or bool(self._secrets)

    def admit(self, mn: str, pw: str, *, address: str, now: float) -> Refusal | None:
        """None: let in. `now` is s of a monotonic clock."""
        secret = self._secrets.get(mn)
        if secret is None:
            return Refusal.STATION if self._required else None
        count, last = self._wrong.get((address, mn), (0, now))
        if now - last >= self._limits.shut_out_for_s:
            count = 0
        # Guessing on is in vain even where a guess is right, and the answer does not tell.
        right = hmac.compare_digest(secret, pw.encode("utf-8", "replace"))
        if right and count < self._limits.wrong_passwords:
            self._wrong.pop((address, mn), None)
            return None
        self._remember((address, mn), (count, last) if right else (count + 1, now))
        return Refusal.PASSWORD

    def _remember(self, key: tuple[str, str], found: tuple[int, float]) -> None:
        self._wrong.pop(key, None)
        self._wrong[key] = found
        if len(self._wrong) > REMEMBERED:
            del self._wrong[next(iter(self._wrong))]


class Pace:
    """A bucket of tokens: `spend` says for how long to rest."""

    def __init__(self, *, per_s: float, burst: float, now: float) -> None:
        self._per_s, self._burst, self._left, self._at = per_s, burst, burst, now

    def spend(self, tokens: float, *, now: float) -> float:
        """Seconds until the bucket is no longer overdrawn; 0 where it is not. What has come is always taken."""
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s) - tokens
        self._at = now
        return max(0.0, -self._left / self._per_s)


class Present(Protocol):
    """A connection as far as others' places depend on it; `heard_at` is s of the monotonic clock."""

    heard_at: float


C = TypeVar("C", bound=Present)


class Presence(Generic[C]):
    """Who is connected, from where, for which stations."""

    def __init__(self, limits: Hj212Limits) -> None:
        self._limits = limits
        self._by_address: dict[str, int] = {}
        self._by_station: dict[str, list[C]] = {}
        self.count = 0

    def refuses(self, address: str) -> str:
        """Why nobody more from there can be taken; empty where one can."""
        if self.count >= self._limits.connections:
            return "too many connections"
        if self._by_address.get(address, 0) >= self._limits.per_address:
            return "too many connections from one address"
        return ""

    def arrive(self, address: str) -> None:
        self.count += 1
        self._by_address[address] = self._by_address.get(address, 0) + 1

    def leave(self, connection: C, *, address: str, stations: set[str]) -> None:
        self.count -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
        for mn in stations:
            self._by_station[mn].remove(connection)
            if not self._by_station[mn]:
                del self._by_station[mn]

    def speak(self, connection: C, mn: str) -> C | None:
        """A connection speaks for a station for the first time; the one that must give way to it, if any."""
        there = self._by_station.setdefault(mn, [])
        there.append(connection)
        if len(there) <= self._limits.per_station:
            return None
        return min(there[:-1], key=lambda one: one.heard_at)
