"""Parts of one reading → one message: split packets, and values that come one a topic.

Pure over its argument `now`, s of the monotonic clock. Every message that is taken is handed on exactly
once, by itself or among the `parts` of a joined one, and is acknowledged with it.
"""

import logging
import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from ingest.decoders.decoded import Dialect, Part, Parts
from ingest.message import Message

log = logging.getLogger(__name__)

QUIET_S = 2.0
WAIT_S = 30.0
MOST_MESSAGES = 10_000
MOST_BYTES = 16_000_000


@dataclass(slots=True)
class Group:
    """Parts that belong together. `repeats` are parts that came again to the letter, as after a reconnect."""

    joins: Parts
    of: int
    since: float
    last: float
    parts: dict[str, Message] = field(default_factory=dict)
    repeats: list[Message] = field(default_factory=list)
    size: int = 0

    @property
    def messages(self) -> tuple[Message, ...]:
        return (*self.parts.values(), *self.repeats)

    def add(self, name: str, message: Message) -> None:
        if name in self.parts:
            self.repeats.append(message)
        else:
            self.parts[name] = message
        self.size += len(message.payload)


class Joiner:
    """Holds parts until they are whole, bounded in number and bytes: beyond that the oldest go on as they are.

    Where a dialect says how many parts there are, they wait for each other `wait_s` and go on one by one
    after that. Where it does not, a burst ends with a name that comes again or after `quiet_s` without a part.
    """

    def __init__(
        self,
        dialect_of: Callable[[str], Dialect | None],
        *,
        quiet_s: float = QUIET_S,
        wait_s: float = WAIT_S,
        most_messages: int = MOST_MESSAGES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._dialect_of = dialect_of
        self._quiet_s, self._wait_s = quiet_s, wait_s
        self._most_messages, self._most_bytes = most_messages, most_bytes
        self._packets: OrderedDict[Hashable, Group] = OrderedDict()  # of a known number; the oldest first
        self._bursts: OrderedDict[Hashable, Group] = OrderedDict()  # the one that is quiet longest first
        self._bytes = 0
        self.waiting = 0
        """Messages held."""

    def take(self, messages: Sequence[Message], *, now: float) -> list[Message]:
        """Messages that are whole, in their order, and among them those that these messages complete."""
        out: list[Message] = []
        for message in messages:
            dialect = self._dialect_of(message.topic)
            if dialect is None or dialect.parts is None:
                out.append(message)
                continue
            part = dialect.parts.part(message.topic, message.payload)
            if part is None:
                out.append(message)
            else:
                self._hold(dialect.parts, part, message, now=now, out=out)
        return out

    def due(self, *, now: float) -> list[Message]:
        """What has waited long enough: bursts joined, parts of incomplete packets one by one."""
        out: list[Message] = []
        while self._bursts and now >= self._burst_due(next(iter(self._bursts.values()))):
            self._release(next(iter(self._bursts)), self._bursts, out)
        while self._packets and now >= next(iter(self._packets.values())).since + self._wait_s:
            self._release(next(iter(self._packets)), self._packets, out)
        return out

    def due_in(self, now: float) -> float | None:
        """Seconds until `due` has something, 0 where it has; None where nothing is held."""
        at = math.inf
        if self._bursts:
            at = self._burst_due(next(iter(self._bursts.values())))
        if self._packets:
            at = min(at, next(iter(self._packets.values())).since + self._wait_s)
        return max(0.0, at - now) if at < math.inf else None

    def _burst_due(self, group: Group) -> float:
        return group.last + self._quiet_s

    def _hold(self, joins: Parts, part: Part, message: Message, *, now: float, out: list[Message]) -> None:
        key = (id(joins), part.key)
        held = self._bursts if part.of <= 0 else self._packets
        self._end(key, self._packets if part.of <= 0 else self._bursts, out)  # it says otherwise now
        group = held.get(key)
        if group is not None and self._starts_anew(group, part, message, now=now):
            self._release(key, held, out)
            group = None
        if group is None:
            group = held[key] = Group(joins, part.of, since=now, last=now)
        elif part.of <= 0:
            group.last = now
            self._bursts.move_to_end(key)
        group.add(part.name, message)
        self.waiting += 1
        self._bytes += len(message.payload)
        if 0 < part.of <= len(group.parts):
            self._release(key, held, out)
        self._make_room(out)

    def _starts_anew(self, group: Group, part: Part, message: Message, *, now: float) -> bool:
        """A packet's part that comes again unchanged is the same one; a value that does is the next one."""
        if part.of != group.of:
            return True
        if part.of <= 0:
            return part.name in group.parts or now >= group.since + self._wait_s
        before = group.parts.get(part.name)
        return before is not None and before.payload != message.payload

    def _end(self, key: Hashable, held: OrderedDict[Hashable, Group], out: list[Message]) -> None:
        if key in held:
            self._release(key, held, out)

    def _make_room(self, out: list[Message]) -> None:
        while self.waiting > self._most_messages or self._bytes > self._most_bytes:
            heads = [held for held in (self._bursts, self._packets) if held]
            oldest = min(heads, key=lambda held: next(iter(held.values())).last)
            self._release(next(iter(oldest)), oldest, out)

    def _release(self, key: Hashable, held: OrderedDict[Hashable, Group], out: list[Message]) -> None:
        group = held.pop(key)
        messages = group.messages
        self.waiting -= len(messages)
        self._bytes -= group.size
        whole = len(group.parts) >= group.of
        joined = _joined(group) if whole and len(messages) > 1 else None
        out.extend(messages if joined is None else [joined])


def _joined(group: Group) -> Message | None:
    """One message of all parts, dated by the newest; None where they can't be joined."""
    parts = list(group.parts.values())
    try:
        topic, payload = group.joins.join([(part.topic, part.payload) for part in parts])
    except Exception:  # a bug of a dialect must not lose its messages
        log.exception("parts of %r can't be joined", parts[0].topic)
        return None
    return Message(
        topic,
        payload,
        received_at=max(part.received_at for part in parts),
        arrived=min(part.arrived for part in parts),
        origin=parts[0].origin,
        parts=group.messages,
    )
